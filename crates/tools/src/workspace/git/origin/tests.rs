//! Addresses as they may be shown.

use super::public;

#[test]
fn credentials_are_hidden() {
    for (url, shown) in [
        ("https://user:tok@host/o/r.git", "https://****@host/o/r.git"),
        (
            "https://tok@host/o/r.git?token=x&depth=1",
            "https://****@host/o/r.git?token=%3Credacted%3E&depth=1",
        ),
        ("https://host/o/r.git", "https://host/o/r.git"),
        ("git@host:o/r.git", "git@host:o/r.git"),
        ("/srv/repositories/a", "/srv/repositories/a"),
        ("https://a@b:p@host/x", "https://****@host/x"),
    ] {
        assert_eq!(public(url), shown);
    }
}
