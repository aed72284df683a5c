//! Tool names and verbs that models use for tools that are called otherwise here. Registered names always win.

use domain::Map;
use serde_json::Value;

use super::Unusable;
use crate::schema;

const TERMINAL: &str = "terminal";
const EDITOR: &str = "file_editor";

/// Misspellings of `security_risk` that models make.
const RISK_TYPOS: [&str; 3] = ["security_rort", "securtiy_risk", "security_riks"];

/// Moves a misspelt risk to its place.
pub(crate) fn fix_risk(arguments: &mut Map) {
    for typo in RISK_TYPOS {
        if let Some(value) = arguments.shift_remove(typo) {
            arguments.entry(schema::RISK).or_insert(value);
        }
    }
}

/// The tool that is meant, and its arguments.
pub(crate) fn resolve(
    name: &str,
    arguments: Map,
    known: &[&str],
) -> Result<(String, Map), Unusable> {
    let (name, arguments) = rename(name, arguments, known);
    if name == EDITOR && known.contains(&EDITOR) {
        return Ok((name, infer_verb(arguments)?));
    }
    Ok((name, arguments))
}

fn rename(name: &str, arguments: Map, known: &[&str]) -> (String, Map) {
    if known.contains(&name) {
        return (name.to_owned(), arguments);
    }
    // A name like `str_replace </parameter` is its leading identifier.
    let base = identifier(name);
    if known.contains(&base) {
        return (base.to_owned(), arguments);
    }
    if known.contains(&TERMINAL) {
        match base {
            "bash" | "command" | "execute" | "execute_bash" => {
                return (TERMINAL.to_owned(), arguments);
            }
            "git" | "reset" => return (TERMINAL.to_owned(), prefixed(base, arguments)),
            _ => {}
        }
        if let Some(command) = as_shell_command(name, &arguments) {
            return (TERMINAL.to_owned(), with_command(command, arguments));
        }
    }
    if known.contains(&EDITOR) && matches!(base, "str_replace" | "str_replace_editor") {
        return (EDITOR.to_owned(), arguments);
    }
    (name.to_owned(), arguments)
}

fn identifier(name: &str) -> &str {
    let end = name
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(name.len());
    if name.starts_with(|c: char| c.is_ascii_digit()) || end == 0 {
        name
    } else {
        &name[..end]
    }
}

fn prefixed(word: &str, arguments: Map) -> Map {
    let command = match arguments.get("command").and_then(Value::as_str) {
        None | Some("") => word.to_owned(),
        Some(command) if command.split_whitespace().next() == Some(word) => command.to_owned(),
        Some(command) => format!("{word} {command}"),
    };
    with_command(command, arguments)
}

fn with_command(command: String, arguments: Map) -> Map {
    let mut kept: Map = arguments
        .into_iter()
        .filter(|(key, _)| key == schema::RISK || key == schema::SUMMARY)
        .collect();
    kept.insert("command".to_owned(), Value::String(command));
    kept
}

/// A few bare commands that only read, and `grep` where there is no such tool.
fn as_shell_command(name: &str, arguments: &Map) -> Option<String> {
    let own = arguments
        .keys()
        .filter(|key| *key != schema::RISK && *key != schema::SUMMARY)
        .count();
    match name {
        "find" | "ls" | "pwd" if own == 0 => Some(name.to_owned()),
        "grep" => {
            let pattern = arguments.get("pattern").and_then(Value::as_str)?;
            let path = arguments.get("path").and_then(Value::as_str).unwrap_or(".");
            let include = arguments.get("include").and_then(Value::as_str);
            let include = include
                .map(|glob| format!(" --include={}", quote(glob)))
                .unwrap_or_default();
            Some(format!(
                "grep -rn{include} -e {} {}",
                quote(pattern),
                quote(path)
            ))
        }
        _ => None,
    }
}

fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The editor's verb, where the arguments leave no doubt.
fn infer_verb(mut arguments: Map) -> Result<Map, Unusable> {
    if arguments.contains_key("command") {
        return Ok(arguments);
    }
    let has = |key: &str| arguments.contains_key(key);
    let verb = if has("old_str") {
        "str_replace"
    } else if has("insert_line") {
        "insert"
    } else if has("file_text") {
        "create"
    } else if has("path") && !has("new_str") {
        "view"
    } else {
        let error = format!(
            "Error validating tool '{EDITOR}': `command` is required and cannot be told from the other parameters. \
             Give one of view, create, str_replace, insert, undo_edit"
        );
        return Err(Unusable {
            error,
            malformed: false,
        });
    };
    arguments.insert("command".to_owned(), Value::String(verb.to_owned()));
    Ok(arguments)
}
