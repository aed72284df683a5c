//! Long texts made short: the middle goes, the ends stay. Knows no tool.

/// The first and the last part of `text`, at most `limit` characters together; nothing if the text is short enough.
///
/// Both are cut at line breaks, unless lines are so long that more than half would be lost.
pub(crate) fn ends(text: &str, limit: usize) -> Option<(&str, &str)> {
    if text.len() <= limit || text.chars().count() <= limit {
        return None;
    }
    let tail_size = limit / 2;
    let head = first(text, limit - tail_size);
    let tail = last(text, tail_size);
    let head = head
        .rfind('\n')
        .filter(|at| at * 2 > head.len())
        .map_or(head, |at| &head[..=at]);
    let tail = tail
        .find('\n')
        .filter(|at| at * 2 < tail.len())
        .map_or(tail, |at| &tail[at + 1..]);
    Some((head, tail))
}

/// One line's worth of `text`: its beginning and end with dots between, when it is longer than `limit`.
pub(crate) fn brief(text: &str, limit: usize) -> String {
    if text.len() <= limit || text.chars().count() <= limit {
        return text.to_owned();
    }
    let tail = limit / 4;
    format!("{}[...]{}", first(text, limit - tail), last(text, tail))
}

/// The first `count` characters.
pub(crate) fn first(text: &str, count: usize) -> &str {
    text.char_indices()
        .nth(count)
        .map_or(text, |(at, _)| &text[..at])
}

/// The last `count` characters.
fn last(text: &str, count: usize) -> &str {
    if count == 0 {
        return "";
    }
    text.char_indices()
        .nth_back(count - 1)
        .map_or(text, |(at, _)| &text[at..])
}

#[cfg(test)]
mod tests;
