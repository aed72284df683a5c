//! A model that says what a script tells it to, over HTTP or in process. Knows no room that asks it.
//!
//! A [`Script`] is written in Rust, or as text that [`parse`] reads; the module of `parse` lists its words. A [`Library`]
//! holds many and chooses by `SCENARIO:name` in the first user message. [`Model`] serves them on the loopback as OpenAI
//! chat completions, OpenAI Responses and Anthropic messages, and refuses what those would refuse; [`InProcess`] plays
//! them behind the port [`domain::Llm`].
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use testkit::model::{Dialect, Model, parse};
//!
//! let script = parse("calls terminal\n  command: ls\nsays Done.\n  fails 503 retry after 1").unwrap();
//! let model = Model::playing(script).await;
//! let base_url = model.base_url(Dialect::Chat);
//! assert!(base_url.starts_with("http://127.0.0.1:") && base_url.ends_with("/v1"));
//! // ... point a client at it, then look at what it sent:
//! for request in model.requests() {
//!     request.assert_header("authorization", "Bearer sk-test");
//!     request.assert_body(&serde_json::json!({"model": "m", "messages": "<any>"}));
//! }
//! # });
//! ```

mod ask;
mod dialect;
mod fault;
mod http;
mod in_process;
mod library;
mod player;
mod recorded;
mod reply;
mod rules;
mod script;
mod server;
pub mod text;
mod wire;

pub use ask::{Ask, Said};
pub use dialect::Dialect;
pub use fault::{Cause, Failure, Fault, RetryAfter};
pub use in_process::InProcess;
pub use library::Library;
pub use player::RanOut;
pub use recorded::{Request, assert_json, difference};
pub use reply::{Call, Pace, Reply, Stop, Thought, Used};
pub use script::Script;
pub use server::Model;
pub use text::{ParseError, parse};
