//! Parts of messages: texts and pictures become those of a conversation. Knows neither interface.

use domain::Content;

/// What joins the texts of one message.
const BETWEEN: &str = "\n";

/// The texts of some parts.
pub(super) fn text(parts: &[Content]) -> String {
    let texts: Vec<&str> = parts.iter().filter_map(Content::as_text).collect();
    texts.join(BETWEEN)
}

/// A picture at an address.
pub(super) fn picture(address: String) -> Content {
    Content::Image {
        cache_prompt: false,
        image_urls: vec![address],
    }
}

/// What the instructions of several messages are together; nothing if none says anything.
pub(super) fn instructions(texts: impl IntoIterator<Item = String>) -> Option<String> {
    let said: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    (!said.is_empty()).then(|| said.join("\n\n"))
}
