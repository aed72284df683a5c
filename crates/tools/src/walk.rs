//! Files below a directory, newest first, found by many threads and stopped at once. Knows no pattern.

use std::fs::Metadata;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use ignore::{DirEntry, WalkBuilder, WalkState};

/// How many files are shown.
pub(crate) const SHOWN: usize = 100;

/// How long a search may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Ends a search from outside, or when its time is up.
#[derive(Debug)]
pub(crate) struct Stop {
    asked: AtomicBool,
    deadline: Instant,
}

impl Stop {
    pub(crate) fn after(patience: Duration) -> Arc<Self> {
        Arc::new(Self {
            asked: AtomicBool::new(false),
            deadline: Instant::now() + patience,
        })
    }

    pub(crate) fn is_due(&self) -> bool {
        self.was_asked() || Instant::now() >= self.deadline
    }

    pub(crate) fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Asks the search to end when the guard is dropped.
    pub(crate) fn on_drop(self: &Arc<Self>) -> impl Drop + use<> {
        struct Guard(Arc<Stop>);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.0.asked.store(true, Ordering::Relaxed);
            }
        }
        Guard(Arc::clone(self))
    }
}

/// A reader that gives up when it should.
pub(crate) struct Stoppable<'a, R>(pub R, pub &'a Stop);

impl<R: Read> Read for Stoppable<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.1.is_due() {
            return Err(io::Error::other("the search was stopped"));
        }
        self.0.read(buffer)
    }
}

/// Where to look, and what to pass over.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    /// The directory.
    pub root: PathBuf,
    /// Whether hidden files and directories are looked into.
    pub hidden: bool,
    /// Whether what `.gitignore` and its like name is looked into.
    pub ignored: bool,
}

/// What a search found.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Found {
    /// The newest files, as absolute paths, newest first.
    pub files: Vec<String>,
    /// Whether there are more.
    pub more: bool,
    /// Whether the search ended early.
    pub cut: bool,
}

impl Walk {
    /// The files that `wanted` accepts; it is called from several threads.
    pub(crate) fn files(&self, stop: &Stop, wanted: impl Fn(&Path) -> bool + Sync) -> Found {
        let kept = Mutex::new(Vec::new());
        let walker = self.builder().build_parallel();
        walker.run(|| {
            Box::new(|entry| {
                if stop.is_due() {
                    return WalkState::Quit;
                }
                // What cannot be read is passed over, as every search tool does.
                let file = entry.ok().and_then(|entry| Some((file(&entry)?, entry)));
                if let Some((meta, entry)) = file
                    && wanted(entry.path())
                {
                    let modified = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.push((modified, entry.into_path()));
                }
                WalkState::Continue
            })
        });
        let kept = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        newest(kept, stop.is_due())
    }

    fn builder(&self) -> WalkBuilder {
        let mut builder = WalkBuilder::new(&self.root);
        builder
            .standard_filters(!self.ignored)
            .hidden(!self.hidden)
            .threads(threads());
        builder
    }
}

fn newest(mut files: Vec<(SystemTime, PathBuf)>, cut: bool) -> Found {
    files.sort_by(|(a, a_path), (b, b_path)| b.cmp(a).then_with(|| a_path.cmp(b_path)));
    let more = files.len() > SHOWN;
    files.truncate(SHOWN);
    let shown = files
        .into_iter()
        .map(|(_, path)| path.display().to_string());
    Found {
        files: shown.collect(),
        more,
        cut,
    }
}

/// The metadata of an entry that is a file; links to files count, links to directories are not followed.
fn file(entry: &DirEntry) -> Option<Metadata> {
    let kind = entry.file_type()?;
    let meta = if kind.is_symlink() {
        entry.path().metadata().ok()?
    } else {
        entry.metadata().ok()?
    };
    meta.is_file().then_some(meta)
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get().min(8))
}

impl Found {
    /// The lines of an observation: a heading that `names` what was found, or what was not.
    pub(crate) fn report(&self, found: &str, none: &str) -> String {
        let mut out = if self.files.is_empty() {
            none.to_owned()
        } else {
            format!(
                "Found {} file(s) {found}:\n{}",
                self.files.len(),
                self.files.join("\n")
            )
        };
        if self.more {
            out.push_str(&format!(
                "\n\n[Results truncated to first {SHOWN} files. Consider using a more specific pattern.]"
            ));
        }
        if self.cut {
            out.push_str(&format!(
                "\n\n[The search was stopped after {} seconds, so files may be missing. Search a smaller directory or use a more specific pattern.]",
                PATIENCE.as_secs()
            ));
        }
        out
    }
}

#[cfg(test)]
mod tests;
