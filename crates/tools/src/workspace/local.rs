//! A workspace on this machine, behind the port of the domain.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::{
    Archive, ArchiveRequest, BashCommand, BashEvent, BashEventPage, BashFollower, BashId,
    BashOutput, BashPlace, BashSearch, Chunks, Clock, Download, ExecuteBashRequest,
    FileUploadResult, Fut, GitChange, GitCommitsPage, GitDiff, GitSides, HomeResponse,
    SubdirectoryPage, SubdirectorySearch, Workspace, WorkspaceError, WorkspaceResult,
};

use super::archive;
use super::bash::{self, Bash, Shells};
use super::blocking;
use super::files;
use super::git::{self, Git};
use super::path::Bounds;
use crate::environment;

/// What a workspace is made from.
#[derive(Clone, Debug)]
pub struct Config {
    /// The directory that no path may leave, and the one commands start in; none for the whole machine.
    pub root: Option<PathBuf>,
    /// Where the events of commands are kept; made when needed.
    pub bash_events: PathBuf,
    /// How long events are kept; for ever if nothing is said.
    pub bash_retention: Option<Duration>,
    /// How many commands may run at once.
    pub commands: usize,
    /// How many characters of one command's output are kept.
    pub output: usize,
    /// The shell of commands.
    pub shell: PathBuf,
    /// Our own environment; commands see it without our keys.
    pub environment: Vec<(String, String)>,
    /// The person's own directory.
    pub home: PathBuf,
}

impl Config {
    /// The whole machine, with the usual limits.
    pub fn new(bash_events: impl Into<PathBuf>, home: impl Into<PathBuf>) -> Self {
        Self {
            root: None,
            bash_events: bash_events.into(),
            bash_retention: None,
            commands: 256,
            output: 64 * 1024 * 1024,
            shell: shell(),
            environment: Vec::new(),
            home: home.into(),
        }
    }
}

/// Bash where it usually is, else a plain POSIX shell.
fn shell() -> PathBuf {
    let usual = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"].map(PathBuf::from);
    let bash = usual.into_iter().find(|path| path.exists());
    bash.unwrap_or_else(|| PathBuf::from("/bin/sh"))
}

/// A workspace on this machine.
pub struct Local {
    bash: Arc<Bash>,
    bounds: Bounds,
    git: Git,
    home: PathBuf,
}

impl Local {
    /// Opens a workspace; to be called where a runtime is. Nothing is read or started until it is asked for.
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Self {
        let environment = environment::for_commands(&config.environment);
        let bash = bash::Config {
            events: config.bash_events,
            directory: config.root.clone(),
            shells: Shells::new(config.shell, &environment),
            environment: environment.clone().into(),
            at_once: config.commands,
            output_limit: config.output,
            retention: config.bash_retention,
        };
        Self {
            bash: Bash::new(bash, clock),
            bounds: Bounds::new(config.root.as_deref()),
            git: Git::new(&environment),
            home: config.home,
        }
    }

    /// Whether nothing runs and nobody follows.
    pub(super) fn is_idle(&self) -> bool {
        self.bash.is_idle()
    }

    fn may_start(&self, request: &ExecuteBashRequest) -> WorkspaceResult<()> {
        match &request.cwd {
            Some(cwd) if !self.bounds.start(cwd) => Err(WorkspaceError::Outside("cwd")),
            Some(_) | None => Ok(()),
        }
    }
}

