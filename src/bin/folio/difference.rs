//! In which fields two records differ.

use crate::json::Object;
use serde_json::value::RawValue;

/// A field that is not the same in two records, or all of a record where it has no fields.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The path of the field, as in conditions. None is all of the record.
    pub(crate) field: Option<String>,
    /// What was in it, as JSON, if it was there.
    pub(crate) old: Option<String>,
    /// What is in it now.
    pub(crate) new: Option<String>,
}

/// The differences of two texts of JSON, in the order of the fields of the first, then of the second. Fields of objects and items of
/// lists are looked at one by one; their order in an object is no difference.
pub(crate) fn between(old: &str, new: &str) -> Vec<Difference> {
    let mut differences = Vec::new();
    gather(None, Some(old), Some(new), &mut differences);
    differences
}

fn gather(path: Option<&str>, old: Option<&str>, new: Option<&str>, into: &mut Vec<Difference>) {
    if old == new {
        return;
    }
    let (Some(old_parts), Some(new_parts)) = (old.and_then(parts), new.and_then(parts)) else {
        return into.push(Difference {
            field: path.map(str::to_owned),
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
        });
    };
    if old_parts.is_list != new_parts.is_list {
        let (old, new) = (old.map(str::to_owned), new.map(str::to_owned));
        return into.push(Difference { field: path.map(str::to_owned), old, new });
    }
    let inner = |name: &str| path.map_or_else(|| name.to_owned(), |path| format!("{path}.{name}"));
    for (name, old) in &old_parts.named {
        gather(Some(&inner(name)), Some(old.get()), new_parts.get(name), into);
    }
    for (name, new) in &new_parts.named {
        if old_parts.get(name).is_none() {
            gather(Some(&inner(name)), None, Some(new.get()), into);
        }
    }
}

/// What an object or a list is made of.
struct Parts {
    is_list: bool,
    named: Vec<(String, Box<RawValue>)>,
}

impl Parts {
    fn get(&self, name: &str) -> Option<&str> {
        self.named.iter().find_map(|(other, json)| (other == name).then(|| json.get()))
    }
}

/// The parts of an object or a list.
fn parts(json: &str) -> Option<Parts> {
    if let Some(Object(named)) = Object::of(json) {
        return Some(Parts { is_list: false, named });
    }
    let items: Vec<Box<RawValue>> = serde_json::from_str(json).ok()?;
    let named = items.into_iter().enumerate();
    Some(Parts {
        is_list: true,
        named: named.map(|(place, item)| (place.to_string(), item)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let told = |old: &str, new: &str| {
            let all = between(old, new).into_iter().map(|difference| {
                let Difference { field, old, new } = difference;
                let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
                format!("{}: {} > {}", or_none(field), or_none(old), or_none(new))
            });
            all.collect::<Vec<_>>().join("; ")
        };
        for (old, new, expected) in [
            ("1", "1", ""),
            ("1", "2", "-: 1 > 2"),
            (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, ""),
            (r#"{"a":1,"b":2}"#, r#"{"a":1,"b":3}"#, "b: 2 > 3"),
            (r#"{"a":1}"#, r#"{"b":1}"#, "a: 1 > -; b: - > 1"),
            (r#"{"a":{"x":1,"y":2}}"#, r#"{"a":{"x":1,"y":null}}"#, "a.y: 2 > null"),
            (r#"{"t":["p","q"]}"#, r#"{"t":["p"]}"#, "t.1: \"q\" > -"),
            (r#"{"t":[]}"#, r#"{"t":[7]}"#, "t.0: - > 7"),
            (r#"{"t":[]}"#, r#"{"t":{}}"#, "t: [] > {}"),
            (r#"{"n":1}"#, r#"{"n":1.0}"#, "n: 1 > 1.0"),
            ("[1]", r#"{"a":1}"#, "-: [1] > {\"a\":1}"),
        ] {
            assert_eq!(told(old, new), expected, "{old} {new}");
        }
    }
}
