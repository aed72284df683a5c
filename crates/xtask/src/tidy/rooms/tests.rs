//! Each rule between rooms, shown something that breaks it and something that does not.

use super::*;
use crate::tidy::Dependency;

fn package(name: &str, dependencies: &[&str]) -> Package {
    Package {
        name: name.to_owned(),
        dependencies: dependencies
            .iter()
            .map(|name| Dependency {
                name: name.trim_end_matches(" (dev)").to_owned(),
                dev: name.ends_with(" (dev)"),
            })
            .collect(),
    }
}

fn tree(files: &[(&str, &str)]) -> Tree {
    Tree {
        files: files
            .iter()
            .map(|(path, text)| File {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            })
            .collect(),
        packages: vec![
            package("domain", &["serde", "proptest (dev)"]),
            package("agent", &["domain", "tokio", "testkit (dev)"]),
            package("llm", &["domain"]),
            package("store", &["domain"]),
            package("tools", &["domain", "rustix"]),
            package("openhands", &["agent", "domain", "llm", "store", "tools"]),
            package("testkit", &["domain", "store"]),
            package("xtask", &["anyhow", "testkit (dev)"]),
        ],
        ..Tree::default()
    }
}

fn depending(room: &str, dependency: &str) -> Tree {
    let mut tree = tree(&[]);
    for package in &mut tree.packages {
        if package.name == room {
            package.dependencies.push(Dependency {
                name: dependency.to_owned(),
                dev: false,
            });
        }
    }
    tree
}

#[test]
fn a_workspace_that_keeps_the_rules_breaks_none() {
    let tree = tree(&[
        ("crates/domain/src/lib.rs", "use std::time::Duration;"),
        ("crates/agent/src/lib.rs", "use tokio::sync::mpsc;"),
        ("crates/agent/src/tests.rs", "use std::{env, fs};"),
        ("crates/store/src/lib.rs", "use std::fs;"),
        ("crates/tools/src/lib.rs", "use tokio::process::Command;"),
        (
            "crates/openhands/src/main.rs",
            "use std::env::args; fn f() { Uuid::new_v4(); }",
        ),
    ]);
    for rule in crate::tidy::RULES.iter().take(8) {
        assert_eq!((rule.check)(&tree), Vec::<String>::new(), "{}", rule.name);
    }
}

#[test]
fn a_runtime_in_domain_is_found() {
    assert_eq!(
        domain_knows_no_world(&depending("domain", "tokio")).len(),
        1
    );
}

#[test]
fn a_clock_in_domain_is_found() {
    let tree = tree(&[(
        "crates/domain/src/x.rs",
        "use std::time::{Duration, Instant};",
    )]);
    let broken = domain_knows_no_world(&tree);
    assert_eq!(broken.len(), 1);
    assert!(broken[0].starts_with("crates/domain/src/x.rs:1: names `std::time::Instant`"));
}

#[test]
fn http_in_the_mind_is_found() {
    assert_eq!(agent_gets_ports(&depending("agent", "reqwest")).len(), 1);
    let tree = tree(&[(
        "crates/agent/src/x.rs",
        "\nuse tokio::{net::TcpStream, sync};",
    )]);
    assert_eq!(agent_gets_ports(&tree).len(), 1);
}

#[test]
fn a_room_that_knows_another_is_found() {
    assert_eq!(rooms_are_siblings(&depending("tools", "store")).len(), 1);
    assert_eq!(rooms_are_siblings(&depending("llm", "openhands")).len(), 1);
}

#[test]
fn a_test_double_that_ships_is_found() {
    assert_eq!(
        rooms_are_siblings(&depending("openhands", "testkit")).len(),
        1
    );
    assert!(!rooms_are_siblings(&depending("store", "testkit")).is_empty());
}

#[test]
fn a_room_that_reads_the_environment_is_found() {
    let tree = tree(&[("crates/llm/src/x.rs", "fn f() { std::env::var(\"KEY\"); }")]);
    assert_eq!(only_the_binary_reads_the_environment(&tree).len(), 1);
    let elsewhere = self::tree(&[("crates/openhands/src/x.rs", "fn f() { std::env::vars(); }")]);
    assert_eq!(only_the_binary_reads_the_environment(&elsewhere).len(), 1);
}

#[test]
fn a_room_that_writes_files_is_found() {
    let tree = tree(&[("crates/llm/src/x.rs", "use tokio::fs::File;")]);
    assert_eq!(only_store_and_tools_touch_files(&tree).len(), 1);
}

#[test]
fn a_file_that_reads_extensions_and_writes_is_found() {
    let code = "use std::fs;\nfn f() { fs::read(\"x\"); fs::write(\"x\", \"y\"); }";
    let found = |path: &str| only_store_and_tools_touch_files(&tree(&[(path, code)])).len();
    assert_eq!(found("crates/extensions/src/source.rs"), 1);
    assert_eq!(found("crates/extensions/src/shelf.rs"), 0);
    assert_eq!(found("crates/extensions/src/skills.rs"), 1);
}

#[test]
fn a_room_that_starts_programs_is_found() {
    let tree = tree(&[(
        "crates/store/src/x.rs",
        "use std::process::{self, Command};",
    )]);
    assert_eq!(only_tools_start_programs(&tree).len(), 1);
}

#[test]
fn a_room_that_makes_its_own_ids_is_found() {
    let tree = tree(&[("crates/tools/src/x.rs", "fn f() { uuid::Uuid::new_v4(); }")]);
    assert_eq!(time_and_chance_come_from_the_clock(&tree).len(), 1);
}

#[test]
fn a_state_changed_elsewhere_is_found() {
    let code = "fn f(state: &mut State) { state.apply(&draft) }";
    let elsewhere = tree(&[("crates/agent/src/task.rs", code)]);
    assert_eq!(state_changes_in_one_place(&elsewhere).len(), 1);
    let scribe = tree(&[("crates/agent/src/task/scribe.rs", code)]);
    assert!(state_changes_in_one_place(&scribe).is_empty());
    let defined = tree(&[("crates/agent/src/state.rs", "fn apply(&mut self) {}")]);
    assert!(state_changes_in_one_place(&defined).is_empty());
}
