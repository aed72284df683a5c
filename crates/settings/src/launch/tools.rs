//! The tools an agent starts with: the usual ones, or those that were chosen. Knows what tools are called, not what they do.

use domain::Map;
use serde_json::json;

use crate::model::parts::Tool;

/// The usual tools.
pub(crate) const DEFAULTS: [&str; 3] = ["terminal", "file_editor", "task_tracker"];
/// The browser.
pub(crate) const BROWSER: &str = "browser_tool_set";
/// What hands work to other agents.
pub(crate) const SUB_AGENTS: &str = "task_tool_set";
/// What changes the model.
pub(crate) const SWITCH_LLM: &str = "switch_llm";
/// What lets a meta-profile choose the model.
pub(crate) const ROUTE: &str = "ClassifyAndSwitchLLMTool";

/// Tools that need no workspace: the names of their classes, and their own.
const BUILT_IN: [(&str, &str); 6] = [
    ("FinishTool", "finish"),
    ("ThinkTool", "think"),
    ("InvokeSkillTool", "invoke_skill"),
    ("SwitchLLMTool", SWITCH_LLM),
    ("VisionInspectTool", "vision_inspect"),
    (ROUTE, "route_task_to_model"),
];

/// Tools that start other agents.
const DELEGATION: [&str; 3] = [SUB_AGENTS, "workflow_tool_set", "workflow"];

/// The class of a tool that needs no workspace, by either name.
fn built_in(name: &str) -> Option<&'static str> {
    let named = |(class, own): &&(&'static str, &str)| *class == name || *own == name;
    BUILT_IN.iter().find(named).map(|(class, _)| *class)
}

/// Whether a tool needs no workspace.
pub(crate) fn is_built_in(name: &str) -> bool {
    built_in(name).is_some()
}

/// A tool's own name.
pub(crate) fn canonical(name: &str) -> &str {
    let class = BUILT_IN.iter().find(|(class, _)| *class == name);
    class.map_or(name, |(_, own)| own)
}

/// The tools that were chosen, or the usual ones; the browser only where there is one.
pub(crate) fn chosen(tools: Option<&[Tool]>, browser: bool) -> Vec<Tool> {
    match tools {
        Some(tools) => tools
            .iter()
            .filter(|tool| browser || tool.name != BROWSER)
            .cloned()
            .collect(),
        None => {
            let browser = browser.then_some(BROWSER);
            let names = DEFAULTS.into_iter().chain(browser).chain([SWITCH_LLM]);
            names.map(Tool::plain).collect()
        }
    }
}

/// Each tool once, the first that has parameters.
pub(crate) fn merged(tools: &[Tool]) -> Vec<Tool> {
    let mut merged: Vec<Tool> = Vec::new();
    for tool in tools {
        let name = canonical(&tool.name);
        match merged.iter_mut().find(|kept| kept.name == name) {
            None => merged.push(Tool {
                name: name.to_owned(),
                params: tool.params.clone(),
            }),
            Some(kept) if kept.params.is_empty() => kept.params.clone_from(&tool.params),
            Some(_) => {}
        }
    }
    merged
}

/// A tool that takes no parameters and was given some.
pub(crate) fn misgiven(tools: &[Tool]) -> Option<&Tool> {
    tools.iter().find(|tool| {
        let given = tool.params.keys().any(|key| key != "response_schema");
        given && built_in(&tool.name).is_some_and(|class| class != ROUTE)
    })
}

/// What starts other agents keeps them within the tools of their own.
pub(crate) fn scoped(tools: Vec<Tool>) -> Vec<Tool> {
    let scope = |mut tool: Tool| {
        if DELEGATION.contains(&tool.name.as_str()) {
            tool.params
                .insert("sub_agent_scope".to_owned(), json!({ "tools": true }));
        }
        tool
    };
    tools.into_iter().map(scope).collect()
}

/// Tools as an agent has them: those with a workspace, and the classes of those without.
pub(crate) struct Split {
    /// Tools with a workspace or parameters.
    pub tools: Vec<Tool>,
    /// The classes of the others.
    pub classes: Vec<String>,
}

/// Parts tools as an agent has them; `route` are the parameters of what chooses the model.
pub(crate) fn split(chosen: &[Tool], route: Option<Map>) -> Split {
    let mut split = Split {
        tools: Vec::new(),
        classes: vec!["FinishTool".to_owned(), "ThinkTool".to_owned()],
    };
    for tool in merged(chosen) {
        match built_in(&tool.name) {
            None => split.tools.push(tool),
            Some(class) if !tool.params.is_empty() => {
                split.classes.retain(|known| known != class);
                split.tools.push(Tool {
                    name: class.to_owned(),
                    params: tool.params,
                });
            }
            Some(class) if !split.classes.iter().any(|known| known == class) => {
                split.classes.push(class.to_owned());
            }
            Some(_) => {}
        }
    }
    if let Some(params) = route {
        split.classes.retain(|known| known != ROUTE);
        split.tools.retain(|tool| tool.name != ROUTE);
        split.tools.push(Tool {
            name: ROUTE.to_owned(),
            params,
        });
    }
    split
}
