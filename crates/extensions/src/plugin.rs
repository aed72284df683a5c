//! A plugin: skills, commands, hooks, servers and sub-agents in one folder; read as data, nothing of it is run.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::ExtensionError;
use crate::hooks::HookConfig;
use crate::mcp::McpServers;
use crate::places::Places;
use crate::skill::{self, Naming, Skill};
use crate::skills::{self, Scope};
use crate::source;
use crate::sub_agent::{self, AgentDefinition};

mod command;
mod manifest;
mod request;
mod servers;
mod strict;

pub use command::Command;
pub use manifest::PluginManifest;
pub use request::{
    FetchPluginRequest, FetchPluginResponse, InstallPluginRequest, InstalledPluginResponse,
    InstalledPluginsListResponse, PluginInfo, PluginSkillSummary, PluginsRequest, PluginsResponse,
    UninstallPluginResponse, UpdatePluginResponse, UpdatePluginStateRequest,
    UpdatePluginStateResponse,
};
pub(crate) use strict::fetch;
pub use strict::{FetchFault, FetchProblem};

/// Where a workspace keeps its plugins; the earlier one wins a name.
const FOLDERS: &[&str] = &[".agents/plugins", ".openhands/plugins"];

/// The folder of what is ours alone in an Agent Plugins package.
const OURS: &str = "dev.openhands";

/// The most files of a plugin that are told.
const FILES: usize = 2000;

/// A plugin, read.
#[derive(Clone, Debug)]
pub struct Plugin {
    /// What it says of itself.
    pub manifest: PluginManifest,
    /// Its folder.
    pub path: PathBuf,
    /// Its skills, in the order of their files.
    pub skills: Vec<Skill>,
    /// What it wants run; data only.
    pub hooks: Option<HookConfig>,
    /// The servers it brings along; data only.
    pub mcp: McpServers,
    /// Its sub-agents.
    pub agents: Vec<AgentDefinition>,
    /// Its commands.
    pub commands: Vec<Command>,
}

impl Plugin {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    /// Its skills, and its commands as skills that their names bring in.
    #[must_use]
    pub fn all_skills(&self) -> Vec<Skill> {
        let commands = self
            .commands
            .iter()
            .map(|command| command.skill(self.name()));
        self.skills.iter().cloned().chain(commands).collect()
    }

    /// What a client sees of what is in it.
    pub(crate) fn contents(&self) -> (Vec<PluginSkillSummary>, Vec<String>) {
        let summary = |skill: Skill| PluginSkillSummary {
            name: skill.name,
            description: skill.description,
        };
        let mut files: Vec<String> = source::tree(&self.path, |name| name != ".git")
            .into_iter()
            .filter(|file| !source::is_folder(file))
            .filter_map(|file| file.strip_prefix(&self.path).map(source::spelled).ok())
            .collect();
        files.sort();
        files.truncate(FILES);
        (self.all_skills().into_iter().map(summary).collect(), files)
    }
}

/// Reads the plugin of a folder; `called` is what the folder is called where it belongs.
pub(crate) fn load(
    folder: &Path,
    called: Option<&str>,
    places: &Places,
) -> Result<Plugin, ExtensionError> {
    let root = source::resolved(folder);
    if !source::is_folder(&root) {
        let path = root.display();
        return Err(ExtensionError::Absent(format!(
            "there is no plugin folder {path}"
        )));
    }
    let called = called.map_or_else(|| source::name(&root), str::to_owned);
    let packaged = manifest::is_package(&root);
    let (manifest, extras, mcp) = if packaged {
        let manifest = manifest::of_package(&root)?;
        (
            manifest,
            root.join(OURS),
            servers::of_package(&root, places),
        )
    } else {
        let manifest = manifest::of_folder(&root, &called)?;
        (manifest, root.clone(), servers::of_folder(&root))
    };
    Ok(Plugin {
        skills: own_skills(&root, &called),
        hooks: hooks(&extras, &root),
        agents: sub_agent::in_folder(&extras.join("agents"), Some(&root)),
        commands: command::in_folder(&extras.join("commands"), &root),
        manifest,
        mcp,
        path: root,
    })
}

