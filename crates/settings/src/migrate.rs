//! Settings that were written long ago, or by somebody who writes them the old way, as they are written today.

mod mcp;
mod tools;

use domain::Map;
use serde_json::Value;

use crate::fault::Faults;
use crate::model::{agent, conversation, profile};
use crate::offers::is_verified;

/// Where settings come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// A file: what is no longer known was once, and is carried over.
    Disk,
    /// A client: what is no longer known is a mistake.
    Client,
}

/// The switches that tools replaced.
const SWITCHES: [&str; 2] = ["enable_sub_agents", "enable_switch_llm_tool"];

/// Where the models of OpenHands are.
const PROXIES: [&str; 2] = [
    "https://llm-proxy.app.all-hands.dev",
    "https://llm-proxy.app.all-hands.dev/v1",
];

/// The settings of an agent, as they are written today.
pub(crate) fn agent(mut given: Map, from: From) -> Result<Map, Faults> {
    let version = version(&given, agent::VERSION, "AgentSettings")?;
    let fresh = from == From::Client && given.get("schema_version").is_none_or(Value::is_null);
    let removed = removed(&given);
    if (fresh || version == agent::VERSION) && !removed.is_empty() {
        let said = format!("Removed agent settings: {}", removed.join(", "));
        return Err(Faults::at("", said));
    }
    if version < 1 && !given.contains_key("agent_kind") {
        given.insert("agent_kind".to_owned(), "openhands".into());
    }
    let kind = given.get("agent_kind").and_then(Value::as_str);
    let is_acp = kind == Some("acp");
    if kind == Some("llm") {
        given.insert("agent_kind".to_owned(), "openhands".into());
    }
    if version < 3
        && let Some(Value::Object(verification)) = given.get_mut("verification")
    {
        verification.shift_remove("confirmation_mode");
        verification.shift_remove("security_analyzer");
    }
    if version < 6
        && let Some(Value::Object(llm)) = given.get_mut("llm")
    {
        if version < 4 {
            canonical_llm(llm);
        }
        llm.shift_remove("modify_params");
    }
    if version < 5
        && let Some(Value::Object(servers)) = given.get_mut("mcp_config")
    {
        let old = std::mem::take(servers);
        *servers = mcp::servers(old);
    }
    if version < 8 && !fresh && !is_acp {
        tools::fold(&mut given);
    }
    given.retain(|key, _| !(SWITCHES.contains(&key.as_str()) || is_acp && key == "llm"));
    given.insert("schema_version".to_owned(), agent::VERSION.into());
    Ok(given)
}

/// The settings of conversations, as they are written today.
pub(crate) fn conversation(mut given: Map) -> Result<Map, Faults> {
    version(&given, conversation::VERSION, "ConversationSettings")?;
    given.insert("schema_version".to_owned(), conversation::VERSION.into());
    Ok(given)
}

/// An agent profile, as they are written today.
pub(crate) fn profile(mut given: Map) -> Result<Map, Faults> {
    let version = match given.get("schema_version") {
        None | Some(Value::Null) => profile::VERSION,
        Some(_) => version(&given, profile::VERSION, "AgentProfile")?,
    };
    if version == 0 {
        let said = "No migration registered for AgentProfile schema_version 0.";
        return Err(Faults::at("", said));
    }
    let is_openhands = kind_of(&given) == "openhands";
    if version < 2 {
        given.shift_remove("skills");
        let untouched = given.get("name").and_then(Value::as_str) == Some("default")
            && given.get("revision").is_none_or(|it| it == 0);
        let bare = given.get("tools").and_then(Value::as_array);
        if is_openhands && untouched && bare.is_some_and(Vec::is_empty) {
            given.insert("tools".to_owned(), Value::Null);
        }
    }
    if version < 3 && is_openhands {
        tools::fold(&mut given);
    }
    if version < profile::VERSION {
        given.retain(|key, _| !SWITCHES.contains(&key.as_str()));
    }
    given.insert("schema_version".to_owned(), profile::VERSION.into());
    Ok(given)
}

/// A model, under the name that OpenHands gives to those it serves itself.
pub(crate) fn canonical_llm(llm: &mut Map) {
    let served = llm
        .get("base_url")
        .and_then(Value::as_str)
        .is_some_and(|url| PROXIES.contains(&url.trim().trim_end_matches('/')));
    let Some(model) = llm.get("model").and_then(Value::as_str).filter(|_| served) else {
        return;
    };
    if let Some(name) = model.strip_prefix("litellm_proxy/") {
        if !is_verified("openhands", name) {
            return;
        }
        let name = format!("openhands/{name}");
        llm.insert("model".to_owned(), name.into());
    } else if !model.starts_with("openhands/") {
        return;
    }
    llm.shift_remove("base_url");
}

fn kind_of(given: &Map) -> &str {
    given
        .get("agent_kind")
        .and_then(Value::as_str)
        .unwrap_or("openhands")
}

/// What is given and no longer known.
fn removed(given: &Map) -> Vec<&'static str> {
    let mut removed: Vec<&str> = SWITCHES
        .into_iter()
        .filter(|name| given.contains_key(*name))
        .collect();
    if kind_of(given) == "acp" && given.contains_key("llm") {
        removed.push("llm");
    }
    removed
}

/// Which version something says it is.
pub(crate) fn version(given: &Map, newest: u64, name: &str) -> Result<u64, Faults> {
    let version = match given.get("schema_version") {
        None | Some(Value::Null) => 0,
        Some(value) => value.as_u64().ok_or_else(|| {
            let said = if value.is_i64() {
                "must be non-negative"
            } else {
                "must be an integer"
            };
            Faults::at("", format!("{name} schema_version {said}."))
        })?,
    };
    if version > newest {
        return Err(Faults::at(
            "",
            format!("{name} schema_version {version} is newer than supported version {newest}."),
        ));
    }
    Ok(version)
}
