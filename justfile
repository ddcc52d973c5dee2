# Recipes for people. What continuous integration runs is defined in `.ci/run`, and only there.

# All the recipes.
default:
    @just --list

# Everything that must hold before a change lands, or only the steps named.
ci *STEPS:
    .ci/run {{ STEPS }}

# The tests, with the default features, with all of them, and with none.
test:
    .ci/run test doctest

# Formatting and clippy.
lint:
    .ci/run fmt clippy

# Formats everything, the workspaces beside this one included.
fmt:
    cargo fmt --all
    cargo fmt --manifest-path loom-tests/Cargo.toml
    cargo fmt --manifest-path tests/fuzz/Cargo.toml
    cargo fmt --manifest-path examples/web/Cargo.toml

# The documentation, every warning an error.
docs:
    .ci/run docs

# The examples, each in an empty directory.
examples:
    .ci/run examples

# The HTTP service of `examples/web`, until Ctrl-C: where its store is, and where it listens.
web *ARGUMENTS:
    cd examples/web && cargo run -- {{ ARGUMENTS }}

# The model checker's view of the commit pipeline.
loom:
    .ci/run loom

# The states that a crash may leave behind; for so many seconds, if they are given (1 G states take hours).
crash SECONDS="":
    {{ if SECONDS == "" { "" } else { "FOLIO_CRASH_SECONDS=" + SECONDS } }} .ci/run crash

# Folio beside other embedded stores, in one run (`--help` says with what). The first build takes minutes.
peers *ARGUMENTS:
    cd benches/peers && cargo run --release -- {{ ARGUMENTS }}

# What Folio costs as records, threads, indexes … grow: numbers, plots and tables of `src/docs/cost.md`.
curves *ARGUMENTS:
    cargo bench --bench cost_curve -- --write {{ ARGUMENTS }}

# Instructions and allocations of the hot paths, beside those that are committed.
counts:
    .ci/run counts

# Writes them anew, where a change of them is meant.
counts-write:
    cargo bench --profile release --bench instructions -- --write

# Processes killed at random moments, so many at each level of durability.
kill ROUNDS="50":
    FOLIO_KILL_ROUNDS={{ ROUNDS }} cargo test --test kill -- --nocapture

# Cuts the power of a real file system; needs root, loop devices and mkfs.xfs with reflinks.
power-cut CUTS="30":
    FOLIO_POWER_CUTS={{ CUTS }} cargo test --release --test power_cut -- --nocapture --test-threads=1

# Everything at once for so many seconds, hours say; prints a summary.
soak SECONDS="3600":
    FOLIO_SOAK_SECONDS={{ SECONDS }} cargo test --release --test soak -- --nocapture

# So many histories of concurrent transactions for each test, searched for anomalies.
histories COUNT:
    FOLIO_HISTORIES={{ COUNT }} cargo test --release --all-features --test isolation hist -- --nocapture

# The model tests, with so many sequences.
model CASES:
    PROPTEST_CASES={{ CASES }} cargo test --release --all-features --test model -- --nocapture

# Whether the tests find small mistakes in the code; `--check`: whether those still fit it.
mutants *NAMES:
    tests/mutants/run {{ NAMES }}

# Licences, sources, duplicates and, where its database can be reached, advisories.
deny:
    .ci/run deny

# The fuzz targets, a minute each.
fuzz-smoke:
    .ci/run fuzz

# One fuzz target (a file of `tests/fuzz/fuzz_targets`) for so many seconds.
fuzz TARGET SECONDS:
    FUZZ_TARGETS={{ TARGET }} FUZZ_SECONDS={{ SECONDS }} .ci/run fuzz

# The benchmarks.
bench *ARGUMENTS:
    cargo bench {{ ARGUMENTS }}

# The in-memory store, transactions, tables and frames under Miri.
miri:
    .ci/run miri

# The same under many orders of threads, and by the other rules for borrows. Takes long.
miri-threads SEEDS="8":
    MIRIFLAGS="-Zmiri-disable-isolation -Zmiri-tree-borrows -Zmiri-many-seeds=0..{{ SEEDS }}" \
        cargo +nightly miri test --test miri -- transactions_of

# Runs everything, and writes what it looked at into `src/docs/reliability.md`.
figures:
    FOLIO_WRITE_FIGURES=1 .ci/run

# The flights example on the full year: the path of a `flights.csv` of nycflights13.
flights FULLCSV:
    cargo run --release --example flights -- {{ quote(FULLCSV) }}
