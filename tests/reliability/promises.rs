//! What Folio promises, the tests that hold it to that, and what they count.

/// A promise, and what stands for it.
pub(crate) struct Promise {
    pub(crate) text: &'static str,
    /// Files and directories of the repository.
    pub(crate) tests: &'static [&'static str],
    /// Suite and what it counts.
    pub(crate) figures: &'static [(&'static str, &'static str)],
}

pub(crate) const PROMISES: &[Promise] = &[
    Promise {
        text: "After a loss of power at any moment a store opens at a prefix of its commits, with every \
               one that was acknowledged at `Fsync`, and goes on; again and again",
        tests: &[
            "tests/crash_simulation/power.rs",
            "tests/crash_simulation/threads.rs",
            "tests/power_cut",
        ],
        figures: &[
            ("crash", "workloads"),
            ("crash", "crash points"),
            ("crash", "crash states"),
            ("crash", "points of a second crash"),
            ("crash", "states of a second crash"),
            ("crash", "stores opened"),
        ],
    },
    Promise {
        text: "The end of a process takes no commit with it that was acknowledged at `Fsync` or `Write`, \
               or before a `sync` that returned",
        tests: &["tests/kill", "tests/crash_simulation/power.rs"],
        figures: &[("kill", "processes killed"), ("kill", "acknowledged commits found again")],
    },
    Promise {
        text: "An operation that fails is reported, an outcome that is unknown is called unknown, and what \
               was acknowledged before is there when the store is opened again",
        tests: &["tests/crash_simulation/faults.rs", "tests/crash_simulation/recovery_faults.rs"],
        figures: &[
            ("crash", "faults met"),
            ("crash", "faults met while opening"),
            ("crash", "faults met in a recovery"),
        ],
    },
    Promise {
        text: "A full disk is named, loses nothing that was acknowledged, and when there is room again the \
               store goes on",
        tests: &["tests/full_disk", "tests/crash_simulation/faults.rs"],
        figures: &[
            ("full disk", "commits and openings refused"),
            ("full disk", "amounts of room that were too little"),
            ("full disk", "limits for the size of files met"),
            ("full disk", "commits found again"),
        ],
    },
    Promise {
        text: "Damage to what was durable is named with file and offset, or makes no difference, but for \
               the end of the last segment: see below",
        tests: &["tests/crash_simulation/damage.rs", "tests/crash_simulation/sectors.rs"],
        figures: &[
            ("crash", "damages named"),
            ("crash", "damages harmless"),
            ("crash", "damages that ended the log"),
        ],
    },
    Promise {
        text: "A checkpoint takes nothing with it: a crash while it is written, or while what is old is \
               removed, changes nothing; a damaged one is made up for, or named",
        tests: &[
            "tests/crash_simulation/power.rs",
            "tests/durability/checkpoints.rs",
            "loom-tests/tests/models/cut.rs",
        ],
        figures: &[],
    },
    Promise {
        text: "Of an encrypted store nothing can be read without its key, nothing altered, moved or slipped \
               in without being named; while its key is changed, or all is encrypted anew, a crash leaves \
               the one before or the one behind, and all data",
        tests: &["tests/encryption", "tests/crash_simulation/envelope.rs"],
        figures: &[
            ("crash", "states of a store whose key changes"),
            ("crash", "faults met while a key changes"),
            ("crash", "faults met while a store is encrypted anew"),
        ],
    },
    Promise {
        text: "A backup is whole or none, and what it restores is the version that it says, or the one \
               asked for; nothing is restored over a store; a crash while backups rotate leaves as many \
               whole ones as there were, or as are to be kept",
        tests: &["tests/backups", "tests/rotation"],
        figures: &[],
    },
    Promise {
        text: "Whatever byte of whatever file is damaged, verifying names the file; repair gives just what \
               is not listed as lost, and no value that was never committed",
        tests: &["tests/verify"],
        figures: &[],
    },
    Promise {
        text: "What is exported is imported as the same, to the last bit, with the Rust types and without; a \
               cut, an edit or another key is found",
        tests: &["tests/export"],
        figures: &[],
    },
    Promise {
        text: "An old version is what it was, from memory, from the log or from a checkpoint on; what \
               changed between two is what their difference says; a history that was changed does not \
               agree with a witness kept elsewhere; a ledger stays one, whoever opens it",
        tests: &["tests/history"],
        figures: &[],
    },
    Promise {
        text: "A record that has expired is there for nobody, in whatever way it is asked for, and nobody \
               can tell whether it was swept",
        tests: &["tests/expires"],
        figures: &[],
    },
    Promise {
        text: "Whatever the bytes are, opening and reading them never panics and makes nothing up",
        tests: &["tests/fuzz", "tests/fuzz_corpus.rs", "tests/dynamic"],
        figures: &[
            ("fuzz", "executions of `commits`"),
            ("fuzz", "executions of `exports`"),
            ("fuzz", "executions of `frames`"),
            ("fuzz", "executions of `recovery`"),
            ("fuzz", "executions of `segments`"),
            ("fuzz", "executions of `types`"),
            ("fuzz", "executions of `values`"),
            ("fuzz corpus", "inputs"),
        ],
    },
    Promise {
        text: "Serializable transactions are serializable, in an order that respects real time; snapshot \
               isolation allows what its table says and nothing else",
        tests: &["tests/isolation", "tests/transactions", "tests/unordered", "tests/hash_indexes"],
        figures: &[
            ("isolation", "Hermitage cases run"),
            ("isolation", "histories"),
            ("isolation", "transactions in them"),
        ],
    },
    Promise {
        text: "A collection is an ordered map, its indexes agree with its records, and a snapshot stays what \
               it was",
        tests: &[
            "tests/model",
            "tests/unordered",
            "tests/hash_indexes",
            "tests/fuzz/src/operations.rs",
            "src/persistent/tests.rs",
        ],
        figures: &[
            ("model", "sequences"),
            ("model", "operations"),
            ("fuzz", "executions of `operations`"),
            ("persistent map", "sequences"),
            ("persistent map", "operations"),
            ("persistent map", "ranges"),
        ],
    },
    Promise {
        text: "Commits are published in their order, once each, when they are as durable as was asked; \
               nobody who waits is forgotten, not after a failure, a panic or a close",
        tests: &["loom-tests", "tests/transactions/progress.rs"],
        figures: &[("loom", "models"), ("loom", "interleavings")],
    },
    Promise {
        text: "What an earlier type stored is read by a later one, or refused before anything is touched",
        tests: &["tests/evolution", "tests/dynamic"],
        figures: &[("evolution", "stores of an earlier type read")],
    },
    Promise {
        text: "One process at a time has a store open for writing",
        tests: &["tests/durability/locking.rs", "tests/durability/contention.rs"],
        figures: &[
            ("lock", "openings granted one at a time"),
            ("lock", "openings refused meanwhile"),
            ("lock", "stores created by several processes at once"),
        ],
    },
    Promise {
        text: "Nothing that Folio is made of has undefined behaviour where Folio goes",
        tests: &["tests/miri.rs"],
        figures: &[("miri", "tests")],
    },
    Promise {
        text: "The mistakes of the two stores that Folio replaces are not made again",
        tests: &["tests/lessons"],
        figures: &[],
    },
    Promise {
        text: "The tests notice mistakes in the code",
        tests: &["tests/mutants", "loom-tests", "tests/crash_simulation/mutants.rs"],
        figures: &[("mutants", "mutants found"), ("loom", "seeded bugs found")],
    },
];
