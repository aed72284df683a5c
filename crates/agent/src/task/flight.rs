//! What is under way outside the task: one question to the model, the calls of one batch, or
//! the summing up of the history. Never two of them.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;

use domain::{ActionEvent, Completion, EventId, Fut, LlmError, Observation, Resources, ToolError};
use tokio::sync::watch;

use super::condensing::Summary;
use tokio::task::{self, JoinSet};

/// What is under way.
pub(crate) enum Flight {
    None,
    Thinking(Thinking),
    Working(Working),
    Condensing(Condensing),
}

/// A history that is summed up.
pub(crate) struct Condensing {
    pub summary: Fut<'static, Summary>,
}

/// A question to the model.
pub(crate) struct Thinking {
    /// The event its reply will be.
    pub item: EventId,
    /// Whose call it is, in the statistics.
    pub usage_id: String,
    pub reply: Fut<'static, Result<Completion, LlmError>>,
}

/// The calls of one batch.
pub(crate) struct Working {
    /// In call order.
    pub calls: Vec<Assigned>,
    pub queue: VecDeque<usize>,
    pub running: JoinSet<(usize, Outcome)>,
    /// Which call a running task carries out.
    pub under_way: HashMap<task::Id, usize>,
    pub done: BTreeMap<usize, Outcome>,
    /// The first call whose result is not written yet.
    pub written: usize,
    /// Held by every call that runs.
    pub hands: Hands,
    /// Held by calls of the batch before that were cut off and have not let go yet.
    pub before: Hands,
}

/// What calls hold while they run; whoever comes after them can wait until it is free.
pub(crate) type Hands = Arc<watch::Sender<()>>;

/// One call.
#[derive(Clone)]
pub(crate) struct Assigned {
    pub id: EventId,
    pub action: Arc<ActionEvent>,
    pub resources: Resources,
    /// Whether it changes nothing.
    pub read_only: bool,
}

/// What came of a call.
pub(crate) struct Outcome {
    pub result: Result<Observation, ToolError>,
    /// What else the agent should know.
    pub notes: Vec<String>,
}

impl From<Result<Observation, ToolError>> for Outcome {
    fn from(result: Result<Observation, ToolError>) -> Self {
        Self {
            result,
            notes: Vec::new(),
        }
    }
}

/// What came back.
#[expect(clippy::large_enum_variant, reason = "what lands is taken in at once")]
pub(crate) enum Landing {
    Reply(EventId, String, Box<Result<Completion, LlmError>>),
    Result(usize, Outcome),
    Summary(Box<Summary>),
}

impl Flight {
    /// Resolves when something comes back; never while nothing is under way.
    pub(crate) async fn land(&mut self) -> Landing {
        match self {
            Self::None => std::future::pending().await,
            Self::Thinking(thinking) => {
                let reply = (&mut thinking.reply).await;
                let (item, usage_id) = (thinking.item.clone(), thinking.usage_id.clone());
                *self = Self::None;
                Landing::Reply(item, usage_id, Box::new(reply))
            }
            Self::Working(working) => working.land().await,
            Self::Condensing(condensing) => {
                let summary = (&mut condensing.summary).await;
                *self = Self::None;
                Landing::Summary(Box::new(summary))
            }
        }
    }

    /// Drops whatever is under way.
    pub(crate) fn cancel(&mut self) {
        *self = Self::None;
    }
}

/// A model's client that panics must not take the conversation with it: nothing where it did.
pub(crate) async fn unless_it_panics<T>(mut work: Fut<'_, T>) -> Option<T> {
    std::future::poll_fn(move |cx| {
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(Poll::Ready(done)) => Poll::Ready(Some(done)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(_) => Poll::Ready(None),
        }
    })
    .await
}

impl Working {
    /// A batch of which nothing has begun.
    pub(crate) fn new(calls: Vec<Assigned>, before: Hands) -> Self {
        Self {
            hands: Hands::default(),
            before,
            queue: (0..calls.len()).collect(),
            calls,
            running: JoinSet::new(),
            under_way: HashMap::new(),
            done: BTreeMap::new(),
            written: 0,
        }
    }

    /// Starts a call.
    pub(crate) fn start(
        &mut self,
        index: usize,
        work: impl Future<Output = (usize, Outcome)> + Send + 'static,
    ) {
        self.queue.retain(|i| *i != index);
        let task = self.running.spawn(work);
        self.under_way.insert(task.id(), index);
    }

    async fn land(&mut self) -> Landing {
        match self.running.join_next_with_id().await {
            Some(landed) => {
                let (index, outcome) = self.landed(landed);
                Landing::Result(index, outcome)
            }
            None => std::future::pending().await,
        }
    }

    /// Stops every call. What had come back by then counts.
    pub(crate) fn cut_off(&mut self) -> BTreeMap<usize, Outcome> {
        while let Some(landed) = self.running.try_join_next_with_id() {
            let (index, outcome) = self.landed(landed);
            self.done.insert(index, outcome);
        }
        self.running.abort_all();
        std::mem::take(&mut self.done)
    }

    fn landed(
        &mut self,
        landed: Result<(task::Id, (usize, Outcome)), task::JoinError>,
    ) -> (usize, Outcome) {
        match landed {
            Ok((task, (index, outcome))) => {
                self.under_way.remove(&task);
                (index, outcome)
            }
            Err(error) => {
                let index = self.under_way.remove(&error.id());
                let why = "the tool broke down; this is a fault of the tool, not of the call";
                (
                    index.unwrap_or(self.written),
                    Err(ToolError(why.to_owned())).into(),
                )
            }
        }
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
