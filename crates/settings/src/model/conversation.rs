//! How conversations run unless told otherwise. Starts none.

use domain::{ConfirmationPolicy, Map, Risk};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::fault::Faults;
use crate::measure;

/// The version of the settings of conversations.
pub const VERSION: u64 = 1;

/// Who judges risks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Analyzer {
    /// The model that acts.
    Llm,
    /// Nobody.
    None,
}

/// Where conversations run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum DefaultRuntime {
    /// In the workspace.
    #[default]
    Local,
    /// In a work tree of it.
    Worktree,
    /// In a container.
    Docker,
}

/// What a work tree branches from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum WorktreeBase {
    /// The repository's default branch.
    #[default]
    DefaultBranch,
    /// What is checked out.
    Head,
    /// What is named.
    Ref,
}

/// How conversations run unless told otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ConversationSettings {
    #[schemars(range(min = 1))]
    pub schema_version: u64,
    #[schemars(range(min = 1))]
    pub max_iterations: u64,
    pub confirmation_mode: bool,
    pub security_analyzer: Option<Analyzer>,
    pub default_runtime: DefaultRuntime,
    pub worktree_base: WorktreeBase,
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]*$"))]
    pub worktree_base_ref: Option<String>,
    #[schemars(regex(pattern = r"^([A-Za-z0-9][A-Za-z0-9._/-]*)?$"))]
    pub worktree_branch_prefix: String,
    #[schemars(regex(pattern = r"^\d+(\.\d+)? ?[kKmMgGtTpP]?[iI]?[bB]?$"))]
    pub container_memory: Option<String>,
    #[schemars(range(min = 0.01))]
    pub container_cpus: Option<f64>,
    pub container_browser: bool,
}

impl Default for ConversationSettings {
    fn default() -> Self {
        Self {
            schema_version: VERSION,
            max_iterations: 500,
            confirmation_mode: false,
            security_analyzer: Some(Analyzer::Llm),
            default_runtime: DefaultRuntime::default(),
            worktree_base: WorktreeBase::default(),
            worktree_base_ref: None,
            worktree_branch_prefix: "openhands/".to_owned(),
            container_memory: None,
            container_cpus: None,
            container_browser: true,
        }
    }
}

impl ConversationSettings {
    /// Reads what a client or a file says.
    pub fn read(given: Map) -> Result<Self, Faults> {
        let settings: Self = measure::read(given)?;
        if settings.worktree_base == WorktreeBase::Ref && settings.worktree_base_ref.is_none() {
            let said = "Branching worktrees from a ref needs worktree_base_ref";
            return Err(Faults::at("", said));
        }
        Ok(settings)
    }

    /// When the person is asked.
    pub fn policy(&self) -> ConfirmationPolicy {
        match (self.confirmation_mode, self.security_analyzer) {
            (false, _) => ConfirmationPolicy::NeverConfirm,
            (true, Some(Analyzer::Llm)) => ConfirmationPolicy::ConfirmRisky {
                threshold: Risk::High,
                confirm_unknown: true,
            },
            (true, Some(Analyzer::None) | None) => ConfirmationPolicy::AlwaysConfirm,
        }
    }

    /// Who judges risks, as conversations are told.
    pub fn analyzer(&self) -> Option<Value> {
        (self.security_analyzer == Some(Analyzer::Llm))
            .then(|| json!({ "kind": "LLMSecurityAnalyzer" }))
    }
}
