//! What the agent asks of other agents. Data only.

#![expect(missing_docs, reason = "fields carry the names of the wire")]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::parts::DelegateCommand;
use crate::parts::Isolation;

/// `StartChildConversationAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartChildConversationAction {
    pub task: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default)]
    pub isolation: Isolation,
}

/// `DelegateAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DelegateAction {
    pub command: DelegateCommand,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_types: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<BTreeMap<String, String>>,
}

/// `TaskAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskAction {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub prompt: String,
    #[serde(default = "crate::parts::general_purpose")]
    pub subagent_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<i64>,
}

/// `ConsultTomAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConsultTomAction {
    pub reason: String,
    #[serde(default = "crate::parts::yes")]
    pub use_user_message: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_query: Option<String>,
}

/// `SleeptimeComputeAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SleeptimeComputeAction {}

/// `WorkflowAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkflowAction {
    pub name: String,
    pub script: String,
    #[serde(default = "crate::parts::eight")]
    pub max_concurrency: i64,
}
