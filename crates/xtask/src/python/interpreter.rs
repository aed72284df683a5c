//! A Python that is new enough: on the path, kept by pyenv, or made of Debian's packages. Knows no package of Python's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::debian;
use crate::Root;
use crate::program::output;

/// What the client from PyPI asks for.
const OLDEST: (u32, u32) = (3, 12);

/// The newest that its packages are known to work with.
const NEWEST: (u32, u32) = (3, 14);

/// One that works, made if there is none.
pub(super) fn interpreter(root: &Root) -> anyhow::Result<PathBuf> {
    let candidates = on_the_path().into_iter().chain(kept_by_pyenv());
    if let Some(found) = candidates.into_iter().find_map(|python| usable(&python)) {
        return Ok(found);
    }
    debian::python(&root.cache()).with_context(|| {
        let (major, minor) = OLDEST;
        format!("there is no Python {major}.{minor} or newer with `venv`; install one first")
    })
}

fn on_the_path() -> Vec<PathBuf> {
    let versions = (OLDEST.1..=NEWEST.1).rev();
    versions
        .map(|minor| format!("python3.{minor}").into())
        .chain([PathBuf::from("python3")])
        .collect()
}

/// Those that pyenv keeps, the newest first; its own `python3` starts only the one that is chosen.
fn kept_by_pyenv() -> Vec<PathBuf> {
    let home = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".pyenv")));
    let versions = home.and_then(|home| fs::read_dir(home.join("versions")).ok());
    let mut kept: Vec<PathBuf> = versions
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin/python3")))
        .collect();
    kept.sort();
    kept.reverse();
    kept
}

/// The real place of an interpreter, if it starts, is new enough and can make environments.
fn usable(python: &Path) -> Option<PathBuf> {
    let question =
        "import sys, venv, ensurepip; print(*sys.version_info[:2]); print(sys.executable)";
    let answer = output(Command::new(python).args(["-c", question])).ok()?;
    let (version, executable) = answer.split_once('\n')?;
    let version = version_of(version)?;
    (OLDEST..=NEWEST)
        .contains(&version)
        .then(|| executable.trim().into())
}

/// The two numbers of `3 13`.
pub(super) fn version_of(words: &str) -> Option<(u32, u32)> {
    let (major, minor) = words.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
