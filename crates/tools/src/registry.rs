//! Every tool there is, in one table. Knows no conversation.

use std::path::PathBuf;
use std::sync::Arc;

use domain::{Map, ToolSpec};
use serde::Serialize;

use crate::editor::{self, Editor};
use crate::error::Error;
use crate::hand::{Hand, Search};
use crate::shell::{self, Shell};
use crate::terminal::Terminal;
use crate::tracker::{self, Tracker};
use crate::{finish, glob, grep, think};

/// What tools are made from.
#[derive(Debug)]
pub(crate) struct Ground {
    /// Where the agent works.
    pub workspace: PathBuf,
    /// Where long outputs go.
    pub outputs: PathBuf,
    /// Where the conversation is kept.
    pub conversation: PathBuf,
    /// What the agent's commands see.
    pub environment: Vec<(String, String)>,
    /// How shells are set up.
    pub shell: Shell,
}

impl Ground {
    /// A variable of the environment.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let named = |(known, _): &&(String, String)| known == name;
        let found = self.environment.iter().find(named);
        found.map(|(_, value)| value.as_str())
    }
}

/// A tool that can be had.
pub(crate) struct Tool {
    /// What models and clients call it.
    pub name: &'static str,
    /// What agent settings call it.
    pub class: &'static str,
    /// A line for people who choose tools; tools without one are not for choosing.
    about: Option<&'static str>,
    /// Whether an agent has it unless told otherwise.
    preset: bool,
    /// Makes it for one conversation.
    pub open: Open,
}

type Open = fn(&Ground, &Map) -> Result<(ToolSpec, Hand), Error>;

const TOOLS: [Tool; 7] = [
    Tool {
        name: "terminal",
        class: "TerminalTool",
        about: Some("Run commands in a shell that stays open."),
        preset: true,
        open: |ground, settings| {
            let terminal = shell::terminal(ground, settings)?;
            Ok((Terminal::spec(), Hand::Terminal(terminal)))
        },
    },
    Tool {
        name: "file_editor",
        class: "FileEditorTool",
        about: Some("Look at, write and change files."),
        preset: true,
        open: |ground, settings| {
            no_settings("file_editor", settings)?;
            let history = ground.conversation.join("undo");
            let editor = Editor::new(ground.workspace.clone(), history);
            let spec = editor::spec(&ground.workspace);
            Ok((spec, Hand::Editor(Arc::new(editor))))
        },
    },
    Tool {
        name: "task_tracker",
        class: "TaskTrackerTool",
        about: Some("Plan longer work as a list of tasks that everyone can see."),
        preset: true,
        open: |ground, settings| {
            no_settings("task_tracker", settings)?;
            let tracker = Tracker::new(&ground.conversation);
            Ok((tracker::spec(), Hand::Tracker(Arc::new(tracker))))
        },
    },
    Tool {
        name: "grep",
        class: "GrepTool",
        about: Some("Find files by what is in them, with regular expressions."),
        preset: false,
        open: |ground, settings| {
            no_settings("grep", settings)?;
            Ok((grep::spec(&ground.workspace), Hand::Grep(search(ground))))
        },
    },
    Tool {
        name: "glob",
        class: "GlobTool",
        about: Some("Find files by their names, with patterns such as **/*.ts."),
        preset: false,
        open: |ground, settings| {
            no_settings("glob", settings)?;
            Ok((glob::spec(&ground.workspace), Hand::Glob(search(ground))))
        },
    },
    Tool {
        name: "finish",
        class: "FinishTool",
        about: None,
        preset: true,
        open: |_, settings| {
            no_settings("finish", settings)?;
            Ok((finish::spec(), Hand::Finish))
        },
    },
    Tool {
        name: "think",
        class: "ThinkTool",
        about: None,
        preset: true,
        open: |_, settings| {
            no_settings("think", settings)?;
            Ok((think::spec(), Hand::Think))
        },
    },
];

fn no_settings(tool: &str, settings: &Map) -> Result<(), Error> {
    if settings.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = settings.keys().map(String::as_str).collect();
    Err(Error::Settings {
        tool: tool.to_owned(),
        reason: format!("it takes none, but was given {}", keys.join(", ")),
    })
}

fn search(ground: &Ground) -> Arc<Search> {
    Arc::new(Search {
        workspace: ground.workspace.clone(),
        home: ground.variable("HOME").map(PathBuf::from),
    })
}

/// The tool of that name or class name.
pub(crate) fn find(name: &str) -> Result<&'static Tool, Error> {
    let named = |tool: &&Tool| tool.name == name || tool.class == name;
    TOOLS.iter().find(named).ok_or_else(|| {
        let known: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
        Error::UnknownTool {
            name: name.to_owned(),
            known: known.join(", "),
        }
    })
}

/// A tool as those who choose tools are shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CatalogEntry {
    /// Its name.
    pub name: &'static str,
    /// Whether people may choose it.
    pub user_selectable: bool,
    /// Whether it works on this machine.
    pub usable: bool,
    /// A line about it.
    pub description: &'static str,
    /// Whether an agent has it unless told otherwise.
    pub in_default_set: bool,
}

/// The tools there are to choose from.
pub fn catalog() -> Vec<CatalogEntry> {
    let entry = |tool: &Tool| {
        Some(CatalogEntry {
            name: tool.name,
            user_selectable: true,
            usable: true,
            description: tool.about?,
            in_default_set: tool.preset,
        })
    };
    TOOLS.iter().filter_map(entry).collect()
}