/// The skills below `skills/`, or the one skill that the whole plugin is.
fn own_skills(root: &Path, called: &str) -> Vec<Skill> {
    let folder = root.join("skills");
    if source::is_named(&folder) {
        if !source::is_folder(&folder) || !source::within(&folder, root) {
            tracing::warn!(path = %folder.display(), "a plugin's skills are refused");
            return Vec::new();
        }
        let scope = Scope {
            within: Some(root),
            without: None,
            strict: false,
            deep: false,
        };
        let mut skills = skills::in_folder(&folder, scope);
        skills.sort_by_key(|skill| PathBuf::from(skill.source.clone().unwrap_or_default()));
        return skills;
    }
    let Some(file) = skill::skill_md(root).filter(|file| source::within(file, root)) else {
        return Vec::new();
    };
    let naming = Naming {
        from: Some(root),
        called: Some(called),
        strict: false,
        servers: false,
    };
    match skill::load(&file, naming) {
        Ok(skill) => vec![skill],
        Err(error) => {
            tracing::warn!(%error, "a plugin's skill is left out");
            Vec::new()
        }
    }
}

fn hooks(extras: &Path, root: &Path) -> Option<HookConfig> {
    let path = extras.join("hooks/hooks.json");
    if !source::exists(&path) || !source::within(&path, root) {
        return None;
    }
    HookConfig::of_file(&path).unwrap_or_else(|error| {
        tracing::warn!(%error, "a plugin's hooks are left out");
        None
    })
}

/// The plugins that lie ready here: a person's own, what is installed, and those of a workspace, which win a name.
pub(crate) fn available(request: &PluginsRequest, places: &Places) -> Vec<Plugin> {
    let mut all: Vec<Plugin> = Vec::new();
    if request.load_user {
        let installed = places.installed_plugins();
        let own = places.user_plugins();
        let mut found: Vec<Plugin> = own
            .iter()
            .flat_map(|folder| in_folder(folder, Some(&installed), places))
            .collect();
        found.extend(crate::installed::plugins(&installed, places));
        all = first_wins(found);
    }
    let folder = request.project_dir.as_deref().filter(|dir| !dir.is_empty());
    if let Some(folder) = folder.filter(|_| request.load_project) {
        for plugin in of_workspace(&source::tidied(folder), places) {
            match all.iter_mut().find(|known| known.name() == plugin.name()) {
                Some(known) => *known = plugin,
                None => all.push(plugin),
            }
        }
    }
    all
}

fn of_workspace(folder: &Path, places: &Places) -> Vec<Plugin> {
    let repository = source::repository(folder);
    let whole = repository.as_deref().unwrap_or(folder);
    let mut roots = vec![folder];
    if whole != folder {
        roots.push(whole);
    }
    let folders = roots
        .iter()
        .flat_map(|root| FOLDERS.iter().map(|part| root.join(part)));
    let inside = |plugin: &Plugin| source::within(&plugin.path, whole);
    first_wins(
        folders
            .flat_map(|folder| in_folder(&folder, None, places))
            .filter(inside)
            .collect(),
    )
}

fn in_folder(folder: &Path, without: Option<&Path>, places: &Places) -> Vec<Plugin> {
    let without = without.map(source::resolved);
    source::entries(folder)
        .into_iter()
        .filter(|entry| source::is_folder(entry))
        .filter(|entry| without.as_deref() != Some(source::resolved(entry).as_path()))
        .filter_map(|entry| match load(&entry, None, places) {
            Ok(plugin) => Some(plugin),
            Err(error) => {
                tracing::warn!(%error, "a plugin is left out");
                None
            }
        })
        .collect()
}

fn first_wins(found: Vec<Plugin>) -> Vec<Plugin> {
    let mut kept: Vec<Plugin> = Vec::new();
    for plugin in found {
        if !kept.iter().any(|known| known.name() == plugin.name()) {
            kept.push(plugin);
        }
    }
    kept
}

/// A mapping of a JSON file.
fn object(path: &Path) -> Result<Map<String, Value>, ExtensionError> {
    let trouble = |why: String| ExtensionError::invalid(format!("{}: {why}", path.display()));
    let text = source::text(path).map_err(|e| trouble(e.to_string()))?;
    // A byte order mark is allowed before JSON, and means nothing.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(trouble("must be an object".to_owned())),
        Err(error) => Err(trouble(error.to_string())),
    }
}
