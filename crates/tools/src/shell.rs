//! How the terminal of a conversation is set up: by the host, by the environment and by the tool's own settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use domain::Map;
use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;
use crate::registry::Ground;
use crate::terminal::{Config, Terminal};

/// How shells are set up unless a tool's own settings say otherwise.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// The program; bash if there is one, else a plain POSIX shell.
    pub program: Option<PathBuf>,
    /// A file that each new shell reads first.
    pub rc: Option<PathBuf>,
    /// Variables to add to the environment.
    pub variables: Vec<(String, String)>,
    /// How long a command may say nothing before the call returns without its end.
    pub patience: Option<Duration>,
}

/// The settings that agents' specifications carry. Some choose between ways to run a shell of which there is only one here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    no_change_timeout_seconds: Option<u32>,
    shell_path: Option<PathBuf>,
    env: Option<BTreeMap<String, String>>,
    #[serde(rename = "terminal_type")]
    _terminal_type: Option<Backend>,
    username: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Backend {
    Tmux,
    Subprocess,
    Powershell,
}

/// The terminal of a conversation; nothing is started yet.
pub(crate) fn terminal(ground: &Ground, settings: &Map) -> Result<Terminal, Error> {
    let refused = |reason: String| Error::Settings {
        tool: "terminal".to_owned(),
        reason,
    };
    let settings: Settings = serde_json::from_value(Value::Object(settings.clone()))
        .map_err(|e| refused(e.to_string()))?;
    if let Some(user) = settings.username {
        return Err(refused(format!(
            "commands run as the user of this program, not as '{user}'; leave `username` out"
        )));
    }
    let mut config = usual(ground);
    if let Some(seconds) = settings.no_change_timeout_seconds {
        config.soft_timeout = Duration::from_secs(seconds.into());
    }
    if settings.shell_path.is_some() {
        config.shell = settings.shell_path;
    }
    config.set.extend(settings.env.unwrap_or_default());
    Ok(Terminal::new(config))
}

fn usual(ground: &Ground) -> Config {
    let mut config = Config::new(&ground.workspace);
    config.outputs = Some(ground.outputs.clone());
    config.env = ground
        .environment
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    config.set.clone_from(&ground.shell.variables);
    config.shell.clone_from(&ground.shell.program);
    config.rc.clone_from(&ground.shell.rc);
    if let Some(patience) = ground.shell.patience {
        config.soft_timeout = patience;
    }
    config.idle_cap = ground
        .variable("OH_RUNTIME_IDLE_TIMEOUT_SECONDS")
        .and_then(|seconds| seconds.trim().parse().ok())
        .filter(|seconds: &f64| *seconds > 0.0);
    let priority = ground.variable("OH_TERMINAL_PROCESS_PRIORITY");
    if priority.is_some_and(|value| value.trim().eq_ignore_ascii_case("none")) {
        config.nice = None;
    }
    config
}

#[cfg(test)]
mod tests;
