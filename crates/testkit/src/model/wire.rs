//! Replies and errors in the words of each provider. Knows no socket.

mod anthropic;
mod chat;
mod errors;
mod models;
mod responses;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::dialect::Dialect;
use super::player::Play;
use super::reply::{Reply, Used, pieces};

pub(super) use errors::{failure, in_stream, status};
pub(super) use models::models;

/// When every reply was made, in seconds since the Unix epoch.
const CREATED: i64 = crate::clock::START / 1_000_000;

/// What a request wants of the shape of its answer; the rest of it is not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wants {
    pub model: String,
    pub stream: bool,
    stream_options: Option<StreamOptions>,
    include: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StreamOptions {
    include_usage: bool,
}

impl Wants {
    fn usage(&self) -> bool {
        self.stream_options
            .as_ref()
            .is_some_and(|options| options.include_usage)
    }

    fn encrypted_reasoning(&self) -> bool {
        self.include
            .iter()
            .flatten()
            .any(|wanted| wanted == "reasoning.encrypted_content")
    }
}

/// A reply about to be written.
pub(super) struct Rendering<'a> {
    pub wants: &'a Wants,
    pub play: &'a Play,
    pub reply: &'a Reply,
}

impl Rendering<'_> {
    /// The answer to a request that does not stream.
    pub fn whole(&self, dialect: Dialect) -> Value {
        match dialect {
            Dialect::Chat => chat::whole(self),
            Dialect::Responses => responses::whole(self),
            Dialect::Anthropic => anthropic::whole(self),
        }
    }

    /// The events of a stream, ready to be sent.
    pub fn events(&self, dialect: Dialect) -> Vec<Bytes> {
        match dialect {
            Dialect::Chat => chat::events(self),
            Dialect::Responses => responses::events(self),
            Dialect::Anthropic => anthropic::events(self),
        }
    }

    /// An id in the provider's manner: `prefix_script_number`.
    fn id(&self, prefix: &str) -> String {
        format!("{prefix}{}_{}", self.slug(), self.play.number)
    }

    fn part_id(&self, prefix: &str, index: usize) -> String {
        format!("{}_{index}", self.id(prefix))
    }

    fn call_id(&self, prefix: &str, index: usize) -> String {
        match &self.reply.calls[index].id {
            Some(id) => id.clone(),
            None => self.part_id(prefix, index),
        }
    }

    fn slug(&self) -> &str {
        match &*self.play.script {
            "" => "script",
            name => name,
        }
    }

    fn seal(&self, given: Option<&String>) -> String {
        given.cloned().unwrap_or_else(|| self.id("seal_"))
    }

    fn pieces<'t>(&self, text: &'t str) -> Vec<&'t str> {
        pieces(text, self.play.turn.pace.piece)
    }

    fn used(&self) -> Used {
        self.reply.used
    }
}

/// An unnamed event.
fn data(value: &Value) -> Bytes {
    Bytes::from(format!("data: {value}\n\n"))
}

/// An event under the name of its `type`.
fn event(value: &Value) -> Bytes {
    let name = value["type"].as_str().unwrap_or_default();
    Bytes::from(format!("event: {name}\ndata: {value}\n\n"))
}
