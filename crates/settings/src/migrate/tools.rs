//! The switches that chose tools before tools were chosen by name.

use domain::Map;
use serde_json::{Value, json};

use crate::launch::tools::{BROWSER, DEFAULTS, SUB_AGENTS, SWITCH_LLM, canonical};

/// Says with `tools` what the switches said; a bare list was the usual set then.
pub(super) fn fold(given: &mut Map) {
    let sub_agents = switch(given, "enable_sub_agents", false);
    let switch_llm = switch(given, "enable_switch_llm_tool", true);
    let mut tools = match given.get("tools") {
        Some(Value::Array(tools)) if !tools.is_empty() => tools.clone(),
        Some(Value::Array(_)) | Some(Value::Null) | None => {
            given.insert("tools".to_owned(), Value::Null);
            if !sub_agents && switch_llm {
                return;
            }
            let mut usual: Vec<Value> = DEFAULTS.iter().chain([&BROWSER]).map(named).collect();
            usual.extend(sub_agents.then(|| named(&SUB_AGENTS)));
            usual
        }
        Some(_) => return,
    };
    let is_switch = |tool: &Value| {
        let name = tool.get("name").and_then(Value::as_str);
        name.is_some_and(|name| canonical(name) == SWITCH_LLM)
    };
    if !switch_llm {
        tools.retain(|tool| !is_switch(tool));
    } else if !tools.iter().any(is_switch) {
        tools.push(named(&SWITCH_LLM));
    }
    given.insert("tools".to_owned(), tools.into());
}

fn named(name: &&str) -> Value {
    json!({ "name": name, "params": {} })
}

fn switch(given: &mut Map, name: &str, usual: bool) -> bool {
    let said = given.shift_remove(name);
    said.and_then(|value| value.as_bool()).unwrap_or(usual)
}
