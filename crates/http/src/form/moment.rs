//! Moments as pydantic reads them: which texts are one, and what is wrong with the others.

/// Whether a text is a moment that every reader of moments takes.
pub(super) fn is_plain(text: &str) -> bool {
    fault(text).is_none() && text.len() > 10
}

/// A moment given as a number of seconds, or as a day alone, in the form that readers expect.
pub(super) fn plain(text: &str) -> Option<String> {
    if let Some(seconds) = seconds(text) {
        return Some(civil(seconds));
    }
    (fault(text).is_none() && text.len() == 10).then(|| format!("{text}T00:00:00"))
}

/// A number of seconds, or of milliseconds if it is large, since 1970 as a moment.
pub(super) fn civil(seconds: f64) -> String {
    let seconds = if seconds.abs() > 2e10 {
        seconds / 1000.0
    } else {
        seconds
    };
    let micros = (seconds * 1e6).round() as i64;
    let (days, rest) = (
        micros.div_euclid(86_400_000_000),
        micros.rem_euclid(86_400_000_000),
    );
    let (year, month, day) = date(days);
    let (second, micro) = (rest / 1_000_000, rest % 1_000_000);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z")
}

fn seconds(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number = text.parse::<f64>().ok();
    number.filter(|_| plain && digits.starts_with(|c: char| c.is_ascii_digit()))
}

/// The day a number of days after the first of 1970 (after Howard Hinnant's `civil_from_days`).
fn date(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let part = (5 * of_year + 2) / 153;
    let day = of_year - (153 * part + 2) / 5 + 1;
    let month = if part < 10 { part + 3 } else { part - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Why a text is no moment.
pub(super) fn fault(text: &str) -> Option<&'static str> {
    if seconds(text).is_some() {
        return None;
    }
    let bytes = text.as_bytes();
    let Some(head) = bytes.get(..10) else {
        return Some("input is too short");
    };
    let (year, month, day) = match day_of(head) {
        Ok(read) => read,
        Err(fault) => return Some(fault),
    };
    if !(1..=12).contains(&month) {
        return Some("month value is outside expected range of 1-12");
    }
    if day < 1 || day > length(year, month) {
        return Some("day value is outside expected range");
    }
    let rest = text.get(10..).unwrap_or("?");
    (!rest.is_empty() && time(rest.as_bytes()).is_none())
        .then_some("unexpected extra characters at the end of the input")
}

fn day_of(head: &[u8]) -> Result<(u32, u32, u32), &'static str> {
    let number = |from: usize, to: usize, fault: &'static str| {
        let digits = head.get(from..to).unwrap_or_default();
        digits.iter().try_fold(0, |sum, byte| match byte {
            b'0'..=b'9' => Ok(sum * 10 + u32::from(byte - b'0')),
            _ => Err(fault),
        })
    };
    let dash = |at: usize| match head.get(at) {
        Some(b'-') => Ok(()),
        _ => Err("invalid date separator, expected `-`"),
    };
    let year = number(0, 4, "invalid character in year")?;
    dash(4)?;
    let month = number(5, 7, "invalid character in month")?;
    dash(7)?;
    Ok((year, month, number(8, 10, "invalid character in day")?))
}

fn length(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `T12:30`, `T12:30:15.5`, each with or without a zone.
fn time(rest: &[u8]) -> Option<()> {
    let rest = rest.strip_prefix(b"T").or_else(|| {
        let other = rest.first()?;
        matches!(other, b't' | b' ' | b'_').then(|| rest.get(1..))?
    })?;
    let (_, rest) = two(rest, 23)?;
    let (_, mut rest) = two(rest.strip_prefix(b":")?, 59)?;
    if let Some(after) = rest.strip_prefix(b":") {
        (_, rest) = two(after, 59)?;
        if let Some(b'.' | b',') = rest.first() {
            let after = rest.get(1..)?;
            let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
            rest = after.get(digits..).filter(|_| digits > 0)?;
        }
    }
    match rest.split_first() {
        None => Some(()),
        Some((b'Z' | b'z', [])) => Some(()),
        Some((b'+' | b'-', zone)) => {
            let (_, zone) = two(zone, 23)?;
            let (_, end) = two(zone.strip_prefix(b":").unwrap_or(zone), 59)?;
            end.is_empty().then_some(())
        }
        Some(_) => None,
    }
}

fn two(bytes: &[u8], most: u8) -> Option<(u8, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(2)?;
    let digit = |at: usize| {
        digits
            .get(at)
            .filter(|b| b.is_ascii_digit())
            .map(|b| b - b'0')
    };
    let number = digit(0)? * 10 + digit(1)?;
    (number <= most).then_some((number, rest))
}
