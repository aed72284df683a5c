//! Hands whose tools are closures, and which remember what they did. Touches nothing.
//!
//! ```
//! use testkit::hands::{Scripted, Tool};
//!
//! let hands = Scripted::new()
//!     .with(Tool::echo("echo"))
//!     .with(Tool::terminal(|command| format!("ran {command}")))
//!     .with(Tool::finish());
//! ```

mod tool;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Action, Call, Executor, Fut, Observation, Resources, ToolError, ToolSpec};
use tokio::sync::watch;

pub use tool::{Tool, told};

/// An executor that does what its tools' closures say.
#[derive(Debug)]
pub struct Scripted {
    specs: Vec<ToolSpec>,
    tools: Vec<Tool>,
    ledger: Arc<Ledger>,
}

#[derive(Debug)]
struct Ledger {
    calls: Mutex<Vec<Called>>,
    changed: watch::Sender<()>,
    closed: watch::Sender<bool>,
}

/// A call as it was carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Called {
    /// The model's name for it.
    pub id: String,
    /// The tool.
    pub tool: String,
    /// What was to be done.
    pub action: Action,
    /// The names of the secrets it was given.
    pub secrets: Vec<String>,
    /// How it went.
    pub went: Went,
    /// How many calls were running when it began, itself included.
    pub beside: usize,
}

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// It is running.
    On,
    /// It gave an observation.
    Well,
    /// The tool broke.
    Wrong,
    /// It was dropped before it was done.
    Interrupted,
}

impl Default for Scripted {
    fn default() -> Self {
        Self::new()
    }
}

impl Scripted {
    /// Hands without tools.
    pub fn new() -> Self {
        Self {
            specs: Vec::new(),
            tools: Vec::new(),
            ledger: Arc::new(Ledger {
                calls: Mutex::default(),
                changed: watch::Sender::new(()),
                closed: watch::Sender::new(false),
            }),
        }
    }

    /// Adds a tool.
    #[must_use]
    pub fn with(mut self, tool: Tool) -> Self {
        self.specs.push(tool.spec.clone());
        self.tools.push(tool);
        self
    }

    /// What was done so far, in the order in which it began.
    pub fn calls(&self) -> Vec<Called> {
        self.ledger.lock().clone()
    }

    /// How often a tool was called so far.
    pub fn count(&self, tool: &str) -> usize {
        let calls = self.ledger.lock();
        calls.iter().filter(|call| call.tool == tool).count()
    }

    /// Resolves with all calls once something holds of them.
    pub async fn until(&self, holds: impl Fn(&[Called]) -> bool) -> Vec<Called> {
        let mut changed = self.ledger.changed.subscribe();
        loop {
            let calls = self.calls();
            if holds(&calls) {
                return calls;
            }
            // The sender lives in `self`, so this cannot fail.
            let _ = changed.changed().await;
        }
    }

    /// Resolves once so many calls have begun.
    pub async fn begun(&self, count: usize) -> Vec<Called> {
        self.until(|calls| calls.len() >= count).await
    }

    /// Whether the hands were closed.
    pub fn is_closed(&self) -> bool {
        *self.ledger.closed.borrow()
    }

    fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.spec.name == name)
    }
}

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, Vec<Called>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(self: &Arc<Self>, call: Call<'_>) -> Line {
        let mut calls = self.lock();
        let running = calls.iter().filter(|call| call.went == Went::On).count();
        calls.push(Called {
            id: call.id.to_owned(),
            tool: call.tool.to_owned(),
            action: call.action.clone(),
            secrets: call.env.keys().cloned().collect(),
            went: Went::On,
            beside: running + 1,
        });
        let at = calls.len() - 1;
        drop(calls);
        self.changed.send_replace(());
        Line {
            ledger: Arc::clone(self),
            at,
            went: Went::Interrupted,
        }
    }
}

/// A line of the ledger while its call runs; dropped early, it says so.
struct Line {
    ledger: Arc<Ledger>,
    at: usize,
    went: Went,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.ledger.lock()[self.at].went = self.went;
        self.ledger.changed.send_replace(());
    }
}

impl Executor for Scripted {
    fn tools(&self) -> &[ToolSpec] {
        &self.specs
    }

    fn resources(&self, tool: &str, action: &Action) -> Resources {
        match self.tool(tool) {
            Some(tool) => (tool.resources)(action),
            None => Resources::Tool,
        }
    }

    fn run<'a>(
        &'a self,
        call: Call<'a>,
        progress: &'a (dyn Fn(&str) + Send + Sync),
    ) -> Fut<'a, Result<Observation, ToolError>> {
        Box::pin(async move {
            let mut line = self.ledger.begin(call);
            let result = match self.tool(call.tool) {
                Some(tool) => (tool.run)(call, progress).await,
                None => Err(ToolError(format!("there is no tool {:?}", call.tool))),
            };
            line.went = if result.is_ok() {
                Went::Well
            } else {
                Went::Wrong
            };
            result
        })
    }

    fn close(&self) -> Fut<'_, ()> {
        Box::pin(async {
            self.ledger.closed.send_replace(true);
        })
    }
}

#[cfg(test)]
mod tests;
