//! The program git: started with arguments, never through a shell, for a bounded time and output. Knows no repository.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use domain::WorkspaceError;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

/// How long git may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much of what git says is read.
const LIMIT: u64 = 64 * 1024 * 1024;

/// What would make git look at another repository than the one it stands in.
const ELSEWHERE: [&str; 6] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
];

/// How git is started.
#[derive(Clone, Debug)]
pub(in super::super) struct Git {
    environment: Arc<[(String, String)]>,
}

/// Why git gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Failure {
    /// It said no.
    Refused {
        /// The command as a person would type it.
        command: String,
        /// What it said.
        stderr: String,
    },
    /// It took too long.
    Late(String),
    /// There is no git.
    Missing,
    /// It said too much.
    TooMuch(String),
    /// The system did not let it run.
    Broken(String),
}

impl From<Failure> for WorkspaceError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused { command, .. } => {
                Self::Refused(format!("Git command failed: {command}"))
            }
            Failure::Late(command) => Self::Refused(format!("Git command timed out: {command}")),
            Failure::Missing => {
                Self::Refused("Git command not found. Is git installed?".to_owned())
            }
            Failure::TooMuch(command) => Self::Refused(format!(
                "Git command said more than {LIMIT} bytes: {command}"
            )),
            Failure::Broken(said) => Self::Broken(said),
        }
    }
}

impl Git {
    pub(in super::super) fn new(environment: &[(String, String)]) -> Self {
        let elsewhere = |name: &str| ELSEWHERE.contains(&name);
        let mut environment: Vec<(String, String)> = environment
            .iter()
            .filter(|(name, _)| !elsewhere(name))
            .cloned()
            .collect();
        for (name, value) in [
            // Nobody is there to be asked for a password.
            ("GIT_TERMINAL_PROMPT", "0"),
            // Looking must not lock out who works.
            ("GIT_OPTIONAL_LOCKS", "0"),
        ] {
            environment.push((name.to_owned(), value.to_owned()));
        }
        Self {
            environment: environment.into(),
        }
    }

    /// What git prints, without blanks at its ends.
    pub(super) async fn line<S: AsRef<OsStr>>(
        &self,
        directory: &Path,
        arguments: &[S],
    ) -> Result<String, Failure> {
        let bytes = self.bytes(directory, arguments).await?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    /// What git prints.
    pub(super) async fn bytes<S: AsRef<OsStr>>(
        &self,
        directory: &Path,
        arguments: &[S],
    ) -> Result<Vec<u8>, Failure> {
        let output = self.output(directory, arguments).await?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(Failure::Refused {
            command: shown(arguments),
            stderr: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }

    /// How git ended, and what it printed.
    pub(super) async fn output<S: AsRef<OsStr>>(
        &self,
        directory: &Path,
        arguments: &[S],
    ) -> Result<Output, Failure> {
        let mut command = self.command(directory, arguments);
        self.run(&mut command, PATIENCE, shown(arguments)).await
    }

    /// Git with these arguments, not started yet.
    pub(in super::super) fn command<S: AsRef<OsStr>>(
        &self,
        directory: &Path,
        arguments: &[S],
    ) -> Command {
        let mut command = Command::new("git");
        command
            .arg("--no-pager")
            // What a repository says of programs to be asked is no order to us.
            .args(["-c", "core.fsmonitor=false"])
            .args(arguments)
            .current_dir(directory)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub(in super::super) async fn run(
        &self,
        command: &mut Command,
        patience: Duration,
        shown: String,
    ) -> Result<Output, Failure> {
        let child = command.spawn().map_err(unstarted)?;
        match tokio::time::timeout(patience, finish(child)).await {
            Ok(Ok(output)) if output.stdout.len() as u64 > LIMIT => Err(Failure::TooMuch(shown)),
            Ok(Ok(output)) => Ok(output),
            Ok(Err(error)) => Err(Failure::Broken(error.to_string())),
            Err(_) => Err(Failure::Late(shown)),
        }
    }
}

fn unstarted(error: std::io::Error) -> Failure {
    if error.kind() == std::io::ErrorKind::NotFound {
        Failure::Missing
    } else {
        Failure::Broken(format!("git cannot be started: {error}"))
    }
}

async fn finish(mut child: Child) -> std::io::Result<Output> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = tokio::try_join!(read(stdout), read(stderr))?;
    if stdout.len() as u64 > LIMIT {
        child.start_kill()?;
    }
    let status = child.wait().await?;
    Ok(Output {
        status,
        stdout,
        stderr,
    })
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(LIMIT + 1).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// A command as a person would type it.
fn shown<S: AsRef<OsStr>>(arguments: &[S]) -> String {
    let mut shown = "git --no-pager".to_owned();
    for argument in arguments {
        shown.push(' ');
        shown.push_str(&quoted(&argument.as_ref().to_string_lossy()));
    }
    shown
}

/// An argument as a shell would need it.
pub(super) fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', "'\"'\"'"))
}

#[cfg(test)]
mod tests;
