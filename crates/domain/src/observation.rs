//! The closed list of observation kinds, told apart on the wire by `kind`, which stands last.

mod browser;
mod files;
mod models;
mod shown;
mod team;
mod work;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json::{Map, Tagged, split_kind};
use crate::message::Content;

pub use browser::*;
pub use files::*;
pub use models::*;
pub use team::*;
pub use work::*;

/// What doing it gave. Kinds this build does not know pass through untouched.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// `MCPToolObservation`
    McpTool(MCPToolObservation),
    /// `ClassifyAndSwitchLLMObservation`
    ClassifyAndSwitchLlm(ClassifyAndSwitchLLMObservation),
    /// `FinishObservation`
    Finish(FinishObservation),
    /// `InvokeSkillObservation`
    InvokeSkill(InvokeSkillObservation),
    /// `SwitchLLMObservation`
    SwitchLlm(SwitchLLMObservation),
    /// `ThinkObservation`
    Think(ThinkObservation),
    /// `VisionInspectObservation`
    VisionInspect(VisionInspectObservation),
    /// `ClientToolObservation`
    ClientTool(ClientToolObservation),
    /// `ApplyPatchObservation`
    ApplyPatch(ApplyPatchObservation),
    /// `AskOracleObservation`
    AskOracle(AskOracleObservation),
    /// `BrowserObservation`
    Browser(BrowserObservation),
    /// `StartChildConversationObservation`
    StartChildConversation(StartChildConversationObservation),
    /// `DelegateObservation`
    Delegate(DelegateObservation),
    /// `FileEditorObservation`
    FileEditor(FileEditorObservation),
    /// `EditObservation`
    Edit(EditObservation),
    /// `ListDirectoryObservation`
    ListDirectory(ListDirectoryObservation),
    /// `ReadFileObservation`
    ReadFile(ReadFileObservation),
    /// `WriteFileObservation`
    WriteFile(WriteFileObservation),
    /// `GlobObservation`
    Glob(GlobObservation),
    /// `GrepObservation`
    Grep(GrepObservation),
    /// `PlanningFileEditorObservation`
    PlanningFileEditor(PlanningFileEditorObservation),
    /// `TaskObservation`
    Task(TaskObservation),
    /// `TaskTrackerObservation`
    TaskTracker(TaskTrackerObservation),
    /// `TerminalObservation`
    Terminal(TerminalObservation),
    /// `ConsultTomObservation`
    ConsultTom(ConsultTomObservation),
    /// `SleeptimeComputeObservation`
    SleeptimeCompute(SleeptimeComputeObservation),
    /// `WorkflowObservation`
    Workflow(WorkflowObservation),
    /// A kind from elsewhere, kept whole.
    Foreign {
        /// The `kind` it came with.
        kind: String,
        /// All its other fields.
        fields: Map,
    },
}

impl Observation {
    /// The discriminator on the wire.
    pub fn kind(&self) -> &str {
        match self {
            Self::McpTool(_) => "MCPToolObservation",
            Self::ClassifyAndSwitchLlm(_) => "ClassifyAndSwitchLLMObservation",
            Self::Finish(_) => "FinishObservation",
            Self::InvokeSkill(_) => "InvokeSkillObservation",
            Self::SwitchLlm(_) => "SwitchLLMObservation",
            Self::Think(_) => "ThinkObservation",
            Self::VisionInspect(_) => "VisionInspectObservation",
            Self::ClientTool(_) => "ClientToolObservation",
            Self::ApplyPatch(_) => "ApplyPatchObservation",
            Self::AskOracle(_) => "AskOracleObservation",
            Self::Browser(_) => "BrowserObservation",
            Self::StartChildConversation(_) => "StartChildConversationObservation",
            Self::Delegate(_) => "DelegateObservation",
            Self::FileEditor(_) => "FileEditorObservation",
            Self::Edit(_) => "EditObservation",
            Self::ListDirectory(_) => "ListDirectoryObservation",
            Self::ReadFile(_) => "ReadFileObservation",
            Self::WriteFile(_) => "WriteFileObservation",
            Self::Glob(_) => "GlobObservation",
            Self::Grep(_) => "GrepObservation",
            Self::PlanningFileEditor(_) => "PlanningFileEditorObservation",
            Self::Task(_) => "TaskObservation",
            Self::TaskTracker(_) => "TaskTrackerObservation",
            Self::Terminal(_) => "TerminalObservation",
            Self::ConsultTom(_) => "ConsultTomObservation",
            Self::SleeptimeCompute(_) => "SleeptimeComputeObservation",
            Self::Workflow(_) => "WorkflowObservation",
            Self::Foreign { kind, .. } => kind,
        }
    }

