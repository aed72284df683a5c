//! How long a provider asks to be left alone, from the headers of its refusal. Knows no clock but the provider's.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The wait a refusal asks for, from the plainest header that says so.
pub(super) fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let milliseconds = text("retry-after-ms").and_then(|v| v.parse::<f64>().ok());
    if let Some(ms) = milliseconds.and_then(|ms| seconds(ms / 1000.0)) {
        return Some(ms);
    }
    let now = text(DATE.as_str()).and_then(http_date);
    if let Some(after) = text(RETRY_AFTER.as_str()) {
        return number(after).or_else(|| until(http_date(after)?, now?));
    }
    let exhausted = EXHAUSTIBLE
        .iter()
        .filter(|(left, _)| text(left) == Some("0"));
    let resets = exhausted.filter_map(|(_, reset)| moment(text(reset)?, now));
    let named = resets.max();
    named.or_else(|| moment(text("x-ratelimit-reset")?, now))
}

/// What can run out, and the header that says when there is more.
const EXHAUSTIBLE: &[(&str, &str)] = &[
    (
        "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests",
    ),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    (
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ),
    (
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ),
    (
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-reset",
    ),
    (
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-reset",
    ),
];

/// A duration (`6m0s`, `1.5`), a date, or an instant in seconds or milliseconds since 1970.
fn moment(text: &str, now: Option<Timestamp>) -> Option<Duration> {
    match text.parse::<f64>() {
        Ok(ms) if ms > 1e11 => until(Timestamp::from_millisecond(whole(ms)).ok()?, now?),
        Ok(s) if s > 1e8 => until(Timestamp::from_second(whole(s)).ok()?, now?),
        Ok(s) => seconds(s),
        Err(_) => units(text).or_else(|| until(text.parse().ok()?, now?)),
    }
}

fn number(text: &str) -> Option<Duration> {
    seconds(text.parse().ok()?)
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "instants are checked to be in range"
)]
fn whole(instant: f64) -> i64 {
    instant as i64
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|z| z.timestamp())
}

fn until(then: Timestamp, now: Timestamp) -> Option<Duration> {
    Some(Duration::try_from(then.duration_since(now)).unwrap_or_default())
}

/// `1h2m3.5s`, `20ms`.
fn units(mut text: &str) -> Option<Duration> {
    let mut sum = if text.is_empty() { f64::NAN } else { 0.0 };
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let value: f64 = text[..end].parse().ok()?;
        let rest = &text[end..];
        let unit = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        sum += value
            * match &rest[..unit] {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                _ => return None,
            };
        text = &rest[unit..];
    }
    seconds(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&str, &str)]) -> Option<f64> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = reqwest::header::HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.insert(name, value.parse().unwrap());
        }
        wait(&map).map(|d| d.as_secs_f64())
    }

    const NOW: (&str, &str) = ("date", "Wed, 21 Oct 2026 07:28:00 GMT");

    #[test]
    fn seconds_dates_and_milliseconds_are_understood() {
        assert_eq!(asked(&[("retry-after", "7")]), Some(7.0));
        assert_eq!(asked(&[("retry-after", "0.5")]), Some(0.5));
        let date = ("retry-after", "Wed, 21 Oct 2026 07:28:42 GMT");
        assert_eq!(asked(&[NOW, date]), Some(42.0));
        let past = ("retry-after", "Wed, 21 Oct 2026 07:00:00 GMT");
        assert_eq!(asked(&[NOW, past]), Some(0.0));
        assert_eq!(
            asked(&[("retry-after-ms", "1500"), ("retry-after", "9")]),
            Some(1.5)
        );
    }

    #[test]
    fn what_has_run_out_says_when_there_is_more() {
        let headers = [
            ("x-ratelimit-remaining-requests", "12"),
            ("x-ratelimit-reset-requests", "1h"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6m0.5s"),
        ];
        assert_eq!(asked(&headers), Some(360.5));
        let anthropic = [
            NOW,
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("anthropic-ratelimit-requests-reset", "2026-10-21T07:28:30Z"),
        ];
        assert_eq!(asked(&anthropic), Some(30.0));
        assert_eq!(
            asked(&[NOW, ("x-ratelimit-reset", "1792567690000")]),
            Some(10.0)
        );
        assert_eq!(
            asked(&[NOW, ("x-ratelimit-reset", "1792567690")]),
            Some(10.0)
        );
        assert_eq!(asked(&[("x-ratelimit-reset", "20ms")]), Some(0.02));
    }

    #[test]
    fn nonsense_asks_for_nothing() {
        for value in ["soon", "-3", "", "1e400", "5 fortnights"] {
            assert_eq!(asked(&[("retry-after", value)]), None, "{value}");
            assert_eq!(asked(&[("x-ratelimit-reset", value)]), None, "{value}");
        }
        assert_eq!(asked(&[]), None);
    }
}
