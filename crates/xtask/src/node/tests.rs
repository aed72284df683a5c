//! What is read of node's words, and how it is asked for tests by name.

use super::{literally, major, mentions};

#[test]
fn the_version_of_node_is_read() {
    assert_eq!(major("v20.11.1\n"), Some(20));
    assert_eq!(major("v9.0.0"), Some(9));
    assert_eq!(major("20.11.1"), None);
    assert_eq!(major("no node"), None);
}

#[test]
fn a_filter_is_no_pattern() {
    assert_eq!(literally("a (b) c.d"), r"a \(b\) c\.d");
    assert_eq!(literally("plain words, only"), "plain words, only");
}

#[test]
fn a_filter_is_looked_for_in_names_of_tests_alone() {
    let text =
        "import test from \"node:test\";\ntest(\"a page is shown\", async () => {});\n// a book\n";
    assert!(mentions(text, "page is"));
    assert!(!mentions(text, "book"));
    assert!(!mentions(text, "node"));
}
