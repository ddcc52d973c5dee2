//! Random queries against a filter over all records, in a collection, a view, and a transaction that has writes of
//! its own pending. Some records of two of the types are expired.

use crate::common::{Random, seed};
use folio::Record;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time in seconds.
fn second(number: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(number)
}

/// The time of all reading.
const NOW: u64 = 1_000;

/// Something else to write.
#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "notes")]
struct Note {
    #[key]
    id: u64,
}

/// A condition that can be asked of a store and of a record.
#[derive(Debug, Clone)]
enum Asked {
    Team(Option<u8>),
    Level(Vec<u8>),
    Age(u8, u8),
    City(String),
    CityBegins(String),
    Tag(u8),
    Tags(u8, u8),
    Even,
    Not(Box<Asked>),
    All(Vec<Asked>),
    Any(Vec<Asked>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Key,
    Age,
    Tags,
    Team,
}

/// A query as it is asked and as it is answered by hand.
#[derive(Debug, Clone)]
struct Question {
    conditions: Vec<Asked>,
    order: Order,
    descending: bool,
    offset: usize,
    limit: Option<usize>,
}

fn asked(random: &mut Random, depth: u64) -> Asked {
    let below =
        |random: &mut Random, limit| u8::try_from(random.below(limit)).expect("it is small");
    let several = |random: &mut Random| -> Vec<Asked> {
        (0..random.below(4)).map(|_| asked(random, depth - 1)).collect()
    };
    match random.below(if depth > 0 { 12 } else { 9 }) {
        0 => Asked::Team(Some(below(random, 5))),
        1 => Asked::Level((0..random.below(4)).map(|_| below(random, 30)).collect()),
        2 | 3 => Asked::Age(below(random, 100), below(random, 100)),
        4 => Asked::City(format!("city {}", random.below(20))),
        5 => Asked::CityBegins(format!("city {}", random.below(3))),
        6 => Asked::Tag(below(random, 40)),
        7 => Asked::Tags(below(random, 40), below(random, 40)),
        8 => Asked::Even,
        9 => Asked::Not(Box::new(asked(random, depth - 1))),
        10 => Asked::All(several(random)),
        _ => Asked::Any(several(random)),
    }
}

fn question(random: &mut Random) -> Question {
    Question {
        conditions: (0..random.below(4)).map(|_| asked(random, 2)).collect(),
        order: random.pick(&[Order::Key, Order::Key, Order::Age, Order::Tags, Order::Team]),
        descending: random.below(2) == 0,
        offset: random.pick(&[0, 0, 1, 7]),
        limit: random.pick(&[None, None, Some(0), Some(1), Some(5), Some(40)]),
    }
}

/// The tags that the first condition on them lets in, of those that all must hold.
fn tags_within(conditions: &[Asked]) -> Option<(u8, u8)> {
    conditions.iter().find_map(|condition| match condition {
        Asked::Tags(low, high) => Some((*low, *high)),
        Asked::All(parts) => tags_within(parts),
        _ => None,
    })
}

/// A record type with these attributes, and the tests for it.
macro_rules! model {
    ($module:ident, $key:ty, $key_of:expr, ($($attribute:tt)*), $span:ident) => {
        mod $module {
            use super::*;
            use folio::simulation::Clock;
            use folio::{Condition, Query, QuerySource, Result, Store};
            use std::collections::BTreeMap;

            #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
            #[record(name = "items" $($attribute)*)]
            struct Item {
                #[key]
                id: $key,
                #[index]
                team: Option<u8>,
                #[index(hash)]
                level: u8,
                #[index]
                age: u8,
                #[index]
                city: String,
                #[index(each)]
                tags: Vec<u8>,
                until: Option<SystemTime>,
            }

            type Items = BTreeMap<$key, Item>;

            fn item(random: &mut Random, id: u64) -> Item {
                let below = |random: &mut Random, limit| u8::try_from(random.below(limit)).expect("it is small");
                Item {
                    id: $key_of(id),
                    team: (random.below(3) > 0).then(|| below(random, 4)),
                    level: below(random, 30),
                    age: below(random, 100),
                    city: format!("city {}", random.below(random.clone().next() % 20 + 1)),
                    tags: (0..random.below(4)).map(|_| below(random, 40)).collect(),
                    until: (random.below(8) == 0).then(|| second(random.below(2 * NOW))),
                }
            }

            fn condition(asked: &Asked) -> Condition<'_, Item> {
                match asked {
                    Asked::Team(team) => Condition::eq(Item::TEAM, team.unwrap_or(9)),
                    Asked::Level(levels) => Condition::one_of(Item::LEVEL, levels),
                    Asked::Age(low, high) => Condition::range(Item::AGE, low..high),
                    Asked::City(city) => Condition::eq(Item::CITY, city.as_str()),
                    Asked::CityBegins(begin) => Condition::prefix(Item::CITY, begin),
                    Asked::Tag(tag) => Condition::eq(Item::TAGS, tag),
                    Asked::Tags(low, high) => Condition::range(Item::TAGS, low..=high),
                    Asked::Even => Condition::filter(|item: &Item| item.age.is_multiple_of(2)),
                    Asked::Not(part) => !condition(part),
                    Asked::All(parts) => Condition::all(parts.iter().map(condition)),
                    Asked::Any(parts) => Condition::any(parts.iter().map(condition)),
                }
            }

            fn holds(asked: &Asked, item: &Item) -> bool {
                match asked {
                    Asked::Team(team) => item.team == *team,
                    Asked::Level(levels) => levels.contains(&item.level),
                    Asked::Age(low, high) => (*low..*high).contains(&item.age),
                    Asked::City(city) => item.city == *city,
                    Asked::CityBegins(begin) => item.city.starts_with(begin),
                    Asked::Tag(tag) => item.tags.contains(tag),
                    Asked::Tags(low, high) => {
                        item.tags.iter().any(|tag| (*low..=*high).contains(tag))
                    }
                    Asked::Even => item.age % 2 == 0,
                    Asked::Not(part) => !holds(part, item),
                    Asked::All(parts) => parts.iter().all(|part| holds(part, item)),
                    Asked::Any(parts) => parts.iter().any(|part| holds(part, item)),
                }
            }

            fn asked_of<'a, S: QuerySource<Item>>(
                query: Query<'a, S, Item>,
                question: &'a Question,
            ) -> Query<'a, S, Item> {
                let query = question.conditions.iter().fold(query, |query, asked| match asked {
                    Asked::Any(parts) => query.any(parts.iter().map(condition)),
                    asked => query.matching(condition(asked)),
                });
                let query = match question.order {
                    Order::Key => query,
                    Order::Age => query.order_by(Item::AGE),
                    Order::Tags => query.order_by(Item::TAGS),
                    Order::Team => query.order_by(Item::TEAM),
                };
                let query = if question.descending { query.descending() } else { query };
                let query = query.offset(question.offset);
                match question.limit {
                    Some(limit) => query.limit(limit),
                    None => query,
                }
            }

