//! The skills of a workspace: instructions of every tool, rules of its folders, and its folders of skills.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::FirstWins;
use super::folder::{self, Scope};
use crate::git::{self, Git};
use crate::skill::{self, Naming, Skill};
use crate::source;

/// Where a workspace keeps its skills; the earlier one wins a name.
const FOLDERS: &[&str] = &[
    ".agents/skills",
    ".openhands/skills",
    ".openhands/microagents",
];

/// The skills of a workspace and of the repository it lies in; the workspace wins a name.
pub(super) fn skills(folder: &Path, git: &dyn Git) -> Vec<Skill> {
    let repository = source::repository(folder);
    let whole = repository.as_deref().unwrap_or(folder);
    let mut roots = vec![folder];
    if whole != folder {
        roots.push(whole);
    }
    let mut kept = FirstWins::default();
    for root in &roots {
        kept.add(instructions(root, whole));
    }
    kept.add(rules(folder, whole, git));
    for root in &roots {
        for place in FOLDERS {
            let scope = Scope {
                within: Some(whole),
                without: None,
                strict: true,
                deep: true,
            };
            kept.add(folder::skills(&root.join(place), scope));
        }
    }
    kept.skills
}

/// `AGENTS.md` and its like at the top of a folder; two names of one file are one.
fn instructions(root: &Path, whole: &Path) -> Vec<Skill> {
    let mut names = HashSet::new();
    let mut files = HashSet::new();
    let mut skills = Vec::new();
    for path in source::entries(root) {
        if skill::third_party(&path).is_none() || !source::is_file(&path) {
            continue;
        }
        let name = source::name(&path).to_lowercase();
        if names.contains(&name) || !source::within(&path, whole) {
            continue;
        }
        if files.insert(source::resolved(&path)) {
            names.insert(name);
            let naming = Naming {
                from: None,
                called: None,
                strict: true,
                servers: false,
            };
            match skill::load(&path, naming) {
                Ok(skill) => skills.push(skill),
                Err(error) => tracing::warn!(%error, "instructions are left out"),
            }
        }
    }
    skills
}

/// `AGENTS.md` and its like in folders below: each a rule for the files of its folder.
fn rules(folder: &Path, whole: &Path, git: &dyn Git) -> Vec<Skill> {
    let mut seen = HashSet::new();
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for relative in listed(folder, git).unwrap_or_else(|| walked(folder)) {
        let path = folder.join(&relative);
        let parent = relative.parent().filter(|parent| *parent != Path::new(""));
        let Some(parent) = parent else { continue };
        if skill::third_party(&relative).is_some()
            && source::is_file(&path)
            && source::within(&path, whole)
            && seen.insert(source::resolved(&path))
        {
            found.push((source::spelled(parent), path));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let rule = |(parent, path): (String, PathBuf)| match skill::nested(&path, &parent) {
        Ok(skill) => skill,
        Err(error) => {
            tracing::warn!(%error, "a rule is left out");
            None
        }
    };
    found.into_iter().filter_map(rule).collect()
}

/// The files that git knows or does not ignore.
fn listed(folder: &Path, git: &dyn Git) -> Option<Vec<PathBuf>> {
    source::repository(folder)?;
    let words = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let printed = git::asked(git, &words, folder, Duration::from_secs(10)).ok()?;
    let files = printed
        .split(|b| *b == 0)
        .filter(|name| !name.is_empty())
        .map(|name| PathBuf::from(String::from_utf8_lossy(name).into_owned()));
    Some(files.collect())
}

/// The files of a folder that is no repository, but for hidden folders and installed packages.
fn walked(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = source::tree(folder, |name| {
        !name.starts_with('.') && name != "node_modules"
    })
    .iter()
    .filter_map(|path| path.strip_prefix(folder).map(Path::to_owned).ok())
    .collect();
    files.sort();
    files
}
