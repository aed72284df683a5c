//! What belongs to the person who owns this place: settings, secrets, profiles, connections, workspaces.
//!
//! Decides what may be kept and what an agent is started with; keeps it through [`domain::Shelf`]. Knows no file,
//! network, program or protocol.

mod desk;
mod discovery;
mod error;
mod fault;
mod forms;
mod launch;
mod measure;
mod merge;
mod migrate;
mod model;
mod name;
mod offers;
mod probe;
mod record;
mod secrets_in;
mod subscription;

pub use desk::*;
pub use discovery::{
    AcpModelDiscovery, AcpModelDiscoveryError, AcpModelDiscoveryRequest, AcpModelInfo,
};
pub use error::Error;
pub use fault::{Fault, Faults};
pub use forms::{
    SettingProminence, SettingsChoice, SettingsFieldSchema, SettingsSchema, SettingsSectionSchema,
    ValueType,
};
pub use launch::{
    AgentLaunchAdditions, AgentProfileDiagnostics, Launch, LaunchedAgentProfile,
    MaterializeAgentProfileRequest, Unresolved,
};
pub use model::*;
pub use name::PATTERN as PROFILE_NAME;
pub use offers::{
    ModelsResponse, Offers, ProvidersResponse, ToolCatalogEntry, ToolCatalogResponse,
    VerifiedModelsResponse,
};
pub use probe::{
    ErrorKind, McpOauthCallbackRequest, McpOauthStartResponse, McpOauthStatusResponse,
    McpTestFailure, McpTestRequest, McpTestResponse, McpTestServer, McpTestSuccess, McpToolCall,
    McpToolResult, OauthStateResponse, OauthStatus, RemoteKind, RemoteServer, StdioKind,
    StdioServer,
};
pub use secrets_in::{Exposure, Sort};
pub use subscription::{
    SubscriptionDevicePollRequest, SubscriptionDeviceStartResponse, SubscriptionModelsResponse,
    SubscriptionStatusResponse,
};
