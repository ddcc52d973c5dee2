//! The inputs of the fuzz targets, run without a fuzzer: the committed corpus, in which every input
//! that ever found something stays, and seeded variations of it.
//!
//! The targets are those of `tests/fuzz`, where a nightly toolchain explores them with coverage. Most
//! of them use the simulated disk, or the parts that can be reached with its feature.
#![cfg(feature = "derive")]

#[cfg(feature = "simulation")]
#[path = "fuzz/src/commits.rs"]
mod commits;
#[cfg(feature = "simulation")]
#[path = "fuzz/src/exports.rs"]
mod exports;
#[path = "common/figures.rs"]
mod figures;
#[cfg(feature = "simulation")]
#[path = "fuzz/src/format.rs"]
mod format;
#[cfg(feature = "simulation")]
#[path = "fuzz/src/frames.rs"]
mod frames;
#[cfg(feature = "simulation")]
#[path = "fuzz_corpus/logs.rs"]
mod logs;
#[path = "fuzz/src/operations.rs"]
mod operations;
#[cfg(feature = "simulation")]
#[path = "fuzz/src/recovery.rs"]
mod recovery;
#[cfg(feature = "simulation")]
#[path = "fuzz/src/segments.rs"]
mod segments;
#[cfg(feature = "simulation")]
#[path = "fuzz/src/types.rs"]
mod types;
#[path = "fuzz/src/values.rs"]
mod values;

