//! One random history of a log that crashes again and again, and what must hold after each crash.

use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use domain::{ConversationId, Draft, EventId, Fut, Journal, Log, LogError, Mark, Record};
use store::{Files, Options, Writing};
use uuid::Uuid;

use super::dice::Dice;
use super::sim::SimDisk;

const ROOT: &str = "/home";
const ID: ConversationId = ConversationId(Uuid::from_u128(7));

/// Runs the history of a seed; says how many crashes there were, or what was wrong.
pub fn replay_history(seed: u64) -> Result<u64, String> {
    let mut history = History::new(seed);
    let crashes = 2 + history.dice.below(6);
    for crash in 0..crashes {
        history
            .round()
            .map_err(|wrong| format!("before crash {crash}: {wrong}"))?;
    }
    match history.open()? {
        Ok(_) => Ok(crashes),
        Err(error) => Err(format!("after all: {error}")),
    }
}

struct History {
    dice: Dice,
    disk: SimDisk,
    /// All that was appended and may have survived, in order.
    drafts: Vec<Draft>,
    /// How many drafts there are at the end of each batch.
    batches: Vec<usize>,
    /// How many drafts were acknowledged.
    acknowledged: usize,
    /// Exactly how many there are, when recovery has said so and nothing was appended since.
    settled: Option<usize>,
    names: u64,
}

