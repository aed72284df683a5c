//! The rules of ARCHITECTURE.md as tests, one each, over the repository as it is.

use anyhow::Context as _;
use xtask::Root;
use xtask::tidy::{RULES, Tree, holds};

fn check(name: &str) -> anyhow::Result<()> {
    let rule = RULES.iter().find(|rule| rule.name == name);
    holds(rule.context("no such rule")?, &Tree::read(&Root::find()?)?)
}

#[test]
fn domain_knows_no_world() -> anyhow::Result<()> {
    check("domain_knows_no_world")
}

#[test]
fn agent_gets_ports() -> anyhow::Result<()> {
    check("agent_gets_ports")
}

#[test]
fn rooms_are_siblings() -> anyhow::Result<()> {
    check("rooms_are_siblings")
}

#[test]
fn only_the_binary_reads_the_environment() -> anyhow::Result<()> {
    check("only_the_binary_reads_the_environment")
}

#[test]
fn only_store_and_tools_touch_files() -> anyhow::Result<()> {
    check("only_store_and_tools_touch_files")
}

#[test]
fn only_tools_start_programs() -> anyhow::Result<()> {
    check("only_tools_start_programs")
}

#[test]
fn time_and_chance_come_from_the_clock() -> anyhow::Result<()> {
    check("time_and_chance_come_from_the_clock")
}

#[test]
fn state_changes_in_one_place() -> anyhow::Result<()> {
    check("state_changes_in_one_place")
}

#[test]
fn unsafe_lives_in_the_pty() -> anyhow::Result<()> {
    check("unsafe_lives_in_the_pty")
}

#[test]
fn every_task_has_an_owner() -> anyhow::Result<()> {
    check("every_task_has_an_owner")
}

#[test]
fn files_say_what_they_are() -> anyhow::Result<()> {
    check("files_say_what_they_are")
}

#[test]
fn names_say_something() -> anyhow::Result<()> {
    check("names_say_something")
}

#[test]
fn tests_are_not_switched_off() -> anyhow::Result<()> {
    check("tests_are_not_switched_off")
}

#[test]
fn documents_match_the_code() -> anyhow::Result<()> {
    check("documents_match_the_code")
}

#[test]
fn every_invariant_has_its_test() -> anyhow::Result<()> {
    check("every_invariant_has_its_test")
}

#[test]
fn no_file_names_this_machine() -> anyhow::Result<()> {
    check("no_file_names_this_machine")
}

#[test]
fn every_rule_is_a_test() {
    let tests = include_str!("tidy.rs");
    for rule in RULES {
        let name = rule.name;
        assert!(
            tests.contains(&format!(
                "fn {name}() -> anyhow::Result<()> {{\n    check(\"{name}\")"
            )),
            "{name}"
        );
    }
}
