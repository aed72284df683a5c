//! What can be added to an agent: skills, plugins, hooks, sub-agents, canvas extensions, and where they are found.
//!
//! Reads folders and keeps what is installed; what others bring along is data here, and nothing of it is ever run.

mod canvas;
mod catalog;
mod error;
mod fetch;
mod front_matter;
mod git;
mod hooks;
mod installed;
mod marketplace;
mod mcp;
mod names;
mod places;
mod plugin;
mod shelf;
mod skill;
mod skills;
mod source;
mod sub_agent;
mod yaml;

pub use canvas::*;
pub use catalog::Extensions;
pub use error::ExtensionError;
pub use fetch::Origin;
pub use git::{Git, GitEnd, GitFault};
pub use hooks::{HookConfig, HookDefinition, HookMatcher, HookType, HooksRequest, HooksResponse};
pub use installed::{Installation, Kind, Order};
pub use marketplace::{
    AutoLoad, MarketplacePluginInfo, MarketplaceRegistration, MarketplaceSkillInfo,
    PluginsMarketplaceCatalogResponse, SkillsMarketplaceCatalogResponse,
};
pub use mcp::{McpAuth, McpOauth, McpOauthState, McpServer, McpServers, McpTransport};
pub use names::is_kebab;
pub use places::Places;
pub use plugin::*;
pub use skill::*;
pub use skills::*;
pub use sub_agent::{AgentDefinition, Level, SubAgentInfo, SubAgentsRequest, SubAgentsResponse};
