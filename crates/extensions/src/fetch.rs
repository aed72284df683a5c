//! Where an extension comes from: a folder, a git address, or `github:owner/repo`; fetches through the port to git.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::error::ExtensionError;
use crate::git::{self, Git};
use crate::places::Places;
use crate::{shelf, source};

/// How long a fetch may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Where an extension comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A folder here.
    Folder(String),
    /// A git repository, and the folder in it that the source itself names.
    Git {
        /// Its address.
        url: String,
        /// The folder in it.
        folder: Option<String>,
    },
}

/// An extension's files, here.
#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    /// Where they are.
    pub(crate) path: PathBuf,
    /// The commit they are from; nothing for a folder.
    pub(crate) commit: Option<String>,
    /// What the folder would be called outside the cache, if it is a whole repository.
    pub(crate) name: Option<String>,
}

impl Origin {
    /// Reads a source as a person writes it.
    pub fn parse(source: &str) -> Result<Self, ExtensionError> {
        let source = source.trim();
        if let Some(short) = source.strip_prefix("github:") {
            return github(source, short);
        }
        if is_git(source) {
            return Ok(Self::Git {
                url: normal(source),
                folder: None,
            });
        }
        let local = source.starts_with(['~', '.', '/', '\\'])
            || (source.contains('\\') && !source.contains("://"))
            || (source.contains('/') && !source.contains("://"));
        if local {
            return Ok(Self::Folder(source.to_owned()));
        }
        Err(ExtensionError::unreachable(format!(
            "Unable to parse extension source: {source}. Expected formats: 'github:owner/repo', git URL, or local path"
        )))
    }
}

fn github(source: &str, short: &str) -> Result<Origin, ExtensionError> {
    let mut parts = short.splitn(3, '/');
    let (owner, repository) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    if owner.is_empty() || repository.is_empty() {
        return Err(ExtensionError::unreachable(format!(
            "Invalid GitHub shorthand format: {source}. Expected format: github:owner/repo[/path]"
        )));
    }
    let folder = parts.next().unwrap_or("").trim_matches('/');
    Ok(Origin::Git {
        url: format!("https://github.com/{owner}/{repository}.git"),
        folder: (!folder.is_empty()).then(|| folder.to_owned()),
    })
}

fn is_git(source: &str) -> bool {
    let schemed = ["https://", "http://", "git://", "file://"];
    if schemed.iter().any(|scheme| source.starts_with(scheme)) {
        return true;
    }
    // user@host:path
    let Some((user, rest)) = source.split_once('@') else {
        return false;
    };
    let word = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
    };
    rest.split_once(':')
        .is_some_and(|(host, _)| word(user) && word(host) && !user.starts_with('-'))
}

fn normal(url: &str) -> String {
    let web = url.starts_with("https://") || url.starts_with("http://");
    if !web || url.ends_with(".git") {
        return url.to_owned();
    }
    let url = url.trim_end_matches('/');
    if url.contains("/_git/") {
        return url.to_owned();
    }
    format!("{url}.git")
}

/// What a repository is called, from its address; fit for a file name.
pub(crate) fn repository_name(source: &str) -> String {
    let schemes = ["github:", "https://", "http://", "git://", "file://"];
    let bare = schemes
        .iter()
        .find_map(|scheme| source.strip_prefix(scheme))
        .unwrap_or(source);
    let bare = match bare.split_once(':') {
        Some((host, path)) if bare.contains('@') && !host.contains('/') => path,
        _ => bare,
    };
    let bare = bare.trim_end_matches('/');
    let bare = bare.strip_suffix(".git").unwrap_or(bare);
    let last = bare.rsplit('/').next().unwrap_or(bare);
    let mut name = String::new();
    for c in last.chars() {
        let safe = c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let c = if safe { c } else { '-' };
        if c != '-' || !name.ends_with('-') {
            name.push(c);
        }
    }
    let name: String = name.trim_matches('-').chars().take(32).collect();
    if name.is_empty() {
        "repo".to_owned()
    } else {
        name
    }
}

/// The folder of the cache that a repository is kept in.
pub(crate) fn cached(url: &str, cache: &Path) -> PathBuf {
    let digest = Sha256::digest(url.as_bytes());
    let hex: String = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
    cache.join(format!("{}-{hex}", repository_name(url)))
}

/// What is fetched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// The source as a person writes it.
    pub(crate) source: &'a str,
    /// The branch, tag or commit.
    pub(crate) reference: Option<&'a str>,
    /// The folder in it.
    pub(crate) folder: Option<&'a str>,
}

