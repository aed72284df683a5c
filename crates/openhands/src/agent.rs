//! `openhands agent`: the agent server on a port, until it is told to stop.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agent_server::{App, Config, Ports};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Agent;
use crate::clock::System;
use crate::environment::Environment;
use crate::exit::{Exit, Failure};
use crate::outfit::Workshop;
use crate::stdout;
use crate::wiring::House;

/// Serves until a signal comes.
pub async fn run(house: &House, args: &Agent) -> Result<Exit, Failure> {
    let config = config(&house.env);
    let host = args.host.clone().unwrap_or_else(|| {
        let open = config.session_api_keys.is_empty();
        if open { "127.0.0.1" } else { "0.0.0.0" }.to_owned()
    });
    let app = App::new(config.clone(), ports(house, &config)?);
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

fn config(env: &Environment) -> Config {
    let mut config = Config::default();
    let path = |name: &str| env.get(name).map(PathBuf::from);
    if let Some(path) = path("OH_CONVERSATIONS_PATH") {
        config.conversations_path = path;
    }
    let keys = ["SESSION_API_KEY", "OH_SESSION_API_KEYS_0"];
    config.session_api_keys = keys
        .iter()
        .filter_map(|name| env.get(name).map(str::to_owned))
        .collect();
    config.conversations_path =
        std::path::absolute(&config.conversations_path).unwrap_or(config.conversations_path);
    config.about.usable_tools = tools::catalog()
        .iter()
        .map(|tool| tool.name.to_owned())
        .collect();
    config
}

fn ports(house: &House, config: &Config) -> Result<Ports, Failure> {
    let root = match config.conversations_path.file_name() {
        Some(name) if name == "conversations" => config
            .conversations_path
            .parent()
            .unwrap_or(Path::new("."))
            .to_owned(),
        _ => config.conversations_path.clone(),
    };
    let clock = Arc::new(System);
    let files = Arc::new(store::Files::open(&root)?);
    let keys = crate::key::find_or_make(&root, &house.env, &*clock)?;
    let vault: Arc<dyn domain::Vault> = Arc::new(store::Cipher::new(&keys.current, &keys.older));
    let workshop = Arc::new(Workshop::new(&root, &house.env, true)?);
    let conversations = ::agent::Local::new(::agent::Ports {
        journal: files,
        outfit: workshop,
        clock: Arc::clone(&clock) as _,
        vault,
    });
    Ok(Ports {
        conversations: Arc::new(conversations),
        workspaces: Arc::new(workspaces(house, config)),
        clock,
    })
}

/// Commands, files and history of this machine.
fn workspaces(house: &House, config: &Config) -> tools::workspace::Places {
    let home = house.env.get("HOME").unwrap_or("/");
    let mut places = tools::workspace::Config::new(&config.bash_events_dir, home);
    places.bash_retention = config
        .bash_events_retention_seconds
        .map(Duration::from_secs);
    places.environment = house.env.pairs();
    tools::workspace::Places::new(places, Arc::new(System))
}
