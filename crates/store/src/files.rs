//! All conversations under one directory: `conversations/<32 hex digits>/{lock,log/,note,observations/}`, beside them
//! `.births/` and, where machines share the directory, `.owners/`.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use domain::{ConversationId, Journal, Listed, Log, LogError, Past, Reached};

use crate::births::Births;
use crate::disk::{Disk, Held, LockError, RealDisk};
use crate::index::Index;
use crate::lease::{Lease, Leases, Renewal, Terms};
use crate::log::{ReadOnly, Reading, SegmentLog};
use crate::note::{self, Reach};
use crate::pool::Pool;
use crate::recall::recall;
use crate::recovery::{self, Found};
use crate::refused;
use crate::salvage::{Salvaged, salvage};
use crate::segments::Segments;
use crate::tail::Tail;

/// What a directory is called while it is being removed.
const DOOMED: &str = ".removed-";

/// How logs are written.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long a segment may become before the next one begins.
    pub segment_bytes: u64,
    /// How much room is reserved ahead at least; 0 reserves none.
    pub reserve_least: u64,
    /// How much room is reserved ahead at most.
    pub reserve_most: u64,
    /// Who writes.
    pub writing: Writing,
}

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// A few threads that all logs share: at most that many.
    Threads(usize),
    /// Whoever waits for a log, on the spot: the same order every time.
    Inline,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 16 << 20,
            reserve_least: 64 << 10,
            reserve_most: 4 << 20,
            writing: Writing::Threads(8),
        }
    }
}

/// Conversations as files.
pub struct Files {
    disk: Arc<dyn Disk>,
    conversations: PathBuf,
    options: Options,
    pool: Option<Arc<Pool>>,
    births: Arc<Births>,
    leases: Option<(Arc<Leases>, Renewal)>,
}

impl Files {
    /// The conversations under a directory of this machine, which is made if it is not there.
    pub fn open(root: &Path) -> Result<Self, LogError> {
        Self::with_disk(root, Arc::new(RealDisk))
    }

    /// The conversations under a directory of another disk.
    pub fn with_disk(root: &Path, disk: Arc<dyn Disk>) -> Result<Self, LogError> {
        Self::with(root, disk, Options::default())
    }

    /// The conversations under a directory of a disk, written as the options say.
    pub fn with(root: &Path, disk: Arc<dyn Disk>, options: Options) -> Result<Self, LogError> {
        let pool = match options.writing {
            Writing::Threads(most) => Some(Arc::new(Pool::new(most.max(1)))),
            Writing::Inline => None,
        };
        let conversations = root.join("conversations");
        let births = Births::new(Arc::clone(&disk), &conversations, options, pool.clone());
        let files = Self {
            disk,
            conversations,
            options,
            pool,
            births: Arc::new(births),
            leases: None,
        };
        match files.names()? {
            Some(found) => {
                files.sweep(&found);
                files.anchor(2);
                files.births.replay()?;
            }
            None => {
                files.make()?;
                files.anchor(usize::MAX);
            }
        }
        Ok(files)
    }

    /// Shares the directory with other machines, on terms that all of them keep; without a time there are no leases.
    pub fn leased(mut self, terms: Terms) -> Result<Self, LogError> {
        if terms.ttl.is_zero() {
            return Ok(self);
        }
        let leases = Leases::begin(terms, Arc::clone(&self.disk), &self.conversations)?;
        let leases = Arc::new(leases);
        let renewal = match self.options.writing {
            Writing::Threads(_) => Renewal::start(Arc::clone(&leases))
                .map_err(|error| refused("watch over", &self.conversations, error))?,
            Writing::Inline => Renewal::by_hand(Arc::clone(&leases)),
        };
        self.leases = Some((leases, renewal));
        Ok(self)
    }

    /// Gives the other machines a sign of life now; threads of its own do so by themselves.
    pub fn renew(&self) -> Result<(), LogError> {
        self.leases
            .as_ref()
            .map_or(Ok(()), |(leases, _)| leases.renew())
    }

