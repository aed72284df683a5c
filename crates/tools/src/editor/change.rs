//! The commands that change files, and undoing them. Every change is written whole or not at all.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::PoisonError;

use domain::{EditorCommand, FileEditorAction, FileEditorObservation};

use super::refusal::Refusal;
use super::replace::{self, Search};
use super::text::{self, Text};
use super::undo::Undo;
use super::{Editor, binary, disk, nearest, said, view};
use crate::clip;

/// How much of a parameter a refusal repeats.
const REPEATED: usize = 200;

/// A file that is being edited.
struct Edit<'a> {
    path: &'a Path,
    before: Vec<u8>,
    text: Text,
}

impl Editor {
    pub(super) fn create(
        &self,
        path: &Path,
        action: &FileEditorAction,
    ) -> Result<FileEditorObservation, Refusal> {
        let text = required(action, "file_text", action.file_text.as_ref())?;
        let note = self.remembering(path, None, text.as_bytes(), || {
            disk::create(path, text.as_bytes())
        })?;
        let mut done = said(
            EditorCommand::Create,
            format!("File created successfully at: {}{note}", path.display()),
        );
        done.prev_exist = false;
        done.new_content = Some(text.clone());
        Ok(done)
    }

    pub(super) fn replace(
        &self,
        path: &Path,
        action: &FileEditorAction,
    ) -> Result<FileEditorObservation, Refusal> {
        let old = required(action, "old_str", action.old_str.as_ref())?;
        let new = required(action, "new_str", action.new_str.as_ref())?;
        if old == new {
            return Err(no_change(
                new,
                "No replacement was performed. `new_str` and `old_str` must be different.",
            ));
        }
        let edit = Edit::open(path)?;
        let normal = edit.text.normal();
        if old.is_empty() && !normal.is_empty() {
            return Err(Refusal::invalid(
                "old_str",
                "",
                "It may be empty only when the file is. Use `insert` to add text at a line.",
            ));
        }
        let (start, end, with) = match replace::search(&normal, old, new) {
            Search::Once { start, end, with } => (start, end, with),
            Search::Nowhere => return Err(nowhere(path, &normal, old)),
            Search::Often(lines) => {
                return Err(Refusal::ManyMatches {
                    text: clip::brief(old, REPEATED),
                    lines: replace::listed(&lines),
                });
            }
        };
        let line = normal[..start].matches('\n').count() + 1;
        let chars = replace::splice(&edit.text, start, end, &with);
        if chars == edit.text.chars {
            return Err(no_change(
                new,
                "No replacement was performed. It differs from the file only in its line endings, and those stay as the file has them.",
            ));
        }
        let shown = text::normal(&chars);
        let name = format!("a snippet of {}", path.display());
        let words = format!(
            "The file {} has been edited. {}Review the changes and make sure they are as expected. Edit the file again if necessary.",
            path.display(),
            view::snippet(&shown, &name, line, with.matches('\n').count()),
        );
        self.commit(&edit, action.command, &chars, words)
    }

    pub(super) fn insert(
        &self,
        path: &Path,
        action: &FileEditorAction,
    ) -> Result<FileEditorObservation, Refusal> {
        let line = *required(action, "insert_line", action.insert_line.as_ref())?;
        let new = required(action, "new_str", action.new_str.as_ref())?;
        let edit = Edit::open(path)?;
        let total = text::count_lines(&edit.text.chars);
        let after = usize::try_from(line).ok().filter(|line| *line <= total);
        let Some(after) = after else {
            return Err(Refusal::invalid(
                "insert_line",
                line.to_string(),
                format!("It should be within the range of allowed values: [0, {total}]"),
            ));
        };
        let (before, rest) = edit
            .text
            .chars
            .split_at(view::line_start(&edit.text.chars, after + 1));
        let unfinished = !before.is_empty() && !before.ends_with('\n');
        let added = format!("{}{new}\n", if unfinished { "\n" } else { "" });
        let chars = [before, &edit.text.adapt(&added), rest].concat();
        let shown = text::normal(&chars);
        let lines = text::normal(new).matches('\n').count() + 1;
        let words = format!(
            "The file {} has been edited. {}Review the changes and make sure they are as expected (correct indentation, no duplicate lines, etc). Edit the file again if necessary.",
            path.display(),
            view::snippet(&shown, "a snippet of the edited file", after, lines),
        );
        self.commit(&edit, action.command, &chars, words)
    }

