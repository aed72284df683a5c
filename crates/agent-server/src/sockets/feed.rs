//! What one socket has to tell of a conversation, in order: events, deltas and states. Knows no frame.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::{Conversation, Entry, Heard, Listener, Live, Log, Status};
use serde_json::Value;
use tokio::sync::watch;

use crate::app::App;
use crate::pulse::{Beat, Ear, Pulse};
use crate::snapshot::Snapshot;

/// How many events are read at once.
const STRIDE: usize = 256;

/// When the end of a run is told again, counted from the last time.
const GAPS: [u64; 5] = [80, 120, 200, 400, 600];
/// For how long.
const ECHOES: Duration = Duration::from_secs(30);

/// How long a conversation may take to take in its own last event.
const SETTLING: Duration = Duration::from_secs(1);

/// Something to tell.
pub(crate) enum Tell {
    /// Events that follow one another.
    Events(Vec<Entry>),
    /// Something that is not kept.
    Live(Live),
    /// The whole state, as it is now.
    State(Bytes),
    /// A fence: once the client has answered it, call [`Feed::pass`].
    Fence(u64),
}

/// What is to be told to one client.
pub(crate) struct Feed {
    pub(super) conversation: Arc<dyn Conversation>,
    app: App,
    log: Arc<dyn Log>,
    listener: Box<dyn Listener>,
    next: u64,
    /// Whether the events told last say that the conversation rests.
    rests: bool,
    echo: Option<Echo>,
    beats: watch::Receiver<Beat>,
    seen: Beat,
    pulse: Arc<Pulse>,
    ear: Arc<Ear>,
}

/// The end of a run that is told again until somebody knows it.
struct Echo {
    snapshot: Snapshot,
    since: Instant,
    next: Instant,
    told: usize,
}

impl Feed {
    /// Everything from an event on.
    pub(crate) fn new(
        app: App,
        conversation: Arc<dyn Conversation>,
        pulse: Arc<Pulse>,
        ear: Arc<Ear>,
        from: u64,
    ) -> Self {
        let beats = pulse.beats();
        let seen = *beats.borrow();
        Self {
            listener: conversation.listen(),
            log: conversation.log(),
            conversation,
            app,
            next: from,
            rests: false,
            echo: None,
            beats,
            seen,
            pulse,
            ear,
        }
    }

    /// Up to which event everything was handed out.
    pub(super) fn told(&self) -> u64 {
        self.next
    }

    /// The next events there are already; none if all are told or the log is closed.
    pub(super) fn read(&mut self) -> Vec<Entry> {
        let entries = self.log.read(self.next, STRIDE).unwrap_or_default();
        if let Some(last) = entries.last() {
            self.next = last.seq + 1;
            self.look_for_rest(&entries);
        }
        entries
    }

    /// The state as it is now.
    pub(crate) fn state(&self) -> Bytes {
        self.snapshot(&Snapshot::fresh(self.app.clock()))
    }

    fn snapshot(&self, snapshot: &Snapshot) -> Bytes {
        self.ear.told();
        let root = &self.app.config().conversations_path;
        snapshot.render(&self.conversation.glance(), root)
    }

    /// The client has answered a fence.
    pub(crate) fn pass(&self, fence: u64) {
        self.pulse.pass(&self.ear, fence);
    }

    /// The next thing to tell; nothing once the conversation is closed.
    pub(crate) async fn next(&mut self) -> Option<Tell> {
        loop {
            let entries = self.read();
            if !entries.is_empty() {
                return Some(Tell::Events(entries));
            }
            if self.rests {
                let tell = self.end_of_run().await;
                self.rests = false;
                if tell.is_some() {
                    return tell;
                }
                continue;
            }
            if let Some(tell) = self.wait().await? {
                return Some(tell);
            }
        }
    }

    fn look_for_rest(&mut self, entries: &[Entry]) {
        for status in entries.iter().filter_map(|entry| status_of(&entry.json)) {
            self.rests = status != Status::Running;
            if !self.rests {
                self.echo = None;
            }
        }
    }

