//! A skill read from its file: a `SKILL.md` with its folder, an older Markdown file, or another tool's instructions.

use std::path::Path;

use crate::error::ExtensionError;
use crate::front_matter::Page;
use crate::mcp::McpServers;
use crate::skill::{Skill, SkillInput, SkillResources, Trigger};
use crate::source;
use crate::yaml::Yaml;

/// The longest description; what is longer is cut in its middle.
const DESCRIPTION: usize = 1024;

/// What is asked for in a task skill whose text has places to fill in.
const ASK_FIRST: &str = "\n\nIf the user didn't provide any of these variables, ask the user to provide them first \
                         before the agent can proceed with the task.";

/// Instruction files of other tools, and what their skills are called.
const THIRD_PARTY: &[(&str, &str)] = &[
    (".cursorrules", "cursorrules"),
    ("agents.md", "agents"),
    ("agent.md", "agents"),
    ("claude.md", "claude"),
    ("gemini.md", "gemini"),
];

/// How a skill gets its name, and how strictly that is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Naming<'a> {
    /// The folder that older files are named from.
    pub(crate) from: Option<&'a Path>,
    /// What the folder of a `SKILL.md` is called where it belongs, if it lies elsewhere for the moment.
    pub(crate) called: Option<&'a str>,
    /// Whether a `SKILL.md` must be named like its folder.
    pub(crate) strict: bool,
    /// Whether a `.mcp.json` beside it is read.
    pub(crate) servers: bool,
}

/// What another tool's instruction file is called as a skill.
pub(crate) fn third_party(path: &Path) -> Option<&'static str> {
    let name = source::name(path).to_lowercase();
    THIRD_PARTY
        .iter()
        .find(|(file, _)| *file == name)
        .map(|(_, skill)| *skill)
}

/// Reads a skill.
pub(crate) fn load(path: &Path, naming: Naming<'_>) -> Result<Skill, ExtensionError> {
    let text = source::text(path).map_err(|e| ExtensionError::unreachable(e.to_string()))?;
    if source::name(path).eq_ignore_ascii_case("skill.md") {
        return folder(path, &text, naming);
    }
    if let Some(name) = third_party(path) {
        let mut skill = Skill::always(name, text);
        skill.source = Some(source::spelled(path));
        return Ok(skill);
    }
    let page = page(path, &text)?;
    let name = page
        .get("name")
        .map_or_else(|| derived(path, naming.from), Yaml::spelled);
    let servers = match page.some("mcp_tools") {
        None => None,
        Some(tools @ Yaml::Map(_)) => Some(McpServers::of_config(&tools.json())?),
        Some(_) => return Err(wrong(path, "mcp_tools", "a mapping")),
    };
    let mut skill = described(path, &page, name)?;
    skill.mcp_tools = servers;
    Ok(skill)
}

/// Makes a rule of another tool's instructions that lie in a folder of the workspace.
pub(crate) fn nested(path: &Path, folder: &str) -> Result<Option<Skill>, ExtensionError> {
    let Some(name) = third_party(path) else {
        return Ok(None);
    };
    let text = source::text(path).map_err(|e| ExtensionError::unreachable(e.to_string()))?;
    let mut skill = Skill::always(&format!("{name}:{folder}"), text);
    skill.source = Some(source::spelled(path));
    skill.disable_model_invocation = true;
    skill.trigger = Some(Trigger::Path {
        paths: vec![format!("{folder}/**")],
    });
    Ok(Some(skill))
}

/// The `SKILL.md` of a folder, in whatever case.
pub(crate) fn skill_md(folder: &Path) -> Option<std::path::PathBuf> {
    source::entries(folder)
        .into_iter()
        .find(|path| source::name(path).eq_ignore_ascii_case("skill.md") && source::is_file(path))
}

