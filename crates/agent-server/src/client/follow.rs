//! Follows a conversation over its socket: every event once and in order, whatever breaks in between.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{Delta, EventId, Heard, Live, LogError, Map, Piece, Status};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::Message as Frame;

use super::line::{Fault, Socket};
use super::remote::Held;

/// For how long nothing may be heard before the server is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(30);
/// How long to wait before each new attempt to reach the server.
const WAITS: [u64; 9] = [50, 100, 200, 400, 800, 1_600, 3_200, 3_200, 3_200];

/// Closed for good: the key is wrong, or there is no such conversation.
const DENIED: u16 = 4_001;
const UNKNOWN: u16 = 4_004;

/// Why a socket is no more.
enum Broken {
    /// It can be opened again.
    For(String),
    /// It cannot.
    Good(LogError),
}

/// What a frame says. Only what its type needs is there.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    seq: Option<u64>,
    through_seq: Option<u64>,
    anchor_seq: Option<u64>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    item_id: Option<EventId>,
    attempt: Option<u32>,
    #[serde(rename = "kind", borrow)]
    part: Option<&'a str>,
    content: Option<String>,
    chunk_id: Option<String>,
    choice_index: Option<u32>,
    reason: Option<String>,
}

/// An event that may be an update of the state.
#[derive(Deserialize)]
struct Update<'a> {
    kind: &'a str,
    key: Option<String>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

/// Follows until nothing more can come.
pub(super) async fn follow(held: Arc<Held>) {
    let mut failures = 0;
    while held.copy.goes_on() {
        let broken = match held.line.socket(&path(&held)).await {
            Ok(socket) => hear(&held, socket, &mut failures).await,
            Err(fault) => unopened(fault),
        };
        match broken {
            Broken::Good(reason) => return held.copy.end(reason),
            Broken::For(why) => {
                let Some(wait) = WAITS.get(failures) else {
                    let place = held.line.place().to_owned();
                    return held.copy.end(Fault::Unreachable { place, why }.into_log());
                };
                failures += 1;
                tracing::debug!(conversation = %held.id, why, "the socket broke; it is opened again");
                tokio::time::sleep(Duration::from_millis(*wait)).await;
                held.say(Heard::Missed(1));
            }
        }
    }
}

fn path(held: &Held) -> String {
    use domain::Log as _;
    let known = held.copy.len();
    let after = known
        .checked_sub(1)
        .map_or_else(|| "-1".to_owned(), |last| last.to_string());
    format!("/sockets/session/{}?after_seq={after}", held.id)
}

fn unopened(fault: Fault) -> Broken {
    if fault.may_pass() {
        return Broken::For(fault.into_log().to_string());
    }
    Broken::Good(fault.into_log())
}

/// Hears a socket to its end.
async fn hear(held: &Held, mut socket: Socket, failures: &mut usize) -> Broken {
    let mut quiet = false;
    let mut attempt = 1;
    loop {
        let frame = match tokio::time::timeout(SILENCE, socket.next()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) => return Broken::For(error.to_string()),
            Ok(None) => return Broken::For("the server hung up".to_owned()),
            Err(_) if quiet => return Broken::For("the server is silent".to_owned()),
            Err(_) => {
                quiet = true;
                if let Err(error) = socket.send(Frame::Ping(Bytes::new())).await {
                    return Broken::For(error.to_string());
                }
                continue;
            }
        };
        quiet = false;
        let told = match &frame {
            Frame::Text(text) => take(held, text, &mut attempt),
            Frame::Close(said) => {
                let code = said.as_ref().map_or(0, |said| u16::from(said.code));
                return closed(held, code);
            }
            Frame::Binary(_) | Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_) => Ok(()),
        };
        if let Err(broken) = told {
            return broken;
        }
        *failures = 0;
    }
}

