//! The closed list of action kinds, told apart on the wire by `kind`, which stands last.

mod browser;
mod files;
mod models;
mod team;
mod work;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json::{Map, Tagged, split_kind};

pub use browser::*;
pub use files::*;
pub use models::*;
pub use team::*;
pub use work::*;

/// What the agent wants done. Kinds this build does not know pass through untouched.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `MCPToolAction`
    McpTool(MCPToolAction),
    /// `ClassifyAndSwitchLLMAction`
    ClassifyAndSwitchLlm(ClassifyAndSwitchLLMAction),
    /// `FinishAction`
    Finish(FinishAction),
    /// `InvokeSkillAction`
    InvokeSkill(InvokeSkillAction),
    /// `SwitchLLMAction`
    SwitchLlm(SwitchLLMAction),
    /// `ThinkAction`
    Think(ThinkAction),
    /// `VisionInspectAction`
    VisionInspect(VisionInspectAction),
    /// `ApplyPatchAction`
    ApplyPatch(ApplyPatchAction),
    /// `AskOracleAction`
    AskOracle(AskOracleAction),
    /// `BrowserAction`
    Browser(BrowserAction),
    /// `BrowserClickAction`
    BrowserClick(BrowserClickAction),
    /// `BrowserCloseTabAction`
    BrowserCloseTab(BrowserCloseTabAction),
    /// `BrowserGetContentAction`
    BrowserGetContent(BrowserGetContentAction),
    /// `BrowserGetStateAction`
    BrowserGetState(BrowserGetStateAction),
    /// `BrowserGetStorageAction`
    BrowserGetStorage(BrowserGetStorageAction),
    /// `BrowserGoBackAction`
    BrowserGoBack(BrowserGoBackAction),
    /// `BrowserListTabsAction`
    BrowserListTabs(BrowserListTabsAction),
    /// `BrowserNavigateAction`
    BrowserNavigate(BrowserNavigateAction),
    /// `BrowserScrollAction`
    BrowserScroll(BrowserScrollAction),
    /// `BrowserSetStorageAction`
    BrowserSetStorage(BrowserSetStorageAction),
    /// `BrowserStartRecordingAction`
    BrowserStartRecording(BrowserStartRecordingAction),
    /// `BrowserStopRecordingAction`
    BrowserStopRecording(BrowserStopRecordingAction),
    /// `BrowserSwitchTabAction`
    BrowserSwitchTab(BrowserSwitchTabAction),
    /// `BrowserTypeAction`
    BrowserType(BrowserTypeAction),
    /// `StartChildConversationAction`
    StartChildConversation(StartChildConversationAction),
    /// `DelegateAction`
    Delegate(DelegateAction),
    /// `FileEditorAction`
    FileEditor(FileEditorAction),
    /// `EditAction`
    Edit(EditAction),
    /// `ListDirectoryAction`
    ListDirectory(ListDirectoryAction),
    /// `ReadFileAction`
    ReadFile(ReadFileAction),
    /// `WriteFileAction`
    WriteFile(WriteFileAction),
    /// `GlobAction`
    Glob(GlobAction),
    /// `GrepAction`
    Grep(GrepAction),
    /// `PlanningFileEditorAction`
    PlanningFileEditor(PlanningFileEditorAction),
    /// `TaskAction`
    Task(TaskAction),
    /// `TaskTrackerAction`
    TaskTracker(TaskTrackerAction),
    /// `TerminalAction`
    Terminal(TerminalAction),
    /// `ConsultTomAction`
    ConsultTom(ConsultTomAction),
    /// `SleeptimeComputeAction`
    SleeptimeCompute(SleeptimeComputeAction),
    /// `WorkflowAction`
    Workflow(WorkflowAction),
    /// A kind from elsewhere, kept whole.
    Foreign {
        /// The `kind` it came with.
        kind: String,
        /// All its other fields.
        fields: Map,
    },
}

