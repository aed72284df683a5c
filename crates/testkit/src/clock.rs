//! A clock that stands still until it is told to move, and makes the same ids every time. Reads no real clock.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{Clock, Stamp};
use uuid::Uuid;

/// 1 January 2026, 12:00:00: when every frozen clock starts.
pub const START: i64 = 1_767_268_800_000_000;

/// A clock whose time and ids are fixed by its seed and by what the test does with it.
#[derive(Debug)]
pub struct Frozen(Mutex<State>);

#[derive(Debug)]
struct State {
    micros: i64,
    step: i64,
    random: u64,
}

impl Default for Frozen {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Frozen {
    /// A clock that stands at [`START`]; two clocks of one seed make the same ids in the same order.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(State {
            micros: START,
            step: 0,
            random: seed,
        }))
    }

    /// Lets every reading move the time on by `step`, so that no two stamps are equal.
    #[must_use]
    pub fn ticking(self, step: Duration) -> Self {
        self.with(|state| state.step = micros(step));
        self
    }

    /// Sets the time, forwards or back: microseconds since the Unix epoch.
    pub fn set(&self, micros: i64) {
        self.with(|state| state.micros = micros);
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.with(|state| state.micros += micros(by));
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(&self) -> i64 {
        self.with(|state| {
            let now = state.micros;
            state.micros += state.step;
            now
        })
    }
}

impl Clock for Frozen {
    fn stamp(&self) -> Stamp {
        Stamp(iso(self.read()))
    }

    fn micros(&self) -> i64 {
        self.read()
    }

    fn uuid(&self) -> Uuid {
        let (high, low) = self.with(|state| (split_mix(state), split_mix(state)));
        let random = (u128::from(high) << 64) | u128::from(low);
        uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid()
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The stamp of a moment in a place without an offset from UTC.
fn iso(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .unwrap_or(jiff::Timestamp::MAX)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S%.6f")
        .to_string()
}

fn split_mix(state: &mut State) -> u64 {
    state.random = state.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = state.random;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests;
