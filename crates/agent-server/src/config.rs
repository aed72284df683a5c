//! What the server is told when it is started, under the original's names. Reads no environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of one server.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
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
    /// Whether an editor in the browser is wanted; there is none here, and clients are told so or refused.
    pub enable_vscode: bool,
    /// How many conversations may work at once.
    pub max_concurrent_runs: usize,
    /// The address under which people reach this server.
    pub web_url: Option<String>,
    /// How long an unused conversation stays in memory.
    pub conversation_idle_ttl_seconds: Option<f64>,
    /// How long the lease on a conversation lasts; 0 for none.
    pub lease_ttl_seconds: f64,
    /// Whether the server waits for `POST /api/init` before it does anything.
    pub deferred_init: bool,
    /// Seals secrets; without it the first session key does.
    pub secret_key: Option<String>,
    /// Keys that only open what they once sealed.
    pub previous_secret_keys: Vec<String>,
    /// Who is told of what happens.
    pub webhooks: Vec<WebhookSpec>,
    /// Hosts besides this one whose pages may call it, at any port.
    pub cors_hosts: Vec<String>,
    /// Names besides addresses and `localhost` under which a server without a key may be called.
    pub host_names: Vec<String>,
    /// How many connections there may be at once.
    pub max_connections: usize,
    /// What commands see besides the server's own environment.
    pub env: BTreeMap<String, String>,
    /// Whether a page that this server shows is handed the key, so that pages of other names must be kept away.
    #[serde(skip)]
    #[schemars(skip)]
    pub hands_out_key: bool,
    /// The versions and names of `/server_info`.
    #[serde(skip)]
    #[schemars(skip)]
    pub about: About,
}

impl Config {
    /// What the settings look like, for whoever reads them from somewhere.
    pub fn schema() -> serde_json::Value {
        let settings = schemars::generate::SchemaSettings::draft2020_12();
        let generator = settings.for_deserialize().into_generator();
        generator.into_root_schema_for::<Self>().to_value()
    }

    /// The key that seals secrets.
    pub fn sealing_key(&self) -> Option<&str> {
        let own = self.secret_key.as_deref();
        own.or_else(|| self.session_api_keys.first().map(String::as_str))
    }
}

/// Somebody who is told of what happens, and how.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct WebhookSpec {
    /// Where: events go to `{base_url}/events/{id}`, conversations to `{base_url}/conversations`.
    pub base_url: String,
    /// With which headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How many events are told at once.
    #[serde(default = "five")]
    #[schemars(range(min = 1))]
    pub event_buffer_size: usize,
    /// How many seconds an event waits for others at most.
    #[serde(default = "thirty")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub flush_delay: f64,
    /// How often a failed attempt is made again.
    #[serde(default = "three")]
    pub num_retries: u32,
    /// How many seconds to wait before that.
    #[serde(default = "five_seconds")]
    #[schemars(range(min = 0))]
    pub retry_delay: f64,
    /// How many events wait at most; then the oldest are dropped.
    #[serde(default = "thousand")]
    #[schemars(range(min = 1))]
    pub max_queue_size: usize,
    /// How many bytes are told at once at most.
    #[serde(default = "five_mebibytes")]
    #[schemars(range(min = 1))]
    pub max_batch_bytes: usize,
    /// How many bytes wait at most.
    #[serde(default = "fifty_mebibytes")]
    #[schemars(range(min = 1))]
    pub max_queue_bytes: usize,
}

fn five() -> usize {
    5
}

fn thirty() -> f64 {
    30.0
}

fn three() -> u32 {
    3
}

fn five_seconds() -> f64 {
    5.0
}

fn thousand() -> usize {
    1_000
}

fn five_mebibytes() -> usize {
    5 << 20
}

fn fifty_mebibytes() -> usize {
    50 << 20
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
            enable_vscode: true,
            max_concurrent_runs: 10,
            web_url: None,
            conversation_idle_ttl_seconds: Some(1_200.0),
            lease_ttl_seconds: 45.0,
            deferred_init: false,
            secret_key: None,
            previous_secret_keys: Vec::new(),
            webhooks: Vec::new(),
            cors_hosts: Vec::new(),
            host_names: Vec::new(),
            max_connections: 4_096,
            env: BTreeMap::new(),
            hands_out_key: false,
            about: About::default(),
        }
    }
}
