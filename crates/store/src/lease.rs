//! Who owns a conversation, for disks that several machines share: a numbered claim in each conversation's directory, and
//! one sign of life for each owner. On one machine the lock of the log decides; this decides between machines.
//!
//! A claim is a file that only one can make. Whoever makes the next one owns the conversation, and may do so when the
//! owner let go of it, or gave no sign of life for as long as was agreed. An owner that was away for too long makes the
//! next claim itself before anything it writes counts, and is told if another one was faster.

mod claim;
mod renewal;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{Clock, LogError};
use serde::{Deserialize, Serialize};

use crate::disk::Disk;
use crate::segments::Segments;
use crate::{held, refused};
use claim::Claim;
pub(crate) use renewal::Renewal;

/// What owners of conversations agree on.
#[derive(Clone)]
pub struct Terms {
    /// Who: a name that no other owner has.
    pub owner: String,
    /// On which machine.
    pub host: String,
    /// For how long an owner may give no sign of life; 0 for no leases at all.
    pub ttl: Duration,
    /// The time, which all machines must agree on to within a third of that.
    pub clock: Arc<dyn Clock>,
}

/// The conversations of one owner.
pub(crate) struct Leases {
    terms: Terms,
    disk: Arc<dyn Disk>,
    owners: PathBuf,
    life: Mutex<Life>,
}

/// The last sign of life that was given.
#[derive(Clone, Copy)]
struct Life {
    /// When, in microseconds since the Unix epoch.
    given: i64,
    /// How often it came too late: what was owned before may belong to others.
    lapses: u64,
}

/// A sign of life.
#[derive(Serialize, Deserialize)]
struct Sign {
    owner_instance_id: String,
    owner_host: String,
    owner_pid: u32,
    /// Microseconds since the Unix epoch.
    expires_at: i64,
}

/// The ownership of one conversation.
pub(crate) struct Lease {
    leases: Arc<Leases>,
    segments: Arc<Segments>,
    claim: Claim,
    lapses: u64,
    /// Whether somebody else owned it last, and did not let go: it may still write where it wrote before.
    taken_over: bool,
    /// The segment where that would be.
    pub fenced: Option<u32>,
    lost: bool,
}

impl Leases {
    /// Gives the first sign of life.
    pub(crate) fn begin(
        terms: Terms,
        disk: Arc<dyn Disk>,
        conversations: &Path,
    ) -> Result<Self, LogError> {
        let leases = Self {
            terms,
            disk,
            owners: conversations.join(".owners"),
            life: Mutex::new(Life {
                given: i64::MIN / 2,
                lapses: 0,
            }),
        };
        let owners = &leases.owners;
        leases
            .disk
            .make_dir(owners)
            .map_err(|error| refused("create", owners, error))?;
        leases.renew()?;
        Ok(leases)
    }

    /// Gives a sign of life.
    pub(crate) fn renew(&self) -> Result<(), LogError> {
        let mut life = held(&self.life);
        let now = self.terms.clock.micros();
        if now >= self.safe_until(*life) {
            life.lapses += 1;
        }
        let sign = Sign {
            owner_instance_id: self.terms.owner.clone(),
            owner_host: self.terms.host.clone(),
            owner_pid: std::process::id(),
            expires_at: now.saturating_add(self.ttl()),
        };
        let path = self.sign(&self.terms.owner);
        put(&*self.disk, &path, &sign).map_err(|error| refused("write", &path, error))?;
        life.given = now;
        Ok(())
    }

    /// Says that nothing is owned any more.
    fn end(&self) {
        if self.disk.remove(&self.sign(&self.terms.owner)).is_err() {
            // It expires by itself.
        }
    }

    fn ttl(&self) -> i64 {
        i64::try_from(self.terms.ttl.as_micros()).unwrap_or(i64::MAX)
    }

    /// Until when nobody can have taken anything over, other clocks included.
    fn safe_until(&self, life: Life) -> i64 {
        life.given.saturating_add(self.ttl() - self.ttl() / 3)
    }

    fn sign(&self, owner: &str) -> PathBuf {
        self.owners.join(format!("{owner}.json"))
    }

