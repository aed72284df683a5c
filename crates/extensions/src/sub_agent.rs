//! Sub-agents: Markdown files that describe whom an agent can hand work to; knows no model and starts none.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::ExtensionError;
use crate::front_matter::Page;
use crate::hooks::HookConfig;
use crate::mcp::McpServers;
use crate::places::Places;
use crate::source;
use crate::yaml::Yaml;

mod builtin;
mod request;

pub use request::{SubAgentInfo, SubAgentsRequest, SubAgentsResponse};

/// Where a workspace keeps its sub-agents; the earlier one wins a name.
const FOLDERS: &[&str] = &[".agents/agents", ".openhands/agents"];

/// What a file may say that has a meaning; the rest is kept beside it.
const KNOWN: &[&str] = &[
    "name",
    "description",
    "model",
    "color",
    "tools",
    "skills",
    "max_iteration_per_run",
    "max_budget_per_run",
    "hooks",
    "profile_store_dir",
    "mcp_config",
    "mcp_servers",
    "permission_mode",
    "condenser",
];

/// When a sub-agent has to ask first.
const PERMISSIONS: &[&str] = &["always_confirm", "confirm_risky", "never_confirm"];

/// Somebody an agent can hand work to.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentDefinition {
    /// What it is called.
    pub name: String,
    /// What it is good for.
    pub description: String,
    /// The profile of its model, or `inherit`.
    pub model: String,
    /// How it is shown.
    pub color: Option<String>,
    /// The tools it has.
    pub tools: Vec<String>,
    /// The skills it has.
    pub skills: Vec<String>,
    /// What it is told.
    pub system_prompt: String,
    /// Its file; nothing for those that come with the program.
    pub source: Option<String>,
    /// Where it was found.
    pub level: Option<Level>,
    /// When it is to be used, in examples.
    pub when_to_use_examples: Vec<String>,
    /// What it wants run; data only.
    pub hooks: Option<HookConfig>,
    /// When it has to ask first; nothing means as its parent.
    pub permission_mode: Option<String>,
    /// How many steps it may take.
    pub max_iteration_per_run: Option<i64>,
    /// How much it may cost, in dollars.
    pub max_budget_per_run: Option<f64>,
    /// The servers it declares; data only.
    pub mcp_config: Option<McpServers>,
    /// Where its profiles are.
    pub profile_store_dir: Option<String>,
    /// How its history is kept short, as JSON.
    pub condenser: Option<Value>,
    /// Whatever else its file says.
    pub metadata: Map<String, Value>,
}

/// Where a sub-agent was found.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Level {
    /// In the workspace.
    Project,
    /// In the person's own folders.
    User,
    /// In the program.
    Builtin,
    /// In a plugin.
    Plugin,
    /// In somebody's code.
    Programmatic,
}

/// Whom an agent can hand work to: those of the workspace before the person's own before those of the program.
pub(crate) fn all(request: &SubAgentsRequest, places: &Places, browser: bool) -> SubAgentsResponse {
    let mut found = Vec::new();
    if let Some(folder) = request
        .project_dir
        .as_deref()
        .filter(|_| request.load_project)
    {
        let folder = source::tidied(folder);
        let whole = source::repository(&folder).unwrap_or_else(|| folder.clone());
        let folders = FOLDERS.iter().map(|part| folder.join(part));
        found.extend(levelled(folders, Some(&whole), Level::Project));
    }
    if request.load_user {
        found.extend(levelled(
            places.user_agents().into_iter(),
            None,
            Level::User,
        ));
    }
    if request.load_builtin {
        found.extend(builtin::agents(browser));
    }
    let mut names = HashSet::new();
    found.retain(|agent| names.insert(agent.name.clone()));
    SubAgentsResponse {
        agents: found.into_iter().map(SubAgentInfo::from).collect(),
    }
}

fn levelled(
    folders: impl Iterator<Item = PathBuf>,
    root: Option<&Path>,
    level: Level,
) -> Vec<AgentDefinition> {
    let mut agents: Vec<AgentDefinition> = folders
        .flat_map(|folder| in_folder(&folder, root))
        .collect();
    for agent in &mut agents {
        agent.level = Some(level);
    }
    agents
}

/// The sub-agents of a folder; what lies outside `root`, links followed, is refused.
pub(crate) fn in_folder(folder: &Path, root: Option<&Path>) -> Vec<AgentDefinition> {
    source::entries(folder)
        .into_iter()
        .filter(|path| is_page(path) && root.is_none_or(|root| source::within(path, root)))
        .filter_map(|path| match load(&path) {
            Ok(agent) => Some(agent),
            Err(error) => {
                tracing::warn!(%error, "a sub-agent is left out");
                None
            }
        })
        .collect()
}

/// Whether a file is Markdown that says more than what its folder is for.
pub(crate) fn is_page(path: &Path) -> bool {
    let name = source::name(path);
    let markdown = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("md"));
    markdown && !matches!(name.as_str(), "README.md" | "readme.md") && source::is_file(path)
}

fn load(path: &Path) -> Result<AgentDefinition, ExtensionError> {
    let trouble = |why: String| ExtensionError::invalid(format!("{}: {why}", path.display()));
    let text = source::text(path).map_err(|e| trouble(e.to_string()))?;
    let page = Page::parse(&text).map_err(|e| trouble(e.to_string()))?;
    let mut agent = read(&page, &source::stem(path)).map_err(trouble)?;
    agent.source = Some(source::spelled(path));
    Ok(agent)
}