    /// Takes a conversation whose lock this process has, where machines share the directory.
    fn lease(&self, segments: &Arc<Segments>) -> Result<Option<Lease>, LogError> {
        let leases = self.leases.as_ref();
        leases.map(|(leases, _)| leases.take(segments)).transpose()
    }

    /// Reads what can be read of a conversation, whoever has it and however damaged it is.
    pub fn salvage(&self, id: ConversationId) -> Result<Salvaged, LogError> {
        salvage(self.segments(id))?.ok_or(LogError::NotFound(id))
    }

    /// The directory of a conversation.
    pub fn home(&self, id: ConversationId) -> PathBuf {
        self.conversations.join(id.hex())
    }

    fn make(&self) -> Result<(), LogError> {
        let dir = &self.conversations;
        self.disk
            .make_dir(dir)
            .map_err(|error| refused("create", dir, error))
    }

    /// Makes the names of the directories above all conversations durable, as far as we may.
    fn anchor(&self, levels: usize) {
        for dir in self.conversations.ancestors().skip(1).take(levels) {
            if self.disk.sync_dir(dir).is_err() {
                break;
            }
        }
    }

    /// Ends removals that a crash cut short.
    fn sweep(&self, names: &[String]) {
        for name in names.iter().filter(|name| name.starts_with(DOOMED)) {
            if self
                .disk
                .remove_tree(&self.conversations.join(name))
                .is_err()
            {
                // Another process is at it, or the disk is read-only; it is not listed either way.
            }
        }
    }

    fn names(&self) -> Result<Option<Vec<String>>, LogError> {
        let dir = &self.conversations;
        match self.disk.list(dir) {
            Ok(names) => Ok(Some(names)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(refused("list", dir, error)),
        }
    }

    /// The names of conversations; some may be of such as never came to be.
    fn ids(&self) -> Result<Vec<ConversationId>, LogError> {
        let names = self.names()?.unwrap_or_default();
        let id = |name: String| ConversationId::parse(&name).filter(|id| id.hex() == name);
        Ok(names.into_iter().filter_map(id).collect())
    }

    fn segments(&self, id: ConversationId) -> Arc<Segments> {
        Arc::new(Segments::new(Arc::clone(&self.disk), id, self.home(id)))
    }

    fn lock(&self, segments: &Segments) -> Result<Box<dyn Held>, LogError> {
        let path = segments.lock_file();
        self.disk.lock(&path).map_err(|error| match error {
            LockError::Held(holder) => LogError::Busy {
                id: segments.id,
                holder,
            },
            LockError::Io(error) => refused("lock", &path, error),
        })
    }

    /// When the first segment was made; nothing if there is none.
    fn made(&self, id: ConversationId) -> Result<Option<SystemTime>, LogError> {
        self.births.bring_back(id)?;
        let path = Segments::new(Arc::clone(&self.disk), id, self.home(id)).path(0);
        match self.disk.made(&path) {
            Ok(made) => Ok(Some(made)),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(refused("look at", &path, error)),
        }
    }

    fn grow(
        &self,
        segments: Arc<Segments>,
        index: Index,
        records: u64,
        tail: Tail,
    ) -> Arc<dyn Log> {
        let pool = self.pool.clone();
        Arc::new(SegmentLog::new(segments, index, records, tail, pool))
    }
}

/// Nanoseconds tell two notes apart.
fn edition(made: SystemTime) -> u64 {
    let since = made.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(1, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX).max(1)
    })
}

/// Whether an error says that there is no such conversation.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

impl Journal for Files {
    fn create(&self, id: ConversationId) -> Result<Arc<dyn Log>, LogError> {
        if self.made(id)?.is_some() {
            return Err(LogError::Exists(id));
        }
        let segments = self.segments(id);
        self.disk
            .make_dir(&segments.home)
            .map_err(|error| refused("create", &segments.home, error))?;
        let lock = self.lock(&segments)?;
        if self.made(id)?.is_some() {
            return Err(LogError::Exists(id));
        }
        let lease = self.lease(&segments)?;
        let tail = Tail::new(
            Arc::clone(&segments),
            self.options,
            (lock, lease),
            None,
            (0, 0),
            Arc::clone(&self.births),
        );
        Ok(self.grow(segments, Index::default(), 0, tail))
    }

