//! `openhands run --server`: the conversations of an agent server in place of those here. Knows no session.

use std::path::PathBuf;
use std::sync::Arc;

use agent_server::Client;
use domain::Vault;
use reqwest::Url;

use crate::clock::System;
use crate::exit::Failure;
use crate::wiring::{House, Rooms};

/// The variable that holds the session key of the server.
pub const KEY: &str = "OPENHANDS_SERVER_KEY";

/// Opens a server. `live` says whether a person watches.
pub fn open(house: &House, server: &str, live: bool) -> Result<Rooms, Failure> {
    let address = Url::parse(server).map_err(|error| {
        Failure::usage(format!(
            "{server} is no address ({error}); give one such as http://127.0.0.1:8000"
        ))
    })?;
    let workshop = Arc::new(house.workshop(live)?);
    let http = workshop.http().client(&address).map_err(Failure::error)?;
    let key = house.env.get(KEY).map(str::trim);
    let key = key.filter(|key| !key.is_empty());
    let client = Client::new(http.clone(), address, key)?;
    Ok(Rooms {
        conversations: Arc::new(client),
        vault: Arc::new(Elsewhere),
        workshop,
        clock: Arc::new(System),
        server: Some(server.to_owned()),
    })
}

/// The directory to work in, on the server: the one that is named, or else the one the person is in.
pub fn workspace(house: &House) -> Result<PathBuf, Failure> {
    let given = house.config.workspace(&house.env);
    let given = given.unwrap_or_else(|| PathBuf::from("."));
    let whole = std::path::absolute(&given)
        .map_err(|error| Failure::usage(format!("cannot work in {}: {error}", given.display())))?;
    Ok(whole.components().collect())
}

/// Secrets of a server are sealed and opened there.
struct Elsewhere;

impl Vault for Elsewhere {
    fn seal(&self, _: &str) -> Option<String> {
        None
    }

    fn unseal(&self, _: &str) -> Option<String> {
        None
    }
}
