//! The MCP servers of a plugin, in either layout; data only, and one bad server does not spoil the others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::Secret;
use serde_json::{Map, Value};

use super::object;
use crate::mcp::{McpServer, McpServers, McpTransport};
use crate::places::Places;
use crate::{fetch, source};

/// The one version of Agent Plugins server files there is.
const SCHEMA: &str = "https://agent-plugins.org/schemas/1.0.0/mcp.schema.json";

/// Headers that the one who calls makes up.
const CALLERS: &[&str] = &[
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "last-event-id",
    "mcp-protocol-version",
    "mcp-session-id",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The servers of `.mcp.json`; what is to be filled in later stays as it is written.
pub(super) fn of_folder(root: &Path) -> McpServers {
    let path = root.join(".mcp.json");
    if !source::exists(&path) || !source::within(&path, root) {
        return McpServers::default();
    }
    McpServers::of_file(&path).unwrap_or_else(|error| {
        tracing::warn!(%error, "a plugin's servers are left out");
        McpServers::default()
    })
}

/// The servers of an Agent Plugins package's `mcp.json`.
pub(super) fn of_package(root: &Path, places: &Places) -> McpServers {
    let path = root.join("mcp.json");
    if !source::is_file(&path) || !source::within(&path, root) {
        return McpServers::default();
    }
    let entries = match document(&path) {
        Ok(entries) => entries,
        Err(why) => {
            tracing::warn!(%why, "a plugin's servers are left out");
            return McpServers::default();
        }
    };
    let package = Package {
        root: root.to_owned(),
        data: fetch::cached(&source::spelled(root), &places.own.join("plugin-data")),
    };
    let mut servers = Vec::new();
    for (name, entry) in entries {
        match package.server(&entry) {
            Ok(server) => servers.push((name, server)),
            Err(why) => tracing::warn!(server = %name, %why, "a plugin's server is left out"),
        }
    }
    McpServers::of(servers)
}

fn document(path: &Path) -> Result<Map<String, Value>, String> {
    let mut document = object(path).map_err(|e| e.to_string())?;
    if document.get("$schema").and_then(Value::as_str) != Some(SCHEMA) {
        return Err(format!("`$schema` must be {SCHEMA}"));
    }
    if document
        .keys()
        .any(|key| key != "$schema" && key != "mcpServers")
    {
        return Err("it says more than `$schema` and `mcpServers`".to_owned());
    }
    match document.remove("mcpServers") {
        Some(Value::Object(entries)) => Ok(entries),
        _ => Err("`mcpServers` must be a mapping".to_owned()),
    }
}

/// Where a package is, and where it may keep what it learns.
struct Package {
    root: PathBuf,
    data: PathBuf,
}

impl Package {
    fn server(&self, entry: &Value) -> Result<McpServer, String> {
        let Value::Object(entry) = entry else {
            return Err("must be a mapping".to_owned());
        };
        let text = |key: &str| match entry.get(key) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.as_str()),
            _ => Err(format!("`{key}` must be a text")),
        };
        let only = |keys: &[&str]| match entry.keys().find(|key| !keys.contains(&key.as_str())) {
            Some(key) => Err(format!("`{key}` is not known")),
            None => Ok(()),
        };
        match text("type")? {
            "stdio" => {
                only(&["type", "command", "args", "env", "cwd"])?;
                self.local(text("command")?, entry)
            }
            "streamable-http" => {
                only(&["type", "url", "headers"])?;
                remote(text("url")?, entry)
            }
            other => Err(format!("the transport `{other}` is not supported")),
        }
    }

    fn local(&self, command: &str, entry: &Map<String, Value>) -> Result<McpServer, String> {
        let command = match command.strip_prefix("./") {
            Some(inner) => source::spelled(&self.inside(&self.root.join(inner), &self.root)?),
            None if command.contains(['/', '\\']) => {
                return Err("`command` is a bare name, or starts with `./`".to_owned());
            }
            None => command.to_owned(),
        };
        let args = match entry.get("args") {
            None => Vec::new(),
            Some(Value::Array(args)) => args
                .iter()
                .map(|arg| arg.as_str().map(|arg| self.filled(arg)))
                .collect::<Option<_>>()
                .ok_or("`args` must be a list of texts")?,
            Some(_) => return Err("`args` must be a list of texts".to_owned()),
        };
        let mut env: BTreeMap<String, Secret> = texts(entry, "env")?
            .into_iter()
            .map(|(name, value)| (name, Secret::Plain(self.filled(&value))))
            .collect();
        for (name, folder) in [("PLUGIN_ROOT", &self.root), ("PLUGIN_DATA", &self.data)] {
            let folder = Secret::Plain(source::spelled(folder));
            if env.insert(name.to_owned(), folder).is_some() {
                return Err(format!("`{name}` is not the plugin's to set"));
            }
        }
        let mut server = bare(McpTransport::Stdio);
        server.command = Some(command);
        server.args = Some(args);
        server.env = Some(env);
        server.cwd = Some(source::spelled(&self.cwd(entry)?));
        Ok(server)
    }

    fn cwd(&self, entry: &Map<String, Value>) -> Result<PathBuf, String> {
        let Some(cwd) = entry.get("cwd") else {
            return Ok(self.root.clone());
        };
        let cwd = cwd.as_str().ok_or("`cwd` must be a text")?;
        let whole = |rest: &str| rest.is_empty() || rest.starts_with('/');
        if let Some(inner) = cwd.strip_prefix("./") {
            self.inside(&self.root.join(self.filled(inner)), &self.root)
        } else if cwd.strip_prefix("${PLUGIN_ROOT}").is_some_and(whole) {
            self.inside(Path::new(&self.filled(cwd)), &self.root)
        } else if cwd.strip_prefix("${PLUGIN_DATA}").is_some_and(whole) {
            self.inside(Path::new(&self.filled(cwd)), &self.data)
        } else {
            Err("`cwd` lies in the plugin or in its data".to_owned())
        }
    }

    fn inside(&self, path: &Path, root: &Path) -> Result<PathBuf, String> {
        let path = source::resolved(path);
        if path.starts_with(source::resolved(root)) {
            Ok(path)
        } else {
            Err(format!(
                "{} lies outside {}",
                path.display(),
                root.display()
            ))
        }
    }

    /// Fills in the two places there are, once.
    fn filled(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${PLUGIN_") {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            let place = [
                ("${PLUGIN_ROOT}", &self.root),
                ("${PLUGIN_DATA}", &self.data),
            ];
            let named = place.iter().find(|(name, _)| rest.starts_with(name));
            let Some((name, folder)) = named else {
                filled.push_str("${");
                rest = &rest[2..];
                continue;
            };
            filled.push_str(&source::spelled(folder));
            rest = &rest[name.len()..];
        }
        filled + rest
    }
}

