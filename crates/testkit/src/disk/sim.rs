//! The simulated disk as the store sees it: paths, locks, and the faults one asks for. Nothing of it is on a real one.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use store::{Disk, DiskFile, Held, LockError};

use super::dice::Dice;
use super::world::{Dir, File, Inode, Node, World};

/// A disk in memory. Clones are the same disk.
#[derive(Clone)]
pub struct SimDisk(Arc<Mutex<Machine>>);

struct Machine {
    world: World,
    dice: Dice,
    locks: BTreeSet<Inode>,
    changes: u64,
    crash_at: Option<u64>,
    fail_sync_at: Option<u64>,
    room: Option<u64>,
    read_only: bool,
    dead: bool,
}

impl SimDisk {
    /// An empty disk whose faults the seed decides.
    pub fn new(seed: u64) -> Self {
        Self::boot(World::new(), Dice::new(seed))
    }

    fn boot(world: World, dice: Dice) -> Self {
        Self(Arc::new(Mutex::new(Machine {
            world,
            dice,
            locks: BTreeSet::new(),
            changes: 0,
            crash_at: None,
            fail_sync_at: None,
            room: None,
            read_only: false,
            dead: false,
        })))
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often something was changed or synced so far.
    pub fn changes(&self) -> u64 {
        self.machine().changes
    }

    /// Lets the power fail in the middle of the n-th change or sync from now on; nothing works after that.
    pub fn crash_in(&self, changes: u64) {
        let mut machine = self.machine();
        machine.crash_at = Some(machine.changes + changes);
    }

    /// Lets the first sync fail that comes after that many changes.
    pub fn fail_sync_in(&self, changes: u64) {
        let mut machine = self.machine();
        machine.fail_sync_at = Some(machine.changes + changes);
    }

    /// How many more bytes there is room for.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.machine().room = bytes;
    }

    /// Whether everything that changes something is refused.
    pub fn set_read_only(&self, yes: bool) {
        self.machine().read_only = yes;
    }

    /// Whether the power has failed.
    pub fn is_dead(&self) -> bool {
        self.machine().dead
    }

    /// Cuts the power; the disk as it is when the power is back.
    pub fn cut_power(&self) -> Self {
        let mut machine = self.machine();
        machine.dead = true;
        let mut dice = Dice::new(machine.dice.any());
        let world = machine.world.clone().after_power_cut(&mut dice);
        Self::boot(world, dice)
    }

    /// Kills the process that uses the disk; the disk as the next one sees it.
    pub fn kill(&self) -> Self {
        let mut machine = self.machine();
        machine.dead = true;
        let dice = Dice::new(machine.dice.any());
        Self::boot(machine.world.clone(), dice)
    }

    /// What is in a file.
    pub fn contents(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut machine = self.machine();
        let inode = machine.find(path)?;
        Ok(machine.file(inode)?.view.clone())
    }

    /// Replaces what is in a file, durably.
    pub fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut machine = self.machine();
        let inode = machine.find(path)?;
        let file = machine.file(inode)?;
        file.resize(0);
        file.write(0, bytes);
        file.sync();
        Ok(())
    }
}

/// What becomes of a change.
enum Fate {
    Done,
    /// The power fails in the middle.
    Half,
}

impl Machine {
    fn alive(&self) -> io::Result<()> {
        if self.dead {
            return Err(io::Error::other("the power has failed"));
        }
        Ok(())
    }

    /// Counts a change; says what becomes of it.
    fn change(&mut self) -> io::Result<Fate> {
        self.alive()?;
        if self.read_only {
            return Err(ErrorKind::ReadOnlyFilesystem.into());
        }
        self.changes += 1;
        if self.crash_at.is_some_and(|at| self.changes >= at) {
            self.dead = true;
            return Ok(Fate::Half);
        }
        Ok(Fate::Done)
    }

    /// Counts a change that happens whole or not at all.
    fn change_whole(&mut self) -> io::Result<bool> {
        match self.change()? {
            Fate::Done => Ok(true),
            Fate::Half => Ok(self.dice.one_in(2)),
        }
    }

    fn find(&mut self, path: &Path) -> io::Result<Inode> {
        let mut inode = 0;
        for name in names(path) {
            let dir = self.dir(inode)?;
            inode = *dir.view.get(&name).ok_or(ErrorKind::NotFound)?;
        }
        Ok(inode)
    }

    fn parent(&mut self, path: &Path) -> io::Result<(Inode, String)> {
        let name = names(path).pop().ok_or(ErrorKind::InvalidInput)?;
        let parent = path.parent().ok_or(ErrorKind::InvalidInput)?;
        Ok((self.find(parent)?, name))
    }

    fn dir(&mut self, inode: Inode) -> io::Result<&mut Dir> {
        self.world
            .dir(inode)
            .ok_or_else(|| ErrorKind::NotADirectory.into())
    }

    fn file(&mut self, inode: Inode) -> io::Result<&mut File> {
        self.world
            .file(inode)
            .ok_or_else(|| ErrorKind::IsADirectory.into())
    }

    /// Takes as much of the room as there is; says how much.
    fn take_room(&mut self, bytes: u64) -> u64 {
        match &mut self.room {
            Some(room) => {
                let taken = bytes.min(*room);
                *room -= taken;
                taken
            }
            None => bytes,
        }
    }