    /// Reads `fields` as the given kind; an unknown kind is kept whole.
    pub fn from_fields(kind: &str, fields: Map) -> Result<Self, serde_json::Error> {
        let value = serde_json::Value::Object(fields);
        Ok(match kind {
            "MCPToolObservation" => Self::McpTool(serde_json::from_value(value)?),
            "ClassifyAndSwitchLLMObservation" => {
                Self::ClassifyAndSwitchLlm(serde_json::from_value(value)?)
            }
            "FinishObservation" => Self::Finish(serde_json::from_value(value)?),
            "InvokeSkillObservation" => Self::InvokeSkill(serde_json::from_value(value)?),
            "SwitchLLMObservation" => Self::SwitchLlm(serde_json::from_value(value)?),
            "ThinkObservation" => Self::Think(serde_json::from_value(value)?),
            "VisionInspectObservation" => Self::VisionInspect(serde_json::from_value(value)?),
            "ClientToolObservation" => Self::ClientTool(serde_json::from_value(value)?),
            "ApplyPatchObservation" => Self::ApplyPatch(serde_json::from_value(value)?),
            "AskOracleObservation" => Self::AskOracle(serde_json::from_value(value)?),
            "BrowserObservation" => Self::Browser(serde_json::from_value(value)?),
            "StartChildConversationObservation" => {
                Self::StartChildConversation(serde_json::from_value(value)?)
            }
            "DelegateObservation" => Self::Delegate(serde_json::from_value(value)?),
            "FileEditorObservation" => Self::FileEditor(serde_json::from_value(value)?),
            "EditObservation" => Self::Edit(serde_json::from_value(value)?),
            "ListDirectoryObservation" => Self::ListDirectory(serde_json::from_value(value)?),
            "ReadFileObservation" => Self::ReadFile(serde_json::from_value(value)?),
            "WriteFileObservation" => Self::WriteFile(serde_json::from_value(value)?),
            "GlobObservation" => Self::Glob(serde_json::from_value(value)?),
            "GrepObservation" => Self::Grep(serde_json::from_value(value)?),
            "PlanningFileEditorObservation" => {
                Self::PlanningFileEditor(serde_json::from_value(value)?)
            }
            "TaskObservation" => Self::Task(serde_json::from_value(value)?),
            "TaskTrackerObservation" => Self::TaskTracker(serde_json::from_value(value)?),
            "TerminalObservation" => Self::Terminal(serde_json::from_value(value)?),
            "ConsultTomObservation" => Self::ConsultTom(serde_json::from_value(value)?),
            "SleeptimeComputeObservation" => Self::SleeptimeCompute(serde_json::from_value(value)?),
            "WorkflowObservation" => Self::Workflow(serde_json::from_value(value)?),
            _ => Self::Foreign {
                kind: kind.to_owned(),
                fields: crate::json::object(value),
            },
        })
    }
}

