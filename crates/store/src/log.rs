//! The log of one conversation: what is appended, when it is durable, and who waits for it.

mod read_only;
mod reading;

use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::{Draft, Entry, EventId, Fut, Log, LogError, Mark, Record};
use tokio::sync::watch;

use crate::frame::LARGEST;
use crate::held;
use crate::index::Index;
use crate::note;
use crate::pool::{Pool, Work};
use crate::segments::Segments;
use crate::tail::{Queued, Tail};

pub(crate) use read_only::ReadOnly;
pub(crate) use reading::{Reading, record};

/// A log that grows.
pub(crate) struct SegmentLog(Arc<Shared>);

struct Shared {
    reading: Reading,
    ahead: Mutex<Ahead>,
    tail: Mutex<Tail>,
    progress: watch::Sender<Progress>,
    /// What is to be noted, once everything up to its mark is durable.
    note: Mutex<Option<(u64, Bytes)>>,
    /// Who writes; nobody means whoever waits.
    pool: Option<Arc<Pool>>,
}

/// What is appended, but not yet written.
#[derive(Default)]
struct Ahead {
    queue: Vec<Queued>,
    events: u64,
    records: u64,
    /// Whether a writer knows that there is work.
    awake: bool,
    closing: bool,
}

/// How far the log is durable, and whether it goes on.
#[derive(Clone)]
struct Progress {
    records: u64,
    events: u64,
    over: Option<LogError>,
}

impl SegmentLog {
    pub(crate) fn new(
        segments: Arc<Segments>,
        index: Index,
        records: u64,
        tail: Tail,
        pool: Option<Arc<Pool>>,
    ) -> Self {
        let events = index.events();
        let over = None;
        Self(Arc::new(Shared {
            reading: Reading::new(segments, index),
            ahead: Mutex::new(Ahead {
                events,
                records,
                ..Ahead::default()
            }),
            tail: Mutex::new(tail),
            progress: watch::Sender::new(Progress {
                records,
                events,
                over,
            }),
            note: Mutex::default(),
            pool,
        }))
    }

    /// What every call but the waiting ones asks first.
    fn usable(&self) -> Result<(), LogError> {
        match &self.0.progress.borrow().over {
            Some(closed @ LogError::Closed(_)) => Err(closed.clone()),
            Some(_) | None => Ok(()),
        }
    }
}

impl Log for SegmentLog {
    fn append(&self, batch: Vec<Draft>) -> Result<(Mark, u64), LogError> {
        let shared = &self.0;
        batch.iter().try_for_each(|draft| shared.fits(draft))?;
        let mut ahead = held(&shared.ahead);
        shared.refuse_more(&ahead)?;
        let first = ahead.events;
        shared.reading.name(first, &batch)?;
        ahead.push(batch);
        let mark = Mark(ahead.records);
        let asleep = !ahead.queue.is_empty() && ahead.wake();
        drop(ahead);
        if asleep {
            shared.submit();
        }
        Ok((mark, first))
    }

    fn durable(&self, mark: Mark) -> Fut<'_, Result<(), LogError>> {
        Box::pin(async move {
            let progress = self.0.until(|now| now.records >= mark.0).await;
            if progress.records >= mark.0 {
                return Ok(());
            }
            Err(progress.over.unwrap_or(LogError::Closed(String::new())))
        })
    }

    fn flush(&self) -> Fut<'_, Result<(), LogError>> {
        let appended = Mark(held(&self.0.ahead).records);
        self.durable(appended)
    }

    fn len(&self) -> u64 {
        self.0.progress.borrow().events
    }

    fn grown(&self, past: u64) -> Fut<'_, Result<u64, LogError>> {
        Box::pin(async move {
            let progress = self.0.until(|now| now.events > past).await;
            match progress.over {
                Some(over @ LogError::Closed(_)) => Err(over),
                Some(over) if progress.events <= past => Err(over),
                Some(_) | None => Ok(progress.events),
            }
        })
    }

    fn read(&self, from: u64, limit: usize) -> Result<Vec<Entry>, LogError> {
        self.usable()?;
        self.0.reading.read(from, limit)
    }

    fn find(&self, id: &EventId) -> Result<Option<u64>, LogError> {
        self.usable()?;
        self.0.reading.find(id)
    }

    fn replay(&self, each: &mut dyn FnMut(Record) -> Result<(), LogError>) -> Result<(), LogError> {
        self.usable()?;
        self.0.reading.replay(each)
    }

    fn note(&self, upto: Mark, note: Bytes) {
        let shared = &self.0;
        if shared.progress.borrow().over.is_some() {
            return;
        }
        *held(&shared.note) = Some((upto.0, note));
        if held(&shared.ahead).wake() {
            shared.submit();
        }
    }

    fn outputs(&self) -> &Path {
        self.0.reading.segments.make_outputs()
    }

    fn close(&self) -> Fut<'_, Result<(), LogError>> {
        Box::pin(async move {
            self.0.start_closing();
            let progress = self.0.until(|_| false).await;
            match progress.over {
                Some(LogError::Closed(_)) | None => Ok(()),
                Some(failure) => {
                    held(&self.0.tail).release();
                    Err(failure)
                }
            }
        })
    }
}

