//! Values as text for people: in messages, in logs, and as the name of a key. It isn't read back.

use super::Value;
use std::fmt::{self, Display, Formatter, Write};

/// Compact text in the manner of JSON. What JSON lacks looks as in Rust: `0x0a1b` are bytes, `'c'` is
/// a character, `Name(…)` a variant, `Some(…)` an option, and names of fields stand without quotes.
///
/// ```
/// use folio::Value;
///
/// let value = Value::of(&(1, "two", Some(3.0), 'c'))?;
/// assert_eq!(value.to_string(), r#"[1, "two", Some(3.0), 'c']"#);
/// # Ok::<_, folio::Error>(())
/// ```
impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::F32(value) => write!(f, "{value:?}"),
            Self::F64(value) => write!(f, "{value:?}"),
            Self::Char(value) => write!(f, "{value:?}"),
            Self::String(value) => quoted(f, value),
            Self::Bytes(value) => hexadecimal(f, value),
            Self::Some(value) => write!(f, "Some({value})"),
            Self::Sequence(values) => {
                f.write_char('[')?;
                separated(f, values, |f, value| write!(f, "{value}"))?;
                f.write_char(']')
            }
            Self::Map(entries) => {
                f.write_char('{')?;
                separated(f, entries, |f, (key, value)| write!(f, "{key}: {value}"))?;
                f.write_char('}')
            }
            Self::Struct(fields) => {
                f.write_char('{')?;
                separated(f, fields, |f, (name, value)| {
                    named(f, name)?;
                    write!(f, ": {value}")
                })?;
                f.write_char('}')
            }
            Self::Variant(variant) => {
                named(f, &variant.name)?;
                if variant.value == Self::Null { Ok(()) } else { write!(f, "({})", variant.value) }
            }
        }
    }
}

fn separated<T>(
    f: &mut Formatter<'_>,
    parts: &[T],
    mut write_part: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write_part(f, part)?;
    }
    Ok(())
}

/// A name, in quotes only where it would not look like one.
fn named(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.chars().all(plain) { f.write_str(name) } else { quoted(f, name) }
}

fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

fn hexadecimal(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_str("0x")?;
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Variant;

    #[test]
    fn each_kind_has_its_look() {
        let variant = |value| Value::Variant(Box::new(Variant { name: "Circle".into(), value }));
        let name = || "radius".into();
        for (value, text) in [
            (Value::Null, "null"),
            (Value::from("a\"b\\\n\u{1}é"), r#""a\"b\\\n\u0001é""#),
            (Value::Bytes(vec![0x0a, 0x1b]), "0x0a1b"),
            (Value::F32(1.0), "1.0"),
            (Value::F64(f64::NAN), "NaN"),
            (Value::from(Some(Value::Null)), "Some(null)"),
            (Value::Map(vec![(Value::from(5), Value::from(true))]), "{5: true}"),
            (Value::Struct(vec![(name(), Value::from(-1))]), "{radius: -1}"),
            (Value::Struct(vec![("a b".into(), Value::Null)]), r#"{"a b": null}"#),
            (variant(Value::Null), "Circle"),
            (variant(Value::Struct(vec![(name(), Value::from(1))])), "Circle({radius: 1})"),
        ] {
            assert_eq!(value.to_string(), text);
        }
    }
}
