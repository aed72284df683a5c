//! What a person has installed: one folder each, and a file `.installed.json` beside them that says where from.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::ExtensionError;
use crate::fetch::{self, Wanted};
use crate::git::Git;
use crate::names::is_kebab;
use crate::places::Places;
use crate::plugin::{self, Plugin};
use crate::skill::{self, Naming, Skill};
use crate::{canvas, shelf, source};

/// The file that says where everything is from.
const RECORD: &str = ".installed.json";

/// What is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Skills.
    Skill,
    /// Plugins.
    Plugin,
    /// Pages for the user interface; these start switched off.
    Canvas,
}

/// What is to be installed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// A folder, a git address, or `github:owner/repo`.
    pub source: String,
    /// The branch, tag or commit.
    #[serde(default, rename = "ref")]
    pub reference: Option<String>,
    /// The folder in it.
    #[serde(default)]
    pub repo_path: Option<String>,
    /// Whether one of the same name is overwritten.
    #[serde(default)]
    pub force: bool,
}

/// The record of one installed extension, as the file keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Installation {
    /// What it is called, and its folder.
    pub name: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// What it is good for.
    #[serde(default)]
    pub description: String,
    /// Whether it is used.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Where it is from.
    pub source: String,
    /// The branch, tag or commit that was asked for.
    #[serde(default)]
    pub requested_ref: Option<String>,
    /// The commit that came.
    #[serde(default)]
    pub resolved_ref: Option<String>,
    /// The folder in the source.
    #[serde(default)]
    pub repo_path: Option<String>,
    /// When.
    #[serde(default)]
    pub installed_at: String,
    /// Where it is.
    pub install_path: String,
}

fn yes() -> bool {
    true
}

/// What an extension says of itself.
struct Label {
    name: String,
    version: String,
    description: String,
}

/// The installed extensions of one kind.
pub(crate) struct Installed<'a> {
    kind: Kind,
    folder: PathBuf,
    places: &'a Places,
}

impl<'a> Installed<'a> {
    pub(crate) fn of(kind: Kind, places: &'a Places) -> Self {
        let folder = match kind {
            Kind::Skill => places.installed_skills(),
            Kind::Plugin => places.installed_plugins(),
            Kind::Canvas => places.installed_canvas(),
        };
        Self {
            kind,
            folder: source::resolved(&folder),
            places,
        }
    }

    /// The folder of an extension; the name is one that cannot be a path.
    pub(crate) fn path(&self, name: &str) -> Result<PathBuf, ExtensionError> {
        if !is_kebab(name) {
            return Err(ExtensionError::invalid(format!(
                "Invalid extension name. Expected kebab-case, got '{name}'."
            )));
        }
        Ok(self.folder.join(name))
    }

    /// Installs one; says when, in the words of the caller's clock.
    pub(crate) fn install(
        &self,
        order: &Order,
        git: &dyn Git,
        now: &str,
    ) -> Result<Installation, ExtensionError> {
        self.put(order, git, now, None)
    }

    /// Fetches one again from where it is from.
    pub(crate) fn refresh(
        &self,
        name: &str,
        git: &dyn Git,
        now: &str,
    ) -> Result<Installation, ExtensionError> {
        let known = self.get(name)?;
        let order = Order {
            source: known.source,
            reference: None,
            repo_path: known.repo_path,
            force: true,
        };
        self.put(&order, git, now, Some(name))
    }

