//! Keeps the values of secrets out of everything that is recorded, streamed or said.

use base64::Engine as _;
use bytes::Bytes;

/// What stands in a secret's place.
pub(crate) const HIDDEN: &str = "<secret-hidden>";

/// Values shorter than this are not masked: they would blank out half of every text.
const SHORTEST: usize = 6;

/// The values to hide, in every form they may take.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mask {
    forms: Vec<String>,
}

impl Mask {
    /// Hides these values.
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms: Vec<String> = values
            .into_iter()
            .filter(|value| value.trim().len() >= SHORTEST)
            .flat_map(forms_of)
            .collect();
        // Longest first, so that no form is cut by a shorter one inside it.
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { forms }
    }

    /// Whether there is nothing to hide.
    pub(crate) fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// Text with every secret hidden.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for form in &self.forms {
            if out.contains(form.as_str()) {
                out = out.replace(form.as_str(), HIDDEN);
            }
        }
        out
    }

    /// JSON with every secret hidden; `None` if there was none in it.
    pub(crate) fn json(&self, json: &[u8]) -> Option<Bytes> {
        let text = std::str::from_utf8(json).ok()?;
        if !self.forms.iter().any(|form| text.contains(form.as_str())) {
            return None;
        }
        Some(Bytes::from(self.text(text)))
    }

    /// A filter for text that comes in pieces.
    pub(crate) fn veil(&self) -> Veil {
        Veil {
            mask: self.clone(),
            held: String::new(),
        }
    }
}

fn forms_of(value: &str) -> Vec<String> {
    let value = value.trim();
    let escaped = escape(value);
    let base64 = base64::engine::general_purpose::STANDARD.encode(value);
    vec![
        escape(&escaped),
        escaped,
        base64.trim_end_matches('=').to_owned(),
        percent(value),
        value.to_owned(),
    ]
}

/// As it stands inside a JSON string.
fn escape(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// As it stands inside a URL.
fn percent(value: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Hides secrets in a stream, also where a piece ends inside one.
#[derive(Debug)]
pub(crate) struct Veil {
    mask: Mask,
    held: String,
}

impl Veil {
    /// Whether there is nothing to hide.
    pub(crate) fn is_open(&self) -> bool {
        self.mask.is_empty()
    }

    /// Takes a piece and gives what is safe to show.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        if self.mask.is_empty() {
            return piece.to_owned();
        }
        self.held.push_str(piece);
        let masked = self.mask.text(&self.held);
        let keep = self.unfinished(&masked);
        let safe = masked[..masked.len() - keep].to_owned();
        self.held = masked[masked.len() - keep..].to_owned();
        safe
    }

    /// Gives what was held back.
    pub(crate) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// The longest tail that may be the beginning of a secret.
    fn unfinished(&self, text: &str) -> usize {
        let longest = self.mask.forms.first().map_or(0, String::len);
        let from = text.len().saturating_sub(longest);
        (from..text.len())
            .filter(|at| text.is_char_boundary(*at))
            .find(|at| {
                self.mask
                    .forms
                    .iter()
                    .any(|form| form.starts_with(&text[*at..]))
            })
            .map_or(0, |at| text.len() - at)
    }
}
