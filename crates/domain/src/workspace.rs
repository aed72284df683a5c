//! The port to a workspace: commands, files and history of a directory, here or far away. Knows no program, disk or wire.

mod bash;
mod errors;
mod files;
mod git;
mod moment;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use crate::Fut;

pub use bash::*;
pub use errors::WorkspaceError;
pub use files::*;
pub use git::*;
pub use moment::Moment;

/// What the operations of a workspace give.
pub type WorkspaceResult<T> = Result<T, WorkspaceError>;

/// Bytes that are pulled piece by piece.
pub trait Chunks: Send {
    /// The next piece; nothing at the end.
    fn next(&mut self) -> Fut<'_, WorkspaceResult<Option<Bytes>>>;
}

/// Bytes of a file: all of them, or those of a window.
pub trait FileBody: Chunks {
    /// Leaves `skip` bytes out and ends after `take`; to be called before the first piece is pulled.
    fn narrow(&mut self, skip: u64, take: u64) -> Fut<'_, WorkspaceResult<()>>;
}

/// The events of a workspace's commands, one by one, from a place on. A slow reader costs nothing and misses nothing.
pub trait BashFollower: Send {
    /// The next event, as soon as there is one; nothing once the workspace is closed. Dropping the future loses nothing.
    fn next(&mut self) -> Fut<'_, WorkspaceResult<Option<BashEvent>>>;
}

/// Commands, files and history of one place.
pub trait Workspace: Send + Sync {
    /// Starts a command; its output comes as events.
    fn start(&self, request: ExecuteBashRequest) -> Fut<'_, WorkspaceResult<BashCommand>>;

    /// Runs a command to its end and joins its output. Dropping the future leaves the command running.
    fn execute(&self, request: ExecuteBashRequest) -> Fut<'_, WorkspaceResult<BashOutput>>;

    /// Ends a command with everything it started; one that has ended already is fine.
    fn stop(&self, command: BashId) -> Fut<'_, WorkspaceResult<()>>;

    /// A page of events.
    fn bash_events(&self, search: BashSearch) -> Fut<'_, WorkspaceResult<BashEventPage>>;

    /// The events of these names, each if there is one.
    fn bash_events_by_id(
        &self,
        ids: Vec<String>,
    ) -> Fut<'_, WorkspaceResult<Vec<Option<BashEvent>>>>;

    /// Removes all events; how many there were.
    fn clear_bash_events(&self) -> Fut<'_, WorkspaceResult<u64>>;

    /// Hears events from `place` on.
    fn follow_bash(&self, place: BashPlace) -> Fut<'_, WorkspaceResult<Box<dyn BashFollower>>>;

    /// Puts a file at a path, with the directories above it; a reader sees the old file or the new one, never a half.
    fn upload(
        &self,
        path: String,
        body: Box<dyn Chunks>,
    ) -> Fut<'_, WorkspaceResult<FileUploadResult>>;

    /// A file's bytes.
    fn download(&self, path: String) -> Fut<'_, WorkspaceResult<Download>>;

    /// The file that a web server would show for a path below `root`; never one that lies outside of it.
    fn page(&self, root: PathBuf, path: String) -> Fut<'_, WorkspaceResult<Download>>;

    /// Makes a directory and those above it.
    fn create_directory(&self, path: String) -> Fut<'_, WorkspaceResult<()>>;

    /// Where a person looks for workspaces first.
    fn home(&self, include_hidden: bool) -> Fut<'_, WorkspaceResult<HomeResponse>>;

    /// The directories in a directory.
    fn subdirectories(
        &self,
        search: SubdirectorySearch,
    ) -> Fut<'_, WorkspaceResult<SubdirectoryPage>>;

    /// A directory as one file.
    fn archive(&self, request: ArchiveRequest) -> Fut<'_, WorkspaceResult<Archive>>;

    /// What differs between a repository's files and a commit: the one named, else where its work began.
    fn git_changes(
        &self,
        path: String,
        base: Option<String>,
    ) -> Fut<'_, WorkspaceResult<Vec<GitChange>>>;

    /// A file then and now.
    fn git_diff(&self, path: String, sides: GitSides) -> Fut<'_, WorkspaceResult<GitDiff>>;

    /// The newest commits of a repository.
    fn git_commits(&self, path: String, limit: u32) -> Fut<'_, WorkspaceResult<GitCommitsPage>>;

    /// What a commit changed.
    fn git_commit_changes(
        &self,
        path: String,
        commit: String,
    ) -> Fut<'_, WorkspaceResult<Vec<GitChange>>>;

    /// Ends everything that runs.
    fn close(&self) -> Fut<'_, ()>;
}

/// Where the commands of a conversation run, and where their events are kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WorkspaceScope {
    /// The directory that no path may leave, and the one commands start in.
    pub root: PathBuf,
    /// Where the events of its commands are kept.
    pub bash_events: PathBuf,
}

/// A check-out that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorktreeRequest {
    /// A directory of the repository.
    pub directory: PathBuf,
    /// Where check-outs are put.
    pub place: PathBuf,
    /// The name that tells this one from the others.
    pub name: String,
    /// How the name of its branch begins.
    pub branch_prefix: String,
    /// Where its branch begins.
    pub point: WorktreePoint,
}

/// Where a branch begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WorktreePoint {
    /// At the newest commit of the remote's default branch, else of the local one.
    #[default]
    DefaultBranch,
    /// At what is checked out now.
    Head,
    /// At this commit.
    Ref(String),
}

/// A check-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worktree {
    /// Where it lies.
    pub root: PathBuf,
    /// The directory in it that matches the one asked for.
    pub directory: PathBuf,
    /// Its branch.
    pub branch: String,
}

/// The workspaces of one place.
pub trait Workspaces: Send + Sync {
    /// The one that any path belongs to.
    fn shared(&self) -> Arc<dyn Workspace>;

    /// The one of a conversation.
    fn scoped(&self, scope: WorkspaceScope) -> Arc<dyn Workspace>;

    /// Ends what runs in the workspace of a conversation that is about to be removed, and forgets it.
    fn release(&self, scope: WorkspaceScope) -> Fut<'_, ()>;

    /// Makes a directory ready to be worked in: there, and under version control.
    fn prepare(&self, directory: PathBuf) -> Fut<'_, WorkspaceResult<()>>;

    /// Checks out a repository once more, on a branch of its own; nothing if the directory is in none.
    fn worktree(&self, request: WorktreeRequest) -> Fut<'_, WorkspaceResult<Option<Worktree>>>;

    /// Closes all of them.
    fn close(&self) -> Fut<'_, ()>;
}
