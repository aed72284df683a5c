//! Numbers as people read them.

use std::time::Duration;

use domain::Stats;

use super::Look;

/// An amount of US dollars: cents where there are some, more digits where there are none.
pub fn money(dollars: f64) -> String {
    if dollars == 0.0 {
        "$0".to_owned()
    } else if dollars < 0.01 {
        format!("${dollars:.4}")
    } else {
        format!("${dollars:.2}")
    }
}

/// A whole number in groups of three.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// So many of something.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(number))
}

/// A number in few letters: 950, 1.2k, 34k, 5.6M.
pub fn short(number: u64) -> String {
    const STEPS: [(u64, &str); 2] = [(1_000_000, "M"), (1_000, "k")];
    for (step, unit) in STEPS {
        if number >= step {
            let tenths = number * 10 / step;
            return if tenths >= 100 {
                format!("{}{unit}", tenths / 10)
            } else {
                format!("{}.{}{unit}", tenths / 10, tenths % 10)
            };
        }
    }
    number.to_string()
}

/// How long something took.
pub fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Tokens in and out, and what they cost.
pub fn usage(stats: &Stats, look: &Look) -> String {
    let sums = stats
        .usage_to_metrics
        .values()
        .filter_map(|metrics| metrics.accumulated_token_usage.as_ref());
    let (mut into, mut out, mut cached) = (0, 0, 0);
    for sum in sums {
        into += sum.prompt_tokens;
        out += sum.completion_tokens;
        cached += sum.cache_read_tokens;
    }
    let cached = if cached > 0 {
        format!(" ({} cached)", short(cached))
    } else {
        String::new()
    };
    let dot = look.glyphs.dot;
    let cost = money(stats.cost());
    format!(
        "{} tokens in{cached}, {} out{dot}{cost}",
        short(into),
        short(out)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(money(0.0), "$0");
        assert_eq!(money(0.0042), "$0.0042");
        assert_eq!(money(1.5), "$1.50");
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(short(999), "999");
        assert_eq!(short(1_234), "1.2k");
        assert_eq!(short(34_567), "34k");
        assert_eq!(short(5_678_901), "5.6M");
        assert_eq!(elapsed(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(elapsed(Duration::from_secs(42)), "42 s");
        assert_eq!(elapsed(Duration::from_secs(150)), "2 min 30 s");
        assert_eq!(elapsed(Duration::from_secs(7_260)), "2 h 1 min");
    }
}
