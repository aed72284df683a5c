//! `cargo xtask test`: everything that has to hold before a change lands, in one command.

use std::path::PathBuf;

use crate::checks::{Tally, heading};
use crate::chromium::chromium;
use crate::faults::{self, Faults};
use crate::node::Suite;
use crate::program::{cargo, follow, run};
use crate::python::{self, Server};
use crate::{Root, lint, needs, ui};

/// How much of the suite to run.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Only tests whose name contains this, and nothing else.
    pub filter: Option<String>,
    /// Only the tests: no lints, no fault run.
    pub quick: bool,
    /// Also what the clients do with the original server, so that differences show.
    pub original: bool,
}

/// Enough of a fault run to notice what a change broke; a release wants the whole.
const FEW_FAULTS: Faults = Faults {
    seed: 1,
    crash_points: 2_000,
    story: None,
};

/// Installs what tests need, runs all of them and prints `N passed, N failed` last.
pub fn test(root: &Root, scope: &Scope) -> anyhow::Result<()> {
    let mut tally = Tally::default();
    heading("what the tests drive");
    needs::provide();
    if let Err(error) = ui::ui(root) {
        println!("warning: the tests of the web interface will fail: {error:#}");
    }
    tests(root, scope.filter.as_deref(), &mut tally);
    clients(root, scope, &mut tally);
    if scope.filter.is_none() && !scope.quick {
        tally.check("faults", || faults::faults(root, &FEW_FAULTS));
        lint::checks(root, lint::Holes::Kept, &mut tally);
    }
    tally.close()
}

fn tests(root: &Root, filter: Option<&str>, tally: &mut Tally) {
    let start = heading("tests");
    let mut command = cargo(root, &["test", "--workspace", "--no-fail-fast"]);
    command.args(filter);
    let before = tally.failed();
    let ended = follow(&mut command, &mut |line| {
        println!("{line}");
        tally.hear(line);
    });
    match ended {
        Ok(true) => {}
        // A failure that no test reported: something did not compile, or a test program died.
        Ok(false) if tally.failed() == before => tally.fail("cargo test".to_owned()),
        Ok(false) => {}
        Err(error) => {
            println!("{error:#}");
            tally.fail("cargo test".to_owned());
        }
    }
    println!("tests: {:.0?}", start.elapsed());
}

/// The clients that others wrote, unmodified, against what was built.
fn clients(root: &Root, scope: &Scope, tally: &mut Tally) {
    let filter = scope.filter.as_deref();
    let built = run(&mut cargo(
        root,
        &[
            "build",
            "--package",
            "openhands",
            "--package",
            "testkit",
            "--bins",
        ],
    ));
    tally.count("what the clients talk to", built);
    python::suite(root, Server::Ours, filter, tally);
    if scope.original {
        python::suite(root, Server::Original, filter, tally);
    }
    scripts(root, &[], filter, tally);
    if scope.original {
        match python::with_original(root) {
            Ok(python) => scripts(root, &[("ORIGINAL_PYTHON", python)], filter, tally),
            Err(error) => tally.count("the original server", Err(error)),
        }
    }
}

/// The suites in JavaScript; `told` may name another server than ours.
fn scripts(root: &Root, told: &[(&str, PathBuf)], filter: Option<&str>, tally: &mut Tally) {
    let typescript = Suite {
        name: "typescript client",
        folder: "tests/typescript",
    };
    typescript.run(root, told, filter, tally);
    let canvas = Suite {
        name: "web interface",
        folder: "tests/canvas",
    };
    match chromium() {
        Ok(chromium) => {
            let mut told = told.to_vec();
            told.push(("CHROMIUM", chromium));
            canvas.run(root, &told, filter, tally);
        }
        Err(error) => tally.count(canvas.name, Err(error)),
    }
}
