//! The public extensions that everybody starts with: fetched when asked for, kept for a while, and never a reason to fail.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Marketplace, Place};
use crate::error::ExtensionError;
use crate::git::Git;
use crate::places::Places;
use crate::plugin::{self, PluginSkillSummary};
use crate::skill::{self, Naming, Skill};
use crate::skills::{self, Scope};
use crate::{fetch, source};

/// Where they are kept.
const REPOSITORY: &str = "https://github.com/OpenHands/extensions";

/// How long what was fetched counts as new.
const FRESH: Duration = Duration::from_secs(60);

/// How long fetching may take: a list of skills is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a failure counts: without a network, nobody should wait for one again and again.
const AWAY: Duration = Duration::from_secs(20);

/// The public extensions, as they were fetched last.
#[derive(Debug, Default)]
pub(crate) struct Public {
    known: Mutex<Option<(Instant, Option<PathBuf>)>>,
    fetching: Mutex<()>,
}

impl Public {
    /// The skills of a list, or all of them; none if they cannot be had.
    pub(crate) fn skills(&self, list: Option<&str>, places: &Places, git: &dyn Git) -> Vec<Skill> {
        let Some(root) = self.root(places, git) else {
            return Vec::new();
        };
        let folder = root.join("skills");
        let named = match list {
            None => None,
            Some(list) => match named(&root, list) {
                Some(named) => Some(named),
                // The usual list may be missing; another was meant.
                None if list == skills::DEFAULT_MARKETPLACE => None,
                None => return Vec::new(),
            },
        };
        let Some(named) = named else {
            let scope = Scope {
                within: Some(&root),
                without: None,
                strict: true,
                deep: true,
            };
            return skills::in_folder(&folder, scope);
        };
        named
            .iter()
            .filter_map(|name| one(&folder, &root, name))
            .collect()
    }

    /// Fetches them anew.
    pub(crate) fn sync(&self, places: &Places, git: &dyn Git) -> Result<(), ExtensionError> {
        let root = kept(places);
        fetch::fresh(REPOSITORY, Some(&places.public_ref), &root, git, PATIENCE)?;
        self.note(Some(root));
        Ok(())
    }

    /// The list of everything there is.
    fn list(&self, places: &Places, git: &dyn Git) -> Option<Marketplace> {
        let root = self.root(places, git)?;
        let listed = match Marketplace::listed(&root) {
            Ok(Some(listed)) => return Some(listed),
            Ok(None) => Marketplace::of_file(&root.join(skills::DEFAULT_MARKETPLACE), &root),
            Err(error) => Err(error),
        };
        listed
            .inspect_err(|error| tracing::warn!(%error, "there is no list of public extensions"))
            .ok()
    }

    fn root(&self, places: &Places, git: &dyn Git) -> Option<PathBuf> {
        if let Some(public) = &places.public {
            return Some(public.clone());
        }
        if let Some(root) = self.lately() {
            return root;
        }
        let kept = kept(places);
        let _turn = match self.fetching.try_lock() {
            Ok(turn) => turn,
            // Somebody fetches already: what is there will do, and only where nothing is, it is waited for.
            Err(TryLockError::WouldBlock) if source::exists(&kept) => return Some(kept),
            Err(_) => self.fetching.lock().unwrap_or_else(PoisonError::into_inner),
        };
        if let Some(root) = self.lately() {
            return root;
        }
        let reference = Some(places.public_ref.as_str());
        let fetched = fetch::updated(REPOSITORY, reference, &kept, git, PATIENCE);
        let root = fetched
            .inspect_err(|error| tracing::warn!(%error, "the public extensions were not fetched"))
            .ok()
            .map(|_| kept);
        self.note(root.clone());
        root
    }

    /// What came of the last fetch, unless that is too long ago.
    fn lately(&self) -> Option<Option<PathBuf>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (when, root) = known.as_ref()?;
        let fresh = if root.is_some() { FRESH } else { AWAY };
        (when.elapsed() < fresh).then(|| root.clone())
    }

    fn note(&self, root: Option<PathBuf>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some((Instant::now(), root));
    }
}

fn kept(places: &Places) -> PathBuf {
    places.cache("skills").join("public-skills")
}

/// The names of a list, which lies within the repository.
fn named(root: &Path, list: &str) -> Option<Vec<String>> {
    let path = root.join(list);
    let listed = fetch::is_below(list).then(|| Marketplace::of_file(&path, root))?;
    let listed = listed
        .inspect_err(|error| tracing::warn!(%error, "a list of public skills is left out"))
        .ok()?;
    let mut seen = HashSet::new();
    let names = listed.plugins.into_iter().map(|entry| entry.name);
    Some(names.filter(|name| seen.insert(name.clone())).collect())
}

