//! Who comes to a gate waits until let through.

use super::*;
use tokio::task::JoinSet;

#[tokio::test]
async fn one_passes_at_a_time_and_an_open_gate_stops_nobody() {
    let gate = Gate::new();
    let mut crowd = JoinSet::new();
    for _ in 0..3 {
        let gate = gate.clone();
        crowd.spawn(async move { gate.wait().await });
    }
    gate.reached(3).await;
    assert!(crowd.try_join_next().is_none());
    gate.pass_one();
    crowd.join_next().await.unwrap().unwrap();
    assert!(crowd.try_join_next().is_none());
    gate.open();
    crowd.join_next().await.unwrap().unwrap();
    crowd.join_next().await.unwrap().unwrap();
    gate.wait().await;
}
