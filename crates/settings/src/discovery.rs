//! Asks a program of the agent client protocol for its models. There is no client for it yet, and that is what is said.

use domain::{Map, SecretSource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::error::Error;
use crate::migrate::From;
use crate::model::agent::{AcpAgentSettings, AgentSettings};

/// Which program, and with which secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ACPModelDiscoveryRequest")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AcpModelDiscoveryRequest {
    #[schemars(with = "AcpAgentSettings")]
    pub agent_settings: Map,
    #[serde(default)]
    #[schemars(with = "Map")]
    pub secrets: std::collections::BTreeMap<String, SecretSource>,
    #[serde(default)]
    pub refresh: bool,
}

/// A model of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ACPModelInfo")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AcpModelInfo {
    pub model_id: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
}

/// Why a program told nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ACPModelDiscoveryError")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AcpModelDiscoveryError {
    pub code: String,
    pub detail: String,
}

/// What a program tells of its models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ACPModelDiscovery")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AcpModelDiscovery {
    #[serde(default)]
    pub agent_name: Option<String>,
    #[serde(default)]
    pub agent_version: Option<String>,
    #[serde(default)]
    pub current_model_id: Option<String>,
    #[serde(default)]
    pub available_models: Vec<AcpModelInfo>,
    #[serde(default)]
    pub supports_runtime_model_switch: bool,
    #[serde(default)]
    pub error: Option<AcpModelDiscoveryError>,
}

impl Desk {
    /// Asks a program for its models.
    pub fn discover_models(
        &self,
        mut request: AcpModelDiscoveryRequest,
    ) -> Result<AcpModelDiscovery, Error> {
        let kind = "agent_kind".to_owned();
        request.agent_settings.entry(kind).or_insert("acp".into());
        let settings = self.agent_settings(request.agent_settings, From::Client)?;
        if let AgentSettings::Acp(settings) = &settings
            && settings.acp_command.is_empty()
            && settings.acp_server.program().is_none()
        {
            return Err(Error::Invalid(
                "ACPAgentSettings.acp_command must be set when acp_server='custom' — there is no \
                 default to fall back to"
                    .to_owned(),
            ));
        }
        Ok(AcpModelDiscovery {
            error: Some(AcpModelDiscoveryError {
                code: "ACPInitError".to_owned(),
                detail: "This server cannot start ACP agents yet; its models are not known"
                    .to_owned(),
            }),
            ..AcpModelDiscovery::default()
        })
    }
}
