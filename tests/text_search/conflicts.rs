//! What a transaction depends on that searched.

use crate::{Page, page, pages};
use folio::{Error, Isolation, Record, Result, TxCollection};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "notes")]
struct Note {
    #[key]
    id: u64,
}

/// Whether a transaction that searched commits although the change was committed before it.
fn commits(read: Read, change: Change, isolation: Isolation) -> Result<bool> {
    let store = pages(&[
        ("a", "a quick brown fox"),
        ("b", "a lazy dog"),
        ("c", "the fox and the dog"),
        ("d", "brown bread"),
    ])?;
    let reader = store.transaction().isolation(isolation).begin();
    read(&reader.collection()?);
    reader.collection::<Note>()?.put(Note { id: 1 })?;
    store.transact(|tx| change(&tx.collection()?))?;
    match reader.commit() {
        Ok(_) => Ok(true),
        Err(Error::Conflict { collection, .. }) if collection == "pages" => Ok(false),
        Err(error) => Err(error),
    }
}

type Read = fn(&TxCollection<'_, Page>);
type Change = fn(&TxCollection<'_, Page>) -> Result<()>;

fn rewrite(pages: &TxCollection<'_, Page>, slug: &str, body: &str) -> Result<()> {
    pages.update(slug, |page| body.clone_into(&mut page.body)).map(drop)
}

const READS: [Read; 8] = [
    |pages| assert_eq!(pages.search(Page::BODY, "fox").count(), 2),
    |pages| assert_eq!(pages.search(Page::BODY, "fox -bread").count(), 2),
    |pages| assert_eq!(pages.search(Page::BODY, "fox").unranked().hits().len(), 2),
    |pages| assert_eq!(pages.search(Page::BODY, "quick fo*").count(), 1),
    |pages| assert_eq!(pages.search(Page::BODY, "\"brown fox\"").count(), 1),
    |pages| assert_eq!(pages.search(Page::BODY, "\"fox brown\"").count(), 0),
    |pages| assert_eq!(pages.search(Page::BODY, "wolf").count(), 0),
    |pages| assert_eq!(pages.search(Page::BODY, "fox").hits().len(), 2),
];

/// A change, with the readers that it is a conflict for, by their places in the list.
const CHANGES: [(Change, &[usize]); 9] = [
    (|pages| pages.put(page("e", "one more fox")).map(drop), &[0, 1, 2, 7]),
    (|pages| pages.remove("c").map(drop), &[0, 1, 2, 7]),
    (|pages| rewrite(pages, "a", "a quick brown hen"), &[0, 1, 2, 3, 4, 7]),
    // The same words in another order: who looked at the page sees it.
    (|pages| rewrite(pages, "a", "a quick fox brown"), &[2, 4, 5, 7]),
    // Found as before; only that it is longer changes ranks, and whoever has the record sees that.
    (|pages| rewrite(pages, "c", "the fox and the dog again"), &[2, 7]),
    (|pages| rewrite(pages, "c", "fox and bread"), &[1, 2, 7]),
    (|pages| pages.put(page("e", "quick foxes")).map(drop), &[0, 1, 2, 3, 7]),
    (|pages| pages.put(page("e", "a wolf")).map(drop), &[6, 7]),
    // Of no concern but for the ranks.
    (|pages| pages.put(page("e", "a bird")).map(drop), &[7]),
];

#[test]
fn a_transaction_depends_on_what_it_found() -> Result<()> {
    for (place, (change, meets)) in CHANGES.iter().enumerate() {
        for (reader, read) in READS.iter().enumerate() {
            let expected = !meets.contains(&reader);
            let commits = commits(*read, *change, Isolation::Serializable)?;
            assert_eq!(commits, expected, "change {place}, reader {reader}");
        }
    }
    Ok(())
}

#[test]
fn what_changes_no_text_is_no_conflict() -> Result<()> {
    let hide: Change = |pages| pages.update("d", |page| page.is_public = false).map(drop);
    for (reader, read) in READS.iter().enumerate() {
        assert!(commits(*read, hide, Isolation::Serializable)?, "reader {reader}");
    }
    let read: Read = |pages| assert_eq!(pages.search(Page::CONTENT, "bread").count(), 1);
    assert!(!commits(read, hide, Isolation::Serializable)?);
    Ok(())
}

#[test]
fn snapshot_isolation_does_not_ask() -> Result<()> {
    for (change, _) in &CHANGES {
        for read in &READS {
            assert!(commits(*read, *change, Isolation::Snapshot)?);
        }
    }
    Ok(())
}

/// Each is to write the only page with a word, if there is none.
#[test]
fn of_two_who_found_nothing_one_may_write() -> Result<()> {
    let store = pages(&[])?;
    let (one, other) = (store.begin(), store.begin());
    for (tx, slug) in [(&one, "one"), (&other, "other")] {
        let pages = tx.collection::<Page>()?;
        assert_eq!(pages.search(Page::BODY, "unique").unranked().hits().len(), 0);
        pages.put(page(slug, "a unique page"))?;
    }
    one.commit()?;
    assert!(matches!(other.commit(), Err(Error::Conflict { .. })));
    assert_eq!(store.collection::<Page>()?.search(Page::BODY, "unique").count(), 1);
    Ok(())
}
