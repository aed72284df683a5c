//! What a plugin says of itself, in either of the two layouts there are; knows no skill.

use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};

use super::object;
use crate::error::ExtensionError;
use crate::source;

/// The one version of Agent Plugins manifests there is.
const SCHEMA: &str = "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json";

/// What an Agent Plugins manifest may say.
const FIELDS: &[&str] = &[
    "$schema",
    "name",
    "version",
    "description",
    "author",
    "homepage",
    "repository",
    "license",
    "keywords",
    "extensions",
];

/// What a plugin says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PluginManifest {
    /// What it is called.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is good for.
    pub description: String,
    /// The command that starts it.
    pub entry_command: Option<String>,
}

/// Whether a folder claims to be an Agent Plugins package, be it a broken one.
pub(super) fn is_package(root: &Path) -> bool {
    let path = root.join("plugin.json");
    if !source::is_file(&path) {
        return false;
    }
    let Ok(text) = source::text(&path) else {
        return true;
    };
    let parsed = serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(&text));
    match parsed {
        // Other tools keep a `plugin.json` there as well; theirs names no schema.
        Ok(Value::Object(map)) => map.contains_key("$schema"),
        Ok(_) | Err(_) => true,
    }
}

/// The manifest of an Agent Plugins package.
pub(super) fn of_package(root: &Path) -> Result<PluginManifest, ExtensionError> {
    let path = root.join("plugin.json");
    let trouble = |why: String| ExtensionError::invalid(format!("{}: {why}", path.display()));
    if !source::within(&path, root) {
        return Err(trouble("lies outside the plugin".to_owned()));
    }
    let mut map = object(&path)?;
    if map.get("$schema").and_then(Value::as_str) != Some(SCHEMA) {
        return Err(trouble(format!("`$schema` must be {SCHEMA}")));
    }
    map.retain(|key, value| {
        FIELDS.contains(&key.as_str()) && (key != "extensions" || value.is_object())
    });
    well_formed(&map).map_err(trouble)?;
    let ours = map.get("extensions").and_then(|all| all.get(super::OURS));
    let entry = ours
        .and_then(|ours| ours.get("entry_command"))
        .and_then(Value::as_str)
        .filter(|command| !command.is_empty())
        .map(str::to_owned);
    let mut manifest = of_map(&map).map_err(trouble)?;
    manifest.entry_command = entry;
    Ok(manifest)
}

fn well_formed(map: &Map<String, Value>) -> Result<(), String> {
    let name = map.get("name").and_then(Value::as_str).unwrap_or_default();
    if !is_package_name(name) {
        return Err(format!("`{name}` is no name for a plugin"));
    }
    for key in [
        "version",
        "description",
        "homepage",
        "repository",
        "license",
    ] {
        if map.get(key).is_some_and(|value| !value.is_string()) {
            return Err(format!("`{key}` must be a text"));
        }
    }
    let texts = |value: &Value| {
        let items = value.as_array();
        items.is_some_and(|items| items.iter().all(Value::is_string))
    };
    if map.get("keywords").is_some_and(|words| !texts(words)) {
        return Err("`keywords` must be a list of texts".to_owned());
    }
    let known = |(key, value): (&String, &Value)| {
        ["name", "email", "url"].contains(&key.as_str()) && value.is_string()
    };
    let author = |value: &Value| value.as_object().is_some_and(|map| map.iter().all(known));
    if map.get("author").is_some_and(|value| !author(value)) {
        return Err("`author` must be a mapping of name, email and url".to_owned());
    }
    let spaces = map.get("extensions").and_then(Value::as_object);
    if spaces.is_some_and(|spaces| !spaces.values().all(Value::is_object)) {
        return Err("each of `extensions` must be a mapping".to_owned());
    }
    Ok(())
}

/// Lowercase letters and digits at both ends, single hyphens and dots between.
fn is_package_name(name: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    name.len() <= 64
        && ends(name.chars().next())
        && ends(name.chars().next_back())
        && !name.contains("--")
        && !name.contains("..")
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.')
}

/// The manifest of a plugin in the older layout; one without a manifest is called after its folder.
pub(super) fn of_folder(root: &Path, called: &str) -> Result<PluginManifest, ExtensionError> {
    let places = [".plugin/plugin.json", ".claude-plugin/plugin.json"];
    let path = places
        .iter()
        .map(|place| root.join(place))
        .find(|path| source::is_named(path));
    let Some(path) = path else {
        return Ok(PluginManifest {
            name: called.to_owned(),
            version: "1.0.0".to_owned(),
            description: format!("Plugin loaded from {called}"),
            entry_command: None,
        });
    };
    let trouble = |why: String| ExtensionError::invalid(format!("{}: {why}", path.display()));
    if !source::within(&path, root) {
        return Err(trouble("lies outside the plugin".to_owned()));
    }
    of_map(&object(&path)?).map_err(trouble)
}

fn of_map(map: &Map<String, Value>) -> Result<PluginManifest, String> {
    let text = |key: &str, otherwise: Option<&str>| match (map.get(key), otherwise) {
        (Some(Value::String(text)), _) => Ok(text.clone()),
        (None, Some(otherwise)) => Ok(otherwise.to_owned()),
        _ => Err(format!("`{key}` must be a text")),
    };
    let entry_command = match map.get("entry_command") {
        None | Some(Value::Null) => None,
        Some(Value::String(command)) => Some(command.clone()),
        Some(_) => return Err("`entry_command` must be a text".to_owned()),
    };
    let author = match map.get("author") {
        None | Some(Value::Null | Value::String(_)) => true,
        Some(Value::Object(author)) => {
            author.get("name").is_none_or(Value::is_string)
                && ["email", "url"].iter().all(|key| {
                    author
                        .get(*key)
                        .is_none_or(|value| value.is_string() || value.is_null())
                })
        }
        Some(_) => false,
    };
    if !author {
        return Err("`author` must be a text or a mapping".to_owned());
    }
    Ok(PluginManifest {
        name: text("name", None)?,
        version: text("version", Some("1.0.0"))?,
        description: text("description", Some(""))?,
        entry_command,
    })
}
