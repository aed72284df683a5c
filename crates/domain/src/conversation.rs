//! The port to conversations: what can be asked of one, and what can be heard from it. Knows no agent.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Fut;
use crate::event::DEFAULT_REJECTION;
use crate::executor::Executor;
use crate::id::{ConversationId, EventId};
use crate::json::Map;
use crate::llm::{Delta, Llm, LlmError};
use crate::log::{Log, LogError};
use crate::message::Message;
use crate::metrics::Stats;
use crate::secret::Lookup;
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

/// What can be asked of a conversation. None of it waits for a tool; `Ask`, `Title` and `Condense` wait for a model.
#[derive(Clone, Debug)]
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
    /// Shorten the history now.
    Condense,
    /// Make a name from the first words of the person; records nothing but the cost.
    Title {
        /// Who is asked, if not the agent's model.
        llm: Option<Box<LlmSpec>>,
        /// How many characters it may have.
        max_length: usize,
    },
    /// Work until a judge says that an objective is met.
    Goal(Goal),
}

/// How many characters a name has at most, if nobody says otherwise.
pub const TITLE_LENGTH: usize = 50;

/// What can be asked of a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Pursue one from the beginning.
    Start {
        /// What must be true in the end.
        objective: String,
        /// How often the judge is asked at most.
        max_iterations: u32,
    },
    /// Give up the one that is pursued; a run that is under way goes on.
    Stop,
    /// Go on with the last one that was interrupted.
    Resume,
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
    /// Other skills, suffixes and MCP servers for the agent, as a plugin adds them; its model and tools stay.
    Context {
        /// The agent's new context.
        agent_context: Option<Arc<Value>>,
        /// Its new MCP servers, by name.
        mcp_config: Map,
        /// The new hooks.
        hook_config: Option<Value>,
    },
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Whether its head was moved before every event.
    pub head_is_empty: bool,
    /// What it keeps of itself besides events.
    pub ledger: Arc<Ledger>,
    /// The goal that is or was last pursued.
    pub goal: Option<Arc<GoalStatus>>,
}

/// What a conversation keeps of itself besides events; the keys are those of its state on the wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// Skills that words of the person set off.
    pub activated_knowledge_skills: Vec<String>,
    /// Rules that the touch of a file set off.
    pub activated_path_rules: Vec<String>,
    /// Skills that the agent asked for.
    pub invoked_skills: Vec<String>,
    /// Actions that a hook refused, and why.
    pub blocked_actions: BTreeMap<EventId, String>,
    /// Messages that a hook refused, and why.
    pub blocked_messages: BTreeMap<EventId, String>,
    /// What parts of the agent remember.
    pub agent_state: Map,
}

/// How far the pursuit of a goal is: the value of the state key `goal`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoalStatus {
    /// Whether it is pursued now.
    pub active: bool,
    /// How it stands.
    pub status: GoalStanding,
    /// How often the judge has spoken.
    pub iteration: u32,
    /// How often the judge is asked at most.
    pub max_iterations: u32,
    /// What must be true in the end.
    pub objective: String,
    /// What the judge said last.
    #[serde(default)]
    pub verdict: Option<GoalVerdict>,
}

/// How a goal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalStanding {
    /// It is pursued.
    Running,
    /// The judge says it is met.
    Complete,
    /// It was not met in as many rounds as it had.
    Capped,
    /// It was given up, and can be taken up again.
    Interrupted,
}

/// What a judge says of a goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoalVerdict {
    /// How sure it is that all of it is done, from 0 to 1.
    pub score: f64,
    /// Whether it is met.
    pub complete: bool,
    /// What is missing.
    #[serde(default)]
    pub missing: String,
}

/// What to copy of a conversation, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Fork {
    /// The conversation.
    pub from: ConversationId,
    /// The last event to copy, or everything.
    pub at: Option<EventId>,
    /// The name of the copy.
    pub to: ConversationId,
    /// Its name for people.
    pub title: Option<String>,
    /// Its labels.
    pub tags: BTreeMap<String, String>,
    /// Whether it begins with what the original has used, instead of nothing.
    pub keep_stats: bool,
}

