//! Takes over the books that were left behind, and writes again what a power cut took. Removes no record of any log.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use domain::{ConversationId, LogError};

use super::book::{self, Book, Entry};
use super::{Births, Known, Stage};
use crate::scan::Walk;
use crate::segments::Segments;
use crate::{held, refused};

impl Births {
    /// Reads what others left behind when they ended. What cannot be written now is tried again when it is asked for.
    pub(crate) fn replay(self: &Arc<Self>) -> Result<(), LogError> {
        let mut alive: HashMap<ConversationId, (Option<u64>, Bytes)> = HashMap::new();
        let mut dead = HashSet::new();
        let mut adopted = Vec::new();
        for number in book::numbers(&*self.disk, &self.dir)? {
            let ours = Book::adopt(&*self.disk, &self.dir, number);
            let Ok(entries) = book::read(&*self.disk, &self.dir, number) else {
                // Its writer put it away this moment; or it cannot be read now, and stays for the next who can.
                continue;
            };
            for entry in entries {
                match entry {
                    Entry::Birth(id, group) => {
                        dead.remove(&id);
                        alive.insert(id, (ours.as_ref().map(|book| book.number), group));
                    }
                    Entry::Death(id) => {
                        alive.remove(&id);
                        dead.insert(id);
                    }
                }
            }
            adopted.extend(ours);
        }
        for (id, (book, group)) in alive {
            // A birth in the book of one who lives is its business.
            if let Some(book) = book {
                self.take_over(id, book, group);
            }
        }
        dead.into_iter().for_each(|id| self.sweep(id));
        if !adopted.is_empty() {
            let mut desk = held(&self.desk);
            desk.ours.extend(adopted.iter().map(|book| book.number));
            desk.full.append(&mut adopted);
            drop(desk);
            self.put_away_later();
        }
        Ok(())
    }

    /// Takes over one book whose writer ended; nothing while it lives.
    pub(super) fn take_book(&self, number: u64) -> Option<Book> {
        let book = Book::adopt(&*self.disk, &self.dir, number)?;
        for entry in book::read(&*self.disk, &self.dir, number).ok()? {
            match entry {
                Entry::Birth(id, group) => self.take_over(id, number, group),
                Entry::Death(id) => {
                    held(&self.known).remove(&id);
                    held(&self.lost).remove(&id);
                }
            }
        }
        Some(book)
    }

    /// Removes what is left of a conversation that was to be removed, unless something whole rests in it.
    fn sweep(&self, id: ConversationId) {
        let segments = self.segments(id);
        let torn = self.disk.open_read(&segments.path(0)).is_ok() && !holds_something(&segments);
        if torn && self.disk.remove_tree(&segments.home).is_err() {
            // It stays, damaged; whoever opens it hears that.
        }
    }

    fn take_over(&self, id: ConversationId, book: u64, group: Bytes) {
        let known = Known {
            book,
            len: group.len(),
            stage: Stage::Written,
        };
        held(&self.known).insert(id, known);
        if self.restore(id, &group).is_err() {
            held(&self.lost).insert(id, group);
        }
    }

    /// Writes the file of a conversation again, if that could not be done before.
    pub(crate) fn bring_back(&self, id: ConversationId) -> Result<(), LogError> {
        let Some(group) = held(&self.lost).get(&id).cloned() else {
            return Ok(());
        };
        self.restore(id, &group)?;
        held(&self.lost).remove(&id);
        Ok(())
    }

    /// Writes the first group where it is missing or torn. A log in which anything whole rests is left as it is.
    fn restore(&self, id: ConversationId, group: &[u8]) -> Result<(), LogError> {
        let segments = self.segments(id);
        let path = segments.path(0);
        if holds_something(&segments) {
            return Ok(());
        }
        let dir = segments.dir();
        self.disk
            .make_dir(&dir)
            .map_err(|error| refused("create", &dir, error))?;
        let file = self.disk.open(&path).or_else(|_| self.disk.create(&path));
        file.and_then(|file| file.write_at(group, 0).and_then(|()| file.sync()))
            .map_err(|error| refused("restore", &path, error))?;
        segments.sync_names(0)?;
        self.settled(id);
        Ok(())
    }
}

/// Whether the first segment is there with at least one whole batch.
fn holds_something(segments: &Segments) -> bool {
    let Ok(file) = segments.reader(0) else {
        return false;
    };
    let Ok(len) = file.len() else {
        return false;
    };
    let mut walk = Walk::new(&*file, segments.seed(0), len);
    let headed = crate::recall::header(segments, 0, &*file).is_ok();
    headed && matches!(walk.next(), Ok(Some(_))) && whole(walk)
}

fn whole(mut walk: Walk<'_>) -> bool {
    while walk.settled().records == 0 {
        if !matches!(walk.next(), Ok(Some(_))) {
            return false;
        }
    }
    true
}
