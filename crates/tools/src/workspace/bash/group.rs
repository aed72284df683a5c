//! The processes of one command: started together, ended together. Knows no event.

mod shells;

use std::io;
use std::path::Path;
use std::process::Stdio;

use domain::BashCommand;
use rustix::process::{Pid, Signal};
use tokio::process::Child;

use crate::pty::processes;

pub(crate) use shells::Shells;

/// A command's shell, and with it all processes of its group.
pub(super) struct Group {
    pub(super) child: Child,
    /// The name of the group is its shell's. It is not given away again while anybody is in it.
    id: Option<Pid>,
}

impl Group {
    /// Starts a command in a group of its own.
    pub(super) fn start(
        shells: &Shells,
        command: &BashCommand,
        environment: &[(String, String)],
    ) -> io::Result<Self> {
        let mut program = shells.start(&command.command);
        program
            .arg("-c")
            .arg(&command.command)
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(cwd) = &command.cwd {
            program.current_dir(cwd);
        }
        let child = program.spawn()?;
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok(Self { child, id })
    }

    /// Asks all of them to end.
    pub(super) fn end(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends all of them.
    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        let Some(id) = self.id else {
            return;
        };
        // Right after its start it may not have its group yet.
        if !processes::signal_group(id, signal) && self.child.id().is_some() {
            processes::signal(&[id], signal);
        }
    }
}

/// Why a command could not be started, in the words that clients know.
pub(super) fn reason(error: &io::Error, command: &BashCommand, shells: &Shells) -> String {
    if error.kind() == io::ErrorKind::InvalidInput {
        return "embedded null byte".to_owned();
    }
    let whole = error.to_string();
    let text = whole.split(" (os error").next().unwrap_or_default();
    let number = error.raw_os_error().unwrap_or_default();
    let subject = match &command.cwd {
        Some(cwd)
            if !Path::new(cwd).is_dir() || error.kind() == io::ErrorKind::PermissionDenied =>
        {
            cwd.clone()
        }
        Some(_) | None => shells.name().to_owned(),
    };
    format!("[Errno {number}] {text}: '{subject}'")
}
