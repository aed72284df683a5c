//! `openhands agent`: the agent server on a port, until it is told to stop.

mod git;
mod options;
mod rooms;

use agent_server::App;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Agent;
use crate::exit::{Exit, Failure};
use crate::stdout;
use crate::wiring::House;

/// Serves until a signal comes.
pub async fn run(house: &House, args: &Agent) -> Result<Exit, Failure> {
    let config = options::read(&house.env);
    let host = args.host.clone().unwrap_or_else(|| {
        let open = config.session_api_keys.is_empty();
        if open { "127.0.0.1" } else { "0.0.0.0" }.to_owned()
    });
    let app = App::new(config.clone(), rooms::open(house, &config)?);
    let stop = app.stop().clone();
    let listener = TcpListener::bind((host.as_str(), args.port))
        .await
        .map_err(|error| {
            Failure::error(format!(
                "cannot listen on {host}:{}: {error}; choose another port with --port",
                args.port
            ))
        })?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::error(error.to_string()))?;
    stdout::aside(&format!("openhands agent listens on http://{address}\n"));
    let mut terminate = signal(SignalKind::terminate())
        .map_err(|error| Failure::error(format!("cannot wait for signals: {error}")))?;
    axum_serve(listener, app, async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        stop.cancel();
    })
    .await?;
    Ok(Exit::Finished)
}

async fn axum_serve(
    listener: TcpListener,
    app: App,
    until: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Failure> {
    axum::serve(listener, agent_server::router(app))
        .with_graceful_shutdown(until)
        .await
        .map_err(|error| Failure::error(format!("cannot serve: {error}")))
}
