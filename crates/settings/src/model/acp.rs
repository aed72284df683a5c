//! Programs that speak the agent client protocol: how they are started, and which credentials they look for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which program it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
#[expect(missing_docs, reason = "variants carry the names of the wire")]
pub enum AcpServer {
    #[default]
    ClaudeCode,
    Codex,
    GeminiCli,
    KimiCode,
    Pi,
    Opencode,
    /// One whose command is given.
    Custom,
}

/// A secret that is a file's content, and how the program is told where the file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ACPFileSecretSpec")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct FileSecret {
    #[schemars(length(min = 1))]
    pub secret_name: String,
    #[schemars(length(min = 1))]
    pub filename: String,
    #[schemars(length(min = 1))]
    pub env_var: String,
    #[schemars(length(min = 1))]
    pub subdir: String,
    #[serde(default)]
    pub env_points_to: PointsTo,
    #[serde(default)]
    pub warn_if_unset: Vec<String>,
}

/// What a variable names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum PointsTo {
    /// The directory of the file.
    Dir,
    /// The file.
    #[default]
    File,
}

/// What is known of a program.
pub(crate) struct Program {
    /// What starts it.
    pub command: &'static [&'static str],
    /// The variable of its key.
    pub key: Option<&'static str>,
    /// The variable of its address.
    pub address: Option<&'static str>,
    /// Its secrets that are files.
    pub files: Vec<FileSecret>,
}

impl AcpServer {
    /// What is known of it; nothing of one whose command is given.
    pub(crate) fn program(self) -> Option<Program> {
        let (command, key, address): (&[&str], _, _) = match self {
            Self::ClaudeCode => (
                &["@agentclientprotocol/claude-agent-acp@0.63.0"],
                Some("ANTHROPIC_API_KEY"),
                Some("ANTHROPIC_BASE_URL"),
            ),
            Self::Codex => (
                &["@agentclientprotocol/codex-acp@1.10.0"],
                Some("OPENAI_API_KEY"),
                Some("OPENAI_BASE_URL"),
            ),
            Self::GeminiCli => (
                &["@google/gemini-cli@0.46.0", "--acp"],
                Some("GEMINI_API_KEY"),
                Some("GEMINI_BASE_URL"),
            ),
            Self::KimiCode => (
                &["@moonshot-ai/kimi-code@0.38.0", "acp"],
                None,
                Some("KIMI_BASE_URL"),
            ),
            Self::Pi => (
                &[
                    "--package=pi-acp@0.0.33",
                    "--package=@earendil-works/pi-coding-agent@0.83.0",
                    "pi-acp",
                ],
                Some("ANTHROPIC_API_KEY"),
                None,
            ),
            Self::Opencode => (
                &["opencode-ai@1.18.23", "acp"],
                Some("OPENCODE_API_KEY"),
                None,
            ),
            Self::Custom => return None,
        };
        Some(Program {
            command,
            key,
            address,
            files: self.files().into_iter().collect(),
        })
    }

    fn files(self) -> Option<FileSecret> {
        match self {
            Self::Codex => Some(file("CODEX_AUTH_JSON", "auth.json", "CODEX_HOME", "codex")),
            Self::GeminiCli => Some(FileSecret {
                env_points_to: PointsTo::File,
                warn_if_unset: ["GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"]
                    .map(str::to_owned)
                    .to_vec(),
                ..file(
                    "GOOGLE_APPLICATION_CREDENTIALS_JSON",
                    "gcloud-credentials.json",
                    "GOOGLE_APPLICATION_CREDENTIALS",
                    "gemini-cli",
                )
            }),
            Self::KimiCode => Some(file(
                "KIMI_CODE_CONFIG_TOML",
                "config.toml",
                "KIMI_CODE_HOME",
                "kimi-code",
            )),
            Self::Pi => Some(file(
                "PI_AUTH_JSON",
                "auth.json",
                "PI_CODING_AGENT_DIR",
                "pi",
            )),
            Self::ClaudeCode | Self::Opencode | Self::Custom => None,
        }
    }
}

fn file(secret: &str, filename: &str, variable: &str, subdir: &str) -> FileSecret {
    FileSecret {
        secret_name: secret.to_owned(),
        filename: filename.to_owned(),
        env_var: variable.to_owned(),
        subdir: subdir.to_owned(),
        env_points_to: PointsTo::Dir,
        warn_if_unset: Vec::new(),
    }
}

/// The secrets that are files, of all programs.
pub(crate) fn file_secrets() -> Vec<FileSecret> {
    [
        AcpServer::Codex,
        AcpServer::GeminiCli,
        AcpServer::KimiCode,
        AcpServer::Pi,
    ]
    .into_iter()
    .filter_map(AcpServer::files)
    .collect()
}

/// What fetches and starts a program of the list.
pub(crate) const FETCH: [&str; 3] = ["npx", "-y", "--prefer-offline"];
