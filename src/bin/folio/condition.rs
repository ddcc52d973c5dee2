//! Conditions on the fields of records: `city=London`, `logins>=10`, `address.zip^=49`.

use crate::exit::{Failure, Result};
use crate::json;
use folio::Value;
use std::cell::Cell;
use std::cmp::Ordering;

/// The operators, those of two characters first.
const OPERATORS: [(&str, Operator); 8] = [
    ("!=", Operator::Differs),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("^=", Operator::Begins),
    ("*=", Operator::Contains),
    ("=", Operator::Is),
    ("<", Operator::Below),
    (">", Operator::Above),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    Differs,
    Below,
    AtMost,
    Above,
    AtLeast,
    Begins,
    Contains,
}

/// A condition on one field.
#[derive(Debug)]
pub(crate) struct Condition {
    path: String,
    operator: Operator,
    /// As it was written, for texts.
    text: String,
    /// What it is as JSON, if it is that.
    value: Option<Value>,
    met: Cell<Met>,
}

/// What a condition has seen so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Met {
    Nothing,
    /// Records, and none had the field.
    Record,
    /// A record that had the field.
    Field,
}

impl Condition {
    /// The condition that a text is: FIELD, an operator, and a value, which is JSON or a text without quotes.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            Failure::Usage(format!(
                "`{text}` is no condition; write FIELD, one of = != < <= > >= ^= *=, and a value: city=London"
            ))
        };
        let begins = text.find(['!', '<', '>', '^', '*', '=']).ok_or_else(wrong)?;
        let (path, rest) = text.split_at(begins);
        let path = path.trim();
        let found = OPERATORS.iter().find_map(|(sign, operator)| {
            rest.strip_prefix(sign).map(|value| (*operator, value.trim()))
        });
        let (operator, value) = found.ok_or_else(wrong)?;
        if path.is_empty() {
            return Err(wrong());
        }
        let parsed = json::any().from_json(value).ok();
        if parsed.is_none() && value.starts_with(['=', '<', '>']) {
            return Err(Failure::Usage(format!(
                "`{text}` has an operator too many; write one of = != < <= > >= ^= *=, and the value in quotes where it begins with one: {path}={}",
                json::of_text(value)
            )));
        }
        let text = match parsed.as_ref().and_then(Value::as_str) {
            Some(quoted) => quoted.to_owned(),
            None => value.to_owned(),
        };
        Ok(Self {
            path: path.to_owned(),
            operator,
            text,
            value: parsed,
            met: Cell::new(Met::Nothing),
        })
    }

    /// Whether it holds for a record. A field that is not there is like one that is null.
    pub(crate) fn holds<'v>(&self, field: impl Fn(&str) -> Option<&'v Value>) -> bool {
        let found = field(&self.path);
        self.met.set(if found.is_some() { Met::Field } else { self.met.get().max(Met::Record) });
        let found = found.map_or(Value::Null, json::plain);
        match self.operator {
            Operator::Is => self.is(&found),
            Operator::Differs => !self.is(&found),
            Operator::Begins => found.as_str().is_some_and(|text| text.starts_with(&self.text)),
            Operator::Contains => self.is_in(&found),
            Operator::Below => self.order(&found).is_some_and(Ordering::is_lt),
            Operator::AtMost => self.order(&found).is_some_and(Ordering::is_le),
            Operator::Above => self.order(&found).is_some_and(Ordering::is_gt),
            Operator::AtLeast => self.order(&found).is_some_and(Ordering::is_ge),
        }
    }

    /// The field that it is about.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The field, if records were asked for it and none had it: it may be misspelled.
    pub(crate) fn unknown_field(&self) -> Option<&str> {
        (self.met.get() == Met::Record).then_some(&*self.path)
    }

    fn is(&self, found: &Value) -> bool {
        self.order(found).is_some_and(Ordering::is_eq) || self.value.as_ref() == Some(found)
    }

    /// Whether a text has it in it, or a list as an item.
    fn is_in(&self, found: &Value) -> bool {
        match found.as_sequence() {
            Some(items) => items.iter().any(|item| self.is(item)),
            None => found.as_str().is_some_and(|text| text.contains(&self.text)),
        }
    }

    /// How what was found compares with the value of the condition, where they can be compared.
    fn order(&self, found: &Value) -> Option<Ordering> {
        match found.as_str() {
            Some(found) => Some(found.cmp(&self.text)),
            None => compare(found, self.value.as_ref()?),
        }
    }
}

/// How two values of one kind compare; numbers are of one kind.
fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    match (one.as_integer(), other.as_integer()) {
        (Some(_), Some(_)) => Some(one.cmp(other)),
        _ if is_number(one) && is_number(other) => number(one)?.partial_cmp(&number(other)?),
        _ if one.kind() == other.kind() => Some(one.cmp(other)),
        _ => None,
    }
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Integer(_) | Value::F32(_) | Value::F64(_))
}