    /// The state at the end of a run; told again later if a client may be waiting for it.
    async fn end_of_run(&mut self) -> Option<Tell> {
        // Readers may see the last event a moment before the conversation itself has taken it in.
        let rests = |status| status != Status::Running;
        let settled = tokio::time::timeout(SETTLING, self.conversation.settled(&rests)).await;
        if settled.is_err() || self.conversation.glance().status == Status::Running {
            return None;
        }
        let snapshot = Snapshot::fresh(self.app.clock());
        let state = self.snapshot(&snapshot);
        let beat = *self.beats.borrow();
        if beat.known < beat.runs {
            let now = Instant::now();
            self.echo = Some(Echo {
                snapshot,
                since: now,
                next: now + Duration::from_millis(GAPS[0]),
                told: 1,
            });
        }
        Some(Tell::State(state))
    }

    async fn wait(&mut self) -> Option<Option<Tell>> {
        let echo = self.echo.as_ref().map(|echo| echo.next);
        tokio::select! {
            grown = self.log.grown(self.next) => match grown {
                Ok(_) => Some(None),
                Err(_) => None,
            },
            heard = self.listener.hear() => match heard? {
                Heard::Live(live) => Some(Some(Tell::Live(live))),
                Heard::Missed(_) => Some(None),
            },
            changed = self.beats.changed() => {
                changed.ok()?;
                Some(self.felt())
            }
            () = until(echo) => Some(self.echo()),
        }
    }

    /// Something happened around the conversation.
    fn felt(&mut self) -> Option<Tell> {
        let beat = *self.beats.borrow_and_update();
        let seen = std::mem::replace(&mut self.seen, beat);
        if beat.known > seen.known {
            self.echo = None;
        }
        if beat.runs > seen.runs && self.conversation.glance().status != Status::Running {
            // A run that had nothing to do is over without a word: the client hears of it all the same.
            let now = Instant::now();
            self.echo.get_or_insert_with(|| Echo {
                snapshot: Snapshot::fresh(self.app.clock()),
                since: now,
                next: now + Duration::from_millis(GAPS[0]),
                told: 0,
            });
        }
        if beat.fences > seen.fences {
            self.echo = None;
            return Some(Tell::Fence(beat.fences));
        }
        let rests = self.conversation.glance().status != Status::Running;
        (beat.polls > seen.polls && beat.runs > 0 && rests).then(|| {
            let snapshot = match &self.echo {
                Some(echo) => echo.snapshot.clone(),
                None => Snapshot::fresh(self.app.clock()),
            };
            Tell::State(self.snapshot(&snapshot))
        })
    }

    /// Tells the end of a run again.
    fn echo(&mut self) -> Option<Tell> {
        let resting = self.conversation.glance().status != Status::Running;
        let echo = self.echo.as_mut()?;
        if !resting || echo.since.elapsed() > ECHOES {
            self.echo = None;
            return None;
        }
        let gap = GAPS.get(echo.told).or(GAPS.last()).copied().unwrap_or(600);
        echo.next = Instant::now() + Duration::from_millis(gap);
        echo.told += 1;
        let snapshot = echo.snapshot.clone();
        Some(Tell::State(self.snapshot(&snapshot)))
    }
}

/// Resolves at a time; never if there is none.
async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}

/// The status that an event announces, if it is one that does.
fn status_of(json: &[u8]) -> Option<Status> {
    /// Such an event is short; no other one needs to be searched.
    const LONGEST: usize = 512;
    const MARK: &[u8] = b"\"execution_status\"";
    if json.len() > LONGEST || !json.windows(MARK.len()).any(|window| window == MARK) {
        return None;
    }
    let event: Value = serde_json::from_slice(json).ok()?;
    if event.get("key")? != "execution_status" {
        return None;
    }
    serde_json::from_value(event.get("value")?.clone()).ok()
}
