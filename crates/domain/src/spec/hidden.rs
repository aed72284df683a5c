//! Where secrets are in what a conversation is started with, and how they are sealed and opened. Knows no cipher.

use std::sync::Arc;

use serde_json::Value;

use super::{AgentSpec, Condenser, LlmSpec, SecretSource, Start};
use crate::json::Map;
use crate::secret::{MASK, Secret, Vault};

/// The secrets of a model among the keys that are only kept.
const LLM: &[&[&str]] = &[
    &["aws_access_key_id"],
    &["aws_secret_access_key"],
    &["aws_session_token"],
];

/// The secrets of an MCP server.
const SERVER: &[&[&str]] = &[
    &["env", "*"],
    &["headers", "*"],
    &["auth", "value"],
    &["auth", "password"],
    &["auth", "headers", "*"],
    &["auth", "authentication", "client_secret"],
    &["auth", "state", "tokens", "access_token"],
    &["auth", "state", "tokens", "refresh_token"],
    &["auth", "state", "client_info", "client_secret"],
];

/// Where servers are that skills bring along.
const OF_SKILLS: &[&str] = &["skills", "*", "mcp_tools", "*"];

impl Start {
    /// As it may be written to disk: sealed if the vault can, masked otherwise.
    #[must_use]
    pub fn sealed(&self, vault: &dyn Vault) -> Self {
        let mut start = self.clone();
        for secret in start.secrets_mut() {
            *secret = secret.sealed(vault);
        }
        start.each_text(&mut |text| {
            if !text.starts_with(Secret::SEAL) && text != MASK {
                *text = vault.seal(text).unwrap_or_else(|| MASK.to_owned());
            }
        });
        start
    }

    /// As it may be used: opened if the vault can.
    #[must_use]
    pub fn opened(&self, vault: &dyn Vault) -> Self {
        let mut start = self.clone();
        for secret in start.secrets_mut() {
            *secret = secret.opened(vault);
        }
        start.each_text(&mut |text| {
            if text.starts_with(Secret::SEAL)
                && let Some(plain) = vault.unseal(text)
            {
                *text = plain;
            }
        });
        start
    }

    /// Whether there is any secret in it.
    pub fn holds_secrets(&self) -> bool {
        !self.secrets().is_empty() || !self.texts().is_empty()
    }

    /// Every secret that has a type of its own.
    pub fn secrets(&self) -> Vec<&Secret> {
        let title = self.title_llm.as_deref();
        let condenser = self.agent.condenser.iter();
        let condensers = condenser.flat_map(Condenser::summarizing).map(|c| &c.llm);
        let llms = std::iter::once(&self.agent.llm)
            .chain(title)
            .chain(condensers);
        let mut all: Vec<&Secret> = llms.filter_map(|llm| llm.api_key.as_ref()).collect();
        for source in self.secrets.values() {
            match source {
                SecretSource::StaticSecret { value, .. } => all.extend(value),
                SecretSource::LookupSecret { headers, .. } => all.extend(headers.values()),
            }
        }
        all
    }

    /// Every secret that has a type of its own, to seal or open in place.
    pub fn secrets_mut(&mut self) -> Vec<&mut Secret> {
        let mut all: Vec<&mut Secret> = self.agent.llm.api_key.iter_mut().collect();
        all.extend(self.title_llm.iter_mut().flat_map(|llm| &mut llm.api_key));
        let condenser = self.agent.condenser.iter_mut();
        all.extend(
            condenser
                .flat_map(Condenser::llms_mut)
                .flat_map(|llm| &mut llm.api_key),
        );
        for source in self.secrets.values_mut() {
            match source {
                SecretSource::StaticSecret { value, .. } => all.extend(value.iter_mut()),
                SecretSource::LookupSecret { headers, .. } => all.extend(headers.values_mut()),
            }
        }
        all
    }

