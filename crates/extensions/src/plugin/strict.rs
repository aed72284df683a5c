//! Fetching a plugin to look at it: every failure is named, and what is fetched is kept under its commit.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::SecretSource;
use serde_json::{Map, Value};

use super::object;
use super::request::{FetchPluginRequest, FetchPluginResponse};
use crate::error::ExtensionError;
use crate::fetch::{self, Origin};
use crate::git::{self, Git};
use crate::places::Places;
use crate::{shelf, source};

/// Why a plugin was not fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FetchFault {
    /// What kind of reason.
    pub problem: FetchProblem,
    /// The reason, without secrets.
    pub message: String,
}

/// The kinds of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchProblem {
    /// A secret that the source names was not given.
    MissingSecret,
    /// The source is none.
    InvalidSource,
    /// The other side wants another name and password.
    AuthFailed,
    /// The other side cannot be reached.
    SourceUnavailable,
    /// There is no such branch, tag or commit.
    RefNotFound,
    /// There is no such folder.
    RepoPathNotFound,
    /// It is no plugin.
    InvalidPlugin,
    /// It took too long.
    Timeout,
}

impl FetchProblem {
    /// What clients call it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingSecret => "missing_secret",
            Self::InvalidSource => "invalid_source",
            Self::AuthFailed => "auth_failed",
            Self::SourceUnavailable => "source_unavailable",
            Self::RefNotFound => "ref_not_found",
            Self::RepoPathNotFound => "repo_path_not_found",
            Self::InvalidPlugin => "invalid_plugin",
            Self::Timeout => "timeout",
        }
    }

    fn because(self, message: impl Into<String>) -> FetchFault {
        FetchFault {
            problem: self,
            message: message.into(),
        }
    }
}

/// Fetches a plugin.
pub(crate) fn fetch(
    request: &FetchPluginRequest,
    places: &Places,
    git: &dyn Git,
) -> Result<FetchPluginResponse, FetchFault> {
    let mut values = Vec::new();
    let url = filled(&request.source, request, &mut values)?;
    let reference = match &request.reference {
        Some(reference) => Some(filled(reference, request, &mut values)?),
        None => None,
    };
    let origin = Origin::parse(&url)
        .map_err(|_| FetchProblem::InvalidSource.because("Invalid plugin source."))?;
    let (root, commit) = match origin {
        Origin::Folder(folder) => (source::resolved(&places.expand(&folder)), None),
        // A folder that the short form names is not looked at here, as ever.
        Origin::Git { url, .. } => {
            let patience = Duration::from_secs(request.timeout);
            let fetched = Fetch {
                url: &url,
                reference: reference.as_deref(),
                patience,
                values: &values,
                git,
            };
            let (root, commit) = fetched.kept(places)?;
            (root, Some(commit))
        }
    };
    let folder = match request.repo_path.as_deref().filter(|path| !path.is_empty()) {
        None => root,
        Some(path) => {
            let inner = root.join(path.trim_matches('/'));
            if !source::within(&inner, &root) || !source::is_folder(&inner) {
                let message = format!("repo_path not found: {path}");
                return Err(FetchProblem::RepoPathNotFound.because(message));
            }
            inner
        }
    };
    let manifest = raw_manifest(&folder, &values)?;
    let plugin = super::load(&folder, None, places).map_err(|error| {
        let message = format!("Invalid plugin: {}", masked(&error.to_string(), &values));
        FetchProblem::InvalidPlugin.because(message)
    })?;
    Ok(FetchPluginResponse {
        path: source::spelled(&folder),
        resolved_ref: commit,
        source: request.source.clone(),
        repo_path: request.repo_path.clone(),
        manifest,
        skills: plugin
            .skills
            .iter()
            .map(|skill| skill.name.clone())
            .collect(),
        commands: plugin
            .commands
            .iter()
            .map(|command| command.name.clone())
            .collect(),
    })
}

/// Fills `${NAME}` in; whatever was filled in is remembered, to be hidden.
fn filled(
    text: &str,
    request: &FetchPluginRequest,
    values: &mut Vec<String>,
) -> Result<String, FetchFault> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        filled.push_str(&rest[..at]);
        let inner = &rest[at + 2..];
        let name = inner.find('}').map(|end| &inner[..end]);
        let (name, length) = match name {
            Some(inner) => (inner.split(":-").next().unwrap_or(inner), inner.len()),
            None => return Ok(filled + &rest[at..]),
        };
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            let value = match request.secrets.get(name) {
                Some(SecretSource::StaticSecret {
                    value: Some(value), ..
                }) => value.expose(),
                Some(
                    SecretSource::StaticSecret { value: None, .. }
                    | SecretSource::LookupSecret { .. },
                )
                | None => None,
            };
            let missing = || FetchProblem::MissingSecret.because(format!("Missing secret: {name}"));
            let value = value.ok_or_else(missing)?;
            filled.push_str(value);
            values.push(value.to_owned());
        } else {
            filled.push_str(&rest[at..at + 2 + length + 1]);
        }
        rest = &inner[length + 1..];
    }
    Ok(filled + rest)
}