impl Action {
    /// The discriminator on the wire.
    pub fn kind(&self) -> &str {
        match self {
            Self::McpTool(_) => "MCPToolAction",
            Self::ClassifyAndSwitchLlm(_) => "ClassifyAndSwitchLLMAction",
            Self::Finish(_) => "FinishAction",
            Self::InvokeSkill(_) => "InvokeSkillAction",
            Self::SwitchLlm(_) => "SwitchLLMAction",
            Self::Think(_) => "ThinkAction",
            Self::VisionInspect(_) => "VisionInspectAction",
            Self::ApplyPatch(_) => "ApplyPatchAction",
            Self::AskOracle(_) => "AskOracleAction",
            Self::Browser(_) => "BrowserAction",
            Self::BrowserClick(_) => "BrowserClickAction",
            Self::BrowserCloseTab(_) => "BrowserCloseTabAction",
            Self::BrowserGetContent(_) => "BrowserGetContentAction",
            Self::BrowserGetState(_) => "BrowserGetStateAction",
            Self::BrowserGetStorage(_) => "BrowserGetStorageAction",
            Self::BrowserGoBack(_) => "BrowserGoBackAction",
            Self::BrowserListTabs(_) => "BrowserListTabsAction",
            Self::BrowserNavigate(_) => "BrowserNavigateAction",
            Self::BrowserScroll(_) => "BrowserScrollAction",
            Self::BrowserSetStorage(_) => "BrowserSetStorageAction",
            Self::BrowserStartRecording(_) => "BrowserStartRecordingAction",
            Self::BrowserStopRecording(_) => "BrowserStopRecordingAction",
            Self::BrowserSwitchTab(_) => "BrowserSwitchTabAction",
            Self::BrowserType(_) => "BrowserTypeAction",
            Self::StartChildConversation(_) => "StartChildConversationAction",
            Self::Delegate(_) => "DelegateAction",
            Self::FileEditor(_) => "FileEditorAction",
            Self::Edit(_) => "EditAction",
            Self::ListDirectory(_) => "ListDirectoryAction",
            Self::ReadFile(_) => "ReadFileAction",
            Self::WriteFile(_) => "WriteFileAction",
            Self::Glob(_) => "GlobAction",
            Self::Grep(_) => "GrepAction",
            Self::PlanningFileEditor(_) => "PlanningFileEditorAction",
            Self::Task(_) => "TaskAction",
            Self::TaskTracker(_) => "TaskTrackerAction",
            Self::Terminal(_) => "TerminalAction",
            Self::ConsultTom(_) => "ConsultTomAction",
            Self::SleeptimeCompute(_) => "SleeptimeComputeAction",
            Self::Workflow(_) => "WorkflowAction",
            Self::Foreign { kind, .. } => kind,
        }
    }

