//! History of a workspace as it is asked for and answered. Knows no program.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum GitChangeStatus {
    /// It has another name.
    Moved,
    /// It is new.
    Added,
    /// It is gone.
    Deleted,
    /// It has other bytes.
    Updated,
}

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GitChange {
    /// What happened to it.
    pub status: GitChangeStatus,
    /// Where it is, seen from the directory that was asked about.
    #[schemars(extend("format" = "path"))]
    pub path: String,
}

/// A file then and now, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("required" = ["modified", "original"]))]
pub struct GitDiff {
    /// Now; none outside of a repository.
    pub modified: Option<String>,
    /// Then; none outside of a repository.
    pub original: Option<String>,
}

/// Which two sides of a file are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitSides {
    /// The file on disk, and at a commit: the one named, else where the work began.
    Now(Option<String>),
    /// The file at a commit, and at the one before.
    Commit(String),
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GitCommit {
    /// Its name.
    pub sha: String,
    /// Its name as people write it.
    pub short_sha: String,
    /// The first line of its message.
    pub subject: String,
    /// Who made it.
    pub author: String,
    /// When, in ISO form.
    pub timestamp: String,
}

/// The newest commits of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GitCommitsPage {
    /// The newest first.
    pub commits: Vec<GitCommit>,
    /// Whether there are older ones.
    pub has_more: bool,
}

/// Who hosts repositories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GitProvider {
    /// GitHub.
    Github,
    /// GitLab.
    Gitlab,
    /// Bitbucket.
    Bitbucket,
    /// Azure DevOps.
    AzureDevops,
}

impl GitProvider {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Bitbucket => "bitbucket",
            Self::AzureDevops => "azure_devops",
        }
    }
}

/// A repository that somebody hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GitProviderRepository {
    /// Its name at the provider.
    pub id: String,
    /// Its name for people.
    pub full_name: String,
    /// Who hosts it.
    pub git_provider: String,
    /// Whether anybody may read it.
    pub is_public: bool,
    /// How many people like it.
    #[serde(default)]
    pub stargazers_count: Option<i64>,
    /// When somebody last worked on it.
    #[serde(default)]
    pub pushed_at: Option<String>,
    /// The branch that counts.
    #[serde(default)]
    pub main_branch: Option<String>,
}

/// A page of repositories.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GitProviderRepositoryPage {
    /// The repositories.
    pub items: Vec<GitProviderRepository>,
    /// The name of the next page, if there is one.
    #[serde(default)]
    pub next_page_id: Option<String>,
    /// Whether there was no key to ask with.
    #[serde(default)]
    pub missing_token: bool,
}
