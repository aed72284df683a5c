//! What git prints, as changes.

use domain::GitChangeStatus as Status;

use super::parsed;

#[test]
fn every_letter_has_its_status() {
    let said = b"A\0a\0D\0d\0M\0m\0T\0t\0U\0u\0R087\0old name\0new\nname\0C100\0from\0to\0";
    let changes: Vec<(Status, String)> = parsed(said)
        .unwrap()
        .into_iter()
        .map(|change| (change.status, change.path))
        .collect();
    let expected = [
        (Status::Added, "a"),
        (Status::Deleted, "d"),
        (Status::Updated, "m"),
        (Status::Updated, "t"),
        (Status::Updated, "u"),
        (Status::Deleted, "old name"),
        (Status::Added, "new\nname"),
        (Status::Added, "to"),
    ];
    assert_eq!(
        changes,
        expected.map(|(status, path)| (status, path.to_owned()))
    );
}

#[test]
fn what_git_never_prints_is_refused() {
    assert!(parsed(b"X\0a\0").is_err());
    assert!(parsed(b"M\0").is_err());
    assert!(parsed(b"R100\0a\0").is_err());
}
