//! Points in time as microseconds of UTC, and their ISO form. Reads no clock.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// Microseconds since the Unix epoch; on the wire `2026-11-20T11:39:36.426638Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

/// A moment taken apart.
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    second: i64,
    micros: i64,
}

impl Moment {
    /// The 20 digits by which names of files are ordered: `YYYYMMDDHHMMSSffffff`.
    pub fn digits(self) -> String {
        let at = self.civil();
        let (hours, minutes, seconds) = at.clock();
        format!(
            "{:04}{:02}{:02}{hours:02}{minutes:02}{seconds:02}{:06}",
            at.year, at.month, at.day, at.micros
        )
    }

    /// Reads the 20 digits.
    pub fn from_digits(digits: &str) -> Option<Self> {
        if digits.len() != 20 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let number = |from: usize, to: usize| digits.get(from..to)?.parse::<i64>().ok();
        let day = date(number(0, 4)?, number(4, 6)?, number(6, 8)?)?;
        let second = time(number(8, 10)?, number(10, 12)?, number(12, 14)?)?;
        Some(Self((day * DAY + second) * SECOND + number(14, 20)?))
    }

    /// Reads `2026-11-20T11:39[:36[.426638]][Z|+01:00]`; without a zone it is UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let (date_part, rest) = text.split_at_checked(10)?;
        let rest = rest.strip_prefix(['T', 't', ' '])?;
        let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
        let (clock, zone) = rest.split_at(zone_at);
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let [year, month, day] = numbers(date_part, '-')?;
        let [hours, minutes, seconds] = match numbers(clock, ':') {
            Some(clock) => clock,
            // Seconds may be left out.
            None => numbers(&format!("{clock}:00"), ':')?,
        };
        let local = date(year, month, day)? * DAY + time(hours, minutes, seconds)?;
        Some(Self((local - offset(zone)?) * SECOND + micros(fraction)?))
    }

    fn civil(self) -> Civil {
        let seconds = self.0.div_euclid(SECOND);
        // Days are counted from 1 March of year 0, so that a leap day is the last of its year.
        let days = seconds.div_euclid(DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        Civil {
            year: year + era * 400 + i64::from(month >= 10),
            month: if month < 10 { month + 3 } else { month - 9 },
            day: of_year - (153 * month + 2) / 5 + 1,
            second: seconds.rem_euclid(DAY),
            micros: self.0.rem_euclid(SECOND),
        }
    }
}

impl Civil {
    fn clock(&self) -> (i64, i64, i64) {
        (self.second / 3600, self.second / 60 % 60, self.second % 60)
    }
}

fn date(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn time(hours: i64, minutes: i64, seconds: i64) -> Option<i64> {
    let fine = hours < 24 && minutes < 60 && seconds < 60;
    fine.then_some(hours * 3600 + minutes * 60 + seconds)
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.splitn(3, separator).map(|part| {
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<i64>().ok()).flatten()
    });
    Some([parts.next()??, parts.next()??, parts.next()??])
}

fn micros(fraction: &str) -> Option<i64> {
    if fraction.is_empty() {
        return Some(0);
    }
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<6}").get(..6)?.parse().ok()
}

fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes().first() {
        None | Some(b'Z' | b'z') => return Some(0),
        Some(b'-') => -1,
        Some(_) => 1,
    };
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = digits.get(2..4).map_or(Some(0), |text| text.parse().ok())?;
    Some(sign * (hours * 3600 + minutes * 60))
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.civil();
        let (hours, minutes, seconds) = at.clock();
        write!(
            f,
            "{:04}-{:02}-{:02}T{hours:02}:{minutes:02}:{seconds:02}",
            at.year, at.month, at.day
        )?;
        match at.micros {
            0 => f.write_str("Z"),
            micros => write!(f, ".{micros:06}Z"),
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not an ISO 8601 date and time"))
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests;
