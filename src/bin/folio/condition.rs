//! Conditions on the fields of records: `city=London`, `logins>=10`, `address.zip^=49`.

use crate::exit::{Failure, Result};
use crate::json;
use folio::Value;
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
        let found = OPERATORS
            .iter()
            .find_map(|(sign, operator)| rest.strip_prefix(sign).map(|value| (*operator, value)));
        let (operator, value) = found.ok_or_else(wrong)?;
        if path.is_empty() {
            return Err(wrong());
        }
        let parsed = json::any().from_json(value).ok();
        let text = match parsed.as_ref().and_then(Value::as_str) {
            Some(quoted) => quoted.to_owned(),
            None => value.to_owned(),
        };
        Ok(Self { path: path.to_owned(), operator, text, value: parsed })
    }

    /// Whether it holds for a record. A field that is not there is like one that is null.
    pub(crate) fn holds(&self, field: impl Fn(&str) -> Value) -> bool {
        let found = json::plain(&field(&self.path));
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

/// The order of two values of any kinds, for sorting: nothing first, then by kind.
pub(crate) fn total_order(one: &Value, other: &Value) -> Ordering {
    let (one, other) = (json::plain(one), json::plain(other));
    compare(&one, &other).unwrap_or_else(|| one.cmp(&other))
}

/// What is at a path in a value; null where nothing is.
pub(crate) fn at_path(value: &Value, path: &str) -> Value {
    let mut value = value;
    for step in path.split('.') {
        let inner = value.get(step).or_else(|| value.at(step.parse().ok()?));
        let Some(inner) = inner else { return Value::Null };
        value = inner;
    }
    value.clone()
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
            "address": {"zip": "4901"}, "big": {"$integer": "9007199254740993"}, "digits": "10"}"#;
        for condition in [
            "city=London",
            "city=\"London\"",
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
    fn what_is_no_condition_is_refused() {
        for text in ["", "city", "=x", "city!x", "a^b"] {
            assert!(matches!(Condition::parse(text), Err(Failure::Usage(_))), "{text}");
        }
    }
}
