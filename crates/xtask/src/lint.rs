//! `cargo xtask lint`: format, warnings, dependencies and the rules of ARCHITECTURE.md.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checks::Tally;
use crate::program::{cargo, output, run};
use crate::{Root, tidy};

/// The cargo-deny that is installed where none is; a newer one on the PATH will do.
const CARGO_DENY: &str = "0.20.2";

/// Where the list of known holes comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holes {
    /// An earlier copy, if there is one.
    Kept,
    /// A fresh copy.
    Fetched,
}

/// Runs every lint and prints `N passed, N failed` last.
pub fn lint(root: &Root, holes: Holes) -> anyhow::Result<()> {
    let mut tally = Tally::default();
    checks(root, holes, &mut tally);
    tidy::check(root, &mut tally)?;
    tally.close()
}

/// The lints that are no tests themselves.
pub fn checks(root: &Root, holes: Holes, tally: &mut Tally) {
    tally.check("format", || {
        run(&mut cargo(root, &["fmt", "--all", "--check"]))
    });
    tally.check("warnings", || {
        run(&mut cargo(
            root,
            &[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ],
        ))
    });
    tally.check("dependencies", || dependencies(root, holes));
}

/// `cargo deny`: what may be depended on always, known holes where a list of them is at hand.
fn dependencies(root: &Root, holes: Holes) -> anyhow::Result<()> {
    let program = cargo_deny(root)?;
    let deny = |args: &[&str]| {
        let mut command = Command::new(&program);
        command.current_dir(root.path()).args(args);
        command
    };
    run(&mut deny(&["check", "bans", "licenses", "sources"]))?;
    if holes == Holes::Fetched {
        run(&mut deny(&["fetch", "db"]))?;
    }
    if !has_advisories() {
        println!(
            "NOT CHECKED: known holes. No copy of their list is on this machine; `cargo xtask lint --advisories` fetches one."
        );
        return Ok(());
    }
    run(&mut deny(&["--offline", "check", "advisories"]))
}

/// Whether an earlier run fetched the list of known holes.
fn has_advisories() -> bool {
    let cargo_home = match env::var_os("CARGO_HOME") {
        Some(dir) => Some(PathBuf::from(dir)),
        None => env::home_dir().map(|home| home.join(".cargo")),
    };
    cargo_home
        .and_then(|dir| fs::read_dir(dir.join("advisory-dbs")).ok())
        .is_some_and(|entries| entries.flatten().any(|entry| entry.path().is_dir()))
}

/// Where cargo-deny is: on the PATH, in the cache, or built into the cache now.
fn cargo_deny(root: &Root) -> anyhow::Result<PathBuf> {
    if is_new_enough(Path::new("cargo-deny")) {
        return Ok("cargo-deny".into());
    }
    let home = root.cache().join(format!("cargo-deny-{CARGO_DENY}"));
    let program = home.join("bin/cargo-deny");
    if is_new_enough(&program) {
        return Ok(program);
    }
    println!(
        "cargo-deny {CARGO_DENY} is built once, into {}; this takes a minute or two",
        home.display()
    );
    // Unoptimised builds in a third of the time and still checks in seconds.
    let mut install = cargo(
        root,
        &[
            "install",
            "--locked",
            "--debug",
            "--no-default-features",
            "cargo-deny",
        ],
    );
    install
        .args(["--version", CARGO_DENY])
        .arg("--root")
        .arg(&home)
        .env_remove("CARGO_TARGET_DIR");
    run(&mut install)?;
    Ok(program)
}

fn is_new_enough(program: &Path) -> bool {
    let Ok(version) = output(Command::new(program).arg("--version")) else {
        return false;
    };
    let found = version.trim().rsplit(' ').next().unwrap_or_default();
    numbers(found) >= numbers(CARGO_DENY)
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|n| n.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(numbers("0.20.10") > numbers("0.20.2"));
        assert!(numbers("0.9.9") < numbers("0.20.2"));
        assert!(numbers("nonsense") < numbers("0.20.2"));
    }
}