    /// Whether an owner gave a sign of life in time.
    fn is_alive(&self, owner: &str) -> bool {
        let read = |path: &Path| {
            let file = self.disk.open_read(path).ok()?;
            let mut bytes = vec![0; usize::try_from(file.len().ok()?).ok()?];
            file.read_at(&mut bytes, 0).ok()?;
            serde_json::from_slice::<Sign>(&bytes).ok()
        };
        read(&self.sign(owner)).is_some_and(|sign| sign.expires_at > self.terms.clock.micros())
    }

    /// Takes a conversation whose lock this process has.
    pub(crate) fn take(self: &Arc<Self>, segments: &Arc<Segments>) -> Result<Lease, LogError> {
        let lapses = held(&self.life).lapses;
        loop {
            let last = Claim::last(segments)?;
            let taken_over = match &last {
                Some(last) if self.is_held(last) => {
                    return Err(LogError::Busy {
                        id: segments.id,
                        holder: last.holder(),
                    });
                }
                Some(last) => !last.released && last.owner_instance_id != self.terms.owner,
                None => false,
            };
            let number = last.as_ref().map_or(1, |last| last.generation + 1);
            let claim = Claim::new(number, &self.terms);
            if claim.make(segments)? {
                Claim::sweep(segments, number);
                return Ok(Lease {
                    leases: Arc::clone(self),
                    segments: Arc::clone(segments),
                    claim,
                    lapses,
                    taken_over,
                    fenced: None,
                    lost: false,
                });
            }
        }
    }

    /// Whether the owner of a conversation is on another machine.
    pub(crate) fn is_elsewhere(&self, segments: &Segments) -> Result<bool, LogError> {
        Ok(Claim::last(segments)?.is_some_and(|last| self.is_held(&last)))
    }

    /// Whether its owner has it: on this machine that would have the lock as well.
    fn is_held(&self, claim: &Claim) -> bool {
        !claim.released
            && claim.owner_instance_id != self.terms.owner
            && claim.owner_host != self.terms.host
            && self.is_alive(&claim.owner_instance_id)
    }
}

impl Lease {
    /// Notes which segment was the last one when it was taken.
    pub(crate) fn last_segment(&mut self, segment: u32) {
        self.fenced = self.taken_over.then_some(segment);
    }

    /// Fails if somebody else may own the conversation by now.
    pub(crate) fn confirm(&mut self) -> Result<(), LogError> {
        if self.lost {
            return Err(self.loss());
        }
        let life = *held(&self.leases.life);
        let now = self.leases.terms.clock.micros();
        if life.lapses == self.lapses && now < self.leases.safe_until(life) {
            return Ok(());
        }
        self.take_again()
    }

    /// Makes the next claim, unless another owner made it.
    fn take_again(&mut self) -> Result<(), LogError> {
        self.leases.renew()?;
        let lapses = held(&self.leases.life).lapses;
        let mine = self.claim.generation;
        let last = Claim::last(&self.segments)?.map_or(0, |last| last.generation);
        let next = Claim::new(mine + 1, &self.leases.terms);
        if last != mine || !next.make(&self.segments)? {
            self.lost = true;
            return Err(self.loss());
        }
        Claim::sweep(&self.segments, next.generation);
        self.claim = next;
        self.lapses = lapses;
        Ok(())
    }

    fn loss(&self) -> LogError {
        let last = Claim::last(&self.segments).ok().flatten();
        let other = last.map_or_else(|| "another server".to_owned(), |last| last.holder());
        LogError::Busy {
            id: self.segments.id,
            holder: format!(
                "{other}, which took it over: the lease of this process on it was lost"
            ),
        }
    }

    /// Whether it is known to be lost.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.lost && self.confirm().is_ok() {
            self.claim.release(&self.segments);
        }
    }
}

fn put(disk: &dyn Disk, path: &Path, content: &impl Serialize) -> std::io::Result<()> {
    let unborn = path.with_extension("new");
    let bytes = serde_json::to_vec(content)?;
    disk.create(&unborn)?.write_at(&bytes, 0)?;
    disk.rename(&unborn, path)
}
