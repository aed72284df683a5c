//! Errands of others that need git: one run, bounded in time, that asks nobody anything. Knows no repository.

use std::path::Path;
use std::time::Duration;

use super::program::{Failure, Git};
use crate::environment;

/// How an errand ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errand {
    /// Whether git did what it was asked.
    pub ok: bool,
    /// What it printed.
    pub output: Vec<u8>,
    /// What it complained about.
    pub complaint: String,
}

/// Why an errand came to no end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrandError {
    /// It did not end in time.
    #[error("git did not end in time")]
    Late,
    /// It could not be started, or not be listened to.
    #[error("{0}")]
    Broken(String),
}

/// Runs git on errands.
#[derive(Clone, Debug)]
pub struct Errands(Git);

impl Errands {
    /// Errands that see this environment, without our keys and without the person's own git configuration.
    pub fn new(pairs: &[(String, String)]) -> Self {
        let mut pairs = environment::for_commands(pairs);
        pairs.push(("GIT_CONFIG_GLOBAL".to_owned(), "/dev/null".to_owned()));
        pairs.push(("GIT_CONFIG_SYSTEM".to_owned(), "/dev/null".to_owned()));
        Self(Git::new(&pairs))
    }

    /// Runs git with these words in a folder, until it ends or its time is up.
    pub async fn run(
        &self,
        words: &[&str],
        folder: &Path,
        patience: Duration,
    ) -> Result<Errand, ErrandError> {
        let mut command = self.0.command(folder, words);
        let ended = self.0.run(&mut command, patience, words.join(" ")).await;
        match ended {
            Ok(output) => Ok(Errand {
                ok: output.status.success(),
                output: output.stdout,
                complaint: String::from_utf8_lossy(&output.stderr).into_owned(),
            }),
            Err(Failure::Late(_)) => Err(ErrandError::Late),
            Err(Failure::Missing) => Err(ErrandError::Broken(
                "there is no git on this machine; install it".to_owned(),
            )),
            Err(Failure::Broken(said) | Failure::TooMuch(said)) => Err(ErrandError::Broken(said)),
            Err(Failure::Refused { stderr, .. }) => Err(ErrandError::Broken(stderr)),
        }
    }
}
