//! The `file_editor` tool: views, makes and changes files. Knows no model and no conversation.

mod change;
mod disk;
mod image;
mod listing;
mod nearest;
mod refusal;
mod replace;
mod spec;
mod text;
mod undo;
mod view;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use domain::{Content, EditorCommand, FileEditorAction, FileEditorObservation};

use disk::Place;
use refusal::Refusal;
use text::Text;
use undo::Undo;

pub(crate) use spec::spec;

/// The editor of one conversation.
#[derive(Debug)]
pub(crate) struct Editor {
    workspace: PathBuf,
    undo: Mutex<Undo>,
}

impl Editor {
    /// An editor that suggests paths in `workspace` and keeps what can be undone in `history`.
    pub(crate) fn new(workspace: PathBuf, history: PathBuf) -> Self {
        Self {
            workspace,
            undo: Mutex::new(Undo::new(history)),
        }
    }

    /// The file that an action is about, as it is known to the machine.
    pub(crate) fn subject(&self, path: &str) -> PathBuf {
        disk::resolve(&self.workspace.join(disk::tidy(path)))
    }

    /// Does what is asked, or says why not; blocks while the disk works.
    pub(crate) fn run(&self, action: &FileEditorAction) -> FileEditorObservation {
        self.attempt(action).unwrap_or_else(|refusal| {
            let mut said = said(action.command, refusal.to_string());
            said.is_error = true;
            said
        })
    }

    fn attempt(&self, action: &FileEditorAction) -> Result<FileEditorObservation, Refusal> {
        let path = self.absolute(action)?;
        let place = disk::look(&path)?;
        let mut done = match (action.command, place) {
            (EditorCommand::Create, Place::Nothing) => self.create(&path, action)?,
            (EditorCommand::Create, Place::Directory | Place::File) => return Err(taken(&path)),
            (_, Place::Nothing) => return Err(missing(&path)),
            (EditorCommand::View, Place::Directory) => list(&path, action)?,
            (_, Place::Directory) => return Err(is_directory(&path)),
            (EditorCommand::View, Place::File) => view(&path, action)?,
            (EditorCommand::StrReplace, Place::File) => self.replace(&path, action)?,
            (EditorCommand::Insert, Place::File) => self.insert(&path, action)?,
            (EditorCommand::UndoEdit, Place::File) => self.undo(&path)?,
        };
        done.path = Some(path.display().to_string());
        Ok(done)
    }

    fn absolute(&self, action: &FileEditorAction) -> Result<PathBuf, Refusal> {
        let path = disk::tidy(&action.path);
        if path.is_absolute() {
            return Ok(path);
        }
        let mut hint = "The path should be an absolute path.".to_owned();
        let meant = self.workspace.join(&path);
        if meant.exists() || action.command == EditorCommand::Create {
            let meant = disk::tidy(&meant.to_string_lossy());
            hint.push_str(&format!(" Maybe you meant {}?", meant.display()));
        }
        let value = path.display().to_string();
        Err(Refusal::invalid("path", value, hint))
    }
}

fn view(path: &Path, action: &FileEditorAction) -> Result<FileEditorObservation, Refusal> {
    let bytes = disk::read(path)?;
    if let Some(media_type) = image::media_type(path, &bytes) {
        return Ok(picture(path, media_type, &bytes));
    }
    let text = Text::decode(bytes).ok_or_else(|| binary(path))?;
    let (text, name) = (text.normal(), path.display().to_string());
    let shown = match action.view_range.as_deref() {
        None | Some([]) => view::whole(&text, &name),
        Some(range) => view::part(&text, &name, range)?,
    };
    Ok(said(EditorCommand::View, shown))
}

fn picture(path: &Path, media_type: &str, bytes: &[u8]) -> FileEditorObservation {
    let mut done = said(
        EditorCommand::View,
        format!(
            "Image file {} read successfully. Displaying image content.",
            path.display()
        ),
    );
    done.content.push(Content::Image {
        cache_prompt: false,
        image_urls: vec![image::data_url(media_type, bytes)],
    });
    done
}

fn list(path: &Path, action: &FileEditorAction) -> Result<FileEditorObservation, Refusal> {
    if let Some(range) = action.view_range.as_ref().filter(|range| !range.is_empty()) {
        return Err(Refusal::invalid(
            "view_range",
            format!("{range:?}"),
            "The `view_range` parameter is not allowed when `path` points to a directory.",
        ));
    }
    let listing = listing::listing(path).map_err(|e| Refusal::read(path, e))?;
    Ok(said(EditorCommand::View, listing))
}

fn said(command: EditorCommand, text: String) -> FileEditorObservation {
    FileEditorObservation {
        content: vec![Content::text(text)],
        is_error: false,
        command,
        path: None,
        prev_exist: true,
        old_content: None,
        new_content: None,
    }
}

fn missing(path: &Path) -> Refusal {
    let name = path.display().to_string();
    let hint = format!("The path {name} does not exist. Please provide a valid path.");
    Refusal::invalid("path", name, hint)
}

fn taken(path: &Path) -> Refusal {
    let name = path.display().to_string();
    let hint =
        format!("File already exists at: {name}. Cannot overwrite files using command `create`.");
    Refusal::invalid("path", name, hint)
}

fn is_directory(path: &Path) -> Refusal {
    let name = path.display().to_string();
    let hint = format!(
        "The path {name} is a directory and only the `view` command can be used on directories."
    );
    Refusal::invalid("path", name, hint)
}

fn binary(path: &Path) -> Refusal {
    Refusal::Unfit {
        path: path.to_owned(),
        reason:
            "File appears to be binary and this file type cannot be read or edited by this tool."
                .to_owned(),
    }
}
