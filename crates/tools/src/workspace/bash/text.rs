//! What a command writes, as text in pieces of a bounded size. Knows no process and no event.

/// How many characters one piece holds.
pub(super) const PIECE: usize = 1024 * 1024;

/// One stream of a command: bytes go in, whole characters come out.
#[derive(Default)]
pub(super) struct Text {
    text: String,
    characters: usize,
    /// The beginning of a character whose end has not come yet.
    partial: Vec<u8>,
}

impl Text {
    /// Adds what was read; bytes that are no UTF-8 become U+FFFD.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let joined;
        let mut rest = if self.partial.is_empty() {
            bytes
        } else {
            self.partial.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.partial);
            &joined
        };
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => return self.add(text),
                Err(error) => {
                    let (valid, broken) = rest.split_at(error.valid_up_to());
                    self.add(std::str::from_utf8(valid).unwrap_or_default());
                    let Some(length) = error.error_len() else {
                        self.partial = broken.to_vec();
                        return;
                    };
                    self.add("\u{FFFD}");
                    rest = broken.get(length..).unwrap_or_default();
                }
            }
        }
    }

    fn add(&mut self, text: &str) {
        self.characters += text.chars().count();
        self.text.push_str(text);
    }

    /// A full piece, once there is more than one.
    pub(super) fn piece(&mut self) -> Option<String> {
        if self.characters <= PIECE {
            return None;
        }
        let (at, _) = self.text.char_indices().nth(PIECE)?;
        let rest = self.text.split_off(at);
        self.characters -= PIECE;
        Some(std::mem::replace(&mut self.text, rest))
    }

    /// What is left, if anything.
    pub(super) fn rest(&mut self) -> Option<String> {
        if !self.partial.is_empty() {
            self.partial.clear();
            self.add("\u{FFFD}");
        }
        self.characters = 0;
        Some(std::mem::take(&mut self.text)).filter(|text| !text.is_empty())
    }

    /// Takes the last `characters` characters off again.
    pub(super) fn shorten(&mut self, characters: usize) {
        let keep = self.characters.saturating_sub(characters);
        if let Some((at, _)) = self.text.char_indices().nth(keep) {
            self.text.truncate(at);
            self.characters = keep;
        }
    }

    /// How many characters wait.
    pub(super) fn characters(&self) -> usize {
        self.characters
    }
}

#[cfg(test)]
mod tests;