    /// Every secret in the parts that are only kept.
    pub fn texts(&self) -> Vec<&str> {
        let mut found = Vec::new();
        let AgentSpec {
            llm,
            mcp_config,
            agent_context,
            ..
        } = &self.agent;
        let llms = std::iter::once(llm).chain(self.title_llm.as_deref());
        for LlmSpec { rest, .. } in llms {
            LLM.iter().for_each(|path| look_in(rest, path, &mut found));
        }
        for server in mcp_config.values() {
            SERVER
                .iter()
                .for_each(|path| look(server, path, &mut found));
        }
        if let Some(context) = agent_context {
            for path in of_skills() {
                look(context, &path, &mut found);
            }
        }
        found
    }

    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        let in_context = self.agent.agent_context.as_ref().is_some_and(|context| {
            let mut found = Vec::new();
            of_skills()
                .iter()
                .for_each(|path| look(context, path, &mut found));
            !found.is_empty()
        });
        let llms = std::iter::once(&mut self.agent.llm).chain(self.title_llm.as_deref_mut());
        for LlmSpec { rest, .. } in llms {
            LLM.iter().for_each(|path| each_in(rest, path, change));
        }
        for server in self.agent.mcp_config.values_mut() {
            SERVER.iter().for_each(|path| each(server, path, change));
        }
        if let Some(context) = self.agent.agent_context.as_mut().filter(|_| in_context) {
            let context = Arc::make_mut(context);
            for path in of_skills() {
                each(context, &path, change);
            }
        }
    }

    /// Makes the secrets of the agent's context secrets of the conversation, and leaves masks in their place.
    pub fn adopt_secrets(&mut self) {
        let Some(context) = &mut self.agent.agent_context else {
            return;
        };
        let given = context.get("secrets").and_then(Value::as_object);
        if given.is_none_or(Map::is_empty) {
            return;
        }
        let Some(Value::Object(given)) = Arc::make_mut(context).get_mut("secrets") else {
            return;
        };
        for (name, value) in given.iter_mut() {
            if let Some(source) = source(value) {
                self.secrets.entry(name.clone()).or_insert(source);
            }
            *value = Value::from(MASK);
        }
    }
}

/// A secret by itself, or where it comes from.
fn source(value: &Value) -> Option<SecretSource> {
    match value {
        Value::String(text) if text != MASK => Some(SecretSource::StaticSecret {
            description: None,
            value: Some(Secret::from(text.as_str())),
        }),
        Value::Object(_) => serde_json::from_value(value.clone()).ok(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    }
}

fn of_skills() -> Vec<Vec<&'static str>> {
    SERVER
        .iter()
        .map(|path| [OF_SKILLS, path].concat())
        .collect()
}

fn look<'a>(value: &'a Value, path: &[&str], found: &mut Vec<&'a str>) {
    match (value, path) {
        (Value::String(text), []) if !text.is_empty() => found.push(text),
        (Value::Object(map), [_, ..]) => look_in(map, path, found),
        (Value::Array(items), ["*", rest @ ..]) => {
            items.iter().for_each(|item| look(item, rest, found));
        }
        _ => {}
    }
}

fn look_in<'a>(map: &'a Map, path: &[&str], found: &mut Vec<&'a str>) {
    match path {
        ["*", rest @ ..] => map.values().for_each(|value| look(value, rest, found)),
        [key, rest @ ..] => {
            if let Some(value) = map.get(*key) {
                look(value, rest, found);
            }
        }
        [] => {}
    }
}

fn each(value: &mut Value, path: &[&str], change: &mut dyn FnMut(&mut String)) {
    match (value, path) {
        (Value::String(text), []) if !text.is_empty() => change(text),
        (Value::Object(map), [_, ..]) => each_in(map, path, change),
        (Value::Array(items), ["*", rest @ ..]) => {
            items.iter_mut().for_each(|item| each(item, rest, change));
        }
        _ => {}
    }
}

fn each_in(map: &mut Map, path: &[&str], change: &mut dyn FnMut(&mut String)) {
    match path {
        ["*", rest @ ..] => map.values_mut().for_each(|value| each(value, rest, change)),
        [key, rest @ ..] => {
            if let Some(value) = map.get_mut(*key) {
                each(value, rest, change);
            }
        }
        [] => {}
    }
}
