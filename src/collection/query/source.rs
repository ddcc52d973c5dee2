//! What can be asked: views, owned or borrowed, and collections in transactions.

use crate::collection::in_transaction::TxCollection;
use crate::collection::live::Collection;
use crate::collection::query::reader::Reader;
use crate::collection::query::readers::{TxReader, ViewReader};
use crate::collection::view::View;
use crate::table::record::Record;
use crate::table::reference::{Referent, private::Sealed};
use crate::table::secondary::Row;
use std::sync::Arc;

/// What a [`Query`](crate::Query) is put to, and the form in which it gives records: `&T` from a view that
/// is borrowed, `Arc<T>` from a collection, which takes a view of its own, and in a transaction.
#[expect(private_bounds, reason = "it is sealed: how it is read is not for users")]
pub trait QuerySource<T: Record>: Source<T, Given = <Self as QuerySource<T>>::Found> {
    /// A record as it is found.
    type Found;
}

/// How a source is read.
pub(crate) trait Source<T: Record> {
    type Reader<'q>: Reader<T>
    where
        Self: 'q;
    type Given;

    fn reader(&self) -> Self::Reader<'_>;

    /// What users get of a row.
    fn give(row: <Self::Reader<'_> as Reader<T>>::Row) -> Self::Given;
}

impl<'a, T: Record> QuerySource<T> for &'a View<T> {
    type Found = &'a T;
}

impl<'a, T: Record> Source<T> for &'a View<T> {
    type Reader<'q>
        = ViewReader<'a, T>
    where
        Self: 'q;
    type Given = &'a T;

    fn reader(&self) -> ViewReader<'a, T> {
        ViewReader::new(self)
    }

    fn give(row: &'a Row<T>) -> &'a T {
        row
    }
}

impl<T: Record> QuerySource<T> for View<T> {
    type Found = Arc<T>;
}

impl<T: Record> Source<T> for View<T> {
    type Reader<'q> = ViewReader<'q, T>;
    type Given = Arc<T>;

    fn reader(&self) -> ViewReader<'_, T> {
        ViewReader::new(self)
    }

    fn give(row: &Row<T>) -> Arc<T> {
        row.0.clone()
    }
}

impl<T: Record> QuerySource<T> for TxCollection<'_, T> {
    type Found = Arc<T>;
}

impl<'a, T: Record> Source<T> for TxCollection<'a, T> {
    type Reader<'q>
        = TxReader<'a, T>
    where
        Self: 'q;
    type Given = Arc<T>;

    fn reader(&self) -> TxReader<'a, T> {
        TxReader::new(self)
    }

    fn give(row: Arc<T>) -> Arc<T> {
        row
    }
}

impl<T: Record> Sealed<T> for &View<T> {}

impl<'a, T: Record> Referent<T> for &'a View<T> {
    type Found = &'a T;

    fn referent(self, key: &T::Key) -> Option<&'a T> {
        self.get(key)
    }
}

impl<T: Record> Sealed<T> for &Collection<T> {}

impl<T: Record> Referent<T> for &Collection<T> {
    type Found = Arc<T>;

    fn referent(self, key: &T::Key) -> Option<Arc<T>> {
        self.get(key)
    }
}

impl<T: Record> Sealed<T> for &TxCollection<'_, T> {}

impl<T: Record> Referent<T> for &TxCollection<'_, T> {
    type Found = Arc<T>;

    fn referent(self, key: &T::Key) -> Option<Arc<T>> {
        self.get(key)
    }
}
