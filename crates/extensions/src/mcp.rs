//! MCP servers that an extension declares: checked and kept as data; nobody in this room starts one.

use std::collections::BTreeMap;
use std::path::Path;

use domain::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::ExtensionError;
use crate::source;

mod auth;

pub use auth::{McpAuth, McpOauth, McpOauthState};

/// Servers by their names, in the order they were declared.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct McpServers(Vec<(String, McpServer)>);

/// One MCP server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct McpServer {
    /// The address of a remote one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How it is spoken to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<McpTransport>,
    /// The program of a local one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The words after the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<String>>,
    /// The environment of the program.
    #[serde(default, skip_serializing_if = "is_bare")]
    pub env: Option<BTreeMap<String, Secret>>,
    /// The folder of the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// What it is good for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A picture of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// How long a call may take, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<f64>,
    /// How long a stream may be silent, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sse_read_timeout: Option<f64>,
    /// Whether it stays between calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<bool>,
    /// What a remote one is sent with every call.
    #[serde(default, skip_serializing_if = "is_bare")]
    pub headers: Option<BTreeMap<String, Secret>>,
    /// How it is signed in to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Box<McpAuth>>,
    /// Whether the agent sees it.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum McpTransport {
    /// Over the pipes of a program.
    Stdio,
    /// Over HTTP.
    Http,
    /// Over HTTP that streams.
    StreamableHttp,
    /// Over a stream of server events.
    Sse,
}

fn yes() -> bool {
    true
}

fn is_bare(map: &Option<BTreeMap<String, Secret>>) -> bool {
    map.as_ref().is_none_or(BTreeMap::is_empty)
}

/// The keys a server may have; others are left out.
const KEYS: &[&str] = &[
    "url",
    "transport",
    "command",
    "args",
    "env",
    "cwd",
    "description",
    "icon",
    "timeout",
    "sse_read_timeout",
    "keep_alive",
    "headers",
    "auth",
    "enabled",
];

impl McpServers {
    /// Servers as a configuration declares them, with or without `mcpServers` around them.
    pub fn of_config(config: &Value) -> Result<Self, ExtensionError> {
        let servers = config.get("mcpServers").unwrap_or(config);
        if servers.is_null() {
            return Ok(Self::default());
        }
        let Value::Object(map) = servers else {
            return Err(ExtensionError::invalid("MCP servers must be a mapping"));
        };
        map.iter()
            .map(|(name, server)| Ok((name.clone(), McpServer::of(name, server)?)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The servers of a `.mcp.json`.
    pub fn of_file(path: &Path) -> Result<Self, ExtensionError> {
        let trouble = |why: String| ExtensionError::invalid(format!("{}: {why}", path.display()));
        let text = source::text(path).map_err(|e| trouble(e.to_string()))?;
        let config: Value = serde_json::from_str(&text).map_err(|e| trouble(e.to_string()))?;
        if !config.is_object() {
            return Err(trouble("must be an object".to_owned()));
        }
        let none = Value::Object(Map::new());
        let servers = Self::of_config(config.get("mcpServers").unwrap_or(&none))?;
        let reachable = |server: &McpServer| server.command.is_some() || server.url.is_some();
        if let Some((name, _)) = servers.iter().find(|(_, server)| !reachable(server)) {
            let why = format!("`{name}` has neither `command` nor `url`");
            return Err(trouble(why));
        }
        Ok(servers)
    }

    /// Servers that are already checked.
    pub(crate) fn of(servers: Vec<(String, McpServer)>) -> Self {
        Self(servers)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &McpServer)> {
        self.0.iter().map(|(name, server)| (name.as_str(), server))
    }

    /// As a client sees them: secrets masked.
    #[must_use]
    pub fn shown(&self) -> BTreeMap<String, McpServer> {
        self.0.iter().cloned().collect()
    }
}

impl McpServer {
    fn of(name: &str, declared: &Value) -> Result<Self, ExtensionError> {
        let trouble = |why: String| ExtensionError::invalid(format!("MCP server `{name}`: {why}"));
        let Value::Object(declared) = declared else {
            return Err(trouble("must be a mapping".to_owned()));
        };
        let mut fields: Map<String, Value> = declared
            .iter()
            .filter(|(key, _)| KEYS.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if let Some(kind) = declared.get("type").filter(|kind| !kind.is_null())
            && !fields.contains_key("transport")
        {
            fields.insert("transport".to_owned(), kind.clone());
        }
        if fields.get("transport").and_then(Value::as_str) == Some("shttp") {
            fields.insert("transport".to_owned(), Value::from("http"));
        }
        let server: Self =
            serde_json::from_value(Value::Object(fields)).map_err(|e| trouble(e.to_string()))?;
        server.consistent().map_err(trouble)?;
        Ok(server)
    }

    fn consistent(&self) -> Result<(), String> {
        let empty = |text: &Option<String>| text.as_ref().is_some_and(String::is_empty);
        if empty(&self.url) || empty(&self.command) {
            return Err("`url` and `command` must not be empty".to_owned());
        }
        match self.transport {
            Some(McpTransport::Stdio) if self.command.is_none() => {
                return Err("a stdio server needs `command`".to_owned());
            }
            Some(McpTransport::Http | McpTransport::StreamableHttp | McpTransport::Sse)
                if self.url.is_none() =>
            {
                return Err("a remote server needs `url`".to_owned());
            }
            Some(_) | None => {}
        }
        let signs_itself = self.headers.as_ref().is_some_and(|headers| {
            headers
                .keys()
                .any(|name| name.eq_ignore_ascii_case("authorization"))
        });
        if self.auth.is_some() && signs_itself {
            return Err("`auth` and an `Authorization` header exclude each other".to_owned());
        }
        Ok(())
    }
}
