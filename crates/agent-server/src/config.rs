//! What the server is told when it is started, under the original's names. Reads no environment.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The settings of one server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Keys that open the server; none means that it is open.
    pub session_api_keys: Vec<String>,
    /// Pages of these origins may call it.
    pub allow_cors_origins: Vec<String>,
    /// So may pages whose origin matches this.
    pub allow_cors_origin_regex: Option<String>,
    /// Where conversations are kept.
    pub conversations_path: PathBuf,
    /// Where commands that are no agent's run, if they do not say.
    pub workspace_path: PathBuf,
    /// Where working copies of their own are made for conversations.
    pub conversation_worktree_root: PathBuf,
    /// Where the events of those commands are kept.
    pub bash_events_dir: PathBuf,
    /// For how long; forever if nobody says.
    pub bash_events_retention_seconds: Option<u64>,
    /// A folder served under `/static`.
    pub static_files_path: Option<PathBuf>,
    /// How many conversations may work at once.
    pub max_concurrent_runs: usize,
    /// The address under which people reach this server.
    pub web_url: Option<String>,
    /// How long an unused conversation stays in memory.
    pub conversation_idle_ttl_seconds: u64,
    /// How long the lease on a conversation lasts; 0 for none.
    pub lease_ttl_seconds: u64,
    /// Whether the server waits for `POST /api/init` before it does anything.
    pub deferred_init: bool,
    /// The versions and names of `/server_info`.
    #[serde(skip)]
    pub about: About,
}

/// What the server says of itself.
#[derive(Clone, Debug)]
pub struct About {
    /// The version of the protocol that clients test for.
    pub version: String,
    /// The commit it was built from.
    pub build_git_sha: String,
    /// The branch or tag it was built from.
    pub build_git_ref: String,
    /// What carries out the work, where clients expect an interpreter.
    pub engine: String,
    /// Tools that an agent can be given.
    pub usable_tools: Vec<String>,
}

/// The version of the original whose protocol this is.
pub const PROTOCOL: &str = "1.58.2";

impl Default for About {
    fn default() -> Self {
        Self {
            version: PROTOCOL.to_owned(),
            build_git_sha: "unknown".to_owned(),
            build_git_ref: "unknown".to_owned(),
            engine: "none (openhands in Rust)".to_owned(),
            usable_tools: Vec::new(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            session_api_keys: Vec::new(),
            allow_cors_origins: Vec::new(),
            allow_cors_origin_regex: None,
            conversations_path: PathBuf::from("workspace/conversations"),
            workspace_path: PathBuf::from("workspace/project"),
            conversation_worktree_root: PathBuf::from("/tmp/conversation-worktrees"),
            bash_events_dir: PathBuf::from("workspace/bash_events"),
            bash_events_retention_seconds: None,
            static_files_path: None,
            max_concurrent_runs: 10,
            web_url: None,
            conversation_idle_ttl_seconds: 1_200,
            lease_ttl_seconds: 45,
            deferred_init: false,
            about: About::default(),
        }
    }
}
