//! What counts as which source, and what it is called.

use super::{Origin, hidden, is_below, is_reference, repository_name};

fn git(url: &str, folder: Option<&str>) -> Origin {
    Origin::Git {
        url: url.to_owned(),
        folder: folder.map(str::to_owned),
    }
}

#[test]
fn sources_are_told_apart() {
    for (source, origin) in [
        ("github:a/b", git("https://github.com/a/b.git", None)),
        (
            "github:a/b/c/d/",
            git("https://github.com/a/b.git", Some("c/d")),
        ),
        ("https://h/a/b/", git("https://h/a/b.git", None)),
        ("https://h/o/_git/r", git("https://h/o/_git/r", None)),
        ("git@h:a/b", git("git@h:a/b", None)),
        ("file:///a/b", git("file:///a/b", None)),
        ("/a/b", Origin::Folder("/a/b".to_owned())),
        ("~/b", Origin::Folder("~/b".to_owned())),
        ("a/b", Origin::Folder("a/b".to_owned())),
    ] {
        assert_eq!(Origin::parse(source).unwrap(), origin, "{source}");
    }
}

#[test]
fn what_is_no_source_is_refused() {
    for source in ["", "name", "github:a", "github:/b", "ext::sh", "ssh://x/y"] {
        assert!(Origin::parse(source).is_err(), "{source}");
    }
}

#[test]
fn repositories_have_short_safe_names() {
    assert_eq!(repository_name("https://h/a/my-repo.git"), "my-repo");
    assert_eq!(repository_name("git@h:a/b c.git"), "b-c");
    assert_eq!(repository_name("https://h/.."), "repo");
    assert_eq!(repository_name(&"x".repeat(99)).len(), 32);
}

#[test]
fn no_reference_is_a_flag_or_a_rule() {
    for reference in ["--upload-pack=x", "a..b", "+a:b", "a b", "a\nb"] {
        assert!(!is_reference(reference), "{reference}");
    }
    assert!(is_reference("refs/tags/v1.0") && is_reference("feature/x"));
}

#[test]
fn passwords_are_hidden() {
    assert_eq!(hidden("https://me:pw@h/a"), "https://****@h/a");
    assert_eq!(hidden("https://h/a@b"), "https://h/a@b");
}

#[test]
fn relative_paths_stay_below() {
    assert!(is_below("a/./b") && !is_below("a/../b") && !is_below("/a"));
}
