//! How stored records become records of the type that is asked for.
//!
//! A [`Plan`] is made for each form in which records are stored, before any record is looked at: from
//! the comparison of the two descriptors where the version of the type is the same, through the chain
//! of earlier types ([`Previous`]) where it is an older one. Nothing here knows where the bytes are.

use crate::schema::compare::compare;
use crate::schema::descriptor::Descriptor;
use crate::schema::text;
use crate::table::reading::{ByName, Failure, KeyReading, Plan, Previous, Reading};
use crate::table::record::Record;
use std::error::Error as StdError;
use std::sync::Arc;

impl<T: Record> Previous<T> {
    /// Records that were stored as `P`, or as what `P` migrates from, are converted by `TryFrom`, which
    /// every `From` is too. The version of `P` must be smaller: anything else does not compile.
    #[must_use]
    pub fn of<P: Record>() -> Self
    where
        T: TryFrom<P>,
        T::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        const {
            assert!(
                P::VERSION < T::VERSION,
                "a record type migrates from a type of a smaller version: give this one `#[record(version = …)]`"
            );
        }
        Self { plan: migrated::<T, P> }
    }
}

impl<T: Record> Plan<T> {
    /// The plan for records that are stored as `stored` says; the error is how `T` differs from that.
    pub(crate) fn of(stored: &Arc<Descriptor>) -> Result<Self, String> {
        let asked = Descriptor::of_record::<T>();
        let straight = Self {
            record: Reading::Straight,
            key: KeyReading::Straight,
            fills: false,
            risks: String::new(),
        };
        if **stored == asked {
            return Ok(straight);
        }
        if stored.version() > T::VERSION {
            return Err(versions(stored, &asked, "use the newer program"));
        }
        if stored.version() < T::VERSION {
            let Some(previous) = T::previous() else {
                let advice = format!(
                    "say what it migrates from: `#[record(version = {}, from = …)]`",
                    T::VERSION
                );
                return Err(versions(stored, &asked, &advice));
            };
            return (previous.plan)(stored);
        }
        let found = compare(stored, &asked);
        if !found.unfit.is_empty() {
            return Err(found.unfit);
        }
        let by_name = ByName { stored: stored.clone(), straight: found.straight.into() };
        let key = if found.straight_key {
            KeyReading::Straight
        } else {
            KeyReading::ByName(by_name.clone())
        };
        let record =
            if found.straight_record { Reading::Straight } else { Reading::ByName(by_name) };
        Ok(Self { record, key, fills: found.fills, risks: found.risks })
    }
}

/// The plan of reading as `P` and converting to `T`.
fn migrated<T, P>(stored: &Arc<Descriptor>) -> Result<Plan<T>, String>
where
    P: Record,
    T: Record + TryFrom<P>,
    T::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    if stored.version() > P::VERSION {
        let (from, version) = (P::VERSION, stored.version());
        let advice = format!(
            "it migrates from version {from}, and nothing tells how from {version}; make it migrate \
             from version {version}, and that from version {from}"
        );
        return Err(versions(stored, &Descriptor::of_record::<T>(), &advice));
    }
    let earlier = Plan::<P>::of(stored)?;
    let reading = earlier.record;
    let migrate = move |bytes: &[u8]| {
        T::try_from(reading.read(bytes)?).map_err(|error| Failure::Migration {
            from: P::VERSION,
            to: T::VERSION,
            source: error.into(),
        })
    };
    Ok(Plan {
        record: Reading::Migrated(Box::new(migrate)),
        key: KeyReading::OfRecord,
        fills: true,
        risks: earlier.risks,
    })
}

fn versions(stored: &Descriptor, asked: &Descriptor, advice: &str) -> String {
    let name = text::name(&asked.parts.nodes, asked.parts.record);
    let (stored, asked) = (stored.version(), asked.version());
    format!("  version of {name}\n    - {stored}\n    + {asked}: {advice}\n")
}

impl Descriptor {
    /// The descriptor of the collection that `T` is the record of.
    #[must_use]
    pub fn of_record<T: Record>() -> Self {
        Self::of_collection::<T, T::Key>(T::VERSION, T::key_fields())
    }
}
