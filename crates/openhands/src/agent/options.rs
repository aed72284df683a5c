//! The settings of the agent server, from its environment under the original's names. Knows no port.

use std::path::PathBuf;

use agent_server::Config;

use crate::environment::Environment;
use crate::exit::Failure;

/// Reads them.
pub(super) fn read(env: &Environment) -> Result<Config, Failure> {
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
    Ok(config)
}