    fn write(&mut self, inode: Inode, bytes: &[u8], offset: usize) -> io::Result<()> {
        let fate = self.change()?;
        let growth = (offset + bytes.len()).saturating_sub(self.file(inode)?.view.len());
        let refused = growth as u64 - self.take_room(growth as u64);
        let fits = bytes.len() - usize::try_from(refused).unwrap_or(0);
        let done = match fate {
            Fate::Done => fits,
            Fate::Half => self.dice.size(fits + 1),
        };
        let written = bytes.get(..done).unwrap_or_default();
        self.file(inode)?.write(offset, written);
        self.alive()?;
        if refused > 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn sync(&mut self, inode: Inode) -> io::Result<()> {
        let whole = self.change_whole()?;
        if self.fail_sync_at.is_some_and(|at| self.changes >= at) {
            self.fail_sync_at = None;
            let mut dice = self.dice.clone();
            self.file(inode)?.fail_to_sync(&mut dice);
            self.dice = dice;
            return Err(io::Error::other("the disk reported an error"));
        }
        if whole {
            self.file(inode)?.sync();
        }
        self.alive()
    }

    fn resize(&mut self, inode: Inode, len: usize) -> io::Result<()> {
        if self.change_whole()? {
            self.file(inode)?.resize(len);
        }
        self.alive()
    }
}

fn names(path: &Path) -> Vec<String> {
    path.components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            Component::Prefix(_)
            | Component::RootDir
            | Component::CurDir
            | Component::ParentDir => None,
        })
        .collect()
}

impl Disk for SimDisk {
    fn make_dir(&self, path: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        machine.alive()?;
        let mut inode = 0;
        for name in names(path) {
            let known = machine.dir(inode)?.view.get(&name).copied();
            inode = match known {
                Some(child) => child,
                None => {
                    if machine.change_whole()? {
                        let child = machine.world.add(Node::Dir(Dir::default()));
                        machine.dir(inode)?.add(&name, child);
                    }
                    machine.alive()?;
                    machine.dir(inode)?.view.get(&name).copied().unwrap_or(0)
                }
            };
        }
        Ok(())
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut machine = self.machine();
        machine.alive()?;
        if let Ok(inode) = machine.find(path) {
            machine.resize(inode, 0)?;
            return Ok(self.handle(inode));
        }
        let (dir, name) = machine.parent(path)?;
        if machine.change_whole()? {
            let inode = machine.world.add(Node::File(File::default()));
            machine.dir(dir)?.add(&name, inode);
        }
        machine.alive()?;
        let inode = machine.find(path)?;
        Ok(self.handle(inode))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        if self.machine().read_only {
            return Err(ErrorKind::ReadOnlyFilesystem.into());
        }
        self.open_read(path)
    }

    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut machine = self.machine();
        machine.alive()?;
        let inode = machine.find(path)?;
        machine.file(inode)?;
        Ok(self.handle(inode))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        let (dir, old) = machine.parent(from)?;
        let (same, new) = machine.parent(to)?;
        if dir != same {
            return Err(ErrorKind::CrossesDevices.into());
        }
        machine.find(from)?;
        if machine.change_whole()? {
            machine.dir(dir)?.rename(&old, &new);
        }
        machine.alive()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        machine.find(path)?;
        let (dir, name) = machine.parent(path)?;
        if machine.change_whole()? {
            machine.dir(dir)?.remove(&name);
        }
        machine.alive()
    }

    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        self.remove(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let mut machine = self.machine();
        machine.alive()?;
        let inode = machine.find(path)?;
        Ok(machine.dir(inode)?.view.keys().cloned().collect())
    }

    fn made(&self, path: &Path) -> io::Result<SystemTime> {
        let mut machine = self.machine();
        machine.alive()?;
        let inode = machine.find(path)?;
        let made = machine.file(inode)?.made;
        Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(made))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        let inode = machine.find(path)?;
        if machine.change_whole()? {
            machine.dir(inode)?.sync();
        }
        machine.alive()
    }

    fn lock(&self, path: &Path) -> Result<Box<dyn Held>, LockError> {
        self.create_if_missing(path)?;
        let mut machine = self.machine();
        if machine.read_only {
            return Err(io::Error::from(ErrorKind::ReadOnlyFilesystem).into());
        }
        let inode = machine.find(path)?;
        if !machine.locks.insert(inode) {
            return Err(LockError::Held("another user of this disk".to_owned()));
        }
        let disk = self.clone();
        Ok(Box::new(SimLock { disk, inode }))
    }
}

impl SimDisk {
    fn handle(&self, inode: Inode) -> Arc<dyn DiskFile> {
        let disk = self.clone();
        Arc::new(SimFile { disk, inode })
    }

    fn create_if_missing(&self, path: &Path) -> io::Result<()> {
        let there = self.machine().find(path).is_ok();
        self.machine().alive()?;
        if there {
            return Ok(());
        }
        self.create(path).map(drop)
    }
}

struct SimLock {
    disk: SimDisk,
    inode: Inode,
}

impl Held for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        self.disk.machine().locks.remove(&self.inode);
    }
}

struct SimFile {
    disk: SimDisk,
    inode: Inode,
}

impl DiskFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        let mut machine = self.disk.machine();
        machine.alive()?;
        Ok(machine.file(self.inode)?.view.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut machine = self.disk.machine();
        machine.alive()?;
        let view = &machine.file(self.inode)?.view;
        let rest = view.get(index(offset)..).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(len)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.disk.machine().write(self.inode, bytes, index(offset))
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.machine().sync(self.inode)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.disk.machine().resize(self.inode, index(len))
    }

    fn preallocate(&self, from: u64, to: u64) -> bool {
        let mut machine = self.disk.machine();
        let more = to.saturating_sub(from);
        if machine.room.is_some_and(|room| room < more) {
            return false;
        }
        machine.take_room(more);
        machine.resize(self.inode, index(to)).is_ok()
    }
}

fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
