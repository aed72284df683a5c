//! Binary search for a line in a sorted text. Knows nothing of what the lines mean.

use std::cmp::Ordering;

/// The line whose first cell is `key`, compared without case; `key` is lower case and the text sorted accordingly.
pub(super) fn line<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let (mut low, mut high) = (0, text.len());
    while low < high {
        let (start, end) = line_around(text, low + (high - low) / 2);
        let line = &text[start..end];
        match compare(line.split('\t').next().unwrap_or_default(), key) {
            Ordering::Equal => return Some(line),
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = start,
        }
    }
    None
}

/// Bounds of the line that holds the byte at `at`, without its line break.
fn line_around(text: &str, at: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let start = bytes[..at].iter().rposition(|b| *b == b'\n');
    let end = bytes[at..].iter().position(|b| *b == b'\n');
    (
        start.map_or(0, |i| i + 1),
        end.map_or(bytes.len(), |i| at + i),
    )
}

fn compare(name: &str, key: &str) -> Ordering {
    let lower = name.bytes().map(|b| b.to_ascii_lowercase());
    lower.cmp(key.bytes())
}
