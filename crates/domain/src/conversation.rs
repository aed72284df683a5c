//! The port to conversations: what can be asked of one, and what can be heard from it. Knows no agent.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Fut;
use crate::event::DEFAULT_REJECTION;
use crate::executor::Executor;
use crate::id::{ConversationId, EventId};
use crate::llm::{Delta, Llm, LlmError};
use crate::log::{Log, LogError};
use crate::message::Message;
use crate::metrics::Stats;
use crate::spec::{ConfirmationPolicy, LlmSpec, SecretSource, Start};

/// What a conversation is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing.
    #[default]
    Idle,
    /// Working.
    Running,
    /// Stopped by the person.
    Paused,
    /// Asking the person.
    WaitingForConfirmation,
    /// Done.
    Finished,
    /// Stopped by an error.
    Error,
    /// Stopped because it went in circles.
    Stuck,
    /// Being removed.
    Deleting,
}

impl Status {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::WaitingForConfirmation => "waiting_for_confirmation",
            Self::Finished => "finished",
            Self::Error => "error",
            Self::Stuck => "stuck",
            Self::Deleting => "deleting",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What can be asked of a conversation. None of it waits for a tool or a model, but `Ask`.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "commands pass one at a time and are never stored"
)]
pub enum Command {
    /// Words of the person.
    Say {
        /// The words; their role must be `user`.
        message: Message,
        /// Another agent, if one wrote them.
        sender: Option<String>,
        /// Whether to start working at once.
        run: bool,
    },
    /// Start or go on working; approves what waits for confirmation.
    Run,
    /// Stop before the next step.
    Pause,
    /// Stop now.
    Interrupt,
    /// Answer what waits for confirmation.
    Confirm {
        /// Yes or no.
        accept: bool,
        /// Why not.
        reason: String,
    },
    /// Change a setting.
    Update(Setting),
    /// Move the head of the event tree; nothing means before every event.
    Navigate(Option<EventId>),
    /// A question beside the conversation: history goes in, nothing is recorded but the cost.
    Ask(String),
}

impl Command {
    /// A plain message that starts the agent.
    pub fn say(text: impl Into<String>) -> Self {
        Self::Say {
            message: Message::user(text),
            sender: None,
            run: true,
        }
    }

    /// A refusal without a reason.
    pub fn reject() -> Self {
        Self::Confirm {
            accept: false,
            reason: DEFAULT_REJECTION.to_owned(),
        }
    }
}

/// A setting that may change while a conversation lives.
#[derive(Clone, Debug)]
pub enum Setting {
    /// When the person is asked.
    ConfirmationPolicy(ConfirmationPolicy),
    /// Who judges risks.
    SecurityAnalyzer(Option<Value>),
    /// More secrets.
    Secrets(BTreeMap<String, SecretSource>),
    /// Another model, from the next step on.
    Llm(Box<LlmSpec>),
    /// Labels.
    Tags(BTreeMap<String, String>),
    /// A name for people.
    Title(String),
    /// How many steps one run may take.
    MaxIterations(u32),
    /// What one run may cost, in US dollars.
    Budget(Option<f64>),
}

/// What a command gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Done, and durable.
    Done,
    /// The message was recorded as this event.
    Said(EventId),
    /// The answer to a question.
    Answer(String),
}

/// Why a command was refused; variants are what the caller can do about it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommandError {
    /// It makes no sense now.
    #[error("{0}")]
    Conflict(String),
    /// Something in it is wrong.
    #[error("{0}")]
    Invalid(String),
    /// What it names does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The inbox is full.
    #[error("the conversation is busy; try again")]
    Busy,
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The model failed.
    #[error(transparent)]
    Llm(#[from] LlmError),
    /// The conversation is closed.
    #[error("the conversation is closed")]
    Closed,
}

/// What can be heard from a conversation besides its events. May be dropped without harm.
#[derive(Clone, Debug, PartialEq)]
pub enum Live {
    /// A reply is being made; its event will have this id.
    Started {
        /// The id of the event to come.
        item: EventId,
        /// How many events there were.
        anchor: u64,
    },
    /// A piece of that reply.
    Delta {
        /// The id of the event to come.
        item: EventId,
        /// The piece.
        delta: Delta,
    },
    /// No event will come of it.
    Aborted {
        /// The id it would have had.
        item: EventId,
        /// `no_durable_event`, `cancelled` or the name of an error.
        reason: String,
    },
    /// Output of a running tool.
    Output {
        /// The event of the action.
        action: EventId,
        /// More output.
        text: String,
    },
    /// The state moved.
    Status(Status),
}

/// The ear of one listener; a slow one misses pieces, and is told how many.
pub trait Listener: Send {
    /// The next thing heard; nothing once the conversation is closed.
    fn hear(&mut self) -> Fut<'_, Option<Heard>>;
}

/// What a listener hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Something.
    Live(Live),
    /// That many things were missed.
    Missed(u64),
}

/// One open conversation.
pub trait Conversation: Send + Sync {
    /// Its name.
    fn id(&self) -> ConversationId;
    /// Asks something of it; resolves when that is recorded, not when the work is done.
    fn command(&self, command: Command) -> Fut<'_, Result<Reply, CommandError>>;
    /// Its events.
    fn log(&self) -> Arc<dyn Log>;
    /// What it is doing, used and was started with, as of now.
    fn glance(&self) -> Glance;
    /// Resolves once the predicate holds of the status, or the conversation is closed.
    fn settled<'a>(&'a self, until: &'a (dyn Fn(Status) -> bool + Send + Sync)) -> Fut<'a, Status>;
    /// What can be heard from now on.
    fn listen(&self) -> Box<dyn Listener>;
    /// Stops work, writes what is left and lets go of the log.
    fn close(&self) -> Fut<'_, Result<(), LogError>>;
}

/// A conversation at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct Glance {
    /// What it is doing.
    pub status: Status,
    /// What it has used.
    pub stats: Arc<Stats>,
    /// What it was started with, later settings applied.
    pub start: Arc<Start>,
    /// The leaf of the active branch.
    pub leaf: Option<EventId>,
    /// The last message of the person.
    pub last_user_message: Option<EventId>,
    /// When it last changed: microseconds since the Unix epoch.
    pub updated_at: i64,
}

/// All conversations of one place.
pub trait Conversations: Send + Sync {
    /// Starts one.
    fn create(&self, start: Start) -> Fut<'_, Result<Arc<dyn Conversation>, CommandError>>;
    /// Opens one, or hands out the one that is open.
    fn open(&self, id: ConversationId) -> Fut<'_, Result<Arc<dyn Conversation>, CommandError>>;
    /// Makes a copy up to an event, or of everything.
    fn fork(
        &self,
        from: ConversationId,
        at: Option<EventId>,
        to: ConversationId,
    ) -> Fut<'_, Result<Arc<dyn Conversation>, CommandError>>;
    /// All there are, newest first.
    fn list(&self) -> Fut<'_, Result<Vec<ConversationId>, CommandError>>;
    /// Removes one whole.
    fn delete(&self, id: ConversationId) -> Fut<'_, Result<(), CommandError>>;
}

/// Makes what a conversation works with from what it was started with.
pub trait Outfit: Send + Sync {
    /// The model.
    fn llm(&self, spec: &LlmSpec) -> Result<Arc<dyn Llm>, LlmError>;
    /// The tools; `outputs` is where they put what is too large for an event.
    fn executor(
        &self,
        start: &Start,
        outputs: &std::path::Path,
    ) -> Result<Arc<dyn Executor>, CommandError>;
}
