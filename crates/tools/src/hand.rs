//! One tool at work: pairs actions with the tool that carries them out. Knows no loop.

use std::path::PathBuf;
use std::sync::Arc;

use domain::{Action, Call, Observation, Resources, ToolError};
use tokio::task::spawn_blocking;

use crate::editor::Editor;
use crate::terminal::Terminal;
use crate::tracker::Tracker;
use crate::walk::{PATIENCE, Stop};
use crate::{finish, glob, grep, think};

/// A tool of one conversation.
pub(crate) enum Hand {
    /// `terminal`
    Terminal(Terminal),
    /// `file_editor`
    Editor(Arc<Editor>),
    /// `task_tracker`
    Tracker(Arc<Tracker>),
    /// `grep`
    Grep(Arc<Search>),
    /// `glob`
    Glob(Arc<Search>),
    /// `finish`
    Finish,
    /// `think`
    Think,
}

/// Where `grep` and `glob` look.
#[derive(Debug)]
pub(crate) struct Search {
    /// Where relative paths start.
    pub workspace: PathBuf,
    /// What `~` stands for.
    pub home: Option<PathBuf>,
}

impl Hand {
    /// What the action must have to itself.
    pub(crate) fn resources(&self, action: &Action) -> Resources {
        match (self, action) {
            (Self::Editor(editor), Action::FileEditor(action)) => {
                let subject = editor.subject(&action.path);
                Resources::Keys(vec![format!("file:{}", subject.display())])
            }
            (Self::Terminal(_), _) => Resources::Keys(vec!["terminal:session".to_owned()]),
            (Self::Grep(_) | Self::Glob(_) | Self::Finish | Self::Think, _) => Resources::None,
            (Self::Editor(_) | Self::Tracker(_), _) => Resources::Tool,
        }
    }

    /// Carries out one action; `progress` hears output as it comes.
    pub(crate) async fn run(
        &self,
        call: Call<'_>,
        progress: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<Observation, ToolError> {
        match (self, call.action) {
            (Self::Terminal(terminal), Action::Terminal(action)) => {
                let done = terminal.run(action, call.env, progress).await?;
                Ok(Observation::Terminal(done))
            }
            (Self::Editor(editor), Action::FileEditor(action)) => {
                let (editor, action) = (Arc::clone(editor), action.clone());
                let done = blocking(move || editor.run(&action)).await?;
                Ok(Observation::FileEditor(done))
            }
            (Self::Tracker(tracker), Action::TaskTracker(action)) => {
                let (tracker, action) = (Arc::clone(tracker), action.clone());
                let done = blocking(move || tracker.run(&action)).await?;
                Ok(Observation::TaskTracker(done))
            }
            (Self::Grep(search), Action::Grep(action)) => {
                let (search, action) = (Arc::clone(search), action.clone());
                let found = searching(move |stop| grep::run(&search.workspace, &action, stop));
                Ok(Observation::Grep(found.await?))
            }
            (Self::Glob(search), Action::Glob(action)) => {
                let (search, action) = (Arc::clone(search), action.clone());
                let found = searching(move |stop| {
                    glob::run(&search.workspace, search.home.as_deref(), &action, stop)
                });
                Ok(Observation::Glob(found.await?))
            }
            (Self::Finish, Action::Finish(action)) => Ok(Observation::Finish(finish::run(action))),
            (Self::Think, Action::Think(_)) => Ok(Observation::Think(think::run())),
            (_, action) => Err(ToolError(format!(
                "The tool '{}' cannot carry out a {}.",
                call.tool,
                action.kind()
            ))),
        }
    }

    /// Ends what the tool has started.
    pub(crate) async fn close(&self) {
        if let Self::Terminal(terminal) = self {
            terminal.close().await;
        }
    }
}

/// A search that ends when its future is dropped or its time is up.
async fn searching<T: Send + 'static>(
    work: impl FnOnce(&Stop) -> T + Send + 'static,
) -> Result<T, ToolError> {
    let stop = Stop::after(PATIENCE);
    let _guard = stop.on_drop();
    blocking(move || work(&stop)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ToolError> {
    let done = spawn_blocking(work).await;
    done.map_err(|e| ToolError(format!("The tool broke down: {e}.")))
}

#[cfg(test)]
mod tests;
