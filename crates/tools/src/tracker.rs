//! The `task_tracker` tool: a list of tasks that outlives the process. Knows no model.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::{Mutex, PoisonError};

use domain::{
    Annotations, Content, Map, Parameters, TaskItem, TaskStatus, TaskTrackerAction,
    TaskTrackerObservation, ToolSpec, TrackerCommand,
};
use serde_json::{Value, json};

/// The name of the saved list.
const FILE: &str = "TASKS.json";

static PARAMETERS: LazyLock<Parameters> = LazyLock::new(|| {
    let schema = json!({
        "type": "object",
        "properties": {
            "command": {
                "type": "string",
                "description": "view shows the list; plan replaces it as a whole.",
                "enum": ["view", "plan"],
            },
            "task_list": {
                "type": "array",
                "description": "For plan (required): every task, in order, those already done included.",
                "items": {
                    "type": "object",
                    "properties": {
                        "title": {
                            "type": "string",
                            "description": "The task in a few words.",
                        },
                        "notes": {
                            "type": "string",
                            "description": "Anything worth remembering about it.",
                        },
                        "status": {
                            "type": "string",
                            "description": "How far it is: todo, in_progress or done.",
                            "enum": ["todo", "in_progress", "done"],
                        },
                    },
                    "required": ["title"],
                },
            },
        },
    });
    schema.into()
});

/// The tool as models and clients see it.
pub(crate) fn spec() -> ToolSpec {
    ToolSpec {
        name: "task_tracker".to_owned(),
        description: DESCRIPTION.into(),
        parameters: PARAMETERS.clone(),
        annotations: Some(Annotations {
            title: None,
            read_only_hint: false,
            destructive_hint: false,
            idempotent_hint: true,
            open_world_hint: false,
        }),
        kind: "TaskTrackerTool".to_owned(),
        action_kind: "TaskTrackerAction".to_owned(),
        observation_kind: "TaskTrackerObservation".to_owned(),
    }
}

const DESCRIPTION: &str = "Keeps the list of tasks of this conversation, for you and for the person who watches.

Use it when the work has several steps or several wishes were given at once, or when you find out on the way that more is to do. A question, or a change that is made in one or two steps, needs no list.

- Plan before you start: one task for each result that can be checked, in the order of the work, tests and clean-up included.
- `plan` replaces the whole list, so send every task each time, with what has changed.
- Mark a task in_progress when you begin it, one at a time, and done as soon as it truly is. A task with failing tests, open errors or missing parts is not done.
- Add tasks you discover and remove those that no longer matter.
- `view` shows the list as it stands; look at it when you come back to work after a while.";

/// The task list of one conversation.
#[derive(Debug)]
pub(crate) struct Tracker {
    file: PathBuf,
    tasks: Mutex<Option<Vec<TaskItem>>>,
}

impl Tracker {
    /// The list saved in a directory, which need not exist yet; it is read when first needed.
    pub(crate) fn new(directory: &Path) -> Self {
        Self {
            file: directory.join(FILE),
            tasks: Mutex::new(None),
        }
    }

    /// Does what is asked; blocks while the disk works.
    pub(crate) fn run(&self, action: &TaskTrackerAction) -> TaskTrackerObservation {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let text = match action.command {
            TrackerCommand::Plan => {
                let list = tasks.insert(action.task_list.clone());
                planned(list.len(), save(&self.file, list))
            }
            TrackerCommand::View => page(tasks.get_or_insert_with(|| load(&self.file))),
        };
        TaskTrackerObservation {
            content: vec![Content::text(text)],
            is_error: false,
            command: action.command,
            task_list: tasks.clone().unwrap_or_default(),
        }
    }
}

fn planned(count: usize, saved: io::Result<()>) -> String {
    let text = format!("Task list has been updated with {count} item(s).");
    match saved {
        Ok(()) => text,
        Err(e) => {
            format!("{text} It could not be saved ({e}), so it will not outlive this session.")
        }
    }
}

/// The list as the model reads it.
fn page(tasks: &[TaskItem]) -> String {
    if tasks.is_empty() {
        return "No task list found. Use the \"plan\" command to create one.".to_owned();
    }
    let mut page = "# Task List\n\n".to_owned();
    for (number, task) in (1..).zip(tasks) {
        let icon = match task.status {
            TaskStatus::Todo => "⏳",
            TaskStatus::InProgress => "🔄",
            TaskStatus::Done => "✅",
        };
        page.push_str(&format!("{number}. {icon} {}\n", task.title));
        if !task.notes.is_empty() {
            page.push_str(&format!("   {}\n", task.notes));
        }
        page.push('\n');
    }
    page.trim().to_owned()
}

/// The saved list; an empty one if there is none that can be read.
fn load(file: &Path) -> Vec<TaskItem> {
    let read = || -> Option<Vec<TaskItem>> {
        let mut list: Value = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        normalise_list(&mut list);
        serde_json::from_value(list).ok()
    };
    read().unwrap_or_default()
}

fn save(file: &Path, tasks: &[TaskItem]) -> io::Result<()> {
    let directory = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
    temporary.write_all(ascii(&serde_json::to_string_pretty(tasks)?).as_bytes())?;
    temporary.persist(file).map_err(|e| e.error)?;
    Ok(())
}

/// JSON with everything beyond ASCII escaped, as other readers of the file write it.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if matches!(c, '\n' | ' '..='~') {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// Turns the names that models give to statuses into ours, in arguments that are not yet an action.
pub fn normalise(args: &mut Map) {
    if let Some(list) = args.get_mut("task_list") {
        normalise_list(list);
    }
}

fn normalise_list(list: &mut Value) {
    for item in list.as_array_mut().into_iter().flatten() {
        if let Some(Value::String(status)) = item.get_mut("status")
            && let Some(known) = known_status(status)
        {
            *status = known.to_owned();
        }
    }
}

fn known_status(status: &str) -> Option<&'static str> {
    let status = status.trim().to_lowercase().replace(['-', ' '], "_");
    match status.as_str() {
        "todo" | "to_do" | "pending" => Some("todo"),
        "in_progress" => Some("in_progress"),
        "done" | "complete" | "completed" => Some("done"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
