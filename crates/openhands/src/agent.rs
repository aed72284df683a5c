//! `openhands agent`: the agent server on a port, until it is told to stop.

mod git;
mod options;
mod outgoing;
mod rooms;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use agent_server::{Config, Opener, Server};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Agent;
use crate::exit::{Exit, Failure};
use crate::stdout;
use crate::wiring::House;

/// How long conversations may take to stop what they do when the server ends.
const PATIENCE: Duration = Duration::from_secs(4);

/// The conversations of the server, once it is open.
type Opened = Arc<OnceLock<Arc<::agent::Local>>>;

/// Serves until a signal comes.
pub async fn run(house: &House, args: &Agent) -> Result<Exit, Failure> {
    let config = options::read(&house.env)?;
    let host = args.host.clone().unwrap_or_else(|| {
        let open = config.session_api_keys.is_empty();
        if open { "127.0.0.1" } else { "0.0.0.0" }.to_owned()
    });
    let listener = listen(&host, args.port).await?;
    let opened = Opened::default();
    let server = Server::start(config, opener(house, &opened))
        .await
        .map_err(Failure::error)?;
    let router = server.router().map_err(Failure::usage)?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::error(error.to_string()))?;
    stdout::aside(&format!("openhands agent listens on http://{address}\n"));
    let stop = server.stop().clone();
    let ended = async {
        let signalled = until_signalled().await;
        stop.cancel();
        signalled
    };
    let (_, signalled) = tokio::join!(server.serve(listener, router), ended);
    if let Some(conversations) = opened.get() {
        for (id, error) in conversations.close_all(PATIENCE).await {
            stdout::aside(&format!("openhands: conversation {id}: {error}\n"));
        }
    }
    signalled.map(|()| Exit::Finished)
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
