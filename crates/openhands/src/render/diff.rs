//! What an edit changed, as lines with a little of what stands around them.

use similar::{ChangeTag, TextDiff};

use super::{Cleaner, Line, Look, Tone};

/// How many unchanged lines are shown around a change.
const AROUND: usize = 2;
/// Above this a diff is not worth its time: both sides together, in bytes.
const TOO_LARGE: usize = 2_000_000;

/// What changed between two texts.
pub struct Diff {
    /// How many lines were added.
    pub added: usize,
    /// How many lines were removed.
    pub removed: usize,
    /// The changed lines and those around them.
    pub lines: Vec<Line>,
}

/// Compares two texts line by line.
pub fn diff(old: &str, new: &str, look: &Look) -> Diff {
    if old.len() + new.len() > TOO_LARGE {
        return too_large(old, new);
    }
    let compared = TextDiff::from_lines(old, new);
    let last = old.lines().count().max(new.lines().count());
    let digits = last.to_string().len().max(3);
    let mut result = Diff {
        added: 0,
        removed: 0,
        lines: Vec::new(),
    };
    for (at, group) in compared.grouped_ops(AROUND).iter().enumerate() {
        if at > 0 {
            let mark = format!("{:>digits$}", look.glyphs.more);
            result.lines.push(Line::new(Tone::Faint, mark));
        }
        for change in group.iter().flat_map(|op| compared.iter_changes(op)) {
            let (sign, tone, number) = match change.tag() {
                ChangeTag::Equal => (' ', Tone::Plain, change.new_index()),
                ChangeTag::Insert => ('+', Tone::Good, change.new_index()),
                ChangeTag::Delete => ('-', Tone::Bad, change.old_index()),
            };
            result.added += usize::from(sign == '+');
            result.removed += usize::from(sign == '-');
            let number = number.map_or(0, |n| n + 1);
            let text = Cleaner::whole(change.value().trim_end_matches(['\n', '\r']));
            result.lines.push(
                Line::new(Tone::Faint, format!("{number:>digits$} "))
                    .and(tone, format!("{sign} {text}")),
            );
        }
    }
    result
}

fn too_large(old: &str, new: &str) -> Diff {
    let note = format!(
        "too large to compare: {} bytes before, {} after",
        old.len(),
        new.len()
    );
    Diff {
        added: new.lines().count(),
        removed: old.lines().count(),
        lines: vec![Line::new(Tone::Faint, note)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, expected: &[&str], added: usize, removed: usize) {
        let result = diff(old, new, &Look::plain());
        let shown: Vec<String> = result.lines.iter().map(Line::text).collect();
        assert_eq!(shown, expected);
        assert_eq!((result.added, result.removed), (added, removed));
    }

    #[test]
    fn changes_stand_between_their_neighbours() {
        check(
            "a\nb\nc\nd\ne\nf\n",
            "a\nb\nc\nD\ne\nf\n",
            &[
                "  2   b", "  3   c", "  4 - d", "  4 + D", "  5   e", "  6   f",
            ],
            1,
            1,
        );
    }

    #[test]
    fn distant_changes_are_set_apart() {
        let old: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let new = old
            .replace("1\n2\n", "one\n2\n")
            .replace("20\n", "twenty\n");
        let result = diff(&old, &new, &Look::plain());
        assert_eq!((result.added, result.removed), (2, 2));
        let gaps = result
            .lines
            .iter()
            .filter(|line| line.text().trim() == "\u{2026}");
        assert_eq!(gaps.count(), 1);
    }

    #[test]
    fn a_new_file_is_all_additions() {
        check("", "x\ny\n", &["  1 + x", "  2 + y"], 2, 0);
    }

    #[test]
    fn control_sequences_in_files_do_not_leak() {
        check("", "\x1b[2Jx\n", &["  1 + x"], 1, 0);
    }

    #[test]
    fn huge_texts_are_only_counted() {
        let huge = "line\n".repeat(500_000);
        let result = diff(&huge, "", &Look::plain());
        assert_eq!(
            (result.added, result.removed, result.lines.len()),
            (0, 500_000, 1)
        );
    }
}
