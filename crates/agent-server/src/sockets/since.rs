//! Finds the place of a time in a log. Timestamps in a log never decrease.

use domain::{Head, Log};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The place of the first event that is not older than a time.
pub(crate) fn first(log: &dyn Log, time: &str) -> u64 {
    let time = naive(time);
    let (mut low, mut high) = (0, log.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if older(log, middle, &time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

fn older(log: &dyn Log, place: u64, time: &str) -> bool {
    let Ok(read) = log.read(place, 1) else {
        return false;
    };
    read.first()
        .and_then(|entry| Some(Head::parse(&entry.json).ok()?.timestamp.as_ref() < time))
        .unwrap_or(false)
}

/// A time as events carry it: local, without a zone. One that has a zone is brought to the local one.
pub(crate) fn naive(time: &str) -> String {
    match time.parse::<Timestamp>() {
        Ok(instant) => instant
            .to_zoned(TimeZone::system())
            .strftime("%Y-%m-%dT%H:%M:%S.%6f")
            .to_string(),
        Err(_) => time.replace(' ', "T"),
    }
}
