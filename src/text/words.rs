//! Cutting a text into words, and bringing words to the form in which they are compared.
//!
//! The only module that knows how Unicode segments and composes. A form is never written down: an index lives in
//! memory, so another version of these crates makes another index and no damage.

use crate::text::language::Language;
use std::borrow::Cow;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Of a longer word only so many bytes count, so that what is no language at all, such as encoded bytes, makes no terms of
/// its own size.
const LONGEST: usize = 128;

/// Gives each term of a text, and where its word stands in it, in bytes. O(text).
pub(crate) fn each_term(
    text: &str,
    language: Option<Language>,
    mut give: impl FnMut(Range<usize>, Cow<'_, str>),
) {
    for (start, word) in text.unicode_word_indices() {
        let form = form(word);
        let term = match language {
            Some(language) => Cow::Owned(language.stem(&form)),
            None => form,
        };
        give(start..start + word.len(), term);
    }
}

/// The terms of a text, in their order.
pub(crate) fn terms(text: &str, language: Option<Language>) -> Vec<String> {
    let mut terms = Vec::new();
    each_term(text, language, |_, term| terms.push(term.into_owned()));
    terms
}

/// A word in the form in which words are compared, before anything is taken from its end.
fn form(word: &str) -> Cow<'_, str> {
    let word = beginning(word);
    if word.is_ascii() {
        let is_lower = !word.bytes().any(|byte| byte.is_ascii_uppercase());
        return if is_lower { Cow::Borrowed(word) } else { Cow::Owned(word.to_ascii_lowercase()) };
    }
    let lower = word.nfkc().flat_map(char::to_lowercase).map(|letter| match letter {
        // Which of the two it is depends on where it stands.
        'ς' => 'σ',
        // An apostrophe, as typesetters write it.
        '\u{2019}' => '\'',
        other => other,
    });
    Cow::Owned(lower.nfc().collect())
}

fn beginning(word: &str) -> &str {
    let end = word.floor_char_boundary(LONGEST);
    word.get(..end).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_unicode_says_and_have_one_form() {
        for (text, words) in [
            ("", &[][..]),
            (" -- !? … 🙂", &[]),
            (
                "The QUICK (\"brown\") fox can't jump 32.3 feet, right?",
                &["the", "quick", "brown", "fox", "can't", "jump", "32.3", "feet", "right"],
            ),
            // Composed and decomposed, wide, with a ligature.
            ("Café cafe\u{301} ＷＩＤＥ ﬁne", &["café", "café", "wide", "fine"]),
            ("ΟΔΟΣ οδος STRASSE Straße", &["οδοσ", "οδοσ", "strasse", "straße"]),
            ("don’t", &["don't"]),
            ("שלום עולם", &["שלום", "עולם"]),
            ("日本語", &["日", "本", "語"]),
            ("wi-fi snake_case", &["wi", "fi", "snake_case"]),
        ] {
            assert_eq!(terms(text, None), words, "{text}");
        }
    }

    #[test]
    fn of_endless_words_the_beginning_counts() {
        let long = "x".repeat(1 << 20);
        assert_eq!(terms(&long, Some(Language::ENGLISH)), ["x".repeat(LONGEST)]);
        // Three bytes a letter, which the limit does not divide.
        let long = "あ".repeat(3) + &"ア".repeat(1_000);
        let kept = terms(&long, None);
        assert!(kept.iter().all(|term| term.len() <= LONGEST), "{kept:?}");
    }

    #[test]
    fn places_are_those_of_the_words() {
        let text = "A café, 日!";
        let mut places = Vec::new();
        each_term(text, None, |place, _| places.push(text[place].to_owned()));
        assert_eq!(places, ["A", "café", "日"]);
    }
}
