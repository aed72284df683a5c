//! A person at a terminal: a real pseudo-terminal that is typed on and looked at.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

use crate::house::{BINARY, House};

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(90);

/// Ctrl-C.
pub const CTRL_C: &str = "\x03";
/// Ctrl-D.
pub const CTRL_D: &str = "\x04";

/// A terminal with the binary in it.
pub struct Terminal {
    child: Child,
    leader: Option<File>,
    follower: OwnedFd,
    before: Termios,
    screen: Arc<Screen>,
    looked: usize,
}

#[derive(Default)]
struct Screen {
    text: Mutex<Text>,
    changed: Condvar,
}

#[derive(Default)]
struct Text {
    raw: Vec<u8>,
    closed: bool,
}

impl Terminal {
    /// Starts the binary in a terminal of its own.
    pub fn open(house: &House, arguments: &[&str]) -> Self {
        let leader = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&leader).unwrap();
        unlockpt(&leader).unwrap();
        let size = Winsize {
            ws_row: 50,
            ws_col: 120,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&leader, size).unwrap();
        let name = ptsname(&leader, Vec::new()).unwrap();
        let follower =
            rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let before = tcgetattr(&follower).unwrap();
        let end = || Stdio::from(follower.try_clone().unwrap());
        // `setsid --ctty` makes it the controlling terminal, so that Ctrl-C is a signal.
        let child = house
            .program("setsid")
            .args(["--ctty", BINARY])
            .args(arguments)
            .env("TERM", "xterm-256color")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        let leader = File::from(leader);
        let screen = Arc::new(Screen::default());
        let (mut eyes, seen) = (leader.try_clone().unwrap(), Arc::clone(&screen));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                let read = eyes.read(&mut bytes).unwrap_or(0);
                let mut text = seen.text.lock().unwrap();
                text.raw.extend(&bytes[..read]);
                text.closed = read == 0;
                seen.changed.notify_all();
                if read == 0 {
                    break;
                }
            }
        });
        Self {
            child,
            leader: Some(leader),
            follower,
            before,
            screen,
            looked: 0,
        }
    }

    /// Types something.
    pub fn types(&mut self, text: &str) -> &mut Self {
        self.leader
            .as_mut()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        self
    }

    /// Types a line.
    pub fn enters(&mut self, text: &str) -> &mut Self {
        self.types(text).types("\r")
    }

    /// Waits until this appears below what was looked at before.
    #[track_caller]
    pub fn sees(&mut self, wanted: &str) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        let mut text = self.screen.text.lock().unwrap();
        loop {
            let shown = plain(&text.raw);
            if let Some(at) = shown.get(self.looked..).and_then(|rest| rest.find(wanted)) {
                self.looked += at + wanted.len();
                break;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !text.closed,
                "`{wanted}` does not appear after `{}`:\n{shown}",
                shown
                    .get(self.looked.saturating_sub(20)..self.looked)
                    .unwrap_or_default()
            );
            text = self.screen.changed.wait_timeout(text, left).unwrap().0;
        }
        drop(text);
        self
    }

    /// Everything that was shown so far.
    pub fn shown(&self) -> String {
        plain(&self.screen.text.lock().unwrap().raw)
    }

    /// Everything that was shown so far, control sequences included.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.screen.text.lock().unwrap().raw).into_owned()
    }

    /// Sends a signal.
    pub fn sends(&mut self, signal: Signal) -> &mut Self {
        kill(&self.child, signal);
        self
    }

    /// Takes the terminal away.
    pub fn goes_away(&mut self) -> &mut Self {
        self.sends(Signal::HUP);
        self
    }

    /// Waits for the end; the terminal must be as it was.
    #[track_caller]
    pub fn ends(&mut self, code: i32) {
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(code), "{}", self.shown());
        let after = tcgetattr(&self.follower).unwrap();
        assert_eq!(
            after.local_modes, self.before.local_modes,
            "echo and line mode are given back"
        );
        assert_eq!(after.input_modes, self.before.input_modes);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a child.
pub fn kill(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// The text without control sequences.
fn plain(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\x1b' => {
                if rest.next() == Some('[') {
                    rest.by_ref().find(|c| ('\x40'..='\x7e').contains(c));
                }
            }
            '\r' => {}
            c => out.push(c),
        }
    }
    out
}
