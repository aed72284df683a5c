//! The skills of one folder: folders with a `SKILL.md`, and Markdown files beside them.

use std::path::{Path, PathBuf};

use crate::skill::{self, Naming, Skill};
use crate::source;

/// How a folder of skills is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    /// What lies elsewhere is refused, links followed; nothing refuses nothing.
    pub(crate) within: Option<&'a Path>,
    /// A folder in it that is left alone.
    pub(crate) without: Option<&'a Path>,
    /// Whether names are judged by the AgentSkills standard.
    pub(crate) strict: bool,
    /// Whether Markdown in folders below is read too.
    pub(crate) deep: bool,
}

/// Every skill that can be read, grouped: always told, told by trigger, folders; in each group a later name wins.
pub(super) fn skills(folder: &Path, scope: Scope<'_>) -> Vec<Skill> {
    if !source::exists(folder) {
        return Vec::new();
    }
    let inside = |path: &Path| {
        let inside = scope.within.is_none_or(|root| source::within(path, root));
        if !inside {
            tracing::warn!(path = %path.display(), "a skill is refused: it lies outside its source");
        }
        inside
    };
    let folders: Vec<PathBuf> = source::entries(folder)
        .into_iter()
        .filter(|entry| source::is_folder(entry) && inside(entry))
        .filter_map(|entry| skill::skill_md(&entry))
        .filter(|file| inside(file))
        .collect();
    let mut closed: Vec<PathBuf> = folders
        .iter()
        .filter_map(|file| file.parent().map(Path::to_owned))
        .collect();
    closed.extend(
        scope
            .without
            .and_then(|inner| super::rebased(folder, inner)),
    );
    let pages = pages(folder, scope.deep, &closed);
    let mut always = Vec::new();
    let mut called = Vec::new();
    let mut standard = Vec::new();
    for path in folders
        .iter()
        .chain(pages.iter().filter(|page| inside(page)))
    {
        let beside = path.parent().map(|folder| folder.join(".mcp.json"));
        let servers = beside.is_none_or(|config| !source::is_named(&config) || inside(&config));
        let naming = Naming {
            from: Some(folder),
            called: None,
            strict: scope.strict,
            servers,
        };
        match skill::load(path, naming) {
            Ok(skill) if skill.is_agentskills_format => standard.push(skill),
            Ok(skill) if skill.trigger.is_none() => always.push(skill),
            Ok(skill) => called.push(skill),
            Err(error) => tracing::warn!(%error, "a skill is left out"),
        }
    }
    let groups = [always, called, standard].map(|group| super::merged(vec![group]));
    groups.into_iter().flatten().collect()
}

/// The Markdown files that are skills of their own.
fn pages(folder: &Path, deep: bool, closed: &[PathBuf]) -> Vec<PathBuf> {
    let is_page = |path: &Path| source::name(path).ends_with(".md") && source::is_file(path);
    if !deep {
        return source::entries(folder)
            .into_iter()
            .filter(|path| is_page(path) && !source::name(path).eq_ignore_ascii_case("readme.md"))
            .collect();
    }
    let mut pages: Vec<PathBuf> = source::tree(folder, |_| true)
        .into_iter()
        .filter(|path| is_page(path))
        .filter(|path| {
            let name = source::name(path);
            name != "README.md" && !name.eq_ignore_ascii_case("skill.md")
        })
        .filter(|path| !closed.iter().any(|closed| path.starts_with(closed)))
        .collect();
    pages.sort();
    pages
}
