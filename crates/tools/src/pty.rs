//! A pseudoterminal of our own, and the program that leads it. Knows no shell and no tool.
//!
//! The only place of the workspace with `unsafe` in it.

#![expect(
    unsafe_code,
    reason = "between fork and exec a child must take the terminal and reset its signals"
)]

pub(crate) mod processes;

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::process::Pid;
use rustix::pty::OpenptFlags;
use rustix::termios::{
    Action, InputModes, LocalModes, OptionalActions, OutputModes, QueueSelector, Termios, Winsize,
};
use tokio::io::unix::AsyncFd;
use tokio::process::Command;

/// Signals that a program expects to find at their defaults, whatever our own process does with them.
const PLAIN_SIGNALS: [i32; 8] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGPIPE,
    libc::SIGTSTP,
    libc::SIGTTIN,
    libc::SIGTTOU,
];

/// Both ends of a pseudoterminal.
///
/// Our hold on the far end keeps it alive between programs, and lets us write a mark behind everything they wrote.
#[derive(Debug)]
pub(crate) struct Pty {
    near: AsyncFd<OwnedFd>,
    far: OwnedFd,
    path: PathBuf,
    sane: Termios,
}

impl Pty {
    /// A new terminal of the given size, in the modes a person would expect.
    pub(crate) fn open(rows: u16, columns: u16) -> io::Result<Self> {
        let near = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        rustix::io::fcntl_setfd(&near, rustix::io::FdFlags::CLOEXEC)?;
        rustix::pty::grantpt(&near)?;
        rustix::pty::unlockpt(&near)?;
        let name = rustix::pty::ptsname(&near, Vec::new())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let far = rustix::fs::open(name.as_c_str(), flags, Mode::empty())?;
        rustix::termios::tcsetwinsize(
            &far,
            Winsize {
                ws_row: rows,
                ws_col: columns,
                ws_xpixel: 0,
                ws_ypixel: 0,
            },
        )?;
        let sane = sane(rustix::termios::tcgetattr(&far)?);
        rustix::termios::tcsetattr(&far, OptionalActions::Now, &sane)?;
        let status = rustix::fs::fcntl_getfl(&near)?;
        rustix::fs::fcntl_setfl(&near, status | OFlags::NONBLOCK)?;
        // SAFETY: an `OwnedFd` stays the same descriptor for as long as it lives.
        let near = unsafe { AsyncFd::register(near) }?;
        Ok(Self {
            near,
            far,
            path: PathBuf::from(OsStr::from_bytes(name.to_bytes())),
            sane,
        })
    }

    /// The device that programs see.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the program a session leader with this terminal as its own, its signals and priority as asked.
    pub(crate) fn lead(&self, command: &mut Command, nice: Option<i32>) {
        let far = self.far.as_raw_fd();
        let prepare = move || -> io::Result<()> {
            keep_to_itself();
            rustix::process::setsid()?;
            // SAFETY: `self` outlives the spawn, so the descriptor is open in the child until exec closes it.
            rustix::process::ioctl_tiocsctty(unsafe { BorrowedFd::borrow_raw(far) })?;
            for signal in PLAIN_SIGNALS {
                // SAFETY: `signal` is async-signal-safe and SIG_DFL installs no code of ours.
                unsafe { libc::signal(signal, libc::SIG_DFL) };
            }
            if let Some(nice) = nice {
                // A lower priority is a courtesy; a shell without it is still a shell.
                rustix::process::setpriority_process(None, nice).ok();
            }
            Ok(())
        };
        // SAFETY: `prepare` makes system calls only: it neither allocates nor takes a lock.
        unsafe { command.pre_exec(prepare) };
    }

