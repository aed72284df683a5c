//! The settings of the agent server: its file, then its environment, under the original's names. Knows no port.

mod tree;

use std::path::{Path, PathBuf};

use agent_server::Config;
use serde_json::Value;

use crate::environment::Environment;
use crate::exit::Failure;

/// The variable that names the file.
const FILE: &str = "OPENHANDS_AGENT_SERVER_CONFIG_PATH";
/// The file, if nobody names one; it need not be there.
const USUAL: &str = "workspace/openhands_agent_server_config.json";

/// Reads them. What is absent keeps its default; what cannot be understood is refused by name.
pub(crate) fn read(env: &Environment) -> Result<Config, Failure> {
    let mut given = file(env)?;
    let schema = Config::schema();
    tree::overlay(&schema, env, &mut given).map_err(Failure::usage)?;
    let mut config: Config = serde_json::from_value(given)
        .map_err(|error| Failure::usage(format!("the settings of the server: {error}")))?;
    older_names(env, &mut config);
    for path in [
        &mut config.conversations_path,
        &mut config.workspace_path,
        &mut config.bash_events_dir,
        &mut config.conversation_worktree_root,
    ] {
        *path = whole(path);
    }
    config.session_api_keys.retain(|key| !key.trim().is_empty());
    config.secret_key = config.secret_key.filter(|key| !key.trim().is_empty());
    if let Some(host) = env.get("DOCKER_HOST_ADDR") {
        config.cors_hosts.push(host.to_owned());
    }
    config.about.usable_tools = tools::catalog()
        .iter()
        .filter(|tool| tool.usable)
        .map(|tool| tool.name.to_owned())
        .collect();
    for (name, kept) in [
        ("OPENHANDS_BUILD_GIT_SHA", &mut config.about.build_git_sha),
        ("OPENHANDS_BUILD_GIT_REF", &mut config.about.build_git_ref),
    ] {
        if let Some(value) = env.get(name) {
            value.clone_into(kept);
        }
    }
    Ok(config)
}

fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Names that came before `OH_`.
fn older_names(env: &Environment, config: &mut Config) {
    let numbered = env.starting_with("OH_SESSION_API_KEYS").next().is_some();
    if let (false, Some(key)) = (numbered, env.get("SESSION_API_KEY")) {
        config.session_api_keys.push(key.to_owned());
    }
}

/// What the file says; an empty object if there is none.
fn file(env: &Environment) -> Result<Value, Failure> {
    let named = env.get(FILE);
    let path = PathBuf::from(named.unwrap_or(USUAL));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Value::Object(domain::Map::new()));
        }
        Err(error) => {
            let path = path.display();
            return Err(Failure::usage(format!(
                "cannot read {path}: {error}; mend that, or set {FILE} to another file"
            )));
        }
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(given)) => Ok(Value::Object(given)),
        Ok(_) => Err(Failure::usage(format!(
            "{}: must hold a JSON object",
            path.display()
        ))),
        Err(error) => Err(Failure::usage(format!("{}: {error}", path.display()))),
    }
}

#[cfg(test)]
mod tests;
