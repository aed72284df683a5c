//! What files held before each edit, kept beside the conversation so that a resumed one can still undo. Knows no text.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How many edits of one file can be undone.
const PER_FILE: usize = 10;

/// How much is kept in all, in bytes; the oldest goes first.
const IN_ALL: u64 = 64 * 1024 * 1024;

/// The edits of one conversation that can be undone.
#[derive(Debug)]
pub(crate) struct Undo {
    directory: PathBuf,
    /// Oldest first; read from the directory when first needed.
    steps: Option<Vec<Step>>,
}

/// One saved step: the file `NUMBER-KEY` in the directory.
#[derive(Clone, Debug)]
struct Step {
    number: u64,
    key: String,
    size: u64,
}

/// The first line of a step; the bytes of the file follow.
#[derive(Serialize, Deserialize)]
struct Header {
    path: PathBuf,
    /// How many bytes follow; nothing where there was no file.
    before: Option<u64>,
    after: String,
}

/// What undoing a file's last edit means.
#[derive(Debug, PartialEq)]
pub(crate) struct Past {
    /// Which step this is.
    pub number: u64,
    /// What the file held; nothing if there was none.
    pub before: Option<Vec<u8>>,
    /// Whether the file is still as that edit left it.
    pub untouched: bool,
}

impl Undo {
    /// The edits saved in a directory, which need not exist yet.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            steps: None,
        }
    }

    /// Saves what `path` held, ahead of an edit that makes it `after`.
    pub(crate) fn save(
        &mut self,
        path: &Path,
        before: Option<&[u8]>,
        after: &[u8],
    ) -> io::Result<u64> {
        let key = key(path);
        let number = self.steps().last().map_or(1, |step| step.number + 1);
        let header = Header {
            path: path.to_owned(),
            before: before.map(|bytes| bytes.len() as u64),
            after: digest(after),
        };
        let mut bytes = serde_json::to_vec(&header)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(before.unwrap_or_default());
        let step = Step {
            number,
            key,
            size: bytes.len() as u64,
        };
        if let Err(e) = self.write(&step, &bytes) {
            let _ = fs::remove_file(self.file(&step));
            return Err(e);
        }
        self.steps().push(step);
        self.tidy();
        Ok(number)
    }

    fn write(&self, step: &Step, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(self.file(step))?
            .write_all(bytes)
    }

    /// The last edit of `path` that made a difference to what it holds now.
    pub(crate) fn last(&mut self, path: &Path, now: &[u8]) -> Option<Past> {
        let key = key(path);
        let of_path = |step: &&Step| step.key == key;
        let steps: Vec<Step> = self.steps().iter().rev().filter(of_path).cloned().collect();
        let now_digest = digest(now);
        steps.iter().find_map(|step| {
            let (header, before) = self.load(step, path)?;
            // An edit that was saved but then cut short changed nothing.
            (before.as_deref() != Some(now)).then(|| Past {
                number: step.number,
                before,
                untouched: header.after == now_digest,
            })
        })
    }

    fn load(&self, step: &Step, path: &Path) -> Option<(Header, Option<Vec<u8>>)> {
        let bytes = fs::read(self.file(step)).ok()?;
        let end = bytes.iter().position(|b| *b == b'\n')?;
        let header: Header = serde_json::from_slice(&bytes[..end]).ok()?;
        let rest = &bytes[end + 1..];
        let whole = header.before.unwrap_or(0) == rest.len() as u64;
        let before = header.before.map(|_| rest.to_vec());
        (whole && header.path == path).then_some((header, before))
    }

    /// Forgets a step of `path` and those after it.
    pub(crate) fn forget_from(&mut self, path: &Path, number: u64) {
        let key = key(path);
        self.drop_steps(|step| step.key == key && step.number >= number);
    }

    /// Keeps within bounds.
    fn tidy(&mut self) {
        let steps = self.steps();
        let Some(newest) = steps.last().cloned() else {
            return;
        };
        let same = steps.iter().rev().filter(|step| step.key == newest.key);
        let oldest_of_file = same.take(PER_FILE).last().map_or(0, |step| step.number);
        let mut room = IN_ALL;
        let mut oldest_of_all = newest.number;
        for step in steps.iter().rev() {
            match room.checked_sub(step.size) {
                Some(left) => room = left,
                None => break,
            }
            oldest_of_all = step.number;
        }
        self.drop_steps(|step| {
            step.number < oldest_of_all || (step.key == newest.key && step.number < oldest_of_file)
        });
    }

    fn drop_steps(&mut self, doomed: impl Fn(&Step) -> bool) {
        let steps = std::mem::take(self.steps());
        let (gone, kept): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(doomed);
        for step in gone {
            // What cannot be removed is ignored from now on, and tried again by the next conversation.
            let _ = fs::remove_file(self.file(&step));
        }
        self.steps = Some(kept);
    }

    fn steps(&mut self) -> &mut Vec<Step> {
        self.steps.get_or_insert_with(|| found(&self.directory))
    }

    fn file(&self, step: &Step) -> PathBuf {
        self.directory
            .join(format!("{:08}-{}", step.number, step.key))
    }
}

/// The steps in a directory, oldest first.
fn found(directory: &Path) -> Vec<Step> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut steps: Vec<Step> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let (number, key) = name.split_once('-')?;
            Some(Step {
                number: number.parse().ok()?,
                key: key.to_owned(),
                size: entry.metadata().ok()?.len(),
            })
        })
        .collect();
    steps.sort_by_key(|step| step.number);
    steps
}

fn key(path: &Path) -> String {
    let mut key = digest(path.as_os_str().as_encoded_bytes());
    key.truncate(16);
    key
}

fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
