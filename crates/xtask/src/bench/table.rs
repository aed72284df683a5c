//! The table of figures, in Markdown that also reads well in a terminal.

use super::{Bar, Row, Unit, middle};

const HEADS: [&str; 5] = [
    "figure",
    "original",
    "reach",
    "ours (fastest to slowest run)",
    "met",
];

/// One line a figure, columns aligned.
pub fn table(rows: &[Row]) -> String {
    let cells: Vec<[String; 5]> = rows.iter().map(cells).collect();
    let mut widths = HEADS.map(|head| head.chars().count());
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = line(&HEADS.map(str::to_owned), &widths);
    out.push_str(&line(&widths.map(|width| "-".repeat(width)), &widths));
    for row in &cells {
        out.push_str(&line(row, &widths));
    }
    out
}

fn line(cells: &[String; 5], widths: &[usize; 5]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!("{cell:<width$}"))
        .collect();
    format!("| {} |\n", cells.join(" | "))
}

fn cells(row: &Row) -> [String; 5] {
    let figure = &row.figure;
    let reach = match figure.bar {
        Bar::AtMost(bar) => format!("<= {}", shown(bar, figure.unit)),
        Bar::AtLeast(bar) => format!(">= {}", shown(bar, figure.unit)),
        Bar::None => String::new(),
    };
    let met = match row.met() {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "",
    };
    [
        figure.name.to_owned(),
        original(row),
        reach,
        ours(row),
        met.to_owned(),
    ]
}

/// What was measured beside ours, else what somebody measured before.
fn original(row: &Row) -> String {
    match middle(&row.original) {
        Some(value) => format!("{}, same run", shown(value, row.figure.unit)),
        None => row.figure.original.to_owned(),
    }
}

fn ours(row: &Row) -> String {
    let Some(median) = row.median() else {
        return "not measured".to_owned();
    };
    let show = |value| shown(value, row.figure.unit);
    let low = row.runs.iter().copied().fold(f64::INFINITY, f64::min);
    let high = row.runs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (best, worst) = match row.figure.bar {
        Bar::AtMost(_) | Bar::None => (low, high),
        Bar::AtLeast(_) => (high, low),
    };
    if row.runs.len() == 1 {
        show(median)
    } else {
        format!("{} ({} to {})", show(median), show(best), show(worst))
    }
}

/// The value with three digits and its unit.
fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds if value >= 1.0 => format!("{} s", digits(value)),
        Unit::Seconds if value >= 1e-3 => format!("{} ms", digits(value * 1e3)),
        Unit::Seconds => format!("{} us", digits(value * 1e6)),
        Unit::PerSecond => format!("{} /s", digits(value)),
        Unit::Times => format!("{value:.2}x"),
        Unit::Bytes if value < 1e6 => format!("{} kB", digits(value / 1e3)),
        Unit::Bytes => format!("{} MB", digits(value / 1e6)),
    }
}

fn digits(value: f64) -> String {
    match value {
        v if v >= 1000.0 => thousands(v),
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => trimmed(format!("{v:.1}")),
        v => trimmed(format!("{v:.2}")),
    }
}

fn trimmed(number: String) -> String {
    number
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

fn thousands(value: f64) -> String {
    let plain = format!("{value:.0}");
    let mut out = String::new();
    for (at, digit) in plain.chars().enumerate() {
        if at > 0 && (plain.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
