//! The tool by which an agent asks for a skill. Runs nothing.

use std::path::Path;
use std::sync::LazyLock;

use domain::{Annotations, Content, InvokeSkillObservation, Observation, Parameters, ToolSpec};
use serde_json::{Value, json};

use super::{Skill, all};

/// What the model calls it.
pub(crate) const INVOKE: &str = "invoke_skill";

static PARAMETERS: LazyLock<Parameters> = LazyLock::new(|| {
    let schema = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "The name of the skill, as it is listed."}
        },
        "required": ["name"],
    });
    schema.into()
});

/// The tool as models and clients know it.
pub(crate) fn spec() -> ToolSpec {
    ToolSpec {
        name: INVOKE.to_owned(),
        description: "Tells you all of a skill that is listed in <available_skills>. There is no other way to read one: \
                      call this with its name, then do as it says."
            .into(),
        parameters: PARAMETERS.clone(),
        annotations: Some(Annotations {
            title: Some(INVOKE.to_owned()),
            read_only_hint: true,
            destructive_hint: false,
            idempotent_hint: true,
            open_world_hint: false,
        }),
        kind: "InvokeSkillTool".to_owned(),
        action_kind: "InvokeSkillAction".to_owned(),
        observation_kind: "InvokeSkillObservation".to_owned(),
    }
}

/// What comes of asking for a skill.
pub(crate) fn invoke(context: Option<&Value>, name: &str, workspace: &str) -> Observation {
    let name = name.trim();
    let skills = all(context);
    let (text, is_error) = match skills.iter().find(|skill| skill.name == name) {
        None => (unknown(name, &skills), true),
        Some(skill) if skill.hidden => {
            let text = format!(
                "Skill '{name}' cannot be asked for: it comes by itself when its words turn up."
            );
            (text, true)
        }
        Some(skill) => (told(skill, workspace), false),
    };
    Observation::InvokeSkill(InvokeSkillObservation {
        content: vec![Content::text(text)],
        is_error,
        skill_name: name.to_owned(),
    })
}

fn unknown(name: &str, skills: &[Skill<'_>]) -> String {
    let mut names: Vec<&str> = skills
        .iter()
        .filter(|skill| !skill.hidden)
        .map(|skill| skill.name)
        .collect();
    names.sort_unstable();
    let there_are = if names.is_empty() {
        "There is none.".to_owned()
    } else {
        format!("There are: {}.", names.join(", "))
    };
    format!("There is no skill '{name}'. {there_are}")
}

fn told(skill: &Skill<'_>, workspace: &str) -> String {
    let mut text = skill.content.to_owned();
    let mut notes = Vec::new();
    if text.contains("!`") {
        notes.push(
            "Where it says !`command`, the output of that command is meant: run it if you need it."
                .to_owned(),
        );
    }
    if let Some(place) = skill.source.and_then(folder) {
        let place = place.strip_prefix(workspace).unwrap_or(place);
        notes.push(format!(
            "The skill is kept in `{}`; files it speaks of start from there.",
            place.display()
        ));
    }
    if !notes.is_empty() {
        text.push_str("\n\n---\n");
        text.push_str(&notes.join("\n"));
    }
    text
}

/// The folder of a skill that has one.
fn folder(source: &str) -> Option<&Path> {
    let file = Path::new(source);
    let own = file.file_name()?.eq_ignore_ascii_case("skill.md");
    file.parent().filter(|_| own)
}
