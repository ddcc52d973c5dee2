//! Lines of JSON are read as JSON is, and importing them does all that they say, or nothing without a word.
//!
//! The first byte of the input chooses. Either the rest is a text that is read as JSON, and held against
//! `serde_json`, which shares no code with our reader. Or it is the lines of an export between the first and the
//! last, which the target puts around them, so that an input is not refused for its hash alone: what is imported is
//! exported, imported and exported again, and must be the same lines.
#![allow(clippy::expect_used, reason = "a panic is how a target fails")]

use folio::{Format, ImportOptions, Store};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Runs one input. Panics where the readings differ, or something got lost on the way.
pub(crate) fn run(input: &[u8]) {
    let Some((mode, rest)) = input.split_first() else { return };
    if mode % 2 == 0 {
        if let Ok(text) = str::from_utf8(rest) {
            json(text);
        }
    } else {
        lines(rest);
    }
}

fn json(text: &str) {
    // `serde_json` goes 128 deep, this library deeper.
    if text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count() > 100 {
        return;
    }
    let found = folio::fuzzing::json(text);
    match (serde_json::from_str::<serde_json::Value>(text), found) {
        (Ok(expected), found) => assert_eq!(found.ok(), Some(expected)),
        // Numbers stay texts here, so none is too large.
        (Err(error), _) if error.to_string().starts_with("number out of range") => {}
        (Err(error), Ok(found)) => panic!("{found} is none: {error}"),
        (Err(_), Err(at)) => assert!(at <= text.len()),
    }
}

fn lines(body: &[u8]) {
    let text = sealed(body);
    let first = Store::in_memory();
    let options = || ImportOptions::new().max_line_bytes(1 << 20);
    let Ok(imported) = first.import(&*text, options()) else { return };
    let count = |text: &[u8], mark: &[u8]| {
        text.split(|byte| *byte == b'\n').filter(|line| line.starts_with(mark)).count() as u64
    };
    let collections = imported.collections.iter();
    let landed: u64 = collections.map(|found| found.inserted + found.replaced + found.kept).sum();
    assert_eq!(landed, imported.records);
    Store::in_memory().import(&*text, options().check_only(true)).expect("it was whole");

    let exported = |store: &Store| {
        let mut text = Vec::new();
        store.export(&mut text, Format::JsonLines).expect("memory takes everything");
        text
    };
    let once = exported(&first);
    let second = Store::in_memory();
    second.import(&*once, options()).expect("what was exported can be imported");
    let again = exported(&second);
    assert_eq!(count(&once, b"{\"collection\""), first.collections().len() as u64);
    // The first line has the store's identity, the last the hash of all.
    let between = |text: &[u8]| {
        let mut lines: Vec<_> = text.split_inclusive(|byte| *byte == b'\n').skip(1).collect();
        lines.pop();
        lines.concat()
    };
    assert!(
        between(&once) == between(&again),
        "{}\nbecame\n{}",
        String::from_utf8_lossy(&once),
        String::from_utf8_lossy(&again)
    );
}

/// An export with these lines: the first and the last are made for them, as the page on exports says.
fn sealed(body: &[u8]) -> Vec<u8> {
    let lines = || body.split(|byte| *byte == b'\n');
    let count = |mark: &[u8]| lines().filter(|line| line.starts_with(mark)).count();
    let collections = count(b"{\"collection\"");
    let records = lines().filter(|line| !line.is_empty()).count() - collections;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{{\"folio_export\":1,\"store\":\"{}\",\"version\":9,\"time\":\"2026-11-23T00:00:00Z\",\"collections\":{collections},\"records\":{records}}}",
        "ab".repeat(16)
    );
    let mut text = text.into_bytes();
    text.extend_from_slice(body);
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    let mut digits = String::new();
    for byte in Sha256::digest(&text) {
        let _ = write!(digits, "{byte:02x}");
    }
    let end = format!(
        "{{\"end\":{{\"collections\":{collections},\"records\":{records},\"sha256\":\"{digits}\"}}}}\n"
    );
    text.extend_from_slice(end.as_bytes());
    text
}
