//! Where a repository comes from, in words that may be shown. Compares nothing.

use std::path::Path;

use domain::ArchiveOrigin;

use super::program::Git;
use super::repository::Repository;

/// Words in the names of parameters that hold secrets.
const SECRET_WORDS: [&str; 9] = [
    "token",
    "key",
    "secret",
    "password",
    "auth",
    "credential",
    "sig",
    "code",
    "access",
];

/// What is known of the repository at `root`; nothing if there is none.
pub(in super::super) async fn origin(git: &Git, root: &Path) -> ArchiveOrigin {
    let Ok(Some(repository)) = Repository::find(git, root).await else {
        return ArchiveOrigin::default();
    };
    // What git does not say is left out.
    let remote = repository.ask(&["remote", "get-url", "origin"]).await;
    let branch = repository.branch().await.ok().flatten();
    ArchiveOrigin {
        remote: remote.ok().flatten().map(|url| public(&url)),
        branch: repository
            .head
            .as_ref()
            .map(|_| branch.unwrap_or_else(|| "DETACHED".to_owned())),
        head: repository.head.clone(),
        root: Some(repository.directory.to_string_lossy().into_owned()),
        base_commit: None,
        base_ref: None,
    }
}

/// An address without the credentials in it.
fn public(url: &str) -> String {
    let (address, query) = match url.split_once('?') {
        Some((address, query)) => (address, Some(query)),
        None => (url, None),
    };
    let mut shown = match address.split_once("://") {
        Some((scheme @ ("http" | "https"), rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            match host.rsplit_once('@') {
                Some((_, host)) => format!("{scheme}://****@{host}/{path}"),
                None => address.to_owned(),
            }
        }
        _ => address.to_owned(),
    };
    if let Some(query) = query {
        let parameters: Vec<String> = query.split('&').map(hidden).collect();
        shown.push('?');
        shown.push_str(&parameters.join("&"));
    }
    shown
}

fn hidden(parameter: &str) -> String {
    let (name, _) = parameter.split_once('=').unwrap_or((parameter, ""));
    let lower = name.to_lowercase();
    if SECRET_WORDS.iter().any(|word| lower.contains(word)) {
        format!("{name}=%3Credacted%3E")
    } else {
        parameter.to_owned()
    }
}

#[cfg(test)]
mod tests;
