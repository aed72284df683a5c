//! Lines and what is indented below them. Knows no word.

use super::ParseError;

/// A line with the lines below it.
#[derive(Debug)]
pub(super) struct Node {
    pub line: usize,
    pub text: String,
    pub below: Vec<Node>,
    /// The lines below a `|`, as they stand.
    pub block: Option<String>,
}

impl Node {
    /// The first word and the rest.
    pub fn word(&self) -> (&str, &str) {
        let (word, rest) = self.text.split_once(' ').unwrap_or((&self.text, ""));
        (word, rest.trim_start())
    }
}

/// A line that is not empty, with its depth.
struct Line<'a> {
    number: usize,
    depth: usize,
    text: &'a str,
}

/// Reads all lines into trees.
pub(super) fn read(text: &str) -> Result<Vec<Node>, ParseError> {
    let lines: Vec<Line<'_>> = text
        .lines()
        .enumerate()
        .map(|(at, line)| Line {
            number: at + 1,
            depth: line.len() - line.trim_start().len(),
            text: line,
        })
        .collect();
    let mut rest = lines.as_slice();
    let nodes = level(&mut rest, 0)?;
    match rest.first() {
        Some(line) => Err(misplaced(line)),
        None => Ok(nodes),
    }
}

fn misplaced(line: &Line<'_>) -> ParseError {
    ParseError {
        line: line.number,
        message: "it is indented neither like the line above nor like any before".to_owned(),
    }
}

/// Takes the lines of one depth, each with what is deeper below it.
fn level(rest: &mut &[Line<'_>], depth: usize) -> Result<Vec<Node>, ParseError> {
    let mut nodes: Vec<Node> = Vec::new();
    while let Some((line, after)) = rest.split_first() {
        let text = line.text.trim();
        if text.is_empty() || text.starts_with('#') {
            *rest = after;
        } else if line.depth < depth {
            break;
        } else if line.depth > depth {
            let Some(above) = nodes.last_mut().filter(|node| node.below.is_empty()) else {
                return Err(misplaced(line));
            };
            above.below = level(rest, line.depth)?;
        } else {
            *rest = after;
            let block = begins_block(text).then(|| block(rest, depth));
            nodes.push(Node {
                line: line.number,
                text: text.to_owned(),
                below: Vec::new(),
                block,
            });
        }
    }
    Ok(nodes)
}

/// Whether all there is after the first word (or words) is a bar.
fn begins_block(text: &str) -> bool {
    text.ends_with(" |") && text.split_whitespace().count() <= 3
}

/// Takes the deeper lines as they stand, less the indentation of the first.
fn block(rest: &mut &[Line<'_>], depth: usize) -> String {
    let blank = |line: &Line<'_>| line.text.trim().is_empty();
    let end = rest
        .iter()
        .position(|line| !blank(line) && line.depth <= depth)
        .unwrap_or(rest.len());
    let (mut lines, after) = rest.split_at(end);
    while lines.last().is_some_and(blank) {
        lines = &lines[..lines.len() - 1];
    }
    *rest = after;
    let margin = lines.iter().find(|line| !blank(line));
    let margin = margin.map_or(0, |line| line.depth);
    lines
        .iter()
        .map(|line| format!("{}\n", &line.text[margin.min(line.depth)..]))
        .collect()
}
