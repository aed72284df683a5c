//! Hooks: commands that others want run around an agent's steps; read and checked here, run by nobody here.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::ExtensionError;
use crate::source;

/// When hooks run.
const EVENTS: &[&str] = &[
    "pre_tool_use",
    "post_tool_use",
    "user_prompt_submit",
    "session_start",
    "session_end",
    "stop",
];

/// All hooks of a workspace, a plugin or a sub-agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HookConfig {
    /// Before a tool runs.
    pub pre_tool_use: Vec<HookMatcher>,
    /// After a tool ran.
    pub post_tool_use: Vec<HookMatcher>,
    /// When the person says something.
    pub user_prompt_submit: Vec<HookMatcher>,
    /// When a session starts.
    pub session_start: Vec<HookMatcher>,
    /// When a session ends.
    pub session_end: Vec<HookMatcher>,
    /// When the agent wants to stop.
    pub stop: Vec<HookMatcher>,
}

/// Hooks for the tools whose names fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HookMatcher {
    /// A name, a pattern, or `*`.
    pub matcher: String,
    /// What is run.
    pub hooks: Vec<HookDefinition>,
}

impl Default for HookMatcher {
    fn default() -> Self {
        Self {
            matcher: "*".to_owned(),
            hooks: Vec::new(),
        }
    }
}

/// One hook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HookDefinition {
    /// What it is.
    #[serde(rename = "type", default)]
    pub kind: HookType,
    /// What it is called.
    #[serde(default)]
    pub name: Option<String>,
    /// What a command runs; empty for the others.
    #[serde(default)]
    #[schemars(required, !default)]
    pub command: String,
    /// What a model is asked.
    #[serde(default)]
    pub prompt: Option<String>,
    /// What a model is told beforehand.
    #[serde(default)]
    pub system_prompt: Option<String>,
    /// The tools of an agent hook.
    #[serde(default)]
    pub tools: Vec<String>,
    /// How long it may take, in seconds.
    #[serde(default = "minute")]
    pub timeout: i64,
    /// How many steps an agent hook may take.
    #[serde(default = "three")]
    pub max_iterations: i64,
    /// Whether nobody waits for it.
    #[serde(rename = "async", alias = "async_", default)]
    pub is_async: bool,
}

fn minute() -> i64 {
    60
}

fn three() -> i64 {
    3
}

/// What a hook is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HookType {
    /// A shell command.
    #[default]
    Command,
    /// One question to a model.
    Prompt,
    /// An agent with tools.
    Agent,
}

/// What to read hooks from.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HooksRequest {
    /// The folder of the workspace.
    pub project_dir: Option<String>,
}

/// The hooks of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HooksResponse {
    /// Nothing if there are none, or they cannot be read.
    #[serde(default)]
    pub hook_config: Option<HookConfig>,
}

impl HookConfig {
    /// Hooks as a file says them: names of events in either spelling, with or without `hooks` around them.
    pub fn of(value: &Value) -> Result<Self, ExtensionError> {
        let Value::Object(outer) = value else {
            return Err(ExtensionError::invalid("hooks must be a mapping"));
        };
        let events = match outer.get("hooks") {
            None => outer,
            Some(Value::Object(inner)) => inner,
            Some(_) => return Err(ExtensionError::invalid("`hooks` must be a mapping")),
        };
        let mut plain = Map::new();
        for (event, matchers) in events {
            let known = snake(event);
            if !EVENTS.contains(&known.as_str()) {
                return Err(ExtensionError::invalid(format!(
                    "`{event}` is no event for hooks; there are {}",
                    EVENTS.join(", ")
                )));
            }
            if plain.insert(known, matchers.clone()).is_some() {
                return Err(ExtensionError::invalid(format!("`{event}` is there twice")));
            }
        }
        let config: Self = serde_json::from_value(Value::Object(plain))
            .map_err(|e| ExtensionError::invalid(format!("hooks: {e}")))?;
        config
            .matchers()
            .flat_map(|matcher| &matcher.hooks)
            .try_for_each(HookDefinition::consistent)?;
        Ok(config)
    }

    /// The hooks of a file; nothing if there is no such file.
    pub fn of_file(path: &Path) -> Result<Option<Self>, ExtensionError> {
        if !source::exists(path) {
            return Ok(None);
        }
        let trouble = |why: String| ExtensionError::invalid(format!("{}: {why}", path.display()));
        let text = source::text(path).map_err(|e| trouble(e.to_string()))?;
        let value = serde_json::from_str(&text).map_err(|e| trouble(e.to_string()))?;
        Self::of(&value)
            .map(Some)
            .map_err(|e| trouble(e.to_string()))
    }

    /// Whether nothing is to be run, ever.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.matchers().next().is_none()
    }

    fn matchers(&self) -> impl Iterator<Item = &HookMatcher> {
        self.pre_tool_use
            .iter()
            .chain(&self.post_tool_use)
            .chain(&self.user_prompt_submit)
            .chain(&self.session_start)
            .chain(&self.session_end)
            .chain(&self.stop)
    }
}

impl HookDefinition {
    fn consistent(&self) -> Result<(), ExtensionError> {
        let asks = self
            .prompt
            .as_ref()
            .is_some_and(|prompt| !prompt.is_empty());
        let wrong = match self.kind {
            HookType::Command if self.command.is_empty() => "a command hook needs `command`",
            HookType::Prompt if !asks => "a prompt hook needs `prompt`",
            HookType::Prompt | HookType::Agent if !self.command.is_empty() => {
                "`command` is for command hooks only"
            }
            HookType::Prompt | HookType::Agent if self.is_async => {
                "`async` is for command hooks only"
            }
            HookType::Command | HookType::Prompt | HookType::Agent => return Ok(()),
        };
        Err(ExtensionError::invalid(wrong))
    }
}

/// The hooks of a workspace, if it has any that can be read.
pub(crate) fn of_workspace(request: &HooksRequest) -> HooksResponse {
    let Some(folder) = request.project_dir.as_deref().filter(|dir| !dir.is_empty()) else {
        return HooksResponse::default();
    };
    let path = source::tidied(folder).join(".openhands/hooks.json");
    let hook_config = match HookConfig::of_file(&path) {
        Ok(config) => config.filter(|config| !config.is_empty()),
        Err(error) => {
            tracing::warn!(%error, "hooks are left out");
            None
        }
    };
    HooksResponse { hook_config }
}

/// `PreToolUse` as `pre_tool_use`.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, c) in name.chars().enumerate() {
        if at > 0 && c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}
