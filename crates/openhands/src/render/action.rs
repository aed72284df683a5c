//! What the agent is about to do, in a line or two.

use domain::{Action, ActionEvent, EditorCommand, FileEditorAction, TerminalAction};
use serde_json::Value;

use super::event::{Detail, prose};
use super::{Cleaner, Line, Look, Tone};

/// How much of the arguments of an unknown tool is worth showing.
const ARGUMENTS: usize = 160;

/// What the agent is about to do.
pub fn headline(event: &ActionEvent, look: &Look, detail: &Detail) -> Vec<Line> {
    let Some(action) = &event.action else {
        let tool = Cleaner::whole(&event.tool_name);
        return vec![deed(look, &tool).and(Tone::Faint, " (not a valid call)")];
    };
    match action {
        Action::Terminal(terminal) => command(terminal, look),
        Action::FileEditor(edit) => vec![editor(edit, look, detail)],
        Action::Think(think) => prose(&Cleaner::whole(think.thought.trim()), Tone::Faint, look),
        Action::Finish(finish) => prose(&Cleaner::whole(finish.message.trim()), Tone::Strong, look),
        Action::Grep(grep) => {
            let place = grep.path.as_deref().map(|path| near(path, detail));
            vec![search("search", &grep.pattern, place, look)]
        }
        Action::Glob(glob) => {
            let place = glob.path.as_deref().map(|path| near(path, detail));
            vec![search("find", &glob.pattern, place, look)]
        }
        Action::ReadFile(read) => vec![named(look, "read", &near(&read.file_path, detail))],
        Action::WriteFile(write) => vec![named(look, "write", &near(&write.file_path, detail))],
        Action::Edit(edit) => vec![named(look, "edit", &near(&edit.file_path, detail))],
        Action::ListDirectory(list) => vec![named(look, "list", &near(&list.dir_path, detail))],
        Action::ApplyPatch(_) => vec![deed(look, "apply a patch")],
        Action::TaskTracker(_) => vec![deed(look, "plan")],
        Action::InvokeSkill(skill) => vec![named(look, "skill", &Cleaner::whole(&skill.name))],
        Action::Task(task) => {
            let what = task.description.as_deref().unwrap_or(&task.prompt);
            vec![named(look, "sub-task", &one_line(what))]
        }
        Action::McpTool(_)
        | Action::ClassifyAndSwitchLlm(_)
        | Action::SwitchLlm(_)
        | Action::VisionInspect(_)
        | Action::AskOracle(_)
        | Action::Browser(_)
        | Action::BrowserClick(_)
        | Action::BrowserCloseTab(_)
        | Action::BrowserGetContent(_)
        | Action::BrowserGetState(_)
        | Action::BrowserGetStorage(_)
        | Action::BrowserGoBack(_)
        | Action::BrowserListTabs(_)
        | Action::BrowserNavigate(_)
        | Action::BrowserScroll(_)
        | Action::BrowserSetStorage(_)
        | Action::BrowserStartRecording(_)
        | Action::BrowserStopRecording(_)
        | Action::BrowserSwitchTab(_)
        | Action::BrowserType(_)
        | Action::StartChildConversation(_)
        | Action::Delegate(_)
        | Action::PlanningFileEditor(_)
        | Action::ConsultTom(_)
        | Action::SleeptimeCompute(_)
        | Action::Workflow(_)
        | Action::Foreign { .. } => vec![other(event, look)],
    }
}

/// A path as it is seen from the workspace.
pub fn near(path: &str, detail: &Detail) -> String {
    let root = detail.root.as_deref().unwrap_or_default();
    let path = Cleaner::whole(path);
    if root.is_empty() {
        return path;
    }
    match path.strip_prefix(root) {
        Some("") => ".".to_owned(),
        Some(rest) if rest.starts_with('/') => rest[1..].to_owned(),
        Some(_) | None => path,
    }
}

fn deed(look: &Look, what: &str) -> Line {
    Line::new(Tone::Deed, look.glyphs.deed).and(Tone::Strong, format!(" {what}"))
}

fn named(look: &Look, what: &str, name: &str) -> Line {
    deed(look, what).and(Tone::Plain, format!(" {name}"))
}

fn search(what: &str, pattern: &str, place: Option<String>, look: &Look) -> Line {
    let line = named(look, what, &one_line(pattern));
    match place {
        Some(place) => line.and(Tone::Faint, format!(" in {place}")),
        None => line,
    }
}

fn command(action: &TerminalAction, look: &Look) -> Vec<Line> {
    let text = Cleaner::whole(&action.command);
    if action.is_input {
        return vec![named(look, "type", &text)];
    }
    if text.trim().is_empty() {
        let what = if action.reset {
            "new shell"
        } else {
            "wait for more output"
        };
        return vec![deed(look, what)];
    }
    let mut lines = text.trim_end().lines().enumerate();
    lines
        .by_ref()
        .map(|(at, line)| {
            let sign = if at == 0 { "$ " } else { "  " };
            Line::new(Tone::Deed, sign).and(Tone::Strong, line)
        })
        .collect()
}

fn editor(action: &FileEditorAction, look: &Look, detail: &Detail) -> Line {
    let path = near(&action.path, detail);
    match action.command {
        EditorCommand::View => {
            let line = named(look, "read", &path);
            match action.view_range.as_deref() {
                Some([from, -1]) => line.and(Tone::Faint, format!(" from line {from}")),
                Some([from, to]) => line.and(Tone::Faint, format!(" lines {from} to {to}")),
                Some(_) | None => line,
            }
        }
        EditorCommand::Create => named(look, "write", &path),
        EditorCommand::StrReplace | EditorCommand::Insert => named(look, "edit", &path),
        EditorCommand::UndoEdit => named(look, "undo", &path),
    }
}

fn other(event: &ActionEvent, look: &Look) -> Line {
    let line = deed(look, &Cleaner::whole(&event.tool_name));
    // A summary that only repeats the call says nothing that the arguments do not.
    let repeats = format!("{}: {{", event.tool_name);
    match event.summary.as_deref() {
        Some(summary) if !summary.starts_with(&repeats) => {
            line.and(Tone::Plain, format!(" {}", one_line(summary)))
        }
        Some(_) | None => line.and(Tone::Faint, format!(" {}", arguments(event))),
    }
}

fn arguments(event: &ActionEvent) -> String {
    let text = event.tool_call.arguments.as_str();
    let spoken = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(mut fields)) => {
            fields.retain(|name, _| name != "summary" && name != "security_risk");
            let pairs = fields.iter().map(|(name, value)| match value.as_str() {
                Some(text) => format!("{name}={text}"),
                None => format!("{name}={value}"),
            });
            pairs.collect::<Vec<_>>().join(" ")
        }
        Ok(_) | Err(_) => text.to_owned(),
    };
    one_line(&spoken)
}

/// The beginning of a text, on one line.
pub fn one_line(text: &str) -> String {
    let text = Cleaner::whole(text.trim());
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(ARGUMENTS) {
        Some((at, _)) => format!("{}\u{2026}", &flat[..at]),
        None => flat,
    }
}
