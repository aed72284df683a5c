//! Parts that settings and profiles share: tools, the condenser, verification. Knows no whole.

use domain::Map;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::hidden::Hidden;
use crate::fault::Faults;

/// A tool by name, with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct Tool {
    pub name: String,
    #[serde(default, deserialize_with = "or_empty")]
    #[schemars(with = "Option<Map>")]
    pub params: Map,
}

impl Tool {
    /// A tool without parameters.
    pub fn plain(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            params: Map::new(),
        }
    }
}

fn or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// How a long history is shortened.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Condenser {
    /// A model sums up.
    Summarizing(LlmSummarizingCondenserSettings),
    /// It is not.
    NoOp(NoOpCondenserSettings),
}

impl Default for Condenser {
    fn default() -> Self {
        Self::Summarizing(LlmSummarizingCondenserSettings::default())
    }
}

impl<'de> Deserialize<'de> for Condenser {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let given = Value::deserialize(deserializer)?;
        // Settings of old know one kind and do not say which.
        match given.get("condenser_kind").and_then(Value::as_str) {
            Some("no_op") => serde_json::from_value(given).map(Self::NoOp),
            _ => serde_json::from_value(given).map(Self::Summarizing),
        }
        .map_err(D::Error::custom)
    }
}

/// The kind of a condenser that sums up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Summarizing {
    /// A model sums up.
    LlmSummarizing,
}

/// The kind of a condenser that does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum NoOp {
    /// Histories stay as they are.
    NoOp,
}

/// When a model sums up, and what it leaves alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "LLMSummarizingCondenserSettings")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct LlmSummarizingCondenserSettings {
    pub condenser_kind: Summarizing,
    pub enabled: bool,
    #[schemars(range(min = 20))]
    pub max_size: u64,
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub max_tokens: Option<u64>,
    pub keep_first: u64,
    #[schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 1.0))]
    pub minimum_progress: f64,
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub hard_context_reset_max_retries: u64,
    #[schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 1.0))]
    pub hard_context_reset_context_scaling: f64,
}

impl Default for LlmSummarizingCondenserSettings {
    fn default() -> Self {
        Self {
            condenser_kind: Summarizing::LlmSummarizing,
            enabled: true,
            max_size: 240,
            max_tokens: None,
            keep_first: 2,
            minimum_progress: 0.1,
            hard_context_reset_max_retries: 5,
            hard_context_reset_context_scaling: 0.8,
        }
    }
}

/// Histories stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct NoOpCondenserSettings {
    pub condenser_kind: NoOp,
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn yes() -> bool {
    true
}

/// When the critic looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum CriticMode {
    /// At what ends a turn.
    #[default]
    FinishAndMessage,
    /// At everything.
    AllActions,
}

/// Whether and how the agent's work is judged, without a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "ProfileVerificationSettings")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ProfileVerification {
    pub critic_enabled: bool,
    pub critic_mode: CriticMode,
    pub enable_iterative_refinement: bool,
    #[schemars(range(min = 0, max = 1))]
    pub critic_threshold: f64,
    #[schemars(range(min = 1))]
    pub max_refinement_iterations: u64,
    pub critic_server_url: Option<String>,
    pub critic_model_name: Option<String>,
}

impl Default for ProfileVerification {
    fn default() -> Self {
        Self {
            critic_enabled: false,
            critic_mode: CriticMode::default(),
            enable_iterative_refinement: false,
            critic_threshold: 0.6,
            max_refinement_iterations: 3,
            critic_server_url: None,
            critic_model_name: None,
        }
    }
}

/// Whether and how the agent's work is judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "VerificationSettings")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct Verification {
    #[serde(flatten)]
    pub policy: ProfileVerification,
    pub critic_api_key: Option<Hidden>,
}

/// Clients are told which condenser it is that has a fault.
pub(crate) fn name_condenser(mut faults: Faults) -> Faults {
    for fault in &mut faults.0 {
        if fault.loc.len() == 2 && fault.loc.first() == Some(&Value::from("condenser")) {
            fault.loc.insert(1, "llm_summarizing".into());
        }
    }
    faults
}