fn bare(transport: McpTransport) -> McpServer {
    McpServer {
        url: None,
        transport: Some(transport),
        command: None,
        args: None,
        env: None,
        cwd: None,
        description: None,
        icon: None,
        timeout: None,
        sse_read_timeout: None,
        keep_alive: None,
        headers: None,
        auth: None,
        enabled: true,
    }
}

fn texts(entry: &Map<String, Value>, key: &str) -> Result<Vec<(String, String)>, String> {
    let wrong = || format!("`{key}` must be a mapping of texts");
    let Some(value) = entry.get(key) else {
        return Ok(Vec::new());
    };
    let pairs = value.as_object().ok_or_else(wrong)?.iter();
    pairs
        .map(|(name, value)| {
            let value = value.as_str().ok_or_else(wrong)?;
            Ok((name.clone(), value.to_owned()))
        })
        .collect()
}

fn remote(url: &str, entry: &Map<String, Value>) -> Result<McpServer, String> {
    let (scheme, rest) = url
        .split_once("://")
        .ok_or("`url` must be an http(s) address")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let place = &rest[..end];
    if place.contains('@') || url.contains('#') {
        return Err("`url` must have no user and no fragment".to_owned());
    }
    let host = match place.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => place.split(':').next().unwrap_or_default(),
    };
    let here = host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    match scheme {
        "https" if !host.is_empty() => {}
        "http" if here => {}
        _ => return Err("`url` must be an https address".to_owned()),
    }
    let mut headers: BTreeMap<String, Secret> = BTreeMap::new();
    for (name, value) in texts(entry, "headers")? {
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let plain = |c: char| matches!(c, ' ' | '\t' | '!'..='~');
        if name.is_empty() || !name.chars().all(token) || !value.chars().all(plain) {
            return Err(format!("`{name}` is no header"));
        }
        if headers
            .keys()
            .any(|known| known.eq_ignore_ascii_case(&name))
        {
            return Err(format!("the header `{name}` is there twice"));
        }
        headers.insert(name, Secret::Plain(value));
    }
    headers.retain(|name, _| !CALLERS.contains(&name.to_lowercase().as_str()));
    let mut server = bare(McpTransport::StreamableHttp);
    server.url = Some(url.to_owned());
    server.headers = Some(headers);
    Ok(server)
}
