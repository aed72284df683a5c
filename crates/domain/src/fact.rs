//! What this engine records beside the events: on an event's envelope, or alone. Clients never see it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::EventId;
use crate::json::{Map, to_bytes};
use crate::metrics::{Stats, Usage};
use crate::spec::{Condenser, LlmSpec, SecretSource, Start};

/// Something only this engine needs to know. Secrets inside are sealed or masked, never plain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// The conversation began: always the first record.
    Created {
        /// With this.
        start: Box<Start>,
    },
    /// A model was called.
    Used {
        /// What the call used.
        usage: Usage,
    },
    /// What was used so far, where single calls are not known (an import, a fork that keeps its metrics).
    Stats {
        /// All of it.
        stats: Stats,
    },
    /// The head of the event tree was moved.
    Head {
        /// To this event, or before every event.
        event: Option<EventId>,
    },
    /// Another model is used from here on.
    Llm {
        /// That model.
        spec: Box<LlmSpec>,
        /// How long histories are shortened from here on, where that changed with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        condenser: Option<Condenser>,
    },
    /// Secrets were added or changed.
    Secrets {
        /// By name.
        secrets: BTreeMap<String, SecretSource>,
    },
    /// The conversation has a new name.
    Title {
        /// That name.
        title: String,
    },
    /// The agent has other skills, suffixes, MCP servers and hooks from here on.
    Context {
        /// Its context.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent_context: Option<Arc<Value>>,
        /// Its MCP servers.
        #[serde(default)]
        mcp_config: Map,
        /// The hooks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hook_config: Option<Value>,
    },
    /// The bounds of a run changed.
    Limits {
        /// Steps.
        max_iterations: u32,
        /// US dollars.
        max_budget_per_run: Option<f64>,
    },
}

impl Fact {
    /// Its bytes.
    pub fn to_json(&self) -> Bytes {
        to_bytes(self)
    }

    /// Reads one back.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}
