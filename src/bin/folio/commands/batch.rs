//! `batch`: many changes from stdin, in one commit or none.
//!
//! A line is a change: `set KEY JSON`, `put JSON`, `delete KEY`. A key goes up to the next space, or is a text of JSON in quotes.
//! Empty lines, and those that begin with `#`, are nothing. The whole input is read and checked before anything is
//! written, and each message has the number of its line.

use super::{counted, edit};
use crate::exit::{Failure, Result};
use crate::session::Session;
use crate::text::of_stdin;
use crate::{json, keys};
use folio::{Descriptor, Document, Store, Value};
use std::io::{self, BufRead};

/// A line, taken apart.
enum Line {
    Set(String, Value),
    Put(String),
    Delete(String),
}

/// A change that fits its collection.
enum Change {
    Put(Value),
    Remove(Value),
}

pub(super) fn run(session: Session<'_>) -> Result<()> {
    session.must_write()?;
    session.path()?;
    let lines = read(io::stdin().lock())?;
    let sets = lines.iter().any(|(_, line)| matches!(line, Line::Set(..)));
    // Only documents can be put where nothing is yet.
    if sets {
        session.write_or_create(|store| apply(session, store, lines, sets))
    } else {
        session.write(|store| apply(session, store, lines, sets))
    }
}

fn apply(session: Session<'_>, store: &Store, lines: Vec<(usize, Line)>, sets: bool) -> Result<()> {
    let name = &session.common().collection;
    let form = form_of(store, name, sets)?;
    let changes = lines
        .into_iter()
        .map(|(number, line)| change(&form, name, line).map_err(|failure| at_line(number, failure)))
        .collect::<Result<Vec<Change>>>()?;
    if sets {
        // Made only now that all changes are known to fit.
        store.documents(name)?;
    }
    let made = store.transact(|tx| {
        let values = tx.values(name)?;
        changes.iter().try_fold(0, |made, change| match change {
            Change::Put(record) => values.put(record).map(|_| made + 1),
            Change::Remove(key) => {
                values.remove(key).map(|was_there| made + usize::from(was_there))
            }
        })
    })?;
    let told = format!("{} made", counted(&made, "change", "changes"));
    session.say(&match changes.len() - made {
        0 => told,
        missing => {
            let keys = counted(
                &missing,
                "key that was to be removed was",
                "keys that were to be removed were",
            );
            format!("{told}; {keys} not there")
        }
    });
    Ok(())
}

/// What the changes must fit: the collection that is there, or documents that are to be.
fn form_of(store: &Store, name: &str, sets: bool) -> Result<Descriptor> {
    if sets {
        edit::must_hold_documents(store, name)?;
        return Ok(Descriptor::of_record::<Document>());
    }
    Ok(store.values(name)?.descriptor().clone())
}

fn read(input: impl BufRead) -> Result<Vec<(usize, Line)>> {
    let mut lines = Vec::new();
    for (place, line) in input.lines().enumerate() {
        let line = line.map_err(of_stdin)?;
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let number = place + 1;
        lines.push((number, parse(text).map_err(|failure| at_line(number, failure))?));
    }
    Ok(lines)
}

fn parse(text: &str) -> Result<Line> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim_start();
    let lacking =
        || Failure::Usage("expected `set KEY JSON`, `put JSON` or `delete KEY`".to_owned());
    match word {
        "set" => {
            let (key, value) = key_and_rest(rest)?;
            if value.is_empty() {
                return Err(lacking());
            }
            Ok(Line::Set(key, json::value("the value", value)?))
        }
        "put" if !rest.is_empty() => Ok(Line::Put(rest.to_owned())),
        "delete" if !rest.is_empty() => match key_and_rest(rest) {
            Ok((key, "")) => Ok(Line::Delete(key)),
            // A key that is no text: JSON, which may have spaces.
            _ if rest.starts_with(['[', '{']) => Ok(Line::Delete(rest.to_owned())),
            Ok(_) => Err(lacking()),
            Err(failure) => Err(failure),
        },
        _ => Err(lacking()),
    }
}

/// A key, in quotes or up to the next space, and what is behind it.
pub(crate) fn key_and_rest(text: &str) -> Result<(String, &str)> {
    if !text.starts_with('"') {
        let (key, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        return Ok((key.to_owned(), rest.trim_start()));
    }
    let mut found = serde_json::Deserializer::from_str(text).into_iter::<String>();
    match found.next() {
        Some(Ok(key)) => {
            let rest = text.get(found.byte_offset()..).unwrap_or_default();
            Ok((key, rest.trim_start()))
        }
        _ => Err(Failure::Usage("the key in quotes does not end, or is no JSON".to_owned())),
    }
}

fn change(descriptor: &Descriptor, name: &str, line: Line) -> Result<Change> {
    Ok(match line {
        Line::Set(key, value) => Change::Put(Value::of(&Document::new(key, &value)?)?),
        Line::Put(text) => Change::Put(edit::record_of(descriptor, name, &text)?),
        Line::Delete(key) => Change::Remove(keys::parse(descriptor, &key)?),
    })
}

/// A failure with the number of its line.
fn at_line(number: usize, failure: Failure) -> Failure {
    let told = |text: String| format!("line {number}: {text}; nothing was changed");
    match failure {
        Failure::Usage(text) => Failure::Usage(told(text)),
        Failure::Constraint(text) => Failure::Constraint(told(text)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_end_at_a_space_or_a_quote() {
        for (text, key, rest) in [
            ("a 1", "a", "1"),
            ("user:alice   {\"a\": 1}", "user:alice", "{\"a\": 1}"),
            ("\"with space\" 1", "with space", "1"),
            ("\"a \\\"b\\\"\\n\" \"c\"", "a \"b\"\n", "\"c\""),
            ("alone", "alone", ""),
        ] {
            assert_eq!(key_and_rest(text).unwrap(), (key.to_owned(), rest), "{text}");
        }
        assert!(key_and_rest("\"open").is_err());
    }

    #[test]
    fn lines_that_are_no_change_are_refused_with_their_number() {
        for text in ["sett a 1", "set", "set a", "delete", "delete a b", "put", "set a {", "del x"]
        {
            let input = format!("# first\n\n{text}\n");
            let Err(Failure::Usage(message)) = read(input.as_bytes()) else {
                panic!("it is no change: {text}");
            };
            assert!(message.starts_with("line 3: "), "{message}");
        }
    }
}
