//! Declaring full-text indexes: the handle by which one is named, and what it takes texts from.

use crate::table::secondary::Same;
use crate::text::language::Language;
use crate::text::query::TextQuery;
use crate::text::words::{each_term, terms};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// What gives the texts of a record: it calls its second argument with each.
pub(crate) type Texts<T> = fn(&T, &mut dyn FnMut(&str));

/// A full-text index: `#[index(text)]`.
///
/// A handle, not the index itself: it is `Copy`, and `#[derive(Record)]` makes one associated constant of the record for each
/// index. It is searched with [`View::search`](crate::View::search) and its kin. The page [`docs::text`](crate::docs::text) has
/// what finds what.
///
/// In a record that is written by hand it is listed by [`Indexes::with_text`](crate::Indexes::with_text):
///
/// ```
/// # use folio::{Language, Text};
/// # struct Article { title: String, body: String }
/// impl Article {
///     pub const CONTENT: Text<Self> = Text::<Self>::new("content", |article, emit| {
///         emit(&article.title);
///         emit(&article.body);
///     })
///     .in_language(Language::ENGLISH);
/// }
/// ```
pub struct Text<T> {
    name: &'static str,
    language: Option<Language>,
    texts: Texts<T>,
    same: Option<Same<T>>,
}

impl<T> Text<T> {
    /// An index called `name`. `texts` calls its second argument with each text of the record that is to be found; a
    /// phrase does not go from the one to the next. It must depend on the record alone.
    pub const fn new(name: &'static str, texts: Texts<T>) -> Self {
        Self { name, language: None, texts, same: None }
    }

    /// The same index, with words brought to their stems.
    #[must_use]
    pub const fn in_language(mut self, language: Language) -> Self {
        self.language = Some(language);
        self
    }

    /// Like [`new`](Self::new), with a comparison of the texts, which saves counting the words of a record whose texts an
    /// update leaves alone. For the derive.
    #[doc(hidden)]
    pub const fn comparing(name: &'static str, texts: Texts<T>, same: fn(&T, &T) -> bool) -> Self {
        Self { name, language: None, texts, same: Some(same) }
    }

    /// The name of the index.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The language whose stems its words are brought to.
    #[must_use]
    pub const fn language(&self) -> Option<Language> {
        self.language
    }

    /// Where in a text the words stand that this index finds it by, in bytes: for showing them. Of a phrase they are
    /// its words wherever they stand. O(text).
    ///
    /// ```
    /// # use folio::{Language, Text};
    /// # const BODY: Text<()> = Text::<()>::new("body", |_, _| ()).in_language(Language::ENGLISH);
    /// let text = "Two foxes jumped.";
    /// let places = BODY.highlights("fox -dog jump*", text);
    /// let words: Vec<&str> = places.into_iter().map(|place| &text[place]).collect();
    /// assert_eq!(words, ["foxes", "jumped"]);
    /// ```
    pub fn highlights(&self, query: impl Into<TextQuery>, text: &str) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        if let Some(plan) = query.into().plan(self.language) {
            each_term(text, self.language, |place, term| {
                if plan.shows(&term) {
                    places.push(place);
                }
            });
        }
        places
    }

    pub(crate) fn same(&self) -> Option<Same<T>> {
        self.same
    }

    /// Gives the terms of each text of a record.
    pub(crate) fn each_text(&self, record: &T, give: &mut dyn FnMut(Vec<String>)) {
        (self.texts)(record, &mut |text| give(terms(text, self.language)));
    }
}

impl<T> Clone for Text<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Text<T> {}

impl<T> fmt::Debug for Text<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text")
            .field("name", &self.name)
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

/// A field that can have a full-text index: a text, or none, or several.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no text to search",
    label = "`#[index(text)]` takes a `String`, an `Option` of one, or a list of them"
)]
pub trait Searchable {
    /// Calls `emit` with each text.
    fn each_text(&self, emit: &mut dyn FnMut(&str));
}

impl Searchable for str {
    fn each_text(&self, emit: &mut dyn FnMut(&str)) {
        emit(self);
    }
}

impl Searchable for String {
    fn each_text(&self, emit: &mut dyn FnMut(&str)) {
        emit(self);
    }
}

impl<S: Searchable> Searchable for Option<S> {
    fn each_text(&self, emit: &mut dyn FnMut(&str)) {
        if let Some(text) = self {
            text.each_text(emit);
        }
    }
}

impl<S: Searchable> Searchable for [S] {
    fn each_text(&self, emit: &mut dyn FnMut(&str)) {
        for text in self {
            text.each_text(emit);
        }
    }
}

impl<S: Searchable> Searchable for Vec<S> {
    fn each_text(&self, emit: &mut dyn FnMut(&str)) {
        self.as_slice().each_text(emit);
    }
}

impl<S: Searchable + ToOwned + ?Sized> Searchable for Cow<'_, S> {
    fn each_text(&self, emit: &mut dyn FnMut(&str)) {
        (**self).each_text(emit);
    }
}

macro_rules! pointers {
    ($($pointer:ident)+) => {
        $(impl<S: Searchable + ?Sized> Searchable for $pointer<S> {
            fn each_text(&self, emit: &mut dyn FnMut(&str)) {
                (**self).each_text(emit);
            }
        })+
    };
}

pointers!(Box Rc Arc);
