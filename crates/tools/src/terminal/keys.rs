//! Names of keys, and the bytes a keyboard would send for them. Knows no process.

/// The key that interrupts.
pub(super) const INTERRUPT: u8 = 0x03;

/// What the program in front of the keyboard makes of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mode {
    /// Arrow keys are to be sent the long way.
    pub(super) application: bool,
    /// It has the whole screen, and takes single characters for commands.
    pub(super) full_screen: bool,
}

/// What a keyboard sends for an input: a named key alone, or text with Enter behind it.
pub(super) fn typed(input: &str, mode: Mode) -> Vec<u8> {
    if let Some(control) = control(input) {
        return vec![control];
    }
    if let Some(key) = named(input.trim(), mode.application) {
        return key.to_vec();
    }
    // Of one line its end is Enter; several lines may end in an empty one, as interpreters like a block to end.
    let line = input.strip_suffix('\n').filter(|line| !line.contains('\n'));
    let text = line.unwrap_or(input);
    let mut bytes = text.replace("\r\n", "\r").replace('\n', "\r").into_bytes();
    if !(mode.full_screen && text.chars().count() == 1) {
        bytes.push(b'\r');
    }
    bytes
}

/// The control character that `C-x`, `CTRL-x` or `CTRL+x` names, in any case.
pub(super) fn control(input: &str) -> Option<u8> {
    let upper = input.trim().to_ascii_uppercase();
    let letter = ["C-", "CTRL-", "CTRL+"]
        .iter()
        .find_map(|prefix| upper.strip_prefix(prefix))?;
    match letter.as_bytes() {
        [byte @ b'A'..=b'Z'] => Some(byte - b'A' + 1),
        [byte @ b'['..=b'_'] => Some(byte - b'@'),
        _ => None,
    }
}

fn named(name: &str, application_keys: bool) -> Option<&'static [u8]> {
    let key: (&[u8], &[u8]) = match name {
        "ENTER" => (b"\r", b"\r"),
        "TAB" => (b"\t", b"\t"),
        "BS" => (b"\x7f", b"\x7f"),
        "ESC" => (b"\x1b", b"\x1b"),
        "UP" => (b"\x1b[A", b"\x1bOA"),
        "DOWN" => (b"\x1b[B", b"\x1bOB"),
        "RIGHT" => (b"\x1b[C", b"\x1bOC"),
        "LEFT" => (b"\x1b[D", b"\x1bOD"),
        "HOME" => (b"\x1b[H", b"\x1bOH"),
        "END" => (b"\x1b[F", b"\x1bOF"),
        "PGUP" => (b"\x1b[5~", b"\x1b[5~"),
        "PGDN" => (b"\x1b[6~", b"\x1b[6~"),
        _ => return None,
    };
    Some(if application_keys { key.1 } else { key.0 })
}

#[cfg(test)]
mod tests;
