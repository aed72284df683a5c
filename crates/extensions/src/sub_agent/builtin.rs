//! The sub-agents that come with the program; their texts are the files beside this one.

use super::{AgentDefinition, Level, read};
use crate::front_matter::Page;

/// Their files, in the order they are listed.
const FILES: &[(&str, &str)] = &[
    ("bash-runner", include_str!("builtin/bash-runner.md")),
    ("code-explorer", include_str!("builtin/code-explorer.md")),
    (
        "general-purpose",
        include_str!("builtin/general-purpose.md"),
    ),
    ("web-researcher", include_str!("builtin/web-researcher.md")),
];

/// The sub-agents; the one that reads the web only where there is a browser.
pub(super) fn agents(browser: bool) -> Vec<AgentDefinition> {
    FILES
        .iter()
        .filter(|(name, _)| browser || *name != "web-researcher")
        .filter_map(|(name, text)| {
            let page = Page::parse(text).ok()?;
            let mut agent = read(&page, name).ok()?;
            agent.level = Some(Level::Builtin);
            Some(agent)
        })
        .collect()
}
