//! The history of a workspace, and repositories that somebody hosts.

use domain::{
    GitChange, GitCommitsPage, GitDiff, GitProvider, GitProviderRepositoryPage, GitSides,
};
use http_kit::{Api, Error, Json, Path, Query};
use schemars::JsonSchema;
use serde::Deserialize;

use super::place::{Scope, answer, twins};
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    let hosted = Api::tagged("Git").get(
        "/api/git/repositories/search",
        "git_repositories_search",
        repositories,
    );
    hosted.and(twins(operations))
}

fn operations() -> Api<App> {
    Api::tagged("Git")
        .get("/api/git/changes", "git_changes_query", changes)
        .get("/api/git/diff", "git_diff_query", diff)
        .get("/api/git/commits", "git_commits_query", commits)
        .get(
            "/api/git/commits/{sha}/changes",
            "git_commit_changes_query",
            commit_changes,
        )
}

#[derive(Deserialize, JsonSchema)]
struct Changes {
    /// The git repository path
    path: String,
    /// Optional git ref to diff against (e.g. 'HEAD' for git status-style changes, or a commit hash). When omitted, the upstream/default branch is auto-detected.
    #[serde(rename = "ref")]
    #[schemars(title = "Ref")]
    base: Option<String>,
}

async fn changes(
    app: App,
    (Path(scope), Query(asked)): (Path<Scope>, Query<Changes>),
) -> Result<Json<Vec<GitChange>>, Error> {
    let workspace = scope.workspace(&app).await?;
    let changes = workspace.git_changes(asked.path, asked.base).await;
    changes.map(Json::ok).map_err(answer)
}

#[derive(Deserialize, JsonSchema)]
struct Diff {
    /// The file path to get diff for
    path: String,
    /// Optional git ref to diff against (e.g. 'HEAD' for git status-style changes, or a commit hash). When omitted, the upstream/default branch is auto-detected.
    #[serde(rename = "ref")]
    #[schemars(title = "Ref")]
    base: Option<String>,
    /// Optional commit SHA. When set, the diff is the change that commit introduced (vs its first parent), read entirely from git objects so deleted files still render. Mutually exclusive with 'ref'.
    #[schemars(regex(pattern = r"^[0-9a-fA-F]{4,64}$"))]
    commit: Option<String>,
}

async fn diff(
    app: App,
    (Path(scope), Query(asked)): (Path<Scope>, Query<Diff>),
) -> Result<Json<GitDiff>, Error> {
    let workspace = scope.workspace(&app).await?;
    let sides = match (asked.commit, asked.base) {
        (Some(_), Some(_)) => {
            return Err(Error::bad("'ref' and 'commit' are mutually exclusive"));
        }
        (Some(commit), None) => GitSides::Commit(commit),
        (None, base) => GitSides::Now(base),
    };
    let diff = workspace.git_diff(asked.path, sides).await;
    diff.map(Json::ok).map_err(answer)
}

#[derive(Deserialize, JsonSchema)]
struct Commits {
    /// The git repository path
    path: String,
    /// Maximum commits to return
    #[serde(default = "fifty")]
    #[schemars(range(min = 1, max = 200))]
    limit: u32,
}

fn fifty() -> u32 {
    50
}

async fn commits(
    app: App,
    (Path(scope), Query(asked)): (Path<Scope>, Query<Commits>),
) -> Result<Json<GitCommitsPage>, Error> {
    let workspace = scope.workspace(&app).await?;
    let page = workspace.git_commits(asked.path, asked.limit).await;
    page.map(Json::ok).map_err(answer)
}

/// Which commit.
#[derive(Deserialize, JsonSchema)]
struct Commit {
    /// Commit SHA
    #[schemars(regex(pattern = r"^[0-9a-fA-F]{4,64}$"))]
    sha: String,
    #[serde(flatten)]
    #[schemars(skip)]
    scope: Scope,
}

#[derive(Deserialize, JsonSchema)]
struct Repository {
    /// The git repository path
    path: String,
}

async fn commit_changes(
    app: App,
    (Path(one), Query(asked)): (Path<Commit>, Query<Repository>),
) -> Result<Json<Vec<GitChange>>, Error> {
    let workspace = one.scope.workspace(&app).await?;
    let changes = workspace.git_commit_changes(asked.path, one.sha).await;
    changes.map(Json::ok).map_err(answer)
}

#[derive(Deserialize, JsonSchema)]
struct Hosted {
    /// Git provider to search
    provider: GitProvider,
    /// Optional repository name filter
    #[expect(dead_code, reason = "checked; there is nobody to be asked yet")]
    query: Option<String>,
    /// Maximum repositories to return
    #[expect(dead_code, reason = "checked; there is nobody to be asked yet")]
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 100))]
    limit: u32,
    /// Provider-specific page cursor
    #[expect(dead_code, reason = "checked; there is nobody to be asked yet")]
    page_id: Option<String>,
}

fn hundred() -> u32 {
    100
}

/// No provider can be asked from here: there is no key for one, and that is what the answer says.
async fn repositories(
    _: App,
    Query(asked): Query<Hosted>,
) -> Result<Json<GitProviderRepositoryPage>, Error> {
    if asked.provider != GitProvider::Github {
        return Err(Error::bad(format!(
            "Repository discovery is not supported for provider '{}'",
            asked.provider.as_str()
        )));
    }
    Ok(Json::ok(GitProviderRepositoryPage {
        missing_token: true,
        ..GitProviderRepositoryPage::default()
    }))
}
