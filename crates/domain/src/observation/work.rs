//! What came back from the shell, the task list and the small tools. Data only.

#![expect(missing_docs, reason = "fields carry the names of the wire")]

use serde::{Deserialize, Serialize};

use crate::message::Content;
use crate::parts::CmdOutputMetadata;
use crate::parts::TaskItem;
use crate::parts::TrackerCommand;

/// `MCPToolObservation` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MCPToolObservation {
    #[serde(default)]
    pub content: Vec<Content>,
    #[serde(default)]
    pub is_error: bool,
    pub tool_name: String,
}

/// `FinishObservation` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FinishObservation {
    #[serde(default)]
    pub content: Vec<Content>,
    #[serde(default)]
    pub is_error: bool,
}

/// `InvokeSkillObservation` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvokeSkillObservation {
    #[serde(default)]
    pub content: Vec<Content>,
    #[serde(default)]
    pub is_error: bool,
    pub skill_name: String,
}

/// `ThinkObservation` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThinkObservation {
    #[serde(default)]
    pub content: Vec<Content>,
    #[serde(default)]
    pub is_error: bool,
}

/// `ClientToolObservation` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientToolObservation {
    #[serde(default)]
    pub content: Vec<Content>,
    #[serde(default)]
    pub is_error: bool,
}

/// `TaskTrackerObservation` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskTrackerObservation {
    #[serde(default)]
    pub content: Vec<Content>,
    #[serde(default)]
    pub is_error: bool,
    pub command: TrackerCommand,
    #[serde(default)]
    pub task_list: Vec<TaskItem>,
}

/// `TerminalObservation` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TerminalObservation {
    #[serde(default)]
    pub content: Vec<Content>,
    #[serde(default)]
    pub is_error: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    #[serde(default)]
    pub timeout: bool,
    #[serde(default)]
    pub metadata: CmdOutputMetadata,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_output_save_dir: Option<String>,
}
