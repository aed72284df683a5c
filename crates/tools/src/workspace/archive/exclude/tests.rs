//! What is left out, and what is not.

use super::{Excludes, fits, is_secret};

fn held(pattern: &str, path: &str, is_directory: bool) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    Excludes::new(false, &[pattern.to_owned()]).hold(&parts, is_directory)
}

#[test]
fn names_fit_patterns() {
    for (pattern, name) in [
        ("*.pyc", "a.pyc"),
        ("a?c", "abc"),
        ("[a-c]x", "bx"),
        ("[!a-c]x", "dx"),
        ("*a*b*", "xxaxxbxx"),
        ("[", "["),
        ("ü*", "über"),
        ("", ""),
        ("[]]", "]"),
    ] {
        assert!(fits(pattern, name), "{pattern} {name}");
    }
    for (pattern, name) in [
        ("*.pyc", "a.py"),
        ("a?c", "ac"),
        ("[a-c]x", "dx"),
        ("[!a-c]x", "ax"),
        ("*a*b", "ba"),
    ] {
        assert!(!fits(pattern, name), "{pattern} {name}");
    }
}

#[test]
fn a_pattern_of_directories_spares_files() {
    assert!(held("build/", "build", true));
    assert!(held("build/", "a/build", true));
    assert!(held("build/", "build/a", false));
    assert!(!held("build/", "build", false));
    assert!(!held("build/", "a/build", false));
    assert!(held("build", "build", false));
}

#[test]
fn a_pattern_with_parts_begins_at_the_root() {
    assert!(held("secrets/prod", "secrets/prod", false));
    assert!(held("secrets/prod", "secrets/prod/key", false));
    assert!(!held("secrets/prod", "a/secrets/prod", false));
    assert!(held("*/test", "a/test", true));
    assert!(!held("*/test", "a/b/test", true));
    assert!(!held("a/b/", "a/b", false));
    assert!(held("a/b/", "a/b", true));
}

#[test]
fn what_git_keeps_secret_is_secret_in_submodules_too() {
    assert!(is_secret(&[".git", "config"]));
    assert!(is_secret(&["a", ".git", "modules", "m", "config"]));
    assert!(is_secret(&[".git", "logs", "HEAD"]));
    assert!(!is_secret(&[".git", "HEAD"]));
    assert!(!is_secret(&["config"]));
}

#[test]
fn both_formats_leave_out_the_same() {
    let specs = Excludes::new(
        false,
        &["*.bin".to_owned(), "a/b/".to_owned(), "/".to_owned()],
    );
    assert_eq!(
        specs.pathspecs(),
        [
            ":(glob,exclude)**/*.bin",
            ":(glob,exclude)**/*.bin/**",
            ":(glob,exclude)a/b/**"
        ]
    );
    assert!(!specs.hold(&["anything"], true));
}