    fn put(
        &self,
        order: &Order,
        git: &dyn Git,
        now: &str,
        called: Option<&str>,
    ) -> Result<Installation, ExtensionError> {
        let wanted = Wanted {
            source: &order.source,
            reference: order.reference.as_deref(),
            folder: order.repo_path.as_deref(),
        };
        let fetched = fetch::fetch(wanted, self.places, &self.places.cache("extensions"), git)?;
        // A whole repository lies in the cache under another name than its own.
        let called = match &fetched.name {
            Some(name) => called.unwrap_or(name).to_owned(),
            None => source::name(&fetched.path),
        };
        if self.folder.starts_with(source::resolved(&fetched.path)) {
            return Err(ExtensionError::invalid(format!(
                "{} holds what is installed, and cannot be installed into itself",
                fetched.path.display()
            )));
        }
        let label = self.label(&fetched.path, &called)?;
        let target = self.path(&label.name)?;
        let _lock = shelf::locked(&self.folder)?;
        if source::is_named(&target) && !order.force {
            return Err(ExtensionError::Taken(label.name));
        }
        let staged = shelf::staging(&target)?;
        shelf::copy(&fetched.path, staged.path())?;
        let label = self.label(staged.path(), &called)?;
        let mut record = Record::read(&self.folder);
        let known = record
            .valid(&self.folder)
            .find(|known| known.name == label.name);
        let enabled = known.map_or(self.kind != Kind::Canvas, |known| known.enabled);
        staged.replace(&target)?;
        let info = Installation {
            name: label.name,
            version: label.version,
            description: label.description,
            enabled,
            source: order.source.clone(),
            requested_ref: order.reference.clone(),
            resolved_ref: fetched.commit,
            repo_path: order.repo_path.clone(),
            installed_at: now.to_owned(),
            install_path: source::spelled(&target),
        };
        record.put(info.clone());
        record.write(&self.folder)?;
        Ok(info)
    }

    /// What is installed, the record mended: what is gone is forgotten, what was put there by hand is noted.
    pub(crate) fn list(&self, now: &str) -> Result<Vec<Installation>, ExtensionError> {
        if !source::exists(&self.folder) {
            return Ok(Vec::new());
        }
        let _lock = shelf::locked(&self.folder)?;
        let mut record = Record::read(&self.folder);
        let before = record.clone();
        record.0.retain(|info| is_there(info, &self.folder));
        for folder in source::entries(&self.folder) {
            record.0.extend(self.found(&folder, &record, now));
        }
        if record != before {
            record.write(&self.folder)?;
        }
        Ok(record.0)
    }

    /// A folder that nobody installed but that is an extension.
    fn found(&self, folder: &Path, record: &Record, now: &str) -> Option<Installation> {
        let name = source::name(folder);
        let known = record.0.iter().any(|info| info.name == name);
        if known || !is_kebab(&name) || !source::is_folder(folder) {
            return None;
        }
        let label = self.label(folder, &name).ok()?;
        (label.name == name).then(|| Installation {
            name: label.name,
            version: label.version,
            description: label.description,
            enabled: self.kind != Kind::Canvas,
            source: "local".to_owned(),
            requested_ref: None,
            resolved_ref: None,
            repo_path: None,
            installed_at: now.to_owned(),
            install_path: source::spelled(folder),
        })
    }

    /// The record of one.
    pub(crate) fn get(&self, name: &str) -> Result<Installation, ExtensionError> {
        self.path(name)?;
        Record::read(&self.folder)
            .valid(&self.folder)
            .find(|info| info.name == name)
            .cloned()
            .ok_or_else(|| ExtensionError::NotInstalled(name.to_owned()))
    }

    /// Switches one on or off.
    pub(crate) fn switch(&self, name: &str, on: bool, now: &str) -> Result<(), ExtensionError> {
        self.path(name)?;
        let known = self.list(now)?;
        let missing = || ExtensionError::NotInstalled(name.to_owned());
        let known = known.into_iter().find(|info| info.name == name);
        let mut info = known.ok_or_else(missing)?;
        if info.enabled == on {
            return Ok(());
        }
        info.enabled = on;
        let _lock = shelf::locked(&self.folder)?;
        let mut record = Record::read(&self.folder);
        record.put(info);
        record.write(&self.folder)
    }

    /// Removes one; only what the record knows is ever removed.
    pub(crate) fn uninstall(&self, name: &str) -> Result<(), ExtensionError> {
        let folder = self.path(name)?;
        let missing = || ExtensionError::NotInstalled(name.to_owned());
        if !source::exists(&self.folder) {
            return Err(missing());
        }
        let _lock = shelf::locked(&self.folder)?;
        let mut record = Record::read(&self.folder);
        if !record.0.iter().any(|info| info.name == name) {
            return Err(missing());
        }
        shelf::remove(&folder)?;
        record.0.retain(|info| info.name != name);
        record.write(&self.folder)
    }

