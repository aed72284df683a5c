//! The threads come when there is work, share it, and go.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use super::{Pool, Work};
use crate::held;

/// Counts its turns, and says so at the last one.
struct Turns {
    left: AtomicUsize,
    done: Mutex<Option<Arc<Barrier>>>,
}

impl Work for Turns {
    fn turn(&self) -> bool {
        if self.left.fetch_sub(1, Ordering::SeqCst) > 1 {
            return true;
        }
        let done = held(&self.done).take();
        if let Some(done) = done {
            done.wait();
        }
        false
    }
}

fn turns(left: usize, done: &Arc<Barrier>) -> Arc<Turns> {
    Arc::new(Turns {
        left: AtomicUsize::new(left),
        done: Mutex::new(Some(Arc::clone(done))),
    })
}

#[test]
fn all_work_is_done_by_few_threads() {
    let pool = Pool::new(3);
    for _ in 0..50 {
        let done = Arc::new(Barrier::new(2));
        let one_more = turns(5, &done);
        pool.submit(Arc::clone(&one_more) as Arc<dyn Work>);
        done.wait();
        assert_eq!(one_more.left.load(Ordering::SeqCst), 0);
    }
    assert!(held(&pool.0.queue).threads <= 3);
}

#[test]
fn as_many_threads_work_at_once_as_may() {
    let pool = Pool::new(4);
    // Only if four turns run at the same time does any of them end.
    let together = Arc::new(Barrier::new(4));
    let all: Vec<_> = (0..4).map(|_| turns(1, &together)).collect();
    for work in &all {
        pool.submit(Arc::clone(work) as Arc<dyn Work>);
    }
    while all.iter().any(|work| work.left.load(Ordering::SeqCst) > 0) {
        thread::yield_now();
    }
}

#[test]
fn no_thread_outlives_the_pool() {
    let pool = Pool::new(2);
    let done = Arc::new(Barrier::new(2));
    pool.submit(turns(3, &done));
    let threads = Arc::downgrade(&pool.0);
    drop(pool);
    done.wait();
    while threads.strong_count() > 0 {
        thread::yield_now();
    }
}
