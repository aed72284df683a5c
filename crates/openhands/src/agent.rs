//! `openhands agent`: the agent server on a port, until it is told to stop.

mod git;
pub(crate) mod options;
mod outgoing;
mod rooms;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use agent_server::{Config, Opener, Server};
use axum::Router;
use settings::Desk;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Agent;
use crate::exit::{Exit, Failure};
use crate::stdout;
use crate::wiring::House;

/// The variable that says where this server is, for those who ask it from within.
const OWN_ADDRESS: &str = "OH_INTERNAL_SERVER_URL";

/// How long conversations may take to stop what they do when the server ends.
const PATIENCE: Duration = Duration::from_millis(2_000);

/// How long webhooks may take to hear the last of it.
const LAST_WORDS: Duration = Duration::from_millis(1_000);

/// The conversations of the server, once it is open.
type Opened = Arc<OnceLock<Arc<::agent::Local>>>;

/// What is served, and where.
pub(crate) struct Serving {
    /// The settings of the server.
    pub(crate) config: Config,
    /// The address to listen on.
    pub(crate) host: String,
    /// The port; 0 for a free one.
    pub(crate) port: u16,
    /// What answers for the paths that are not the server's.
    pub(crate) beside: Option<Router>,
}

/// Serves until a signal comes.
pub async fn run(house: &House, args: &Agent) -> Result<Exit, Failure> {
    let config = options::read(&house.env)?;
    let open = config.session_api_keys.is_empty();
    let host = if open { "127.0.0.1" } else { "0.0.0.0" };
    let serving = Serving {
        config,
        host: args.host.clone().unwrap_or_else(|| host.to_owned()),
        port: args.port,
        beside: None,
    };
    serve(house, serving, |address, _| {
        stdout::aside(&format!("openhands agent listens on http://{address}\n"));
    })
    .await
}

/// Serves until a signal comes; says so once it listens.
pub(crate) async fn serve(
    house: &House,
    serving: Serving,
    listening: impl FnOnce(SocketAddr, Option<&Desk>),
) -> Result<Exit, Failure> {
    raise_file_limit();
    let listener = listen(&serving.host, serving.port).await?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::error(error.to_string()))?;
    let mut house = house.clone();
    // Secrets may be kept by this very server, under an address without a host.
    house.env.add(OWN_ADDRESS, &format!("http://{address}"));
    let opened = Opened::default();
    let server = Server::start(serving.config, opener(&house, &opened))
        .await
        .map_err(Failure::error)?;
    let router = server.router(serving.beside).map_err(Failure::usage)?;
    let app = server.app();
    listening(address, app.as_ref().map(|app| &*app.ports().desk));
    let stop = server.stop().clone();
    let ended = async {
        let signalled = until_signalled().await;
        stop.cancel();
        signalled
    };
    let (_, signalled) = tokio::join!(server.serve(listener, router), ended);
    if let Some(app) = server.app() {
        // What conversations run themselves ends with them.
        app.ports().workspaces.close().await;
    }
    if let Some(conversations) = opened.get() {
        for (id, error) in conversations.close_all(PATIENCE).await {
            stdout::aside(&format!("openhands: conversation {id}: {error}\n"));
        }
    }
    if let Some(app) = server.app()
        && !app.finished(LAST_WORDS).await
    {
        tracing::warn!("a webhook was not told the last of it");
    }
    signalled.map(|()| Exit::Finished)
}

/// An open conversation holds two or three files; systems begin with a bound that is far below what they allow.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!(%error, "the number of open files stays bounded");
    }
}

async fn listen(host: &str, port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((host, port)).await.map_err(|error| {
        Failure::error(format!(
            "cannot listen on {host}:{port}: {error}; choose another port with --port, or 0 for a free one"
        ))
    })
}

async fn until_signalled() -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())
        .map_err(|error| Failure::error(format!("cannot wait for signals: {error}")))?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}

/// Opens the rooms once it is known for whom.
fn opener(house: &House, opened: &Opened) -> Opener {
    let (house, opened) = (house.clone(), Arc::clone(opened));
    Arc::new(move |config: Config| {
        let (house, opened) = (house.clone(), Arc::clone(&opened));
        Box::pin(async move {
            let (ports, conversations) =
                rooms::open(&house, &config).map_err(|failure| failure.message)?;
            // A server is opened once; only that one has conversations to close.
            let _ = opened.set(conversations);
            Ok(ports)
        })
    })
}
