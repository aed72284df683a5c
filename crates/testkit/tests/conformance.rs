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
