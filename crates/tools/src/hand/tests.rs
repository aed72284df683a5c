//! What becomes of work that nobody waits for, or that breaks.

use std::sync::mpsc;

use super::{blocking, searching};

#[tokio::test]
async fn a_search_ends_when_its_future_is_dropped() {
    let (starts, started) = tokio::sync::oneshot::channel();
    let (ends, ended) = mpsc::channel();
    let search = searching(move |stop| {
        starts.send(()).unwrap();
        while !stop.is_due() {
            std::thread::yield_now();
        }
        ends.send(stop.was_asked()).unwrap();
    });
    tokio::select! {
        done = search => panic!("it ended by itself: {done:?}"),
        began = started => began.unwrap(),
    }
    assert!(
        ended.recv().unwrap(),
        "it ended only because its time was up"
    );
}

#[tokio::test]
async fn a_tool_that_panics_is_broken_and_nothing_else_is() {
    let broken = blocking(|| -> () { panic!("ouch") }).await.unwrap_err();
    assert!(
        broken.to_string().starts_with("The tool broke down: "),
        "{broken}"
    );
    assert_eq!(blocking(|| 1).await, Ok(1));
}
