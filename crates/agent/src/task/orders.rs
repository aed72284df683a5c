//! What comes into a task, and the promises it makes: answers and states that count only once they are durable.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::{Command, CommandError, Fut, Live, Log, LogError, Mark, Reply, Status};
use tokio::sync::{oneshot, watch};

use crate::bus::Bus;

/// Where the answer to a command goes.
pub(crate) type Answer = oneshot::Sender<Result<Reply, CommandError>>;

/// Something that is asked of a task.
pub(crate) enum Order {
    Command(Box<Command>, Answer),
    /// Answered once all that was recorded before is durable.
    Flush(Answer),
    Close(oneshot::Sender<Result<(), LogError>>),
}

/// How many commands may wait before the next one is told to come back later.
pub(crate) struct Reception;

impl Reception {
    pub(crate) const SEATS: usize = 64;
}

enum Promise {
    Answer(Answer, Reply),
    Status(Status),
}

/// Promises, in the order of the points they wait for.
pub(crate) struct Promises {
    log: Arc<dyn Log>,
    status: watch::Sender<Option<Status>>,
    bus: Bus,
    /// The last status that was promised.
    promised: Option<Status>,
    queue: VecDeque<(Mark, Promise)>,
    waiting: Option<(Mark, Fut<'static, Result<(), LogError>>)>,
    broken: Option<LogError>,
}

impl Promises {
    pub(crate) fn new(log: Arc<dyn Log>, status: watch::Sender<Option<Status>>, bus: Bus) -> Self {
        let promised = *status.borrow();
        Self {
            log,
            status,
            bus,
            promised,
            queue: VecDeque::new(),
            waiting: None,
            broken: None,
        }
    }

    /// Answers once everything up to the mark is durable.
    pub(crate) fn answer(&mut self, mark: Mark, answer: Answer, reply: Reply) {
        match &self.broken {
            Some(error) => {
                let _ = answer.send(Err(CommandError::Log(error.clone())));
            }
            None => self.queue.push_back((mark, Promise::Answer(answer, reply))),
        }
    }

    /// Shows a status, if it is a new one, once everything up to the mark is durable. Says whether it is a new one.
    pub(crate) fn status(&mut self, mark: Mark, status: Status) -> bool {
        let news = self.promised != Some(status) && self.broken.is_none();
        if news {
            self.promised = Some(status);
            self.queue.push_back((mark, Promise::Status(status)));
        }
        news
    }

    /// Resolves after some promises were kept; never while there are none.
    pub(crate) async fn keep(&mut self) {
        let Some(&(mark, _)) = self.queue.front() else {
            return std::future::pending().await;
        };
        let (mark, future) = self.waiting.get_or_insert_with(|| {
            let log = Arc::clone(&self.log);
            (mark, Box::pin(async move { log.durable(mark).await }))
        });
        let reached = *mark;
        let outcome = future.await;
        self.waiting = None;
        match outcome {
            Ok(()) => self.keep_until(reached),
            Err(error) => self.break_all(error),
        }
    }

    /// Waits for a point and keeps every promise up to it.
    pub(crate) async fn keep_all(&mut self, mark: Mark) {
        match self.log.durable(mark).await {
            Ok(()) => self.keep_until(mark),
            Err(error) => self.break_all(error),
        }
    }

    fn keep_until(&mut self, reached: Mark) {
        while self.queue.front().is_some_and(|(mark, _)| *mark <= reached) {
            match self.queue.pop_front() {
                Some((_, Promise::Answer(answer, reply))) => {
                    let _ = answer.send(Ok(reply));
                }
                Some((_, Promise::Status(status))) => self.show(status),
                None => {}
            }
        }
    }

    /// Why nothing can be promised any more.
    pub(crate) fn broken(&self) -> Option<&LogError> {
        self.broken.as_ref()
    }

    /// The log failed: whoever waits is told so, and the conversation counts as stopped by an error.
    pub(crate) fn break_all(&mut self, error: LogError) {
        if self.broken.is_some() {
            return;
        }
        for (_, promise) in self.queue.drain(..) {
            if let Promise::Answer(answer, _) = promise {
                let _ = answer.send(Err(CommandError::Log(error.clone())));
            }
        }
        self.broken = Some(error);
        self.show(Status::Error);
    }

    fn show(&self, status: Status) {
        self.status.send_replace(Some(status));
        let _ = self.bus.send(Live::Status(status));
    }

    /// Nothing is promised any more.
    pub(crate) fn end(&mut self) {
        self.status.send_replace(None);
    }
}
