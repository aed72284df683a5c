//! What the world may send: Ctrl-C, a request to end, a terminal that went away.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::{Exit, Failure};

/// A signal that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Ctrl-C.
    Interrupt,
    /// End now, and tidily.
    End(Exit),
}

/// The signals this process answers.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Listens from now on.
    pub fn listen() -> Result<Self, Failure> {
        let open = |kind| {
            signal(kind)
                .map_err(|error| Failure::error(format!("cannot listen for signals: {error}")))
        };
        Ok(Self {
            interrupt: open(SignalKind::interrupt())?,
            terminate: open(SignalKind::terminate())?,
            hang_up: open(SignalKind::hangup())?,
        })
    }

    /// The next signal.
    pub async fn next(&mut self) -> Sent {
        tokio::select! {
            Some(()) = self.interrupt.recv() => Sent::Interrupt,
            Some(()) = self.terminate.recv() => Sent::End(Exit::Terminated),
            Some(()) = self.hang_up.recv() => Sent::End(Exit::HungUp),
            else => std::future::pending().await,
        }
    }
}
