//! The rooms that the agent server is made of, joined. Knows no request.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agent_server::{Config, Ports};
use domain::{Clock as _, Map, Vault};
use extensions::{Extensions, SkillsRequest};
use settings::{Desk, Offers, ToolCatalogEntry};

use super::git::Fetcher;
use super::outgoing::Outgoing;
use crate::clock::System;
use crate::exit::Failure;
use crate::key::{self, Keys};
use crate::outfit::Workshop;
use crate::wiring::House;

/// Opens them.
pub(super) fn open(
    house: &House,
    config: &Config,
) -> Result<(Ports, Arc<::agent::Local>), Failure> {
    let root = match config.conversations_path.file_name() {
        Some(name) if name == "conversations" => config
            .conversations_path
            .parent()
            .unwrap_or(Path::new("."))
            .to_owned(),
        _ => config.conversations_path.clone(),
    };
    let clock = Arc::new(System);
    let files = Arc::new(files(config, &root)?);
    // Settings are sealed with it too, and they are the same wherever a server is started.
    let keys = keys(house, config, &own(house))?;
    let vault: Arc<dyn Vault> = Arc::new(store::Cipher::new(&keys.current, &keys.older));
    let workshop = Workshop::new(&root, &house.env, true)?;
    let outgoing = Outgoing(workshop.http().clone());
    let workshop = Arc::new(workshop);
    let conversations = Arc::new(::agent::Local::new(::agent::Ports {
        journal: files,
        outfit: Arc::clone(&workshop) as _,
        clock: Arc::clone(&clock) as _,
        vault: Arc::clone(&vault),
    }));
    let extensions = extensions(house);
    let desk = desk(house, &root, Arc::clone(&vault), workshop, &extensions);
    if !config.previous_secret_keys.is_empty()
        && let Err(error) = desk.reseal()
    {
        tracing::warn!(%error, "settings and secrets could not be sealed with the new key");
    }
    let ports = Ports {
        conversations: Arc::clone(&conversations) as _,
        workspaces: Arc::new(workspaces(house, config)),
        desk: Arc::new(desk),
        vault,
        courier: Arc::new(outgoing),
        extensions,
        clock,
    };
    Ok((ports, conversations))
}

/// The conversations; leased, so that several servers may share a disk.
fn files(config: &Config, root: &Path) -> Result<store::Files, Failure> {
    let files = store::Files::open(root)?;
    let Ok(ttl) = Duration::try_from_secs_f64(config.lease_ttl_seconds) else {
        return Err(Failure::usage(
            "OH_LEASE_TTL_SECONDS must be zero or more seconds",
        ));
    };
    if ttl.is_zero() {
        return Ok(files);
    }
    let terms = store::Terms {
        owner: System.uuid().simple().to_string(),
        host: rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
        ttl,
        clock: Arc::new(System),
    };
    Ok(files.leased(terms)?)
}

/// What seals secrets: the key that was given, or one that is made once and kept.
fn keys(house: &House, config: &Config, root: &Path) -> Result<Keys, Failure> {
    let mut keys = match config.sealing_key() {
        Some(key) => Keys {
            current: key.to_owned(),
            older: key::kept(root)?.into_iter().collect(),
        },
        None => {
            std::fs::create_dir_all(root).map_err(|error| {
                Failure::error(format!("cannot make {}: {error}", root.display()))
            })?;
            key::find_or_make(root, &house.env, &System)?
        }
    };
    keys.older
        .extend(config.previous_secret_keys.iter().cloned());
    Ok(keys)
}

/// Where the person keeps what is theirs.
fn own(house: &House) -> PathBuf {
    match house.env.get("OH_PERSISTENCE_DIR") {
        Some(place) => PathBuf::from(place),
        None => home(house).join(".openhands"),
    }
}

fn home(house: &House) -> PathBuf {
    PathBuf::from(house.env.get("HOME").unwrap_or("/"))
}

fn desk(
    house: &House,
    root: &Path,
    vault: Arc<dyn Vault>,
    workshop: Arc<Workshop>,
    extensions: &Extensions,
) -> Desk {
    let workspaces = match house.env.get("OH_PERSISTENCE_DIR") {
        Some(place) => PathBuf::from(place),
        None => root.join(".openhands"),
    };
    let extensions = extensions.clone();
    Desk::new(settings::Ports {
        shelf: Arc::new(store::Documents::new(own(house))),
        workspaces: Arc::new(store::Documents::new(workspaces)),
        vault,
        clock: Arc::new(System),
        offers: offers(&workshop),
        outfit: workshop,
        skills: Arc::new(move || skills(&extensions)),
    })
}

/// The person's own skills, as JSON. Called on a thread that may wait.
fn skills(extensions: &Extensions) -> Vec<Map> {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return Vec::new();
    };
    let found = runtime.block_on(extensions.skills(SkillsRequest::default()));
    let Ok(found) = found else {
        return Vec::new();
    };
    let as_json = found.skills.iter().map(serde_json::to_value);
    as_json
        .filter_map(|skill| match skill {
            Ok(serde_json::Value::Object(skill)) => Some(skill),
            _ => None,
        })
        .collect()
}

/// What there is to choose from.
fn offers(workshop: &Workshop) -> Offers {
    let tool = |tool: tools::CatalogEntry| ToolCatalogEntry {
        name: tool.name.to_owned(),
        user_selectable: tool.user_selectable,
        usable: tool.usable,
        description: tool.description.to_owned(),
        in_default_set: tool.in_default_set,
    };
    let owned = |(name, provider): (&str, &str)| (name.to_owned(), provider.to_owned());
    Offers {
        providers: llm::provider::providers()
            .iter()
            .map(|provider| provider.name().to_owned())
            .collect(),
        models: workshop.table().names().map(owned).collect(),
        tools: tools::catalog().into_iter().map(tool).collect(),
    }
}

fn extensions(house: &House) -> Extensions {
    let mut places = extensions::Places::of_home(&home(house));
    places.own = own(house);
    places.public = house.env.get("EXTENSIONS_PATH").map(PathBuf::from);
    if let Some(name) = house.env.get("EXTENSIONS_REF") {
        places.public_ref = name.to_owned();
    }
    let git = Arc::new(Fetcher::new(&house.env.pairs()));
    Extensions::new(places, Vec::new(), git, Arc::new(System))
}
/// Commands, files and history of this machine.
fn workspaces(house: &House, config: &Config) -> tools::workspace::Places {
    let home = house.env.get("HOME").unwrap_or("/");
    let mut places = tools::workspace::Config::new(&config.bash_events_dir, home);
    places.bash_retention = config
        .bash_events_retention_seconds
        .map(Duration::from_secs);
    places.environment = house.env.pairs();
    places.environment.extend(config.env.clone());
    tools::workspace::Places::new(places, Arc::new(System))
}
