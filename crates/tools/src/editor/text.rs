//! A text file between bytes and characters: its encoding and its line breaks are kept. Knows no path.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, WINDOWS_1252};

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
const UTF16_LE_MARK: &[u8] = b"\xff\xfe";
const UTF16_BE_MARK: &[u8] = b"\xfe\xff";

/// What a file says, and how it says it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    /// Its characters, line breaks as they are in the file, byte order mark left out.
    pub chars: String,
    /// How they become bytes.
    pub form: Form,
}

/// How characters become bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    /// UTF-8.
    Utf8,
    /// UTF-8 behind a byte order mark.
    Utf8Marked,
    /// UTF-16, low byte first, behind a byte order mark.
    Utf16Le,
    /// UTF-16, high byte first, behind a byte order mark.
    Utf16Be,
    /// One of the encodings from before Unicode.
    Legacy(&'static Encoding),
}

impl Form {
    /// A name for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 | Self::Utf8Marked => "UTF-8",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::Legacy(encoding) => encoding.name(),
        }
    }

    /// The bytes of `chars`; nothing if this form has no bytes for one of them.
    pub(crate) fn encode(self, chars: &str) -> Option<Vec<u8>> {
        Some(match self {
            Self::Utf8 => chars.as_bytes().to_vec(),
            Self::Utf8Marked => [UTF8_MARK, chars.as_bytes()].concat(),
            Self::Utf16Le => utf16(UTF16_LE_MARK, chars, u16::to_le_bytes),
            Self::Utf16Be => utf16(UTF16_BE_MARK, chars, u16::to_be_bytes),
            Self::Legacy(encoding) => {
                let (bytes, _, unmappable) = encoding.encode(chars);
                return (!unmappable).then(|| bytes.into_owned());
            }
        })
    }
}

fn utf16(mark: &[u8], chars: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let units = chars.encode_utf16().flat_map(order);
    mark.iter().copied().chain(units).collect()
}

impl Text {
    /// Reads bytes as text; nothing if they are no text.
    pub(crate) fn decode(bytes: Vec<u8>) -> Option<Self> {
        if let Some(rest) = bytes.strip_prefix(UTF8_MARK) {
            let chars = std::str::from_utf8(rest).ok()?.to_owned();
            return Self::if_legible(chars, Form::Utf8Marked);
        }
        if let Some(rest) = bytes.strip_prefix(UTF16_LE_MARK) {
            return Self::if_legible(from_utf16(rest, u16::from_le_bytes)?, Form::Utf16Le);
        }
        if let Some(rest) = bytes.strip_prefix(UTF16_BE_MARK) {
            return Self::if_legible(from_utf16(rest, u16::from_be_bytes)?, Form::Utf16Be);
        }
        match String::from_utf8(bytes) {
            Ok(chars) => Self::if_legible(chars, Form::Utf8),
            Err(e) => Self::from_legacy(e.as_bytes()),
        }
    }

    fn if_legible(chars: String, form: Form) -> Option<Self> {
        legible(&chars).then_some(Self { chars, form })
    }

    /// Tries the likeliest old encoding, then the commonest; only one that gives back every byte will do.
    fn from_legacy(bytes: &[u8]) -> Option<Self> {
        if bytes.iter().any(|b| control(*b)) {
            return None;
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(bytes, true);
        let likely = detector.guess(None, Utf8Detection::Deny);
        [likely, WINDOWS_1252].into_iter().find_map(|encoding| {
            let chars = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
            let form = Form::Legacy(encoding);
            let lossless = form.encode(&chars).is_some_and(|back| back == bytes);
            lossless.then(|| Self {
                chars: chars.into_owned(),
                form,
            })
        })
    }

    /// The same file with other characters: in its own form if that can be, in UTF-8 if not.
    pub(crate) fn with(&self, chars: &str) -> (Vec<u8>, Form) {
        match self.form.encode(chars) {
            Some(bytes) => (bytes, self.form),
            None => (chars.as_bytes().to_vec(), Form::Utf8),
        }
    }

    /// The characters with every line break as `\n`.
    pub(crate) fn normal(&self) -> Cow<'_, str> {
        normal(&self.chars)
    }

    /// Whether lines end in `\r\n` for the most part.
    pub(crate) fn is_crlf(&self) -> bool {
        let pairs = self.chars.matches("\r\n").count();
        pairs * 2 > self.chars.matches('\n').count()
    }

    /// `text` with the line breaks of this file.
    pub(crate) fn adapt<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let text = normal(text);
        if self.is_crlf() && text.contains('\n') {
            Cow::Owned(text.replace('\n', "\r\n"))
        } else {
            text
        }
    }
}

/// `text` with every `\r\n` as `\n`.
pub(crate) fn normal(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// How many lines `text` has; a last line needs no line break.
pub(crate) fn count_lines(text: &str) -> usize {
    text.matches('\n').count() + usize::from(!text.is_empty() && !text.ends_with('\n'))
}

fn from_utf16(bytes: &[u8], order: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let units = pairs.iter().map(|pair| order(*pair));
    char::decode_utf16(units).collect::<Result<_, _>>().ok()
}

/// Bytes that no text holds. Escape is not among them: logs are full of colours.
fn control(byte: u8) -> bool {
    matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127)
}

/// Unicode text may hold a stray control character; a null, or one in ten of them, makes it a binary file.
fn legible(chars: &str) -> bool {
    let controls = chars.bytes().filter(|b| control(*b)).count();
    !chars.contains('\0') && controls * 10 <= chars.len()
}

#[cfg(test)]
mod tests;
