//! serde names that differ between writing and reading, and structs that can't be transparent.

use folio::Schema;
use serde::{Deserialize, Serialize};

#[derive(Schema, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase", deserialize = "kebab-case"))]
struct TwoRules {
    #[serde(rename(serialize = "written", deserialize = "read"))]
    number: u8,
}

#[derive(Schema, Serialize)]
#[serde(transparent)]
struct TwoFields {
    number: u8,
    nothing: std::marker::PhantomData<u8>,
}

fn main() {}
