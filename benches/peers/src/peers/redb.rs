//! redb: a copy-on-write B-tree in one file, one writer at a time, readers on snapshots. The
//! non-unique index is a multimap table.

use crate::peer::{Change, Commit, Outcome, Peer, See, Session, decode, encode, missing, taken};
use crate::record::User;
use redb::{
    Database, Durability, MultimapTable, MultimapTableDefinition, ReadableDatabase, ReadableTable,
    Table, TableDefinition,
};
use std::path::Path;

const USERS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("users");
const EMAILS: TableDefinition<'_, &str, u64> = TableDefinition::new("emails");
const CITIES: MultimapTableDefinition<'_, &str, u64> = MultimapTableDefinition::new("cities");

/// Durable is [`Durability::Immediate`]; relaxed is [`Durability::None`], which stays in memory
/// until a durable commit.
pub struct Redb {
    database: Database,
    durability: Durability,
}

impl Redb {
    /// With redb's defaults: a cache of 1 GiB.
    pub fn open(directory: &Path) -> Outcome<Self> {
        let database = Database::create(directory.join("bench.redb"))?;
        let redb = Self { database, durability: Durability::Immediate };
        redb.write(|_| Ok(()))?;
        Ok(redb)
    }

    fn write(&self, work: impl FnOnce(&mut Tables<'_>) -> Outcome) -> Outcome {
        let mut tx = self.database.begin_write()?;
        tx.set_durability(self.durability)?;
        work(&mut Tables {
            users: tx.open_table(USERS)?,
            emails: tx.open_table(EMAILS)?,
            cities: tx.open_multimap_table(CITIES)?,
        })?;
        Ok(tx.commit()?)
    }
}

impl Peer for Redb {
    fn prepare(&mut self, commit: Commit) -> Outcome {
        self.durability = match commit {
            Commit::Durable => Durability::Immediate,
            Commit::Relaxed => Durability::None,
        };
        Ok(())
    }

    fn session(&self) -> Outcome<Box<dyn Session + '_>> {
        Ok(Box::new(self))
    }

    fn close(mut self: Box<Self>) -> Outcome {
        self.prepare(Commit::Durable)?;
        self.write(|_| Ok(()))
    }
}

struct Tables<'tx> {
    users: Table<'tx, u64, &'static [u8]>,
    emails: Table<'tx, &'static str, u64>,
    cities: MultimapTable<'tx, &'static str, u64>,
}

impl Tables<'_> {
    fn read(&self, id: u64) -> Outcome<Option<User>> {
        self.users.get(id)?.map(|bytes| decode(bytes.value())).transpose()
    }

    fn replace(&mut self, old: Option<&User>, new: &User) -> Outcome {
        if old.is_none_or(|old| old.email != new.email) {
            if let Some(old) = old {
                self.emails.remove(old.email.as_str())?;
            }
            if self.emails.insert(new.email.as_str(), new.id)?.is_some() {
                return Err(taken(&new.email));
            }
        }
        if old.is_none_or(|old| old.city != new.city) {
            if let Some(old) = old {
                self.cities.remove(old.city.as_str(), old.id)?;
            }
            self.cities.insert(new.city.as_str(), new.id)?;
        }
        self.users.insert(new.id, encode(new)?.as_slice())?;
        Ok(())
    }
}

impl Session for &Redb {
    fn get(&mut self, id: u64, see: See<'_>) -> Outcome {
        let users = self.database.begin_read()?.open_table(USERS)?;
        see(&decode(users.get(id)?.ok_or_else(|| missing(id))?.value())?);
        Ok(())
    }

    fn find(&mut self, email: &str, see: See<'_>) -> Outcome {
        let tx = self.database.begin_read()?;
        let id = tx.open_table(EMAILS)?.get(email)?.ok_or_else(|| missing(email))?.value();
        let users = tx.open_table(USERS)?;
        see(&decode(users.get(id)?.ok_or_else(|| missing(id))?.value())?);
        Ok(())
    }

    fn by_city(&mut self, city: &str, see: See<'_>) -> Outcome {
        let tx = self.database.begin_read()?;
        let users = tx.open_table(USERS)?;
        for id in tx.open_multimap_table(CITIES)?.get(city)? {
            let id = id?.value();
            see(&decode(users.get(id)?.ok_or_else(|| missing(id))?.value())?);
        }
        Ok(())
    }

    fn scan(&mut self, from: u64, count: usize, see: See<'_>) -> Outcome {
        let users = self.database.begin_read()?.open_table(USERS)?;
        for entry in users.range(from..)?.take(count) {
            see(&decode(entry?.1.value())?);
        }
        Ok(())
    }

    fn put(&mut self, users: Vec<User>) -> Outcome {
        self.write(|tables| {
            for user in &users {
                let old = tables.read(user.id)?;
                tables.replace(old.as_ref(), user)?;
            }
            Ok(())
        })
    }

    fn update(&mut self, id: u64, change: Change<'_>) -> Outcome {
        self.write(|tables| {
            let old = tables.read(id)?.ok_or_else(|| missing(id))?;
            let mut new = old.clone();
            change(&mut new);
            tables.replace(Some(&old), &new)
        })
    }
}
