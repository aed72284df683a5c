//! The events of a conversation: pages of them, how many there are, some by name, and new words of the person.

mod filter;
mod message;
mod page;

use std::sync::Arc;

use axum::http::StatusCode;
use domain::{Command, CommandError, Conversation, ConversationId, EventId, Log, Message};
use http_kit::{Api, Body, Done, Error, Json, Path, Prepared, Query};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::conversations::{One, go};
use crate::app::{App, refused};
use crate::nulls;
use crate::schemas::{As, Event};

use filter::Filter;
pub(crate) use message::SendMessageRequest;
use page::Search;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    let all = "/api/conversations/{conversation_id}/events";
    Api::tagged("Events")
        .get(&format!("{all}/search"), "search_conversation_events", search)
        .described("A page of events, in the order of the log or the other way round.")
        .or(404, "Conversation not found")
        .get(&format!("{all}/count"), "count_conversation_events", count)
        .described("How many events there are of a kind, from a source, with words in them, within a time.")
        .or(404, "Conversation not found")
        .get(&format!("{all}/{{event_id}}"), "get_conversation_event", get)
        .described("One event by its id.")
        .or(404, "Item not found")
        .get(all, "batch_get_conversation_events", batch)
        .described("Events by their ids; null for those there are not.")
        .post(all, "send_message", send)
        .described("Says something to the agent; `run` also sets it to work.")
        .or(429, "Server conversation run capacity is full")
        .post(&format!("{all}/respond_to_confirmation"), "respond_to_confirmation", respond)
        .described("Approves or refuses what waits for confirmation.")
        .or(404, "Item not found")
        .or(429, "Server conversation run capacity is full")
}

/// Opens a conversation whose events are asked for; one there is not is named in the refusal.
async fn opened(app: &App, id: ConversationId) -> Result<Arc<dyn Conversation>, Error> {
    app.open(id).await.map_err(|refused| {
        if refused.status() == StatusCode::NOT_FOUND {
            return Error::not_found(format!("Conversation not found: {id}"));
        }
        refused
    })
}

/// Reading a log may wait for the disk: it is done beside the threads that serve.
async fn reading<T: Send + 'static>(
    log: Arc<dyn Log>,
    read: impl FnOnce(&dyn Log) -> Result<T, domain::LogError> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(move || read(&*log)).await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(error)) => Err(Error::internal(&error)),
        Err(error) => Err(Error::internal(&error)),
    }
}

async fn search(
    app: App,
    (Path(one), Query(asked)): (Path<One>, Query<Search>),
) -> Result<Prepared<Value>, Error> {
    let log = opened(&app, one.id()).await?.log();
    if let Some(pulse) = app.pulses().felt(one.id()) {
        pulse.known();
    }
    reading(log, move |log| asked.page(log))
        .await
        .map(Prepared::new)
}

async fn count(
    app: App,
    (Path(one), Query(filter)): (Path<One>, Query<Filter>),
) -> Result<Json<u64>, Error> {
    let log = opened(&app, one.id()).await?.log();
    reading(log, move |log| page::count(log, &filter))
        .await
        .map(Json::ok)
}

/// Which event of which conversation.
#[derive(Deserialize, JsonSchema)]
struct Which {
    conversation_id: uuid::Uuid,
    event_id: String,
}

async fn get(app: App, Path(which): Path<Which>) -> Result<Prepared<As<Event>>, Error> {
    let log = opened(&app, ConversationId(which.conversation_id))
        .await?
        .log();
    let found = reading(log, move |log| find(log, &which.event_id)).await?;
    found
        .map(|json| Prepared::new(json.to_string()))
        .ok_or_else(|| Error::not_found("Not Found"))
}

/// An event by its name, nulls kept.
fn find(log: &dyn Log, id: &str) -> Result<Option<Value>, domain::LogError> {
    let Some(seq) = log.find(&EventId::new(id))? else {
        return Ok(None);
    };
    let read = log.read(seq, 1)?;
    Ok(read.first().map(|entry| nulls::kept(&entry.json)))
}

async fn batch(
    app: App,
    (Path(one), Body(ids)): (Path<One>, Body<Vec<String>>),
) -> Result<Prepared<Vec<Option<As<Event>>>>, Error> {
    let log = opened(&app, one.id()).await?.log();
    let found = reading(log, move |log| {
        ids.iter()
            .map(|id| find(log, id))
            .collect::<Result<Vec<_>, _>>()
    })
    .await?;
    let json = serde_json::to_vec(&found).map_err(|error| Error::internal(&error))?;
    Ok(Prepared::new(json))
}

async fn send(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<SendMessageRequest>),
) -> Result<Json<Done>, Error> {
    let conversation = opened(&app, one.id()).await?;
    let run = asked.run;
    let say = Command::Say {
        message: Message::try_from(asked)?,
        sender: None,
        run,
    };
    if run {
        go(&app, conversation, say).await?;
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
    // Whether it asks is for the conversation to say: what is known of it here may be a moment old.
    let place = app.runs().enter();
    if let (true, Err(full)) = (asked.accept, &place) {
        return Err(full.clone());
    }
    match conversation.command(answer).await {
        Ok(_) => {
            if let (true, Ok(place)) = (asked.accept, place) {
                app.keep(async move { place.until_rest(conversation).await });
            }
        }
        // Approving nothing means to go on; refusing nothing changes nothing.
        Err(CommandError::Conflict(_)) if asked.accept => {
            drop(place);
            go(&app, conversation, Command::Run).await?;
        }
        Err(CommandError::Conflict(_)) => {}
        Err(error) => return Err(refused(error)),
    }
    Ok(Done::ok())
}

/// What the agent said last: when it finished, or in a message.
pub(super) async fn last_words(log: Arc<dyn Log>) -> Result<String, Error> {
    reading(log, page::last_words).await
}
