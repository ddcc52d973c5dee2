//! A line of JSON as a tree.
//!
//! Numbers stay the texts that they are, and objects keep their names in the order in which they come, all of them:
//! what is to be made of either is for whoever knows the type. (RFC 8259.)
//!
//! # Why not `serde_json`
//!
//! It is what documents and listings are read with, and it was looked at for this. A number that is no `u64`, `i64` or `f64`
//! loses digits there, unless the feature `arbitrary_precision` is on, which changes the numbers of the whole program that
//! Folio is built into. `RawValue` keeps the text, but then each list and object is read once for each level around it. And
//! what is wrong with a line of an export should be told by its place and by what was expected there. So these few
//! functions read it; a fuzz target (`tests/fuzz/src/exports.rs`) holds them against `serde_json`.

use std::fmt;

/// How deep lists and objects may be in each other: a value of the greatest depth, with the marks of each
/// level.
const DEEPEST: usize = 4 * crate::value::Value::MAX_DEPTH;

/// How much of what was found is shown, in characters.
const SHOWN: usize = 24;

/// JSON.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(Box<str>),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// What it is, for messages.
    pub(crate) fn kind(&self) -> String {
        let short = |text: &str| text.chars().take(SHOWN).collect::<String>();
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(text) => short(text),
            Self::Text(text) => format!("{:?}", short(text)),
            Self::List(items) => format!("a list of {} items", items.len()),
            Self::Object(fields) => match fields.first() {
                Some((name, _)) => format!("an object with {:?}", short(name)),
                None => "an object without fields".to_owned(),
            },
        }
    }

    /// What an object has under a name, the first where there are several.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(fields) = self else { return None };
        fields.iter().find_map(|(other, value)| (other == name).then_some(value))
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<u64> {
        match self {
            Self::Number(text) => text.parse().ok(),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// Why a text is not JSON.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// Where, in bytes.
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
    pub(crate) found: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at byte {}, found {}", self.expected, self.at, self.found)
    }
}

impl std::error::Error for Malformed {}

/// All of a text as JSON.
pub(crate) fn parse(text: &str) -> Result<Json, Malformed> {
    let mut parser = Parser { text, at: 0 };
    let json = parser.value(0)?;
    parser.skip_space();
    if parser.rest().is_empty() { Ok(json) } else { Err(parser.malformed("the end of the line")) }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn malformed(&self, expected: &'static str) -> Malformed {
        let found: String = self.rest().chars().take(SHOWN).collect();
        let found = if found.is_empty() { "the end".to_owned() } else { format!("{found:?}") };
        Malformed { at: self.at, expected, found }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Takes a mark, if it comes next behind space.
    fn take(&mut self, mark: u8) -> bool {
        self.skip_space();
        let is_next = self.peek() == Some(mark);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self, depth: usize) -> Result<Json, Malformed> {
        self.skip_space();
        if depth >= DEEPEST {
            return Err(self.malformed("lists and objects that are not so deep in each other"));
        }
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Json, Malformed> {
        for (word, json) in
            [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))]
        {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(json);
            }
        }
        Err(self.malformed("a value"))
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.malformed("a digit")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Json, Malformed> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(Json::Number(self.text.get(start..self.at).unwrap_or_default().into()))
    }

    fn list(&mut self, depth: usize) -> Result<Json, Malformed> {
        self.at += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.take(b']') {
                return Ok(Json::List(items));
            }
            if !self.take(b',') {
                return Err(self.malformed("`,` or `]`"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, Malformed> {
        self.at += 1;
        let mut fields = Vec::new();
        if self.take(b'}') {
            return Ok(Json::Object(fields));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.malformed("a name in quotes"));
            }
            let name = self.string()?;
            if !self.take(b':') {
                return Err(self.malformed("`:`"));
            }
            fields.push((name, self.value(depth)?));
            if self.take(b'}') {
                return Ok(Json::Object(fields));
            }
            if !self.take(b',') {
                return Err(self.malformed("`,` or `}`"));
            }
        }
    }

    fn string(&mut self) -> Result<String, Malformed> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let stop = rest.find(|letter: char| letter < ' ' || matches!(letter, '"' | '\\'));
            let plain = stop.and_then(|stop| rest.get(..stop)).unwrap_or(rest);
            text.push_str(plain);
            self.at += plain.len();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.malformed("the end of a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        self.at += 1;
        let letter = match self.peek() {
            Some(b'u') => return self.code(),
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.malformed("a character that can be behind `\\`")),
        };
        self.at += 1;
        Ok(letter)
    }

    /// A character by its number, or by two in UTF-16.
    fn code(&mut self) -> Result<char, Malformed> {
        let first = self.unit()?;
        let second = match first {
            0xd800..0xdc00 if self.rest().starts_with("\\u") => {
                self.at += 1;
                Some(self.unit()?)
            }
            _ => None,
        };
        let units = std::iter::once(first).chain(second);
        let mut letters = char::decode_utf16(units);
        match (letters.next(), letters.next()) {
            (Some(Ok(letter)), None) => Ok(letter),
            _ => Err(self.malformed("the other half of a character")),
        }
    }

    fn unit(&mut self) -> Result<u16, Malformed> {
        self.at += 1;
        let digits = self.text.get(self.at..self.at + 4).unwrap_or_default();
        let is_hexadecimal =
            digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u16::from_str_radix(digits, 16) {
            Ok(unit) if is_hexadecimal => {
                self.at += 4;
                Ok(unit)
            }
            _ => Err(self.malformed("four hexadecimal digits")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_as_it_stands() {
        let text = r#" {"a": [1, -0.5e3, "x\n\u00e9\ud83d\ude00"], "a": null, "": {}} "#;
        let Json::Object(fields) = parse(text).unwrap() else { panic!("it is an object") };
        let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "a", ""]);
        let Json::List(items) = &fields[0].1 else { panic!("it is a list") };
        assert_eq!(items[1], Json::Number("-0.5e3".into()));
        assert_eq!(items[2], Json::Text("x\né😀".to_owned()));
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        for (text, at, expected) in [
            ("", 0, "a value"),
            ("[1,]", 3, "a value"),
            ("[1", 2, "`,` or `]`"),
            ("{\"a\"}", 4, "`:`"),
            ("{a:1}", 1, "a name in quotes"),
            ("01", 1, "the end of the line"),
            ("-", 1, "a digit"),
            ("1.", 2, "a digit"),
            ("nul", 0, "a value"),
            ("\"a", 2, "the end of a string"),
            ("\"\u{1}\"", 1, "the end of a string"),
            ("\"\\x\"", 2, "a character that can be behind `\\`"),
            ("\"\\u12g4\"", 3, "four hexadecimal digits"),
            ("\"\\ud800\"", 7, "the other half of a character"),
            ("\"\\ud800\\u0041\"", 13, "the other half of a character"),
        ] {
            let found = parse(text).unwrap_err();
            assert_eq!((found.at, found.expected), (at, expected), "{text}");
        }
    }

    #[test]
    fn depth_ends_before_the_stack() {
        let deep = |count: usize| format!("{}1{}", "[".repeat(count), "]".repeat(count));
        assert!(parse(&deep(DEEPEST - 1)).is_ok());
        assert!(parse(&deep(DEEPEST)).is_err());
        assert!(parse(&"[".repeat(10_000_000)).is_err());
    }
}
