//! What there is to choose from: models, providers, tools. Plain data, given by whoever joins the rooms.

mod verified;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::named::Named;

/// What there is to choose from.
#[derive(Clone, Debug, Default)]
pub struct Offers {
    /// The names of all providers.
    pub providers: Vec<String>,
    /// All models, each with the name of its provider.
    pub models: Vec<(String, String)>,
    /// All tools.
    pub tools: Vec<ToolCatalogEntry>,
}

/// A tool as those who choose tools are shown it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ToolCatalogEntry {
    pub name: String,
    #[serde(default = "yes")]
    pub user_selectable: bool,
    #[serde(default = "yes")]
    pub usable: bool,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub in_default_set: bool,
}

fn yes() -> bool {
    true
}

/// Whether a model of a provider is known to work well.
pub(crate) fn is_verified(provider: &str, model: &str) -> bool {
    let listed = verified::MODELS.iter().find(|(name, _)| *name == provider);
    listed.is_some_and(|(_, names)| names.contains(&model))
}

/// The answer to `GET /api/tools/catalog`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ToolCatalogResponse {
    pub tools: Vec<ToolCatalogEntry>,
}

/// The answer to `GET /api/llm/providers`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ProvidersResponse {
    pub providers: Vec<String>,
}

/// The answer to `GET /api/llm/models`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ModelsResponse {
    pub models: Vec<String>,
}

/// The answer to `GET /api/llm/models/verified`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct VerifiedModelsResponse {
    pub models: Named<Vec<String>>,
}

impl Offers {
    /// All providers, sorted.
    pub fn providers(&self) -> ProvidersResponse {
        let named = self.models.iter().map(|(_, provider)| provider);
        let all: BTreeSet<&String> = self.providers.iter().chain(named).collect();
        let known = all.into_iter().filter(|name| !name.is_empty());
        ProvidersResponse {
            providers: known.cloned().collect(),
        }
    }

    /// All models, or those of a provider, sorted.
    pub fn models(&self, provider: Option<&str>) -> ModelsResponse {
        let listed = self.models.iter();
        let mut models: BTreeSet<String> = listed
            .filter(|(_, owner)| provider.is_none_or(|wanted| owner == wanted))
            .map(|(name, _)| name.clone())
            .collect();
        for (owner, names) in verified::MODELS {
            if provider == Some(owner) {
                models.extend(names.iter().map(|name| (*name).to_owned()));
            }
        }
        ModelsResponse {
            models: models.into_iter().collect(),
        }
    }

    /// The models that are known to work well, by provider.
    pub fn verified(&self) -> VerifiedModelsResponse {
        let listed = verified::MODELS.iter().map(|(provider, names)| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            ((*provider).to_owned(), names)
        });
        VerifiedModelsResponse {
            models: listed.collect(),
        }
    }

    /// The names of all tools.
    pub fn tool_names(&self) -> Vec<String> {
        self.tools.iter().map(|tool| tool.name.clone()).collect()
    }

    /// All tools.
    pub fn tool_catalog(&self) -> ToolCatalogResponse {
        ToolCatalogResponse {
            tools: self.tools.clone(),
        }
    }

    /// Whether a tool is there and works.
    pub(crate) fn can_use(&self, tool: &str) -> bool {
        let built_in = crate::launch::tools::is_built_in(tool);
        built_in || self.tools.iter().any(|it| it.name == tool && it.usable)
    }
}
