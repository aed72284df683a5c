//! A few threads that write for all logs: a log with work queues up, and none keeps a thread to itself.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::held;

/// How long a thread waits for work before it ends.
const PATIENCE: Duration = Duration::from_secs(10);

/// Something to be written in turns.
pub(crate) trait Work: Send + Sync {
    /// Takes one turn; says whether there is more to do.
    fn turn(&self) -> bool;
}

/// The threads. Dropped, they finish what is queued and end.
pub(crate) struct Pool(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    most: usize,
}

#[derive(Default)]
struct Queue {
    ready: VecDeque<Arc<dyn Work>>,
    threads: usize,
    idle: usize,
    over: bool,
}

impl Pool {
    /// At most `most` threads, started when there is work for them.
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Shared {
            queue: Mutex::default(),
            wake: Condvar::new(),
            most,
        }))
    }

    /// Queues work up. Without any thread, the caller does it.
    pub(crate) fn submit(&self, work: Arc<dyn Work>) {
        let mut queue = held(&self.0.queue);
        queue.ready.push_back(work);
        if queue.idle >= queue.ready.len() || queue.threads == self.0.most {
            drop(queue);
            self.0.wake.notify_one();
            return;
        }
        queue.threads += 1;
        drop(queue);
        if self.spawn().is_err() {
            self.0.work_here();
        }
    }

    fn spawn(&self) -> io::Result<()> {
        let shared = Arc::clone(&self.0);
        thread::Builder::new()
            .name("store-writer".to_owned())
            .stack_size(256 * 1024)
            .spawn(move || shared.run())
            .map(drop)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        held(&self.0.queue).over = true;
        self.0.wake.notify_all();
    }
}

impl Shared {
    fn run(&self) {
        while let Some(work) = self.next() {
            self.take_turn(work);
        }
    }

    fn take_turn(&self, work: Arc<dyn Work>) {
        if work.turn() {
            held(&self.queue).ready.push_back(work);
        }
    }

    /// Waits for work; nothing when this thread is not needed any more, which is then counted out.
    fn next(&self) -> Option<Arc<dyn Work>> {
        let mut queue = held(&self.queue);
        loop {
            if let Some(work) = queue.ready.pop_front() {
                return Some(work);
            }
            if queue.over {
                queue.threads -= 1;
                return None;
            }
            queue.idle += 1;
            let (woken, waited) = self
                .wake
                .wait_timeout(queue, PATIENCE)
                .unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            queue.idle -= 1;
            if waited.timed_out() && queue.ready.is_empty() {
                queue.threads -= 1;
                return None;
            }
        }
    }

    /// Stands in for a thread that could not be started.
    fn work_here(&self) {
        let alone = {
            let mut queue = held(&self.queue);
            queue.threads -= 1;
            queue.threads == 0
        };
        self.wake.notify_one();
        if !alone {
            return;
        }
        loop {
            let next = held(&self.queue).ready.pop_front();
            let Some(work) = next else { return };
            self.take_turn(work);
        }
    }
}
