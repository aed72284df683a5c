//! The port to git: this room says what is fetched, somebody else starts programs.

use std::path::Path;
use std::time::Duration;

use crate::error::ExtensionError;

/// Runs git. It is called on a thread that may block.
///
/// Whoever implements it sees to it that git asks nobody anything (`GIT_TERMINAL_PROMPT=0`), reads no
/// configuration of this person but what the words say, and ends when its time is up.
pub trait Git: Send + Sync {
    /// Runs git with these words in this folder, until it ends.
    fn run(&self, words: &[&str], folder: &Path, patience: Duration) -> Result<GitEnd, GitFault>;
}

/// How git ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitEnd {
    /// Whether it did what it was asked.
    pub ok: bool,
    /// What it printed.
    pub output: Vec<u8>,
    /// What it complained about.
    pub complaint: String,
}

/// Why git did not run to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitFault {
    /// It did not end in time.
    #[error("git did not end in time")]
    Late,
    /// It could not be started.
    #[error("git could not be started: {0}")]
    Absent(String),
}

/// Said before every command: nothing that a repository brings along is run, and no other program is asked.
const CAUTION: &[&str] = &[
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "credential.helper=",
    "-c",
    "core.askPass=",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "submodule.recurse=false",
];

/// What git printed, if it did what it was asked.
pub(crate) fn asked(
    git: &dyn Git,
    words: &[&str],
    folder: &Path,
    patience: Duration,
) -> Result<Vec<u8>, ExtensionError> {
    let words: Vec<&str> = CAUTION.iter().chain(words).copied().collect();
    match git.run(&words, folder, patience) {
        Ok(end) if end.ok => Ok(end.output),
        Ok(end) => Err(ExtensionError::unreachable(end.complaint.trim())),
        Err(GitFault::Late) => Err(ExtensionError::Late),
        Err(fault @ GitFault::Absent(_)) => Err(ExtensionError::unreachable(fault.to_string())),
    }
}

/// The commit that is checked out.
pub(crate) fn commit(git: &dyn Git, folder: &Path) -> Result<String, ExtensionError> {
    let printed = asked(git, &["rev-parse", "HEAD"], folder, Duration::from_secs(10))?;
    Ok(String::from_utf8_lossy(&printed).trim().to_owned())
}
