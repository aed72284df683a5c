//! How files look: what each opens with, what it is called, and words that have one place or none.

use super::code;
use super::tree::{File, Tree};

/// Words that say nothing about what lives behind them.
const EMPTY_WORDS: &[&str] = &[
    "base",
    "common",
    "helper",
    "helpers",
    "impl",
    "manager",
    "misc",
    "processor",
    "service",
    "util",
    "utils",
];

/// How long the table of contents of a crate may be.
const FACADE: usize = 60;

/// `unsafe` stands in one room of one crate.
pub fn unsafe_lives_in_the_pty(tree: &Tree) -> Vec<String> {
    let home =
        |path: &str| path == "crates/tools/src/pty.rs" || path.starts_with("crates/tools/src/pty/");
    tree.rust()
        .filter(|file| !home(&file.path))
        .flat_map(|file| {
            at(
                file,
                &code::lines_with(&file.text, "unsafe"),
                "`unsafe` belongs to `tools::pty`",
            )
        })
        .collect()
}

/// A task that nobody owns cannot be stopped.
pub fn every_task_has_an_owner(tree: &Tree) -> Vec<String> {
    let raw = ["tokio::spawn", "tokio::task::spawn", "task::spawn"];
    tree.rust()
        .filter(|file| !file.is_test())
        .flat_map(|file| {
            let lines: Vec<usize> = code::paths(&file.text)
                .iter()
                .filter(|used| raw.contains(&used.path.as_str()))
                .map(|used| used.line)
                .collect();
            at(
                file,
                &lines,
                "spawn on a JoinSet or TaskTracker that its owner can stop",
            )
        })
        .collect()
}

/// Every file opens with a sentence, a crate with a short table of contents.
pub fn files_say_what_they_are(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for file in tree.rust() {
        let path = &file.path;
        if !file.text.starts_with("//! ") {
            broken.push(format!(
                "{path}:1: opens with no `//!` sentence; say what it is and what it must not know"
            ));
        }
        if path.ends_with("/mod.rs") && !path.contains("/tests/") {
            broken.push(format!(
                "{path}:1: name the module's file after it, not mod.rs"
            ));
        }
        let lines = file.text.lines().count();
        if path.ends_with("/src/lib.rs") && lines > FACADE {
            broken.push(format!(
                "{path}:{FACADE}: has {lines} lines; a facade of modules and `pub use` fits in {FACADE}"
            ));
        }
    }
    broken
}

/// Paths are made of nouns.
pub fn names_say_something(tree: &Tree) -> Vec<String> {
    tree.files
        .iter()
        .filter(|file| file.path.starts_with("crates/") || file.path.starts_with("docs/"))
        .filter_map(|file| {
            let word = file
                .path
                .split(['/', '_', '-', '.'])
                .find(|word| EMPTY_WORDS.contains(word))?;
            Some(format!(
                "{}: `{word}` says nothing; name it after what it holds",
                file.path
            ))
        })
        .collect()
}

/// A test that does not run proves nothing; one that cannot get its real part fails with the reason.
pub fn tests_are_not_switched_off(tree: &Tree) -> Vec<String> {
    tree.rust()
        .flat_map(|file| {
            let bare = code::bare(&file.text);
            let lines: Vec<usize> = bare
                .lines()
                .enumerate()
                .filter(|(_, line)| line.trim_start().starts_with("#[ignore"))
                .map(|(number, _)| number + 1)
                .collect();
            at(
                file,
                &lines,
                "a test that is switched off proves nothing; mend it or remove it",
            )
        })
        .collect()
}

fn at(file: &File, lines: &[usize], what: &str) -> Vec<String> {
    lines
        .iter()
        .map(|line| format!("{}:{line}: {what}", file.path))
        .collect()
}

#[cfg(test)]
mod tests;
