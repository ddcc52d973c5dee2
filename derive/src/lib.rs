//! The derives of the folio database: [`Record`](macro@Record) and [`Schema`](macro@Schema).
//!
//! Use them through `folio`, which re-exports them beside the traits of the same names. Both see a
//! type only as it is written: nothing is known of what an alias stands for.

mod attributes;
mod case;
mod field;
mod index;
mod keys;
mod problems;
mod record;
mod schema;
mod serde_check;
mod text;
mod types;

use proc_macro::TokenStream;
use syn::{DeriveInput, Error, Result, parse_macro_input};

/// Makes a struct the record of a collection: implements `folio::Record` and `folio::Schema`, and
/// gives the type one associated constant per index.
///
/// The struct must also be `Serialize`, `Deserialize` and `Clone`. Its fields must have a
/// `folio::Schema`; do not derive that for the record itself, which has it from here.
///
/// ```text
/// #[derive(Record, Serialize, Deserialize, Clone)]
/// #[record(name = "users")]
/// #[record(index(by_city_age = (city, age)))]
/// #[record(unique(active_email = email, when = |user| user.active))]
/// pub struct User {
///     #[key]
///     id: u64,
///     email: Option<String>,
///     #[index(unique, hash)]
///     login: String,
///     #[index]
///     city: String,
///     age: u8,
///     #[index(each, name = "tag")]
///     tags: Vec<String>,
///     active: bool,
/// }
/// // User::LOGIN: Unique<User, String, Hashed>
/// // User::CITY: Index<User, String>
/// // User::TAG: Index<User, String>
/// // User::BY_CITY_AGE: Index<User, (String, u8)>
/// // User::ACTIVE_EMAIL: Unique<User, String>
/// ```
///
/// # On the type
///
/// - `#[record(name = "users")]`: the name of the collection on disk. Without it, the name of the
///   type in `snake_case`; with it, the type can be renamed and the data stays.
/// - `#[record(version = 2, from = v1::User)]`: records that were stored as `v1::User` are converted
///   by `From<v1::User>` or `TryFrom<v1::User>`, which the type must have. A type without `version`
///   is of version 1, and the earlier type must be of a smaller one. It may itself be `from` another:
///   then its records are converted step by step. A `version` without `from` begins anew: records of
///   smaller versions are refused. Changes that names bridge, such as a new field with a default, need
///   no version: see [`Schema`](macro@Schema).
/// - `#[record(unordered)]`: the records lie in a hash map, so that string keys of large collections are
///   found faster; ranges, prefixes, `first` and `last` are given up, and iterating is in no order that
///   means anything. Nothing of it is on disk. See `folio::Record::UNORDERED`.
/// - `#[record(expires = field)]`: from the time in this field on, the record is not there for anybody. The
///   field is a `SystemTime`, an `Option<SystemTime>`, or of another type that implements `folio::Deadline`.
///   See `folio::Record::EXPIRES`.
/// - `#[record(index(by_city_age = (city, age)))]`: an index of several fields, whose keys are
///   tuples. `index(by_city = city)` is one of a single field. Fields of tuple structs are numbers.
/// - `#[record(unique(…))]`: likewise, with one record per key at most.
/// - `hash` after the fields: like `#[index(hash)]` on a field.
/// - `text`, or `text = "english"`, after the fields: a full-text index of all of them, like `#[index(text)]` on a
///   field.
/// - `when = |record| …` after the fields: only records for which the closure is true are indexed.
///   It can't use variables from outside, and must depend on the record alone.
///
/// # On fields
///
/// - `#[key]`: the record is found by this field. On several fields: by the tuple of them, in the
///   order in which they are declared.
/// - `#[index]`: an index in the order of its keys, any number of records per key, called like the
///   field.
/// - `#[index(unique)]`: an index with one record per key at most.
/// - `#[index(each)]`: one entry for each element of a `Vec`, an `Option`, a `BTreeSet`, an array,
///   or another type that has `iter()` and its elements as its first type argument.
/// - `#[index(hash)]`: the keys lie by hash, not in their order. A key is found sooner, but ranges,
///   prefixes and iteration over the index are not there: see `folio::Hashed`.
/// - `#[index(text)]`, `#[index(text = "english")]`: a full-text index, with words as they are or brought to
///   the stems of a language. The field is a `String`, an `Option` of one, a list, or of another type that implements
///   `folio::Searchable`. It takes folio's feature `text`, and goes with `name` alone.
/// - `#[index(name = "…")]`: another name, which tuple structs need and which lets a field have
///   several indexes. The first four go together.
///
/// An `Option` in an index, alone or as a part, stands for what it holds: the key is of the inner
/// type, and a record with a `None` is not in the index.
///
/// # The constants
///
/// They have the visibility of the type and the name of their index in upper case: the index
/// `city` is `User::CITY`. Their types are `folio::Index` and `folio::Unique`, of `folio::Ordered` or
/// `folio::Hashed`, and `folio::Text`.
///
/// # What is refused
///
/// Keys and indexes of floats, which have no total order; generic records, whose name would stand
/// for several types; and the serde attributes that [`Schema`](macro@Schema) lists.
#[proc_macro_derive(Record, attributes(record, key, index))]
pub fn record(input: TokenStream) -> TokenStream {
    expand(&parse_macro_input!(input), record::derive)
}

/// Describes how a type is stored: implements `folio::Schema` for a struct or an enum that is a
/// part of records.
///
/// The type must also derive `Serialize` and `Deserialize`: the description is that of what these
/// derives write. Generic types are described under their name and arguments, as in
/// `Pair<u8, String>`; their parameters get the bound `folio::Schema`.
///
/// # serde attributes
///
/// The description uses the names that `rename`, `rename_all` and `rename_all_fields` give, on the
/// type itself too, so that a renamed Rust type can keep its description. A `transparent` struct is
/// described as its only field.
///
/// Three attributes are about reading what an earlier form of the type has stored, and change nothing
/// of what is stored:
///
/// - `default`, on a field or on a struct: where the field is not stored, it has its default value. A
///   new field needs this, unless it is an `Option`.
/// - `alias = "old"`, on a field or a variant: what is stored under the old name is read as this. A
///   renamed field or variant needs this.
/// - `deny_unknown_fields`: the type is refused where a field is stored that it does not have. Without
///   it, such fields are passed over.
///
/// `bound`, `borrow`, `crate` and `expecting` mean nothing to the store.
///
/// All others are refused, with advice: records are stored without names and lengths around their
/// fields, so what is left out (`skip`, `skip_serializing_if`, …), spread (`flatten`), tagged
/// (`untagged`, `tag`, …) or written by other code (`with`, `into`, …) can't be described.
#[proc_macro_derive(Schema)]
pub fn schema(input: TokenStream) -> TokenStream {
    expand(&parse_macro_input!(input), schema::derive)
}

fn expand(
    input: &DeriveInput,
    derive: fn(&DeriveInput) -> Result<proc_macro2::TokenStream>,
) -> TokenStream {
    derive(input).unwrap_or_else(Error::into_compile_error).into()
}
