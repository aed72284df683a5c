//! From events to styled lines: pure functions, and the painter that puts lines on a terminal while the agent works.
//! Knows no conversation.

mod action;
mod clean;
mod count;
mod diff;
mod event;
mod flow;
mod line;
mod look;
mod observation;
mod output;
mod painter;
mod spinner;

pub use action::headline;
pub use clean::Cleaner;
pub use count::{counted, elapsed, money, short, thousands, usage};
pub use event::{Detail, event};
pub use line::{Line, Tone, print};
pub use look::{Look, speaks_unicode};
pub use painter::Painter;
pub use spinner::Spinner;