    fn label(&self, folder: &Path, called: &str) -> Result<Label, ExtensionError> {
        let (name, version, description) = match self.kind {
            Kind::Skill => {
                let skill = skill_in(folder, Some(called))?;
                (
                    skill.name,
                    skill.version,
                    skill.description.unwrap_or_default(),
                )
            }
            Kind::Plugin => {
                let manifest = plugin::load(folder, Some(called), self.places)?.manifest;
                (manifest.name, manifest.version, manifest.description)
            }
            Kind::Canvas => {
                let manifest = canvas::manifest(folder)?;
                (manifest.name, manifest.version, manifest.description)
            }
        };
        if !is_kebab(&name) {
            return Err(ExtensionError::invalid(format!(
                "Invalid extension name. Expected kebab-case, got '{name}'."
            )));
        }
        Ok(Label {
            name,
            version,
            description,
        })
    }
}

/// The skill of a folder that is called so.
fn skill_in(folder: &Path, called: Option<&str>) -> Result<Skill, ExtensionError> {
    let missing = || ExtensionError::Absent(format!("{} has no SKILL.md", folder.display()));
    let naming = Naming {
        from: None,
        called,
        strict: true,
        servers: true,
    };
    skill::load(&skill::skill_md(folder).ok_or_else(missing)?, naming)
}

/// The skills that are installed and switched on.
pub(crate) fn skills(folder: &Path) -> Vec<Skill> {
    switched_on(folder)
        .filter_map(|folder| match skill_in(&folder, None) {
            Ok(skill) => Some(skill),
            Err(error) => {
                tracing::warn!(%error, "an installed skill is left out");
                None
            }
        })
        .collect()
}

/// The plugins that are installed and switched on.
pub(crate) fn plugins(folder: &Path, places: &Places) -> Vec<Plugin> {
    switched_on(folder)
        .filter_map(|folder| match plugin::load(&folder, None, places) {
            Ok(plugin) => Some(plugin),
            Err(error) => {
                tracing::warn!(%error, "an installed plugin is left out");
                None
            }
        })
        .collect()
}

/// The folders of what is switched on: those of the record, then those put there by hand.
fn switched_on(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let record = Record::read(folder);
    let real = source::resolved(folder);
    let known: Vec<String> = record.0.iter().map(|info| info.name.clone()).collect();
    let by_hand = source::entries(folder).into_iter().filter(move |path| {
        let name = source::name(path);
        source::is_folder(path) && is_kebab(&name) && !known.contains(&name)
    });
    let kept: Vec<PathBuf> = record
        .valid(folder)
        .filter(|info| info.enabled)
        .map(|info| real.join(&info.name))
        .collect();
    kept.into_iter().chain(by_hand)
}

fn is_there(info: &Installation, folder: &Path) -> bool {
    is_kebab(&info.name) && source::exists(&folder.join(&info.name))
}

/// The file of records, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
struct Record(Vec<Installation>);

impl Record {
    /// Reads it; one that is broken is as good as none, and what lies there is found again.
    fn read(folder: &Path) -> Self {
        let Ok(text) = source::text(&folder.join(RECORD)) else {
            return Self::default();
        };
        let Ok(Value::Object(file)) = serde_json::from_str(&text) else {
            tracing::warn!(folder = %folder.display(), "the record of what is installed is broken");
            return Self::default();
        };
        let mut all: Map<String, Value> = Map::new();
        // `plugins` and `skills` are what older versions called it.
        for key in ["plugins", "skills", "extensions"] {
            if let Some(Value::Object(entries)) = file.get(key) {
                all.extend(entries.clone());
            }
        }
        let read = |(name, entry): (String, Value)| {
            let mut info: Installation = serde_json::from_value(entry).ok()?;
            info.name = name;
            Some(info)
        };
        Self(all.into_iter().filter_map(read).collect())
    }

    fn write(&self, folder: &Path) -> Result<(), ExtensionError> {
        let mut entries = Map::new();
        for info in &self.0 {
            let entry = serde_json::to_value(info)
                .map_err(|e| ExtensionError::invalid(format!("a record: {e}")))?;
            entries.insert(info.name.clone(), entry);
        }
        let file = serde_json::json!({ "extensions": entries });
        shelf::write(&folder.join(RECORD), &format!("{file:#}"))
    }

    fn valid(&self, folder: &Path) -> impl Iterator<Item = &Installation> {
        self.0.iter().filter(move |info| is_there(info, folder))
    }

    fn put(&mut self, info: Installation) {
        match self.0.iter_mut().find(|known| known.name == info.name) {
            Some(known) => *known = info,
            None => self.0.push(info),
        }
    }
}
