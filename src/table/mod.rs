//! Tables: records by key, and the indexes kept up beside them.
//!
//! Pure data: nothing here knows a lock, a file, a clock or a transaction. [`rows`] has the table,
//! [`row_map`] what its rows lie in, [`keyed`] its indexes behind the trait of [`secondary`], whose entries
//! are [`ordered`] or [`hashed`], `text` those of words, [`plan`] and [`moves`] what a change makes of them, [`span`] the language
//! of ranges, [`key`], [`record`], [`index`] and [`order`] what users declare, [`deadline`] and [`expiry`]
//! when records are gone and [`present`] which of them are there, [`reference`] what refers to records of other
//! tables, [`migration`] and [`reading`] how stored records become records of the type that is asked for.

pub(crate) mod deadline;
pub(crate) mod entries;
pub(crate) mod entry;
pub(crate) mod expiry;
pub(crate) mod hash;
pub(crate) mod hashed;
pub(crate) mod index;
pub(crate) mod key;
pub(crate) mod keyed;
pub(crate) mod migration;
pub(crate) mod moves;
pub(crate) mod needs;
pub(crate) mod order;
pub(crate) mod ordered;
pub(crate) mod plan;
pub(crate) mod present;
pub(crate) mod primaries;
pub(crate) mod reading;
pub(crate) mod record;
pub(crate) mod reference;
pub(crate) mod replayed;
pub(crate) mod row_map;
pub(crate) mod rows;
pub(crate) mod secondary;
pub(crate) mod span;
pub(crate) mod stored;
#[cfg(feature = "text")]
pub(crate) mod text;
