//! What full-text search saves and costs: searches beside going through all records, writes and building with the index beside
//! those without it, and its memory. A program: `cargo bench --bench text --features text`.
//!
//! The texts are random: 100 words each, of 50,000, which are the rarer the higher their number (Zipf's law, as in
//! languages).

#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bench that fails has nothing to report, and its numbers are small"
)]

use folio::{Record, Store, View};
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::time::{Duration, Instant};

const RECORDS: u64 = 100_000;
const WORDS: usize = 100;
const VOCABULARY: usize = 50_000;
const ROUNDS: usize = 15;

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "searched")]
struct Searched {
    #[key]
    id: u64,
    #[index(text = "english")]
    body: String,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "plain")]
struct Plain {
    #[key]
    id: u64,
    body: String,
}

/// Random numbers from a seed.
struct Random(u64);

impl Random {
    /// From 0 to below 1.
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn word(&mut self) -> String {
        // The inverse of the sum of 1, 1/2, 1/3 …
        let number = (VOCABULARY as f64).powf(self.next()) as usize;
        name(number)
    }

    fn text(&mut self) -> String {
        (0..WORDS).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

/// A word by its number, in letters.
fn name(mut number: usize) -> String {
    let mut word = String::new();
    loop {
        word.push(char::from(b'a' + (number % 20) as u8));
        word.push(if number.is_multiple_of(2) { 'o' } else { 'u' });
        number /= 20;
        if number == 0 {
            return word;
        }
    }
}

fn took(act: impl FnOnce()) -> Duration {
    let began = Instant::now();
    act();
    began.elapsed()
}

/// The median of what is measured in turns, and that of another thing.
fn medians(mut one: impl FnMut(), mut other: impl FnMut()) -> (f64, f64) {
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ones.push(took(&mut one).as_secs_f64());
        others.push(took(&mut other).as_secs_f64());
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
    };
    (median(&mut ones), median(&mut others))
}

/// What the process has in memory, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4_096
}

fn search(view: &View<Searched>, query: &str, about: &str) {
    let first = query.trim_matches(|letter: char| !letter.is_alphabetic());
    let first = first.split(' ').next().unwrap_or(first);
    let found = view.search(Searched::BODY, query).count();
    let (searched, gone_through) = medians(
        || drop(black_box(view.search(Searched::BODY, query).limit(10).hits())),
        || {
            let has =
                |record: &&Searched| record.body.split(' ').any(|word| word.starts_with(first));
            black_box(view.iter().filter(has).count());
        },
    );
    println!(
        "{about}: {found} records, the ten best in {:.5} of the time of going through all",
        searched / gone_through
    );
}

fn main() -> folio::Result<()> {
    let mut random = Random(7);
    let texts: Vec<String> = (0..RECORDS).map(|_| random.text()).collect();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let store = Store::open(&path)?;
    let searched = |(id, body): (u64, &String)| Searched { id, body: body.clone() };
    let plain = |(id, body): (u64, &String)| Plain { id, body: body.clone() };
    let all = || (0..).zip(&texts);
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let (some, few) = (store.collection::<Searched>()?, store.collection::<Plain>()?);
    for batch in all().collect::<Vec<_>>().chunks(1_000) {
        let records: Vec<Searched> = batch.iter().copied().map(searched).collect();
        with.push(took(|| assert_eq!(some.insert_all(records).unwrap(), batch.len())));
        let records: Vec<Plain> = batch.iter().copied().map(plain).collect();
        without.push(took(|| assert_eq!(few.insert_all(records).unwrap(), batch.len())));
    }
    let sum = |times: &[Duration]| times.iter().sum::<Duration>().as_secs_f64();
    println!(
        "a thousand records in a batch: {:.1} of the time without",
        sum(&with) / sum(&without)
    );
    let memory = Store::options().in_memory();
    let (some_in_memory, few_in_memory) =
        (memory.collection::<Searched>()?, memory.collection::<Plain>()?);
    some_in_memory.insert_all(all().take(20_000).map(searched))?;
    few_in_memory.insert_all(all().take(20_000).map(plain))?;
    let mut number = 0;
    let mut number_without = 0;
    let (one, one_without) = medians(
        || {
            for _ in 0..200 {
                number = (number + 7_919) % 20_000;
                let body = texts.get(number as usize + 1).cloned().unwrap_or_default();
                some_in_memory.put(Searched { id: number, body }).unwrap();
            }
        },
        || {
            for _ in 0..200 {
                number_without = (number_without + 7_919) % 20_000;
                let body = texts.get(number_without as usize + 1).cloned().unwrap_or_default();
                few_in_memory.put(Plain { id: number_without, body }).unwrap();
            }
        },
    );
    println!(
        "a text of {WORDS} words in the place of another, in memory: {:.0} of the time without",
        one / one_without
    );
    drop((some, few, some_in_memory, few_in_memory));
    memory.close()?;
    store.close()?;

    let store = Store::open(&path)?;
    let before = resident();
    let attach_plain = took(|| drop(store.collection::<Plain>().unwrap()));
    let between = resident();
    let attach = took(|| drop(store.collection::<Searched>().unwrap()));
    let grown = (resident() - between).saturating_sub(between - before);
    println!(
        "attaching: {:.1} of the time without",
        attach.as_secs_f64() / attach_plain.as_secs_f64()
    );
    let view = store.collection::<Searched>()?.view();
    let stats = store.stats();
    let postings: u64 = stats
        .collections
        .iter()
        .flat_map(|collection| &collection.indexes)
        .map(|index| index.entries)
        .sum();
    println!(
        "memory: {:.0} bytes a posting, of which there are {postings}",
        grown as f64 / postings as f64
    );
    search(&view, &name(40_000), "a rare word");
    search(&view, &name(500), "a word of some");
    search(&view, &name(2), "a word of most");
    search(&view, &format!("{} {}", name(2), name(500)), "both of these");
    search(&view, &format!("\"{} {}\"", name(2), name(3)), "a phrase of two that are frequent");
    let beginning: String = name(40_000).chars().take(4).collect();
    search(&view, &format!("{beginning}*"), "a beginning");
    Ok(())
}
