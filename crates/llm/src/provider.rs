//! Who serves models: where, in which dialect, with which key and which habits. Knows no request and no reply.

mod list;
mod near;

use crate::dialect::Dialect;
use crate::table::{Table, stem};

pub(crate) use near::{near, near_prefix};

/// How a provider takes a wish for reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// `reasoning_effort`, also for models that are not in the table.
    Always,
    /// `reasoning_effort`, for models known to reason.
    Known,
    /// `thinking` on or off, also for models that are not in the table; its text must come back.
    Switch,
    /// Not at all.
    Never,
}

/// Someone who serves models.
#[derive(Debug, PartialEq, Eq)]
pub struct Provider {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) base: Option<&'static str>,
    pub(crate) keys: &'static [&'static str],
    /// Refuses requests without a key.
    pub(crate) needs_key: bool,
    pub(crate) dialect: Dialect,
    /// What the limit of the output is called.
    pub(crate) limit: &'static str,
    pub(crate) effort: Effort,
    /// Takes `prompt_cache_key`.
    pub(crate) cache_key: bool,
    /// Takes `top_k`.
    pub(crate) top_k: bool,
    /// Serves the Responses interface too.
    pub(crate) responses: bool,
    /// Its tool messages may hold images.
    pub(crate) tool_images: bool,
    /// Its tool messages may hold the tool's name.
    pub(crate) tool_name: bool,
    /// It wants text as a string, not as blocks.
    pub(crate) strings: bool,
    /// It passes on to others, and takes `thinking_blocks` for them.
    pub(crate) gateway: bool,
    /// What a base URL without a path lacks.
    pub(crate) path: &'static str,
}

impl Provider {
    /// The prefix of its models: `anthropic` in `anthropic/claude-opus-5`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its name for people.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// Where it is, unless the configuration says otherwise; none for those that are always somebody's own.
    pub fn base_url(&self) -> Option<&'static str> {
        self.base
    }

    /// The environment variables that may hold its key, best first.
    pub fn key_variables(&self) -> &'static [&'static str] {
        self.keys
    }

    /// Whether it refuses requests without a key.
    pub fn needs_key(&self) -> bool {
        self.needs_key
    }
}

/// Every provider that can be used.
pub fn providers() -> &'static [Provider] {
    list::PROVIDERS
}

/// The environment variables that may hold the key of a model's provider, best first; none if it is unknown.
pub fn key_variables(model: &str) -> &'static [&'static str] {
    owner(model, &Table::default()).map_or(&[], |(provider, _)| provider.keys)
}

/// The provider of that name.
pub(crate) fn named(name: &str) -> Option<&'static Provider> {
    let name = name.to_ascii_lowercase();
    let name = match name.as_str() {
        "vllm" => "hosted_vllm",
        "ollama_chat" => "ollama",
        "google" => "gemini",
        other => other,
    };
    list::PROVIDERS.iter().find(|p| p.name == name)
}

/// Someone unknown at a given address, who speaks like OpenAI.
pub(crate) fn unknown() -> &'static Provider {
    &list::UNKNOWN
}

/// Providers that other software knows and this one does not.
pub(crate) fn is_foreign(prefix: &str) -> bool {
    let prefix = prefix.to_ascii_lowercase();
    list::FOREIGN.iter().any(|name| prefix == *name)
}

/// Whose model that is, and what they call it: by prefix, by the table, or by its family.
pub(crate) fn owner(model: &str, table: &Table) -> Option<(&'static Provider, String)> {
    if let Some((prefix, rest)) = model.split_once('/') {
        return named(prefix).map(|provider| (provider, rest.to_owned()));
    }
    let listed = table.find(model).and_then(|m| named(&m.provider));
    let provider = listed.or_else(|| by_family(stem(model)))?;
    Some((provider, model.to_owned()))
}

fn by_family(model: &str) -> Option<&'static Provider> {
    let model = model.to_ascii_lowercase();
    let family = list::FAMILIES
        .iter()
        .find(|(start, _)| model.starts_with(start));
    family.and_then(|(_, name)| named(name))
}

#[cfg(test)]
mod tests;
