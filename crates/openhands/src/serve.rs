//! `openhands serve`: the agent server and the web interface on one port, opened in the browser.

mod first;
mod page;
mod ui;

use std::io::IsTerminal as _;

use agent_server::Config;

use crate::agent::{self, Serving};
use crate::cli::Serve;
use crate::clock::System;
use crate::exit::{Exit, Failure};
use crate::key;
use crate::stdout;
use crate::wiring::House;

/// The file that keeps the key of this place's interface, so that open pages live on over a restart.
const KEY: &str = "serve.key";

/// Serves until a signal comes.
pub async fn run(house: &House, args: &Serve) -> Result<Exit, Failure> {
    let config = config(house)?;
    let session = config.session_api_keys.first().cloned().unwrap_or_default();
    let host = args.host.clone().unwrap_or_else(|| "127.0.0.1".to_owned());
    let local = matches!(host.as_str(), "127.0.0.1" | "localhost" | "::1");
    let key = local.then_some(session);
    let serving = Serving {
        config,
        host,
        port: args.port,
        beside: Some(page::router(key.as_deref())),
    };
    let open = !args.no_browser && std::io::stdout().is_terminal() && local;
    agent::serve(house, serving, |address, desk| {
        if let Some(desk) = desk {
            first::prepare(house, desk);
        }
        welcome(&format!("http://{address}/"), local);
        if open {
            // A machine without a browser still has the address.
            let _ = ::open::that_detached(format!("http://{address}/"));
        }
    })
    .await
}

fn welcome(url: &str, local: bool) {
    stdout::aside(&format!("OpenHands is at {url}\n"));
    if !ui::there() {
        stdout::aside(
            "The web interface is not part of this build: `cargo xtask serve` adds it, and needs npm.\n",
        );
    }
    if !local {
        stdout::aside(
            "Whoever opens it is asked for the session key: set OH_SESSION_API_KEYS_0 to one of your own.\n",
        );
    }
    stdout::aside("Ctrl-C stops it; conversations are kept.\n");
}

/// The settings of the server, in the place where `openhands run` keeps its conversations too.
fn config(house: &House) -> Result<Config, Failure> {
    let mut config = agent::options::read(&house.env)?;
    let home = &house.config.home;
    let own = |name: &str| house.env.get(name).is_none();
    if own("OH_CONVERSATIONS_PATH") {
        config.conversations_path = home.join("conversations");
    }
    if own("OH_BASH_EVENTS_DIR") {
        config.bash_events_dir = home.join("bash_events");
    }
    if config.session_api_keys.is_empty() {
        config
            .session_api_keys
            .push(key::find_or_make_in(home, KEY, &System)?);
    }
    if config.secret_key.is_none() {
        config.secret_key = Some(key::find_or_make(home, &house.env, &System)?.current);
    }
    config.hands_out_key = true;
    Ok(config)
}
