//! Servers of the model context protocol as they were written before: wrapped, and with logins beside everything else.

use domain::Map;
use serde_json::{Value, json};

/// The keys a server has today.
const KNOWN: [&str; 14] = [
    "url",
    "transport",
    "command",
    "args",
    "env",
    "cwd",
    "description",
    "icon",
    "timeout",
    "sse_read_timeout",
    "keep_alive",
    "headers",
    "auth",
    "enabled",
];

/// Where Linear was, and is.
const LINEAR: (&str, &str) = ("https://mcp.linear.app/sse", "https://mcp.linear.app/mcp");

/// Servers by name.
pub(super) fn servers(mut old: Map) -> Map {
    let wrapped = match old.get_mut("mcpServers") {
        Some(Value::Object(servers)) => Some(std::mem::take(servers)),
        Some(_) | None => None,
    };
    let strict = wrapped.is_some();
    let mut servers: Map = wrapped
        .unwrap_or(old)
        .into_iter()
        .map(|(name, mut server)| {
            if let Value::Object(fields) = &mut server {
                let old = std::mem::take(fields);
                *fields = one(old, strict);
            }
            (name, server)
        })
        .collect();
    if strict {
        move_linear(&mut servers);
    }
    servers
}

fn one(mut server: Map, strict: bool) -> Map {
    let authentication = server.shift_remove("authentication").map(typed);
    let credentials = server.shift_remove("oauth_credentials");
    let key = server.shift_remove("api_key");
    match server.shift_remove("auth") {
        Some(Value::Object(auth)) => {
            server.insert(
                "auth".to_owned(),
                settled(auth, authentication, credentials),
            );
        }
        Some(Value::String(auth)) if auth == "oauth" => {
            let auth = Map::from_iter([("strategy".to_owned(), "oauth2".into())]);
            server.insert(
                "auth".to_owned(),
                settled(auth, authentication, credentials),
            );
        }
        Some(Value::String(token)) if !token.is_empty() => {
            server.insert(
                "auth".to_owned(),
                json!({"strategy": "bearer", "value": token}),
            );
        }
        _ => match key {
            Some(Value::String(key)) if !key.is_empty() => {
                server.insert(
                    "auth".to_owned(),
                    json!({"strategy": "api_key", "value": key}),
                );
            }
            _ => lift_authorization(&mut server),
        },
    }
    rename_transport(&mut server);
    if strict {
        server.retain(|key, _| KNOWN.contains(&key.as_str()));
    }
    server
}

/// A login by OAuth, with what was kept beside it.
fn settled(mut auth: Map, authentication: Option<Value>, credentials: Option<Value>) -> Value {
    if auth.get("strategy").and_then(Value::as_str) != Some("oauth2") {
        return Value::Object(auth);
    }
    let own = auth.shift_remove("authentication").map(typed);
    if let Some(authentication) = own.or(authentication) {
        auth.insert("authentication".to_owned(), authentication);
    }
    let cached = auth.shift_remove("credentials").or(credentials);
    let mut state = match auth.shift_remove("state") {
        Some(Value::Object(state)) => state,
        _ => Map::new(),
    };
    if let Some(Value::Object(cached)) = cached {
        for (key, value) in from_cache(&cached) {
            state.entry(key).or_insert(value);
        }
    }
    if !state.is_empty() {
        auth.insert("state".to_owned(), state.into());
    }
    Value::Object(auth)
}

/// What a login left behind, as it was cached.
fn from_cache(cached: &Map) -> Map {
    let mut state = Map::new();
    if let Some(tokens) = cache_entry(cached, "mcp-oauth-token", "/tokens") {
        state.insert("tokens".to_owned(), tokens);
    }
    if let Some(client) = cache_entry(cached, "mcp-oauth-client-info", "/client_info") {
        state.insert("client_info".to_owned(), client);
    }
    let expiry = cache_entry(cached, "mcp-oauth-token-expiry", "/token_expiry");
    if let Some(at) = expiry.as_ref().and_then(|expiry| expiry.get("expires_at")) {
        state.insert("token_expires_at".to_owned(), at.clone());
    }
    state
}

fn cache_entry(cached: &Map, bucket: &str, suffix: &str) -> Option<Value> {
    let entries = cached.get(bucket)?.as_object()?;
    let fitting = entries.iter().find(|(key, _)| key.ends_with(suffix));
    let (_, entry) = fitting.or_else(|| entries.iter().next())?;
    let value = entry.get("value").unwrap_or(entry);
    value.is_object().then(|| value.clone())
}

fn typed(mut authentication: Value) -> Value {
    if let Value::Object(fields) = &mut authentication {
        fields.entry("type").or_insert("oauth".into());
    }
    authentication
}

/// Makes a login of an `Authorization` header.
fn lift_authorization(server: &mut Map) {
    let Some(Value::Object(headers)) = server.get_mut("headers") else {
        return;
    };
    let is_it = |(key, value): &(&String, &Value)| {
        key.eq_ignore_ascii_case("authorization") && value.as_str().is_some_and(|it| !it.is_empty())
    };
    let Some(name) = headers.iter().find(is_it).map(|(key, _)| key.clone()) else {
        return;
    };
    let value = headers.shift_remove(&name).unwrap_or_default();
    let text = value.as_str().unwrap_or_default();
    let auth = match text.split_once(char::is_whitespace) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            json!({"strategy": "bearer", "value": token.trim_start()})
        }
        Some(_) | None => json!({"strategy": "header", "headers": {name: text}}),
    };
    if headers.is_empty() {
        server.shift_remove("headers");
    }
    server.insert("auth".to_owned(), auth);
}

fn rename_transport(server: &mut Map) {
    let Some(kind) = server.shift_remove("type") else {
        return;
    };
    if !server.contains_key("transport") {
        let kind = if kind == "shttp" { "http".into() } else { kind };
        server.insert("transport".to_owned(), kind);
    }
}

/// Linear no longer answers where it was.
fn move_linear(servers: &mut Map) {
    let at = |server: &Value| {
        let url = server
            .get("url")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let bare = url.split('?').next().unwrap_or_default();
        (
            url.trim_end_matches('/').to_owned(),
            bare.trim_end_matches('/').to_owned(),
        )
    };
    let is_old = |server: &Value| {
        server.get("transport").and_then(Value::as_str) == Some("sse") && at(server).1 == LINEAR.0
    };
    let mut is_there = servers.values().any(|server| at(server).0 == LINEAR.1);
    let old: Vec<String> = servers
        .iter()
        .filter(|(_, server)| is_old(server))
        .map(|(name, _)| name.clone())
        .collect();
    for name in old {
        let Some(Value::Object(mut server)) = servers.shift_remove(&name) else {
            continue;
        };
        if is_there {
            continue;
        }
        is_there = true;
        server.insert("url".to_owned(), LINEAR.1.into());
        server.shift_remove("transport");
        let number = name.strip_prefix("sse_").unwrap_or_default();
        let automatic =
            name == "sse" || (!number.is_empty() && number.chars().all(|c| c.is_ascii_digit()));
        let wanted = if automatic { "shttp".to_owned() } else { name };
        let free = free_name(servers, wanted);
        servers.insert(free, server.into());
    }
}

fn free_name(servers: &Map, wanted: String) -> String {
    if !servers.contains_key(&wanted) {
        return wanted;
    }
    (1..)
        .map(|index| format!("{wanted}_{index}"))
        .find(|name| !servers.contains_key(name))
        .unwrap_or(wanted)
}
