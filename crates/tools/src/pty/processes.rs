//! The processes of a terminal's sessions: who they are, signals to all of them, waiting until they are gone.
//!
//! Knows no shell and no tool.

use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions};

/// One line of the process table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    /// Its id.
    pub(crate) pid: Pid,
    /// Its process group.
    pub(crate) group: i32,
    /// Its session.
    pub(crate) session: i32,
    /// Dead, and waiting to be asked how it went.
    pub(crate) zombie: bool,
}

impl Process {
    /// What the system says of `pid`.
    #[cfg(target_os = "linux")]
    pub(crate) fn look(pid: i32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in brackets and may hold anything, brackets and blanks too.
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
        let state = fields.next()?;
        let _parent = fields.next()?;
        Some(Self {
            pid: Pid::from_raw(pid)?,
            group: fields.next()?.parse().ok()?,
            session: fields.next()?.parse().ok()?,
            zombie: state == "Z",
        })
    }

    /// What the system says of `pid`.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn look(pid: i32) -> Option<Self> {
        let pid = Pid::from_raw(pid)?;
        rustix::process::test_kill_process(pid).ok()?;
        Some(Self {
            pid,
            group: rustix::process::getpgid(Some(pid))
                .ok()?
                .as_raw_nonzero()
                .get(),
            session: rustix::process::getsid(Some(pid))
                .ok()?
                .as_raw_nonzero()
                .get(),
            zombie: false,
        })
    }
}

/// The living processes of the sessions that `leaders` began.
#[cfg(target_os = "linux")]
pub(crate) fn members(leaders: &[Pid]) -> Vec<Pid> {
    let Ok(table) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    table
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Process::look)
        .filter(|process| {
            !process.zombie
                && leaders
                    .iter()
                    .any(|leader| leader.as_raw_nonzero().get() == process.session)
        })
        .map(|process| process.pid)
        .collect()
}

/// The leaders themselves: this system keeps no table that programs may read.
#[cfg(not(target_os = "linux"))]
pub(crate) fn members(leaders: &[Pid]) -> Vec<Pid> {
    leaders
        .iter()
        .copied()
        .filter(|leader| Process::look(leader.as_raw_nonzero().get()).is_some())
        .collect()
}

/// Sends a signal to each of them; those that are gone do not mind.
pub(crate) fn signal(pids: &[Pid], signal: Signal) {
    for &pid in pids {
        rustix::process::kill_process(pid, signal).ok();
    }
}

/// Sends a signal to a process group; whether there was one.
pub(crate) fn signal_group(group: Pid, signal: Signal) -> bool {
    rustix::process::kill_process_group(group, signal).is_ok()
}

/// Waits until all of them are gone; whether they went in time.
pub(crate) async fn gone(pids: &[Pid], patience: Duration) -> bool {
    let all = async {
        for &pid in pids {
            end(pid).await;
        }
    };
    tokio::time::timeout(patience, all).await.is_ok()
}

/// Takes leave of those that became our own children because we are the first process of a container.
pub(crate) fn reap(pids: &[Pid]) {
    for &pid in pids {
        rustix::process::waitpid(Some(pid), WaitOptions::NOHANG).ok();
    }
}

#[cfg(target_os = "linux")]
async fn end(pid: Pid) {
    use rustix::process::PidfdFlags;
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    let Ok(handle) = rustix::process::pidfd_open(pid, PidfdFlags::empty()) else {
        return;
    };
    // SAFETY: an `OwnedFd` stays the same descriptor for as long as it lives.
    let handle = unsafe { AsyncFd::register_with_interest(handle, Interest::READABLE) };
    if let Ok(handle) = handle {
        handle.readable().await.ok();
    }
}

#[cfg(not(target_os = "linux"))]
async fn end(pid: Pid) {
    while rustix::process::test_kill_process(pid).is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
