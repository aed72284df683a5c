//! What may be assumed of a model that is too new for the table, from the family its name shows. Knows no table.

use super::entry::Model;

/// The facts a family shares; prices are never guessed.
pub(super) fn guess(name: &str) -> Option<Model> {
    let name = name.to_lowercase();
    if let Some(version) = claude_version(&name) {
        return Some(Model {
            adaptive: Some(version >= (4, 6)),
            max_input: Some(200_000),
            max_output: Some(64_000),
            caching: Some(true),
            ..seeing_and_reasoning()
        });
    }
    let gemini = name.find("gemini-").map(|at| &name[at + 7..]);
    gemini
        .filter(|rest| rest.starts_with(['3', '4', '5', '6', '7', '8', '9']))
        .map(|_| seeing_and_reasoning())
}

fn seeing_and_reasoning() -> Model {
    Model {
        vision: Some(true),
        reasoning: Some(true),
        ..Model::default()
    }
}

/// `claude-<family>-<major>[-.<minor>]`; a longer number is a date, not a version.
fn claude_version(name: &str) -> Option<(u32, u32)> {
    let rest = &name[name.find("claude-")? + 7..];
    let mut parts = rest.split(['-', '.', '_', '@', ':']);
    let family = parts.next()?;
    if family.is_empty() || !family.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let mut number = || {
        let part = parts.next().filter(|p| p.len() <= 2)?;
        part.parse::<u32>().ok()
    };
    let major = number()?;
    Some((major, number().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_claude_is_taken_for_a_claude() {
        let model = guess("anthropic/claude-newfamily-7").unwrap();
        assert_eq!(model.adaptive, Some(true));
        assert_eq!(model.max_input, Some(200_000));
        assert_eq!(model.price, super::super::Price::default());
        assert_eq!(guess("claude-x-4-5").unwrap().adaptive, Some(false));
        assert_eq!(guess("claude-x-4-20991231").unwrap().adaptive, Some(false));
        assert_eq!(guess("claude-x-4.6").unwrap().adaptive, Some(true));
    }

    #[test]
    fn other_names_tell_nothing() {
        for name in ["team-sonnet-5", "claude", "claude-", "gpt-9", "gemini-pro"] {
            assert_eq!(guess(name), None, "{name}");
        }
        assert_eq!(guess("gemini-5-ultra").unwrap().vision, Some(true));
    }
}
