//! What came back from a tool, as lines: outputs shortened in the middle, edits as diffs.

use domain::{
    CmdOutputMetadata, Content, EditorCommand, FileEditorObservation, Observation, TaskItem,
    TaskStatus, TaskTrackerObservation, TerminalObservation,
};

use super::action::near;
use super::diff::diff;
use super::event::Detail;
use super::output::{remaining, shortened};
use super::{Cleaner, Line, Look, Tone, counted, thousands};

/// How many lines of a diff are shown unless everything is wanted.
const DIFF: usize = 60;

/// What came back from a tool.
pub fn observation(observation: &Observation, look: &Look, detail: &Detail) -> Vec<Line> {
    match observation {
        Observation::Terminal(result) => terminal(result, look, detail),
        Observation::FileEditor(result) => editor(result, look, detail),
        Observation::PlanningFileEditor(result) => {
            let old = result.old_content.as_deref();
            let new = result.new_content.as_deref();
            changed(old, new, look, detail).unwrap_or_else(|| generic(observation, look, detail))
        }
        Observation::Edit(result) if !result.is_error => {
            let old = result.old_content.as_deref();
            let new = result.new_content.as_deref();
            changed(old, new, look, detail).unwrap_or_default()
        }
        Observation::WriteFile(result) if !result.is_error => {
            let old = result.old_content.as_deref();
            let new = result.new_content.as_deref();
            changed(old, new, look, detail).unwrap_or_default()
        }
        Observation::Grep(result) if !result.is_error => {
            found(&result.matches, "file", look, detail)
        }
        Observation::Glob(result) if !result.is_error => found(&result.files, "file", look, detail),
        Observation::TaskTracker(result) if !result.is_error => plan(result, look),
        Observation::Finish(_) | Observation::Think(_) => Vec::new(),
        Observation::McpTool(_)
        | Observation::ClassifyAndSwitchLlm(_)
        | Observation::InvokeSkill(_)
        | Observation::SwitchLlm(_)
        | Observation::VisionInspect(_)
        | Observation::ClientTool(_)
        | Observation::ApplyPatch(_)
        | Observation::AskOracle(_)
        | Observation::Browser(_)
        | Observation::StartChildConversation(_)
        | Observation::Delegate(_)
        | Observation::Edit(_)
        | Observation::ListDirectory(_)
        | Observation::ReadFile(_)
        | Observation::WriteFile(_)
        | Observation::Glob(_)
        | Observation::Grep(_)
        | Observation::Task(_)
        | Observation::TaskTracker(_)
        | Observation::ConsultTom(_)
        | Observation::SleeptimeCompute(_)
        | Observation::Workflow(_)
        | Observation::Foreign { .. } => generic(observation, look, detail),
    }
}

fn text(content: &[Content]) -> String {
    let blocks = content.iter().map(|block| match block {
        Content::Text { text, .. } => Cleaner::whole_output(text),
        Content::Image { image_urls, .. } => format!("[{} picture(s)]", image_urls.len()),
    });
    blocks.collect::<Vec<_>>().join("\n")
}

fn generic(observation: &Observation, look: &Look, detail: &Detail) -> Vec<Line> {
    let (content, is_error) = observation.content();
    let text = text(&content);
    if is_error {
        return wrong(&text, look, detail);
    }
    shortened(text.trim_end(), look, detail.full)
}

fn wrong(text: &str, look: &Look, detail: &Detail) -> Vec<Line> {
    let mut lines = shortened(text.trim(), look, detail.full);
    for line in &mut lines {
        for piece in line.0.iter_mut().skip(1) {
            piece.0 = Tone::Bad;
        }
    }
    lines
}

fn terminal(result: &TerminalObservation, look: &Look, detail: &Detail) -> Vec<Line> {
    let output = text(&result.content);
    let mut lines = remaining(output.trim_end(), &detail.shown, look, detail.full);
    lines.extend(outcome(result, look));
    lines
}

/// How a command ended, if that is worth a line.
fn outcome(result: &TerminalObservation, look: &Look) -> Option<Line> {
    let CmdOutputMetadata { exit_code, .. } = &result.metadata;
    let gutter = look.glyphs.gutter;
    match result.exit_code.unwrap_or(*exit_code) {
        0 => None,
        -1 if result.is_error && !result.timeout => None,
        -1 => Some(Line::new(
            Tone::Warning,
            format!("{gutter}{} still running", look.glyphs.more),
        )),
        code => Some(Line::new(
            Tone::Bad,
            format!("{gutter}{} exit code {code}", look.glyphs.bad),
        )),
    }
}

fn editor(result: &FileEditorObservation, look: &Look, detail: &Detail) -> Vec<Line> {
    let said = text(&result.content);
    if result.is_error {
        return wrong(&said, look, detail);
    }
    if result.command == EditorCommand::View {
        if detail.full {
            return shortened(said.trim_end(), look, true);
        }
        let count = said.lines().count().saturating_sub(1);
        return vec![faint(&counted(count as u64, "line"), look)];
    }
    let old = result.old_content.as_deref();
    let new = result.new_content.as_deref();
    changed(old, new, look, detail).unwrap_or_else(|| {
        let path = result.path.as_deref().unwrap_or_default();
        vec![faint(&near(path, detail), look)]
    })
}

fn changed(
    old: Option<&str>,
    new: Option<&str>,
    look: &Look,
    detail: &Detail,
) -> Option<Vec<Line>> {
    if old.is_none() && new.is_none() {
        return None;
    }
    let diff = diff(old.unwrap_or_default(), new.unwrap_or_default(), look);
    let count = Line::new(Tone::Faint, look.glyphs.gutter)
        .and(Tone::Good, format!("+{}", thousands(diff.added as u64)))
        .and(Tone::Bad, format!(" -{}", thousands(diff.removed as u64)));
    let mut lines = vec![count];
    let total = diff.lines.len();
    let shown = if detail.full { total } else { total.min(DIFF) };
    lines.extend(diff.lines.into_iter().take(shown).map(|line| {
        let mut pieces = vec![(Tone::Faint, look.glyphs.gutter.to_owned())];
        pieces.extend(line.0);
        Line(pieces).cut(look.columns(), look)
    }));
    if shown < total {
        let rest = thousands((total - shown) as u64);
        lines.push(faint(
            &format!("{} {rest} more lines", look.glyphs.more),
            look,
        ));
    }
    Some(lines)
}

fn found(names: &[String], noun: &str, look: &Look, detail: &Detail) -> Vec<Line> {
    let mut lines = vec![faint(&counted(names.len() as u64, noun), look)];
    if detail.full {
        lines.extend(names.iter().map(|name| faint(&near(name, detail), look)));
    }
    lines
}

fn plan(result: &TaskTrackerObservation, look: &Look) -> Vec<Line> {
    result
        .task_list
        .iter()
        .map(|task| self::task(task, look))
        .collect()
}

fn task(task: &TaskItem, look: &Look) -> Line {
    let [todo, doing, done] = look.glyphs.tasks;
    let (mark, tone) = match task.status {
        TaskStatus::Todo => (todo, Tone::Plain),
        TaskStatus::InProgress => (doing, Tone::Strong),
        TaskStatus::Done => (done, Tone::Faint),
    };
    let title = Cleaner::whole(&task.title);
    Line::new(Tone::Faint, look.glyphs.gutter).and(tone, format!("{mark} {title}"))
}

fn faint(text: &str, look: &Look) -> Line {
    Line::new(Tone::Faint, look.glyphs.gutter).and(Tone::Faint, text)
}
