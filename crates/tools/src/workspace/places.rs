//! The workspaces of one place: the whole machine's, and one a conversation. Knows no conversation.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{
    Clock, Fut, Workspace, WorkspaceResult, WorkspaceScope, Workspaces, Worktree, WorktreeRequest,
};

use super::blocking;
use super::files;
use super::git::{self, Git};
use super::local::{Config, Local};
use crate::environment;

/// How many workspaces of conversations are kept before those that nobody uses are let go.
const KEPT: usize = 64;

/// The workspaces of this machine, each opened when it is first asked for.
pub struct Places {
    config: Config,
    clock: Arc<dyn Clock>,
    git: Git,
    shared: Arc<Local>,
    scoped: Mutex<HashMap<WorkspaceScope, Arc<Local>>>,
}

impl Places {
    /// The workspaces of this machine; `config` is that of the one for everybody. To be called where a runtime is.
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Self {
        Self {
            git: Git::new(&environment::for_commands(&config.environment)),
            shared: Arc::new(Local::new(config.clone(), clock.clone())),
            scoped: Mutex::default(),
            config,
            clock,
        }
    }

    fn open(&self, scope: &WorkspaceScope) -> Arc<Local> {
        let config = Config {
            root: Some(scope.root.clone()),
            bash_events: scope.bash_events.clone(),
            bash_retention: None,
            ..self.config.clone()
        };
        Arc::new(Local::new(config, self.clock.clone()))
    }
}

impl Workspaces for Places {
    fn shared(&self) -> Arc<dyn Workspace> {
        self.shared.clone()
    }

    fn scoped(&self, scope: WorkspaceScope) -> Arc<dyn Workspace> {
        let mut scoped = self.scoped.lock().unwrap_or_else(PoisonError::into_inner);
        if scoped.len() >= KEPT && !scoped.contains_key(&scope) {
            scoped.retain(|_, local| Arc::strong_count(local) > 1 || !local.is_idle());
        }
        scoped
            .entry(scope)
            .or_insert_with_key(|scope| self.open(scope))
            .clone()
    }

    fn release(&self, scope: WorkspaceScope) -> Fut<'_, ()> {
        Box::pin(async move {
            let local = {
                let mut scoped = self.scoped.lock().unwrap_or_else(PoisonError::into_inner);
                scoped.remove(&scope)
            };
            if let Some(local) = local {
                local.close().await;
            }
        })
    }

    fn prepare(&self, directory: PathBuf) -> Fut<'_, WorkspaceResult<()>> {
        Box::pin(async move {
            let made = directory.clone();
            blocking(move || files::create_directory(&made)).await?;
            git::prepare(&self.git, &directory).await
        })
    }

    fn worktree(&self, request: WorktreeRequest) -> Fut<'_, WorkspaceResult<Option<Worktree>>> {
        Box::pin(async move { git::worktree(&self.git, &request).await })
    }

    fn close(&self) -> Fut<'_, ()> {
        Box::pin(async {
            let scoped: Vec<Arc<Local>> = {
                let mut scoped = self.scoped.lock().unwrap_or_else(PoisonError::into_inner);
                scoped.drain().map(|(_, local)| local).collect()
            };
            for local in scoped.iter().chain([&self.shared]) {
                local.close().await;
            }
        })
    }
}
