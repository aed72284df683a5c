//! Why the editor did not do what it was asked. Models read these sentences and act on them; knows no file.

use std::io;
use std::path::PathBuf;

use domain::EditorCommand;

/// What the editor answers in place of an edit; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// A parameter is not there.
    #[error("Parameter `{parameter}` is required for command: {}.", command.as_str())]
    Missing {
        /// Its name.
        parameter: &'static str,
        /// What needs it.
        command: EditorCommand,
    },
    /// A parameter makes no sense.
    #[error("Invalid `{parameter}` parameter: {value}. {hint}")]
    Invalid {
        /// Its name.
        parameter: &'static str,
        /// What it was.
        value: String,
        /// What it should be.
        hint: String,
    },
    /// The file cannot be worked on.
    #[error("File validation failed for {}: {reason}", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// Why, and what to do instead.
        reason: String,
    },
    /// The text to replace is not there.
    #[error("No replacement was performed, old_str `{text}` did not appear verbatim in {}.{hint}", path.display())]
    NoMatch {
        /// The text, shortened.
        text: String,
        /// The file.
        path: PathBuf,
        /// What comes closest; empty, or starting with a line break.
        hint: String,
    },
    /// The text to replace is there more than once.
    #[error(
        "No replacement was performed. Multiple occurrences of old_str `{text}` in lines {lines}. Please ensure it is unique."
    )]
    ManyMatches {
        /// The text, shortened.
        text: String,
        /// Where, as a list.
        lines: String,
    },
    /// There is nothing to undo.
    #[error("No edit history found for {}.", .0.display())]
    NoHistory(PathBuf),
    /// The machine would not read.
    #[error("Ran into {} while trying to read {}", plain(error), path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The machine would not write; the file is as it was.
    #[error("Ran into {} while trying to write to {}{}", plain(error), path.display(), remedy(error))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl Refusal {
    pub(crate) fn invalid(
        parameter: &'static str,
        value: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::Invalid {
            parameter,
            value: value.into(),
            hint: hint.into(),
        }
    }

    pub(crate) fn read(path: impl Into<PathBuf>, error: io::Error) -> Self {
        let path = path.into();
        Self::Read { path, error }
    }

    pub(crate) fn write(path: impl Into<PathBuf>, error: io::Error) -> Self {
        let path = path.into();
        Self::Write { path, error }
    }
}

/// The sentence of an error, without the number that means nothing to the reader.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

fn remedy(error: &io::Error) -> &'static str {
    use io::ErrorKind as Kind;
    // Only these have a way out that the sentence of the system does not name already.
    if matches!(error.kind(), Kind::StorageFull | Kind::QuotaExceeded) {
        ". The file is unchanged; free some space and try again."
    } else if matches!(
        error.kind(),
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem
    ) {
        ". The file is unchanged; the directory it is in must be writable too, since files are replaced as a whole."
    } else {
        ". The file is unchanged."
    }
}
