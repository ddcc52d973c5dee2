//! The lines of an export that are not records.

use crate::codec::hexadecimal;
use crate::error::Result;
use crate::schema::descriptor::Descriptor;
use crate::schema::json::parse::Json;
use crate::schema::json::{append_text, bytes_of};
use crate::when::rfc_3339;
use std::fmt::Write;
use std::sync::Arc;
use std::time::SystemTime;

/// The number of the form of the lines.
const FORM: u64 = 1;

/// The first line.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) store: [u8; 16],
    pub(super) version: u64,
    pub(super) collections: u64,
    pub(super) records: u64,
}

/// The line before the records of a collection.
#[derive(Debug)]
pub(super) struct CollectionMark {
    pub(super) name: String,
    pub(super) records: u64,
    pub(super) ids_used: u64,
    /// The forms of its records; keys are in the last.
    pub(super) forms: Vec<Arc<Descriptor>>,
}

/// The last line.
#[derive(Debug)]
pub(super) struct End {
    pub(super) collections: u64,
    pub(super) records: u64,
    pub(super) sha256: [u8; 32],
}

/// What a line should be, and is not.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) expected: String,
    pub(super) found: String,
}

impl Wrong {
    pub(super) fn new(expected: &str, found: &Json) -> Self {
        Self { expected: expected.to_owned(), found: found.kind() }
    }
}

impl Header {
    pub(super) fn line(&self, time: SystemTime) -> String {
        format!(
            "{{\"folio_export\":{FORM},\"store\":\"{}\",\"version\":{},\"time\":\"{}\",\"collections\":{},\"records\":{}}}\n",
            hexadecimal(&self.store),
            self.version,
            rfc_3339(time),
            self.collections,
            self.records,
        )
    }

    pub(super) fn of(json: &Json) -> Result<Self, Wrong> {
        let form = json.get("folio_export");
        match form.map(Json::as_number) {
            Some(Some(FORM)) => {}
            Some(Some(form)) => {
                let expected = "an export of form 1; a newer library reads others".to_owned();
                return Err(Wrong { expected, found: format!("form {form}") });
            }
            _ => return Err(Wrong::new("the line `{\"folio_export\":1,…}`", json)),
        }
        Ok(Self {
            store: bytes(json, "store")?,
            version: number(json, "version")?,
            collections: number(json, "collections")?,
            records: number(json, "records")?,
        })
    }
}

impl CollectionMark {
    pub(super) fn line(&self) -> String {
        let mut line = "{\"collection\":".to_owned();
        append_text(&mut line, &self.name);
        let _ = write!(line, ",\"records\":{},\"ids_used\":{}", self.records, self.ids_used);
        line.push_str(",\"forms\":[");
        for (place, form) in self.forms.iter().enumerate() {
            if place > 0 {
                line.push(',');
            }
            let _ = write!(line, "{{\"descriptor\":\"{}\",\"text\":", hexadecimal(form.as_bytes()));
            append_text(&mut line, &form.to_string());
            line.push('}');
        }
        line.push_str("]}\n");
        line
    }

    /// `None` where the line is another one.
    pub(super) fn of(json: &Json) -> Option<Result<Self, Wrong>> {
        Some(Self::read(json.get("collection")?, json))
    }

    fn read(name: &Json, json: &Json) -> Result<Self, Wrong> {
        let name = name.as_text().ok_or_else(|| Wrong::new("the name of a collection", name))?;
        let Some(Json::List(forms)) = json.get("forms") else {
            return Err(Wrong::new("a list of `forms`", json));
        };
        let forms: Vec<_> = forms.iter().map(form).collect::<Result<_, _>>()?;
        if forms.last().is_none_or(|form| form.parts.key.is_none()) {
            let expected = "forms of the records of a collection, with keys".to_owned();
            return Err(Wrong { expected, found: "a type without a key, or none".to_owned() });
        }
        Ok(Self {
            name: name.to_owned(),
            records: number(json, "records")?,
            ids_used: number(json, "ids_used")?,
            forms,
        })
    }
}

impl End {
    pub(super) fn line(&self) -> String {
        format!(
            "{{\"end\":{{\"collections\":{},\"records\":{},\"sha256\":\"{}\"}}}}\n",
            self.collections,
            self.records,
            hexadecimal(&self.sha256),
        )
    }

    /// `None` where the line is another one.
    pub(super) fn of(json: &Json) -> Option<Result<Self, Wrong>> {
        let end = json.get("end")?;
        let read = || {
            Ok(Self {
                collections: number(end, "collections")?,
                records: number(end, "records")?,
                sha256: bytes(end, "sha256")?,
            })
        };
        Some(read())
    }
}

fn form(json: &Json) -> Result<Arc<Descriptor>, Wrong> {
    let text = json.get("descriptor").and_then(Json::as_text);
    let bytes = text.and_then(bytes_of);
    let bytes = bytes.ok_or_else(|| Wrong::new("a `descriptor` in hexadecimal digits", json))?;
    let descriptor = Descriptor::parse(&bytes).map_err(|malformed| Wrong {
        expected: "the descriptor of a type".to_owned(),
        found: malformed.to_string(),
    })?;
    Ok(Arc::new(descriptor))
}

fn number(json: &Json, name: &str) -> Result<u64, Wrong> {
    json.get(name)
        .and_then(Json::as_number)
        .ok_or_else(|| Wrong::new(&format!("a natural number `{name}`"), json))
}

fn bytes<const N: usize>(json: &Json, name: &str) -> Result<[u8; N], Wrong> {
    let text = json.get(name).and_then(Json::as_text);
    let bytes = text.and_then(bytes_of).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| Wrong::new(&format!("`{name}`, {} hexadecimal digits", 2 * N), json))
}
