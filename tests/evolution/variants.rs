//! Enums whose variants change.

use super::golden::Golden;
use folio::{Result, Store};

parts! {
    enum Role {
        Guest,
        Member { since: u16, name: String },
        Bot(u8, String),
        Ghost(String),
    }
}

users! {
    struct Earlier {
        #[key]
        id: u64,
        role: Role,
    }
}

fn earlier() -> Vec<Earlier> {
    let roles = [
        Role::Guest,
        Role::Member { since: 2_000, name: "Ada".into() },
        Role::Bot(200, "Eliza".into()),
        Role::Ghost("Alan".into()),
    ];
    (1..).zip(roles).map(|(id, role)| Earlier { id, role }).collect()
}

/// A later type of the record, with another `Role`.
macro_rules! later {
    ($($role:item)+) => {
        parts! { $($role)+ }

        users! {
            struct Later {
                #[key]
                id: u64,
                #[index]
                role: Role,
            }
        }

        fn later(roles: [Role; 4]) -> Vec<Later> {
            (1..).zip(roles).map(|(id, role)| Later { id, role }).collect()
        }
    };
}

#[test]
fn variants_added_at_the_end() -> Result<()> {
    later! {
        enum Role {
            Guest,
            Member { since: u16, name: String },
            Bot(u8, String),
            Ghost(String),
            Admin,
            Owner(u64),
        }
    }
    let roles = later([
        Role::Guest,
        Role::Member { since: 2_000, name: "Ada".into() },
        Role::Bot(200, "Eliza".into()),
        Role::Ghost("Alan".into()),
    ]);
    let golden = Golden::written("variants_added_at_the_end", &earlier())?;
    golden.reads(&roles, |users| assert_eq!(users.by(Later::ROLE).count(&Role::Guest), 1))?;
    // The earlier type reads all of it, for as long as nobody has a new one.
    golden.reads(&earlier(), |_| ())?;
    let mut roles = roles;
    roles[0].role = Role::Owner(7);
    Store::open(&golden.path)?.collection::<Later>()?.put(roles[0].clone())?;
    golden.reads(&roles, |users| assert_eq!(users.by(Later::ROLE).count(&Role::Owner(7)), 1))?;
    Ok(())
}

#[test]
fn variants_added_in_the_middle() -> Result<()> {
    later! {
        enum Role {
            Owner(u64),
            Guest,
            Admin,
            Member { since: u16, name: String },
            Robot { name: String },
            Bot(u8, String),
            Ghost(String),
        }
    }
    let roles = later([
        Role::Guest,
        Role::Member { since: 2_000, name: "Ada".into() },
        Role::Bot(200, "Eliza".into()),
        Role::Ghost("Alan".into()),
    ]);
    let golden = Golden::written("variants_added_in_the_middle", &earlier())?;
    golden.reads(&roles, |users| assert_eq!(users.by(Later::ROLE).count(&Role::Guest), 1))?;
    golden.reads(&earlier(), |_| ())?;
    Ok(())
}

#[test]
fn variants_reordered() -> Result<()> {
    later! {
        enum Role {
            Ghost(String),
            Bot(u8, String),
            Member { name: String, since: u16 },
            Guest,
        }
    }
    let roles = later([
        Role::Guest,
        Role::Member { since: 2_000, name: "Ada".into() },
        Role::Bot(200, "Eliza".into()),
        Role::Ghost("Alan".into()),
    ]);
    let golden = Golden::written("variants_reordered", &earlier())?;
    golden.reads(&roles, |users| assert_eq!(users.by(Later::ROLE).count(&Role::Guest), 1))?;
    golden.reads(&earlier(), |_| ())?;
    Ok(())
}

#[test]
fn variants_renamed_with_an_alias() -> Result<()> {
    later! {
        enum Role {
            #[serde(alias = "Guest")]
            Visitor,
            #[serde(rename = "Member")]
            Friend {
                since: u16,
                #[serde(alias = "name")]
                nick: String,
            },
            #[serde(alias = "Bot", alias = "Android")]
            Robot(u16, String),
            #[serde(alias = "Ghost")]
            Spirit(Option<String>),
        }
    }
    let roles = later([
        Role::Visitor,
        Role::Friend { since: 2_000, nick: "Ada".into() },
        Role::Robot(200, "Eliza".into()),
        Role::Spirit(Some("Alan".into())),
    ]);
    let golden = Golden::written("variants_renamed_with_an_alias", &earlier())?;
    golden.reads(&roles, |users| assert_eq!(users.by(Later::ROLE).count(&Role::Visitor), 1))?;
    Ok(())
}

#[test]
fn variants_that_get_fields() -> Result<()> {
    later! {
        enum Role {
            Guest {
                #[serde(default)]
                invited_by: u64,
                city: Option<String>,
            },
            Member {
                since: u16,
                #[serde(default)]
                level: u8,
                name: String,
            },
            Bot(u8, String, #[serde(default)] u32),
            Ghost(String, #[serde(default)] Vec<u8>),
        }
    }
    let roles = later([
        Role::Guest { invited_by: 0, city: None },
        Role::Member { since: 2_000, level: 0, name: "Ada".into() },
        Role::Bot(200, "Eliza".into(), 0),
        Role::Ghost("Alan".into(), vec![]),
    ]);
    let golden = Golden::written("variants_that_get_fields", &earlier())?;
    golden.reads(&roles, |users| assert_eq!(users.by(Later::ROLE).count(&roles[0].role), 1))?;
    Ok(())
}

#[test]
fn variants_that_lose_fields() -> Result<()> {
    later! {
        enum Role {
            Guest,
            Member,
            Bot(u8, String),
            Ghost(String),
        }
    }
    let roles = later([
        Role::Guest,
        Role::Member,
        Role::Bot(200, "Eliza".into()),
        Role::Ghost("Alan".into()),
    ]);
    let golden = Golden::written("variants_that_lose_fields", &earlier())?;
    golden.reads(&roles, |users| assert_eq!(users.by(Later::ROLE).count(&Role::Member), 1))?;
    Ok(())
}

#[test]
fn a_variant_removed_that_no_record_has() -> Result<()> {
    later! {
        enum Role {
            Guest,
            Member { since: u16, name: String },
            Bot(u8, String),
        }
    }
    let three = earlier().into_iter().take(3).collect::<Vec<_>>();
    let golden = Golden::written("variant_removed_that_no_record_has", &three)?;
    let mut roles = later([
        Role::Guest,
        Role::Member { since: 2_000, name: "Ada".into() },
        Role::Bot(200, "Eliza".into()),
        Role::Guest,
    ]);
    roles.pop();
    golden.reads(&roles, |users| assert_eq!(users.by(Later::ROLE).count(&Role::Guest), 1))?;
    Ok(())
}

#[test]
fn a_variant_removed_that_a_record_has() -> Result<()> {
    later! {
        enum Role {
            Guest,
            Member { since: u16, name: String },
            Bot(u8, String),
        }
    }
    let _ = later([Role::Guest, Role::Guest, Role::Guest, Role::Guest]);
    let golden = Golden::written("variant_removed_that_a_record_has", &earlier())?;
    let diff = golden.refuses::<_, Later>(&earlier())?;
    let (fixed, key) = diff.split_once("in the record with key ").expect(&diff);
    assert_eq!(
        fixed,
        "  User.role\n    \
           - Ghost, a variant\n    \
           + nothing: keep the variant, or migrate the records that have it\n  \
           met "
    );
    assert!(key.starts_with('4') || key.starts_with("[4]"), "{diff}");
    Ok(())
}
