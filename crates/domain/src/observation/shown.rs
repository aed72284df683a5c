//! What a model is shown of an observation. Text only; runs nothing.

use serde_json::Value;

use super::{Observation, TerminalObservation};
use crate::message::Content;

/// How a failed tool announces itself.
const FAILED: &str = "[An error occurred during execution.]\n";

impl Observation {
    /// What the tool said, and whether it failed; for kinds from elsewhere as far as they follow the rule.
    pub fn content(&self) -> (Vec<Content>, bool) {
        if let Self::Foreign { fields, .. } = self {
            let content = fields.get("content").cloned().unwrap_or(Value::Null);
            let failed = fields.get("is_error").and_then(Value::as_bool);
            return (
                serde_json::from_value(content).unwrap_or_default(),
                failed.unwrap_or(false),
            );
        }
        let (content, failed) = self.said();
        (content.to_vec(), failed)
    }

    /// The blocks a model is shown.
    pub fn for_model(&self) -> Vec<Content> {
        let (content, failed) = if let Self::Terminal(done) = self {
            (around(done), done.is_error)
        } else {
            self.content()
        };
        let heading = failed.then(|| Content::text(FAILED));
        heading.into_iter().chain(content).collect()
    }
}

/// A command's output between what the shell says before and after it, and where the shell is now.
fn around(done: &TerminalObservation) -> Vec<Content> {
    let about = &done.metadata;
    let mut text = about.prefix.clone();
    text.extend(done.content.iter().filter_map(Content::as_text));
    text.push_str(&about.suffix);
    let mut line = |label: &str, value: &Option<String>| {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            text.push_str(&format!("\n[{label}: {value}]"));
        }
    };
    line("Current working directory", &about.working_dir);
    line("Python interpreter", &about.py_interpreter_path);
    // The suffix says it already, unless somebody else made this observation.
    if about.exit_code != -1 && !about.suffix.contains("exit code") {
        text.push_str(&format!(
            "\n[Command finished with exit code {}]",
            about.exit_code
        ));
    }
    let mut blocks = vec![Content::text(text.strip_prefix('\n').unwrap_or(&text))];
    blocks.extend(
        done.content
            .iter()
            .filter(|block| block.as_text().is_none())
            .cloned(),
    );
    blocks
}