use folio::{Descriptor, Record, Schema, Store, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

#[test]
fn operations_agree_with_the_model() {
    replay("operations", 400, operations::run);
}

#[cfg(feature = "simulation")]
#[test]
fn damaged_files_give_a_former_state_or_an_error() {
    replay("recovery", 1_000, recovery::run);
}

#[cfg(feature = "simulation")]
#[test]
fn frames_are_read_as_they_were_written() {
    replay("frames", 20_000, frames::run);
}

#[cfg(feature = "simulation")]
#[test]
fn commits_say_one_thing_or_nothing() {
    replay("commits", 20_000, commits::run);
}

#[cfg(feature = "simulation")]
#[test]
fn imports_take_what_exports_give() {
    replay("exports", 5_000, exports::run);
}

#[cfg(feature = "simulation")]
#[test]
fn segments_are_read_as_the_format_says() {
    replay("segments", 5_000, segments::run);
}

#[cfg(feature = "simulation")]
#[test]
fn types_are_read_as_comparing_them_says() {
    replay("types", 5_000, types::run);
}

#[test]
fn values_hold_together_whatever_their_types() {
    replay("values", 2_000, values::run);
}

#[derive(Schema, Serialize, Deserialize)]
struct User {
    name: String,
    logins: u32,
    email: Option<String>,
    tags: BTreeSet<String>,
    since: Option<SystemTime>,
}

#[derive(Schema, Serialize, Deserialize)]
enum Expression {
    Zero,
    Number(f64),
    Sum(Box<Expression>, Box<Expression>),
    Call { name: char, of: Vec<Expression> },
}

/// The inputs for `values` are sound: those of real types are what the types give today. With
/// `FOLIO_WRITE_CORPUS` set they are written.
#[test]
fn the_corpus_of_values_is_as_it_was_made() {
    let user = User {
        name: "Ada".into(),
        logins: 300,
        email: Some("ada@lovelace.org".into()),
        tags: BTreeSet::from(["x".into(), "y".into()]),
        since: Some(SystemTime::UNIX_EPOCH),
    };
    let sum = Expression::Sum(Box::new(Expression::Zero), Box::new(Expression::Number(0.1)));
    let call = Expression::Call { name: 'f', of: vec![sum, Expression::Zero] };
    let numbers = (7_u8, -7_i16, u64::MAX, i128::MIN, 1.5_f32, [(); 3], [9_u8; 4]);
    let maps = BTreeMap::from([((1_u8, Some('x')), vec![Ok(true), Err(())])]);
    let value =
        Value::Map(vec![(Value::from(1), Value::Bytes(vec![1])), (Value::Null, 'c'.into())]);
    for (name, input) in [
        ("real_user", real(&user)),
        ("real_expression", real(&call)),
        ("real_numbers", real(&numbers)),
        ("real_maps", real(&maps)),
        ("real_value", real(&(value, vec![1_u8, 2]))),
        ("real_bytes", real(&vec![b"abc".to_vec()])),
        // A list of very many `()`, arrays of arrays of nothing, a set that has something twice, an
        // enum with two variants of one name, a struct with two fields of one name.
        ("hostile_units", made(&[1, 0, 0, 2, 33, 1, 0], &[0xff, 0xff, 0xff, 0xff, 0x0f])),
        ("hostile_arrays", made(&[1, 0, 0, 3, 35, 1, 99, 35, 2, 99, 0], &[])),
        ("hostile_twice", made(&[1, 0, 0, 2, 34, 1, 3], &[2, 7, 7])),
        ("hostile_variants", made(&[1, 0, 0, 1, 39, 1, b'E', 2, 1, b'V', 0, 1, b'V', 0], &[1])),
        (
            "hostile_fields",
            made(&[1, 0, 0, 2, 38, 1, b'S', 3, 2, 1, b'f', 1, 1, b'f', 1, 1], &[0, 1]),
        ),
    ] {
        committed("values", name, &input);
    }
}

/// A value and its descriptor, as an input.
fn real<T: Schema + Serialize>(value: &T) -> Vec<u8> {
    let descriptor = Descriptor::of::<T>();
    let bytes = postcard::to_stdvec(value).expect("the value can be written");
    assert!(descriptor.decode(&bytes).is_ok());
    made(descriptor.as_bytes(), &bytes)
}

fn made(descriptor: &[u8], bytes: &[u8]) -> Vec<u8> {
    assert!(Descriptor::from_bytes(descriptor).is_ok());
    let length = u16::try_from(descriptor.len()).expect("the type is small");
    [&length.to_be_bytes(), descriptor, bytes].concat()
}

/// The inputs for `exports` are the lines of real exports, and JSON of all kinds. With `FOLIO_WRITE_CORPUS` set
/// they are written.
#[test]
fn the_corpus_of_exports_is_as_it_was_made() {
    for (name, text) in [
        (
            "json_all_kinds",
            r#"{"a":[1,-0.5e3,"x\n\u00e9\ud83d\ude00"],"a":null,"":{}, "b":[true,false]}"#,
        ),
        ("json_large_numbers", "[18446744073709551616, -9223372036854775809, 1e999, 1E-400, 0e1]"),
        ("json_half_a_character", r#""\ud800\u0041""#),
        ("json_escapes", r#"["\"\\\/\b\f\n\r\t", "\u12g4", "\x"]"#),
        ("json_spaces", " \t\r\n[ 1 ,\n2 ] \n"),
        ("json_commas", "[1,]"),
        ("json_behind", "1 2"),
    ] {
        committed("exports", name, &[&[0], text.as_bytes()].concat());
    }
    let items = |ids: &[u64]| -> folio::Result<Vec<u8>> {
        let store = Store::in_memory();
        let name = |id: &u64| Item { id: *id, group: 1, name: format!("n{id}") };
        store.collection::<Item>()?.put_all(ids.iter().map(name))?;
        body(&store)
    };
    let documents = || -> folio::Result<Vec<u8>> {
        let store = Store::in_memory();
        let settings = store.documents("settings")?;
        settings.set("list", &vec![Some(1.5), None])?;
        settings.set("map", &BTreeMap::from([("x", u64::MAX)]))?;
        settings.set("bytes", &Value::Bytes(vec![0, 255]))?;
        body(&store)
    };
    for (name, lines) in [
        ("lines_items", items(&[1, 2, 300])),
        ("lines_no_items", items(&[])),
        ("lines_documents", documents()),
    ] {
        let lines = lines.expect("a store can be exported");
        committed("exports", name, &[&[1], &*lines].concat());
    }
    let twice = items(&[1]).and_then(|items| Ok([items, documents()?].concat()));
    committed("exports", "lines_both", &[&[1], &*twice.expect("so can two")].concat());
}

/// The lines of an export without the first and the last, which have what differs from store to store.
fn body(store: &Store) -> folio::Result<Vec<u8>> {
    let mut text = Vec::new();
    store.export(&mut text, folio::Format::JsonLines)?;
    let mut lines: Vec<_> = text.split_inclusive(|byte| *byte == b'\n').skip(1).collect();
    lines.pop();
    Ok(lines.concat())
}

/// A record of the target, and one that an earlier type of it has stored: in another order, with a
/// field that is gone, a name that has changed, and narrower numbers.
#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "items")]
struct Item {
    #[key]
    id: u64,
    #[index]
    group: u8,
    #[index(unique)]
    name: String,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "items")]
#[serde(rename = "Item")]
struct EarlierItem {
    name: String,
    weight: Vec<Option<f32>>,
    group: u8,
    #[key]
    id: u32,
}

/// The inputs for `recovery` that are payloads of a frame are what Folio writes today, in other orders
/// and with mistakes. With `FOLIO_WRITE_CORPUS` set they are written.
#[test]
fn the_corpus_of_recovery_is_as_it_was_made() {
    let item = |id, name: &str| Item { id, group: 1, name: name.to_owned() };
    let earlier = |id, name: &str| {
        let weight = vec![None, Some(1.5)];
        EarlierItem { name: name.to_owned(), weight, group: 1, id }
    };
    let [create, first, second, gone] = commits([item(1, "a"), item(2, "b")], &1);
    let [_, twice, ..] = commits([item(3, "a"), item(4, "c")], &3);
    let [before, old, other, _] = commits([earlier(1, "a"), earlier(300, "b")], &1);
    // The key stands before the record, each with its size.
    let mut astray = first.clone();
    let key = astray.windows(2).rposition(|pair| pair == [1, 1]).expect("there is a key of 1");
    let key = astray[..key].windows(2).rposition(|pair| pair == [1, 1]).unwrap_or(key) + 1;
    astray[key] = 4;
    for (name, commits) in [
        ("framed_first_commit", vec![&create]),
        ("framed_all_commits", vec![&create, &first, &second, &gone]),
        ("framed_commit_twice", vec![&create, &first, &create]),
        ("framed_put_without_create", vec![&first]),
        ("framed_unique_twice", vec![&create, &first, &twice]),
        ("framed_key_of_another_record", vec![&create, &astray]),
        ("framed_earlier_type", vec![&before, &old, &other]),
        ("framed_earlier_type_of_other_records", vec![&before, &first]),
    ] {
        let count = u8::try_from(commits.len()).expect("they are few");
        let mut input = vec![2, count];
        for commit in commits {
            input.push(u8::try_from(commit.len()).expect("they are short"));
            assert!(commit.len() < 128, "a size of one byte");
            input.extend(commit);
        }
        committed("recovery", name, &input);
        // The same as the only block of a checkpoint.
        if let [2, count @ 1, payload @ ..] = &*input {
            let name = name.replacen("framed", "block", 1);
            committed("recovery", &name, &[&[5, *count], payload].concat());
        }
    }
    let whole = [create, first, second].concat();
    committed("recovery", "block_of_noise", &[&[5, 1], &*whole].concat());
    for mode in [3, 4] {
        // A byte of each of the files, early and late: their order is that of their names.
        for file in 0..8 {
            for place in [40, 90, 200] {
                let input = [mode, file, 0, 0, place, 0, 1];
                committed("recovery", &format!("edited_{mode}_{file}_{place}"), &input);
            }
        }
    }
}

/// The bytes of four commits: one that creates the collection, two that put a record, one that
/// removes a record. Their times are zero.
fn commits<T: Record>(records: [T; 2], gone: &T::Key) -> [Vec<u8>; 4] {
    let directory = tempfile::tempdir().expect("there is a place for temporary files");
    let write = || -> folio::Result<()> {
        let store = Store::open(directory.path())?;
        let collection = store.collection::<T>()?;
        for record in records {
            collection.put(record)?;
        }
        collection.remove_all([gone])?;
        store.close()
    };
    write().expect("a store can be written");
    let segment = fs::read(directory.path().join("0000000000000001.log")).expect("it is there");
    let commits = without_times(&segment).expect("a segment as the format says");
    commits.try_into().expect("four commits")
}

/// The commits of a segment in which each has a frame of its own, with zero for their times.
fn without_times(segment: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut commits = Vec::new();
    let mut rest = segment.get(128..)?;
    while let Some((head, behind)) = rest.split_at_checked(96) {
        let size = u32::from_le_bytes(*head.get(12..)?.first_chunk()?);
        let (payload, behind) = behind.split_at_checked(size as usize)?;
        if let Some((size, commit)) = payload.split_first() {
            assert_eq!(usize::from(*size), commit.len(), "one commit, of less than 128 bytes");
            let time = commit.iter().position(|byte| byte & 0x80 == 0)?;
            commits.push([&[0], commit.get(time + 1..)?].concat());
        }
        rest = behind;
    }
    Some(commits)
}

/// Holds that an input is in the corpus, or puts it there.
fn committed(target: &str, name: &str, input: &[u8]) {
    let path = directory(target).join(name);
    if std::env::var_os("FOLIO_WRITE_CORPUS").is_some() {
        fs::create_dir_all(directory(target)).expect("the corpus has a place");
        fs::write(&path, input).expect("the corpus can be written");
    }
    assert_eq!(fs::read(&path).expect("the corpus is committed"), input, "{name}");
}

/// Runs each input of the corpus as it is, then varied until `variations` more have run.
fn replay(target: &str, variations: usize, run: fn(&[u8])) {
    let inputs = corpus(target);
    assert!(!inputs.is_empty(), "the corpus of {target} is committed");
    for (name, input) in &inputs {
        println!("{target}: {name}");
        run(input);
    }
    let seed = std::env::var("FOLIO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("{target}: variations with FOLIO_SEED={seed}");
    let mut random = Random(seed);
    for (name, input) in inputs.iter().cycle().take(variations) {
        let varied = vary(input, &mut random);
        // Shown only where the test fails: the input can then be put into the corpus.
        println!("{target}: {name} varied to {varied:02x?}");
        run(&varied);
    }
    figures::count("fuzz corpus", "inputs", (inputs.len() + variations) as u64);
}

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut inputs: Vec<_> = fs::read_dir(directory(target))
        .expect("the corpus is committed")
        .map(|entry| {
            let path = entry.expect("the corpus can be listed").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, fs::read(path).expect("the corpus can be read"))
        })
        .collect();
    inputs.sort();
    inputs
}

fn directory(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target)
}

/// Changes some bytes, and sometimes the length.
fn vary(input: &[u8], random: &mut Random) -> Vec<u8> {
    let mut varied = input.to_vec();
    if random.below(4) == 0 {
        varied.truncate(random.below(input.len() + 1));
    }
    varied.extend((0..random.below(12)).map(|_| random.byte()));
    for _ in 0..=random.below(6) {
        let place = random.below(varied.len().max(1));
        let byte = random.byte();
        varied.iter_mut().skip(place).take(1).for_each(|old| *old = byte);
    }
    varied
}

/// A small generator (`SplitMix64`), so that a seed alone gives the same inputs everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit as u64)).unwrap_or_default()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}