            /// Where a record comes; `None` where the order leaves it out.
            fn place(item: &Item, question: &Question) -> Option<u8> {
                let (low, high) = tags_within(&question.conditions).unwrap_or((0, u8::MAX));
                let tags = item.tags.iter().filter(|tag| (low..=high).contains(tag)).copied();
                match question.order {
                    Order::Key => Some(0),
                    Order::Age => Some(item.age),
                    Order::Team => item.team,
                    Order::Tags if question.descending => tags.max(),
                    Order::Tags => tags.min(),
                }
            }

            fn expected<'i>(items: &'i Items, question: &Question) -> Vec<&'i Item> {
                let is_there = |item: &&Item| {
                    let is_expired = item.until.is_some_and(|until| until <= second(NOW));
                    let matches = question.conditions.iter().all(|asked| holds(asked, item));
                    matches && (Item::EXPIRES.is_none() || !is_expired)
                };
                let found = items.values().filter(is_there);
                let placed = found.filter_map(|item| Some((place(item, question)?, &item.id, item)));
                let mut placed: Vec<_> = placed.collect();
                placed.sort_by_key(|(place, id, _)| (*place, *id));
                if question.descending {
                    placed.reverse();
                }
                let found = placed.into_iter().map(|(.., item)| item);
                found.skip(question.offset).take(question.limit.unwrap_or(usize::MAX)).collect()
            }

            fn check<S: QuerySource<Item>>(
                query: &Query<'_, S, Item>,
                items: &Items,
                question: &Question,
                ways: &mut BTreeSet<String>,
            ) where
                S::Found: std::ops::Deref<Target = Item>,
            {
                let (expected, plan) = (expected(items, question), query.explain());
                ways.extend(plan.lines().map(|line| {
                    line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
                }));
                let found = query.collect();
                let found: Vec<&Item> = found.iter().map(|item| &**item).collect();
                assert_eq!(found, expected, "{question:?}\n{plan}");
                assert_eq!(query.count(), expected.len(), "{question:?}\n{plan}");
                let first = query.first();
                assert_eq!(first.as_deref(), expected.first().copied(), "{question:?}\n{plan}");
                let mut groups = BTreeMap::new();
                for item in expected {
                    for tag in item.tags.iter().collect::<BTreeSet<_>>() {
                        *groups.entry(*tag).or_default() += 1;
                    }
                }
                assert_eq!(query.group_count(Item::TAGS), groups, "{question:?}\n{plan}");
            }

            #[test]
            fn random_queries_give_what_a_look_at_every_record_gives() -> Result<()> {
                let mut random = Random::new(seed(stringify!($module)));
                let mut ways = BTreeSet::new();
                for size in [0, 1, 30, 400, 3_000] {
                    let clock = Clock::at(second(NOW));
                    let store = Store::options().clock(&clock).sweep(false).in_memory();
                    let live = store.collection::<Item>()?;
                    let all = (0..size).map(|_| {
                        let id = random.below(size * 2);
                        item(&mut random, id)
                    });
                    let mut items: Items = all.map(|item| (item.id.clone(), item)).collect();
                    live.put_all(items.values().cloned())?;
                    let view = live.view();
                    for _ in 0..80 {
                        let question = question(&mut random);
                        let query = asked_of(live.query(), &question);
                        check(&query, &items, &question, &mut ways);
                        check(&asked_of(view.query(), &question), &items, &question, &mut ways);
                    }
                    let tx = store.begin();
                    let inside = tx.collection::<Item>()?;
                    for _ in 0..40 {
                        let id = random.below(size * 2 + 1);
                        let written = item(&mut random, id);
                        if random.below(4) == 0 {
                            inside.remove(&written.id)?;
                            items.remove(&written.id);
                        } else {
                            items.insert(written.id.clone(), written.clone());
                            inside.put(written)?;
                        }
                        let question = question(&mut random);
                        check(&asked_of(inside.query(), &question), &items, &question, &mut ways);
                    }
                }
                // Every way was gone.
                for way in ["read all", "read index", "read along", "read any", "intersect with"] {
                    assert!(ways.contains(way), "never: {way}, only {ways:?}");
                }
                model!($span live_spans(&mut random))
            }

            /// What is asked of a query, of which some kinds consume only a part.
            fn answer<S: QuerySource<Item>>(query: &Query<'_, S, Item>, kind: u64) -> Vec<Item>
            where
                S::Found: std::ops::Deref<Target = Item>,
            {
                let only = |item: S::Found| item.clone();
                match kind {
                    0 => query.iter().map(only).collect(),
                    1 => query.first().map(only).into_iter().collect(),
                    2 => query.iter().take(2).map(only).collect(),
                    // As numbers, of which records are made that can be compared like the others.
                    kind => {
                        let groups = query.group_count(Item::TAGS).into_values();
                        let number = if kind == 3 { query.count() } else { groups.sum() };
                        vec![item(&mut Random::new(0), number as u64)]
                    }
                }
            }

            #[test]
            fn who_commits_would_have_read_the_same_at_the_end() -> Result<()> {
                let mut random = Random::new(seed(stringify!($module)));
                let clock = Clock::at(second(NOW));
                let store = Store::options().clock(&clock).sweep(false).in_memory();
                let live = store.collection::<Item>()?;
                live.put_all((0..300).map(|id| item(&mut random, id)))?;
                store.collection::<Note>()?;
                let (mut committed, mut refused) = (0, 0);
                for id in 0..600 {
                    let (question, kind) = (question(&mut random), random.below(5));
                    let tx = store.begin();
                    let inside = tx.collection::<Item>()?;
                    if random.below(2) == 0 {
                        let id = random.below(300);
                        inside.put(item(&mut random, id))?;
                    }
                    let before = answer(&asked_of(inside.query(), &question), kind);
                    tx.collection::<Note>()?.put(Note { id })?;
                    let id = random.below(300);
                    let written = item(&mut random, id);
                    if random.below(4) == 0 {
                        live.remove(&written.id)?;
                    } else {
                        live.put(written)?;
                    }
                    match tx.commit() {
                        Ok(_) => {
                            let after = answer(&asked_of(live.query(), &question), kind);
                            assert_eq!(after, before, "{kind}: {question:?}");
                            committed += 1;
                        }
                        Err(error) if error.is_conflict() => refused += 1,
                        Err(error) => return Err(error),
                    }
                }
                assert!(committed > 60 && refused > 60, "{committed} committed, {refused} not");
                Ok(())
            }

            model!(fn $span);
        }
    };
    (ordered $spans:ident($($argument:tt)*)) => { $spans($($argument)*) };
    (unordered $spans:ident($($argument:tt)*)) => { Ok(()) };
    (fn ordered) => {
        /// Ranges of keys, which only records in order have.
        fn live_spans(random: &mut Random) -> Result<()> {
            let live = Store::in_memory().collection::<Item>()?;
            let items: Items = (0..500).map(|id| item(random, id)).map(|of| (of.id, of)).collect();
            let items: Items =
                items.into_iter().map(|(id, of)| (id, Item { until: None, ..of })).collect();
            live.put_all(items.values().cloned())?;
            for _ in 0..200 {
                let (low, high, age) = (random.below(500), random.below(500), random.below(100));
                let age = u8::try_from(age).unwrap();
                let query = live.query().key_range(low..high).range(Item::AGE, ..age);
                let inside = |of: &&Item| (low..high).contains(&of.id) && of.age < age;
                let expected: Vec<&Item> = items.values().filter(inside).collect();
                let found = query.collect();
                let found: Vec<&Item> = found.iter().map(|of| &**of).collect();
                assert_eq!(found, expected, "{low}..{high}, age below {age}");
                let either = || Condition::key_range(high..).or(Condition::eq(Item::AGE, age));
                let expected = items.values().filter(|of| of.id >= high || of.age == age);
                assert_eq!(live.query().matching(either()).count(), expected.count());
            }
            Ok(())
        }
    };
    (fn unordered) => {};
}

model!(ordered_records, u64, |id| id, (), ordered);
model!(expiring_records, u64, |id| id, (, expires = until), ordered);
model!(unordered_records, String, |id: u64| format!("{id:03}"), (, unordered), unordered);
model!(unordered_that_expire, u64, |id| id, (, unordered, expires = until), unordered);
