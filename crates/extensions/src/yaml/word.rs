//! What a plain word of YAML 1.1 means; knows no document.

use super::Yaml;

/// The value of a word without quotes.
pub(super) fn meaning(word: &str) -> Yaml {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => return Yaml::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Yaml::Bool(true);
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Yaml::Bool(false);
        }
        _ => {}
    }
    whole(word)
        .or_else(|| fraction(word))
        .or_else(|| time(word))
        .unwrap_or_else(|| Yaml::Text(word.to_owned()))
}

/// A number as the original spells it.
pub(super) fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    format!("{number:?}")
}

fn signed(word: &str) -> (i64, &str) {
    match word.as_bytes().first() {
        Some(b'-') => (-1, &word[1..]),
        Some(b'+') => (1, &word[1..]),
        _ => (1, word),
    }
}

fn whole(word: &str) -> Option<Yaml> {
    let (sign, digits) = signed(word);
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'b', ..] => (2, &digits[2..]),
        [b'0', b'x', ..] => (16, &digits[2..]),
        [b'0'] => return Some(Yaml::Int(0)),
        [b'0', ..] => (8, &digits[1..]),
        [b'1'..=b'9', ..] if digits.contains(':') => return sixties(sign, digits),
        [b'1'..=b'9', ..] => (10, digits),
        _ => return None,
    };
    let bare: String = digits.chars().filter(|c| *c != '_').collect();
    if !bare.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    let number = i64::from_str_radix(&bare, base).ok()?;
    Some(Yaml::Int(sign * number))
}

/// `1:30` is ninety.
fn sixties(sign: i64, digits: &str) -> Option<Yaml> {
    let mut parts = digits.split(':');
    let mut total: i64 = parts.next()?.replace('_', "").parse().ok()?;
    for part in parts {
        let short = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let value: i64 = part.parse().ok().filter(|value| short && *value < 60)?;
        total = total.checked_mul(60)?.checked_add(value)?;
    }
    Some(Yaml::Int(sign * total))
}

fn fraction(word: &str) -> Option<Yaml> {
    match word.trim_start_matches(['+', '-']) {
        ".inf" | ".Inf" | ".INF" => {
            let (sign, _) = signed(word);
            let infinite = if sign > 0 {
                f64::INFINITY
            } else {
                f64::NEG_INFINITY
            };
            return Some(Yaml::Float(infinite));
        }
        ".nan" | ".NaN" | ".NAN" => return Some(Yaml::Float(f64::NAN)),
        _ => {}
    }
    let (_, digits) = signed(word);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (before, after) = mantissa.split_once('.')?;
    let clean = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let starts = |part: &str| part.bytes().next().is_some_and(|b| b.is_ascii_digit());
    let begins = if before.is_empty() {
        starts(after) && digits.len() == word.len()
    } else {
        starts(before)
    };
    // An exponent counts only with its sign, as in YAML 1.1.
    let raised = exponent.is_none_or(|exponent| {
        exponent.starts_with(['+', '-'])
            && exponent.len() > 1
            && exponent[1..].bytes().all(|b| b.is_ascii_digit())
    });
    if !(begins && clean(before) && clean(after) && raised) {
        return None;
    }
    word.replace('_', "").parse().ok().map(Yaml::Float)
}

/// A day `2026-01-31`, or a moment of it.
fn time(word: &str) -> Option<Yaml> {
    let dated = word.len() >= 10
        && word.bytes().take(10).enumerate().all(|(at, b)| match at {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    if !dated {
        return None;
    }
    if word.len() == 10 {
        let day: jiff::civil::Date = word.parse().ok()?;
        return Some(Yaml::Time(day.to_string(), day.to_string()));
    }
    let moment: jiff::civil::DateTime = word.parse().ok()?;
    Some(Yaml::Time(
        moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        moment.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
    ))
}
