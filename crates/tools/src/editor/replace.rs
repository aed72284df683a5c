//! One text in place of another. Knows no file.

use super::text::{Text, normal};

/// Where the text to replace was found.
#[derive(Debug, PartialEq)]
pub(crate) enum Search {
    /// Nowhere.
    Nowhere,
    /// In one place: bytes of the normal text, and what to put there.
    Once {
        /// Where it starts.
        start: usize,
        /// Where it ends.
        end: usize,
        /// What belongs there.
        with: String,
    },
    /// In several places: the lines, counted from one.
    Often(Vec<usize>),
}

/// How many lines are named when a text is found too often.
const NAMED: usize = 20;

/// Looks for `old` in `text` (line breaks do not matter), then for `old` without the white space around it.
pub(crate) fn search(text: &str, old: &str, new: &str) -> Search {
    let (old, new) = (normal(old), normal(new));
    match locate(text, &old, &new) {
        Search::Nowhere => {
            let (bare, with) = bare(&old, &new);
            if bare.is_empty() {
                Search::Nowhere
            } else {
                locate(text, bare, with)
            }
        }
        found @ (Search::Once { .. } | Search::Often(_)) => found,
    }
}

fn locate(text: &str, old: &str, new: &str) -> Search {
    if old.is_empty() && !text.is_empty() {
        return Search::Nowhere;
    }
    let mut found = text.match_indices(old).map(|(at, _)| at);
    let Some(start) = found.next() else {
        return Search::Nowhere;
    };
    if let Some(second) = found.next() {
        return Search::Often(line_numbers(text, [start, second].into_iter().chain(found)));
    }
    Search::Once {
        start,
        end: start + old.len(),
        with: new.to_owned(),
    }
}

fn line_numbers(text: &str, places: impl Iterator<Item = usize>) -> Vec<usize> {
    let (mut line, mut seen) = (1, 0);
    let mut lines = Vec::new();
    for place in places {
        line += text[seen..place].matches('\n').count();
        seen = place;
        if lines.last() != Some(&line) {
            lines.push(line);
        }
        if lines.len() > NAMED {
            break;
        }
    }
    lines
}

/// A list of lines as the model reads it.
pub(crate) fn listed(lines: &[usize]) -> String {
    let named: Vec<String> = lines.iter().take(NAMED).map(usize::to_string).collect();
    let more = if lines.len() > NAMED { ", ..." } else { "" };
    format!("[{}{more}]", named.join(", "))
}

/// `old` without the white space around it, and `new` without the same white space where it has it too:
/// what did not change is left as the file has it, what `new` says differently is kept.
fn bare<'a>(old: &'a str, new: &'a str) -> (&'a str, &'a str) {
    let left = &old[..old.len() - old.trim_start().len()];
    let right = &old[old.trim_end().len()..];
    let mut with = new;
    if edge(new, str::trim_start) == left.len() && new.starts_with(left) {
        with = &with[left.len()..];
    }
    if edge(with, str::trim_end) == right.len() && with.ends_with(right) {
        with = &with[..with.len() - right.len()];
    }
    (old.trim(), with)
}

fn edge(text: &str, trim: fn(&str) -> &str) -> usize {
    text.len() - trim(text).len()
}

/// The characters of `text` with the bytes from `start` to `end` of its normal form replaced; all else is as it was.
pub(crate) fn splice(text: &Text, start: usize, end: usize, with: &str) -> String {
    let (start, end) = (raw(&text.chars, start), raw(&text.chars, end));
    let with = text.adapt(with);
    let (before, after) = (&text.chars[..start], &text.chars[end..]);
    [before, &with, after].concat()
}

/// The offset in a text with `\r\n` of an offset in its normal form.
fn raw(chars: &str, offset: usize) -> usize {
    let mut dropped = 0;
    for (at, _) in chars.match_indices("\r\n") {
        if at - dropped >= offset {
            break;
        }
        dropped += 1;
    }
    offset + dropped
}

#[cfg(test)]
mod tests;
