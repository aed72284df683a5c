//! The events of a conversation: pages of them, one by name, and new words of the person.

use std::sync::Arc;

use bytes::Bytes;
use domain::{Command, Content, Conversation, Entry, EventId, Log, Message, Role};
use http_kit::{Api, Body, Done, Error, Json, Path, Prepared, Query};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::conversations::One;
use crate::app::{App, refused};

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    let all = "/api/conversations/{conversation_id}/events";
    Api::tagged("Events")
        .get(
            &format!("{all}/search"),
            "search_conversation_events",
            search,
        )
        .or(404, "Conversation not found")
        .post(all, "send_message", send)
        .or(429, "Server conversation run capacity is full")
        .post(
            &format!("{all}/respond_to_confirmation"),
            "conversation_respond_to_confirmation",
            respond,
        )
        .or(404, "Item not found")
        .or(429, "Server conversation run capacity is full")
}

#[derive(Deserialize, JsonSchema)]
struct Search {
    page_id: Option<String>,
    #[serde(default = "hundred")]
    #[schemars(range(max = 100), extend("exclusiveMinimum" = 0))]
    limit: usize,
    #[serde(default)]
    sort_order: Order,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[schemars(rename = "EventSortOrder")]
enum Order {
    #[default]
    #[serde(rename = "TIMESTAMP")]
    Timestamp,
    #[serde(rename = "TIMESTAMP_DESC")]
    TimestampDesc,
}

fn hundred() -> usize {
    100
}

async fn opened(app: &App, one: &One) -> Result<Arc<dyn Conversation>, Error> {
    app.conversations().open(one.id()).await.map_err(|error| {
        let refused = refused(error);
        if refused.status() == axum::http::StatusCode::NOT_FOUND {
            return Error::not_found(format!("Conversation not found: {}", one.id()));
        }
        refused
    })
}

async fn search(
    app: App,
    (Path(one), Query(asked)): (Path<One>, Query<Search>),
) -> Result<Prepared<Value>, Error> {
    let log = opened(&app, &one).await?.log();
    if let Some(pulse) = app.pulses().felt(one.id()) {
        pulse.known();
    }
    let page = page(&*log, &asked).map_err(|error| Error::internal(&error))?;
    Ok(Prepared::new(page))
}

fn page(log: &dyn Log, asked: &Search) -> Result<Bytes, domain::LogError> {
    let length = log.len();
    let from = match asked.page_id.as_deref() {
        Some(page) => log.find(&EventId::new(page))?,
        None => None,
    };
    let limit = asked.limit as u64;
    let (entries, next): (Vec<Entry>, Option<Entry>) = match asked.sort_order {
        Order::Timestamp => {
            let mut entries = log.read(from.unwrap_or(0), asked.limit + 1)?;
            let next = (entries.len() > asked.limit)
                .then(|| entries.pop())
                .flatten();
            (entries, next)
        }
        Order::TimestampDesc => {
            let last = from.unwrap_or_else(|| length.saturating_sub(1));
            let first = (last + 1).saturating_sub(limit + 1);
            let mut entries = log.read(first, (last + 1 - first) as usize)?;
            entries.reverse();
            let next = (entries.len() > asked.limit)
                .then(|| entries.pop())
                .flatten();
            (entries, next)
        }
    };
    let mut json = Vec::with_capacity(entries.iter().map(|entry| entry.json.len() + 1).sum());
    json.extend_from_slice(b"{\"items\":[");
    for (index, entry) in entries.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        json.extend_from_slice(&entry.json);
    }
    json.extend_from_slice(b"],\"next_page_id\":");
    let next = next.and_then(|entry| {
        domain::Head::parse(&entry.json)
            .ok()
            .map(|head| head.id.to_string())
    });
    json.extend_from_slice(serde_json::json!(next).to_string().as_bytes());
    json.push(b'}');
    Ok(json.into())
}

/// New words.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct SendMessageRequest {
    #[serde(default = "user")]
    role: Speaker,
    #[serde(default)]
    content: Vec<Value>,
    /// Whether to start working at once.
    #[serde(default)]
    pub(crate) run: bool,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Speaker {
    User,
    System,
    Assistant,
    Tool,
}

fn user() -> Speaker {
    Speaker::User
}

impl From<SendMessageRequest> for Message {
    fn from(asked: SendMessageRequest) -> Self {
        let role = match asked.role {
            Speaker::User => Role::User,
            Speaker::System => Role::System,
            Speaker::Assistant => Role::Assistant,
            Speaker::Tool => Role::Tool,
        };
        let content = asked
            .content
            .into_iter()
            .filter_map(|part| serde_json::from_value::<Content>(part).ok())
            .collect();
        Message::new(role, content)
    }
}

async fn send(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<SendMessageRequest>),
) -> Result<Json<Done>, Error> {
    let conversation = opened(&app, &one).await?;
    let run = asked.run;
    let say = Command::Say {
        message: Message::from(asked),
        sender: None,
        run,
    };
    if run {
        super::conversations::go(&app, conversation, say).await?;
    } else {
        conversation.command(say).await.map_err(refused)?;
    }
    Ok(Done::ok())
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ConfirmationResponseRequest")]
struct Response {
    accept: bool,
    #[serde(default = "rejection")]
    reason: String,
}

fn rejection() -> String {
    domain::DEFAULT_REJECTION.to_owned()
}

async fn respond(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<Response>),
) -> Result<Json<Done>, Error> {
    let conversation = app.open(one.id()).await?;
    let answer = Command::Confirm {
        accept: asked.accept,
        reason: asked.reason,
    };
    if asked.accept {
        super::conversations::go(&app, conversation, answer).await?;
    } else {
        conversation.command(answer).await.map_err(refused)?;
    }
    Ok(Done::ok())
}

/// What the agent said last: when it finished, or in a message.
pub(super) fn last_words(log: &dyn Log) -> Result<String, Error> {
    const STEP: u64 = 64;
    let mut end = log.len();
    while end > 0 {
        let start = end.saturating_sub(STEP);
        let entries = log
            .read(start, (end - start) as usize)
            .map_err(|error| Error::internal(&error))?;
        if let Some(words) = entries.iter().rev().find_map(words_of) {
            return Ok(words);
        }
        end = start;
    }
    Ok(String::new())
}

fn words_of(entry: &Entry) -> Option<String> {
    let event = entry.event().ok()?;
    match event.body {
        domain::Body::Action(action) => match action.action? {
            domain::Action::Finish(finish) => Some(finish.message),
            _ => None,
        },
        domain::Body::Message(message) if event.source == domain::Source::Agent => {
            Some(message.llm_message.text())
        }
        _ => None,
    }
}
