//! The port to hands: an action goes in, an observation comes out. Knows no tool.

use std::collections::BTreeMap;

use crate::Fut;
use crate::action::Action;
use crate::observation::Observation;
use crate::secret::Secret;
use crate::tool::ToolSpec;

/// The tools of one conversation.
pub trait Executor: Send + Sync {
    /// The tools on offer, in the order they are shown.
    fn tools(&self) -> &[ToolSpec];

    /// What the action must have to itself while it runs.
    fn resources(&self, tool: &str, action: &Action) -> Resources;

    /// Carries out one action. Dropping the future interrupts it: a running command gets its C-c.
    ///
    /// A tool's own failure is an observation with `is_error`; `Err` means the tool itself broke.
    /// `progress` hears output as it comes; it may be dropped without harm.
    fn run<'a>(
        &'a self,
        call: Call<'a>,
        progress: &'a (dyn Fn(&str) + Send + Sync),
    ) -> Fut<'a, Result<Observation, ToolError>>;

    /// Ends everything the tools started.
    fn close(&self) -> Fut<'_, ()>;
}

/// One action to carry out.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The model's name for it.
    pub id: &'a str,
    /// The tool.
    pub tool: &'a str,
    /// What to do.
    pub action: &'a Action,
    /// Secrets this one call may see in its environment.
    pub env: &'a BTreeMap<String, Secret>,
}

/// What an action must have to itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resources {
    /// Nothing: it may run beside anything.
    None,
    /// These, by name, such as `file:/a` or `terminal:session`.
    Keys(Vec<String>),
    /// Its whole tool.
    Tool,
}

/// A tool that broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ToolError(pub String);
