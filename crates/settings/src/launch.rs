//! From settings or a profile to the agent that a conversation is started with. Starts none.

mod build;
mod preview;
pub(crate) mod resolve;
pub(crate) mod tools;

use std::collections::BTreeMap;

use domain::{AgentSpec, Map, SecretSource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use preview::{AgentProfileDiagnostics, MaterializeAgentProfileRequest};
pub use resolve::Unresolved;

/// An agent that a conversation can be started with.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    /// The agent. Its secrets are open, for the conversation to seal; only what conversations do not look into (the
    /// critic, the parameters of tools) is sealed already, or masked without a key.
    pub agent: AgentSpec,
    /// The secrets its context brings, by name.
    pub secrets: BTreeMap<String, SecretSource>,
    /// The agent profile it was made from.
    pub profile: Option<LaunchedAgentProfile>,
}

/// The agent profile that a conversation was started from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct LaunchedAgentProfile {
    pub agent_profile_id: Uuid,
    pub revision: u64,
    #[serde(default)]
    pub secret_refs: Option<Vec<String>>,
    #[serde(default)]
    pub llm_profile_ref: Option<String>,
}

impl LaunchedAgentProfile {
    /// Whether a conversation started from it is given a secret.
    pub fn allows_secret(&self, name: &str) -> bool {
        let refs = self.secret_refs.as_ref();
        refs.is_none_or(|refs| refs.iter().any(|known| known == name))
    }
}

/// What the one who starts a conversation adds to its agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AgentLaunchAdditions {
    #[schemars(length(max = 32768))]
    pub system_message_suffix_append: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skills: Option<Vec<Map>>,
    #[schemars(length(min = 1))]
    pub llm_profile_ref: Option<String>,
}
