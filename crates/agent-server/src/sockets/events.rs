//! `/sockets/events/{id}`: the whole state, then what was, then what is, in one stream without gap or repeat.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message as Frame, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::{Command, Conversation, ConversationId, Heard, Listener, Log, Message, Status};
use serde_json::{Value, json};

use crate::app::App;
use crate::door;
use crate::snapshot::full_state;

/// How long a client may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many events are read at once.
const STRIDE: usize = 256;

/// Refused for good: wrong key.
const DENIED: u16 = 4_001;
/// Refused for good: no such conversation.
const UNKNOWN: u16 = 4_004;

/// From which event on a client wants what was.
enum Replay {
    None,
    All,
    Since(String),
}

pub(super) async fn open(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let (Some(id), Some(replay)) = (ConversationId::parse(&id), replay(&query)) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let key = query
        .get("session_api_key")
        .map(String::as_str)
        .or_else(|| headers.get(door::KEY).and_then(|key| key.to_str().ok()));
    let known = match key {
        _ if app.keys().open() => true,
        Some(key) if app.keys().opens(key) => true,
        Some(_) => return StatusCode::FORBIDDEN.into_response(),
        None => false,
    };
    upgrade.on_upgrade(move |socket| async move {
        let session = Session {
            app,
            id,
            replay,
            socket,
        };
        session.serve(known).await;
    })
}

fn replay(query: &HashMap<String, String>) -> Option<Replay> {
    let since = query.get("after_timestamp");
    match query.get("resend_mode").map(String::as_str) {
        Some("all") => Some(Replay::All),
        Some("since") => Some(since.map_or(Replay::None, |time| Replay::Since(time.clone()))),
        Some(_) => None,
        None if query.get("resend_all").is_some_and(|all| all == "true") => Some(Replay::All),
        None => Some(Replay::None),
    }
}

struct Session {
    app: App,
    id: ConversationId,
    replay: Replay,
    socket: WebSocket,
}

impl Session {
    async fn serve(mut self, known: bool) {
        if !known && !self.introduced().await {
            return self.close(DENIED, "Authentication failed").await;
        }
        let Ok(conversation) = self.app.open(self.id).await else {
            return self.close(UNKNOWN, "Conversation not found").await;
        };
        let log = conversation.log();
        let from = match &self.replay {
            Replay::None => log.len(),
            Replay::All => 0,
            Replay::Since(time) => first_since(&*log, time),
        };
        let mut stream = Stream {
            listener: conversation.listen(),
            root: self.app.config().conversations_path.clone(),
            next: from,
            rested: false,
            conversation,
            log,
        };
        let _ = stream.run(&mut self).await;
    }

    /// Whether the first message carries a key.
    async fn introduced(&mut self) -> bool {
        let Ok(Some(Ok(Frame::Text(text)))) =
            tokio::time::timeout(PATIENCE, self.socket.recv()).await
        else {
            return false;
        };
        let Ok(said) = serde_json::from_str::<Value>(&text) else {
            return false;
        };
        said.get("type").and_then(Value::as_str) == Some("auth")
            && said
                .get("session_api_key")
                .and_then(Value::as_str)
                .is_some_and(|key| self.app.keys().opens(key))
    }

    async fn close(mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame {
            code,
            reason: Utf8Bytes::from_static(reason),
        };
        let _ = self.socket.send(Frame::Close(Some(frame))).await;
    }
}

