//! `/sockets/events/{id}`: the whole state, then what was, then what is, in one stream without gap or repeat.

use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::{ConversationId, Delta, Live, Log};
use serde::Deserialize;
use serde_json::json;

use super::entrance::{
    CROWDED, Caller, Closing, DENIED, GOING, caller, close, introduced, unopened,
};
use super::feed::{Feed, Tell};
use super::voice::{Refused, Turn, fence, hear, put, put_fence, turn};
use crate::app::App;

/// What a client may say when it knocks.
#[derive(Deserialize)]
pub(super) struct Knock {
    session_api_key: Option<String>,
    resend_mode: Option<Resend>,
    resend_all: Option<String>,
    after_timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Resend {
    All,
    Since,
}

pub(super) async fn open(
    State(app): State<App>,
    Path(id): Path<String>,
    knock: Result<Query<Knock>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let (Some(id), Ok(Query(knock))) = (ConversationId::parse(&id), knock) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let known = match caller(&app, knock.session_api_key.as_deref(), &headers) {
        Caller::Refused => return StatusCode::FORBIDDEN.into_response(),
        Caller::Known => true,
        Caller::Unknown => false,
    };
    upgrade.on_upgrade(move |mut socket| async move {
        let stop = app.stop().clone();
        let ended = tokio::select! {
            ended = serve(&app, id, &knock, known, &mut socket) => ended,
            () = stop.cancelled() => Some(GOING),
        };
        if let Some(closing) = ended {
            close(socket, closing).await;
        }
    })
}

/// Tells all there is until somebody hangs up; says how to close if it is not the client.
async fn serve(
    app: &App,
    id: ConversationId,
    knock: &Knock,
    known: bool,
    socket: &mut WebSocket,
) -> Option<Closing> {
    if !known && !introduced(app, socket).await {
        return Some(DENIED);
    }
    let conversation = match app.open(id).await {
        Ok(conversation) => conversation,
        Err(error) => return Some(unopened(&error)),
    };
    let pulse = app.pulses().of(id);
    let Some(ear) = pulse.listen() else {
        return Some(CROWDED);
    };
    let from = knock.first(&*conversation.log());
    let feed = Feed::new(app.clone(), conversation, pulse, ear, from);
    match stream(app, feed, socket).await {
        Ok(()) => Some(GOING),
        Err(_) => None,
    }
}

impl Knock {
    /// The first event the client wants.
    fn first(&self, log: &dyn Log) -> u64 {
        let all = self.resend_all.as_deref().map(str::to_ascii_lowercase);
        match (&self.resend_mode, &self.after_timestamp) {
            (Some(Resend::All), _) => 0,
            (Some(Resend::Since), Some(time)) => super::since::first(log, time),
            (None, _) if matches!(all.as_deref(), Some("true" | "1")) => 0,
            (Some(Resend::Since) | None, _) => log.len(),
        }
    }
}

async fn stream(app: &App, mut feed: Feed, socket: &mut WebSocket) -> Result<(), axum::Error> {
    put(socket, feed.state()).await?;
    loop {
        match turn(&mut feed, socket).await? {
            Turn::Tell(Some(tell)) => render(app, &mut feed, socket, tell).await?,
            Turn::Tell(None) => return Ok(()),
            Turn::Heard(Frame::Text(text)) => {
                if let Err(refused) = hear(app, &feed.conversation, &text).await {
                    put(socket, error(app, &refused)).await?;
                }
            }
            Turn::Heard(frame) => {
                if let Some(fence) = fence(&frame) {
                    feed.pass(fence);
                }
            }
        }
    }
}

async fn render(
    app: &App,
    feed: &mut Feed,
    socket: &mut WebSocket,
    tell: Tell,
) -> Result<(), axum::Error> {
    match tell {
        Tell::Events(entries) => {
            for entry in entries {
                put(socket, entry.json).await?;
            }
            Ok(())
        }
        Tell::State(state) => put(socket, state).await,
        Tell::Fence(fence) => put_fence(socket, fence).await,
        Tell::Live(Live::Delta { delta, .. }) => match piece(app, feed, delta) {
            Some(piece) => put(socket, piece).await,
            None => Ok(()),
        },
        Tell::Live(_) => Ok(()),
    }
}

/// A piece of a reply, if the conversation streams.
fn piece(app: &App, feed: &Feed, delta: Delta) -> Option<Bytes> {
    let (content, reasoning) = match delta {
        Delta::Text(piece) => (Some(piece.content), None),
        Delta::Reasoning(piece) => (None, Some(piece.content)),
        Delta::Attempt(_) | Delta::Retry { .. } | Delta::Call { .. } => return None,
    };
    if !feed.conversation.glance().start.agent.llm.stream {
        return None;
    }
    let mut frame = json!({
        "id": app.clock().uuid(),
        "timestamp": app.clock().stamp(),
        "source": "agent",
        "content": content,
        "reasoning_content": reasoning,
        "kind": "StreamingDeltaEvent",
    });
    if let Some(frame) = frame.as_object_mut() {
        frame.retain(|_, value| !value.is_null());
    }
    Some(frame.to_string().into())
}

fn error(app: &App, refused: &Refused) -> Bytes {
    let frame = json!({
        "id": app.clock().uuid(),
        "timestamp": app.clock().stamp(),
        "source": "environment",
        "code": refused.code,
        "detail": refused.detail,
        "kind": "ServerErrorEvent",
    });
    frame.to_string().into()
}
