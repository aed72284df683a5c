//! What a shell that ends leaves to the next, on sheets that have no name on any disk and vanish with this process.
//!
//! Knows nothing of what stands on them but that the shell's folder comes first.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// What bash sources to exit: it says nothing when a script does it.
const LEAVE: &str = "if (($#)); then builtin exit \"$@\"; else builtin exit \"$_oh_code\"; fi\n";

/// The sheets.
#[derive(Debug)]
pub(super) struct Legacy {
    will: Sheet,
    inheritance: Sheet,
    leave: Sheet,
}

/// What was found on the will.
#[derive(Debug)]
pub(super) struct Left {
    /// Where the shell was.
    pub(super) folder: Option<PathBuf>,
    /// Whether it wrote down what it exports.
    pub(super) state: bool,
}

impl Legacy {
    /// Blank sheets.
    pub(super) fn new() -> io::Result<Self> {
        let leave = Sheet::new()?;
        leave.write(LEAVE.as_bytes())?;
        Ok(Self {
            will: Sheet::new()?,
            inheritance: Sheet::new()?,
            leave,
        })
    }

    /// Where a shell that exits writes its folder, a null byte and the commands that give the next one its state.
    pub(super) fn will(&self) -> &Path {
        &self.will.path
    }

    /// Where the next shell finds those commands.
    pub(super) fn inheritance(&self) -> &Path {
        &self.inheritance.path
    }

    /// What bash sources to exit.
    pub(super) fn leave(&self) -> &Path {
        &self.leave.path
    }

    /// Takes the will of a shell that ended, and lays what it left ready for the next.
    pub(super) fn open(&self) -> Left {
        let will = self.will.read().unwrap_or_default();
        // A sheet that cannot be wiped is written over by the next shell.
        self.will.write(b"").ok();
        let Some(end) = will.iter().position(|byte| *byte == 0) else {
            return Left {
                folder: None,
                state: false,
            };
        };
        let (folder, state) = (&will[..end], &will[end + 1..]);
        Left {
            folder: Some(PathBuf::from(OsString::from_vec(folder.to_vec())))
                .filter(|folder| folder.is_absolute()),
            state: !state.is_empty() && self.inheritance.write(state).is_ok(),
        }
    }

    /// Wipes what the next shell has taken.
    pub(super) fn wipe(&self) {
        // It holds nothing that its heir does not have.
        self.inheritance.write(b"").ok();
    }
}

/// A file that other programs of this user can open for as long as we hold it.
#[derive(Debug)]
struct Sheet {
    file: File,
    path: PathBuf,
    #[cfg(not(target_os = "linux"))]
    _name: tempfile::TempPath,
}

impl Sheet {
    #[cfg(target_os = "linux")]
    fn new() -> io::Result<Self> {
        use std::os::fd::AsRawFd;

        use rustix::fs::MemfdFlags;

        let memory = rustix::fs::memfd_create("openhands", MemfdFlags::CLOEXEC)?;
        let path = format!("/proc/{}/fd/{}", std::process::id(), memory.as_raw_fd());
        Ok(Self {
            file: memory.into(),
            path: path.into(),
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn new() -> io::Result<Self> {
        let (file, name) = tempfile::Builder::new()
            .prefix("openhands-")
            .tempfile_in("/tmp")?
            .into_parts();
        Ok(Self {
            file,
            path: name.to_path_buf(),
            _name: name,
        })
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        let size = usize::try_from(self.file.metadata()?.len()).unwrap_or_default();
        let mut text = vec![0; size];
        self.file.read_exact_at(&mut text, 0)?;
        Ok(text)
    }

    fn write(&self, text: &[u8]) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.write_all_at(text, 0)
    }
}
