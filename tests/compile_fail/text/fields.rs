//! Full-text indexes that there can't be.

use folio::Record;
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone)]
struct NoText {
    #[key]
    id: u64,
    #[index(text)]
    size: u64,
}

fn main() {}
