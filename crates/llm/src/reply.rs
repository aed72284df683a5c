//! What comes back: a reply in one of three dialects, whole or in pieces. Knows no connection and no request.

mod anthropic;
mod chat;
mod responses;

use domain::{
    Content, Delta, Message, Origin, Piece, ReasoningItem, Role, ThinkingBlock, ToolCall,
};

use crate::cost::Tokens;
use crate::dialect::Dialect;
use crate::failure::Failure;
use crate::sse::Event;

/// Where deltas go.
pub(crate) type Hear<'a> = &'a mut dyn FnMut(Delta);

/// Listens to one reply.
pub(crate) trait Listener: Send {
    /// Takes a reply that came as one.
    fn whole(&mut self, body: &[u8]) -> Result<(), Failure>;
    /// Takes a piece of a reply that is streamed.
    fn event(&mut self, event: &Event, hear: Hear<'_>) -> Result<(), Failure>;
    /// Whether nothing more is to be waited for.
    fn is_over(&self) -> bool;
    /// Whether all that matters has come, though a last word may follow.
    fn has_all(&self) -> bool {
        self.is_over()
    }
    /// The reply, once nothing more comes.
    fn finish(self: Box<Self>) -> Result<Reply, Failure>;
}

/// Someone who understands the dialect.
pub(crate) fn listener(dialect: Dialect) -> Box<dyn Listener> {
    match dialect {
        Dialect::Chat => Box::<chat::Chat>::default(),
        Dialect::Responses => Box::<responses::Responses>::default(),
        Dialect::Anthropic => Box::<anthropic::Anthropic>::default(),
    }
}

/// A reply, understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reply {
    pub id: String,
    pub text: String,
    pub reasoning: String,
    pub thoughts: Vec<ThinkingBlock>,
    pub item: Option<ReasoningItem>,
    pub calls: Vec<ToolCall>,
    pub tokens: Tokens,
    /// What it cost, where the provider says so.
    pub cost: Option<f64>,
}

impl Reply {
    /// The message it is.
    pub fn message(self) -> Message {
        let some = |text: String| (!text.is_empty()).then_some(text);
        let content = some(self.text).map(Content::text);
        Message {
            tool_calls: (!self.calls.is_empty()).then_some(self.calls),
            reasoning_content: some(self.reasoning),
            thinking_blocks: self.thoughts,
            responses_reasoning_item: self.item,
            ..Message::new(Role::Assistant, content.into_iter().collect())
        }
    }
}

/// A call while it is written.
#[derive(Clone, Debug, Default)]
struct Draft {
    id: String,
    item: Option<String>,
    name: String,
    arguments: String,
}

/// Calls as they will be kept: each with an id of its own, and with arguments.
fn calls(drafts: Vec<Draft>, origin: Origin) -> Vec<ToolCall> {
    let mut calls: Vec<ToolCall> = Vec::new();
    for draft in drafts {
        let taken = calls.iter().any(|c| c.id == draft.id);
        let id = if draft.id.is_empty() || taken {
            format!("call_{}", uuid::Uuid::new_v4().simple())
        } else {
            draft.id
        };
        let arguments = if draft.arguments.trim().is_empty() {
            "{}".to_owned()
        } else {
            draft.arguments
        };
        calls.push(ToolCall {
            id,
            responses_item_id: draft.item,
            name: draft.name,
            arguments,
            origin,
        });
    }
    calls
}

/// Every reply has a name; some servers forget to give it.
fn named(id: String) -> String {
    if id.is_empty() {
        format!("reply-{}", uuid::Uuid::new_v4())
    } else {
        id
    }
}

fn piece(content: &str, chunk_id: &str) -> Piece {
    Piece {
        content: content.to_owned(),
        chunk_id: chunk_id.to_owned(),
        choice_index: 0,
    }
}

/// A stream that stopped in the middle.
fn cut_short() -> Failure {
    Failure::unreadable("the reply broke off before its end.")
}

fn not_json(body: &[u8], error: &serde_json::Error) -> Failure {
    let text = String::from_utf8_lossy(body);
    let start: String = text.trim().chars().take(120).collect();
    Failure::unreadable(if start.is_empty() {
        "the reply was empty.".to_owned()
    } else {
        format!("the reply could not be read ({error}): {start}")
    })
}

#[cfg(test)]
mod tests;
