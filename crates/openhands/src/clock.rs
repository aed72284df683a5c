//! The system's clock and randomness. Knows nothing of what they are used for.

use domain::{Clock, Stamp};
use jiff::{Timestamp, Zoned};
use uuid::Uuid;

/// The clock of this machine, in its own time zone.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Clock for System {
    fn stamp(&self) -> Stamp {
        Stamp(iso(&Zoned::now()))
    }

    fn micros(&self) -> i64 {
        Timestamp::now().as_microsecond()
    }

    fn uuid(&self) -> Uuid {
        Uuid::new_v4()
    }
}

/// The way Python's `datetime.isoformat` writes a naive time: no fraction at all when it is zero.
fn iso(now: &Zoned) -> String {
    let seconds = now.strftime("%Y-%m-%dT%H:%M:%S");
    match now.subsec_nanosecond() / 1_000 {
        0 => seconds.to_string(),
        micros => format!("{seconds}.{micros:06}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(zoned: &str, expected: &str) {
        assert_eq!(iso(&zoned.parse().unwrap()), expected);
    }

    #[test]
    fn stamps_look_like_pythons() {
        check(
            "2026-11-20T11:39:35.047833999+01:00[Europe/Berlin]",
            "2026-11-20T11:39:35.047833",
        );
        check(
            "2026-01-02T03:04:05.000042+00:00[UTC]",
            "2026-01-02T03:04:05.000042",
        );
        check("2026-01-02T03:04:05+00:00[UTC]", "2026-01-02T03:04:05");
    }

    #[test]
    fn ids_are_random() {
        assert_eq!(System.uuid().get_version_num(), 4);
        assert_ne!(System.uuid(), System.uuid());
    }
}
