//! All skills of a conversation, merged from every place they can lie in; writes nothing itself.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use crate::fetch;
use crate::git::Git;
use crate::places::Places;
use crate::skill::Skill;
use crate::{installed, marketplace, shelf};

mod folder;
mod project;
mod request;

pub(crate) use folder::Scope;
pub(crate) use request::DEFAULT_MARKETPLACE;
pub use request::{
    ExposedUrl, OrgConfig, SandboxConfig, SkillCatalogEntry, SkillCatalogResponse, SkillOrigin,
    SkillsRequest, SkillsResponse, SyncResponse, SyncStatus,
};

/// Addresses with this start of their names are shown to the agent.
const WORKER: &str = "WORKER_";

/// Skills and where how many of them came from.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The skills; of two with one name the more particular one.
    pub skills: Vec<Skill>,
    /// How many came from each source.
    pub sources: BTreeMap<String, u64>,
}

/// Loads what a request asks for.
pub(crate) fn all(
    request: &SkillsRequest,
    places: &Places,
    git: &dyn Git,
    public: &marketplace::Public,
) -> Found {
    let sandbox: Vec<Skill> = request
        .sandbox_config
        .iter()
        .filter_map(work_hosts)
        .collect();
    let mut registered = Vec::new();
    if request.load_public {
        registered = marketplace::auto_loaded(&request.registered_marketplaces, places, git);
    }
    let mut base = Vec::new();
    if request.load_public {
        let chosen = request.marketplace_path.as_deref();
        base.push(public.skills(chosen, places, git));
    }
    if request.load_user {
        base.push(user(places));
    }
    let base = merged(base);
    let mut organisations = Vec::new();
    if request.load_org {
        for repository in request.org_configs.iter().flatten() {
            organisations.push(organisation(repository, places, git));
        }
    }
    let organisations = merged(organisations);
    let project = match request.project_dir.as_deref().filter(|dir| !dir.is_empty()) {
        Some(folder) if request.load_project => {
            merged(vec![project::skills(&crate::source::tidied(folder), git)])
        }
        _ => Vec::new(),
    };
    let tiers = [
        ("sandbox", sandbox),
        ("registered_marketplaces", registered),
        ("sdk_base", base),
        ("org", organisations),
        ("project", project),
    ];
    let mut found = Found::default();
    let mut lists = Vec::new();
    for (tier, skills) in tiers {
        found.sources.insert(tier.to_owned(), skills.len() as u64);
        lists.push(skills);
    }
    found.skills = merged(lists);
    found
}

/// The skills of the person who owns this place, what is installed included.
pub(crate) fn user(places: &Places) -> Vec<Skill> {
    let mut kept = FirstWins::default();
    let installed = places.installed_skills();
    for folder in places.user_skills() {
        let scope = Scope {
            within: None,
            without: Some(&installed),
            strict: true,
            deep: true,
        };
        kept.add(folder::skills(&folder, scope));
    }
    kept.add(installed::skills(&installed));
    kept.skills
}

/// The skills of one folder, in the order of their files.
pub(crate) fn in_folder(folder: &Path, scope: Scope<'_>) -> Vec<Skill> {
    folder::skills(folder, scope)
}

/// Tells the agent which addresses lead to what it serves.
fn work_hosts(sandbox: &SandboxConfig) -> Option<Skill> {
    let hosts: Vec<String> = sandbox
        .exposed_urls
        .iter()
        .filter(|host| host.name.starts_with(WORKER))
        .map(|host| format!("* {} (port {})", host.url, host.port))
        .collect();
    (!hosts.is_empty()).then(|| {
        let content = format!(
            "The user has access to the following hosts for accessing a web application, each of which has a \
             corresponding port:\n{}",
            hosts.join("\n")
        );
        Skill::always("work_hosts", content)
    })
}

/// The skills of an organisation's repository; none if it cannot be reached, which is common.
fn organisation(repository: &OrgConfig, places: &Places, git: &dyn Git) -> Vec<Skill> {
    let fetched = shelf::staging(&places.cache("organisations").join("fetch")).and_then(|folder| {
        fetch::updated(
            &repository.org_repo_url,
            None,
            &folder.path().join("repository"),
            git,
            fetch::PATIENCE,
        )
        .map(|_| folder)
    });
    let folder = match fetched {
        Ok(folder) => folder,
        Err(_) => {
            // Git's complaint may hold the token that is in the address.
            tracing::debug!(org = %repository.org_name, "no skills: its repository was not fetched");
            return Vec::new();
        }
    };
    let root = folder.path().join("repository");
    let mut kept = FirstWins::default();
    for part in ["skills", "microagents"] {
        let scope = Scope {
            within: Some(&root),
            without: None,
            strict: true,
            deep: true,
        };
        kept.add(folder::skills(&root.join(part), scope));
    }
    kept.skills
}

/// Lists merged so that a later one wins a name, and the first one's place is kept.
pub(crate) fn merged(lists: Vec<Vec<Skill>>) -> Vec<Skill> {
    let mut all: Vec<Skill> = Vec::new();
    let mut places: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for skill in lists.into_iter().flatten() {
        match places.get(&skill.name).and_then(|at| all.get_mut(*at)) {
            Some(known) => *known = skill,
            None => {
                places.insert(skill.name.clone(), all.len());
                all.push(skill);
            }
        }
    }
    all
}

/// Skills of which an earlier one wins a name.
#[derive(Default)]
pub(crate) struct FirstWins {
    pub(crate) skills: Vec<Skill>,
    names: HashSet<String>,
}

impl FirstWins {
    pub(crate) fn add(&mut self, skills: Vec<Skill>) {
        for skill in skills {
            if self.names.insert(skill.name.clone()) {
                self.skills.push(skill);
            }
        }
    }
}

/// A folder that another folder's rules speak of.
pub(crate) fn rebased(folder: &Path, inner: &Path) -> Option<PathBuf> {
    let real = crate::source::resolved(folder);
    let inner = crate::source::resolved(inner);
    inner.strip_prefix(&real).ok().map(|rest| folder.join(rest))
}