    /// Reads what programs wrote, as much as fits and is there.
    pub(crate) async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.near.readable().await?;
            if let Ok(read) = ready.try_io(|near| fill(near.get_ref(), buffer)) {
                return read;
            }
        }
    }

    /// Types as much of `bytes` as the terminal takes.
    pub(crate) async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.near.writable().await?;
            if let Ok(written) = ready.try_io(|near| Ok(rustix::io::write(near, bytes)?)) {
                return written;
            }
        }
    }

    /// Interrupts the group in the foreground, as the key does, but before this call returns and in every mode.
    pub(crate) fn interrupt(&self) -> io::Result<()> {
        let near = self.near.get_ref().as_raw_fd();
        // SAFETY: the request takes a number, and the descriptor is ours.
        match unsafe { libc::ioctl(near, libc::TIOCSIG, libc::SIGINT) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Writes `bytes` as a program would, behind everything written so far; whether it all went in.
    pub(crate) fn mark(&self, bytes: &[u8]) -> io::Result<bool> {
        match rustix::io::write(&self.far, bytes) {
            Ok(written) => Ok(written == bytes.len()),
            Err(rustix::io::Errno::AGAIN) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Undoes what programs left behind: modes, stopped output, keys nobody read.
    pub(crate) fn tidy(&self) {
        // Each is a repair on a terminal we hold open; one that fails leaves it no worse.
        rustix::termios::tcsetattr(&self.far, OptionalActions::Now, &self.sane).ok();
        rustix::termios::tcflow(&self.far, Action::OOn).ok();
        self.forget_keys();
    }

    /// Forgets keys that no program has read yet.
    pub(crate) fn forget_keys(&self) {
        // What cannot be forgotten is read by somebody, which is where it was going.
        rustix::termios::tcflush(&self.far, QueueSelector::IFlush).ok();
    }

    /// The process group that keys go to.
    pub(crate) fn foreground(&self) -> Option<Pid> {
        rustix::termios::tcgetpgrp(self.near.get_ref()).ok()
    }

    /// The modes as they are now.
    pub(crate) fn modes(&self) -> Modes {
        rustix::termios::tcgetattr(&self.far).map_or_else(
            |_| Modes::default(),
            |now| Modes {
                lines: now.local_modes.contains(LocalModes::ICANON),
                echo: now.local_modes.contains(LocalModes::ECHO),
                signals: now.local_modes.contains(LocalModes::ISIG),
            },
        )
    }

    /// Whether typed keys are still waiting for a program to read them.
    pub(crate) fn has_unread_keys(&self) -> bool {
        rustix::io::ioctl_fionread(&self.far).is_ok_and(|count| count > 0)
    }
}

/// Lets no descriptor through exec but the three standard ones, whatever this process was given without saying so.
#[cfg(target_os = "linux")]
fn keep_to_itself() {
    let first: libc::c_uint = 3;
    let flags = libc::CLOSE_RANGE_CLOEXEC;
    // SAFETY: a system call on numbers; a kernel that does not know it changes nothing.
    unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, flags) };
}

/// Elsewhere every descriptor says for itself whether it goes through exec.
#[cfg(not(target_os = "linux"))]
fn keep_to_itself() {}

/// How a terminal treats keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Modes {
    /// Programs get whole lines.
    pub(crate) lines: bool,
    /// Keys are shown.
    pub(crate) echo: bool,
    /// Some keys are signals.
    pub(crate) signals: bool,
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            lines: true,
            echo: true,
            signals: true,
        }
    }
}

fn sane(mut modes: Termios) -> Termios {
    modes.input_modes |= InputModes::ICRNL;
    #[cfg(target_os = "linux")]
    {
        modes.input_modes |= InputModes::IUTF8;
    }
    modes.input_modes -= InputModes::IXON | InputModes::IXOFF | InputModes::INLCR;
    modes.output_modes |= OutputModes::OPOST | OutputModes::ONLCR;
    modes.local_modes |= LocalModes::ISIG
        | LocalModes::ICANON
        | LocalModes::IEXTEN
        | LocalModes::ECHO
        | LocalModes::ECHOE
        | LocalModes::ECHOK
        | LocalModes::ECHOCTL
        | LocalModes::ECHOKE;
    modes.local_modes -= LocalModes::NOFLSH | LocalModes::TOSTOP;
    modes
}

fn fill(near: &OwnedFd, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match rustix::io::read(near, &mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) if filled > 0 => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(filled)
}
