//! Makes new conversations durable many at a time: their first records are written into one book, with one sync for all
//! of them, and their own files may reach the disk later. Knows no event.
//!
//! A conversation's files are settled, which means synced with all their names, before anything else in it counts as
//! durable. Until then its birth in the book stands for it: whoever opens the place after a power cut finds the birth
//! and writes the file again. A removal is written into the book as well, so that nobody comes back from the dead.

mod book;
mod replay;

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::{ConversationId, LogError};

use crate::disk::{Disk, DiskFile};
use crate::files::Options;
use crate::pool::{Pool, Work};
use crate::segments::Segments;
use crate::{held, refused};
use book::{Book, Entry};

/// How long a book may become before the next one is begun.
const FULL: u64 = 4 << 20;
/// The largest first group that goes into a book.
pub(crate) const LARGEST: usize = 256 << 10;

/// The books of one place.
pub(crate) struct Births {
    disk: Arc<dyn Disk>,
    conversations: PathBuf,
    dir: PathBuf,
    options: Options,
    pool: Option<Arc<Pool>>,
    queue: Mutex<Queue>,
    desk: Mutex<Desk>,
    known: Mutex<HashMap<ConversationId, Known>>,
    /// Births whose files could not be written again yet.
    lost: Mutex<HashMap<ConversationId, Bytes>>,
}

/// What waits to be entered.
#[derive(Default)]
struct Queue {
    next: u64,
    waiting: Vec<(u64, Entry)>,
}

/// The open book, and those that are to be put away.
#[derive(Default)]
struct Desk {
    book: Option<Book>,
    full: Vec<Book>,
    /// The numbers of both, and of those that are being put away.
    ours: BTreeSet<u64>,
    /// Everything before this ticket is entered, or failed.
    done: u64,
    failed: HashMap<u64, LogError>,
    /// Whether a book was filled that nobody puts away yet.
    fresh_full: bool,
}

/// A birth in a book.
struct Known {
    book: u64,
    /// How long the first group is.
    len: usize,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It has no file yet.
    Entered,
    /// Its file is there, but may not survive a power cut.
    Written,
    /// It needs the book no more.
    Settled,
}

