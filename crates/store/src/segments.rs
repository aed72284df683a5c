//! The files of one log: their names, and what is read from them. Knows no order of events, and writes nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once};

use domain::{ConversationId, LogError};

use crate::disk::{Disk, DiskFile};
use crate::frame::{NoHeader, Seed};
use crate::note;
use crate::{held, refused};

/// The directory of one conversation.
pub(crate) struct Segments {
    pub disk: Arc<dyn Disk>,
    pub id: ConversationId,
    pub home: PathBuf,
    outputs: PathBuf,
    outputs_made: Once,
    open: Mutex<Option<(u32, Arc<dyn DiskFile>)>>,
}

impl Segments {
    pub(crate) fn new(disk: Arc<dyn Disk>, id: ConversationId, home: PathBuf) -> Self {
        let outputs = home.join("observations");
        Self {
            disk,
            id,
            home,
            outputs,
            outputs_made: Once::new(),
            open: Mutex::new(None),
        }
    }

    /// Where outputs too large for an event are, if there are any.
    pub(crate) fn outputs(&self) -> &Path {
        &self.outputs
    }

    /// Where they are put: made when somebody asks.
    pub(crate) fn make_outputs(&self) -> &Path {
        self.outputs_made.call_once(|| {
            if self.disk.make_dir(&self.outputs).is_err() {
                // Whoever writes there will say what is wrong.
            }
        });
        &self.outputs
    }

    /// Where the segments are.
    pub(crate) fn dir(&self) -> PathBuf {
        self.home.join("log")
    }

    /// The file whose lock means having the conversation.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.home.join("lock")
    }

    /// The file of a segment.
    pub(crate) fn path(&self, segment: u32) -> PathBuf {
        self.dir().join(format!("{segment:08}.seg"))
    }

    /// What a segment is called until it is durable.
    pub(crate) fn unborn(&self, segment: u32) -> PathBuf {
        self.dir().join(format!("{segment:08}.new"))
    }

    /// The note beside the log.
    pub(crate) fn note_file(&self) -> PathBuf {
        note::file(&self.home)
    }

    /// What the note is called until it is written.
    pub(crate) fn unborn_note(&self) -> PathBuf {
        self.home.join("note.new")
    }

    pub(crate) fn seed(&self, segment: u32) -> Seed {
        Seed::new(self.id, segment)
    }

    /// The numbers of the segments there are, in order; none if there is no log.
    pub(crate) fn list(&self) -> Result<Vec<u32>, LogError> {
        let dir = self.dir();
        let names = match self.disk.list(&dir) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(refused("list", &dir, error)),
        };
        let mut numbers: Vec<u32> = names.iter().filter_map(|name| number(name)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Opens a segment to read, or hands out the one that is open.
    pub(crate) fn reader(&self, segment: u32) -> Result<Arc<dyn DiskFile>, LogError> {
        let mut open = held(&self.open);
        if let Some((number, file)) = &*open
            && *number == segment
        {
            return Ok(Arc::clone(file));
        }
        let path = self.path(segment);
        let file = self
            .disk
            .open_read(&path)
            .map_err(|error| refused("open", &path, error))?;
        *open = Some((segment, Arc::clone(&file)));
        Ok(file)
    }

    /// Lets go of what is open.
    pub(crate) fn release(&self) {
        *held(&self.open) = None;
    }

    /// Makes the name of a segment durable.
    pub(crate) fn sync_names(&self, segment: u32) -> Result<(), LogError> {
        let mut dirs = vec![self.dir()];
        if segment == 0 {
            dirs.push(self.home.clone());
            dirs.extend(self.home.parent().map(Path::to_path_buf));
        }
        for dir in dirs {
            self.disk
                .sync_dir(&dir)
                .map_err(|error| refused("sync", &dir, error))?;
        }
        Ok(())
    }

    /// Says that a segment is damaged.
    pub(crate) fn corrupt(&self, segment: u32, offset: u64, detail: &str) -> LogError {
        LogError::Corrupt {
            path: self.path(segment).display().to_string(),
            offset,
            detail: detail.to_owned(),
        }
    }

    /// Says that the header of a segment is none.
    pub(crate) fn headless(&self, segment: u32, why: &NoHeader) -> LogError {
        let detail = match why {
            NoHeader::Damaged => "its header is damaged".to_owned(),
            NoHeader::Newer(version) => {
                format!("it has format {version}, and this build reads format 1; use a newer one")
            }
        };
        self.corrupt(segment, 0, &detail)
    }

    /// Says that a segment could not be opened.
    pub(crate) fn unopened(&self, segment: u32, error: io::Error) -> LogError {
        refused("open", &self.path(segment), error)
    }

    /// Says that a segment could not be read.
    pub(crate) fn unreadable(&self, segment: u32, error: io::Error) -> LogError {
        refused("read", &self.path(segment), error)
    }
}

fn number(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(".seg")?;
    if digits.len() == 8 {
        digits.parse().ok()
    } else {
        None
    }
}
