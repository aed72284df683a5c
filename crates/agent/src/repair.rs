//! Makes the best of what models write: tool names that are nearly right, arguments that are nearly JSON.
//! Knows the tools only by their schemas; never guesses at a value.

mod json;
mod names;
mod values;

#[cfg(test)]
mod tests;

use domain::{Map, ToolSpec};

use crate::schema;

/// A call that can be carried out.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    pub tool: &'a ToolSpec,
    /// Arguments that fit the tool's schema.
    pub arguments: Map,
    /// What the model said the call is for.
    pub summary: Option<String>,
    /// How risky the model said it is.
    pub risk: Option<String>,
}

/// A call that cannot be carried out, and what to tell the model.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unusable {
    pub error: String,
    /// The arguments are not JSON, so replaying them verbatim would break a provider.
    pub malformed: bool,
}

/// Reads one tool call against the tools on offer.
pub(crate) fn prepare<'a>(
    name: &str,
    text: &str,
    tools: &'a [ToolSpec],
) -> Result<Prepared<'a>, Unusable> {
    let mut arguments = json::arguments(text).map_err(|reason| Unusable {
        error: format!("Error validating tool '{name}': {reason}. Arguments: unparseable JSON"),
        malformed: true,
    })?;
    arguments.retain(|_, value| !value.is_null());
    names::fix_risk(&mut arguments);
    let known: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
    let (name, mut arguments) = names::resolve(name, arguments, &known)?;
    let Some(tool) = tools.iter().find(|tool| tool.name == name) else {
        let list: Vec<String> = known.iter().map(|name| format!("'{name}'")).collect();
        let error = format!("Tool '{name}' not found. Available: [{}]", list.join(", "));
        return Err(Unusable {
            error,
            malformed: false,
        });
    };
    let given: Vec<String> = arguments.keys().map(|key| format!("'{key}'")).collect();
    let summary = take_summary(tool, &mut arguments);
    let risk = arguments
        .shift_remove(schema::RISK)
        .and_then(|value| value.as_str().map(str::to_owned));
    values::fit(&tool.parameters, &mut arguments);
    let faults = schema::faults(&tool.parameters, &arguments);
    if faults.is_empty() {
        return Ok(Prepared {
            tool,
            arguments,
            summary,
            risk,
        });
    }
    let error = format!(
        "Error validating tool '{name}': {}. Parameters provided: [{}]",
        faults.join("; "),
        given.join(", ")
    );
    Err(Unusable {
        error,
        malformed: false,
    })
}

/// A tool with a `summary` of its own keeps it.
fn take_summary(tool: &ToolSpec, arguments: &mut Map) -> Option<String> {
    let own = tool
        .parameters
        .get("properties")
        .is_some_and(|p| p.get(schema::SUMMARY).is_some());
    let value = if own {
        arguments.get(schema::SUMMARY).cloned()
    } else {
        arguments.shift_remove(schema::SUMMARY)
    };
    value
        .as_ref()
        .and_then(|v| v.as_str())
        .filter(|text| !text.trim().is_empty())
        .map(str::to_owned)
}
