//! How names change their case: serde's `rename_all` rules, and the names that a record and its
//! indexes get when none is given.
//!
//! The `rename_all` rules follow serde to the letter, oddities included (`HTTPServer` becomes
//! `h_t_t_p_server`), since they must give the names that serde gives. The names that this crate
//! makes up keep abbreviations together.

/// A rule of `#[serde(rename_all = "…")]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Rule {
    /// What can stand in the attribute, for messages.
    pub(crate) const NAMES: &'static str = "lowercase, UPPERCASE, PascalCase, camelCase, \
        snake_case, SCREAMING_SNAKE_CASE, kebab-case and SCREAMING-KEBAB-CASE";

    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "lowercase" => Self::Lower,
            "UPPERCASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "snake_case" => Self::Snake,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            _ => return None,
        })
    }

    /// The serde name of a variant, which is taken to be written in `PascalCase`.
    pub(crate) fn variant(self, name: &str) -> String {
        match self {
            Self::Pascal => name.to_owned(),
            Self::Lower => name.to_ascii_lowercase(),
            Self::Upper => name.to_ascii_uppercase(),
            Self::Camel => first_lower(name),
            Self::Snake => split_at_capitals(name),
            Self::ScreamingSnake => split_at_capitals(name).to_ascii_uppercase(),
            Self::Kebab => split_at_capitals(name).replace('_', "-"),
            Self::ScreamingKebab => split_at_capitals(name).to_ascii_uppercase().replace('_', "-"),
        }
    }

    /// The serde name of a field, which is taken to be written in `snake_case`.
    pub(crate) fn field(self, name: &str) -> String {
        match self {
            Self::Lower | Self::Snake => name.to_owned(),
            Self::Upper | Self::ScreamingSnake => name.to_ascii_uppercase(),
            Self::Pascal => capitals_for_underscores(name),
            Self::Camel => first_lower(&capitals_for_underscores(name)),
            Self::Kebab => name.replace('_', "-"),
            Self::ScreamingKebab => name.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

/// The name of a collection after its type: `HTTPServer` gives `http_server`.
pub(crate) fn collection_name(of: &str) -> String {
    words(of).to_lowercase()
}

/// The name of an index's constant: `by_city` gives `BY_CITY`, `byCity` and `by-city` too.
pub(crate) fn constant_name(of: &str) -> String {
    words(of).replace('-', "_").to_uppercase()
}

/// The name with an underscore where a word begins with a capital. The capitals of an abbreviation
/// are one word, but for the last when it begins the next.
fn words(name: &str) -> String {
    let mut words = String::new();
    let mut before = '_';
    let mut rest = name.chars().peekable();
    while let Some(letter) = rest.next() {
        let after_small = before.is_lowercase() || before.is_numeric();
        let before_small = rest.peek().is_some_and(|next| next.is_lowercase());
        let begins = after_small || (before.is_uppercase() && before_small);
        if letter.is_uppercase() && begins {
            words.push('_');
        }
        words.push(letter);
        before = letter;
    }
    words
}

fn split_at_capitals(name: &str) -> String {
    let mut split = String::new();
    for (place, letter) in name.char_indices() {
        if place > 0 && letter.is_uppercase() {
            split.push('_');
        }
        split.push(letter.to_ascii_lowercase());
    }
    split
}

fn capitals_for_underscores(name: &str) -> String {
    let mut joined = String::new();
    let mut begins = true;
    for letter in name.chars() {
        if letter == '_' {
            begins = true;
        } else if begins {
            joined.push(letter.to_ascii_uppercase());
            begins = false;
        } else {
            joined.push(letter);
        }
    }
    joined
}

fn first_lower(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        let mut lower = String::from(first.to_ascii_lowercase());
        lower.push_str(letters.as_str());
        lower
    })
}

#[cfg(test)]
mod tests {
    use super::{Rule, collection_name, constant_name};

    const RULES: [&str; 8] = [
        "lowercase",
        "UPPERCASE",
        "PascalCase",
        "camelCase",
        "snake_case",
        "SCREAMING_SNAKE_CASE",
        "kebab-case",
        "SCREAMING-KEBAB-CASE",
    ];

    fn all(name: &str, apply: fn(Rule, &str) -> String) -> Vec<String> {
        RULES
            .iter()
            .map(|rule| apply(Rule::named(rule).expect("one of serde's rules"), name))
            .collect()
    }

    #[test]
    fn variants_get_the_names_that_serde_gives() {
        assert_eq!(
            all("VeryTasty", Rule::variant),
            [
                "verytasty",
                "VERYTASTY",
                "VeryTasty",
                "veryTasty",
                "very_tasty",
                "VERY_TASTY",
                "very-tasty",
                "VERY-TASTY"
            ]
        );
        assert_eq!(all("A", Rule::variant), ["a", "A", "A", "a", "a", "A", "a", "A"]);
        assert_eq!(Rule::Snake.variant("HTTPServer"), "h_t_t_p_server");
        assert_eq!(Rule::Kebab.variant("Z42"), "z42");
    }

    #[test]
    fn fields_get_the_names_that_serde_gives() {
        assert_eq!(
            all("very_tasty", Rule::field),
            [
                "very_tasty",
                "VERY_TASTY",
                "VeryTasty",
                "veryTasty",
                "very_tasty",
                "VERY_TASTY",
                "very-tasty",
                "VERY-TASTY"
            ]
        );
        assert_eq!(all("a", Rule::field), ["a", "A", "A", "a", "a", "A", "a", "A"]);
        assert_eq!(Rule::Camel.field("_z42_x"), "z42X");
        assert_eq!(Rule::Camel.field("_"), "");
    }

    #[test]
    fn a_rule_that_serde_does_not_have_is_none() {
        assert_eq!(Rule::named("Title Case"), None);
        assert!(RULES.iter().all(|rule| Rule::NAMES.contains(rule)));
    }

    #[test]
    fn collections_are_named_in_snake_case() {
        for (of, name) in [
            ("User", "user"),
            ("UserAccount", "user_account"),
            ("HTTPServer", "http_server"),
            ("Http2Server", "http2_server"),
            ("V2", "v2"),
            ("IPv4", "i_pv4"),
            ("Snake_Case", "snake_case"),
            ("already_snake", "already_snake"),
            ("ÄpfelUndÖl", "äpfel_und_öl"),
        ] {
            assert_eq!(collection_name(of), name, "{of}");
        }
    }

    #[test]
    fn constants_are_named_in_upper_case() {
        for (of, name) in [
            ("city", "CITY"),
            ("by_city_age", "BY_CITY_AGE"),
            ("byCity", "BY_CITY"),
            ("by-city", "BY_CITY"),
            ("BY_CITY", "BY_CITY"),
            ("_hidden", "_HIDDEN"),
        ] {
            assert_eq!(constant_name(of), name, "{of}");
        }
    }
}
