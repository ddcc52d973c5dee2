//! The long texts: how Folio is built, what its transactions promise, which bytes it writes, and
//! where its limits are.
//!
//! The modules here hold no code. They are part of the crate so that they are found beside it, and
//! so that every piece of Rust in them is compiled and run with the tests.
//!
//! | page | what it answers |
//! |---|---|
//! | [`architecture`] | which parts there are, what happens on a read, a commit and an open, which lock protects what, what is in memory |
//! | [`transactions`] | what a transaction sees, when it is refused and why that is enough, what an outcome means at each durability level |
//! | [`format`](mod@format) | every byte on disk, in which order it gets there, and what is made of it after a crash |
//! | [`cost`] | what reads, commits and opening cost as records, threads, collections, indexes or values grow, as plots |
//! | [`performance`] | how near Folio comes to its targets beside other stores, where the time goes, and why a target is missed |
//! | [`backups`] | how to back up a store that goes on, and to restore it whole or as of a version or a time |
//! | [`export`] | how to take data out as lines of JSON and bring it into a store again, what the lines are, encrypted exports |
//! | [`encryption`] | what encryption protects and what not, keys and how they change, what it and compression cost |
//! | [`evolution`] | how types may change, migrations, data without types, documents |
//! | [`queries`] | how to ask for records by several conditions, in an order, through references; what a plan costs, and what is as good without one |
//! | `text`, with that feature | how to find records by the words of their texts: queries, languages, ranks, what it costs |
//! | [`history`] | how to see old versions, what changed, what became of a record, who did what, and whether the log was tampered with |
//! | [`asynchronous`] | what waits without a thread, what blocks and for how long, what becomes of a future that is dropped |
//! | [`watch`] | how to hear of what changes, what a slow watcher gets, what waiting costs commits |
//! | [`verify`] | how to learn whether a store is intact, and to save what is from one that is not |
//! | [`cli`] | the command line `folio`: looking into a store, changing it, keeping it, with sessions |
//! | [`operating`] | what to watch in production, which numbers mean what, limits, and what to do when something is wrong |
//! | [`reliability`] | what is promised, which tests hold it to that, how much they looked at |
//! | [`limitations`] | what Folio does not do, what it costs, and what to avoid |

#[doc = include_str!("docs/architecture.md")]
pub mod architecture {}

#[doc = include_str!("docs/asynchronous.md")]
pub mod asynchronous {}

#[doc = include_str!("docs/backups.md")]
pub mod backups {}

#[doc = include_str!("docs/cli.md")]
pub mod cli {}

// The links to the plots come first: rustdoc's pages can't show files that lie beside them, so there
// each name leads to the plot itself. At the foot of the page they lead to the files, for all other readers.
#[doc = include_str!("docs/cost/embedded.md")]
#[doc = include_str!("docs/cost.md")]
pub mod cost {}

#[doc = include_str!("docs/encryption.md")]
pub mod encryption {}

#[doc = include_str!("docs/evolution.md")]
pub mod evolution {}

#[doc = include_str!("docs/expiry.md")]
pub mod expiry {}

#[doc = include_str!("docs/export.md")]
pub mod export {}

#[doc = include_str!("docs/followers.md")]
pub mod followers {}

#[doc = include_str!("docs/format.md")]
pub mod format {}

#[doc = include_str!("docs/history.md")]
pub mod history {}

#[doc = include_str!("docs/limitations.md")]
pub mod limitations {}

#[doc = include_str!("docs/operating.md")]
pub mod operating {}

#[doc = include_str!("docs/performance.md")]
pub mod performance {}

#[doc = include_str!("docs/queries.md")]
pub mod queries {}

#[doc = include_str!("docs/reliability.md")]
pub mod reliability {}

#[cfg(feature = "text")]
#[doc = include_str!("docs/text.md")]
pub mod text {}

#[doc = include_str!("docs/transactions.md")]
pub mod transactions {}

#[doc = include_str!("docs/verify.md")]
pub mod verify {}

#[doc = include_str!("docs/watch.md")]
pub mod watch {}

/// The examples of the README, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(test)]
mod tests {
    /// The README's first example opens a store in the directory it is run in, so as a doc test it
    /// is only compiled. The same code stands in the crate's documentation, where hidden lines let it
    /// run in a directory of its own. Here it is held that the two are the same.
    #[test]
    fn the_first_look_of_the_readme_is_the_one_that_is_run() {
        let readme = include_str!("../README.md");
        let crate_docs: String = include_str!("lib.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//!"))
            .flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"])
            .collect();
        let shown = first_example(readme);
        assert!(shown.contains(&"fn main() -> folio::Result<()> {"));
        assert_eq!(shown, first_example(&crate_docs));
    }

    /// The lines of the first block of code, without those that rustdoc hides.
    fn first_example(text: &str) -> Vec<&str> {
        text.lines()
            .skip_while(|line| !line.starts_with("```"))
            .skip(1)
            .take_while(|line| !line.starts_with("```"))
            .filter(|line| !line.trim_start().starts_with("# "))
            .collect()
    }
}
