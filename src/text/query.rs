//! What a search asks for, as it is written.

use crate::text::language::Language;
use crate::text::plan::Plan;
use crate::text::words::terms;

/// What texts a search is for: words, phrases and beginnings of words, all of them or any, and without others.
///
/// Written as people write to search engines ([`parse`](Self::parse), or simply a `&str` where a query is asked for), or put
/// together by a program. What has no letter and no digit asks for nothing and is left out; a query of nothing else finds
/// nothing.
///
/// ```
/// use folio::TextQuery;
///
/// let written = TextQuery::parse("\"brown fox\" jump* -lazy OR cat");
/// let made = TextQuery::phrase("brown fox")
///     .and(TextQuery::prefix("jump"))
///     .without(TextQuery::words("lazy"))
///     .or(TextQuery::words("cat"));
/// # let _ = (written, made);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextQuery(Option<Node>);

/// A part of a query, in the words in which it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    /// All of its words, wherever they stand.
    Words(String),
    /// Its words one after the other.
    Phrase(String),
    /// All of its words, of which the last is a beginning.
    Prefix(String),
    All(Vec<Node>),
    Any(Vec<Node>),
    /// The one, where the other is not.
    Without(Box<Node>, Box<Node>),
}

impl TextQuery {
    /// A query as people write it. Any text is one:
    ///
    /// | | finds texts |
    /// |---|---|
    /// | `quick fox` | with both words |
    /// | `"quick fox"` | with the one behind the other; so does `quick-fox` |
    /// | `qui*` | with a word that begins so |
    /// | `-lazy`, `-"lazy dog"` | without |
    /// | `fox OR cat` | with what is on the one side, or with what is on the other |
    ///
    /// `OR` is in capitals, and weaker than what stands side by side. A quote that does not end, ends with the text. What is only
    /// unwanted finds nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (mut either, mut side) = (Vec::new(), Side::default());
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (token, behind) = Token::first_of(rest);
            rest = behind.trim_start();
            match token {
                Token::Or => either.extend(std::mem::take(&mut side).into_node()),
                Token::Wanted(node) => side.wanted.push(node),
                Token::Unwanted(node) => side.unwanted.push(node),
            }
        }
        either.extend(side.into_node());
        Self(joined(either, Node::Any))
    }

    /// All words of a text, wherever they stand.
    #[must_use]
    pub fn words(text: impl Into<String>) -> Self {
        Self(Some(Node::Words(text.into())))
    }

    /// The words of a text, one after the other.
    #[must_use]
    pub fn phrase(text: impl Into<String>) -> Self {
        Self(Some(Node::Phrase(text.into())))
    }

    /// A word that begins so; of several words, the last. It is held against what an index has: in one with a
    /// language, against stems.
    #[must_use]
    pub fn prefix(text: impl Into<String>) -> Self {
        Self(Some(Node::Prefix(text.into())))
    }

    /// What both ask for.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let parts = |node| match node {
            Node::All(parts) => parts,
            other => vec![other],
        };
        self.with(other, parts, Node::All)
    }

    /// What one or the other asks for.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let parts = |node| match node {
            Node::Any(parts) => parts,
            other => vec![other],
        };
        self.with(other, parts, Node::Any)
    }

    /// What this asks for and the other does not.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(match (self.0, other.0) {
            (Some(Node::Without(wanted, unwanted)), Some(more)) => {
                let unwanted = Self(Some(*unwanted)).or(Self(Some(more)));
                unwanted.0.map(|unwanted| Node::Without(wanted, Box::new(unwanted)))
            }
            (Some(wanted), Some(unwanted)) => {
                Some(Node::Without(Box::new(wanted), Box::new(unwanted)))
            }
            (wanted, _) => wanted,
        })
    }

    /// Both, as parts of one: a query that is put together in a loop is as flat as one that is written.
    fn with(self, other: Self, parts: fn(Node) -> Vec<Node>, join: fn(Vec<Node>) -> Node) -> Self {
        let mut all = self.0.map_or(Vec::new(), parts);
        all.extend(other.0.into_iter().flat_map(parts));
        Self(joined(all, join))
    }

    /// The query in the terms of an index; `None` where it has none.
    pub(crate) fn plan(&self, language: Option<Language>) -> Option<Plan> {
        self.0.as_ref()?.plan(language)
    }
}

