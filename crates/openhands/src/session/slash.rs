//! What can be typed with a slash in a session. Parsing only.

use crate::config::nearest;

/// A command of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slash {
    /// What there is.
    Help,
    /// Where things stand.
    Status,
    /// What was used.
    Cost,
    /// Which model, or another one from now on.
    Model(Option<String>),
    /// Whether to ask before anything risky is done.
    Confirm(Option<bool>),
    /// Leave.
    Exit,
}

/// The commands: how they are typed, and what they do.
pub const COMMANDS: &[(&str, &str)] = &[
    ("/help", "show this"),
    ("/status", "show what this conversation is and does"),
    ("/cost", "show tokens and cost by model"),
    (
        "/model [NAME]",
        "show the model, or use another one from now on",
    ),
    (
        "/confirm [on|off]",
        "whether to ask before anything risky is done",
    ),
    (
        "/exit",
        "leave (Ctrl-D does too); `openhands run --resume` goes on",
    ),
];

/// The names to complete.
pub fn names() -> impl Iterator<Item = &'static str> {
    COMMANDS
        .iter()
        .filter_map(|(typed, _)| typed.split(' ').next())
}

/// Reads a line; nothing if it is no command but words for the agent. An error says what to type instead.
pub fn parse(line: &str) -> Option<Result<Slash, String>> {
    let line = line.trim();
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    // A path such as /etc/hosts is no command.
    if !name.starts_with('/') || name[1..].contains('/') {
        return None;
    }
    let rest = rest.trim();
    Some(match (name, rest) {
        ("/help" | "/?", "") => Ok(Slash::Help),
        ("/status", "") => Ok(Slash::Status),
        ("/cost", "") => Ok(Slash::Cost),
        ("/exit" | "/quit", "") => Ok(Slash::Exit),
        ("/model", "") => Ok(Slash::Model(None)),
        ("/model", model) => Ok(Slash::Model(Some(model.to_owned()))),
        ("/confirm", "") => Ok(Slash::Confirm(None)),
        ("/confirm", "on") => Ok(Slash::Confirm(Some(true))),
        ("/confirm", "off") => Ok(Slash::Confirm(Some(false))),
        ("/confirm", _) => Err("say /confirm on or /confirm off".to_owned()),
        (name, _) => Err(match nearest(name, names(), 2) {
            Some(close) if close == name => format!("{name} takes nothing after it"),
            Some(close) => format!("there is no {name}; did you mean {close}?"),
            None => format!("there is no {name}; /help shows what there is"),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_words() {
        assert_eq!(parse("fix it"), None);
        assert_eq!(parse("/etc/hosts is wrong"), None);
        assert_eq!(parse(" /help "), Some(Ok(Slash::Help)));
        assert_eq!(parse("/quit"), Some(Ok(Slash::Exit)));
        assert_eq!(parse("/model"), Some(Ok(Slash::Model(None))));
        assert_eq!(
            parse("/model ollama/qwen3"),
            Some(Ok(Slash::Model(Some("ollama/qwen3".to_owned()))))
        );
        assert_eq!(parse("/confirm off"), Some(Ok(Slash::Confirm(Some(false)))));
    }

    #[test]
    fn mistakes_are_answered_with_what_to_type() {
        for (line, message) in [
            ("/hlep", "did you mean /help?"),
            ("/frobnicate", "/help shows"),
            ("/confirm maybe", "/confirm on"),
            ("/status now", "takes nothing after it"),
        ] {
            let said = parse(line).unwrap().unwrap_err();
            assert!(said.contains(message), "{line}: {said}");
        }
    }

    #[test]
    fn everything_that_is_offered_is_understood() {
        for name in names() {
            assert!(parse(name).unwrap().is_ok(), "{name}");
        }
    }
}
