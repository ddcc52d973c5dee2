//! The languages whose words have stems. The only module that knows the stemmers.

use frostem::{Algorithm, Stemmer};
use std::fmt;

/// A language whose words are brought to their stems, so that `running` finds `runs`: `#[index(text = "english")]`.
///
/// The stems are those of the [Snowball](https://snowballstem.org) algorithms, in the version that this release of Folio was
/// built with. Nothing of them is on disk, so the language of an index may change at any time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Language(Algorithm);

impl Language {
    /// Arabic.
    pub const ARABIC: Self = Self(Algorithm::Arabic);
    /// Armenian.
    pub const ARMENIAN: Self = Self(Algorithm::Armenian);
    /// Basque.
    pub const BASQUE: Self = Self(Algorithm::Basque);
    /// Catalan.
    pub const CATALAN: Self = Self(Algorithm::Catalan);
    /// Czech.
    pub const CZECH: Self = Self(Algorithm::Czech);
    /// Danish.
    pub const DANISH: Self = Self(Algorithm::Danish);
    /// Dutch.
    pub const DUTCH: Self = Self(Algorithm::Dutch);
    /// English.
    pub const ENGLISH: Self = Self(Algorithm::English);
    /// Esperanto.
    pub const ESPERANTO: Self = Self(Algorithm::Esperanto);
    /// Estonian.
    pub const ESTONIAN: Self = Self(Algorithm::Estonian);
    /// Finnish.
    pub const FINNISH: Self = Self(Algorithm::Finnish);
    /// French.
    pub const FRENCH: Self = Self(Algorithm::French);
    /// German.
    pub const GERMAN: Self = Self(Algorithm::German);
    /// Greek.
    pub const GREEK: Self = Self(Algorithm::Greek);
    /// Hindi.
    pub const HINDI: Self = Self(Algorithm::Hindi);
    /// Hungarian.
    pub const HUNGARIAN: Self = Self(Algorithm::Hungarian);
    /// Indonesian.
    pub const INDONESIAN: Self = Self(Algorithm::Indonesian);
    /// Irish.
    pub const IRISH: Self = Self(Algorithm::Irish);
    /// Italian.
    pub const ITALIAN: Self = Self(Algorithm::Italian);
    /// Lithuanian.
    pub const LITHUANIAN: Self = Self(Algorithm::Lithuanian);
    /// Nepali.
    pub const NEPALI: Self = Self(Algorithm::Nepali);
    /// Norwegian.
    pub const NORWEGIAN: Self = Self(Algorithm::Norwegian);
    /// Persian.
    pub const PERSIAN: Self = Self(Algorithm::Persian);
    /// Polish.
    pub const POLISH: Self = Self(Algorithm::Polish);
    /// Portuguese.
    pub const PORTUGUESE: Self = Self(Algorithm::Portuguese);
    /// Romanian.
    pub const ROMANIAN: Self = Self(Algorithm::Romanian);
    /// Russian.
    pub const RUSSIAN: Self = Self(Algorithm::Russian);
    /// Serbian.
    pub const SERBIAN: Self = Self(Algorithm::Serbian);
    /// Spanish.
    pub const SPANISH: Self = Self(Algorithm::Spanish);
    /// Swedish.
    pub const SWEDISH: Self = Self(Algorithm::Swedish);
    /// Tamil.
    pub const TAMIL: Self = Self(Algorithm::Tamil);
    /// Turkish.
    pub const TURKISH: Self = Self(Algorithm::Turkish);
    /// Ukrainian.
    pub const UKRAINIAN: Self = Self(Algorithm::Ukrainian);
    /// Yiddish.
    pub const YIDDISH: Self = Self(Algorithm::Yiddish);

    /// Its name, as the attribute has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The stem of a word in lower case.
    pub(crate) fn stem(self, word: &str) -> String {
        let stem = Stemmer::new(self.0).stem(word);
        // A word that is all ending is its own stem.
        if stem.is_empty() { word.to_owned() } else { stem.into_owned() }
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Language").field(&self.name()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_stems_of_their_language() {
        for (language, words, stem) in [
            (Language::ENGLISH, &["running", "runs", "run"][..], "run"),
            (Language::GERMAN, &["häuser", "hauses", "haus"], "haus"),
            (Language::FRENCH, &["continuellement", "continuelle"], "continuel"),
        ] {
            for word in words {
                assert_eq!(language.stem(word), stem, "{word}");
            }
        }
        assert_eq!(Language::ENGLISH.name(), "english");
        for word in ["", "'s", "s", "日", "x1"] {
            let stem = Language::ENGLISH.stem(word);
            assert_eq!(stem.is_empty(), word.is_empty(), "{word}");
        }
    }
}
