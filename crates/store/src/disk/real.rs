//! The disk of this machine.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::process;
use std::sync::Arc;
use std::time::SystemTime;

use super::{Disk, DiskFile, Held, LockError};

/// The disk of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn make_dir(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let file = private().create(true).truncate(true).open(path)?;
        Ok(Arc::new(RealFile(file)))
    }

    /// Written under another name first, so that nobody ever sees half of it.
    fn create_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let unborn = path.with_extension(format!("{}.new", process::id()));
        let mut file = private().create(true).truncate(true).open(&unborn)?;
        let made = file
            .write_all(bytes)
            .and_then(|()| fs::hard_link(&unborn, path));
        fs::remove_file(&unborn)?;
        made
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(RealFile(private().open(path)?)))
    }

    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(RealFile(File::open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        fs::read_dir(path)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    fn made(&self, path: &Path) -> io::Result<SystemTime> {
        let metadata = fs::metadata(path)?;
        metadata.created().or_else(|_| metadata.modified())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    #[cfg(target_os = "linux")]
    fn sync_all(&self, path: &Path) -> io::Result<bool> {
        rustix::fs::syncfs(File::open(path)?)?;
        Ok(true)
    }

    fn lock(&self, path: &Path) -> Result<Box<dyn Held>, LockError> {
        loop {
            let mut file = private().create(true).truncate(false).open(path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(LockError::Held(holder(&mut file))),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
            if still_there(&file, path)? {
                file.set_len(0)?;
                file.write_all(format!("{}\n", process::id()).as_bytes())?;
                return Ok(Box::new(Flock { _file: file }));
            }
        }
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let pid = match file.read_to_string(&mut text) {
        Ok(_) => text.trim().parse::<u32>().ok(),
        Err(_) => None,
    };
    match pid {
        Some(pid) if pid == process::id() => format!("this same process ({pid})"),
        Some(pid) => format!("process {pid}"),
        None => "another process".to_owned(),
    }
}

/// Whether the locked file is the one of that name, and was not removed while we waited for it.
fn still_there(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok(named.ino() == ours.ino() && named.dev() == ours.dev()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

struct Flock {
    _file: File,
}

impl Held for Flock {}

struct RealFile(File);

impl DiskFile for RealFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.0.read_at(rest, offset + done as u64) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    #[cfg(target_os = "linux")]
    fn preallocate(&self, from: u64, to: u64) -> bool {
        use rustix::fs::{FallocateFlags, fallocate};
        fallocate(
            &self.0,
            FallocateFlags::empty(),
            from,
            to.saturating_sub(from),
        )
        .is_ok()
    }

    #[cfg(not(target_os = "linux"))]
    fn preallocate(&self, _from: u64, _to: u64) -> bool {
        false
    }
}
