//! `/sockets/bash-events`: what commands say as they say it, and commands that a client starts here.

use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::{BashFollower, BashPlace, ExecuteBashRequest, Workspace};
use futures_util::SinkExt as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::entrance::{Caller, Closing, DENIED, GOING, caller, close, introduced, is_introduction};
use super::voice::put;
use crate::app::App;

/// What a client may say when it knocks.
#[derive(Deserialize)]
pub(super) struct Knock {
    session_api_key: Option<String>,
    resend_mode: Option<Resend>,
    resend_all: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Resend {
    All,
    Since,
}

pub(super) async fn open(
    State(app): State<App>,
    knock: Result<Query<Knock>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Ok(Query(knock)) = knock else {
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
            ended = serve(&app, &knock, known, &mut socket) => ended,
            () = stop.cancelled() => Some(GOING),
        };
        if let Some(closing) = ended {
            close(socket, closing).await;
        }
    })
}

async fn serve(app: &App, knock: &Knock, known: bool, socket: &mut WebSocket) -> Option<Closing> {
    if !known && !introduced(app, socket).await {
        return Some(DENIED);
    }
    let workspace = app.workspaces().shared();
    let all = knock.resend_all.as_deref().map(str::to_ascii_lowercase);
    let place = match (&knock.resend_mode, all.as_deref()) {
        (Some(Resend::All), _) | (None, Some("true" | "1")) => BashPlace::First,
        (Some(Resend::Since) | None, _) => BashPlace::Next,
    };
    let Ok(follower) = workspace.follow_bash(place).await else {
        return Some(GOING);
    };
    match stream(app, &*workspace, follower, socket).await {
        Ok(()) => Some(GOING),
        Err(_) => None,
    }
}

async fn stream(
    app: &App,
    workspace: &dyn Workspace,
    mut follower: Box<dyn BashFollower>,
    socket: &mut WebSocket,
) -> Result<(), axum::Error> {
    loop {
        let said = async {
            socket.flush().await?;
            match socket.recv().await {
                Some(Ok(Frame::Close(_))) | None => Err(axum::Error::new("the client hung up")),
                Some(said) => said,
            }
        };
        let heard = tokio::select! {
            event = follower.next() => Err(event),
            said = said => Ok(said?),
        };
        match heard {
            Err(Ok(Some(event))) => {
                let json = serde_json::to_vec(&event).map_err(axum::Error::new)?;
                put(socket, json.into()).await?;
            }
            Err(_) => return Ok(()),
            Ok(Frame::Text(text)) => {
                if let Err((code, detail)) = start(workspace, &text).await {
                    put(socket, fault(app, code, &detail)).await?;
                }
            }
            Ok(_) => {}
        }
    }
}

/// Starts a command; its events come like those of all others.
async fn start(workspace: &dyn Workspace, text: &str) -> Result<(), (&'static str, String)> {
    let said: Value =
        serde_json::from_str(text).map_err(|error| ("JSONDecodeError", error.to_string()))?;
    if is_introduction(&said) {
        return Ok(());
    }
    let request: ExecuteBashRequest = serde_path_to_error::deserialize(&said)
        .map_err(|error| ("ValidationError", error.to_string()))?;
    workspace
        .start(request)
        .await
        .map(drop)
        .map_err(|error| ("ValueError", error.to_string()))
}

fn fault(app: &App, code: &str, detail: &str) -> Bytes {
    let frame = json!({
        "id": app.clock().uuid().simple().to_string(),
        "timestamp": crate::info::time(app.clock().micros()),
        "code": code,
        "detail": detail,
        "kind": "BashError",
    });
    frame.to_string().into()
}
