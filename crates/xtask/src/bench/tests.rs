//! How figures are judged and shown, and what writing them leaves alone.

use super::*;

fn row(bar: Bar, unit: Unit, runs: &[f64]) -> Row {
    Row {
        figure: Figure {
            name: "a figure",
            original: "57 ms",
            bar,
            unit,
        },
        runs: runs.to_vec(),
        original: Vec::new(),
    }
}

#[test]
fn the_run_in_the_middle_decides() {
    let slow = row(Bar::AtMost(3e-3), Unit::Seconds, &[9e-3, 2e-3, 4e-3]);
    assert_eq!(slow.met(), Some(false));
    let fast = row(Bar::AtMost(3e-3), Unit::Seconds, &[9e-3, 2e-3, 1e-3]);
    assert_eq!(fast.met(), Some(true));
    let many = row(Bar::AtLeast(400.0), Unit::PerSecond, &[401.0]);
    assert_eq!(many.met(), Some(true));
    assert_eq!(
        row(Bar::AtLeast(400.0), Unit::PerSecond, &[]).met(),
        Some(false)
    );
    assert_eq!(row(Bar::None, Unit::Bytes, &[1.0]).met(), None);
}

#[test]
fn every_value_is_shown_in_the_unit_that_fits() {
    let text = table(&[
        row(Bar::AtMost(3e-3), Unit::Seconds, &[9e-3, 2.5e-3, 4e-3]),
        row(Bar::AtLeast(4000.0), Unit::PerSecond, &[12345.6]),
        row(Bar::AtMost(1.1), Unit::Times, &[1.0]),
        row(Bar::AtMost(16e6), Unit::Bytes, &[20.25e6]),
        row(Bar::AtMost(1e-4), Unit::Seconds, &[1.5e-5]),
    ]);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[2].contains("| <= 3 ms"));
    assert!(lines[2].contains("| 4 ms (2.5 ms to 9 ms)"));
    assert!(lines[2].ends_with("| NO  |"));
    assert!(lines[3].contains("| >= 4,000 /s"));
    assert!(lines[3].contains("| 12,346 /s"));
    assert!(lines[4].contains("| 1.00x"));
    assert!(lines[5].contains("| 20.2 MB"));
    assert!(lines[6].contains("| 15 us"));
    let widths: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
    assert!(widths.iter().all(|width| *width == widths[0]));
}

#[test]
fn what_was_measured_beside_ours_takes_the_place_of_what_was_known() {
    let mut both = row(Bar::AtMost(15e3), Unit::Bytes, &[12_340.0]);
    assert!(table(&[both.clone()]).contains("| 57 ms "));
    both.original = vec![61_000.0, 55_000.0, 54_000.0];
    let text = table(&[both]);
    assert!(text.contains("| 55 kB, same run |"), "{text}");
    assert!(text.contains("| 12.3 kB"), "{text}");
}

#[test]
fn writing_replaces_the_table_and_keeps_the_prose() {
    let old = "# Benchmarks\n\nWhy.\n\n<!-- figures: written by `cargo xtask bench --write` -->\nold\n<!-- /figures -->\n\nMore.\n";
    let new = record::replaced(old, "new\n").unwrap();
    assert!(new.starts_with("# Benchmarks\n\nWhy.\n"));
    assert!(new.ends_with("<!-- /figures -->\n\nMore.\n"));
    assert!(new.contains("\nnew\n") && !new.contains("old"));
    assert!(record::replaced("# Benchmarks\n", "new").is_err());
}