    /// Reads `fields` as the given kind; an unknown kind is kept whole.
    pub fn from_fields(kind: &str, fields: Map) -> Result<Self, serde_json::Error> {
        let value = serde_json::Value::Object(fields);
        Ok(match kind {
            "MCPToolAction" => Self::McpTool(serde_json::from_value(value)?),
            "ClassifyAndSwitchLLMAction" => {
                Self::ClassifyAndSwitchLlm(serde_json::from_value(value)?)
            }
            "FinishAction" => Self::Finish(serde_json::from_value(value)?),
            "InvokeSkillAction" => Self::InvokeSkill(serde_json::from_value(value)?),
            "SwitchLLMAction" => Self::SwitchLlm(serde_json::from_value(value)?),
            "ThinkAction" => Self::Think(serde_json::from_value(value)?),
            "VisionInspectAction" => Self::VisionInspect(serde_json::from_value(value)?),
            "ApplyPatchAction" => Self::ApplyPatch(serde_json::from_value(value)?),
            "AskOracleAction" => Self::AskOracle(serde_json::from_value(value)?),
            "BrowserAction" => Self::Browser(serde_json::from_value(value)?),
            "BrowserClickAction" => Self::BrowserClick(serde_json::from_value(value)?),
            "BrowserCloseTabAction" => Self::BrowserCloseTab(serde_json::from_value(value)?),
            "BrowserGetContentAction" => Self::BrowserGetContent(serde_json::from_value(value)?),
            "BrowserGetStateAction" => Self::BrowserGetState(serde_json::from_value(value)?),
            "BrowserGetStorageAction" => Self::BrowserGetStorage(serde_json::from_value(value)?),
            "BrowserGoBackAction" => Self::BrowserGoBack(serde_json::from_value(value)?),
            "BrowserListTabsAction" => Self::BrowserListTabs(serde_json::from_value(value)?),
            "BrowserNavigateAction" => Self::BrowserNavigate(serde_json::from_value(value)?),
            "BrowserScrollAction" => Self::BrowserScroll(serde_json::from_value(value)?),
            "BrowserSetStorageAction" => Self::BrowserSetStorage(serde_json::from_value(value)?),
            "BrowserStartRecordingAction" => {
                Self::BrowserStartRecording(serde_json::from_value(value)?)
            }
            "BrowserStopRecordingAction" => {
                Self::BrowserStopRecording(serde_json::from_value(value)?)
            }
            "BrowserSwitchTabAction" => Self::BrowserSwitchTab(serde_json::from_value(value)?),
            "BrowserTypeAction" => Self::BrowserType(serde_json::from_value(value)?),
            "StartChildConversationAction" => {
                Self::StartChildConversation(serde_json::from_value(value)?)
            }
            "DelegateAction" => Self::Delegate(serde_json::from_value(value)?),
            "FileEditorAction" => Self::FileEditor(serde_json::from_value(value)?),
            "EditAction" => Self::Edit(serde_json::from_value(value)?),
            "ListDirectoryAction" => Self::ListDirectory(serde_json::from_value(value)?),
            "ReadFileAction" => Self::ReadFile(serde_json::from_value(value)?),
            "WriteFileAction" => Self::WriteFile(serde_json::from_value(value)?),
            "GlobAction" => Self::Glob(serde_json::from_value(value)?),
            "GrepAction" => Self::Grep(serde_json::from_value(value)?),
            "PlanningFileEditorAction" => Self::PlanningFileEditor(serde_json::from_value(value)?),
            "TaskAction" => Self::Task(serde_json::from_value(value)?),
            "TaskTrackerAction" => Self::TaskTracker(serde_json::from_value(value)?),
            "TerminalAction" => Self::Terminal(serde_json::from_value(value)?),
            "ConsultTomAction" => Self::ConsultTom(serde_json::from_value(value)?),
            "SleeptimeComputeAction" => Self::SleeptimeCompute(serde_json::from_value(value)?),
            "WorkflowAction" => Self::Workflow(serde_json::from_value(value)?),
            _ => Self::Foreign {
                kind: kind.to_owned(),
                fields: crate::json::object(value),
            },
        })
    }
}

impl Serialize for Action {
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
            Self::ApplyPatch(body) => Tagged { body, kind }.serialize(serializer),
            Self::AskOracle(body) => Tagged { body, kind }.serialize(serializer),
            Self::Browser(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserClick(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserCloseTab(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserGetContent(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserGetState(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserGetStorage(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserGoBack(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserListTabs(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserNavigate(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserScroll(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserSetStorage(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserStartRecording(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserStopRecording(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserSwitchTab(body) => Tagged { body, kind }.serialize(serializer),
            Self::BrowserType(body) => Tagged { body, kind }.serialize(serializer),
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

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (kind, fields) =
            split_kind(Map::deserialize(deserializer)?).map_err(D::Error::custom)?;
        Self::from_fields(&kind, fields).map_err(|e| D::Error::custom(format!("{kind}: {e}")))
    }
}
