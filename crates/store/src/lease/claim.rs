//! A numbered claim on a conversation: a file beside its log that only one can make. Knows no clock.

use std::io;
use std::path::PathBuf;

use domain::LogError;
use serde::{Deserialize, Serialize};

use super::{Terms, put};
use crate::refused;
use crate::segments::Segments;

/// A claim.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Claim {
    pub owner_instance_id: String,
    pub generation: u64,
    pub owner_host: String,
    pub owner_pid: u32,
    /// Whether the owner let go.
    pub released: bool,
}

fn path(segments: &Segments, generation: u64) -> PathBuf {
    segments.home.join(format!("owner_lease.{generation}.json"))
}

fn generations(segments: &Segments) -> Result<Vec<u64>, LogError> {
    let names = segments
        .disk
        .list(&segments.home)
        .map_err(|error| refused("list", &segments.home, error))?;
    let number = |name: &String| {
        let rest = name.strip_prefix("owner_lease.")?;
        rest.strip_suffix(".json")?.parse().ok()
    };
    Ok(names.iter().filter_map(number).collect())
}

impl Claim {
    pub(super) fn new(generation: u64, terms: &Terms) -> Self {
        Self {
            owner_instance_id: terms.owner.clone(),
            generation,
            owner_host: terms.host.clone(),
            owner_pid: std::process::id(),
            released: false,
        }
    }

    /// The newest claim on a conversation.
    pub(super) fn last(segments: &Segments) -> Result<Option<Self>, LogError> {
        let Some(newest) = generations(segments)?.into_iter().max() else {
            return Ok(None);
        };
        let path = path(segments, newest);
        let read = || -> io::Result<Vec<u8>> {
            let file = segments.disk.open_read(&path)?;
            let mut bytes = vec![0; usize::try_from(file.len()?).unwrap_or(0)];
            file.read_at(&mut bytes, 0)?;
            Ok(bytes)
        };
        match read() {
            // A power cut may take what was in it; its number counts all the same.
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).unwrap_or(Self {
                owner_instance_id: String::new(),
                generation: newest,
                owner_host: String::new(),
                owner_pid: 0,
                released: false,
            }))),
            Err(error) => Err(refused("read", &path, error)),
        }
    }

    /// Makes it; says whether nobody was faster.
    pub(super) fn make(&self, segments: &Segments) -> Result<bool, LogError> {
        let path = path(segments, self.generation);
        let failed = |error| refused("create", &path, error);
        let bytes = serde_json::to_vec(self).map_err(|error| failed(error.into()))?;
        match segments.disk.create_new(&path, &bytes) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// Removes the claims before one.
    pub(super) fn sweep(segments: &Segments, newest: u64) {
        for old in generations(segments).unwrap_or_default() {
            if old < newest && segments.disk.remove(&path(segments, old)).is_err() {
                // Only the newest one counts.
            }
        }
    }

    /// Says that its owner let go.
    pub(super) fn release(&mut self, segments: &Segments) {
        self.released = true;
        if put(&*segments.disk, &path(segments, self.generation), self).is_err() {
            // It is free once its owner gives no sign of life any more.
        }
    }

    /// Who made it, for people.
    pub(super) fn holder(&self) -> String {
        format!("process {} on {}", self.owner_pid, self.owner_host)
    }
}