impl Fork {
    /// A copy of everything, which has used nothing.
    pub fn new(from: ConversationId, to: ConversationId) -> Self {
        Self {
            from,
            at: None,
            to,
            title: None,
            tags: BTreeMap::new(),
            keep_stats: false,
        }
    }
}

/// A conversation in the catalogue: enough to list, sort, filter and count without opening it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Its name.
    pub id: ConversationId,
    /// What it is doing, or was when it was last seen.
    pub status: Status,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The conversation that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ConversationId>,
    /// When it was made: microseconds since the Unix epoch.
    pub created_at: i64,
    /// When it last changed: microseconds since the Unix epoch.
    pub updated_at: i64,
    /// Why no more than this is known of it, if its log cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

impl Card {
    /// Of one of which nothing else is known.
    pub fn of_damaged(id: ConversationId, fault: String) -> Self {
        Self {
            id,
            status: Status::Error,
            title: None,
            tags: BTreeMap::new(),
            parent: None,
            created_at: 0,
            updated_at: 0,
            fault: Some(fault),
        }
    }
}

impl Glance {
    /// When it was made: microseconds since the Unix epoch.
    pub fn created_at(&self) -> i64 {
        self.start.created_at
    }

    /// What the catalogue says of it.
    pub fn card(&self) -> Card {
        Card {
            id: self.start.id,
            status: self.status,
            title: self.start.title.clone(),
            tags: self.start.tags.clone(),
            parent: self.start.parent,
            created_at: self.start.created_at,
            updated_at: self.updated_at,
            fault: None,
        }
    }
}

/// All conversations of one place.
pub trait Conversations: Send + Sync {
    /// Starts one.
    fn create(&self, start: Start) -> Fut<'_, Result<Arc<dyn Conversation>, CommandError>>;
    /// Opens one, or hands out the one that is open.
    fn open(&self, id: ConversationId) -> Fut<'_, Result<Arc<dyn Conversation>, CommandError>>;
    /// Makes a copy up to an event, or of everything.
    fn fork(&self, fork: Fork) -> Fut<'_, Result<Arc<dyn Conversation>, CommandError>>;
    /// All there are, newest first.
    fn list(&self) -> Fut<'_, Result<Vec<ConversationId>, CommandError>>;
    /// Removes one whole.
    fn delete(&self, id: ConversationId) -> Fut<'_, Result<(), CommandError>>;

    /// What is known of one, without opening it for writing.
    fn glance(&self, id: ConversationId) -> Fut<'_, Result<Glance, CommandError>> {
        Box::pin(async move { Ok(self.open(id).await?.glance()) })
    }

    /// All there are, those made last first. One that cannot be read is listed with what is known of it.
    fn catalogue(&self) -> Fut<'_, Result<Vec<Arc<Card>>, CommandError>> {
        Box::pin(async move {
            let mut cards = Vec::new();
            for id in self.list().await? {
                let card = match self.glance(id).await {
                    Ok(glance) => glance.card(),
                    Err(CommandError::NotFound(_) | CommandError::Log(LogError::NotFound(_))) => {
                        continue;
                    }
                    Err(error) => Card::of_damaged(id, error.to_string()),
                };
                cards.push(Arc::new(card));
            }
            cards.sort_by_key(|card| std::cmp::Reverse((card.created_at, card.id)));
            Ok(cards)
        })
    }

    /// Whether one is in memory.
    fn is_open(&self, id: ConversationId) -> bool;

    /// Lets one go from memory; the next `open` brings it back. A `Conflict` while it works, or while somebody holds it
    /// or listens to it. Fine if it is not in memory.
    fn release(&self, id: ConversationId) -> Fut<'_, Result<(), CommandError>>;

    /// Resolves when all that was recorded so far is on the disk, notes included: the machine may be frozen then.
    fn flush(&self) -> Fut<'_, Result<(), CommandError>>;

    /// The directory of one, for what belongs to it beside its log; nothing if it is elsewhere.
    fn home(&self, id: ConversationId) -> Option<PathBuf>;
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
    /// What fetches secrets that are kept elsewhere; without it they have no value.
    fn lookup(&self) -> Option<Arc<dyn Lookup>> {
        None
    }
}