fn masked(message: &str, values: &[String]) -> String {
    let words = message.split(' ').map(|word| {
        let quote = word
            .find("://")
            .and_then(|at| word[..at].rfind(['\'', '"']));
        let start = quote.map_or(0, |at| at + 1);
        format!("{}{}", &word[..start], fetch::hidden(&word[start..]))
    });
    let mut masked = words.collect::<Vec<_>>().join(" ");
    for value in values.iter().filter(|value| !value.is_empty()) {
        masked = masked.replace(value.as_str(), "****");
    }
    masked
}

struct Fetch<'a> {
    url: &'a str,
    reference: Option<&'a str>,
    patience: Duration,
    values: &'a [String],
    git: &'a dyn Git,
}

impl Fetch<'_> {
    /// The folder that keeps the commit, fetched unless it is there.
    fn kept(&self, places: &Places) -> Result<(PathBuf, String), FetchFault> {
        let kept = fetch::cached(self.url, &places.cache("plugins")).join("resolved-refs");
        if let Some(commit) = self.reference.filter(|reference| is_commit(reference)) {
            let commit = commit.to_lowercase();
            let root = kept.join(&commit);
            if source::is_folder(&root) {
                return Ok((root, commit));
            }
        }
        let storage = |error: ExtensionError| {
            FetchProblem::SourceUnavailable.because(masked(&error.to_string(), self.values))
        };
        let folder = shelf::staging(&kept.join("fetch")).map_err(storage)?;
        let commit = self.checked_out(folder.path())?;
        let root = kept.join(&commit);
        if !source::is_folder(&root) {
            let clean = shelf::staging(&root).map_err(storage)?;
            shelf::copy(folder.path(), clean.path()).map_err(|error| {
                FetchProblem::InvalidPlugin.because(masked(&error.to_string(), self.values))
            })?;
            clean.replace(&root).map_err(storage)?;
        }
        Ok((root, commit))
    }

    fn checked_out(&self, folder: &Path) -> Result<String, FetchFault> {
        let lost = FetchProblem::RefNotFound;
        let away = FetchProblem::SourceUnavailable;
        let reference = self.reference.unwrap_or("HEAD");
        if !fetch::is_reference(reference) {
            return Err(lost.because(format!("Ref not found: {reference}")));
        }
        self.run(&["init", "--quiet"], folder, away)?;
        self.run(&["remote", "add", "--", "origin", self.url], folder, away)?;
        let otherwise = if self.reference.is_some() { lost } else { away };
        let words = ["fetch", "--quiet", "--depth", "1", "origin", reference];
        self.run(&words, folder, otherwise)?;
        let printed = self.run(&["rev-parse", "FETCH_HEAD^{commit}"], folder, lost)?;
        let commit = String::from_utf8_lossy(&printed).trim().to_lowercase();
        if !is_commit(&commit) {
            return Err(lost.because(format!("Ref not found: {reference}")));
        }
        let words = ["checkout", "--quiet", "--detach", &commit];
        self.run(&words, folder, lost)?;
        Ok(commit)
    }

    fn run(
        &self,
        words: &[&str],
        folder: &Path,
        otherwise: FetchProblem,
    ) -> Result<Vec<u8>, FetchFault> {
        git::asked(self.git, words, folder, self.patience).map_err(|error| {
            if matches!(error, ExtensionError::Late) {
                return FetchProblem::Timeout.because("Git operation timed out.");
            }
            let message = masked(&error.to_string(), self.values);
            sorted(&message, otherwise).because(message)
        })
    }
}

fn is_commit(word: &str) -> bool {
    word.len() == 40 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What git means by its complaint.
fn sorted(complaint: &str, otherwise: FetchProblem) -> FetchProblem {
    let complaint = complaint.to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| complaint.contains(phrase));
    if says(&["authentication failed", "authentication required"]) {
        FetchProblem::AuthFailed
    } else if says(&[
        "couldn't find remote ref",
        "could not find remote ref",
        "not our ref",
        "unadvertised object",
        "bad object",
        "needed a single revision",
    ]) {
        FetchProblem::RefNotFound
    } else if says(&[
        "could not read username",
        "terminal prompts disabled",
        "repository not found",
        "could not resolve host",
        "failed to connect",
        "connection refused",
        "does not appear to be a git repository",
        "access rights",
    ]) {
        FetchProblem::SourceUnavailable
    } else {
        otherwise
    }
}

fn raw_manifest(folder: &Path, values: &[String]) -> Result<Map<String, Value>, FetchFault> {
    let places = [
        "plugin.json",
        ".plugin/plugin.json",
        ".claude-plugin/plugin.json",
    ];
    let found = places
        .iter()
        .map(|place| folder.join(place))
        .find(|path| source::is_file(path) && source::within(path, folder));
    let Some(path) = found else {
        return Err(FetchProblem::InvalidPlugin.because("Invalid plugin: plugin.json not found."));
    };
    object(&path).map_err(|error| {
        let message = format!(
            "Invalid plugin manifest: {}",
            masked(&error.to_string(), values)
        );
        FetchProblem::InvalidPlugin.because(message)
    })
}
