//! Text as the model is shown it: numbered lines, clipped where there are too many. Reads nothing.

use std::ops::RangeInclusive;

use super::refusal::Refusal;
use super::text::count_lines;
use crate::clip;

/// How many characters of a file or a listing are shown at once.
pub(crate) const LIMIT: usize = 16_000;

/// How many lines around an edit are shown.
const AROUND: usize = 4;

/// A whole file.
pub(crate) fn whole(text: &str, name: &str) -> String {
    titled(text, name, 1)
}

/// The lines of a file that `range` asks for.
pub(crate) fn part(text: &str, name: &str, range: &[i64]) -> Result<String, Refusal> {
    let total = count_lines(text);
    let asked = parse(range, total)?;
    let (first, last) = (*asked.start(), (*asked.end()).min(total));
    let shown = titled(lines(text, first..=last), name, first);
    Ok(if *asked.end() > total {
        format!(
            "NOTE: We only show up to {total} since there're only {total} lines in this file.\n{shown}"
        )
    } else {
        shown
    })
}

/// A few lines around an edit: `line` is the last one before the change, `grown` how many lines it may cover.
pub(crate) fn snippet(text: &str, name: &str, line: usize, grown: usize) -> String {
    let first = line.saturating_sub(AROUND) + 1;
    let last = line.saturating_add(AROUND + grown);
    titled(lines(text, first..=last), name, first)
}

fn parse(range: &[i64], total: usize) -> Result<RangeInclusive<usize>, Refusal> {
    let refuse = |hint: String| Refusal::invalid("view_range", format!("{range:?}"), hint);
    let &[first, last] = range else {
        return Err(refuse("It should be a list of two integers.".to_owned()));
    };
    let start = usize::try_from(first).unwrap_or(0);
    if start < 1 || start > total {
        return Err(refuse(format!(
            "Its first element `{first}` should be within the range of lines of the file: [1, {total}]."
        )));
    }
    let end = if last == -1 {
        total
    } else {
        usize::try_from(last).unwrap_or(0)
    };
    if end < start {
        return Err(refuse(format!(
            "Its second element `{last}` should be greater than or equal to the first element `{first}`."
        )));
    }
    Ok(start..=end)
}

/// Lines by number, counted from one, with their line breaks.
fn lines(text: &str, range: RangeInclusive<usize>) -> &str {
    let start = line_start(text, *range.start());
    let rest = &text[start..];
    let count = range.end().saturating_sub(*range.start()) + 1;
    &rest[..line_start(rest, count + 1)]
}

/// Where the line with that number starts, or the end of the text.
pub(crate) fn line_start(text: &str, number: usize) -> usize {
    let Some(breaks) = number.checked_sub(2) else {
        return 0;
    };
    text.match_indices('\n')
        .nth(breaks)
        .map_or(text.len(), |(at, _)| at + 1)
}

fn titled(text: &str, name: &str, first: usize) -> String {
    let numbered = numbered(text, first);
    let mut out = format!("Here's the result of running `cat -n` on {name}:\n");
    match clip::ends(&numbered, LIMIT) {
        None => out.push_str(&numbered),
        Some((head, tail)) => {
            out.push_str(head);
            if !head.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&notice(&numbered, head, tail, first));
            out.push_str(tail);
        }
    }
    out
}

fn notice(numbered: &str, head: &str, tail: &str, first: usize) -> String {
    let line = |text: &str| first + text.matches('\n').count();
    let before = &numbered[..numbered.len() - tail.len()];
    let from = line(head);
    let to = if before.ends_with('\n') {
        line(before) - 1
    } else {
        line(before)
    };
    format!(
        "<response clipped><NOTE>Due to the max output limit, only part of this file is shown: what is left out lies in lines {from} to {to}. Find the lines you need with `grep -n` in the terminal, then view them with `view_range`.</NOTE>\n"
    )
}

fn numbered(text: &str, first: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for (offset, line) in text.split_inclusive('\n').enumerate() {
        let line = line.strip_suffix('\n').unwrap_or(line);
        out.push_str(&format!("{:6}\t{line}\n", first + offset));
    }
    out
}

#[cfg(test)]
mod tests;