fn folder(path: &Path, text: &str, naming: Naming<'_>) -> Result<Skill, ExtensionError> {
    let root = path.parent().unwrap_or(Path::new("."));
    let page = page(path, text)?;
    let home = naming
        .called
        .map_or_else(|| source::name(root), str::to_owned);
    let name = page.get("name").map_or_else(|| home.clone(), Yaml::spelled);
    if naming.strict {
        named_well(&name, &home)?;
    }
    let mut servers = None;
    let config = root.join(".mcp.json");
    if naming.servers && source::is_file(&config) {
        servers = Some(McpServers::of_file(&config)?);
    }
    let resources = resources(root);
    let mut skill = described(path, &page, name)?;
    skill.mcp_tools = servers;
    skill.resources = (!resources.is_empty()).then_some(resources);
    skill.is_agentskills_format = true;
    Ok(skill)
}

fn page(path: &Path, text: &str) -> Result<Page, ExtensionError> {
    let trouble = |why: String| ExtensionError::invalid(format!("{}: {why}", path.display()));
    let page = Page::parse(text).map_err(|e| trouble(e.to_string()))?;
    if !page.is_named() {
        return Err(trouble(
            "a name in its front matter is not a text".to_owned(),
        ));
    }
    Ok(page)
}

/// The path below the folder of skills, without its ending.
fn derived(path: &Path, from: Option<&Path>) -> String {
    let below = from.and_then(|from| path.strip_prefix(from).ok());
    below.map_or_else(
        || source::stem(path),
        |below| source::spelled(&below.with_extension("")),
    )
}

/// Whether a name is what the AgentSkills standard asks for.
fn named_well(name: &str, folder: &str) -> Result<(), ExtensionError> {
    let short = (1..=64).contains(&name.chars().count());
    if !short || !crate::names::is_kebab(name) {
        return Err(ExtensionError::invalid(format!(
            "`{name}` is no name for a skill: it is 1 to 64 lowercase letters and digits, with single hyphens between"
        )));
    }
    if name != folder {
        return Err(ExtensionError::invalid(format!(
            "the skill `{name}` lies in a folder called `{folder}`; call both the same"
        )));
    }
    Ok(())
}

fn resources(root: &Path) -> SkillResources {
    let listed = |kind: &str| {
        let folder = root.join(kind);
        if !source::is_folder(&folder) {
            return Vec::new();
        }
        let mut files: Vec<_> = source::tree(&folder, |_| true)
            .into_iter()
            .filter(|file| source::is_file(file) && source::within(file, root))
            .filter_map(|file| file.strip_prefix(&folder).map(source::spelled).ok())
            .collect();
        files.sort();
        files
    };
    SkillResources {
        skill_root: source::spelled(&source::resolved(root)),
        scripts: listed("scripts"),
        references: listed("references"),
        assets: listed("assets"),
    }
}

