//! What a model probably meant by a text that is not in the file. Changes nothing.

use std::collections::HashMap;
use std::ops::Range;

use similar::{ChangeTag, TextDiff};

use super::text::normal;
use crate::clip;

/// How many lines of difference are shown, and how much of each.
const SHOWN_LINES: usize = 24;
const SHOWN_CHARS: usize = 160;

/// How much is compared: enough for any edit a person would write, and little enough for any file.
const COMPARED_LINES: usize = 300;
const SCANNED_LINES: usize = 20_000;
const PLACES_OF_A_LINE: usize = 8;

/// How alike two lines must be to be taken for each other, of one.
const ALIKE: f64 = 0.5;

/// A hint that follows the sentence about the miss: a reason, and the closest place as a difference. Empty if nothing comes close.
pub(crate) fn hint(text: &str, old: &str) -> String {
    let old = normal(old);
    let mut out = String::new();
    if let Some(reason) = slip(text, &old) {
        out.push('\n');
        out.push_str(reason);
    }
    let file: Vec<&str> = text.lines().collect();
    let wanted: Vec<&str> = old
        .trim_matches('\n')
        .lines()
        .take(COMPARED_LINES)
        .collect();
    if let Some(place) = closest(&file, &wanted) {
        out.push_str(&report(&file[place.clone()], &wanted, place.start + 1));
    }
    out
}

/// Habits of models that can be told from the text alone.
fn slip(text: &str, old: &str) -> Option<&'static str> {
    let mut lines = old.lines().filter(|line| !line.is_empty()).peekable();
    if lines.peek().is_some() && lines.all(numbered) {
        return Some(
            "old_str holds the line numbers that `view` puts before each line; leave them out.",
        );
    }
    let unescaped = old
        .replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\\"", "\"");
    if unescaped != old && !unescaped.trim().is_empty() && text.contains(&unescaped) {
        return Some(
            "The file holds this text with real line breaks, tabs or quotes; old_str spells them with backslashes.",
        );
    }
    None
}

fn numbered(line: &str) -> bool {
    let rest = line
        .trim_start()
        .trim_start_matches(|c: char| c.is_ascii_digit());
    rest.starts_with('\t') && rest.len() < line.trim_start().len()
}

/// The lines of the file that come closest to `wanted`.
fn closest(file: &[&str], wanted: &[&str]) -> Option<Range<usize>> {
    let start = by_equal_lines(file, wanted).or_else(|| by_alike_line(file, wanted))?;
    let end = (start + wanted.len()).min(file.len());
    (start < end).then_some(start..end)
}

/// Where most lines agree, indentation aside.
fn by_equal_lines(file: &[&str], wanted: &[&str]) -> Option<usize> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (offset, line) in wanted.iter().enumerate() {
        let line = line.trim();
        if line.len() > 2 {
            let places = places.entry(line).or_default();
            if places.len() < PLACES_OF_A_LINE {
                places.push(offset);
            }
        }
    }
    let mut votes: HashMap<usize, usize> = HashMap::new();
    for (at, line) in file.iter().enumerate() {
        for offset in places.get(line.trim()).into_iter().flatten() {
            if let Some(start) = at.checked_sub(*offset) {
                *votes.entry(start).or_default() += 1;
            }
        }
    }
    let best = votes
        .into_iter()
        .max_by_key(|(start, votes)| (*votes, usize::MAX - start));
    best.map(|(start, _)| start)
}

/// Where the most telling line of `wanted` has its nearest likeness.
fn by_alike_line(file: &[&str], wanted: &[&str]) -> Option<usize> {
    let (offset, anchor) = wanted
        .iter()
        .enumerate()
        .max_by_key(|(_, line)| line.trim().len())?;
    let anchor = pairs(anchor);
    let mut best = (ALIKE, None);
    for (at, line) in file.iter().enumerate().take(SCANNED_LINES) {
        let likeness = likeness(&anchor, line);
        if likeness > best.0 {
            best = (likeness, Some(at));
        }
    }
    best.1.map(|at: usize| at.saturating_sub(offset))
}

