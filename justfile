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

# The documentation, every warning an error.
docs:
    .ci/run docs

# The examples, each in an empty directory.
examples:
    .ci/run examples

# The model checker's view of the commit pipeline.
loom:
    .ci/run loom

# The states that a crash may leave behind.
crash:
    .ci/run crash

# Licences, sources, duplicates and, where its database can be reached, advisories.
deny:
    .ci/run deny

# The fuzz targets, half a minute each.
fuzz-smoke:
    .ci/run fuzz

# One fuzz target (`operations`, `recovery` or `values`) for so many seconds.
fuzz TARGET SECONDS:
    FUZZ_TARGETS={{ TARGET }} FUZZ_SECONDS={{ SECONDS }} .ci/run fuzz

# The benchmarks.
bench *ARGUMENTS:
    cargo bench {{ ARGUMENTS }}

# The unit tests under Miri, for machines that have it (`rustup +nightly component add miri`).
miri:
    MIRIFLAGS="-Zmiri-disable-isolation" cargo +nightly miri test --lib

# The flights example on the full year: the path of a `flights.csv` of nycflights13.
flights FULLCSV:
    cargo run --release --example flights -- {{ quote(FULLCSV) }}
