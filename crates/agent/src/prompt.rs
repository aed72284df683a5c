//! The standing instructions of an agent. The first part is the same for every conversation of a setup, so that
//! providers can share its cache; what is this conversation's own comes in the second.

use domain::{SecretSource, Start, SystemPrompt, TextContent, ToolSpec};
use serde_json::Value;

use crate::skills;

#[cfg(test)]
mod tests;

/// What every agent is told.
const INSTRUCTIONS: &str = include_str!("prompt/instructions.md");
/// What an agent is told that must say how risky its calls are.
const RISKS: &str = include_str!("prompt/risks.md");

/// The first event of a conversation.
pub(crate) fn system_prompt(start: &Start, tools: &[ToolSpec], today: &str) -> SystemPrompt {
    SystemPrompt {
        system_prompt: TextContent::new(standing(start)),
        tools: tools.iter().map(ToolSpec::card).collect(),
        dynamic_context: Some(TextContent::new(own(start, today))),
    }
}

fn standing(start: &Start) -> String {
    let mut text = start
        .agent
        .system_prompt
        .clone()
        .unwrap_or_else(|| INSTRUCTIONS.trim_end().to_owned());
    if judges_risk(start) {
        text.push_str("\n\n");
        text.push_str(RISKS.trim_end());
    }
    text
}

fn own(start: &Start, today: &str) -> String {
    let mut parts = vec![format!(
        "<SITUATION>\nWorking directory: {}\nDate: {today}\n</SITUATION>",
        start.workspace.working_dir
    )];
    let context = start.agent.agent_context.as_deref();
    parts.extend(skills::of_repository(context, &start.agent.llm.model));
    parts.extend(skills::listed(context));
    if !start.secrets.is_empty() {
        parts.push(secrets(start));
    }
    let suffix = context
        .and_then(|c| c.get("system_message_suffix"))
        .and_then(Value::as_str);
    parts.extend(
        suffix
            .filter(|text| !text.trim().is_empty())
            .map(str::to_owned),
    );
    parts.join("\n\n")
}

fn secrets(start: &Start) -> String {
    let lines: Vec<String> = start
        .secrets
        .iter()
        .map(|(name, source)| {
            let (SecretSource::StaticSecret { description, .. }
            | SecretSource::LookupSecret { description, .. }) = source;
            description.as_ref().map_or_else(
                || format!("* ${name}"),
                |about| format!("* ${name}: {about}"),
            )
        })
        .collect();
    format!(
        "<CUSTOM_SECRETS>\nThese environment variables hold secrets. Each is set for a command that names it; \
         never print them.\n{}\n</CUSTOM_SECRETS>",
        lines.join("\n")
    )
}

/// Whether the model's own word on risks counts.
pub(crate) fn judges_risk(start: &Start) -> bool {
    analyzer(start).is_some_and(|kind| kind == "LLMSecurityAnalyzer")
}

/// Who judges risks, by name.
pub(crate) fn analyzer(start: &Start) -> Option<&str> {
    start
        .security_analyzer
        .as_ref()
        .and_then(|analyzer| analyzer.get("kind"))
        .and_then(Value::as_str)
}
