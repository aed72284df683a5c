//! What is under way outside the task: one question to the model, or the calls of one batch. Never both.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use domain::{ActionEvent, Completion, EventId, Fut, LlmError, Observation, Resources, ToolError};
use tokio::task::JoinSet;

/// What is under way.
pub(crate) enum Flight {
    None,
    Thinking(Thinking),
    Working(Working),
}

/// A question to the model.
pub(crate) struct Thinking {
    /// The event its reply will be.
    pub item: EventId,
    pub reply: Fut<'static, Result<Completion, LlmError>>,
}

/// The calls of one batch.
pub(crate) struct Working {
    /// In call order.
    pub calls: Vec<Assigned>,
    pub queue: VecDeque<usize>,
    pub running: JoinSet<(usize, Outcome)>,
    pub done: BTreeMap<usize, Outcome>,
    /// The first call whose result is not written yet.
    pub written: usize,
}

/// One call.
#[derive(Clone)]
pub(crate) struct Assigned {
    pub id: EventId,
    pub action: Arc<ActionEvent>,
    pub resources: Resources,
    /// Whether it changes nothing.
    pub read_only: bool,
}

pub(crate) type Outcome = Result<Observation, ToolError>;

/// What came back.
#[expect(clippy::large_enum_variant, reason = "what lands is taken in at once")]
pub(crate) enum Landing {
    Reply(EventId, Box<Result<Completion, LlmError>>),
    Result(usize, Outcome),
}

impl Flight {
    /// Resolves when something comes back; never while nothing is under way.
    pub(crate) async fn land(&mut self) -> Landing {
        match self {
            Self::None => std::future::pending().await,
            Self::Thinking(thinking) => {
                let reply = (&mut thinking.reply).await;
                let item = thinking.item.clone();
                *self = Self::None;
                Landing::Reply(item, Box::new(reply))
            }
            Self::Working(working) => working.land().await,
        }
    }

    /// Drops whatever is under way.
    pub(crate) fn cancel(&mut self) {
        *self = Self::None;
    }
}

impl Working {
    async fn land(&mut self) -> Landing {
        match self.running.join_next_with_id().await {
            Some(Ok((_, (index, outcome)))) => Landing::Result(index, outcome),
            Some(Err(error)) => {
                let index = self.lost();
                Landing::Result(
                    index,
                    Err(ToolError(format!("the tool broke down: {error}"))),
                )
            }
            None => std::future::pending().await,
        }
    }

    /// A call that panicked does not say which it was: the first one under way without an outcome stands for it.
    fn lost(&self) -> usize {
        (0..self.calls.len())
            .find(|i| !self.queue.contains(i) && !self.done.contains_key(i) && *i >= self.written)
            .unwrap_or(0)
    }

    /// Whether a call may start beside those that run.
    pub(crate) fn free(&self, index: usize) -> bool {
        let mine = &self.calls[index];
        let earlier =
            (self.written..self.calls.len()).filter(|i| *i < index || !self.queue.contains(i));
        earlier
            .filter(|i| *i != index && !self.done.contains_key(i))
            .all(|i| !collide(mine, &self.calls[i]))
    }
}

fn collide(a: &Assigned, b: &Assigned) -> bool {
    match (&a.resources, &b.resources) {
        (Resources::None, _) | (_, Resources::None) => false,
        (Resources::Tool, Resources::Tool) => a.action.tool_name == b.action.tool_name,
        (Resources::Tool, Resources::Keys(_)) | (Resources::Keys(_), Resources::Tool) => {
            a.action.tool_name == b.action.tool_name
        }
        (Resources::Keys(mine), Resources::Keys(theirs)) => {
            mine.iter().any(|key| theirs.contains(key))
        }
    }
}
