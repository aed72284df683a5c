//! What belongs to the person who owns this place: settings, secrets, profiles, connections, workspaces.
//!
//! Decides what may be kept and what an agent is started with; keeps it through [`domain::Shelf`]. Knows no file,
//! network, program or protocol.

mod desk;
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

pub use desk::agent_profiles::{
    ActivateAgentProfileResponse, AgentProfileDetailResponse, AgentProfileInfo,
    AgentProfileListResponse, AgentProfileMutationResponse, RenameAgentProfileRequest,
};
pub use desk::connections::{
    ProviderConnectionCreateRequest, ProviderConnectionResponse, ProviderConnectionUpdateRequest,
};
pub use desk::meta_profiles::{
    ActivateMetaProfileResponse, MetaProfileDetailResponse, MetaProfileInfo,
    MetaProfileListResponse, MetaProfileMutationResponse,
};
pub use desk::person::{SettingsResponse, SettingsUpdateRequest};
pub use desk::profiles::{
    ActivateProfileResponse, ProfileDetailResponse, ProfileInfo, ProfileListResponse,
    ProfileMutationResponse, RenameProfileRequest, SaveProfileRequest, ValidateProfileError,
    ValidateProfileRequest, ValidateProfileResponse,
};
pub use desk::secrets::{SecretCreateRequest, SecretItemResponse, SecretsListResponse};
pub use desk::workspaces::{
    AddWorkspaceParentsRequest, AddWorkspacesRequest, DeleteResponse, WorkspaceItem,
    WorkspaceParentItem, WorkspacesListResponse,
};
pub use desk::{Desk, Ports};
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
pub use model::acp::{AcpServer, FileSecret, PointsTo};
pub use model::agent::{
    AcpAgentSettings, AcpKind, AgentSettings, OpenHandsAgentSettings, OpenHandsKind,
};
pub use model::context::{AgentContext, InputMetadata, MarketplaceRegistration, Skill};
pub use model::conversation::{Analyzer, ConversationSettings, DefaultRuntime, WorktreeBase};
pub use model::hidden::Hidden;
pub use model::llm::{ApiMode, AuthType, Llm, ReasoningSummary, SubscriptionVendor};
pub use model::mcp::{
    ApiKeyAuth, BasicAuth, BearerAuth, ClientAuthMethod, HeaderAuth, McpAuth, McpConfig,
    McpConfigPatch, McpServer, McpServerPatch, NoneAuth, OauthAuth, OauthAuthentication,
    OauthClient, OauthState, OauthTokens, OauthType, Scopes, Transport,
};
pub use model::meta::{MetaProfile, MetaProfileClass};
pub use model::named::Named;
pub use model::parts::{
    Condenser, CriticMode, LlmSummarizingCondenserSettings, NoOp, NoOpCondenserSettings,
    ProfileVerification, Summarizing, Tool, Verification,
};
pub use model::profile::{AcpAgentProfile, AgentProfile, OpenHandsAgentProfile};
pub use name::PATTERN as PROFILE_NAME;
pub use offers::{
    ModelsResponse, Offers, ProvidersResponse, ToolCatalogEntry, ToolCatalogResponse,
    VerifiedModelsResponse,
};
pub use probe::{
    ErrorKind, McpOauthCallbackRequest, McpOauthStartResponse, McpOauthStatusResponse,
    McpTestFailure, McpTestRequest, McpTestResponse, McpTestServer, McpTestSuccess, McpToolCall,
    McpToolResult, OauthStatus, RemoteKind, RemoteServer, StdioKind, StdioServer,
};
pub use secrets_in::{Exposure, Sort};
pub use subscription::{
    SubscriptionDevicePollRequest, SubscriptionDeviceStartResponse, SubscriptionModelsResponse,
    SubscriptionStatusResponse,
};