/// Brings an extension's files here.
pub(crate) fn fetch(
    wanted: Wanted<'_>,
    places: &Places,
    cache: &Path,
    git: &dyn Git,
) -> Result<Fetched, ExtensionError> {
    let asked = wanted.folder.filter(|folder| !folder.is_empty());
    match Origin::parse(wanted.source)? {
        Origin::Folder(path) => {
            let root = source::resolved(&places.expand(&path));
            if !source::exists(&root) {
                return Err(ExtensionError::unreachable(format!(
                    "Local extension path does not exist: {}",
                    root.display()
                )));
            }
            let whole = format!("local source '{}'", wanted.source);
            Ok(Fetched {
                path: below(&root, asked, &whole)?,
                commit: None,
                name: None,
            })
        }
        Origin::Git {
            folder: Some(_), ..
        } if asked.is_some() => Err(ExtensionError::unreachable(format!(
            "GitHub shorthand {} already names a subdirectory; do not also pass repo_path",
            wanted.source
        ))),
        Origin::Git { url, folder } => {
            let root = cached(&url, cache);
            let commit = updated(&url, wanted.reference, &root, git, PATIENCE).map_err(|error| {
                tracing::warn!(%error, source = %hidden(wanted.source), "a source was not fetched");
                if matches!(error, ExtensionError::Storage { .. }) {
                    return error;
                }
                let source = hidden(wanted.source);
                ExtensionError::unreachable(format!("Failed to fetch extension from {source}"))
            })?;
            let folder = folder.as_deref().or(asked);
            Ok(Fetched {
                path: below(&root, folder, "extension repository")?,
                commit: Some(commit),
                name: asked.is_none().then(|| repository_name(&url)),
            })
        }
    }
}

/// A folder within another, its links followed.
pub(crate) fn below(
    root: &Path,
    folder: Option<&str>,
    whole: &str,
) -> Result<PathBuf, ExtensionError> {
    let Some(folder) = folder else {
        return Ok(root.to_owned());
    };
    let path = root.join(folder.trim_matches('/'));
    if !source::resolved(&path).starts_with(source::resolved(root)) {
        return Err(ExtensionError::unreachable(format!(
            "Subdirectory '{folder}' escapes {whole}"
        )));
    }
    if !source::exists(&path) {
        return Err(ExtensionError::unreachable(format!(
            "Subdirectory '{folder}' not found in {whole}"
        )));
    }
    Ok(path)
}

/// Fetches a repository into its place in the cache, or what is new of it; says the commit.
///
/// If nothing can be fetched, what an earlier fetch of the same reference left is used.
pub(crate) fn updated(
    url: &str,
    reference: Option<&str>,
    root: &Path,
    git: &dyn Git,
    patience: Duration,
) -> Result<String, ExtensionError> {
    let asked = reference.filter(|reference| !reference.is_empty());
    match fresh(url, reference, root, git, patience) {
        Err(error) if shelf::kept_reference(root).as_deref() == Some(asked.unwrap_or("HEAD")) => {
            tracing::warn!(%error, "an earlier fetch is used");
            git::commit(git, root)
        }
        other => other,
    }
}

/// Fetches a repository into its place in the cache, or what is new of it, or fails.
pub(crate) fn fresh(
    url: &str,
    reference: Option<&str>,
    root: &Path,
    git: &dyn Git,
    patience: Duration,
) -> Result<String, ExtensionError> {
    let reference = reference.filter(|reference| !reference.is_empty());
    if reference.is_some_and(|reference| !is_reference(reference)) {
        return Err(ExtensionError::unreachable(
            "that is no branch, tag or commit",
        ));
    }
    let _lock = shelf::locked_beside(root)?;
    if source::exists(&root.join(".git")) {
        refreshed(reference, root, git, patience)
    } else {
        cloned(url, reference, root, git, patience)
    }
}

fn cloned(
    url: &str,
    reference: Option<&str>,
    root: &Path,
    git: &dyn Git,
    patience: Duration,
) -> Result<String, ExtensionError> {
    let staged = shelf::staging(root)?;
    let quick = Duration::from_secs(10);
    git::asked(git, &["init", "--quiet"], staged.path(), quick)?;
    git::asked(
        git,
        &["remote", "add", "--", "origin", url],
        staged.path(),
        quick,
    )?;
    let commit = refreshed(reference, staged.path(), git, patience)?;
    staged.replace(root)?;
    Ok(commit)
}

fn refreshed(
    reference: Option<&str>,
    root: &Path,
    git: &dyn Git,
    patience: Duration,
) -> Result<String, ExtensionError> {
    let reference = reference.unwrap_or("HEAD");
    let fetch = [
        "fetch",
        "--quiet",
        "--no-tags",
        "--depth",
        "1",
        "origin",
        reference,
    ];
    git::asked(git, &fetch, root, patience)?;
    let checkout = ["checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"];
    git::asked(git, &checkout, root, Duration::from_secs(60))?;
    shelf::keep_reference(root, reference)?;
    git::commit(git, root)
}

/// Whether a word can be a branch, a tag or a commit, and not a flag or a rule of its own.
pub(crate) fn is_reference(word: &str) -> bool {
    !word.starts_with('-')
        && word.len() <= 255
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '@' | '#'))
        && !word.contains("..")
}

/// An address without the name and password in it.
pub(crate) fn hidden(source: &str) -> String {
    let Some((scheme, rest)) = source.split_once("://") else {
        return source.to_owned();
    };
    let host_end = rest.find('/').unwrap_or(rest.len());
    match rest[..host_end].rfind('@') {
        Some(at) => format!("{scheme}://****@{}", &rest[at + 1..]),
        None => source.to_owned(),
    }
}

/// Whether a relative path stays where it is put.
pub(crate) fn is_below(path: &str) -> bool {
    Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

#[cfg(test)]
mod tests;
