//! Taking a line of an interactive session apart.

use crate::commands::batch::key_and_rest;
use crate::exit::{Failure, Result};
use crate::json;

/// A line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Nothing,
    Quit,
    Help,
    Timing,
    Use(String),
    /// The field of an index.
    Index(String),
    Indexes,
    Begin,
    Commit,
    Rollback,
    Set {
        key: String,
        value: String,
    },
    Put(String),
    /// Another command, as words.
    Words(Vec<String>),
}

pub(super) fn parse(text: &str) -> Result<Line> {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    let alone = |line| match rest {
        "" => Ok(line),
        more => {
            Err(Failure::Usage(format!("nothing can be behind `{word}`, but there is `{more}`")))
        }
    };
    match word {
        "" => Ok(Line::Nothing),
        _ if word.starts_with('#') => Ok(Line::Nothing),
        ".quit" | ".exit" | "quit" | "exit" => alone(Line::Quit),
        ".help" | "?" => alone(Line::Help),
        "help" if rest.is_empty() => Ok(Line::Help),
        ".timing" => alone(Line::Timing),
        ".use" if !rest.is_empty() => Ok(Line::Use(rest.to_owned())),
        ".use" => Err(Failure::Usage("`.use` needs the name of a collection".to_owned())),
        ".index" if !rest.is_empty() => Ok(Line::Index(rest.to_owned())),
        ".index" => Err(Failure::Usage("`.index` needs a field".to_owned())),
        ".indexes" => alone(Line::Indexes),
        _ if word.starts_with('.') => {
            Err(Failure::Usage(format!("there is no `{word}`; `.help` tells what there is")))
        }
        "begin" => alone(Line::Begin),
        "commit" => alone(Line::Commit),
        "rollback" => alone(Line::Rollback),
        "set" if !rest.starts_with('-') => {
            let (key, value) = key_and_rest(rest)?;
            if value.is_empty() {
                return Err(Failure::Usage("`set` needs a key and JSON behind it".to_owned()));
            }
            json::value("the value", value)?;
            Ok(Line::Set { key, value: value.to_owned() })
        }
        "put" if rest.starts_with('{') => Ok(Line::Put(rest.to_owned())),
        _ => shlex::split(text).map(Line::Words).ok_or_else(|| {
            Failure::Usage("a quote does not end, or nothing is behind a `\\`".to_owned())
        }),
    }
}

/// Whether a line is not whole yet: its JSON ends too early.
pub(super) fn goes_on(text: &str) -> bool {
    let text = text.trim_start();
    let json = if let Some(rest) = text.strip_prefix("put ") {
        rest
    } else if let Some(rest) = text.strip_prefix("set ") {
        match key_and_rest(rest.trim_start()) {
            Ok((_, value)) => value,
            Err(_) => return false,
        }
    } else {
        return false;
    };
    let is_open = json.starts_with(['{', '[']);
    is_open
        && json::any()
            .from_json(json)
            .is_err_and(|error| json::reason(&error).ends_with("found the end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart() {
        let words =
            |words: &[&str]| Line::Words(words.iter().map(|word| (*word).to_owned()).collect());
        let set = |key: &str, value: &str| Line::Set { key: key.into(), value: value.into() };
        for (text, line) in [
            ("", Line::Nothing),
            ("  # a comment", Line::Nothing),
            (".quit", Line::Quit),
            ("set a {\"b\": \"it's\"}", set("a", "{\"b\": \"it's\"}")),
            ("set \"a b\" 1", set("a b", "1")),
            ("put {\"sku\": 'x", Line::Put("{\"sku\": 'x".into())),
            ("scan --where 'name=A B' -n 3", words(&["scan", "--where", "name=A B", "-n", "3"])),
            ("get \"a b\"", words(&["get", "a b"])),
            (".use my things", Line::Use("my things".into())),
            (".index address.zip", Line::Index("address.zip".into())),
            (".indexes", Line::Indexes),
        ] {
            assert_eq!(parse(text).unwrap(), line, "{text}");
        }
        for text in ["set a", "set a {", "scan 'open", ".frobnicate", "begin it", ".use", ".index"]
        {
            assert!(matches!(parse(text), Err(Failure::Usage(_))), "{text}");
        }
    }

    #[test]
    fn json_goes_on_until_it_is_whole() {
        for text in ["set a {", "set a {\"b\": [1,", "put {\"sku\"", "set \"x y\" ["] {
            assert!(goes_on(text), "{text}");
        }
        for text in ["set a {}", "set a {oops", "set a", "get {", "set a tru", "put {\"a\": 1}"] {
            assert!(!goes_on(text), "{text}");
        }
    }
}
