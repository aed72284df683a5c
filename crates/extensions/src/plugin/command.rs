//! A command of a plugin: a Markdown file that `/plugin:command` brings in; knows no plugin's folder layout.

use std::path::Path;

use crate::error::ExtensionError;
use crate::front_matter::Page;
use crate::skill::{Skill, Trigger};
use crate::source;
use crate::yaml::Yaml;

/// A command of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What it is called.
    pub name: String,
    /// What it is good for.
    pub description: String,
    /// What is said after it.
    pub argument_hint: Option<String>,
    /// The tools it may use unasked.
    pub allowed_tools: Vec<String>,
    /// What the agent is told.
    pub content: String,
    /// Its file.
    pub source: String,
}

/// The commands of a folder.
pub(super) fn in_folder(folder: &Path, root: &Path) -> Vec<Command> {
    if !source::is_folder(folder) || !source::within(folder, root) {
        return Vec::new();
    }
    source::entries(folder)
        .into_iter()
        .filter(|path| crate::sub_agent::is_page(path) && source::within(path, root))
        .filter_map(|path| match load(&path) {
            Ok(command) => Some(command),
            Err(error) => {
                tracing::warn!(%error, "a command is left out");
                None
            }
        })
        .collect()
}

fn load(path: &Path) -> Result<Command, ExtensionError> {
    let trouble = |why: String| ExtensionError::invalid(format!("{}: {why}", path.display()));
    let text = source::text(path).map_err(|e| trouble(e.to_string()))?;
    let page = Page::parse(&text).map_err(|e| trouble(e.to_string()))?;
    let either = |names: [&str; 2]| {
        let mut values = names.iter().filter_map(|name| page.get(name));
        values.find(|value| !value.is_empty())
    };
    Ok(Command {
        name: source::stem(path),
        description: page
            .get("description")
            .map(Yaml::spelled)
            .unwrap_or_default(),
        argument_hint: match either(["argument-hint", "argumentHint"]) {
            None => None,
            Some(Yaml::List(hints)) => Some(
                hints
                    .iter()
                    .map(Yaml::spelled)
                    .collect::<Vec<_>>()
                    .join(" "),
            ),
            Some(hint) => Some(hint.spelled()),
        },
        allowed_tools: match either(["allowed-tools", "allowedTools"]) {
            Some(Yaml::Text(tool)) => vec![tool.clone()],
            Some(Yaml::List(tools)) => tools.iter().map(Yaml::spelled).collect(),
            Some(_) | None => Vec::new(),
        },
        content: page.body,
        source: source::spelled(path),
    })
}

impl Command {
    /// The command as a skill.
    pub(super) fn skill(&self, plugin: &str) -> Skill {
        let name = format!("{plugin}:{}", self.name);
        let mut parts = Vec::new();
        if !self.description.is_empty() {
            parts.push(format!("## {}\n\n{}\n", self.name, self.description));
        }
        if let Some(hint) = self
            .argument_hint
            .as_deref()
            .filter(|hint| !hint.is_empty())
        {
            parts.push(format!("**Arguments**: `$ARGUMENTS` - {hint}\n"));
        }
        if !self.content.is_empty() {
            parts.push(format!("\n{}", self.content));
        }
        let mut skill = Skill::always(&name, parts.join("\n").trim().to_owned());
        skill.description = Some(if self.description.is_empty() {
            format!("Command {} from {plugin}", self.name)
        } else {
            self.description.clone()
        });
        skill.trigger = Some(Trigger::Keyword {
            keywords: vec![format!("/{name}")],
        });
        skill.source = Some(self.source.clone());
        skill.allowed_tools = (!self.allowed_tools.is_empty()).then(|| self.allowed_tools.clone());
        skill
    }
}