fn closed(held: &Held, code: u16) -> Broken {
    match code {
        UNKNOWN => Broken::Good(LogError::NotFound(held.id)),
        DENIED => Broken::Good(LogError::Closed(
            ": the server does not accept the key any more".to_owned(),
        )),
        other => Broken::For(format!("the server closed the socket ({other})")),
    }
}

/// Takes in a frame.
fn take(held: &Held, text: &str, attempt: &mut u32) -> Result<(), Broken> {
    let told: Told<'_> = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
    match (told.kind, told.item_id) {
        ("sync", _) => held.synced(told.through_seq.map_or(0, |last| last + 1)),
        ("durable", _) => {
            if let (Some(seq), Some(event)) = (told.seq, told.event) {
                durable(held, seq, event)?;
            }
        }
        ("transient", _) => {
            if let Some(event) = told.event {
                transient(held, event);
            }
        }
        ("item_started", Some(item)) => {
            let first = told.attempt.is_none_or(|attempt| attempt == 1);
            let anchor = told.anchor_seq.map_or(0, |last| last + 1);
            if first {
                held.say(Heard::Live(Live::Started { item, anchor }));
            } else {
                let delta = Delta::Attempt(told.attempt.unwrap_or(1));
                held.say(Heard::Live(Live::Delta { item, delta }));
            }
            *attempt = told.attempt.unwrap_or(1);
        }
        ("delta", Some(item)) if told.attempt.is_none_or(|of| of == *attempt) => {
            let piece = Piece {
                content: told.content.unwrap_or_default(),
                chunk_id: told.chunk_id.unwrap_or_default(),
                choice_index: told.choice_index.unwrap_or_default(),
            };
            let delta = match told.part {
                Some("reasoning") => Delta::Reasoning(piece),
                _ => Delta::Text(piece),
            };
            held.say(Heard::Live(Live::Delta { item, delta }));
        }
        ("item_aborted", Some(item)) => {
            let reason = told.reason.unwrap_or_default();
            held.say(Heard::Live(Live::Aborted { item, reason }));
        }
        // What a newer server tells besides is not needed.
        _ => {}
    }
    Ok(())
}

fn unreadable(error: &serde_json::Error) -> Broken {
    Broken::Good(LogError::Closed(format!(
        ": what the server tells cannot be read ({error}); it may be of another version"
    )))
}

/// Takes in an event, unless it is here already.
fn durable(held: &Held, seq: u64, event: &RawValue) -> Result<(), Broken> {
    use domain::Log as _;
    let known = held.copy.len();
    if seq < known {
        return Ok(());
    }
    if seq > known {
        return Err(Broken::For(format!("event {known} was left out")));
    }
    let json = Bytes::copy_from_slice(event.get().as_bytes());
    // The status is known only once the event is here: whoever waits for it finds everything before it.
    held.copy.push(json).map_err(|error| unreadable(&error))?;
    let followed = follows(held, event);
    held.taken();
    followed
}

/// Takes in what follows from an event.
fn follows(held: &Held, event: &RawValue) -> Result<(), Broken> {
    let update: Update<'_> =
        serde_json::from_str(event.get()).map_err(|error| unreadable(&error))?;
    if update.kind != "ConversationStateUpdateEvent" {
        return Ok(());
    }
    let value = update.value.map(RawValue::get).unwrap_or("null");
    match update.key.as_deref() {
        Some("execution_status") => {
            if let Ok(status) = serde_json::from_str::<Status>(value) {
                held.moved(status);
            }
        }
        Some("goal") => held.mirror().goal(serde_json::from_str(value).ok()),
        _ => {}
    }
    Ok(())
}

/// Takes in the state that the server shows now.
fn transient(held: &Held, event: &RawValue) {
    #[derive(Deserialize)]
    struct State {
        key: Option<String>,
        value: Option<Map>,
    }
    if let Ok(State {
        key: Some(key),
        value: Some(state),
    }) = serde_json::from_str(event.get())
        && key == "full_state"
    {
        held.mirror().told(state);
    }
}
