//! What the agent asks of its shell, its task list, its skills and of itself. Data only.

#![expect(missing_docs, reason = "fields carry the names of the wire")]

use serde::{Deserialize, Serialize};

use crate::json::Map;
use crate::parts::TaskItem;
use crate::parts::TrackerCommand;

/// A call of a tool that an MCP server offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MCPToolAction {
    #[serde(default)]
    pub data: Map,
}

/// Ends the task with a last word to the user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FinishAction {
    pub message: String,
}

/// Loads a skill by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvokeSkillAction {
    pub name: String,
}

/// Writes a thought down; changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThinkAction {
    pub thought: String,
}

/// Shows or replaces the task list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskTrackerAction {
    #[serde(default)]
    pub command: TrackerCommand,
    #[serde(default)]
    pub task_list: Vec<TaskItem>,
}

/// One line for the shell, or keys for what runs in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TerminalAction {
    pub command: String,
    #[serde(default)]
    pub is_input: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<f64>,
    #[serde(default)]
    pub reset: bool,
}
