//! Watching one conversation until it rests: its events in order, what is heard in between, and the signals that end it.

use std::sync::Arc;
use std::time::Duration;

use domain::{Command, Conversation, Event, Heard, Listener, Live, Log, Status};

use super::account::Account;
use super::screen::Screen;
use super::signals::{Sent, Signals};
use crate::exit::{Exit, Failure};
use crate::render::usage;

/// How often the spinner moves.
const FRAME: Duration = Duration::from_millis(100);
/// How many events are read at once.
const PAGE: usize = 256;

/// Why watching ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// The conversation came to rest.
    Settled(Status),
    /// It was stopped by Ctrl-C.
    Stopped(Status),
    /// The process is to end.
    Leave(Exit),
}

/// What is seen of a conversation, and what is kept in mind of it.
pub struct View {
    /// Where it is shown.
    pub screen: Screen,
    /// What is kept in mind.
    pub account: Account,
}

/// One open conversation, and how far it was shown.
pub struct Watch {
    conversation: Arc<dyn Conversation>,
    log: Arc<dyn Log>,
    ear: Box<dyn Listener>,
    seen: u64,
    /// What was heard of a reply that answers to events which are not durable yet.
    early: Vec<Live>,
    /// How many events must be shown before that may be.
    anchor: u64,
}

impl Watch {
    /// Watches from this event on.
    pub fn new(conversation: &Arc<dyn Conversation>, from: u64) -> Self {
        Self {
            conversation: Arc::clone(conversation),
            log: conversation.log(),
            ear: conversation.listen(),
            seen: from,
            early: Vec::new(),
            anchor: 0,
        }
    }

    /// The conversation.
    pub fn conversation(&self) -> &Arc<dyn Conversation> {
        &self.conversation
    }

    /// How many events were shown, or passed over.
    pub fn shown(&self) -> u64 {
        self.seen
    }

    /// Shows every durable event that was not shown yet.
    pub fn catch_up(&mut self, view: &mut View) -> Result<(), Failure> {
        loop {
            let page = self.log.read(self.seen, PAGE)?;
            if page.is_empty() {
                return self.let_go(view);
            }
            for entry in page {
                let event = readable(&entry)?;
                view.account.take(&event);
                view.screen.event(&entry, &event)?;
                self.seen = entry.seq + 1;
            }
        }
    }

    /// Takes in something heard. The agent does not wait for the disk before it thinks on, so a reply may be heard before
    /// the events it answers to can be read; they are shown first.
    fn hear(&mut self, heard: Live, view: &mut View) -> Result<(), Failure> {
        if let Live::Started { anchor, .. } = heard {
            self.anchor = anchor;
        }
        self.early.push(heard);
        self.catch_up(view)
    }

    /// Shows what was heard early, once its time has come.
    fn let_go(&mut self, view: &mut View) -> Result<(), Failure> {
        if self.seen < self.anchor {
            return Ok(());
        }
        for heard in std::mem::take(&mut self.early) {
            view.screen.live(&heard)?;
        }
        Ok(())
    }

    /// Watches until the conversation rests, Ctrl-C stopped it, or the process is to end.
    pub async fn until_rest(
        &mut self,
        view: &mut View,
        signals: &mut Signals,
    ) -> Result<Rest, Failure> {
        let conversation = Arc::clone(&self.conversation);
        let log = Arc::clone(&self.log);
        let settled = conversation.settled(&|status| status != Status::Running);
        let mut settled = std::pin::pin!(settled);
        let mut stopping: Option<domain::Fut<'_, _>> = None;
        let mut stopped = false;
        let mut frames = tokio::time::interval(FRAME);
        frames.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let live = view.screen.is_live();
        loop {
            tokio::select! {
                biased;
                sent = signals.next() => match sent {
                    Sent::Interrupt if !stopped => {
                        stopped = true;
                        view.screen.wait("stopping; Ctrl-C again leaves at once");
                        stopping = Some(conversation.command(Command::Interrupt));
                    }
                    Sent::Interrupt => return Ok(Rest::Leave(Exit::Interrupted)),
                    Sent::End(exit) => return Ok(Rest::Leave(exit)),
                },
                done = async { match &mut stopping {
                    Some(command) => command.await,
                    None => std::future::pending().await,
                } } => {
                    stopping = None;
                    done?;
                }
                grown = log.grown(self.seen) => {
                    grown?;
                    self.catch_up(view)?;
                }
                heard = self.ear.hear() => match heard {
                    Some(Heard::Live(heard)) => self.hear(heard, view)?,
                    Some(Heard::Missed(_)) => self.catch_up(view)?,
                    None => {
                        // The conversation is closed; a log that broke says why.
                        log.grown(self.seen).await?;
                    }
                },
                status = &mut settled => {
                    self.catch_up(view)?;
                    view.screen.rest()?;
                    let by_person = stopped && status == Status::Paused;
                    return Ok(if by_person { Rest::Stopped(status) } else { Rest::Settled(status) });
                }
                _ = frames.tick(), if live => {
                    let stats = &view.account.stats;
                    view.screen.tick(|look| {
                        if stats.usage_to_metrics.is_empty() {
                            String::new()
                        } else {
                            usage(stats, look)
                        }
                    })?;
                }
            }
        }
    }
}

/// An event of the log, typed.
pub fn readable(entry: &domain::Entry) -> Result<Event, Failure> {
    entry.event().map_err(|error| {
        Failure::error(format!(
            "event {} of the conversation cannot be read: {error}; it may come from a newer version",
            entry.seq
        ))
    })
}