impl History {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let disk = SimDisk::new(dice.any());
        Self {
            dice,
            disk,
            drafts: Vec::new(),
            batches: vec![0],
            acknowledged: 0,
            settled: None,
            names: 0,
        }
    }

    /// Works for a while, with faults ahead, and ends in a crash.
    fn round(&mut self) -> Result<(), String> {
        self.set_traps();
        let mut turns = 1 + self.dice.below(4);
        while turns > 0 && !self.disk.is_dead() {
            match self.open()? {
                Ok(log) => self.work(&*log)?,
                // A fault, which the next attempt does not meet.
                Err(LogError::Io { .. }) => {}
                Err(error) => return Err(format!("open: {error}")),
            }
            if self.dice.one_in(3) {
                self.disk.set_room(None);
            }
            turns -= 1;
        }
        self.disk = if self.dice.one_in(3) {
            self.disk.kill()
        } else {
            self.disk.cut_power()
        };
        Ok(())
    }

    fn set_traps(&mut self) {
        let crash = 1 + self.dice.below(60);
        self.disk.crash_in(crash);
        if self.dice.one_in(4) {
            let sync = 1 + self.dice.below(20);
            self.disk.fail_sync_in(sync);
        }
        if self.dice.one_in(6) {
            let room = self.dice.below(3000);
            self.disk.set_room(Some(room));
        }
    }

    fn options(&mut self) -> Options {
        Options {
            segment_bytes: 700 + self.dice.below(3000),
            reserve_least: self.dice.below(3) * 300,
            reserve_most: 1000,
            writing: Writing::Inline,
        }
    }

    /// Opens the log, or makes it, and checks all that is in it.
    fn open(&mut self) -> Result<Result<Arc<dyn Log>, LogError>, String> {
        let options = self.options();
        let disk = Arc::new(self.disk.clone());
        let opened = Files::with(Path::new(ROOT), disk, options).and_then(|files| {
            let log = match files.open(ID) {
                Err(LogError::NotFound(_)) if self.acknowledged == 0 => {
                    self.forget_from(0);
                    files.create(ID)
                }
                other => other,
            };
            log.map(|log| (files, log))
        });
        let (files, log) = match opened {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error)),
        };
        self.check(&*log)?;
        if self.dice.one_in(8) && !log.is_empty() {
            let look = files.peek(ID).map_err(|e| format!("peek: {e}"))?;
            self.check(&*look)?;
        }
        Ok(Ok(log))
    }

    /// Everything acknowledged is there, whole batches only, byte for byte, and nothing else.
    fn check(&mut self, log: &dyn Log) -> Result<(), String> {
        let mut found = Vec::new();
        let replayed = log.replay(&mut |record| {
            found.push(record);
            Ok(())
        });
        if let Err(error) = replayed {
            return Err(format!("replay: {error}"));
        }
        let count = found.len();
        if count < self.acknowledged {
            let lost = self.acknowledged - count;
            return Err(format!("{lost} acknowledged records are lost"));
        }
        if !self.batches.contains(&count) {
            return Err(format!("{count} records are there, which is half a batch"));
        }
        if self.settled.is_some_and(|settled| settled != count) {
            return Err(format!(
                "{count} records are there, {:?} were",
                self.settled
            ));
        }
        same(&found, &self.drafts)?;
        self.forget_from(count);
        self.settled = Some(count);
        self.acknowledged = count;
        self.check_reads(log)
    }

    fn check_reads(&mut self, log: &dyn Log) -> Result<(), String> {
        let events: Vec<&(EventId, Bytes)> = self
            .drafts
            .iter()
            .filter_map(|draft| draft.event.as_ref())
            .collect();
        if log.len() != events.len() as u64 {
            return Err(format!("length {} for {}", log.len(), events.len()));
        }
        let from = self.dice.size(events.len() + 1);
        let limit = self.dice.size(9);
        let read = log
            .read(from as u64, limit)
            .map_err(|e| format!("read: {e}"))?;
        let expected: Vec<&Bytes> = events.iter().skip(from).take(limit).map(|e| &e.1).collect();
        if read.iter().map(|entry| &entry.json).collect::<Vec<_>>() != expected {
            return Err(format!("read({from}, {limit}) gives something else"));
        }
        if let Some((id, _)) = events.get(from) {
            let place = log.find(id).map_err(|e| format!("find: {e}"))?;
            if place != Some(from as u64) {
                return Err(format!("event {from} is found at {place:?}"));
            }
        }
        Ok(())
    }

    /// Appends, waits and looks, until something fails or enough is done; then closes, or just lets go.
    fn work(&mut self, log: &dyn Log) -> Result<(), String> {
        let mut appended = Mark(0);
        for _ in 0..self.dice.below(12) {
            let batch = self.batch();
            let Ok((mark, _)) = log.append(batch.clone()) else {
                break;
            };
            self.settled = None;
            self.drafts.extend(batch);
            self.batches.push(self.drafts.len());
            appended = mark;
            if self.dice.one_in(2) && self.wait(log, mark)?.is_err() {
                break;
            }
            if self.dice.one_in(6) {
                self.check_durable(log)?;
            }
        }
        // Otherwise it is just let go of, and writes the rest: what becomes of that is seen when it is opened again.
        if self.dice.one_in(2) {
            self.finish(log, appended)?;
        }
        Ok(())
    }

    fn finish(&mut self, log: &dyn Log, appended: Mark) -> Result<(), String> {
        let closed = now(log.close())?;
        if closed.is_ok() {
            self.acknowledge(appended);
        }
        Ok(())
    }

    fn wait(&mut self, log: &dyn Log, mark: Mark) -> Result<Result<(), LogError>, String> {
        let durable = now(log.durable(mark))?;
        if durable.is_ok() {
            self.acknowledge(mark);
        }
        Ok(durable)
    }

    fn acknowledge(&mut self, mark: Mark) {
        let records = usize::try_from(mark.0).unwrap_or(usize::MAX);
        self.acknowledged = self.acknowledged.max(records);
    }

    /// Readers see what is acknowledged, while the log grows and after it failed.
    fn check_durable(&mut self, log: &dyn Log) -> Result<(), String> {
        if self.disk.is_dead() {
            return Ok(());
        }
        let events = |drafts: &[Draft]| drafts.iter().filter(|d| d.event.is_some()).count();
        let least = events(self.drafts.get(..self.acknowledged).unwrap_or_default());
        let read = log.read(0, usize::MAX).map_err(|e| format!("read: {e}"))?;
        if read.len() < least {
            return Err(format!("{} readable of {least} acknowledged", read.len()));
        }
        let jsons = self.drafts.iter().filter_map(|d| d.event.as_ref());
        if read
            .iter()
            .zip(jsons)
            .any(|(entry, (_, json))| entry.json != *json)
        {
            return Err("readers see something else".to_owned());
        }
        Ok(())
    }

    fn forget_from(&mut self, count: usize) {
        self.drafts.truncate(count);
        self.batches.retain(|end| *end <= count);
    }

    fn batch(&mut self) -> Vec<Draft> {
        let count = 1 + self.dice.below(4);
        (0..count).map(|_| self.draft()).collect()
    }

    fn draft(&mut self) -> Draft {
        self.names += 1;
        let event = (!self.dice.one_in(5)).then(|| {
            let id = EventId::from(Uuid::from_u128(u128::from(self.names)));
            (id, self.text())
        });
        let fact = (event.is_none() || self.dice.one_in(4)).then(|| self.text());
        Draft { event, fact }
    }

    fn text(&mut self) -> Bytes {
        let most = if self.dice.one_in(10) { 2000 } else { 120 };
        let mut bytes = vec![0; self.dice.size(most)];
        self.dice.fill(&mut bytes);
        Bytes::from(bytes)
    }
}

fn same(found: &[Record], appended: &[Draft]) -> Result<(), String> {
    for (place, (record, draft)) in found.iter().zip(appended).enumerate() {
        let event = record.event.as_ref().map(|entry| &entry.json);
        if event != draft.event.as_ref().map(|(_, json)| json) || record.fact != draft.fact {
            return Err(format!("record {place} is another one"));
        }
    }
    Ok(())
}

/// What a future gives that must not wait.
fn now<T>(mut future: Fut<'_, T>) -> Result<T, String> {
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err("the log waits for somebody else to write".to_owned()),
    }
}