/// Makes a sub-agent of a page.
fn read(page: &Page, stem: &str) -> Result<AgentDefinition, String> {
    if !page.is_named() {
        return Err("a name in its front matter is not a text".to_owned());
    }
    let spelled = |key: &str, otherwise: &str| {
        let value = page.get(key).map(Yaml::spelled);
        value.unwrap_or_else(|| otherwise.to_owned())
    };
    let description = spelled("description", "");
    let servers = page.get("mcp_config").or_else(|| page.get("mcp_servers"));
    Ok(AgentDefinition {
        name: spelled("name", stem),
        model: spelled("model", "inherit"),
        color: page.some("color").map(Yaml::spelled),
        tools: texts(page.get("tools"), |text| vec![text.to_owned()]),
        skills: texts(page.get("skills"), |text| {
            let names = text.split(',').map(str::trim);
            names
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        }),
        system_prompt: page.body.clone(),
        source: None,
        level: None,
        when_to_use_examples: examples(&description),
        description,
        hooks: match page.get("hooks") {
            Some(hooks @ Yaml::Map(_)) => {
                Some(HookConfig::of(&hooks.json()).map_err(|e| e.to_string())?)
            }
            _ => None,
        },
        permission_mode: permission(page.some("permission_mode"))?,
        max_iteration_per_run: steps(page.get("max_iteration_per_run"))?,
        max_budget_per_run: dollars(page.get("max_budget_per_run"))?,
        mcp_config: match servers {
            None | Some(Yaml::Null) => None,
            Some(servers @ Yaml::Map(_)) => {
                Some(McpServers::of_config(&servers.json()).map_err(|e| e.to_string())?)
            }
            Some(_) => return Err("`mcp_config` must be a mapping".to_owned()),
        },
        profile_store_dir: match page.some("profile_store_dir") {
            None => None,
            Some(Yaml::Text(folder)) => Some(folder.clone()),
            Some(_) => return Err("`profile_store_dir` must be a text".to_owned()),
        },
        condenser: condenser(page.get("condenser"))?,
        metadata: page
            .pairs()
            .filter(|(name, _)| !KNOWN.contains(&name.spelled().as_str()))
            .map(|(name, value)| (name.spelled(), value.json()))
            .collect(),
    })
}

fn texts(value: Option<&Yaml>, one: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    match value {
        Some(Yaml::Text(text)) => one(text),
        Some(Yaml::List(items)) => items.iter().map(Yaml::spelled).collect(),
        _ => Vec::new(),
    }
}

/// What stands between `<example>` and `</example>`.
fn examples(description: &str) -> Vec<String> {
    let lower = description.to_ascii_lowercase();
    let mut examples = Vec::new();
    let mut at = 0;
    while let Some(start) = lower[at..]
        .find("<example>")
        .map(|i| at + i + "<example>".len())
    {
        let Some(end) = lower[start..].find("</example>").map(|i| start + i) else {
            break;
        };
        let example = description[start..end].trim();
        if !example.is_empty() {
            examples.push(example.to_owned());
        }
        at = end + "</example>".len();
    }
    examples
}

fn permission(value: Option<&Yaml>) -> Result<Option<String>, String> {
    let Some(value) = value else { return Ok(None) };
    let mode = value.spelled().trim().to_lowercase();
    if PERMISSIONS.contains(&mode.as_str()) {
        return Ok(Some(mode));
    }
    let modes = PERMISSIONS.join(", ");
    Err(format!("`permission_mode` must be one of {modes}"))
}

fn steps(value: Option<&Yaml>) -> Result<Option<i64>, String> {
    let wrong = || "`max_iteration_per_run` must be a whole number above zero".to_owned();
    let steps = match value {
        Some(Yaml::Int(steps)) => *steps,
        Some(Yaml::Bool(yes)) => i64::from(*yes),
        Some(Yaml::Text(text)) => text.trim().parse().map_err(|_| wrong())?,
        _ => return Ok(None),
    };
    (steps > 0).then_some(Some(steps)).ok_or_else(wrong)
}

fn dollars(value: Option<&Yaml>) -> Result<Option<f64>, String> {
    let wrong = || "`max_budget_per_run` must be a number above zero".to_owned();
    #[expect(clippy::cast_precision_loss, reason = "nobody has that many dollars")]
    let dollars = match value {
        Some(Yaml::Int(dollars)) => *dollars as f64,
        Some(Yaml::Float(dollars)) => *dollars,
        Some(Yaml::Text(text)) => text.trim().parse().map_err(|_| wrong())?,
        _ => return Ok(None),
    };
    (dollars > 0.0).then_some(Some(dollars)).ok_or_else(wrong)
}

/// How its history is kept short; nothing means as usual.
fn condenser(value: Option<&Yaml>) -> Result<Option<Value>, String> {
    let none = || Some(serde_json::json!({ "kind": "NoOpCondenser" }));
    match value {
        None | Some(Yaml::Null | Yaml::Bool(true)) => Ok(None),
        Some(Yaml::Bool(false)) => Ok(none()),
        Some(Yaml::Text(text)) => match text.trim().to_lowercase().as_str() {
            "" | "default" | "inherit" => Ok(None),
            "none" | "off" | "false" | "no" | "disable" | "disabled" => Ok(none()),
            _ => Err(format!(
                "`condenser` cannot be `{text}`; say default, none, or describe one"
            )),
        },
        Some(described @ Yaml::Map(_)) => match described.get("kind") {
            Some(Yaml::Text(kind)) if kind == "NoOpCondenser" => Ok(none()),
            Some(Yaml::Text(kind))
                if matches!(
                    kind.as_str(),
                    "LLMSummarizingCondenser" | "PipelineCondenser"
                ) =>
            {
                Ok(Some(described.json()))
            }
            _ => Err("`condenser` is of no known kind".to_owned()),
        },
        Some(_) => Err("`condenser` must be a text or a mapping".to_owned()),
    }
}
