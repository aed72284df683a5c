//! Each rule about files, shown something that breaks it and something that does not.

use super::*;

fn file(path: &str, text: &str) -> Tree {
    Tree {
        files: vec![File {
            path: path.to_owned(),
            text: text.to_owned(),
        }],
        ..Tree::default()
    }
}

#[test]
fn unsafe_outside_the_pty_is_found_even_in_tests() {
    let code = "//! x\nfn f() { unsafe { g() } }";
    assert_eq!(
        unsafe_lives_in_the_pty(&file("crates/store/tests/x.rs", code)),
        ["crates/store/tests/x.rs:2: `unsafe` belongs to `tools::pty`"]
    );
    for home in ["crates/tools/src/pty.rs", "crates/tools/src/pty/child.rs"] {
        assert!(unsafe_lives_in_the_pty(&file(home, code)).is_empty());
    }
}

#[test]
fn a_task_without_an_owner_is_found() {
    let path = "crates/agent/src/x.rs";
    assert_eq!(
        every_task_has_an_owner(&file(path, "tokio::spawn(f());")).len(),
        1
    );
    assert_eq!(
        every_task_has_an_owner(&file(path, "use tokio::{spawn, sync};")).len(),
        1
    );
    assert!(every_task_has_an_owner(&file(path, "set.spawn(f());")).is_empty());
}

#[test]
fn a_file_without_its_sentence_is_found() {
    let path = "crates/agent/src/x.rs";
    assert_eq!(files_say_what_they_are(&file(path, "use a;\n")).len(), 1);
    assert!(files_say_what_they_are(&file(path, "//! X.\n")).is_empty());
}

#[test]
fn a_mod_rs_and_a_long_facade_are_found() {
    assert_eq!(
        files_say_what_they_are(&file("crates/a/src/b/mod.rs", "//! X.\n")).len(),
        1
    );
    let long = format!("//! X.\n{}", "mod a;\n".repeat(FACADE));
    assert_eq!(
        files_say_what_they_are(&file("crates/a/src/lib.rs", &long)).len(),
        1
    );
    assert!(files_say_what_they_are(&file("crates/a/src/b.rs", &long)).is_empty());
}

#[test]
fn an_empty_word_in_a_path_is_found_and_a_longer_word_is_not() {
    assert_eq!(
        names_say_something(&file("crates/a/src/git_utils.rs", "")).len(),
        1
    );
    assert_eq!(
        names_say_something(&file("crates/a/src/common/x.rs", "")).len(),
        1
    );
    assert!(names_say_something(&file("crates/a/src/base64.rs", "")).is_empty());
}

#[test]
fn a_switched_off_test_is_found_and_a_text_about_one_is_not() {
    let path = "crates/a/tests/x.rs";
    let code = "//! x\n#[test]\n#[ignore = \"slow\"]\nfn f() {}";
    assert_eq!(tests_are_not_switched_off(&file(path, code)).len(), 1);
    let text = "//! x\nconst T: &str = \"\n#[ignore]\n\";";
    assert!(tests_are_not_switched_off(&file(path, text)).is_empty());
}
