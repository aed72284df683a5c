//! What the reader of Rust sees, and what it must not see.

use super::*;

fn seen(text: &str) -> Vec<String> {
    paths(text).into_iter().map(|used| used.path).collect()
}

#[test]
fn imports_are_spelled_in_full() {
    assert_eq!(
        seen("use std::{env, fs::{self, File}, io as sys};\nuse a::*;"),
        ["std::env", "std::fs", "std::fs::File", "std::io", "a"]
    );
}

#[test]
fn paths_in_the_code_carry_their_line() {
    let used = paths("fn f() {\n    let x = std::env::var(NAME);\n}");
    let var = used.iter().find(|used| used.is_in("std::env"));
    assert_eq!(
        var,
        Some(&Used {
            path: "std::env::var".to_owned(),
            line: 2
        })
    );
}

#[test]
fn comments_texts_and_characters_are_not_code() {
    let code = r##"
        // std::env::args
        /* std::env /* std::fs */ std::net */
        let a = "std::env \" std::fs";
        let b = r#"std::net " std::fs"#;
        let c = ('"', '\'', 'x'); let d: &'static str = std::io::Y;
    "##;
    let used = paths(code);
    for hidden in ["std::env", "std::fs", "std::net"] {
        assert!(!used.iter().any(|used| used.is_in(hidden)), "{hidden}");
    }
    assert!(used.iter().any(|used| used.is_in("std::io")));
}

#[test]
fn tests_inside_a_file_are_left_out_and_what_follows_is_not() {
    let code = "#[cfg(test)]\nmod tests { fn f() { std::env::args(); } }\nfn g() { std::fs::read(p); }\n#[cfg(test)]\nmod more;\nuse std::net;";
    let used = paths(code);
    assert!(!used.iter().any(|used| used.is_in("std::env")));
    assert!(used.iter().any(|used| used.is_in("std::fs")));
    assert!(used.iter().any(|used| used.is_in("std::net")));
}

#[test]
fn a_macro_is_not_the_module_of_its_name() {
    assert!(
        !paths("std::env!(x)")
            .iter()
            .any(|used| used.is_in("std::env"))
    );
    assert!(paths("a != b").iter().any(|used| used.path == "a"));
}

#[test]
fn a_longer_name_is_not_the_name() {
    let used = Used {
        path: "std::environment".to_owned(),
        line: 1,
    };
    assert!(!used.is_in("std::env"));
}

#[test]
fn words_are_found_as_words() {
    assert_eq!(
        lines_with("// unsafe\nunsafe_code\n\nunsafe {}", "unsafe"),
        [4]
    );
}

#[test]
fn what_is_captured_is_no_import_and_broken_code_ends() {
    let code = "fn f() -> impl Fn() + use<'a> { std::env::args() }";
    assert!(paths(code).iter().any(|used| used.is_in("std::env")));
    assert_eq!(seen("use a::{b; c"), ["a::b", "c"]);
}
