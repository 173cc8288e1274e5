//! What the derives refuse, and how they say it: a file each, with the message beside it. `TRYBUILD=overwrite` writes
//! the messages anew.

#[test]
fn mistakes_are_said_where_they_are() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/fail/*.rs");
    cases.pass("tests/ui/pass/*.rs");
}