fn one(folder: &Path, root: &Path, name: &str) -> Option<Skill> {
    if !fetch::is_below(name) {
        return None;
    }
    let file = [format!("{name}/SKILL.md"), format!("{name}.md")]
        .iter()
        .map(|file| folder.join(file))
        .find(|file| source::is_file(file) && source::within(file, root))?;
    let naming = Naming {
        from: Some(root),
        called: None,
        strict: true,
        servers: true,
    };
    skill::load(&file, naming)
        .inspect_err(|error| tracing::warn!(%error, "a public skill is left out"))
        .ok()
}

/// The skills that can be installed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "openhands__agent_server__skills_router__MarketplaceCatalogResponse")]
pub struct SkillsMarketplaceCatalogResponse {
    /// The skills.
    pub skills: Vec<MarketplaceSkillInfo>,
}

/// A skill that can be installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MarketplaceSkillInfo {
    /// What it is called.
    pub name: String,
    /// What it is good for.
    #[schemars(extend("x-always" = true))]
    pub description: Option<String>,
    /// Where it is installed from.
    pub source: String,
    /// Whether it is installed.
    pub installed: bool,
}

/// The plugins that can be installed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "openhands__agent_server__plugins_router__MarketplaceCatalogResponse")]
pub struct PluginsMarketplaceCatalogResponse {
    /// The plugins.
    pub plugins: Vec<MarketplacePluginInfo>,
}

/// A plugin that can be installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MarketplacePluginInfo {
    /// What it is called.
    pub name: String,
    /// What it is good for.
    #[schemars(extend("x-always" = true))]
    pub description: Option<String>,
    /// Where it is installed from.
    pub source: String,
    /// The branch, tag or commit.
    #[serde(default, rename = "ref")]
    pub reference: Option<String>,
    /// The folder in the repository.
    #[serde(default)]
    pub repo_path: Option<String>,
    /// Whether it is installed.
    pub installed: bool,
    /// Where it lies already, if it does.
    #[serde(default)]
    pub path: Option<String>,
    /// Its skills, if it lies here.
    #[serde(default)]
    pub skills: Option<Vec<PluginSkillSummary>>,
    /// Its files, if it lies here.
    #[serde(default)]
    pub files: Option<Vec<String>>,
}

impl Public {
    /// The skills to choose from; of a plugin and a skill with one name the plugin.
    pub(crate) fn skill_catalog(
        &self,
        installed: &HashSet<String>,
        places: &Places,
        git: &dyn Git,
    ) -> Vec<MarketplaceSkillInfo> {
        let Some(list) = self.list(places, git) else {
            return Vec::new();
        };
        let mut entries: Vec<MarketplaceSkillInfo> = Vec::new();
        let mut add = |name: &str, description: &Option<String>, source: String| {
            entries.push(MarketplaceSkillInfo {
                name: name.to_owned(),
                description: description.clone(),
                source,
                installed: installed.contains(name),
            });
        };
        for entry in &list.plugins {
            let (mut source, reference, folder) = list.coordinates(entry);
            if let Some(reference) = reference {
                source = format!("{source}@{reference}");
            }
            if let Some(folder) = folder {
                source = format!("{source}/{folder}");
            }
            add(&entry.name, &entry.description, source);
        }
        for entry in &list.skills {
            if let Place::Plain(source) = &entry.place {
                add(&entry.name, &entry.description, source.clone());
            }
        }
        let mut seen = HashSet::new();
        entries.retain(|entry| seen.insert(entry.name.clone()));
        entries
    }

    /// The plugins to choose from: entries of the list that lie below `plugins/`.
    pub(crate) fn plugin_catalog(
        &self,
        installed: &HashSet<String>,
        places: &Places,
        git: &dyn Git,
    ) -> Vec<MarketplacePluginInfo> {
        let Some(list) = self.list(places, git) else {
            return Vec::new();
        };
        let is_plugin = |place: &Place| match place {
            Place::Plain(plain) => plain.starts_with("./plugins/"),
            Place::Parts { folder, .. } => folder
                .as_deref()
                .is_some_and(|folder| folder.starts_with("plugins/")),
        };
        let entries = list.plugins.iter().filter(|entry| is_plugin(&entry.place));
        entries
            .map(|entry| {
                let (from, reference, repo_path) = list.coordinates(entry);
                let here = matches!(entry.place, Place::Plain(_))
                    && source::within(Path::new(&from), &list.root);
                let contents = here
                    .then(|| plugin::load(Path::new(&from), None, places).ok())
                    .flatten()
                    .map(|plugin| plugin.contents());
                let path = contents.is_some().then(|| from.clone());
                let (skills, files) = contents.unzip();
                MarketplacePluginInfo {
                    name: entry.name.clone(),
                    description: entry.description.clone(),
                    source: from,
                    reference,
                    repo_path,
                    installed: installed.contains(&entry.name),
                    path,
                    skills,
                    files,
                }
            })
            .collect()
    }
}
