//! The workspace of a conversation, or of this whole machine: commands, files and history behind the port of the domain.
//!
//! Knows no model, no agent loop and no HTTP.

mod archive;
mod bash;
mod files;
mod git;
mod local;
mod path;
mod places;

use domain::{WorkspaceError, WorkspaceResult};

pub use git::{Errand, ErrandError, Errands};
pub use local::{Config, Local};
pub use places::Places;

/// Does what may wait for the disk where waiting hurts nobody.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> WorkspaceResult<T> + Send + 'static,
) -> WorkspaceResult<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_cancelled() => Err(WorkspaceError::Closed),
        Err(error) => Err(WorkspaceError::Broken(error.to_string())),
    }
}