/// The place of the first event that is not older than a naive time.
fn first_since(log: &dyn Log, time: &str) -> u64 {
    let (mut low, mut high) = (0, log.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let stamp = log.read(middle, 1).ok().and_then(|read| {
            let entry = read.first()?;
            Some(domain::Head::parse(&entry.json).ok()?.timestamp.to_string())
        });
        if stamp.is_some_and(|stamp| stamp.as_str() < time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// What one client still has to be told.
struct Stream {
    conversation: Arc<dyn Conversation>,
    log: Arc<dyn Log>,
    listener: Box<dyn Listener>,
    root: std::path::PathBuf,
    next: u64,
    rested: bool,
}

impl Stream {
    async fn run(&mut self, session: &mut Session) -> Result<(), axum::Error> {
        self.tell_state(session).await?;
        loop {
            self.tell_events(session).await?;
            if std::mem::take(&mut self.rested) {
                self.tell_state(session).await?;
            }
            tokio::select! {
                grown = self.log.grown(self.next) => {
                    if grown.is_err() {
                        return Ok(());
                    }
                }
                heard = self.listener.hear() => match heard {
                    Some(Heard::Live(live)) => self.tell_live(session, live).await?,
                    Some(Heard::Missed(_)) => {}
                    None => return Ok(()),
                },
                said = session.socket.recv() => match said {
                    Some(Ok(Frame::Text(text))) => self.hear_words(session, &text).await?,
                    Some(Ok(Frame::Close(_)) | Err(_)) | None => return Ok(()),
                    Some(Ok(_)) => {}
                },
                () = session.app.stop().clone().cancelled_owned() => return Ok(()),
            }
        }
    }

    async fn tell_state(&mut self, session: &mut Session) -> Result<(), axum::Error> {
        let glance = self.conversation.glance();
        let state = full_state(&glance, &self.root, session.app.clock());
        tell(&mut session.socket, &state).await
    }

    async fn tell_events(&mut self, session: &mut Session) -> Result<(), axum::Error> {
        while let Ok(entries) = self.log.read(self.next, STRIDE) {
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                self.next = entry.seq + 1;
                tell(&mut session.socket, &entry.json).await?;
                if let Some(status) = status_of(&entry.json) {
                    self.rested = status != Status::Running;
                }
            }
        }
        Ok(())
    }

    async fn tell_live(
        &mut self,
        session: &mut Session,
        live: domain::Live,
    ) -> Result<(), axum::Error> {
        let domain::Live::Delta { delta, .. } = live else {
            return Ok(());
        };
        if !self.conversation.glance().start.agent.llm.stream {
            return Ok(());
        }
        let (key, piece) = match delta {
            domain::Delta::Text(piece) => ("content", piece),
            domain::Delta::Reasoning(piece) => ("reasoning_content", piece),
            _ => return Ok(()),
        };
        let mut frame = json!({
            "id": session.app.clock().uuid(),
            "timestamp": session.app.clock().stamp(),
            "source": "agent",
        });
        frame[key] = piece.content.into();
        frame["kind"] = "StreamingDeltaEvent".into();
        tell(&mut session.socket, frame.to_string().as_bytes()).await
    }

    /// Words of the person that come by the socket set the agent to work.
    async fn hear_words(&mut self, session: &mut Session, text: &str) -> Result<(), axum::Error> {
        let said: Value = match serde_json::from_str(text) {
            Ok(said) => said,
            Err(error) => return refuse(session, "JSONDecodeError", &error.to_string()).await,
        };
        if said.get("type").and_then(Value::as_str) == Some("auth") {
            return Ok(());
        }
        let message: Message = match serde_json::from_value(said) {
            Ok(message) => message,
            Err(error) => return refuse(session, "ValidationError", &error.to_string()).await,
        };
        let say = Command::Say {
            message,
            sender: None,
            run: true,
        };
        match self.conversation.command(say).await {
            Ok(_) => Ok(()),
            Err(error) => refuse(session, "ValueError", &error.to_string()).await,
        }
    }
}

async fn refuse(session: &mut Session, code: &str, detail: &str) -> Result<(), axum::Error> {
    let frame = json!({
        "id": session.app.clock().uuid(),
        "timestamp": session.app.clock().stamp(),
        "source": "environment",
        "code": code,
        "detail": detail,
        "kind": "ServerErrorEvent",
    });
    tell(&mut session.socket, frame.to_string().as_bytes()).await
}

/// The status that an event announces, if it is one that does.
fn status_of(json: &[u8]) -> Option<Status> {
    const MARK: &[u8] = b"\"key\":\"execution_status\"";
    if json.len() > 512 || !json.windows(MARK.len()).any(|window| window == MARK) {
        return None;
    }
    let event: Value = serde_json::from_slice(json).ok()?;
    serde_json::from_value(event.get("value")?.clone()).ok()
}

async fn tell(socket: &mut WebSocket, json: &[u8]) -> Result<(), axum::Error> {
    let text = Utf8Bytes::try_from(bytes::Bytes::copy_from_slice(json)).unwrap_or_default();
    socket.send(Frame::Text(text)).await
}
