//! The implementations of ports that live here keep the ports' promises.

use testkit::conformance;
use testkit::log::Memory;

#[tokio::test(flavor = "multi_thread")]
async fn the_log_in_memory_keeps_its_promises() {
    conformance::log(&Memory::new()).await.unwrap();
}

#[tokio::test]
async fn on_one_thread_too() {
    conformance::log(&Memory::new()).await.unwrap();
}

#[cfg(feature = "disk")]
mod files {
    use std::sync::Arc;

    use store::{Files, Options, RealDisk, Writing};
    use testkit::conformance;

    #[tokio::test(flavor = "multi_thread")]
    async fn logs_on_disk_keep_their_promises() {
        let root = tempfile::tempdir().unwrap();
        let journal = Files::open(root.path()).unwrap();
        conformance::log(&journal).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn in_many_segments_too() {
        let root = tempfile::tempdir().unwrap();
        let options = Options {
            segment_bytes: 1_000,
            reserve_least: 0,
            reserve_most: 0,
            writing: Writing::Threads(1),
        };
        let journal = Files::with(root.path(), Arc::new(RealDisk), options).unwrap();
        conformance::log(&journal).await.unwrap();
    }
}