/// How often each pair of neighbouring characters occurs in the beginning of a line.
fn pairs(line: &str) -> HashMap<(char, char), i32> {
    let mut pairs = HashMap::new();
    let line = clip::first(line.trim(), SHOWN_CHARS);
    for pair in line.chars().zip(line.chars().skip(1)) {
        *pairs.entry(pair).or_insert(0) += 1;
    }
    pairs
}

/// The share of pairs that two lines have in common (Dice's coefficient).
fn likeness(anchor: &HashMap<(char, char), i32>, line: &str) -> f64 {
    let line = clip::first(line.trim(), SHOWN_CHARS);
    let mut left = anchor.clone();
    let (mut common, mut count) = (0, 0);
    for pair in line.chars().zip(line.chars().skip(1)) {
        count += 1;
        if let Some(n) = left.get_mut(&pair).filter(|n| **n > 0) {
            *n -= 1;
            common += 1;
        }
    }
    let total = count + anchor.values().sum::<i32>();
    if total == 0 {
        return 0.0;
    }
    f64::from(2 * common) / f64::from(total)
}

fn report(found: &[&str], wanted: &[&str], first: usize) -> String {
    let last = first + found.len() - 1;
    let mut out = if first == last {
        format!("\nThe closest text is in line {first}")
    } else {
        format!("\nThe closest text is in lines {first}-{last}")
    };
    out.push_str(" (- is old_str, + is the file):\n");
    out.push_str(&difference(wanted, found));
    if let Some(why) = spacing(found, wanted) {
        out.push('\n');
        out.push_str(&why);
    }
    out
}

fn difference(wanted: &[&str], found: &[&str]) -> String {
    let diff = TextDiff::from_slices(wanted, found);
    let groups = diff.grouped_ops(2);
    let mut lines = Vec::new();
    for (number, group) in groups.iter().enumerate() {
        if number > 0 {
            lines.push("...".to_owned());
        }
        let changes = group.iter().flat_map(|op| diff.iter_changes(op));
        lines.extend(changes.map(|change| {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            format!("{sign}{}", clip::brief(change.value(), SHOWN_CHARS))
        }));
    }
    if lines.len() > SHOWN_LINES {
        lines.truncate(SHOWN_LINES);
        lines.push("...".to_owned());
    }
    lines.join("\n")
}

/// A sentence when nothing but white space differs.
fn spacing(found: &[&str], wanted: &[&str]) -> Option<String> {
    let same = |a: &str, b: &str| a.split_whitespace().eq(b.split_whitespace());
    if found.len() != wanted.len() || !found.iter().zip(wanted).all(|(f, w)| same(f, w)) {
        return None;
    }
    let (f, w) = found.iter().zip(wanted).find(|(f, w)| f != w)?;
    let why = if indentation(f) != indentation(w) {
        format!(
            "Only white space differs: the file indents with {}, old_str with {}.",
            describe(indentation(f)),
            describe(indentation(w)),
        )
    } else if f.trim_end() == w.trim_end() {
        "Only white space at the end of lines differs.".to_owned()
    } else {
        "Only white space inside lines differs.".to_owned()
    };
    Some(why)
}

fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

fn describe(space: &str) -> String {
    let tabs = space.matches('\t').count();
    let blanks = space.matches(' ').count();
    let part = |count: usize, name: &str| match count {
        0 => None,
        1 => Some(format!("1 {name}")),
        n => Some(format!("{n} {name}s")),
    };
    let parts: Vec<String> = [part(tabs, "tab"), part(blanks, "space")]
        .into_iter()
        .flatten()
        .collect();
    if parts.is_empty() {
        "nothing".to_owned()
    } else {
        parts.join(" and ")
    }
}

#[cfg(test)]
mod tests;
