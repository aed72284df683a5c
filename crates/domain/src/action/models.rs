//! What the agent asks of other models. Data only.

#![expect(missing_docs, reason = "fields carry the names of the wire")]

use serde::{Deserialize, Serialize};

/// `ClassifyAndSwitchLLMAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassifyAndSwitchLLMAction {}

/// `SwitchLLMAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SwitchLLMAction {
    pub profile_name: String,
    pub reason: String,
}

/// `VisionInspectAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VisionInspectAction {
    pub image_index: i64,
    pub question: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_name: Option<String>,
}

/// `AskOracleAction` as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AskOracleAction {
    pub question: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
}
