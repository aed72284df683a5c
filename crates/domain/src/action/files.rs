//! What the agent asks of files. Data only.

#![expect(missing_docs, reason = "fields carry the names of the wire")]

use serde::{Deserialize, Serialize};

use crate::parts::EditorCommand;

/// `ApplyPatchAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApplyPatchAction {
    pub patch: String,
}

/// One use of the file editor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileEditorAction {
    pub command: EditorCommand,
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_str: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_str: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insert_line: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view_range: Option<Vec<i64>>,
}

/// `EditAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditAction {
    pub file_path: String,
    pub old_string: String,
    pub new_string: String,
    #[serde(default = "crate::parts::one")]
    pub expected_replacements: i64,
}

/// `ListDirectoryAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListDirectoryAction {
    #[serde(default = "crate::parts::here")]
    pub dir_path: String,
    #[serde(default)]
    pub recursive: bool,
}

/// `ReadFileAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadFileAction {
    pub file_path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// `WriteFileAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WriteFileAction {
    pub file_path: String,
    pub content: String,
}

/// Finds files by their name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GlobAction {
    pub pattern: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Finds files by their content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrepAction {
    pub pattern: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include: Option<String>,
}

/// `PlanningFileEditorAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanningFileEditorAction {
    pub command: EditorCommand,
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_str: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_str: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insert_line: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view_range: Option<Vec<i64>>,
}
