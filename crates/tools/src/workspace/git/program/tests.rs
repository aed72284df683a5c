//! Commands as they are shown.

use super::{quoted, shown};

#[test]
fn arguments_are_quoted_as_a_shell_needs_them() {
    assert_eq!(quoted("a/b.txt"), "a/b.txt");
    assert_eq!(quoted("nope^{commit}"), "'nope^{commit}'");
    assert_eq!(quoted(""), "''");
    assert_eq!(quoted("it's"), "'it'\"'\"'s'");
    assert_eq!(
        shown(&["rev-parse", "--verify", "a b^{commit}"]),
        "git --no-pager rev-parse --verify 'a b^{commit}'"
    );
}
