//! Every page helps, and every example on it parses.

use clap::Parser as _;

use super::*;

fn pages(command: &clap::Command, path: &str, each: &mut dyn FnMut(&str, &clap::Command)) {
    each(path, command);
    for sub in command.get_subcommands() {
        pages(sub, &format!("{path} {}", sub.get_name()), each);
    }
}

/// The arguments of an example as a shell would split them, from `openhands` on.
fn arguments(example: &str) -> Vec<String> {
    let from = example.find("openhands").unwrap();
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in example[from..].chars() {
        match c {
            '"' => quoted = !quoted,
            '>' | '|' if !quoted => break,
            ' ' if !quoted => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            _ => word.push(c),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[test]
fn the_definitions_are_sound() {
    command().debug_assert();
}

#[test]
fn every_page_has_examples_and_every_example_parses() {
    let mut seen = 0;
    pages(&command(), "openhands", &mut |path, page| {
        let after = page
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let examples: Vec<&str> = after
            .lines()
            .filter_map(|line| line.trim().strip_prefix("$ "))
            .collect();
        assert!(!examples.is_empty(), "`{path} --help` has no example");
        for example in examples {
            let words = arguments(example);
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("`{path} --help` shows `{example}`, which does not parse: {error}");
            }
            seen += 1;
        }
    });
    assert!(seen > 20);
}

#[test]
fn every_argument_is_explained() {
    pages(&command(), "openhands", &mut |path, page| {
        for argument in page.get_arguments() {
            let id = argument.get_id();
            assert!(
                argument.get_help().is_some(),
                "`{id}` of `{path}` has no help"
            );
        }
    });
}

#[test]
fn wrong_values_are_refused() {
    for wrong in [
        &["openhands", "run", "--max-iterations", "0", "x"][..],
        &["openhands", "run", "--budget", "-1", "x"],
        &["openhands", "run", "--budget", "much", "x"],
        &["openhands", "run", "--approve"],
        &[
            "openhands",
            "run",
            "--resume",
            "last",
            "--approve",
            "--reject",
            "no",
        ],
        &["openhands", "run", "--frobnicate"],
        &["openhands", "conversations", "delete"],
        &["openhands", "conversations"],
    ] {
        let error = Cli::try_parse_from(wrong).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{wrong:?}");
    }
}

#[test]
fn a_budget_may_carry_its_sign() {
    let cli = Cli::try_parse_from(["openhands", "run", "--budget", "$0.50", "x"]).unwrap();
    let Some(Command::Run(run)) = cli.command else {
        panic!("not a run");
    };
    assert_eq!(run.budget, Some(0.5));
}