fn described(path: &Path, page: &Page, name: String) -> Result<Skill, ExtensionError> {
    let text = |key: &str| match page.some(key) {
        None => Ok(None),
        Some(Yaml::Text(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(path, key, "a text")),
    };
    let either = |one: &str, other: &str| match page.get(one) {
        Some(value) => Some(value.clone()),
        None => page.get(other).cloned(),
    };
    let mut skill = Skill::always(&name, page.body.clone());
    skill.source = Some(source::spelled(path));
    skill.description = text("description")?.map(|text| shortened(&text, path));
    skill.license = text("license")?;
    skill.compatibility = text("compatibility")?;
    skill.metadata = match page.some("metadata") {
        None => None,
        Some(Yaml::Map(pairs)) => Some(
            pairs
                .iter()
                .map(|(key, value)| (key.spelled(), value.spelled()))
                .collect(),
        ),
        Some(_) => return Err(wrong(path, "metadata", "a mapping")),
    };
    skill.allowed_tools = match either("allowed-tools", "allowed_tools") {
        None | Some(Yaml::Null) => None,
        Some(Yaml::Text(text)) => Some(text.split_whitespace().map(str::to_owned).collect()),
        Some(Yaml::List(items)) => Some(items.iter().map(Yaml::spelled).collect()),
        Some(_) => return Err(wrong(path, "allowed-tools", "a text or a list")),
    };
    skill.disable_model_invocation =
        match either("disable-model-invocation", "disable_model_invocation") {
            None | Some(Yaml::Null) => false,
            Some(value) => yes_or_no(&value)
                .ok_or_else(|| wrong(path, "disable-model-invocation", "yes or no"))?,
        };
    triggered(path, page, skill)
}

/// Finds out what brings the skill in: files before inputs before words.
fn triggered(path: &Path, page: &Page, mut skill: Skill) -> Result<Skill, ExtensionError> {
    let words = match page.get("triggers") {
        None => &[][..],
        Some(Yaml::List(words)) => words.as_slice(),
        Some(_) => return Err(wrong(path, "triggers", "a list of texts")),
    };
    let words = || {
        words
            .iter()
            .map(|word| word.text().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| wrong(path, "triggers", "a list of texts"))
    };
    let paths = paths(path, page)?;
    if !paths.is_empty() {
        skill.disable_model_invocation = true;
        skill.trigger = Some(Trigger::Path { paths });
    } else if let Some(inputs) = page.get("inputs") {
        let Yaml::List(inputs) = inputs else {
            return Err(wrong(path, "inputs", "a list"));
        };
        skill.inputs = inputs
            .iter()
            .map(|input| serde_json::from_value(input.json()))
            .collect::<Result<Vec<SkillInput>, _>>()
            .map_err(|_| wrong(path, "inputs", "a list of names with descriptions"))?;
        let mut triggers = words()?;
        let own = format!("/{}", skill.name);
        if !triggers.contains(&own) {
            triggers.push(own);
        }
        skill.trigger = Some(Trigger::Task { triggers });
        let asks = !skill.inputs.is_empty() || has_places(&skill.content);
        if asks && !skill.content.is_empty() && !skill.content.contains(ASK_FIRST) {
            skill.content.push_str(ASK_FIRST);
        }
    } else {
        let keywords = words()?;
        skill.trigger = (!keywords.is_empty()).then_some(Trigger::Keyword { keywords });
    }
    Ok(skill)
}

fn paths(path: &Path, page: &Page) -> Result<Vec<String>, ExtensionError> {
    let all: Vec<String> = match page.some("paths") {
        None => Vec::new(),
        Some(Yaml::Text(text)) => text.split(',').map(str::to_owned).collect(),
        Some(Yaml::List(items)) => items.iter().map(Yaml::spelled).collect(),
        Some(_) => return Err(wrong(path, "paths", "a text or a list")),
    };
    Ok(all
        .iter()
        .map(|pattern| pattern.trim().to_owned())
        .filter(|pattern| !pattern.is_empty())
        .collect())
}

/// Whether a text has places to fill in, such as `${name}`.
fn has_places(text: &str) -> bool {
    text.match_indices("${").any(|(at, open)| {
        let rest = &text[at + open.len()..];
        let Some(end) = rest.find('}') else {
            return false;
        };
        let name = &rest[..end];
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

fn yes_or_no(value: &Yaml) -> Option<bool> {
    match value {
        Yaml::Bool(yes) => Some(*yes),
        Yaml::Int(0) => Some(false),
        Yaml::Int(1) => Some(true),
        Yaml::Text(text) => match text.to_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
            "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
            _ => None,
        },
        Yaml::Int(_)
        | Yaml::Null
        | Yaml::Float(_)
        | Yaml::Time(..)
        | Yaml::List(_)
        | Yaml::Map(_) => None,
    }
}

/// Cuts the middle out of a long description, and says where the rest can be read.
fn shortened(text: &str, path: &Path) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= DESCRIPTION {
        return text.to_owned();
    }
    let notice: Vec<char> = format!(
        "<response clipped><NOTE>Due to the max output limit, only part of the full description is shown. You can \
         view the complete skill content at {}.</NOTE>",
        path.display()
    )
    .chars()
    .collect();
    let Some(room) = DESCRIPTION
        .checked_sub(notice.len())
        .filter(|room| *room > 0)
    else {
        return notice.into_iter().take(DESCRIPTION).collect();
    };
    let head = room.div_ceil(2);
    let tail = &chars[chars.len() - (room - head)..];
    chars[..head].iter().chain(&notice).chain(tail).collect()
}

fn wrong(path: &Path, key: &str, wanted: &str) -> ExtensionError {
    ExtensionError::invalid(format!("{}: `{key}` must be {wanted}", path.display()))
}