/// Writes what is queued, on the spot, so that whoever opens the log next finds it whole and free.
impl Drop for SegmentLog {
    fn drop(&mut self) {
        held(&self.0.ahead).closing = true;
        while self.0.write() {}
        self.0.end(Tail::release);
    }
}

impl Ahead {
    /// Notes that a writer knows of the work; says whether none knew.
    fn wake(&mut self) -> bool {
        !std::mem::replace(&mut self.awake, true)
    }

    fn push(&mut self, batch: Vec<Draft>) {
        let whole = batch.len();
        self.records += whole as u64;
        for (n, draft) in (1..).zip(batch) {
            self.events += u64::from(draft.event.is_some());
            let last = n == whole;
            self.queue.push(Queued { draft, last });
        }
    }
}

impl Work for Shared {
    fn turn(&self) -> bool {
        if self.write() {
            return true;
        }
        self.write_note();
        let mut ahead = held(&self.ahead);
        if !ahead.queue.is_empty() && self.progress.borrow().over.is_none() {
            return true;
        }
        ahead.awake = false;
        let close = ahead.closing;
        drop(ahead);
        if close {
            self.end(Tail::close);
        }
        false
    }
}

impl Shared {
    fn fits(&self, draft: &Draft) -> Result<(), LogError> {
        let event = draft.event.as_ref().map_or(0, |(_, json)| json.len());
        let fact = draft.fact.as_ref().map_or(0, bytes::Bytes::len);
        let name = draft
            .event
            .as_ref()
            .map_or(0, |(id, _)| id.to_string().len());
        if event.max(fact) <= LARGEST && name <= usize::from(u16::MAX) {
            return Ok(());
        }
        let limit = "an event of more than 1 GiB does not fit into a log";
        Err(crate::refused(
            "append to",
            &self.reading.segments.dir(),
            std::io::Error::new(std::io::ErrorKind::FileTooLarge, limit),
        ))
    }

    fn refuse_more(&self, ahead: &Ahead) -> Result<(), LogError> {
        match &self.progress.borrow().over {
            Some(closed @ LogError::Closed(_)) => Err(closed.clone()),
            Some(failure) => Err(LogError::Closed(format!(
                " because an earlier write failed: {failure}"
            ))),
            None if ahead.closing => Err(LogError::Closed(String::new())),
            None => Ok(()),
        }
    }

    /// Tells the writers that there is work. No lock may be held: without any thread, it is done here.
    fn submit(self: &Arc<Self>) {
        if let Some(pool) = &self.pool {
            pool.submit(Arc::clone(self) as Arc<dyn Work>);
        }
    }

    fn start_closing(self: &Arc<Self>) {
        let asleep = {
            let mut ahead = held(&self.ahead);
            let begun = !ahead.closing;
            ahead.closing = true;
            begun && ahead.wake()
        };
        if asleep {
            self.submit();
        }
    }

    /// Resolves when the log is that far, or over.
    async fn until(&self, far: impl Fn(&Progress) -> bool) -> Progress {
        let enough = |now: &Progress| far(now) || now.over.is_some();
        if self.pool.is_none() {
            while self.turn() {}
        }
        let now = self.progress.borrow().clone();
        if enough(&now) {
            return now;
        }
        let mut progress = self.progress.subscribe();
        match progress.wait_for(|now| enough(now)).await {
            Ok(reached) => reached.clone(),
            Err(_) => now,
        }
    }

    /// Writes one group; says whether there was one.
    fn write(&self) -> bool {
        let mut tail = held(&self.tail);
        if self.progress.borrow().over.is_some() {
            return false;
        }
        let group = std::mem::take(&mut held(&self.ahead).queue);
        if group.is_empty() {
            return false;
        }
        match tail.write(&group) {
            Ok(placed) => {
                let events = self.reading.publish(&group, &placed);
                self.progress.send_modify(|now| {
                    now.records += group.len() as u64;
                    now.events = events;
                });
            }
            Err(error) => {
                held(&self.ahead).queue.clear();
                self.progress.send_modify(|now| now.over = Some(error));
            }
        }
        true
    }

    /// Writes what is to be noted, unless more was written since.
    fn write_note(&self) {
        let Some((upto, words)) = held(&self.note).take() else {
            return;
        };
        let tail = held(&self.tail);
        if self.progress.borrow().over.is_some() {
            return;
        }
        let Some(reach) = tail.reach().filter(|_| tail.records() == upto) else {
            return;
        };
        if note::write(&self.reading.segments, reach, &words).is_err() {
            // A log needs no note; whoever wants one reads the log.
        }
    }

    /// Ends the log, unless it is over.
    fn end(&self, how: fn(&mut Tail)) {
        let mut tail = held(&self.tail);
        if self.progress.borrow().over.is_some() {
            tail.release();
            return;
        }
        how(&mut tail);
        let closed = LogError::Closed(String::new());
        self.progress.send_modify(|now| now.over = Some(closed));
    }
}
