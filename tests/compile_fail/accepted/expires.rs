//! All that can be a deadline.

use folio::{Deadline, Record, Schema};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(expires = until)]
struct Always {
    #[key]
    id: u64,
    until: SystemTime,
}

type Later = Option<SystemTime>;

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "sometimes", unordered, expires = until)]
struct Sometimes {
    #[key]
    id: u64,
    #[index]
    until: Later,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(expires = 1)]
struct Numbered(#[key] u64, Option<Seconds>);

/// In the key, so that a queue is in the order of its deadlines.
#[derive(Record, Serialize, Deserialize, Clone)]
#[record(expires = r#until)]
struct Queued {
    #[key]
    until: SystemTime,
    #[key]
    id: u64,
}

#[derive(Schema, Serialize, Deserialize, Clone)]
struct Seconds(u32);

impl Deadline for Seconds {
    fn deadline(&self) -> Option<SystemTime> {
        Some(UNIX_EPOCH + Duration::from_secs(self.0.into()))
    }
}

fn main() {
    let always = Always { id: 1, until: UNIX_EPOCH };
    assert_eq!(Always::EXPIRES.unwrap()(&always), Some(UNIX_EPOCH));
    let sometimes = Sometimes { id: 1, until: None };
    assert_eq!(Sometimes::EXPIRES.unwrap()(&sometimes), None);
    let numbered = Numbered(1, Some(Seconds(7)));
    assert_eq!(Numbered::EXPIRES.unwrap()(&numbered), Some(UNIX_EPOCH + Duration::from_secs(7)));
    let queued = Queued { until: UNIX_EPOCH, id: 1 };
    assert_eq!(Queued::EXPIRES.unwrap()(&queued), Some(UNIX_EPOCH));
}
