//! Texts and pictures, cut and sorted for sending. Knows no dialect.

use std::borrow::Cow;

use domain::{Content, Message, Role};

/// What stands between the id of a call and the signature of the thought that led to it.
pub(crate) const THOUGHT: &str = "__thought__";

/// More of a tool's output is not sent.
const LONGEST_RESULT: usize = 50_000;

/// A piece of a message.
pub(super) enum Part<'a> {
    Text(Cow<'a, str>),
    Picture(&'a str),
}

/// The pieces of a message that are sent: no blank texts, no pictures to the blind, nothing too long.
pub(super) fn parts(message: &Message, vision: bool, longest: usize) -> Vec<Part<'_>> {
    let longest = match message.role {
        Role::System => usize::MAX,
        Role::Tool => LONGEST_RESULT,
        Role::User | Role::Assistant => longest,
    };
    let mut parts = Vec::new();
    let mut unseen = false;
    for block in &message.content {
        match block {
            Content::Text { text, .. } if text.trim().is_empty() => {}
            Content::Text { text, .. } => parts.push(Part::Text(cut(text, longest))),
            Content::Image { image_urls, .. } if vision => {
                parts.extend(image_urls.iter().map(|url| Part::Picture(url)));
            }
            Content::Image { image_urls, .. } => unseen |= !image_urls.is_empty(),
        }
    }
    if unseen && parts.is_empty() {
        let notice = "(There was an image here. This model does not see images.)";
        parts.push(Part::Text(Cow::Borrowed(notice)));
    }
    parts
}

/// Head and tail of a text that is too long, with a notice between them; all in all no longer than allowed.
pub(super) fn cut(text: &str, longest: usize) -> Cow<'_, str> {
    if text.len() <= longest {
        return Cow::Borrowed(text);
    }
    let length = text.chars().count();
    if length <= longest {
        return Cow::Borrowed(text);
    }
    let notice = format!("\n[... the middle of {length} characters was left out here ...]\n");
    let kept = longest.saturating_sub(notice.chars().count());
    let tail = kept / 2;
    let place = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    let (head, tail) = (place(kept - tail), place(length - tail));
    Cow::Owned(format!("{}{notice}{}", &text[..head], &text[tail..]))
}

/// The type and the data of a picture that is in its own address.
pub(super) fn embedded(url: &str) -> Option<(&str, &str)> {
    let (kind, data) = url.strip_prefix("data:")?.split_once(',')?;
    let kind = kind.strip_suffix(";base64")?;
    Some((kind.split(';').next().unwrap_or(kind), data))
}

/// Texts in one string.
pub(super) fn joined(parts: &[Part<'_>]) -> String {
    let texts = parts.iter().filter_map(|part| match part {
        Part::Text(text) => Some(text.as_ref()),
        Part::Picture(_) => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}
