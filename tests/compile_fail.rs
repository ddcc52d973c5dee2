//! What the derives and unordered collections refuse, and the advice they give: each file in
//! `tests/compile_fail/` must fail to compile with the messages beside it.
//! `TRYBUILD=overwrite cargo test --test compile_fail` writes them anew.
//!
//! Only messages of Folio's own are held fast here. Those of the compiler, for a key without an order or
//! a field without a description, change from one compiler to the next. That an unordered collection
//! has no ranges, and that a field is no deadline, is told by a message of Folio's with lines of the
//! compiler's around it: should these change, write them anew.

#![cfg(feature = "derive")]

#[test]
fn the_derives_refuse_with_advice() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_fail/*.rs");
    #[cfg(feature = "text")]
    cases.compile_fail("tests/compile_fail/text/*.rs");
    cases.pass("tests/compile_fail/accepted/*.rs");
}
