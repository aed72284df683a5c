//! Each rule about documents, shown something that breaks it and something that does not.

use super::*;

fn tree(files: &[(&str, &str)]) -> Tree {
    Tree {
        files: files
            .iter()
            .map(|(path, text)| File {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            })
            .collect(),
        place: "/somewhere/checkout".to_owned(),
        ..Tree::default()
    }
}

fn commands_refused(document: &str) -> Vec<String> {
    let definition = clap::Command::new("tool").subcommand(
        clap::Command::new("go")
            .arg(clap::arg!(--fast))
            .arg(clap::arg!([WHERE])),
    );
    unknown_commands(&tree(&[("README.md", document)]), "tool", &definition)
}

#[test]
fn a_dead_link_is_found_and_a_live_one_is_not() {
    let live = "[a](docs/run.md#x) [b](https://example.org) [c](#here)";
    let files = [("README.md", live), ("docs/run.md", "[up](../README.md)")];
    assert!(documents_match_the_code(&tree(&files)).is_empty());
    let dead = tree(&[("docs/run.md", "\n[a](README.md)")]);
    assert_eq!(
        documents_match_the_code(&dead),
        ["docs/run.md:2: links to `README.md`, which does not exist"]
    );
}

#[test]
fn a_path_that_is_gone_is_found() {
    let files = [
        ("README.md", "see `crates/a/src`"),
        ("crates/a/src/lib.rs", ""),
    ];
    assert!(documents_match_the_code(&tree(&files)).is_empty());
    assert_eq!(documents_match_the_code(&tree(&files[..1])).len(), 1);
}

#[test]
fn a_task_that_does_not_exist_is_found() {
    let good = tree(&[("README.md", "`cargo xtask test --quick`")]);
    assert!(documents_match_the_code(&good).is_empty());
    let bad = tree(&[("README.md", "```sh\ncargo xtask tset\n```")]);
    assert_eq!(documents_match_the_code(&bad).len(), 1);
}

#[test]
fn commands_are_read_from_spans_and_blocks_through_pipes_quotes_and_assignments() {
    let fine = "`tool go --fast`\n```sh\n$ KEY=x tool go \"a --b\" # tool nonsense\necho x | tool go > a.txt\n```\ntool nonsense";
    assert!(commands_refused(fine).is_empty());
    assert_eq!(commands_refused("`tool go --slow`").len(), 1);
    assert_eq!(commands_refused("```sh\necho x | tool stop\n```").len(), 1);
    assert!(commands_refused("```\ntool draws this\n```").is_empty());
    assert!(commands_refused("`toolbox stop`").is_empty());
}

#[test]
fn an_invariant_without_a_test_is_found() {
    let architecture: String = RULES
        .iter()
        .enumerate()
        .map(|(at, rule)| format!("{}. Something.\n   (`{}`)\n", at + 1, rule.name))
        .collect();
    let tests: String = RULES
        .iter()
        .map(|rule| format!("fn {}() {{}}\n", rule.name))
        .collect();
    let whole = format!("## Invariants\n{architecture}");
    let good = tree(&[("ARCHITECTURE.md", &whole), ("crates/x/tests/t.rs", &tests)]);
    assert_eq!(every_invariant_has_its_test(&good), Vec::<String>::new());

    let more = format!("{whole}99. Nobody checks `this`.\n");
    let bad = tree(&[("ARCHITECTURE.md", &more), ("crates/x/tests/t.rs", &tests)]);
    let broken = every_invariant_has_its_test(&bad);
    assert!(
        broken
            .iter()
            .any(|b| b.ends_with("names no test that exists"))
    );
    assert!(broken.iter().any(|b| b.contains("should be number")));

    let fewer = tree(&[
        ("ARCHITECTURE.md", "## Invariants\n"),
        ("crates/x/tests/t.rs", &tests),
    ]);
    assert_eq!(every_invariant_has_its_test(&fewer).len(), RULES.len());
}

#[test]
fn a_folder_of_this_machine_is_found() {
    let bad = tree(&[("docs/run.md", "\n\ncd /somewhere/checkout")]);
    assert_eq!(no_file_names_this_machine(&bad).len(), 1);
    let good = tree(&[("docs/run.md", "cd somewhere")]);
    assert!(no_file_names_this_machine(&good).is_empty());
}