    fn open(&self, id: ConversationId) -> Result<Arc<dyn Log>, LogError> {
        if self.made(id)?.is_none() {
            return Err(LogError::NotFound(id));
        }
        let segments = self.segments(id);
        let lock = self.lock(&segments)?;
        let lease = self.lease(&segments)?;
        let found = recovery::find(&segments)?.ok_or(LogError::NotFound(id))?;
        let (index, records, current) = found.repair(&segments, self.births.is_unsettled(id))?;
        let counted = (index.events(), records);
        let tail = Tail::new(
            Arc::clone(&segments),
            self.options,
            (lock, lease),
            Some(current),
            counted,
            Arc::clone(&self.births),
        );
        Ok(self.grow(segments, index, records, tail))
    }

    fn peek(&self, id: ConversationId) -> Result<Arc<dyn Log>, LogError> {
        let segments = self.segments(id);
        // What looks damaged, or went away, may have changed while it was read: by now it stands still.
        let look = || recovery::find(&segments);
        let found = look().or_else(|_| look()).or_else(|_| look())?;
        let Found { index, records, .. } = found.ok_or(LogError::NotFound(id))?;
        let reading = Reading::new(segments, index);
        Ok(Arc::new(ReadOnly { reading, records }))
    }

    fn recall(
        &self,
        id: ConversationId,
        each: &mut dyn FnMut(Past) -> Result<(), LogError>,
    ) -> Result<Reached, LogError> {
        let reach = recall(&self.segments(id), each)?;
        reach.map(Reached::from).ok_or(LogError::NotFound(id))
    }

    fn note(&self, id: ConversationId, upto: &Reached, note: Bytes) -> Result<(), LogError> {
        let segments = self.segments(id);
        let Some(reach) = Reach::parse(&upto.0) else {
            return Ok(());
        };
        // A note must not outlive what it sums up: a killed process may have left that in memory only.
        segments
            .reader(reach.segment)?
            .sync()
            .map_err(|error| refused("sync", &segments.path(reach.segment), error))?;
        note::write(&segments, reach, &note)
    }

    fn survey(&self) -> Result<Vec<Listed>, LogError> {
        let mut listed = Vec::new();
        for id in self.ids()? {
            let edition = match self.disk.made(&note::file(&self.home(id))) {
                Ok(made) => edition(made),
                Err(_) if self.made(id).is_ok_and(|made| made.is_none()) => continue,
                Err(_) => 0,
            };
            listed.push(Listed { id, edition });
        }
        Ok(listed)
    }

    fn is_open(&self, id: ConversationId) -> Result<bool, LogError> {
        let segments = self.segments(id);
        match self.lock(&segments) {
            Ok(_lock) => match &self.leases {
                Some((leases, _)) => leases.is_elsewhere(&segments),
                None => Ok(false),
            },
            Err(LogError::Busy { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Newest first means: whose first record was written here last.
    fn list(&self) -> Result<Vec<ConversationId>, LogError> {
        let mut found = Vec::new();
        for id in self.ids()? {
            // One that cannot be looked at hides no other; whoever opens it hears why.
            if let Some(made) = self.made(id).unwrap_or(Some(SystemTime::UNIX_EPOCH)) {
                found.push((made, id));
            }
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    fn place(&self, id: ConversationId) -> Option<PathBuf> {
        Some(self.home(id))
    }

    fn delete(&self, id: ConversationId) -> Result<(), LogError> {
        if self.made(id)?.is_none() {
            return Err(LogError::NotFound(id));
        }
        let segments = self.segments(id);
        let lock = self.lock(&segments)?;
        let lease = self.lease(&segments)?;
        self.births.bury(id)?;
        let doomed = self.conversations.join(format!("{DOOMED}{}", id.hex()));
        self.disk
            .rename(&segments.home, &doomed)
            .map_err(|error| refused("remove", &segments.home, error))?;
        self.disk
            .sync_dir(&self.conversations)
            .map_err(|error| refused("sync", &self.conversations, error))?;
        drop(lease);
        drop(lock);
        self.disk
            .remove_tree(&doomed)
            .map_err(|error| refused("remove", &doomed, error))
    }
}
