//! `/sockets/session/{id}`: events with their places, so that a client resumes where it was, and replies as they are made.

use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::{ConversationId, Delta, Entry, EventId, Live};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::entrance::{
    CROWDED, Caller, Closing, DENIED, GOING, caller, close, introduced, unopened,
};
use super::feed::{Feed, Tell};
use super::voice::{Turn, fence, hear, put, put_fence, turn};
use crate::app::App;

/// What a client may say when it knocks.
#[derive(Deserialize)]
pub(super) struct Knock {
    session_api_key: Option<String>,
    /// The last place it knows; -1 for none. Without it only what happens from now on is told.
    after_seq: Option<i64>,
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
            ended = serve(&app, id, knock.after_seq, known, &mut socket) => ended,
            () = stop.cancelled() => Some(GOING),
        };
        if let Some(closing) = ended {
            close(socket, closing).await;
        }
    })
}

async fn serve(
    app: &App,
    id: ConversationId,
    after: Option<i64>,
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
    let length = conversation.log().len();
    let first = after.map(|after| u64::try_from(after.saturating_add(1)).unwrap_or(0));
    let from = first.unwrap_or(length).min(length);
    let feed = Feed::new(app.clone(), conversation, pulse, ear, from);
    let mut session = Session {
        app,
        feed,
        socket,
        item: None,
    };
    match session.run(after, length).await {
        Ok(()) => Some(GOING),
        Err(_) => None,
    }
}

struct Session<'a> {
    app: &'a App,
    feed: Feed,
    socket: &'a mut WebSocket,
    /// The reply that is being made.
    item: Option<Item>,
}

struct Item {
    id: EventId,
    anchor: u64,
    attempt: u32,
    order: u64,
    started: bool,
}

impl Session<'_> {
    async fn run(&mut self, after: Option<i64>, length: u64) -> Result<(), axum::Error> {
        self.sync(after, length).await?;
        while self.feed.told() < length {
            let entries = self.feed.read();
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                self.durable(&entry).await?;
            }
        }
        self.transient(self.feed.state()).await?;
        loop {
            match turn(&mut self.feed, self.socket).await? {
                Turn::Tell(Some(tell)) => self.render(tell).await?,
                Turn::Tell(None) => return Ok(()),
                Turn::Heard(frame) => self.heard(frame).await?,
            }
        }
    }

    async fn sync(&mut self, after: Option<i64>, length: u64) -> Result<(), axum::Error> {
        let mut frame = Map::new();
        frame.insert("type".to_owned(), "sync".into());
        if let Some(after) = after {
            frame.insert("from_seq".to_owned(), after.into());
        }
        if let Some(last) = length.checked_sub(1) {
            frame.insert("through_seq".to_owned(), last.into());
        }
        self.tell(Value::Object(frame)).await
    }

    async fn tell(&mut self, frame: Value) -> Result<(), axum::Error> {
        put(self.socket, frame.to_string().into()).await
    }

    async fn transient(&mut self, state: Bytes) -> Result<(), axum::Error> {
        let frame = [b"{\"type\":\"transient\",\"event\":", &*state, b"}"].concat();
        put(self.socket, frame.into()).await
    }

    async fn durable(&mut self, entry: &Entry) -> Result<(), axum::Error> {
        let head = format!("{{\"type\":\"durable\",\"seq\":{},\"event\":", entry.seq);
        let frame = [head.as_bytes(), &*entry.json, b"}"].concat();
        put(self.socket, frame.into()).await
    }

    async fn render(&mut self, tell: Tell) -> Result<(), axum::Error> {
        match tell {
            Tell::Events(entries) => {
                for entry in entries {
                    self.durable(&entry).await?;
                }
                Ok(())
            }
            Tell::State(state) => self.transient(state).await,
            Tell::Fence(fence) => put_fence(self.socket, fence).await,
            Tell::Live(live) => self.live(live).await,
        }
    }

    async fn live(&mut self, live: Live) -> Result<(), axum::Error> {
        match live {
            Live::Started { item, anchor } => {
                self.item = Some(Item {
                    id: item,
                    anchor,
                    attempt: 1,
                    order: 0,
                    started: false,
                });
                Ok(())
            }
            Live::Delta { item, delta } => self.delta(&item, delta).await,
            Live::Aborted { item, reason } => match self.item.take() {
                Some(open) if open.id == item && open.started => {
                    self.tell(json!({
                        "type": "item_aborted",
                        "item_id": item,
                        "attempt": open.attempt,
                        "reason": reason,
                    }))
                    .await
                }
                _ => Ok(()),
            },
            Live::Output { .. } | Live::Status(_) => Ok(()),
        }
    }

    async fn delta(&mut self, id: &EventId, delta: Delta) -> Result<(), axum::Error> {
        let Some(item) = self.item.as_mut().filter(|item| item.id == *id) else {
            return Ok(());
        };
        let (kind, piece) = match delta {
            Delta::Attempt(attempt) => {
                item.attempt = attempt;
                item.order = 0;
                item.started = false;
                return Ok(());
            }
            Delta::Text(piece) => ("text", piece),
            Delta::Reasoning(piece) => ("reasoning", piece),
            Delta::Retry { .. } | Delta::Call { .. } => return Ok(()),
        };
        if !std::mem::replace(&mut item.started, true) {
            let mut frame = json!({"type": "item_started", "item_id": id, "attempt": item.attempt});
            if let (Some(last), Some(frame)) = (item.anchor.checked_sub(1), frame.as_object_mut()) {
                frame.insert("anchor_seq".to_owned(), last.into());
            }
            put(self.socket, frame.to_string().into()).await?;
        }
        let frame = json!({
            "type": "delta",
            "item_id": id,
            "attempt": item.attempt,
            "order": item.order,
            "kind": kind,
            "content": piece.content,
            "chunk_id": piece.chunk_id,
            "choice_index": piece.choice_index,
        });
        item.order += 1;
        put(self.socket, frame.to_string().into()).await
    }

    async fn heard(&mut self, frame: Frame) -> Result<(), axum::Error> {
        if let Some(fence) = fence(&frame) {
            self.feed.pass(fence);
        }
        let Frame::Text(text) = frame else {
            return Ok(());
        };
        let Err(refused) = hear(self.app, &self.feed.conversation, &text).await else {
            return Ok(());
        };
        self.tell(json!({"type": "error", "code": refused.code, "detail": refused.detail}))
            .await
    }
}
