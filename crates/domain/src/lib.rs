//! The nouns of OpenHands and the ports between its rooms.
//!
//! Knows no runtime, network, file, clock or randomness: ids and time are passed in.

mod action;
mod clock;
mod conversation;
mod event;
mod executor;
mod fact;
mod id;
mod json;
mod llm;
mod log;
mod message;
mod metrics;
mod observation;
mod parts;
mod secret;
mod shelf;
mod spec;
mod tool;
mod workspace;

use std::future::Future;
use std::pin::Pin;

/// A boxed future: what the ports return.
pub type Fut<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

pub use action::*;
pub use clock::{Clock, Stamp};
pub use conversation::*;
pub use event::*;
pub use executor::{Call, Executor, Resources, ToolError};
pub use fact::Fact;
pub use id::{ConversationId, EventId};
pub use json::{Map, python_style};
pub use llm::{Completion, Delta, Features, Llm, LlmError, LlmErrorKind, Piece, Prompt};
pub use log::{Draft, Entry, Journal, Listed, Log, LogError, Mark, Past, Reached, Record};
pub use message::{
    Content, Message, Origin, ReasoningItem, Role, TextContent, ThinkingBlock, ToolCall,
};
pub use metrics::{Cost, Latency, Metrics, Snapshot, Stats, TokenUsage, Usage};
pub use observation::*;
pub use parts::*;
pub use secret::{Lookup, LookupError, MASK, Secret, Vault};
pub use shelf::{Held, Shelf, ShelfError};
pub use spec::*;
pub use tool::{Annotations, Parameters, Risk, ToolCard, ToolSchema, ToolSpec};
pub use workspace::*;
