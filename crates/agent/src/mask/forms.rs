//! The forms in which a secret may turn up: as it is, escaped, encoded, line by line. Knows no text it stands in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Values shorter than this are not masked: they would blank out half of every text.
const SHORTEST: usize = 6;
/// Lines of a longer secret count by themselves from this length on.
const LINE: usize = 16;

/// Every form of a value; none if it is too short to hide.
pub(super) fn of(value: &str) -> Vec<String> {
    let value = value.trim();
    let mut forms = Vec::new();
    if value.len() < SHORTEST {
        return forms;
    }
    forms.push(value.to_owned());
    if value.contains('\n') {
        // A tool may number, indent or wrap the lines of a key file.
        let lines = value.lines().map(str::trim);
        forms.extend(
            lines
                .filter(|line| line.len() >= LINE && !line.starts_with("-----"))
                .map(str::to_owned),
        );
    }
    let escaped = escape(value);
    forms.push(escape(&escaped));
    forms.push(escaped);
    let percent = percent(value);
    forms.push(lower_escapes(&percent));
    forms.push(percent);
    for offset in 0..3 {
        let encoded = base64(value, offset);
        forms.push(encoded.replace('+', "-").replace('/', "_"));
        forms.push(encoded);
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms
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

/// Some write the digits of an escape small.
fn lower_escapes(percent: &str) -> String {
    let mut out = String::with_capacity(percent.len());
    let mut digits = 0;
    for c in percent.chars() {
        out.push(if digits > 0 {
            c.to_ascii_lowercase()
        } else {
            c
        });
        digits = if c == '%' {
            2
        } else {
            usize::saturating_sub(digits, 1)
        };
    }
    out
}

/// As it stands inside something encoded, so many bytes after a whole group: without the digits it shares with its
/// neighbours.
fn base64(value: &str, offset: usize) -> String {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(value.as_bytes());
    let encoded = STANDARD_NO_PAD.encode(&bytes);
    let first = [0, 2, 3][offset];
    let last = encoded.len() - usize::from(!bytes.len().is_multiple_of(3));
    encoded[first..last].to_owned()
}
