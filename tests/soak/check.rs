//! What must hold of every version.

use super::common::Random;
use super::records::{
    ACCOUNTS, Account, CHECKING, DOCUMENTS, FIRST_BALANCE, Head, LANES, NOTES, Note, SAVINGS,
    Transfer, found,
};
use folio::{Result, Snapshot, Version, View};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Looks at one version after the other.
pub(crate) struct Checker {
    random: Random,
    version: Option<Version>,
    reached: BTreeMap<u32, u64>,
}

impl Checker {
    pub(crate) fn new(random: Random) -> Self {
        Self { random, version: None, reached: BTreeMap::new() }
    }

    /// Checks a version by itself and against the one before it.
    pub(crate) fn look_at(&mut self, snapshot: &Snapshot) -> Result<()> {
        let (checking, savings) = (
            snapshot.collection_named::<Account>(CHECKING)?,
            snapshot.collection_named::<Account>(SAVINGS)?,
        );
        let sum = check_accounts(&checking, CHECKING, &mut self.random)
            + check_accounts(&savings, SAVINGS, &mut self.random);
        assert_eq!(sum, 2 * i64::from(ACCOUNTS) * FIRST_BALANCE, "money came or went");
        check_journal(snapshot)?;
        check_notes(&snapshot.collection::<Note>()?);
        check_documents(snapshot)?;
        let (version, reached) = (Some(snapshot.version()), found(snapshot)?);
        assert!(version >= self.version, "{version:?} came after {:?}", self.version);
        for (lane, before) in &self.reached {
            let now = reached.get(lane);
            assert!(now >= Some(before), "lane {lane} went from {before} to {now:?}");
        }
        (self.version, self.reached) = (version, reached);
        Ok(())
    }
}

/// Checks a collection of accounts and its indexes; returns the money in it.
fn check_accounts(accounts: &View<Account>, name: &str, random: &mut Random) -> i64 {
    assert!(accounts.keys().copied().eq(0..ACCOUNTS));
    assert!(accounts.iter().all(|account| account.balance >= 0));
    let by_branch = accounts.by(Account::BRANCH);
    let mut counted = 0;
    for branch in by_branch.keys() {
        assert!(by_branch.get(branch).all(|account| account.branch == *branch));
        counted += by_branch.count(branch);
    }
    assert_eq!(counted, accounts.len());
    for _ in 0..10 {
        let id = u32::try_from(random.below(ACCOUNTS.into())).unwrap_or_default();
        let by_code = accounts.find(Account::CODE, &format!("{name}-{id}"));
        assert_eq!(by_code.map(|account| account.id), Some(id));
    }
    assert_eq!(accounts.by(Account::CODE).iter().count(), accounts.len());
    accounts.iter().map(|account| account.balance).sum()
}

/// Journals have no gap, begin and end where their heads say, and are found by their parties.
fn check_journal(snapshot: &Snapshot) -> Result<()> {
    let (heads, journal) = (snapshot.collection::<Head>()?, snapshot.collection::<Transfer>()?);
    assert!(heads.keys().copied().eq(0..LANES));
    let expected =
        heads.iter().flat_map(|head| (head.first..=head.last).map(|number| (head.lane, number)));
    assert!(journal.keys().copied().eq(expected), "a journal has a gap: {heads:?}");
    let mut parties = 0;
    for transfer in &journal {
        let [from, to] = transfer.parties[..] else { panic!("{transfer:?}") };
        parties += if from == to { 1 } else { 2 };
    }
    assert_eq!(journal.by(Transfer::PARTIES).iter().count(), parties);
    Ok(())
}

fn check_notes(notes: &View<Note>) {
    for lane in 0..LANES {
        let mut stamps = notes.prefix((lane,)).map(|note| note.stamp);
        let Some(first) = stamps.next() else { continue };
        let mut others = 0;
        for stamp in stamps {
            assert_eq!(stamp, first, "notes of two batches");
            others += 1;
        }
        assert_eq!(others + 1, NOTES, "a part of a batch");
    }
}

fn check_documents(snapshot: &Snapshot) -> Result<()> {
    let documents = snapshot.documents(DOCUMENTS)?;
    for lane in 0..LANES {
        let (left, right) = (
            documents.document(&format!("left/{lane}")),
            documents.document(&format!("right/{lane}")),
        );
        assert_eq!(left.map(folio::Document::value), right.map(folio::Document::value));
    }
    Ok(())
}

/// A number for all that a version shows, to see later that it still does.
pub(crate) fn digest(snapshot: &Snapshot) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for name in [CHECKING, SAVINGS] {
        for account in &snapshot.collection_named::<Account>(name)? {
            (account.id, &account.code, account.branch, account.balance).hash(&mut hasher);
        }
    }
    for transfer in &snapshot.collection::<Transfer>()? {
        (transfer.lane, transfer.number, transfer.amount, &transfer.parties).hash(&mut hasher);
    }
    for head in &snapshot.collection::<Head>()? {
        (head.lane, head.first, head.last).hash(&mut hasher);
    }
    for note in &snapshot.collection::<Note>()? {
        (note.lane, note.number, note.stamp).hash(&mut hasher);
    }
    for document in &snapshot.documents(DOCUMENTS)? {
        // A value may hold floats and so has no hash; its text says all that it is.
        (document.key(), format!("{:?}", document.value())).hash(&mut hasher);
    }
    Ok(hasher.finish())
}
