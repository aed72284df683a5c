//! Git for the room of extensions: it says what is fetched, the room of tools starts the program.

use std::path::Path;
use std::time::Duration;

use extensions::{Git, GitEnd, GitFault};
use tools::workspace::{ErrandError, Errands};

/// Runs git on errands, from threads that may wait.
pub(super) struct Fetcher(Errands);

impl Fetcher {
    pub(super) fn new(environment: &[(String, String)]) -> Self {
        Self(Errands::new(environment))
    }
}

impl Git for Fetcher {
    fn run(&self, words: &[&str], folder: &Path, patience: Duration) -> Result<GitEnd, GitFault> {
        let runtime = tokio::runtime::Handle::try_current()
            .map_err(|error| GitFault::Absent(error.to_string()))?;
        match runtime.block_on(self.0.run(words, folder, patience)) {
            Ok(done) => Ok(GitEnd {
                ok: done.ok,
                output: done.output,
                complaint: done.complaint,
            }),
            Err(ErrandError::Late) => Err(GitFault::Late),
            Err(ErrandError::Broken(said)) => Err(GitFault::Absent(said)),
        }
    }
}
