//! What a model is shown of an observation. Text only; runs nothing.

use domain::{Content, Observation, TerminalObservation};

/// How a failed tool announces itself.
const FAILED: &str = "[An error occurred during execution.]\n";

/// The blocks of a tool message.
pub(crate) fn blocks(observation: &Observation) -> Vec<Content> {
    let (mut content, failed) = observation.content();
    if let Observation::Terminal(terminal) = observation {
        content = around(terminal, content);
    }
    if failed {
        prepend(&mut content, FAILED);
    }
    if content.is_empty() {
        content.push(Content::text(""));
    }
    content
}

/// A command's output between what the shell says before and after it.
fn around(terminal: &TerminalObservation, content: Vec<Content>) -> Vec<Content> {
    let about = &terminal.metadata;
    let output: String = content.iter().filter_map(Content::as_text).collect();
    let mut text = format!("{}{output}{}", about.prefix, about.suffix);
    let mut line = |label: &str, value: &Option<String>| {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            text.push_str(&format!("\n[{label}: {value}]"));
        }
    };
    line("Current working directory", &about.working_dir);
    line("Python interpreter", &about.py_interpreter_path);
    let mut blocks = vec![Content::text(text.trim_start_matches('\n'))];
    blocks.extend(
        content
            .into_iter()
            .filter(|block| block.as_text().is_none()),
    );
    blocks
}

fn prepend(content: &mut Vec<Content>, text: &str) {
    match content.first_mut() {
        Some(Content::Text { text: first, .. }) => first.insert_str(0, text),
        Some(Content::Image { .. }) | None => content.insert(0, Content::text(text)),
    }
}
