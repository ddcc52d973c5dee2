//! Which way a query takes, as it says it itself.

use folio::{Condition, Query, QuerySource, Record, Result, Store, View};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "users")]
struct User {
    #[key]
    id: u32,
    #[index(unique, hash)]
    email: String,
    #[index]
    city: String,
    #[index]
    age: u32,
}

/// 10,000 users: 20 in each city, 100 at each age.
fn users() -> Result<View<User>> {
    let users = Store::in_memory().collection::<User>()?;
    let user = |id: u32| User {
        id,
        email: format!("{id}@example.org"),
        city: format!("city {}", id % 500),
        age: id / 100,
    };
    users.insert_all((0..10_000).map(user))?;
    Ok(users.view())
}

#[track_caller]
fn plan<S: QuerySource<User>>(query: &Query<'_, S, User>, lines: &[&str]) {
    let plan = query.explain();
    assert_eq!(plan.lines().collect::<Vec<_>>(), lines);
    assert!(plan.ends_with('\n'));
}

#[test]
fn plans_are_chosen_by_what_the_indexes_have() -> Result<()> {
    let users = users()?;
    let query = || users.query();
    plan(&query(), &["read all records: 10000 records"]);
    plan(
        &query().filter(|user| user.age > 3).limit(2).offset(1).descending(),
        &[
            "read all records, from the end: 10000 records",
            "check a closure",
            "leave out the first 1",
            "stop after 2",
        ],
    );
    plan(
        &query().eq(User::EMAIL, "7@example.org").eq(User::CITY, "city 7"),
        &["read index `email` at \"7@example.org\": 1 entry", "check index `city` at \"city 7\""],
    );
    plan(
        &query().key_range(10..30).range(User::AGE, 5..),
        &["read records with keys in 10..30: 20 records", "check index `age` in 5.."],
    );
    Ok(())
}

#[test]
fn several_indexes_are_held_against_each_other_where_that_saves_records() -> Result<()> {
    let users = users()?;
    plan(
        &users.query().eq(User::CITY, "city 7").range(User::AGE, ..=0),
        &[
            "read index `city` at \"city 7\": 20 entries",
            "intersect with index `age` in ..=0: about 81 entries",
        ],
    );
    let few = Condition::range(User::CITY, "city 7".."city 71");
    let old = Condition::range(User::AGE, 99..);
    let query = users.query().matching(few.and(old));
    plan(
        &query,
        &[
            "read index `city` in \"city 7\"..\"city 71\": 40 entries",
            "intersect with index `age` in 99..: about 193 entries",
        ],
    );
    Ok(())
}

#[test]
fn any_of_several_indexes_is_read_where_each_condition_has_one() -> Result<()> {
    let users = users()?;
    let either =
        || [Condition::eq(User::CITY, "city 7"), Condition::eq(User::EMAIL, "1@example.org")];
    plan(
        &users.query().any(either()),
        &[
            "read any of (index `city` at \"city 7\", index `email` at \"1@example.org\"): 21 entries",
        ],
    );
    plan(
        &users.query().any(either().map(|of| !of)),
        &[
            "read all records: 10000 records",
            "check any of (not index `city` at \"city 7\", not index `email` at \"1@example.org\")",
        ],
    );
    plan(
        &users.query().one_of(User::CITY, ["city 7", "city 8", "city 7"]),
        &["read index `city` at one of 2 keys: 40 entries"],
    );
    Ok(())
}

#[test]
fn an_order_is_read_along_or_sorted() -> Result<()> {
    let users = users()?;
    plan(
        &users.query().order_by(User::AGE).limit(3),
        &["read along index `age`: about 10000 entries", "stop after 3"],
    );
    plan(
        &users.query().eq(User::CITY, "city 7").order_by(User::AGE).descending(),
        &["read index `city` at \"city 7\": 20 entries", "sort by index `age`, descending"],
    );
    // There are 200: at the edge of a tree, where nodes are less full, an estimate is worse.
    plan(
        &users.query().range(User::AGE, 98..).order_by(User::AGE).descending().limit(1),
        &["read along index `age` in 98.., from the end: about 399 entries", "stop after 1"],
    );
    Ok(())
}

#[test]
fn estimates_are_near_what_there_is() -> Result<()> {
    let users = users()?;
    for (low, high) in [(0, 100), (0, 1), (3, 50), (90, 100), (49, 51), (99, 100)] {
        let text = users.query().range(User::AGE, low..high).order_by(User::AGE).limit(1).explain();
        let estimate = text
            .lines()
            .next()
            .and_then(|line| line.split(' ').find_map(|word| word.parse::<u32>().ok()));
        let (estimate, real) = (estimate.unwrap(), (high - low) * 100);
        assert!((real / 3..=real * 3).contains(&estimate), "{low}..{high}: {text}");
    }
    Ok(())
}
