//! Reads what can be read of a damaged log. Changes nothing.

use std::sync::Arc;

use domain::{Log, LogError};

use crate::frame::{HEADER, Header};
use crate::index::Index;
use crate::log::{ReadOnly, Reading};
use crate::scan::Walk;
use crate::segments::Segments;

/// What could be read of a log, and what could not.
pub struct Salvaged {
    /// All records that are whole, in order; their places are counted anew.
    pub log: Arc<dyn Log>,
    /// Where something is missing.
    pub damage: Vec<Damage>,
}

/// A stretch that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: String,
    /// Where it starts.
    pub offset: u64,
    /// How many bytes.
    pub len: u64,
}

/// Reads all segments there are; nothing if there is none.
pub(crate) fn salvage(segments: Arc<Segments>) -> Result<Option<Salvaged>, LogError> {
    let numbers = segments.list()?;
    let Some(newest) = numbers.last().copied() else {
        return Ok(None);
    };
    let mut rescue = Rescue::default();
    for segment in 0..=newest {
        if numbers.contains(&segment) {
            rescue.read(&segments, segment)?;
        } else {
            rescue.lose(&segments, segment, 0, 0);
        }
    }
    let Rescue {
        index,
        records,
        damage,
    } = rescue;
    let reading = Reading::new(segments, index).with_gaps();
    let log = Arc::new(ReadOnly { reading, records });
    Ok(Some(Salvaged { log, damage }))
}

#[derive(Default)]
struct Rescue {
    index: Index,
    records: u64,
    damage: Vec<Damage>,
}

impl Rescue {
    fn read(&mut self, segments: &Segments, segment: u32) -> Result<(), LogError> {
        let unreadable = |error| segments.unreadable(segment, error);
        let file = segments.reader(segment)?;
        let len = file.len().map_err(unreadable)?;
        self.index.begin(segment, len);
        let mut header = [0; HEADER as usize];
        file.read_at(&mut header, 0).map_err(unreadable)?;
        if Header::parse(&header).is_err() {
            self.lose(segments, segment, 0, HEADER);
        }
        let mut walk = Walk::new(&*file, segments.seed(segment), len);
        let mut events = Vec::new();
        loop {
            while let Some(frame) = walk.next().map_err(unreadable)? {
                if frame.event_range().is_some() {
                    events.push((frame.at, self.index.key(frame.name())));
                }
                self.records += u64::from(!frame.head.is_seal());
            }
            let lost = walk.at();
            if !walk.resume().map_err(unreadable)? {
                if walk.is_blank().map_err(unreadable)? {
                    break;
                }
                self.lose(segments, segment, lost, len - lost);
                break;
            }
            if walk.at() > lost {
                self.lose(segments, segment, lost, walk.at() - lost);
            }
        }
        self.index.recovered(&events, len.max(HEADER));
        Ok(())
    }

    fn lose(&mut self, segments: &Segments, segment: u32, offset: u64, len: u64) {
        self.damage.push(Damage {
            path: segments.path(segment).display().to_string(),
            offset,
            len,
        });
    }
}