impl From<&str> for TextQuery {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl From<&String> for TextQuery {
    fn from(text: &String) -> Self {
        Self::parse(text)
    }
}

impl From<String> for TextQuery {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<&TextQuery> for TextQuery {
    fn from(query: &TextQuery) -> Self {
        query.clone()
    }
}

/// Several parts as one; `None` where there are none.
fn joined<N>(mut parts: Vec<N>, join: fn(Vec<N>) -> N) -> Option<N> {
    if parts.len() > 1 { Some(join(parts)) } else { parts.pop() }
}

/// What stands on one side of an `OR`.
#[derive(Default)]
struct Side {
    wanted: Vec<Node>,
    unwanted: Vec<Node>,
}

impl Side {
    fn into_node(self) -> Option<Node> {
        let wanted = joined(self.wanted, Node::All)?;
        Some(match joined(self.unwanted, Node::Any) {
            Some(unwanted) => Node::Without(Box::new(wanted), Box::new(unwanted)),
            None => wanted,
        })
    }
}

/// A part of what is written.
enum Token {
    Or,
    Wanted(Node),
    Unwanted(Node),
}

impl Token {
    /// The first part of a text that begins with it, and what is behind it.
    fn first_of(text: &str) -> (Self, &str) {
        let wrap = if text.starts_with('-') { Self::Unwanted } else { Self::Wanted };
        let text = text.strip_prefix('-').unwrap_or(text);
        if let Some(quoted) = text.strip_prefix('"') {
            let (inside, behind) = quoted.split_once('"').unwrap_or((quoted, ""));
            return (wrap(Node::Phrase(inside.to_owned())), behind);
        }
        let ends = |letter: char| letter.is_whitespace() || letter == '"';
        let (word, behind) = text.split_at(text.find(ends).unwrap_or(text.len()));
        if word == "OR" {
            return (Self::Or, behind);
        }
        let node = match word.strip_suffix('*') {
            Some(word) => Node::Prefix(word.to_owned()),
            None => Node::Phrase(word.to_owned()),
        };
        (wrap(node), behind)
    }
}

impl Node {
    fn plan(&self, language: Option<Language>) -> Option<Plan> {
        let plans = |parts: &[Self]| parts.iter().filter_map(|part| part.plan(language)).collect();
        match self {
            Self::Words(text) => {
                let terms = terms(text, language).into_iter();
                joined(terms.map(Plan::Term).collect(), Plan::All)
            }
            Self::Phrase(text) => {
                let mut terms = terms(text, language);
                if terms.len() > 1 {
                    Some(Plan::Phrase(terms))
                } else {
                    terms.pop().map(Plan::Term)
                }
            }
            Self::Prefix(text) => {
                let beginning = terms(text, None).pop()?;
                let mut parts: Vec<Plan> =
                    terms(text, language).into_iter().map(Plan::Term).collect();
                parts.pop();
                parts.push(Plan::Prefix(beginning));
                joined(parts, Plan::All)
            }
            Self::All(parts) => joined(plans(parts), Plan::All),
            Self::Any(parts) => joined(plans(parts), Plan::Any),
            Self::Without(wanted, unwanted) => {
                let wanted = wanted.plan(language)?;
                Some(match unwanted.plan(language) {
                    Some(unwanted) => Plan::Without(Box::new(wanted), Box::new(unwanted)),
                    None => wanted,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> String {
        let plan = TextQuery::parse(text).plan(Some(Language::ENGLISH));
        plan.map_or_else(|| "nothing".to_owned(), |plan| format!("{plan:?}"))
    }

    #[test]
    fn a_query_says_what_it_seems_to_say() {
        for (text, expected) in [
            ("", "nothing"),
            (" ?! ", "nothing"),
            ("\"", "nothing"),
            ("-", "nothing"),
            ("*", "nothing"),
            ("OR OR", "nothing"),
            ("-lazy", "nothing"),
            ("Foxes", "fox"),
            ("foxes jumping", "all(fox, jump)"),
            ("\"jumping foxes\"", "\"jump fox\""),
            ("wi-fi", "\"wi fi\""),
            ("\"never ends", "\"never end\""),
            ("Jumpi*", "jumpi*"),
            ("foxes-jumpi*", "all(fox, jumpi*)"),
            ("fox -lazy -\"brown dogs\"", "fox without any(lazi, \"brown dog\")"),
            ("fox -?!", "fox"),
            ("a b OR c -d OR", "any(all(a, b), c without d)"),
            ("fox or cat", "all(fox, or, cat)"),
            ("a\"b c\"", "all(a, \"b c\")"),
        ] {
            assert_eq!(plan(text), expected, "{text}");
        }
    }

    #[test]
    fn a_query_that_is_put_together_is_as_one_that_is_written() {
        let made = TextQuery::phrase("brown fox")
            .and(TextQuery::prefix("jump"))
            .without(TextQuery::words("lazy"))
            .or(TextQuery::words("cat"));
        let plan_of = |query: &TextQuery| format!("{:?}", query.plan(None).unwrap());
        let written = "\"brown fox\" jump* -lazy OR cat";
        assert_eq!(plan_of(&made), plan_of(&TextQuery::parse(written)));
        let nothing = TextQuery::words("…");
        assert!(nothing.plan(None).is_none() && TextQuery::default().plan(None).is_none());
        let fox = TextQuery::words("fox");
        for same in [
            nothing.clone().and(fox.clone()),
            fox.clone().or(nothing.clone()),
            fox.clone().without(nothing.clone()),
            TextQuery::default().or(fox.clone()),
        ] {
            assert_eq!(plan_of(&same), "fox");
        }
        assert!(nothing.without(fox.clone()).plan(None).is_none());
        // However many there are.
        let many = || (0..100_000).map(|number| TextQuery::words(format!("w{number}")));
        for query in [
            many().fold(TextQuery::default(), TextQuery::or),
            many().fold(TextQuery::default(), TextQuery::and),
            many().fold(fox, TextQuery::without),
        ] {
            assert!(plan_of(&query).contains("w99999"));
        }
    }
}
