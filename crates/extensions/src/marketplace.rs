//! Marketplaces: lists of extensions that others keep, and the public one that everybody starts with.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::ExtensionError;
use crate::fetch::{self, Wanted};
use crate::git::Git;
use crate::places::Places;
use crate::plugin;
use crate::skill::{self, Naming, Skill};
use crate::source;

mod public;
mod registration;

pub(crate) use public::Public;
pub use public::{
    MarketplacePluginInfo, MarketplaceSkillInfo, PluginsMarketplaceCatalogResponse,
    SkillsMarketplaceCatalogResponse,
};
pub use registration::{AutoLoad, MarketplaceRegistration};

/// A list of extensions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Marketplace {
    /// Where the list lies: what it names is found from there.
    root: PathBuf,
    plugins: Vec<Entry>,
    skills: Vec<Entry>,
}

/// One extension of a list.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    name: String,
    description: Option<String>,
    place: Place,
}

/// Where an extension of a list is from.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    /// As a person writes a source.
    Plain(String),
    /// A repository, told in parts.
    Parts {
        source: String,
        reference: Option<String>,
        folder: Option<String>,
    },
}

/// A source, its branch and its folder.
type Coordinates = (String, Option<String>, Option<String>);

impl Marketplace {
    /// The list of a folder; one without a list is made of the skills that lie in it.
    fn of_folder(root: &Path) -> Result<Self, ExtensionError> {
        Self::listed(root)?.map_or_else(|| Self::of_skills(root), Ok)
    }

    /// The list of a folder, if it has one.
    fn listed(root: &Path) -> Result<Option<Self>, ExtensionError> {
        let places = [
            ".plugin/marketplace.json",
            ".claude-plugin/marketplace.json",
        ];
        let path = places
            .iter()
            .map(|place| root.join(place))
            .find(|path| source::exists(path));
        path.map(|path| Self::of_file(&path, root)).transpose()
    }

    /// A list, by its file.
    fn of_file(path: &Path, root: &Path) -> Result<Self, ExtensionError> {
        let trouble = |why: String| ExtensionError::invalid(format!("{}: {why}", path.display()));
        if !source::within(path, root) {
            return Err(trouble("lies outside the marketplace".to_owned()));
        }
        let text = source::text(path).map_err(|e| trouble(e.to_string()))?;
        let file: Map<String, Value> =
            serde_json::from_str(&text).map_err(|e| trouble(e.to_string()))?;
        Self::of_map(&file, root).map_err(trouble)
    }

    fn of_map(file: &Map<String, Value>, root: &Path) -> Result<Self, String> {
        let owner = file.get("owner").and_then(|owner| owner.get("name"));
        if !file.get("name").is_some_and(Value::is_string) || !owner.is_some_and(Value::is_string) {
            return Err("`name` and `owner.name` must be texts".to_owned());
        }
        let entries = |key: &str| match file.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(entries)) => entries.iter().map(Entry::of).collect(),
            Some(_) => Err(format!("`{key}` must be a list")),
        };
        Ok(Self {
            root: root.to_owned(),
            plugins: entries("plugins")?,
            skills: entries("skills")?,
        })
    }

    fn of_skills(root: &Path) -> Result<Self, ExtensionError> {
        let folders: Vec<PathBuf> = ["skills", ".skills"]
            .iter()
            .map(|part| root.join(part))
            .filter(|folder| source::is_folder(folder))
            .collect();
        let folders = if folders.is_empty() {
            vec![root.to_owned()]
        } else {
            folders
        };
        let mut skills: Vec<Entry> = Vec::new();
        for folder in folders.iter().flat_map(|folder| source::entries(folder)) {
            let skill = skill_at(&folder, root);
            let Ok(skill) = skill else { continue };
            let Ok(relative) = folder.strip_prefix(root) else {
                continue;
            };
            if !skills.iter().any(|known| known.name == skill.name) {
                skills.push(Entry {
                    name: skill.name,
                    description: skill.description,
                    place: Place::Plain(format!("./{}", relative.display())),
                });
            }
        }
        if skills.is_empty() {
            return Err(ExtensionError::Absent(format!(
                "{} has neither a marketplace.json nor folders with a SKILL.md",
                root.display()
            )));
        }
        Ok(Self {
            root: root.to_owned(),
            plugins: Vec::new(),
            skills,
        })
    }

    /// Where a plugin of the list is fetched from.
    fn coordinates(&self, entry: &Entry) -> Coordinates {
        match &entry.place {
            Place::Parts {
                source,
                reference,
                folder,
            } => (source.clone(), reference.clone(), folder.clone()),
            Place::Plain(plain) if plain.starts_with(['/', '~']) || plain.contains("://") => {
                (plain.clone(), None, None)
            }
            Place::Plain(plain) => {
                let inner = plain.trim_start_matches(['.', '/']);
                (source::spelled(&self.root.join(inner)), None, None)
            }
        }
    }
}

