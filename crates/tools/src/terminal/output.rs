//! What a command said, in bounded memory: the first part, the last part, and the whole in a file when it is long.
//!
//! Knows no terminal: it gets text.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

/// The most that is saved of one output.
const DISK_LIMIT: u64 = 1 << 30;

/// Collects text until it is taken.
#[derive(Debug)]
pub(super) struct Output {
    limit: usize,
    folder: Option<PathBuf>,
    /// Whether long text may go to a file.
    saving: bool,
    head: String,
    head_size: usize,
    tail: String,
    size: usize,
    file: Saved,
}

/// The state of the file.
#[derive(Debug)]
enum Saved {
    No,
    Growing(Box<Growing>),
    Failed(String),
}

#[derive(Debug)]
struct Growing {
    file: NamedTempFile,
    hash: Sha256,
    room: u64,
}

impl Output {
    /// Shows at most `limit` characters; longer text is saved whole in `folder`.
    pub(super) fn new(limit: usize, folder: Option<PathBuf>) -> Self {
        Self {
            limit,
            folder,
            saving: false,
            head: String::new(),
            head_size: 0,
            tail: String::new(),
            size: 0,
            file: Saved::No,
        }
    }

    /// Says whether what comes now may be saved; what nobody asked for is not worth a disk.
    pub(super) fn save(&mut self, saving: bool) {
        self.saving = saving;
        if saving && self.size > self.limit {
            // The middle is lost already, and a file without it would be a lie.
            self.file = Saved::Failed("a part of it came while no command ran".to_owned());
        }
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// Adds text.
    pub(super) fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let count = text.chars().count();
        self.size += count;
        let room = self.limit - self.head_size;
        if count <= room {
            self.head.push_str(text);
            self.head_size += count;
            return;
        }
        let fits = first(text, room);
        self.head.push_str(fits);
        self.head_size += room;
        let rest = &text[fits.len()..];
        self.store(rest);
        self.keep(rest);
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self {
            saving: self.saving,
            ..Self::new(self.limit, self.folder.take())
        };
    }

    /// The text as it is shown, and an empty collection.
    pub(super) fn take(&mut self) -> String {
        let file = std::mem::replace(&mut self.file, Saved::No);
        let text = if self.size <= self.limit {
            self.head.trim_end().to_owned()
        } else {
            self.cut(file)
        };
        self.clear();
        text
    }

    fn cut(&self, file: Saved) -> String {
        let place = match file {
            Saved::Growing(growing) => self.finish(*growing),
            Saved::Failed(reason) => format!("The whole could not be saved: {reason}."),
            Saved::No => "It was not saved.".to_owned(),
        };
        let budget = self.limit.saturating_sub(place.chars().count() + 100);
        let head = first(&self.head, budget - budget / 2);
        let tail = self.last(budget / 2);
        let line = head.matches('\n').count() + 1;
        format!(
            "{head}\n[... {} of {} characters are left out here, from line {line} on. {place} ...]\n{}",
            self.size - budget,
            self.size,
            tail.trim_end(),
        )
    }

    fn finish(&self, growing: Growing) -> String {
        let whole = growing.room > 0;
        let kept = self.folder.as_deref().map_or_else(
            || Err(io::ErrorKind::NotFound.into()),
            |folder| growing.settle(folder),
        );
        match kept {
            Ok(path) if whole => format!("The whole output is in {}", path.display()),
            Ok(path) => format!(
                "The first {DISK_LIMIT} bytes of the output are in {}",
                path.display()
            ),
            Err(error) => format!("The whole could not be saved: {error}."),
        }
    }

    /// The last `count` characters of everything.
    fn last(&self, count: usize) -> String {
        let tail = last(&self.tail, count);
        let short = count.saturating_sub(tail.chars().count());
        format!("{}{tail}", last(&self.head, short))
    }

    fn keep(&mut self, text: &str) {
        // A character has at most four bytes: this many bytes hold the last `limit` characters.
        let bytes = self.limit.saturating_mul(4);
        if text.len() >= bytes {
            self.tail.clear();
            self.tail.push_str(last(text, self.limit));
            return;
        }
        self.tail.push_str(text);
        if self.tail.len() > 2 * bytes {
            let kept = last(&self.tail, self.limit).len();
            self.tail.drain(..self.tail.len() - kept);
        }
    }

    fn store(&mut self, text: &str) {
        if !self.saving {
            return;
        }
        let Some(folder) = &self.folder else { return };
        let written = match &mut self.file {
            Saved::Failed(_) => return,
            Saved::Growing(growing) => growing.write(text),
            Saved::No => Growing::start(folder, &self.head).and_then(|mut growing| {
                growing.write(text)?;
                self.file = Saved::Growing(Box::new(growing));
                Ok(())
            }),
        };
        if let Err(error) = written {
            self.file = Saved::Failed(error.to_string());
        }
    }
}

impl Growing {
    fn start(folder: &Path, head: &str) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let file = tempfile::Builder::new()
            .prefix(".terminal_output_")
            .tempfile_in(folder)?;
        let mut growing = Self {
            file,
            hash: Sha256::new(),
            room: DISK_LIMIT,
        };
        growing.write(head)?;
        Ok(growing)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        let room = usize::try_from(self.room).unwrap_or(usize::MAX);
        let bytes = &text.as_bytes()[..text.len().min(room)];
        self.room -= bytes.len() as u64;
        self.hash.update(bytes);
        self.file.write_all(bytes)
    }

    /// Gives the file the name of its content, so that the same output is stored once.
    fn settle(self, folder: &Path) -> io::Result<PathBuf> {
        let name: String = self.hash.finalize()[..4]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let path = folder.join(format!("terminal_output_{name}.txt"));
        match self.file.persist_noclobber(&path) {
            Ok(_) => Ok(path),
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(path),
            Err(failed) => Err(failed.error),
        }
    }
}

/// The first `count` characters.
fn first(text: &str, count: usize) -> &str {
    text.char_indices()
        .nth(count)
        .map_or(text, |(at, _)| &text[..at])
}

/// The last `count` characters.
fn last(text: &str, count: usize) -> &str {
    let Some(back) = count.checked_sub(1) else {
        return "";
    };
    text.char_indices()
        .rev()
        .nth(back)
        .map_or(text, |(at, _)| &text[at..])
}
