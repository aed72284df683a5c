//! What a person's settings are made of: every key clients know, with its default and its bounds.

pub(crate) mod acp;
pub(crate) mod agent;
pub(crate) mod context;
pub(crate) mod conversation;
pub(crate) mod hidden;
pub(crate) mod llm;
pub(crate) mod mcp;
pub(crate) mod meta;
pub(crate) mod named;
pub(crate) mod parts;
pub(crate) mod profile;

pub use acp::{AcpServer, FileSecret, PointsTo};
pub use agent::{AcpAgentSettings, AcpKind, AgentSettings, OpenHandsAgentSettings, OpenHandsKind};
pub use context::{AgentContext, InputMetadata, MarketplaceRegistration, Skill};
pub use conversation::{Analyzer, ConversationSettings, DefaultRuntime, WorktreeBase};
pub use hidden::Hidden;
pub use llm::{ApiMode, AuthType, Llm, ReasoningSummary, SubscriptionVendor};
pub use mcp::{
    ApiKeyAuth, BasicAuth, BearerAuth, ClientAuthMethod, HeaderAuth, McpAuth, McpConfig,
    McpConfigPatch, McpServer, McpServerPatch, NoneAuth, OauthAuth, OauthAuthentication,
    OauthClient, OauthState, OauthTokens, OauthType, Scopes, Transport,
};
pub use meta::{MetaProfile, MetaProfileClass};
pub use named::Named;
pub use parts::{
    Condenser, CriticMode, LlmSummarizingCondenserSettings, NoOp, NoOpCondenserSettings,
    ProfileVerification, Summarizing, Tool, Verification,
};
pub use profile::{AcpAgentProfile, AgentProfile, OpenHandsAgentProfile};