impl Entry {
    fn of(value: &Value) -> Result<Self, String> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let name = text("name").ok_or("an entry has no `name`")?;
        let place = match value.get("source") {
            Some(Value::String(plain)) => Place::Plain(plain.clone()),
            Some(Value::Object(parts)) => Place::of(parts).ok_or("`source` is incomplete")?,
            _ => return Err(format!("`{name}` has no `source`")),
        };
        if !value
            .get("description")
            .is_none_or(|d| d.is_string() || d.is_null())
        {
            return Err(format!("the description of `{name}` is no text"));
        }
        Ok(Self {
            name,
            description: text("description"),
            place,
        })
    }
}

impl Place {
    fn of(parts: &Map<String, Value>) -> Option<Self> {
        let text = |key: &str| parts.get(key).and_then(Value::as_str).map(str::to_owned);
        let source = match text("source")?.as_str() {
            "github" => format!("github:{}", text("repo")?),
            "url" => text("url")?,
            _ => return None,
        };
        Some(Self::Parts {
            source,
            reference: text("ref"),
            folder: text("path"),
        })
    }
}

/// The skill of a folder that must lie, links followed, within another.
fn skill_at(folder: &Path, root: &Path) -> Result<Skill, ExtensionError> {
    let missing = || ExtensionError::Absent(format!("{} has no SKILL.md", folder.display()));
    let file = skill::skill_md(folder).ok_or_else(missing)?;
    if !source::within(&file, root) {
        return Err(ExtensionError::invalid(format!(
            "{} leads out of its source",
            file.display()
        )));
    }
    let naming = Naming {
        from: None,
        called: None,
        strict: false,
        servers: true,
    };
    skill::load(&file, naming)
}

/// The skills of every extension that registered marketplaces load unasked; of one name a plugin's comes later.
pub(crate) fn auto_loaded(
    registrations: &[MarketplaceRegistration],
    places: &Places,
    git: &dyn Git,
) -> Vec<Skill> {
    let mut skills = Vec::new();
    for registration in registrations.iter().filter(|one| one.auto_load.is_any()) {
        match of_registration(registration, places, git) {
            Ok(found) => skills.extend(found),
            Err(error) => {
                let name = &registration.name;
                tracing::warn!(marketplace = %name, %error, "a marketplace is left out");
            }
        }
    }
    skills
}

fn of_registration(
    registration: &MarketplaceRegistration,
    places: &Places,
    git: &dyn Git,
) -> Result<Vec<Skill>, ExtensionError> {
    let wanted = Wanted {
        source: &registration.source,
        reference: registration.reference.as_deref(),
        folder: registration.repo_path.as_deref(),
    };
    let root = fetch::fetch(wanted, places, &places.cache("plugins"), git)?.path;
    let marketplace = Marketplace::of_folder(&root)?;
    let mut skills = Vec::new();
    let mut keep = |entry: &Entry, found: Result<Vec<Skill>, ExtensionError>| match found {
        Ok(found) => skills.extend(found),
        Err(error) => tracing::warn!(extension = %entry.name, %error, "an extension is left out"),
    };
    let wanted = |entry: &&Entry| registration.auto_load.takes(&entry.name);
    for entry in marketplace.skills.iter().filter(wanted) {
        keep(
            entry,
            standalone(entry, &root, places, git).map(|skill| vec![skill]),
        );
    }
    for entry in marketplace.plugins.iter().filter(wanted) {
        let (source, reference, folder) = marketplace.coordinates(entry);
        let wanted = Wanted {
            source: &source,
            reference: reference.as_deref(),
            folder: folder.as_deref(),
        };
        let found = fetch::fetch(wanted, places, &places.cache("plugins"), git)
            .and_then(|fetched| plugin::load(&fetched.path, fetched.name.as_deref(), places));
        keep(entry, found.map(|plugin| plugin.all_skills()));
    }
    Ok(skills)
}

/// A skill of a list: in the list's own folder, anywhere here, or in a folder of a repository on GitHub.
fn standalone(
    entry: &Entry,
    root: &Path,
    places: &Places,
    git: &dyn Git,
) -> Result<Skill, ExtensionError> {
    let Place::Plain(plain) = &entry.place else {
        return Err(ExtensionError::invalid("a skill's source is a text"));
    };
    if let Some(path) = plain.strip_prefix("file://") {
        return skill_at(Path::new(path), Path::new(path));
    }
    if let Some(rest) = plain.strip_prefix("https://github.com/") {
        let parts: Vec<&str> = rest.splitn(5, '/').collect();
        let [owner, repository, "blob" | "tree", branch, folder] = parts[..] else {
            return Err(ExtensionError::invalid(format!(
                "`{plain}` is no folder on GitHub"
            )));
        };
        let url = format!("https://github.com/{owner}/{repository}.git");
        let kept = places.cache("git").join("github.com");
        let name = |part: &str| part.to_lowercase();
        if !fetch::is_below(owner) || !fetch::is_below(repository) || !fetch::is_below(folder) {
            return Err(ExtensionError::invalid(format!(
                "`{plain}` is no folder on GitHub"
            )));
        }
        let clone = kept.join(name(owner)).join(name(repository));
        fetch::updated(&url, Some(branch), &clone, git, fetch::PATIENCE)?;
        return skill_at(&clone.join(folder), &clone);
    }
    let path = places.expand(plain);
    if path.is_absolute() {
        return skill_at(&path, &path);
    }
    let path = source::resolved(&root.join(path));
    skill_at(&path, root)
}