    pub(super) fn undo(&self, path: &Path) -> Result<FileEditorObservation, Refusal> {
        let subject = disk::resolve(path);
        let now = disk::read(path)?;
        let past = self
            .with_undo(|undo| undo.last(&subject, &now))
            .ok_or_else(|| Refusal::NoHistory(path.to_owned()))?;
        let restored = match &past.before {
            Some(before) => disk::replace(path, before),
            None => fs::remove_file(&subject),
        };
        restored.map_err(|e| Refusal::write(path, e))?;
        self.with_undo(|undo| undo.forget_from(&subject, past.number));
        let (name, before) = (path.display().to_string(), past.before.map(content));
        let shown = match &before {
            Some(text) => Cow::Owned(view::whole(text, &name)),
            None => Cow::Borrowed("That edit created the file, so it is removed."),
        };
        let mut words = format!("Last edit to {name} undone successfully. {shown}");
        if !past.untouched {
            words.push_str("\nNOTE: Something else changed the file after that edit; those changes are gone too.");
        }
        let mut done = said(EditorCommand::UndoEdit, words);
        done.old_content = Some(content(now));
        done.new_content = before;
        Ok(done)
    }

    /// Writes an edited file.
    fn commit(
        &self,
        edit: &Edit<'_>,
        command: EditorCommand,
        chars: &str,
        words: String,
    ) -> Result<FileEditorObservation, Refusal> {
        let (bytes, form) = edit.text.with(chars);
        let note = self.remembering(edit.path, Some(&edit.before), &bytes, || {
            disk::replace(edit.path, &bytes)
        })?;
        let mut words = words + note;
        if form != edit.text.form {
            words.push_str(&format!(
                "\nNOTE: The new text cannot be written in {}; the whole file is now {}.",
                edit.text.form.name(),
                form.name(),
            ));
        }
        let mut done = said(command, words);
        done.old_content = Some(edit.text.normal().into_owned());
        done.new_content = Some(text::normal(chars).into_owned());
        Ok(done)
    }

    /// Writes after noting down what was there before; an edit that fails leaves no note.
    fn remembering(
        &self,
        path: &Path,
        before: Option<&[u8]>,
        after: &[u8],
        write: impl FnOnce() -> io::Result<()>,
    ) -> Result<&'static str, Refusal> {
        let subject = disk::resolve(path);
        let saved = self.with_undo(|undo| undo.save(&subject, before, after));
        if let Err(e) = write() {
            if let Ok(number) = saved {
                self.with_undo(|undo| undo.forget_from(&subject, number));
            }
            return Err(Refusal::write(path, e));
        }
        if saved.is_err() {
            // With one edit missing, the older ones no longer lead back step by step.
            self.with_undo(|undo| undo.forget_from(&subject, 0));
            return Ok(
                "\nNOTE: There was no room to note down the file as it was; this edit cannot be undone.",
            );
        }
        Ok("")
    }

    fn with_undo<T>(&self, work: impl FnOnce(&mut Undo) -> T) -> T {
        work(&mut self.undo.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<'a> Edit<'a> {
    fn open(path: &'a Path) -> Result<Self, Refusal> {
        let before = disk::read(path)?;
        let text = Text::decode(before.clone()).ok_or_else(|| binary(path))?;
        Ok(Self { path, before, text })
    }
}

fn nowhere(path: &Path, text: &str, old: &str) -> Refusal {
    Refusal::NoMatch {
        text: clip::brief(old.trim(), REPEATED),
        path: path.to_owned(),
        hint: nearest::hint(text, old),
    }
}

fn content(bytes: Vec<u8>) -> String {
    match Text::decode(bytes.clone()) {
        Some(text) => text.normal().into_owned(),
        None => String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn required<'a, T>(
    action: &FileEditorAction,
    parameter: &'static str,
    value: Option<&'a T>,
) -> Result<&'a T, Refusal> {
    value.ok_or(Refusal::Missing {
        parameter,
        command: action.command,
    })
}

fn no_change(new: &str, hint: &str) -> Refusal {
    Refusal::invalid("new_str", clip::brief(new, REPEATED), hint)
}
