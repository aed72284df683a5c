//! A conversation as one file to take away: its state and every event, in the layout of the original's folders.

mod zip;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use domain::{CommandError, Conversation, ConversationId, Head, Log, LogError};
use futures_util::stream;
use http_kit::{Error, Path, Raw};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::place::Scope;
use super::super::sending::attached;
use crate::app::{App, refused};
use crate::info::ConversationInfo;
use crate::snapshot::Snapshot;
use zip::Zip;

/// How many events are read at once.
const STEP: usize = 64;

/// Which conversation.
#[derive(Deserialize, JsonSchema)]
pub(super) struct One {
    conversation_id: Uuid,
    #[serde(flatten)]
    #[schemars(skip)]
    scope: Scope,
}

pub(super) async fn download(app: App, Path(one): Path<One>) -> Result<Raw, Error> {
    let id = ConversationId(one.conversation_id);
    if one.scope.conversation().is_some_and(|own| own != id) {
        return Err(Error::new(
            axum::http::StatusCode::UNPROCESSABLE_ENTITY,
            "Trajectory must belong to the selected conversation",
        ));
    }
    let conversation = match app.conversations().open(id).await {
        Ok(conversation) => conversation,
        Err(CommandError::NotFound(_) | CommandError::Log(LogError::NotFound(_))) => {
            return Err(Error::not_found("Conversation not found"));
        }
        Err(error) => return Err(refused(error)),
    };
    let packing = Packing::begin(&app, id, conversation);
    let pieces = stream::unfold(packing, |mut packing| async {
        let piece = packing.piece()?;
        Some((piece, packing))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let (name, value) = attached(&format!("{}.zip", id.hex()));
    response.headers_mut().insert(name, value);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    Ok(Raw(response))
}

/// A conversation on its way into a zip.
struct Packing {
    zip: Zip,
    folder: String,
    log: Arc<dyn Log>,
    /// What has been written already goes first.
    ready: Option<Bytes>,
    next: u64,
    end: u64,
    done: bool,
}

impl Packing {
    fn begin(app: &App, id: ConversationId, conversation: Arc<dyn Conversation>) -> Self {
        let glance = conversation.glance();
        let root = &app.config().conversations_path;
        let mut meta = ConversationInfo::of(&glance, root, true, &[]).0;
        meta.shift_remove("agent");
        let update = Snapshot::fresh(app.clock()).render(&glance, root);
        let update: Value = serde_json::from_slice(&update).unwrap_or_default();
        let state = update.get("value").cloned().unwrap_or_default();
        let folder = id.hex();
        let mut zip = Zip::default();
        let mut first = zip.entry(&format!("{folder}/"), b"");
        first.extend(zip.entry(&format!("{folder}/base_state.json"), &text(&state)));
        first.extend(zip.entry(&format!("{folder}/events/"), b""));
        first.extend(zip.entry(&format!("{folder}/meta.json"), &text(&json!(meta))));
        let log = conversation.log();
        Self {
            zip,
            folder,
            ready: Some(first.into()),
            next: 0,
            end: log.len(),
            log,
            done: false,
        }
    }

    /// The next bytes of the zip; nothing at its end. One that breaks off has no end.
    fn piece(&mut self) -> Option<Result<Bytes, LogError>> {
        if let Some(ready) = self.ready.take() {
            return Some(Ok(ready));
        }
        if self.next < self.end {
            return Some(self.events());
        }
        let done = std::mem::replace(&mut self.done, true);
        (!done).then(|| Ok(self.zip.end().into()))
    }

    fn events(&mut self) -> Result<Bytes, LogError> {
        let left = usize::try_from(self.end - self.next).unwrap_or(usize::MAX);
        let entries = self.log.read(self.next, left.min(STEP))?;
        if entries.is_empty() {
            self.next = self.end;
        }
        let mut bytes = Vec::new();
        for entry in entries {
            let id = Head::parse(&entry.json).map(|head| head.id.to_string());
            let id = id.unwrap_or_default().replace(['/', '\\'], "_");
            let name = format!("{}/events/event-{:05}-{id}.json", self.folder, entry.seq);
            bytes.extend(self.zip.entry(&name, &entry.json));
            self.next = entry.seq + 1;
        }
        Ok(bytes.into())
    }
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}