impl Births {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        conversations: &Path,
        options: Options,
        pool: Option<Arc<Pool>>,
    ) -> Self {
        Self {
            disk,
            conversations: conversations.to_owned(),
            dir: conversations.join(".births"),
            options,
            pool,
            queue: Mutex::default(),
            desk: Mutex::default(),
            known: Mutex::default(),
            lost: Mutex::default(),
        }
    }

    /// Makes the first group of a log durable. Its file must be written next.
    pub(crate) fn enter(
        self: &Arc<Self>,
        id: ConversationId,
        group: Bytes,
    ) -> Result<(), LogError> {
        self.commit(Entry::Birth(id, group))
    }

    /// The file of a birth is written.
    pub(crate) fn written(&self, id: ConversationId) {
        self.reached(id, Stage::Written);
    }

    /// The file of a birth and all its names are durable.
    pub(crate) fn settled(&self, id: ConversationId) {
        self.reached(id, Stage::Settled);
    }

    fn reached(&self, id: ConversationId, stage: Stage) {
        if let Some(known) = held(&self.known).get_mut(&id) {
            known.stage = stage;
        }
    }

    /// Whether the file of a conversation may be less durable than the book.
    pub(crate) fn is_unsettled(&self, id: ConversationId) -> bool {
        held(&self.known)
            .get(&id)
            .is_some_and(|known| known.stage != Stage::Settled)
    }

    /// Sees to it that no book brings a conversation back that is about to be removed, or never came to be.
    pub(crate) fn bury(self: &Arc<Self>, id: ConversationId) -> Result<(), LogError> {
        let known = held(&self.known).contains_key(&id);
        if !known && !self.has_others() {
            return Ok(());
        }
        // Whatever becomes of the removal: no file is waited for, and if there is one, it must not be torn.
        if self.is_unsettled(id) {
            self.written(id);
        }
        match self.commit(Entry::Death(id)) {
            Ok(()) => {
                held(&self.known).remove(&id);
                Ok(())
            }
            // Where nothing can be written, a book can still be put away.
            Err(error) => match self.put_all_away() {
                Ok(true) if !self.has_others() => Ok(()),
                Ok(_) | Err(_) => Err(error),
            },
        }
    }

    /// Enters what waits, everybody's at once.
    fn commit(self: &Arc<Self>, entry: Entry) -> Result<(), LogError> {
        let ticket = {
            let mut queue = held(&self.queue);
            let ticket = queue.next;
            queue.next += 1;
            queue.waiting.push((ticket, entry));
            ticket
        };
        let mut desk = held(&self.desk);
        if desk.done <= ticket {
            let group = std::mem::take(&mut held(&self.queue).waiting);
            self.enter_group(&mut desk, group);
        }
        let outcome = desk.failed.remove(&ticket).map_or(Ok(()), Err);
        let full = std::mem::take(&mut desk.fresh_full);
        drop(desk);
        if full {
            self.put_away_later();
        }
        outcome
    }

    fn enter_group(self: &Arc<Self>, desk: &mut Desk, group: Vec<(u64, Entry)>) {
        let Some((last, _)) = group.last() else {
            return;
        };
        desk.done = last + 1;
        if let Err(error) = self.write_group(desk, &group) {
            for (ticket, entry) in &group {
                desk.failed.insert(*ticket, error.clone());
                self.forget(entry);
            }
            // What of the group may be on the disk must not be read as a birth.
            if let Some(torn) = desk.book.take() {
                desk.full.push(torn);
                self.clear(desk);
            }
        }
    }

    fn write_group(
        self: &Arc<Self>,
        desk: &mut Desk,
        group: &[(u64, Entry)],
    ) -> Result<(), LogError> {
        let births = group
            .iter()
            .any(|(_, entry)| matches!(entry, Entry::Birth(..)));
        let others = self.absorb(desk)?;
        if births && !others.is_empty() {
            return Err(LogError::Closed(": another process uses it".to_owned()));
        }
        let mut book = match desk.book.take() {
            Some(book) => book,
            None => self.begin(desk)?,
        };
        for (_, entry) in group {
            self.note(&book, entry);
        }
        let written = book.write(group.iter().map(|(_, entry)| entry), &self.options);
        let full = book.end() > FULL;
        desk.book = Some(book);
        written?;
        if full {
            let book = desk.book.take();
            desk.full.extend(book);
            desk.fresh_full = true;
        }
        Ok(())
    }

    fn begin(&self, desk: &mut Desk) -> Result<Book, LogError> {
        let book = Book::begin(&self.disk, &self.dir)?;
        desk.ours.insert(book.number);
        self.disk
            .sync_dir(&self.conversations)
            .map_err(|error| refused("sync", &self.conversations, error))?;
        Ok(book)
    }

    fn note(&self, book: &Book, entry: &Entry) {
        if let Entry::Birth(id, group) = entry {
            let known = Known {
                book: book.number,
                len: group.len(),
                stage: Stage::Entered,
            };
            held(&self.known).insert(*id, known);
        }
    }

    fn forget(&self, entry: &Entry) {
        if let Entry::Birth(id, _) = entry {
            held(&self.known).remove(id);
        }
    }

    /// Books that are none of ours.
    fn others(&self, desk: &Desk) -> Result<Vec<u64>, LogError> {
        let mut numbers = book::numbers(&*self.disk, &self.dir)?;
        numbers.retain(|number| !desk.ours.contains(number));
        Ok(numbers)
    }

    /// Takes over the books of those who ended meanwhile; the others are left. A removal in one of them is later than
    /// any birth in the open book, so that one is closed.
    fn absorb(&self, desk: &mut Desk) -> Result<Vec<u64>, LogError> {
        let mut left = Vec::new();
        for number in self.others(desk)? {
            let Some(book) = self.take_book(number) else {
                left.push(number);
                continue;
            };
            let open = desk.book.take();
            desk.full.extend(open);
            desk.ours.insert(number);
            desk.full.push(book);
            desk.fresh_full = true;
        }
        Ok(left)
    }

    fn has_others(&self) -> bool {
        let desk = held(&self.desk);
        self.others(&desk).is_ok_and(|others| !others.is_empty())
    }

    /// Puts full books away, on a thread of the pool if there is one.
    fn put_away_later(self: &Arc<Self>) {
        match &self.pool {
            Some(pool) => pool.submit(Arc::new(PutAway(Arc::clone(self)))),
            None => self.clear(&mut held(&self.desk)),
        }
    }

    /// Removes every book there is; says whether nothing needs one of them any more.
    fn put_all_away(&self) -> Result<bool, LogError> {
        let mut desk = held(&self.desk);
        let open = desk.book.take();
        desk.full.extend(open);
        let mut books = std::mem::take(&mut desk.full);
        books.sort_unstable_by_key(|book| book.number);
        let mut outcome = Ok(true);
        for book in books {
            let away = self.put_away(&book);
            if matches!(away, Ok(true)) {
                desk.ours.remove(&book.number);
            } else {
                desk.full.push(book);
                outcome = outcome.and(away);
            }
        }
        outcome
    }

    /// Removes full books, as far as nothing needs them any more; the others wait for the next time.
    fn clear(&self, desk: &mut Desk) {
        desk.full.sort_unstable_by_key(|book| book.number);
        for book in std::mem::take(&mut desk.full) {
            if matches!(self.put_away(&book), Ok(true)) {
                desk.ours.remove(&book.number);
            } else {
                desk.full.push(book);
            }
        }
    }

    /// Settles all births in a book, and removes it; says whether it could.
    fn put_away(&self, book: &Book) -> Result<bool, LogError> {
        let mut unsettled = Vec::new();
        let known = |known: &&Known| known.book == book.number && known.stage != Stage::Settled;
        for (id, known) in held(&self.known).iter().filter(|(_, k)| known(k)) {
            if known.stage == Stage::Entered {
                return Ok(false);
            }
            unsettled.push((*id, known.len));
        }
        // Whoever it says is dead was born in it, or in a book before it.
        let numbers = book::numbers(&*self.disk, &self.dir)?;
        if numbers.iter().any(|number| *number < book.number) {
            return Ok(false);
        }
        if !held(&self.lost).is_empty() {
            return Ok(false);
        }
        self.settle(&unsettled)?;
        book.remove(&*self.disk, &self.dir)?;
        held(&self.known).retain(|_, known| known.book != book.number);
        Ok(true)
    }

    /// Makes the files of births durable: those of many at once, if the system can.
    fn settle(&self, births: &[(ConversationId, usize)]) -> Result<(), LogError> {
        let mut written = Vec::new();
        for (id, len) in births {
            let segments = self.segments(*id);
            // One that is not there was removed, or never came to be.
            if let Ok(file) = self.disk.open(&segments.path(0)) {
                again(&*file, *len).map_err(|error| refused("write", &segments.path(0), error))?;
                written.push((segments, file));
            }
        }
        if written.len() >= MANY && self.disk.sync_all(&self.conversations).unwrap_or(false) {
            return Ok(());
        }
        for (segments, file) in written {
            file.sync()
                .map_err(|error| refused("sync", &segments.path(0), error))?;
            segments.sync_names(0)?;
        }
        Ok(())
    }

    fn segments(&self, id: ConversationId) -> Segments {
        Segments::new(
            Arc::clone(&self.disk),
            id,
            self.conversations.join(id.hex()),
        )
    }
}

