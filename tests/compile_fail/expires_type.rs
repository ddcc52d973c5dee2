//! A field that tells no time.

use folio::Record;
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(expires = until)]
struct Seconds {
    #[key]
    id: u64,
    until: Option<u64>,
}

fn main() {}
