//! What a client says into a socket of a conversation: words that set the agent to work.

use std::sync::Arc;

use axum::extract::ws::{Message as Frame, Utf8Bytes, WebSocket};
use bytes::Bytes;
use domain::{Command, Conversation, Message};
use futures_util::SinkExt as _;
use serde_json::Value;

use super::entrance::is_introduction;
use super::feed::{Feed, Tell};
use crate::app::App;
use crate::routes::go;

/// Why words were refused, under the name clients know.
pub(super) struct Refused {
    /// The original's name of the error.
    pub(super) code: &'static str,
    /// What is wrong.
    pub(super) detail: String,
}

/// Takes words in. A repeated introduction is no words, and does nothing.
pub(super) async fn hear(
    app: &App,
    conversation: &Arc<dyn Conversation>,
    text: &str,
) -> Result<(), Refused> {
    let refused = |code, detail: String| Refused { code, detail };
    let said: Value = serde_json::from_str(text)
        .map_err(|error| refused("JSONDecodeError", error.to_string()))?;
    if is_introduction(&said) {
        return Ok(());
    }
    let message: Message = serde_path_to_error::deserialize(&said)
        .map_err(|error| refused("ValidationError", error.to_string()))?;
    let say = Command::Say {
        message,
        sender: None,
        run: true,
    };
    match go(app, Arc::clone(conversation), say).await {
        Ok(_) => Ok(()),
        Err(error) => Err(refused("ValueError", error.detail())),
    }
}

/// What happens next on a socket.
pub(super) enum Turn {
    /// There is something to tell; nothing means that the conversation was closed.
    Tell(Option<Tell>),
    /// The client said something.
    Heard(Frame),
}

/// Sends what was put into the socket, and waits until there is something to tell or the client says something.
pub(super) async fn turn(feed: &mut Feed, socket: &mut WebSocket) -> Result<Turn, axum::Error> {
    let said = async {
        socket.flush().await?;
        match socket.recv().await {
            Some(Ok(Frame::Close(_))) | None => Err(axum::Error::new("the client hung up")),
            Some(said) => said,
        }
    };
    tokio::select! {
        tell = feed.next() => Ok(Turn::Tell(tell)),
        said = said => said.map(Turn::Heard),
    }
}

/// The number of the fence that a client has answered, if that is what it did.
pub(super) fn fence(frame: &Frame) -> Option<u64> {
    match frame {
        Frame::Pong(fence) => <[u8; 8]>::try_from(&**fence).ok().map(u64::from_be_bytes),
        Frame::Text(_) | Frame::Binary(_) | Frame::Ping(_) | Frame::Close(_) => None,
    }
}

/// A fence: a ping that the client answers once it has taken in what was sent before.
pub(super) async fn put_fence(socket: &mut WebSocket, fence: u64) -> Result<(), axum::Error> {
    let fence = Bytes::copy_from_slice(&fence.to_be_bytes());
    socket.feed(Frame::Ping(fence)).await
}

/// Puts JSON into a socket, without waiting until it is on its way.
pub(super) async fn put(socket: &mut WebSocket, json: Bytes) -> Result<(), axum::Error> {
    match Utf8Bytes::try_from(json) {
        Ok(text) => socket.feed(Frame::Text(text)).await,
        // No event is anything but UTF-8; one that is cannot be told as text.
        Err(_) => Ok(()),
    }
}
