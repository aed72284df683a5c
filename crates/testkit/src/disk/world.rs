//! What is on the simulated disk, as programs see it and as it would survive. Knows no path and no fault but a crash.

use std::collections::BTreeMap;

use super::dice::Dice;

/// What a disk writes at once.
const SECTOR: usize = 512;

/// The number of a file or directory.
pub(super) type Inode = usize;

/// All files and directories; the first is the root.
#[derive(Clone)]
pub(super) struct World {
    nodes: Vec<Node>,
    made: u64,
}

/// A file or a directory.
#[derive(Clone)]
pub(super) enum Node {
    File(File),
    Dir(Dir),
}

/// A file: what is read from it, what would survive, and what was done since.
#[derive(Clone, Default)]
pub(super) struct File {
    pub view: Vec<u8>,
    pub made: u64,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Resize(usize),
}

/// A directory, likewise.
#[derive(Clone, Default)]
pub(super) struct Dir {
    pub view: BTreeMap<String, Inode>,
    durable: BTreeMap<String, Inode>,
    pending: Vec<Naming>,
}

#[derive(Clone)]
enum Naming {
    Add(String, Inode),
    Remove(String),
    Rename(String, String, Inode),
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            nodes: vec![Node::Dir(Dir::default())],
            made: 0,
        }
    }

    pub(super) fn add(&mut self, mut node: Node) -> Inode {
        self.made += 1;
        if let Node::File(file) = &mut node {
            file.made = self.made;
        }
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub(super) fn file(&mut self, inode: Inode) -> Option<&mut File> {
        match self.nodes.get_mut(inode)? {
            Node::File(file) => Some(file),
            Node::Dir(_) => None,
        }
    }

    pub(super) fn dir(&mut self, inode: Inode) -> Option<&mut Dir> {
        match self.nodes.get_mut(inode)? {
            Node::Dir(dir) => Some(dir),
            Node::File(_) => None,
        }
    }

    /// What is there when the power is back.
    pub(super) fn after_power_cut(mut self, dice: &mut Dice) -> Self {
        for node in &mut self.nodes {
            match node {
                Node::File(file) => file.lose(dice),
                Node::Dir(dir) => dir.lose(dice),
            }
        }
        self
    }
}

impl File {
    /// Writes as programs see it.
    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        put(&mut self.view, offset, bytes);
        let bytes = bytes.to_vec();
        self.pending.push(Change::Write { offset, bytes });
    }

    /// Cuts, or extends with zeros.
    pub(super) fn resize(&mut self, len: usize) {
        self.view.resize(len, 0);
        self.pending.push(Change::Resize(len));
    }

    /// Makes what was done durable.
    pub(super) fn sync(&mut self) {
        for change in std::mem::take(&mut self.pending) {
            self.keep(change);
        }
    }

    /// Makes some of what was written durable, and forgets that the rest is not: programs go on seeing it, and no
    /// later sync makes up for it. Lengths are kept with the names, and are not forgotten.
    pub(super) fn fail_to_sync(&mut self, dice: &mut Dice) {
        let (lengths, writes) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|change| matches!(change, Change::Resize(_)));
        self.pending = writes;
        self.settle(dice);
        self.pending = lengths;
    }

    fn lose(&mut self, dice: &mut Dice) {
        self.settle(dice);
        self.view.clone_from(&self.durable);
    }

    fn settle(&mut self, dice: &mut Dice) {
        let mood = dice.below(4);
        for change in std::mem::take(&mut self.pending) {
            match (mood, change) {
                (0, _) => {}
                (1, change) => self.keep(change),
                (_, Change::Write { offset, bytes }) => self.tear(offset, &bytes, dice),
                (_, resize @ Change::Resize(_)) => {
                    if dice.one_in(2) {
                        self.keep(resize);
                    }
                }
            }
        }
    }

    fn keep(&mut self, change: Change) {
        match change {
            Change::Write { offset, bytes } => put(&mut self.durable, offset, &bytes),
            Change::Resize(len) => self.durable.resize(len, 0),
        }
    }

    /// Turns bytes into garbage, but those that are as they were.
    fn spoil(&self, at: usize, bytes: &mut [u8], dice: &mut Dice) {
        let mut garbage = vec![0; bytes.len()];
        dice.fill(&mut garbage);
        for (place, (byte, random)) in (at..).zip(bytes.iter_mut().zip(garbage)) {
            if self.durable.get(place) != Some(byte) {
                *byte = random;
            }
        }
    }

    /// Lets each sector of a write survive, or not, or only in part, or as garbage.
    fn tear(&mut self, offset: usize, bytes: &[u8], dice: &mut Dice) {
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            let at = offset + done;
            let len = (SECTOR - at % SECTOR).min(rest.len());
            let mut sector = rest.get(..len).unwrap_or_default().to_vec();
            match dice.below(16) {
                0 => self.spoil(at, &mut sector, dice),
                1 => sector.truncate(dice.size(len)),
                2..8 => sector.clear(),
                _ => {}
            }
            if !sector.is_empty() {
                put(&mut self.durable, at, &sector);
            }
            done += len;
        }
    }
}

impl Dir {
    pub(super) fn add(&mut self, name: &str, inode: Inode) {
        self.view.insert(name.to_owned(), inode);
        self.pending.push(Naming::Add(name.to_owned(), inode));
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.view.remove(name);
        self.pending.push(Naming::Remove(name.to_owned()));
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if let Some(inode) = self.view.remove(from) {
            self.view.insert(to.to_owned(), inode);
            let renamed = Naming::Rename(from.to_owned(), to.to_owned(), inode);
            self.pending.push(renamed);
        }
    }

    /// Makes the names durable.
    pub(super) fn sync(&mut self) {
        self.durable.clone_from(&self.view);
        self.pending.clear();
    }

    fn lose(&mut self, dice: &mut Dice) {
        for naming in std::mem::take(&mut self.pending) {
            if dice.one_in(2) {
                self.keep(naming);
            }
        }
        self.view.clone_from(&self.durable);
    }

    fn keep(&mut self, naming: Naming) {
        match naming {
            Naming::Add(name, inode) => {
                self.durable.insert(name, inode);
            }
            Naming::Remove(name) => {
                self.durable.remove(&name);
            }
            Naming::Rename(from, to, inode) => {
                self.durable.remove(&from);
                self.durable.insert(to, inode);
            }
        }
    }
}

fn put(place: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if place.len() < end {
        place.resize(end, 0);
    }
    if let Some(range) = place.get_mut(offset..end) {
        range.copy_from_slice(bytes);
    }
}
