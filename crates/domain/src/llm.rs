//! The port to models: a prompt goes in, a reply and droppable deltas come out. Knows no provider.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Fut;
use crate::event::{Classification, FailureKind, UserAction};
use crate::message::Message;
use crate::metrics::TokenUsage;
use crate::tool::ToolSchema;

/// A model that can be asked.
pub trait Llm: Send + Sync {
    /// Asks once, with retries inside. Dropping the future cancels the call.
    ///
    /// `deltas` hears the reply as it is made, if the prompt asks to stream; every retry announces itself as a new
    /// attempt, and nothing heard of an earlier attempt counts.
    fn complete<'a>(
        &'a self,
        prompt: Prompt,
        deltas: &'a (dyn Fn(Delta) + Send + Sync),
    ) -> Fut<'a, Result<Completion, LlmError>>;

    /// What the model can do and how much it holds.
    fn features(&self) -> Features;
}

/// What a model is asked.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// The history, system message first. Shared with the state it was built from, so that asking costs nothing.
    pub messages: Arc<Vec<Arc<Message>>>,
    /// Tools it may call.
    pub tools: Arc<[ToolSchema]>,
    /// Indices of messages up to whose end a provider with explicit marks should cache, ascending.
    pub cache_marks: Vec<usize>,
    /// What lets calls of one conversation (and its forks) share a cache.
    pub cache_key: Option<String>,
    /// Whether deltas are wanted.
    pub stream: bool,
}

/// What a model can do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// The model's name, as configured.
    pub model: String,
    /// It sees images.
    pub vision: bool,
    /// How many tokens it can take, where known.
    pub max_input_tokens: Option<u64>,
    /// How many tokens it can make, where known.
    pub max_output_tokens: Option<u64>,
}

/// A model's reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// The provider's name for it.
    pub id: String,
    /// An assistant message.
    pub message: Message,
    /// What it used; `response_id` is the reply's id.
    pub tokens: TokenUsage,
    /// What it cost in US dollars; zero where no price is known.
    pub cost: f64,
    /// How long the successful attempt took, in seconds.
    pub latency: f64,
}

/// A piece of a reply while it is made. May be dropped without harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// A new attempt, counted from 1; what came before is void.
    Attempt(u32),
    /// An attempt failed and another one follows after the wait.
    Retry {
        /// Why, in one line.
        reason: String,
        /// How long until the next attempt.
        wait: Duration,
    },
    /// Text for people.
    Text(Piece),
    /// Visible reasoning.
    Reasoning(Piece),
    /// Arguments of a tool call are being written.
    Call {
        /// Which call of the reply.
        index: usize,
        /// The tool, once known.
        name: String,
        /// More of the arguments.
        arguments: String,
    },
}

/// A piece of streamed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub content: String,
    /// The provider's name for the reply.
    pub chunk_id: String,
    /// Which of several replies.
    pub choice_index: u32,
}

/// Why a model gave no reply; variants are what the caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LlmErrorKind {
    /// The history is longer than the model can take: condense.
    ContextWindow,
    /// The provider refuses the shape of the history: rebuild it.
    MalformedHistory,
    /// The key is missing or refused: ask the person.
    Auth,
    /// Too many requests, after all retries.
    RateLimit,
    /// The account is used up.
    Quota,
    /// It took too long, after all retries.
    Timeout,
    /// The provider is down or unreachable, after all retries.
    Unavailable,
    /// The request was refused for another reason.
    BadRequest,
    /// The provider will not answer this.
    ContentPolicy,
    /// The reply was empty or could not be read, after all retries.
    NoResponse,
    /// The configuration cannot work.
    Config,
}

/// A failed call: what happened, to which model, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlmError {
    /// What the caller can do.
    pub kind: LlmErrorKind,
    /// The provider.
    pub provider: String,
    /// The model.
    pub model: String,
    /// The HTTP status, if there was one.
    pub status: Option<u16>,
    /// What the provider said, or what went wrong; no secrets.
    pub message: String,
    /// The way out, as a sentence.
    pub hint: String,
}

impl fmt::Display for LlmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.provider, self.model)?;
        if let Some(status) = self.status {
            write!(f, " answered {status}")?;
        }
        write!(f, ": {}", self.message)?;
        if !self.hint.is_empty() {
            write!(f, " {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for LlmError {}

impl LlmErrorKind {
    /// The `code` of the conversation error it becomes.
    pub fn code(self) -> &'static str {
        match self {
            Self::ContextWindow => "LLMContextWindowExceedError",
            Self::MalformedHistory => "LLMMalformedConversationHistoryError",
            Self::Auth => "LLMAuthenticationError",
            Self::RateLimit | Self::Quota => "LLMRateLimitError",
            Self::Timeout => "LLMTimeoutError",
            Self::Unavailable => "LLMServiceUnavailableError",
            Self::BadRequest | Self::Config => "LLMBadRequestError",
            Self::ContentPolicy => "LLMContentPolicyViolationError",
            Self::NoResponse => "LLMNoResponseError",
        }
    }

    /// How clients should present it.
    pub fn classification(self) -> Classification {
        let (kind, retryable, user_action) = match self {
            Self::Auth => (FailureKind::Auth, false, UserAction::Settings),
            Self::Quota => (FailureKind::Quota, false, UserAction::Settings),
            Self::RateLimit => (FailureKind::RateLimit, true, UserAction::Retry),
            Self::Timeout | Self::Unavailable | Self::NoResponse => {
                (FailureKind::Transient, true, UserAction::Retry)
            }
            Self::BadRequest | Self::Config => (FailureKind::Config, false, UserAction::Settings),
            Self::ContextWindow | Self::MalformedHistory | Self::ContentPolicy => {
                (FailureKind::AgentAction, false, UserAction::None)
            }
        };
        Classification {
            kind,
            retryable,
            user_action,
            error_id: None,
        }
    }
}
