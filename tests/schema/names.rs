//! The names in descriptors are those that serde gives.

use crate::text_of;
use folio::{Record, Schema, Store};
use serde::{Deserialize, Serialize};

#[derive(Schema, Serialize, Deserialize)]
#[serde(rename = "Account", rename_all = "camelCase", deny_unknown_fields)]
struct AccountVersion2 {
    user_name: String,
    #[serde(rename = "mail", alias = "email")]
    e_mail: String,
    #[serde(default, alias = "n", alias = "count")]
    log_ins: u32,
    #[serde(default = "yes")]
    is_active: bool,
}

fn yes() -> bool {
    true
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE", rename_all_fields = "kebab-case")]
enum Event {
    LoggedIn,
    #[serde(rename = "bye", alias = "farewell")]
    LoggedOut {
        after_seconds: u32,
    },
    #[serde(rename_all = "PascalCase")]
    NameChanged {
        old_name: String,
        #[serde(rename = "to")]
        new_name: String,
    },
}

#[test]
fn names_are_those_of_serde() {
    assert_eq!(
        text_of::<AccountVersion2>(),
        "Account\n\
         struct Account {\n    \
             userName: String,\n    \
             mail: String,\n    \
             logIns: u32,\n    \
             isActive: bool,\n\
         }\n"
    );
    assert_eq!(
        text_of::<Event>(),
        "Event\n\
         enum Event {\n    \
             LOGGED-IN,\n    \
             bye { after-seconds: u32 },\n    \
             NAME-CHANGED { OldName: String, to: String },\n\
         }\n"
    );
}

/// The names in descriptors are compared with those that serde writes, in a format that shows them.
#[test]
fn names_are_those_that_serde_writes() {
    let account = AccountVersion2 {
        user_name: "ada".into(),
        e_mail: "ada@lovelace.org".into(),
        log_ins: 3,
        is_active: yes(),
    };
    let account = serde_json::to_value(account).unwrap();
    let names: Vec<&String> = account.as_object().unwrap().keys().collect();
    assert_eq!(names, ["isActive", "logIns", "mail", "userName"]);
    let changed = Event::NameChanged { old_name: "a".into(), new_name: "b".into() };
    assert_eq!(
        serde_json::to_string(&changed).unwrap(),
        r#"{"NAME-CHANGED":{"OldName":"a","to":"b"}}"#
    );
    let out = Event::LoggedOut { after_seconds: 1 };
    assert_eq!(serde_json::to_string(&out).unwrap(), r#"{"bye":{"after-seconds":1}}"#);
    assert_eq!(serde_json::to_string(&Event::LoggedIn).unwrap(), r#""LOGGED-IN""#);
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "people")]
struct User {
    #[key]
    id: u64,
    boss: Option<Box<User>>,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "people")]
struct Person {
    #[key]
    id: u64,
    boss: Option<Box<Person>>,
}

/// The collection's name is its identity, the Rust name of its records is not.
#[test]
fn a_record_type_may_be_renamed() -> folio::Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.folio");
    {
        let boss = Some(Box::new(User { id: 7, boss: None }));
        Store::open(&path)?.collection::<User>()?.put(User { id: 1, boss })?;
    }
    let store = Store::open(&path)?;
    let person = store.collection::<Person>()?.get(&1).unwrap();
    assert_eq!(person.boss.as_ref().map(|boss| boss.id), Some(7));
    Ok(())
}
