//! Python: a virtual environment per list of pins, made once per user, and the suite that drives the server with the
//! client from PyPI. Knows no test in it.

mod debian;
mod interpreter;

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::Root;
use crate::checks::{Tally, heading};
use crate::program::{self, follow, run};

/// Where the suite is.
const FOLDER: &str = "tests/python";

/// The server that the suite drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// What this repository builds.
    Ours,
    /// The Python one that ours has to be like.
    Original,
}

impl Server {
    /// As the suite calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Original => "original",
        }
    }

    /// The heading of its run.
    fn heading(self) -> &'static str {
        match self {
            Self::Ours => "python client",
            Self::Original => "python client, against the original",
        }
    }

    /// The packages that it takes, each pinned.
    fn pins(self) -> &'static str {
        match self {
            Self::Ours => "requirements.txt",
            Self::Original => "requirements-original.txt",
        }
    }
}

/// The Python that has the original server, for other suites that drive it.
pub fn with_original(root: &Root) -> anyhow::Result<PathBuf> {
    environment(root, Server::Original.pins())
}

/// Runs the suite and counts its tests; what keeps it from running is counted as a failure.
pub fn suite(root: &Root, server: Server, filter: Option<&str>, tally: &mut Tally) {
    if filter.is_some_and(|filter| !mentions(&root.join(FOLDER), filter)) {
        return;
    }
    let start = heading(server.heading());
    let before = tally.failed();
    let complaint = match pytest(root, server, filter, tally) {
        Ok(true) => None,
        Ok(false) if tally.failed() > before => None,
        Ok(false) => Some("pytest ended before its tests did".to_owned()),
        Err(error) => Some(format!("{error:#}")),
    };
    if let Some(complaint) = complaint {
        println!("{complaint}");
        tally.fail(server.heading().to_owned());
    }
    println!("{}: {:.0?}", server.heading(), start.elapsed());
}

fn pytest(
    root: &Root,
    server: Server,
    filter: Option<&str>,
    tally: &mut Tally,
) -> anyhow::Result<bool> {
    let python = environment(root, server.pins())?;
    let mut command = Command::new(python);
    command
        .current_dir(root.join(FOLDER))
        .env("CARGO_TARGET_DIR", root.target())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args(["-m", "pytest", "-p", "no:cacheprovider", "--server"])
        .arg(server.name());
    if let Some(filter) = filter {
        command.args(["--named", filter]);
    }
    follow(&mut command, &mut |line| {
        println!("{line}");
        tally.hear(line);
    })
}

/// Whether some test of the suite has this in its name.
fn mentions(folder: &Path, filter: &str) -> bool {
    let Ok(entries) = fs::read_dir(folder) else {
        return true;
    };
    let tests = entries
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok())
        .collect::<String>();
    tests
        .lines()
        .filter_map(|line| line.strip_prefix("def test_"))
        .any(|name| format!("test_{name}").contains(filter))
}

/// The Python of a virtual environment that holds these pins and nothing else.
fn environment(root: &Root, pins: &str) -> anyhow::Result<PathBuf> {
    let pins = root.join(FOLDER).join(pins);
    let text =
        fs::read_to_string(&pins).with_context(|| format!("cannot read {}", pins.display()))?;
    let interpreter = interpreter::interpreter(root)?;
    let mut hasher = DefaultHasher::new();
    (&text, &interpreter).hash(&mut hasher);
    let home = root
        .cache()
        .join(format!("python-{:016x}", hasher.finish()));
    let python = home.join("bin/python");
    let whole = home.join("whole");
    if !whole.exists() {
        make(&interpreter, &home)?;
        install(&python, &pins)?;
        fs::write(&whole, "").with_context(|| format!("cannot write {}", whole.display()))?;
    }
    Ok(python)
}

/// An empty environment; what a cut off attempt left there is removed first.
fn make(interpreter: &Path, home: &Path) -> anyhow::Result<()> {
    run(Command::new(interpreter)
        .args(["-m", "venv", "--clear"])
        .arg(home))
}

/// The pins name every package, so nothing is resolved. uv is quicker where it is there and set up.
fn install(python: &Path, pins: &Path) -> anyhow::Result<()> {
    if program::exists("uv") {
        let mut uv = Command::new("uv");
        uv.args(["pip", "install", "--quiet", "--no-deps", "--python"])
            .arg(python)
            .arg("-r")
            .arg(pins);
        match run(&mut uv) {
            Ok(()) => return Ok(()),
            Err(error) => println!("{error:#}; pip is asked instead"),
        }
    }
    let mut pip = Command::new(python);
    run(pip
        .args(["-m", "pip", "install", "--quiet", "--no-deps"])
        .args(["--disable-pip-version-check", "--no-input", "-r"])
        .arg(pins))
}

#[cfg(test)]
mod tests;
