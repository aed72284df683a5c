//! Asking whether the agent may: what is asked, and what an answer means.

use crate::render::{Detail, Line, Look, Tone, headline};

use super::account::Account;

/// What the person decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Do it.
    Yes,
    /// Do it, and do not ask again.
    Always,
    /// Do not, for this reason if there is one.
    No(Option<String>),
}

/// Reads an answer; nothing if there was none.
pub fn read(text: &str) -> Option<Answer> {
    let text = text.trim();
    match text.to_lowercase().as_str() {
        "" => None,
        "y" | "yes" => Some(Answer::Yes),
        "a" | "always" => Some(Answer::Always),
        "n" | "no" => Some(Answer::No(None)),
        _ => Some(Answer::No(Some(text.to_owned()))),
    }
}

/// What is asked, in one line.
pub const PROMPT: &str = "Do it? [y]es, [n]o, [a]lways, or say why not: ";

/// What waits, for whoever did not see it come.
pub fn waiting(account: &Account, look: &Look, root: &str) -> Vec<Line> {
    let detail = Detail {
        root: Some(root.to_owned()),
        ..Detail::default()
    };
    let mut lines = vec![
        Line::empty(),
        Line::new(Tone::Warning, "Waiting for your word:"),
    ];
    for (_, action) in &account.pending {
        lines.extend(headline(action, look, &detail));
    }
    lines
}

/// The question itself.
pub fn question(account: &Account) -> Line {
    let count = account.pending.len();
    let risks = account
        .pending
        .iter()
        .map(|(_, action)| action.security_risk);
    let risk = match risks.max() {
        Some(domain::Risk::High) => "high risk",
        Some(domain::Risk::Medium) => "medium risk",
        Some(domain::Risk::Low) => "low risk",
        Some(domain::Risk::Unknown) | None => "unknown risk",
    };
    let what = if count == 1 {
        "This waits".to_owned()
    } else {
        format!("These {count} wait")
    };
    Line::new(Tone::Warning, format!("{what} for your word ({risk})."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_short_words_and_everything_else_is_a_reason() {
        for (text, answer) in [
            ("y", Some(Answer::Yes)),
            (" YES ", Some(Answer::Yes)),
            ("a", Some(Answer::Always)),
            ("n", Some(Answer::No(None))),
            ("", None),
            ("  ", None),
            (
                "use a branch instead",
                Some(Answer::No(Some("use a branch instead".to_owned()))),
            ),
        ] {
            assert_eq!(read(text), answer, "{text:?}");
        }
    }
}
