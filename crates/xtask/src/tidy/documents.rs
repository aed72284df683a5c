//! Documents stay true: links lead somewhere, commands and paths exist, invariants have tests.

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::RULES;
use super::tree::{File, Tree};
use crate::tasks::Tasks;

/// Links lead to files, paths in code spans exist, `cargo xtask` commands parse.
pub fn documents_match_the_code(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for file in tree.documents() {
        broken.extend(dead_links(tree, file));
        broken.extend(dead_paths(tree, file));
    }
    broken.extend(unknown_commands(tree, "cargo xtask", &Tasks::command()));
    broken
}

/// Commands of this program in the documents that it would refuse.
///
/// The definition is the program's own, so that no second list of commands has to be kept.
pub fn unknown_commands(tree: &Tree, program: &str, definition: &clap::Command) -> Vec<String> {
    let mut broken = Vec::new();
    for file in tree.documents() {
        for (line, command) in commands(&file.text, program) {
            let words = words(&command[program.len()..]);
            let argv = std::iter::once(program.to_owned()).chain(words);
            if let Err(error) = definition.clone().try_get_matches_from(argv)
                && !is_help(error.kind())
            {
                let why = error.to_string();
                let why = why.lines().next().unwrap_or_default();
                broken.push(format!("{}:{line}: `{command}`: {why}", file.path));
            }
        }
    }
    broken
}

/// The numbered invariants of ARCHITECTURE.md run from 1 without a hole, and each names a test that exists.
pub fn every_invariant_has_its_test(tree: &Tree) -> Vec<String> {
    let path = "ARCHITECTURE.md";
    let Some(file) = tree.file(path) else {
        return vec![format!("{path}: is missing")];
    };
    let invariants = invariants(&file.text);
    let mut broken = Vec::new();
    for (at, (line, text)) in invariants.iter().enumerate() {
        let number = at + 1;
        if !text.starts_with(&format!("{number}. ")) {
            broken.push(format!("{path}:{line}: should be number {number}"));
        }
        let tests: Vec<&str> = spans(text).filter(|span| is_test(tree, span)).collect();
        if tests.is_empty() {
            broken.push(format!("{path}:{line}: names no test that exists"));
        }
    }
    for rule in RULES {
        let named = invariants
            .iter()
            .any(|(_, text)| spans(text).any(|span| span == rule.name));
        if !named {
            broken.push(format!(
                "{path}: no invariant names the test `{}`",
                rule.name
            ));
        }
    }
    broken
}

/// Nothing in the repository depends on where somebody has it.
pub fn no_file_names_this_machine(tree: &Tree) -> Vec<String> {
    // A short place such as `/src` is a word that may well stand somewhere for another reason.
    let telling = tree.place.matches('/').count() > 1;
    let mut broken = Vec::new();
    for file in &tree.files {
        for (line, text) in numbered(&file.text) {
            if telling && text.contains(&tree.place) {
                broken.push(format!(
                    "{}:{line}: names a folder of this machine; make it relative",
                    file.path
                ));
            }
        }
    }
    broken
}

fn dead_links(tree: &Tree, file: &File) -> Vec<String> {
    let mut broken = Vec::new();
    for (line, text) in numbered(&file.text) {
        for rest in text.split("](").skip(1) {
            let target = rest.split([')', '#', ' ']).next().unwrap_or_default();
            let elsewhere = target.is_empty() || target.contains("://");
            if !elsewhere && !exists(tree, &beside(&file.path, target)) {
                broken.push(format!(
                    "{}:{line}: links to `{target}`, which does not exist",
                    file.path
                ));
            }
        }
    }
    broken
}

fn dead_paths(tree: &Tree, file: &File) -> Vec<String> {
    let mut broken = Vec::new();
    for (line, text) in numbered(&file.text) {
        for span in spans(text) {
            let ours = ["crates/", "docs/", "tests/", ".ci/", ".cargo/"];
            let is_path = ours.iter().any(|start| span.starts_with(start))
                && !span.contains([' ', '*', '{', '<']);
            if is_path && !exists(tree, span) {
                broken.push(format!(
                    "{}:{line}: names `{span}`, which does not exist",
                    file.path
                ));
            }
        }
    }
    broken
}

/// Whether a file or folder of that path is in the repository.
fn exists(tree: &Tree, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    tree.files.iter().any(|file| {
        file.path
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// A path as seen from the folder of a document.
fn beside(document: &str, target: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Every use of a program in code spans and in blocks of shell, with its line; a block of no language is a drawing.
fn commands(text: &str, program: &str) -> Vec<(usize, String)> {
    let mut commands = Vec::new();
    let mut block: Option<&str> = None;
    for (line, text) in numbered(text) {
        if let Some(language) = text.trim_start().strip_prefix("```") {
            block = match block {
                Some(_) => None,
                None => Some(language),
            };
            continue;
        }
        match block {
            Some("sh") => commands.extend(invocations(text, program).map(|used| (line, used))),
            Some(_) => {}
            None => {
                for span in spans(text) {
                    commands.extend(invocations(span, program).map(|used| (line, used)));
                }
            }
        }
    }
    commands
}

/// The parts of a shell line that start this program.
fn invocations(line: &str, program: &str) -> impl Iterator<Item = String> {
    let line = line.split(" #").next().unwrap_or_default();
    line.split(['|', ';', '&'])
        .filter_map(|part| part.split(" > ").next())
        .map(|part| part.trim().trim_start_matches("$ "))
        .map(|part| without_assignments(part).to_owned())
        .filter(move |part| {
            part.strip_prefix(program)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
}

/// The command behind `NAME=value` words.
fn without_assignments(command: &str) -> &str {
    let mut rest = command;
    while let Some((word, after)) = rest.split_once(' ') {
        if !word.contains('=') || word.starts_with('-') {
            break;
        }
        rest = after.trim_start();
    }
    rest
}

/// A command line's words, quotes taken off; `[--optional]` parts and `...` are documentation, not words.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, ' ') => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty() && word != "...");
    words
}

fn is_help(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            | ErrorKind::MissingRequiredArgument
    )
}

/// The items of the section "Invariants", each with the line it begins on.
fn invariants(text: &str) -> Vec<(usize, String)> {
    let mut items: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (line, text) in numbered(text) {
        if text.starts_with("## ") {
            inside = text == "## Invariants";
        } else if inside && text.starts_with(|c: char| c.is_ascii_digit()) {
            items.push((line, text.to_owned()));
        } else if inside
            && text.starts_with(' ')
            && let Some((_, item)) = items.last_mut()
        {
            item.push('\n');
            item.push_str(text);
        }
    }
    items
}

fn is_test(tree: &Tree, name: &str) -> bool {
    let definition = format!("fn {name}()");
    tree.rust()
        .any(|file| file.is_test() && file.text.contains(&definition))
}

/// What stands between backticks.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line))
}

#[cfg(test)]
mod tests;
