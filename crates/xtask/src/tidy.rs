//! The rules of ARCHITECTURE.md as functions over the repository's text: each gives the places that break it.
//!
//! A rule sees a [`Tree`] and nothing else, so that its own tests can hand it a small one that breaks it.

mod code;
mod documents;
mod rooms;
mod sources;
mod tree;

use anyhow::bail;

use crate::Root;
use crate::checks::{Tally, heading};

pub use documents::unknown_commands;
pub use tree::{Dependency, File, Package, Tree};

/// One rule: a name that ARCHITECTURE.md and a test share, and the check.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The name of its test in `crates/xtask/tests/tidy.rs`.
    pub name: &'static str,
    /// Every place that breaks it, as `path:line: what is wrong and what to do`.
    pub check: fn(&Tree) -> Vec<String>,
}

/// All rules, in the order of ARCHITECTURE.md.
pub const RULES: &[Rule] = &[
    Rule {
        name: "domain_knows_no_world",
        check: rooms::domain_knows_no_world,
    },
    Rule {
        name: "agent_gets_ports",
        check: rooms::agent_gets_ports,
    },
    Rule {
        name: "rooms_are_siblings",
        check: rooms::rooms_are_siblings,
    },
    Rule {
        name: "only_the_binary_reads_the_environment",
        check: rooms::only_the_binary_reads_the_environment,
    },
    Rule {
        name: "only_store_and_tools_touch_files",
        check: rooms::only_store_and_tools_touch_files,
    },
    Rule {
        name: "only_tools_start_programs",
        check: rooms::only_tools_start_programs,
    },
    Rule {
        name: "time_and_chance_come_from_the_clock",
        check: rooms::time_and_chance_come_from_the_clock,
    },
    Rule {
        name: "state_changes_in_one_place",
        check: rooms::state_changes_in_one_place,
    },
    Rule {
        name: "unsafe_lives_in_the_pty",
        check: sources::unsafe_lives_in_the_pty,
    },
    Rule {
        name: "every_task_has_an_owner",
        check: sources::every_task_has_an_owner,
    },
    Rule {
        name: "files_say_what_they_are",
        check: sources::files_say_what_they_are,
    },
    Rule {
        name: "names_say_something",
        check: sources::names_say_something,
    },
    Rule {
        name: "tests_are_not_switched_off",
        check: sources::tests_are_not_switched_off,
    },
    Rule {
        name: "documents_match_the_code",
        check: documents::documents_match_the_code,
    },
    Rule {
        name: "every_invariant_has_its_test",
        check: documents::every_invariant_has_its_test,
    },
    Rule {
        name: "no_file_names_this_machine",
        check: documents::no_file_names_this_machine,
    },
];

/// `cargo xtask tidy`: checks every rule and prints what breaks one.
pub fn tidy(root: &Root) -> anyhow::Result<()> {
    let mut tally = Tally::default();
    check(root, &mut tally)?;
    tally.close()
}

/// Checks every rule and counts it.
pub(crate) fn check(root: &Root, tally: &mut Tally) -> anyhow::Result<()> {
    heading("rules of ARCHITECTURE.md");
    let tree = Tree::read(root)?;
    for rule in RULES {
        tally.count(rule.name, holds(rule, &tree));
    }
    Ok(())
}

/// An error that lists every place which breaks the rule.
pub fn holds(rule: &Rule, tree: &Tree) -> anyhow::Result<()> {
    let broken = (rule.check)(tree);
    if !broken.is_empty() {
        bail!("\n  {}", broken.join("\n  "));
    }
    Ok(())
}