/// A number as a float, as near as it can be.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_integer()?.to_string().parse().ok())
}

/// The order of two values of any kinds, for sorting: nothing, truth, numbers, then all else by its kind.
///
/// Sorting asks for an order that never contradicts itself, and numbers that are equal as far as floats can tell need not be
/// equal: so numbers are in the order of the nearest floats first, then integers before floats, then exactly.
pub(crate) fn total_order(one: &Value, other: &Value) -> Ordering {
    let (one, other) = (json::plain(one), json::plain(other));
    rank(&one).cmp(&rank(&other)).then_with(|| match (number(&one), number(&other)) {
        (Some(near), Some(near_other)) if is_number(&one) => {
            // Adding zero makes the two zeros of floats one.
            let near = (near + 0.0).total_cmp(&(near_other + 0.0));
            let is_float = |value: &Value| value.as_integer().is_none();
            near.then(is_float(&one).cmp(&is_float(&other))).then_with(|| one.cmp(&other))
        }
        _ => one.cmp(&other),
    })
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        value if is_number(value) => 2,
        _ => 3,
    }
}

/// What is at a path in a value.
pub(crate) fn at_path<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, step| {
        let value = inside(value);
        match value {
            // As in JSON, where a variant is an object with its name.
            Value::Variant(variant) => (*variant.name == *step).then_some(&variant.value),
            _ => value.get(step).or_else(|| value.at(step.parse().ok()?)),
        }
    })
}

/// What an option has.
fn inside(value: &Value) -> &Value {
    match value {
        Value::Some(inner) => inside(inner),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(condition: &str, json: &str) -> bool {
        let value = json::any().from_json(json).unwrap();
        Condition::parse(condition).unwrap().holds(|path| at_path(&value, path))
    }

    #[test]
    fn conditions_compare_what_can_be_compared() {
        let record = r#"{"city": "London", "n": 10, "f": 2.5, "tags": ["a", "b"], "on": true,
            "address": {"zip": "4901"}, "state": {"$variant": {"Lent": {"to": "Ada"}}}, "raw": {"$bytes": "ffd8"},
            "kind": {"$variant": {"Here": null}}, "maybe": {"$some": {"$struct": {"x": {"$some": 1}}}}, "big": {"$integer": "9007199254740993"}, "digits": "10"}"#;
        for condition in [
            "city=London",
            "city=\"London\"",
            "city!=\"=London\"",
            "city!=Oslo",
            "city^=Lon",
            "city*=ndo",
            "city<Oslo",
            "n=10",
            "n=10.0",
            "n>9.5",
            "n>=10",
            "n<=10",
            "f<3",
            "tags*=b",
            "tags.1=b",
            "on=true",
            "address.zip^=49",
            "none=null",
            "none!=x",
            "big>9007199254740992",
            "digits=10",
            "state.Lent.to=Ada",
            "kind=Here",
            "maybe.x=1",
            "raw={\"$bytes\":\"ffd8\"}",
        ] {
            assert!(holds(condition, record), "{condition}");
        }
        for condition in [
            "city=london",
            "city=Lon",
            "n=11",
            "n>10",
            "n=ten",
            "tags*=c",
            "on=1",
            "none=x",
            "big=9007199254740992",
            "n^=1",
            "none<1",
            "city>Oslo",
        ] {
            assert!(!holds(condition, record), "{condition}");
        }
    }

    #[test]
    fn the_order_for_sorting_never_contradicts_itself() {
        let values = [
            "null",
            "true",
            "9007199254740992",
            "9007199254740992.0",
            "9007199254740993",
            "-1.5",
            "0",
            "-0.0",
            "0.0",
            "{\"$f64\":\"inf\"}",
            "{\"$f64\":\"NaN 7ff8000000000000\"}",
            "\"a\"",
            "[1]",
            "{\"a\":1}",
        ];
        let values = values.map(|text| json::any().from_json(text).unwrap());
        for one in &values {
            for other in &values {
                let order = total_order(one, other);
                assert_eq!(order, total_order(other, one).reverse(), "{one:?}, {other:?}");
                for third in values.iter().filter(|third| total_order(other, third) == order) {
                    assert_eq!(total_order(one, third), order, "{one:?}, {other:?}, {third:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in ["", "city", "=x", "city!x", "a^b", "n==2", "n=>2", "n=<2", "n<>2", "n>==2"] {
            assert!(matches!(Condition::parse(text), Err(Failure::Usage(_))), "{text}");
        }
    }
}