impl Workspace for Local {
    fn start(&self, request: ExecuteBashRequest) -> Fut<'_, WorkspaceResult<BashCommand>> {
        Box::pin(async {
            self.may_start(&request)?;
            self.bash.start(request).await
        })
    }

    fn execute(&self, request: ExecuteBashRequest) -> Fut<'_, WorkspaceResult<BashOutput>> {
        Box::pin(async {
            self.may_start(&request)?;
            self.bash.execute(request).await
        })
    }

    fn stop(&self, command: BashId) -> Fut<'_, WorkspaceResult<()>> {
        Box::pin(self.bash.stop(command))
    }

    fn bash_events(&self, search: BashSearch) -> Fut<'_, WorkspaceResult<BashEventPage>> {
        Box::pin(self.bash.search(search))
    }

    fn bash_events_by_id(
        &self,
        ids: Vec<String>,
    ) -> Fut<'_, WorkspaceResult<Vec<Option<BashEvent>>>> {
        Box::pin(self.bash.by_id(ids))
    }

    fn clear_bash_events(&self) -> Fut<'_, WorkspaceResult<u64>> {
        Box::pin(self.bash.clear())
    }

    fn follow_bash(&self, place: BashPlace) -> Fut<'_, WorkspaceResult<Box<dyn BashFollower>>> {
        Box::pin(self.bash.follow(place))
    }

    fn upload(
        &self,
        path: String,
        body: Box<dyn Chunks>,
    ) -> Fut<'_, WorkspaceResult<FileUploadResult>> {
        Box::pin(async move {
            let path = self.bounds.absolute("path", &path)?;
            files::upload(path, body).await
        })
    }

    fn download(&self, path: String) -> Fut<'_, WorkspaceResult<Download>> {
        let bounds = self.bounds.clone();
        Box::pin(blocking(move || {
            files::download(&bounds.absolute("path", &path)?)
        }))
    }

    fn page(&self, root: PathBuf, path: String) -> Fut<'_, WorkspaceResult<Download>> {
        Box::pin(blocking(move || files::page(&root, &path)))
    }

    fn create_directory(&self, path: String) -> Fut<'_, WorkspaceResult<()>> {
        let bounds = self.bounds.clone();
        Box::pin(blocking(move || {
            files::create_directory(&bounds.absolute("path", &path)?)
        }))
    }

    fn home(&self, include_hidden: bool) -> Fut<'_, WorkspaceResult<HomeResponse>> {
        let home = self.home.clone();
        Box::pin(blocking(move || Ok(files::home(&home, include_hidden))))
    }

    fn subdirectories(
        &self,
        search: SubdirectorySearch,
    ) -> Fut<'_, WorkspaceResult<SubdirectoryPage>> {
        let bounds = self.bounds.clone();
        Box::pin(blocking(move || {
            let path = bounds.absolute("path", &search.path)?;
            files::subdirectories(&files::directory(path)?, &search)
        }))
    }

    fn archive(&self, request: ArchiveRequest) -> Fut<'_, WorkspaceResult<Archive>> {
        Box::pin(async move {
            let path = self.bounds.absolute("path", &request.path)?;
            archive::archive(&self.git, path, request).await
        })
    }

    fn git_changes(
        &self,
        path: String,
        base: Option<String>,
    ) -> Fut<'_, WorkspaceResult<Vec<GitChange>>> {
        Box::pin(async move {
            let path = self.bounds.check("path", &path)?;
            git::changes(&self.git, &path, base.as_deref()).await
        })
    }

    fn git_diff(&self, path: String, sides: GitSides) -> Fut<'_, WorkspaceResult<GitDiff>> {
        Box::pin(async move {
            let path = self.bounds.check("path", &path)?;
            match sides {
                GitSides::Now(base) => git::diff(&self.git, &path, base.as_deref()).await,
                GitSides::Commit(commit) => git::commit_diff(&self.git, &path, &commit).await,
            }
        })
    }

    fn git_commits(&self, path: String, limit: u32) -> Fut<'_, WorkspaceResult<GitCommitsPage>> {
        Box::pin(async move {
            let path = self.bounds.check("path", &path)?;
            git::commits(&self.git, &path, limit).await
        })
    }

    fn git_commit_changes(
        &self,
        path: String,
        commit: String,
    ) -> Fut<'_, WorkspaceResult<Vec<GitChange>>> {
        Box::pin(async move {
            let path = self.bounds.check("path", &path)?;
            git::commit_changes(&self.git, &path, &commit).await
        })
    }

    fn close(&self) -> Fut<'_, ()> {
        Box::pin(self.bash.close())
    }
}
