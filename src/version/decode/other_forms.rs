//! Decoding records of which some are in another form than the type writes.
//!
//! A plan is made for each form that a live record has; forms that nothing is left of can't stand in
//! the way. Only then are records read, each through the plan for its form.

use crate::error::{Error, Result};
use crate::parallel;
use crate::schema::descriptor::Descriptor;
use crate::table::key;
use crate::table::reading::Plan;
use crate::table::record::Record;
use crate::table::stored::read;
use crate::version::decode::{Decoded, PARALLEL_FROM};
use crate::version::encoded::{Encoded, Placed};
use std::sync::Arc;

pub(super) fn decode<T: Record>(encoded: &Encoded, collection: &str) -> Result<Decoded<T>> {
    let live = encoded.live();
    let forms = forms::<T>(encoded, &live, collection)?;
    let form = |operation: &Placed<'_>| {
        forms
            .get(operation.schema() as usize)
            .and_then(Option::as_ref)
            .expect("live forms have plans")
    };
    let decoded = parallel::map(&live, PARALLEL_FROM, |operation| {
        let (stored, plan) = form(operation);
        read(operation.key(), operation.record(), collection, stored, plan)
    })?;
    // A key that the type encodes in another way would be another key in the log.
    let other_keys = decoded.iter().any(|read| !read.same_key_bytes);
    let mut rows: Vec<_> = decoded.into_iter().map(|read| (read.key, read.row)).collect();
    rows.sort_by(|(left, _), (right, _)| left.cmp(right));
    if let Some([(key, _), _]) = rows.array_windows().find(|[(one, _), (two, _)]| one == two) {
        let key = key::text(key);
        let diff = format!(
            "  the key of a record\n    - several keys\n    + {key} for all of them: keep what tells them apart\n"
        );
        return Err(Error::SchemaMismatch { collection: collection.to_owned(), diff });
    }
    let fills = forms.iter().flatten().any(|(_, plan)| plan.fills);
    let rewrite = fills || other_keys;
    Ok(Decoded { rows, rewrite })
}

/// A form that is stored, and how it is read.
type Form<T> = (Arc<Descriptor>, Plan<T>);

/// The plans for the forms of live records, by their numbers.
fn forms<T: Record>(
    encoded: &Encoded,
    live: &[Placed<'_>],
    collection: &str,
) -> Result<Vec<Option<Form<T>>>> {
    let mut forms: Vec<Option<Form<T>>> = encoded.schemas().iter().map(|_| None).collect();
    for operation in live {
        let number = operation.schema() as usize;
        let (Some(form @ None), Some(stored)) =
            (forms.get_mut(number), encoded.schemas().get(number))
        else {
            continue;
        };
        let plan = Plan::of(stored)
            .map_err(|diff| Error::SchemaMismatch { collection: collection.to_owned(), diff })?;
        *form = Some((stored.clone(), plan));
    }
    Ok(forms)
}
