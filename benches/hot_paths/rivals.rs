//! What people would use instead.

use crate::record::{User, user};
use redb::{Database, MultimapTableDefinition, ReadableDatabase, TableDefinition};
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use tempfile::TempDir;

pub(crate) type Shared = Arc<RwLock<BTreeMap<u64, Arc<User>>>>;

pub(crate) fn shared(count: u64) -> Shared {
    Arc::new(RwLock::new((0..count).map(|id| (id, Arc::new(user(id)))).collect()))
}

pub(crate) const USERS: TableDefinition<u64, &[u8]> = TableDefinition::new("users");
pub(crate) const EMAILS: TableDefinition<&str, u64> = TableDefinition::new("emails");
pub(crate) const CITIES: MultimapTableDefinition<&str, u64> =
    MultimapTableDefinition::new("cities");

pub(crate) struct Redb {
    pub(crate) database: Database,
    _directory: TempDir,
}

impl Redb {
    pub(crate) fn filled(count: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::create(directory.path().join("bench.redb")).unwrap();
        let filled = Self { database, _directory: directory };
        for start in (0..count).step_by(10_000) {
            filled.put((start..count.min(start + 10_000)).map(user), redb::Durability::Immediate);
        }
        filled
    }

    pub(crate) fn put(&self, users: impl Iterator<Item = User>, durability: redb::Durability) {
        let mut tx = self.database.begin_write().unwrap();
        tx.set_durability(durability).unwrap();
        {
            let mut table = tx.open_table(USERS).unwrap();
            let mut emails = tx.open_table(EMAILS).unwrap();
            let mut cities = tx.open_multimap_table(CITIES).unwrap();
            for user in users {
                let bytes = postcard::to_allocvec(&user).unwrap();
                table.insert(user.id, bytes.as_slice()).unwrap();
                emails.insert(user.email.as_str(), user.id).unwrap();
                cities.insert(user.city.as_str(), user.id).unwrap();
            }
        }
        tx.commit().unwrap();
    }

    pub(crate) fn get(&self, id: u64) -> User {
        let tx = self.database.begin_read().unwrap();
        let table = tx.open_table(USERS).unwrap();
        postcard::from_bytes(table.get(id).unwrap().unwrap().value()).unwrap()
    }
}