impl Observation {
    /// What the tool said, and whether it failed; nothing for kinds from elsewhere.
    pub(crate) fn said(&self) -> (&[Content], bool) {
        match self {
            Self::McpTool(body) => (&body.content, body.is_error),
            Self::ClassifyAndSwitchLlm(body) => (&body.content, body.is_error),
            Self::Finish(body) => (&body.content, body.is_error),
            Self::InvokeSkill(body) => (&body.content, body.is_error),
            Self::SwitchLlm(body) => (&body.content, body.is_error),
            Self::Think(body) => (&body.content, body.is_error),
            Self::VisionInspect(body) => (&body.content, body.is_error),
            Self::ClientTool(body) => (&body.content, body.is_error),
            Self::ApplyPatch(body) => (&body.content, body.is_error),
            Self::AskOracle(body) => (&body.content, body.is_error),
            Self::Browser(body) => (&body.content, body.is_error),
            Self::StartChildConversation(body) => (&body.content, body.is_error),
            Self::Delegate(body) => (&body.content, body.is_error),
            Self::FileEditor(body) => (&body.content, body.is_error),
            Self::Edit(body) => (&body.content, body.is_error),
            Self::ListDirectory(body) => (&body.content, body.is_error),
            Self::ReadFile(body) => (&body.content, body.is_error),
            Self::WriteFile(body) => (&body.content, body.is_error),
            Self::Glob(body) => (&body.content, body.is_error),
            Self::Grep(body) => (&body.content, body.is_error),
            Self::PlanningFileEditor(body) => (&body.content, body.is_error),
            Self::Task(body) => (&body.content, body.is_error),
            Self::TaskTracker(body) => (&body.content, body.is_error),
            Self::Terminal(body) => (&body.content, body.is_error),
            Self::ConsultTom(body) => (&body.content, body.is_error),
            Self::SleeptimeCompute(body) => (&body.content, body.is_error),
            Self::Workflow(body) => (&body.content, body.is_error),
            Self::Foreign { .. } => (&[], false),
        }
    }
}

impl Serialize for Observation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = self.kind();
        match self {
            Self::McpTool(body) => Tagged { body, kind }.serialize(serializer),
            Self::ClassifyAndSwitchLlm(body) => Tagged { body, kind }.serialize(serializer),
            Self::Finish(body) => Tagged { body, kind }.serialize(serializer),
            Self::InvokeSkill(body) => Tagged { body, kind }.serialize(serializer),
            Self::SwitchLlm(body) => Tagged { body, kind }.serialize(serializer),
            Self::Think(body) => Tagged { body, kind }.serialize(serializer),
            Self::VisionInspect(body) => Tagged { body, kind }.serialize(serializer),
            Self::ClientTool(body) => Tagged { body, kind }.serialize(serializer),
            Self::ApplyPatch(body) => Tagged { body, kind }.serialize(serializer),
            Self::AskOracle(body) => Tagged { body, kind }.serialize(serializer),
            Self::Browser(body) => Tagged { body, kind }.serialize(serializer),
            Self::StartChildConversation(body) => Tagged { body, kind }.serialize(serializer),
            Self::Delegate(body) => Tagged { body, kind }.serialize(serializer),
            Self::FileEditor(body) => Tagged { body, kind }.serialize(serializer),
            Self::Edit(body) => Tagged { body, kind }.serialize(serializer),
            Self::ListDirectory(body) => Tagged { body, kind }.serialize(serializer),
            Self::ReadFile(body) => Tagged { body, kind }.serialize(serializer),
            Self::WriteFile(body) => Tagged { body, kind }.serialize(serializer),
            Self::Glob(body) => Tagged { body, kind }.serialize(serializer),
            Self::Grep(body) => Tagged { body, kind }.serialize(serializer),
            Self::PlanningFileEditor(body) => Tagged { body, kind }.serialize(serializer),
            Self::Task(body) => Tagged { body, kind }.serialize(serializer),
            Self::TaskTracker(body) => Tagged { body, kind }.serialize(serializer),
            Self::Terminal(body) => Tagged { body, kind }.serialize(serializer),
            Self::ConsultTom(body) => Tagged { body, kind }.serialize(serializer),
            Self::SleeptimeCompute(body) => Tagged { body, kind }.serialize(serializer),
            Self::Workflow(body) => Tagged { body, kind }.serialize(serializer),
            Self::Foreign { fields, .. } => Tagged { body: fields, kind }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Observation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (kind, fields) =
            split_kind(Map::deserialize(deserializer)?).map_err(D::Error::custom)?;
        Self::from_fields(&kind, fields).map_err(|e| D::Error::custom(format!("{kind}: {e}")))
    }
}
