//! A marketplace that somebody has registered; knows no folder.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// A marketplace to look in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MarketplaceRegistration {
    /// What it is called here.
    pub name: String,
    /// Where it is: github:owner/repo, a git address, or a folder.
    pub source: String,
    /// The branch, tag or commit.
    #[serde(default, rename = "ref")]
    pub reference: Option<String>,
    /// The folder in the repository; relative, and never above it.
    #[serde(default, deserialize_with = "relative")]
    pub repo_path: Option<String>,
    /// What of it is loaded unasked: all, nothing, or what is named.
    #[serde(default)]
    #[schemars(schema_with = "choice")]
    pub auto_load: AutoLoad,
}

/// What is loaded unasked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AutoLoad {
    /// Everything, or nothing.
    All(bool),
    /// What is named.
    Named(Vec<String>),
}

impl Default for AutoLoad {
    fn default() -> Self {
        Self::All(false)
    }
}

impl AutoLoad {
    /// Whether it is anything at all.
    #[must_use]
    pub fn is_any(&self) -> bool {
        match self {
            Self::All(all) => *all,
            Self::Named(names) => !names.is_empty(),
        }
    }

    /// Whether it takes this one.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        match self {
            Self::All(all) => *all,
            Self::Named(names) => names.iter().any(|known| known == name),
        }
    }
}

fn choice(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "anyOf": [
            { "type": "boolean" },
            { "type": "array", "items": { "type": "string" } },
        ],
        "default": false,
    })
}

fn relative<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    use serde::de::Error as _;
    let Some(path) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let wrong = if path.is_empty() {
        "repo_path must not be empty"
    } else if path.contains('\\') {
        "repo_path must use '/' separators"
    } else if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
        "repo_path must be relative, not absolute"
    } else if path.split('/').any(|part| part == "..") {
        "repo_path cannot contain '..' path traversal"
    } else {
        return Ok(Some(path));
    };
    Err(D::Error::custom(wrong))
}