/// Leaves no book behind that nobody needs.
impl Drop for Births {
    fn drop(&mut self) {
        let mut desk = std::mem::take(&mut *held(&self.desk));
        let open = desk.book.take();
        desk.full.extend(open);
        desk.full.sort_unstable_by_key(|book| book.number);
        let known = std::mem::take(&mut *held(&self.known));
        for book in &desk.full {
            let unsettled =
                |known: &Known| known.book == book.number && known.stage != Stage::Settled;
            if !known.values().any(unsettled) && self.put_away(book).is_err() {
                // Whoever comes next puts it away.
            }
        }
    }
}

/// Fewer files are synced one by one: all that the system holds back may be much more.
const MANY: usize = 8;

/// Writes the first group once more: after a sync that failed, the system may hold what the disk does not.
fn again(file: &dyn DiskFile, len: usize) -> io::Result<()> {
    let mut group = vec![0; len];
    let got = file.read_at(&mut group, 0)?;
    file.write_at(group.get(..got).unwrap_or_default(), 0)
}

/// The work of putting books away.
struct PutAway(Arc<Births>);

impl Work for PutAway {
    fn turn(&self) -> bool {
        let mut books = std::mem::take(&mut held(&self.0.desk).full);
        books.sort_unstable_by_key(|book| book.number);
        for book in books {
            let away = matches!(self.0.put_away(&book), Ok(true));
            let mut desk = held(&self.0.desk);
            if away {
                desk.ours.remove(&book.number);
            } else {
                desk.full.push(book);
            }
        }
        false
    }
}
