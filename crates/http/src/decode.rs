//! Where and why a text is not JSON, as Python's decoder words it. Only looked at when a body could not be read.

/// The first fault of a text: what it is, and after how many characters; nothing if Python would read the text.
pub(crate) fn fault(text: &str) -> Option<(&'static str, usize)> {
    let mut scan = Scan {
        bytes: text.as_bytes(),
        at: 0,
        open: Vec::new(),
    };
    scan.document().err().map(|(reason, at)| {
        let before = scan.bytes.get(..at).unwrap_or(scan.bytes);
        // Bytes that continue a character do not count.
        let characters = before.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        (reason, characters)
    })
}

#[cfg(test)]
mod tests;

type Step<T> = Result<T, (&'static str, usize)>;

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The brackets that are open, by the one that will close them.
    open: Vec<u8>,
}

impl Scan<'_> {
    fn here(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.here(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn document(&mut self) -> Step<()> {
        self.blank();
        loop {
            if self.value()? {
                continue;
            }
            if !self.after_value()? {
                break;
            }
        }
        self.blank();
        match self.here() {
            None => Ok(()),
            Some(_) => Err(("Extra data", self.at)),
        }
    }

    /// Reads a value, or the opening of one: then another value is due.
    fn value(&mut self) -> Step<bool> {
        let start = self.at;
        match self.here() {
            Some(b'"') => self.string().map(|()| false),
            Some(b'{') => {
                self.at += 1;
                self.blank();
                if self.here() == Some(b'}') {
                    self.at += 1;
                    return Ok(false);
                }
                self.open.push(b'}');
                self.key().map(|()| true)
            }
            Some(b'[') => {
                self.at += 1;
                self.blank();
                if self.here() == Some(b']') {
                    self.at += 1;
                    return Ok(false);
                }
                self.open.push(b']');
                Ok(true)
            }
            Some(_) if self.word() || self.number() => Ok(false),
            _ => Err(("Expecting value", start)),
        }
    }

    /// Closes what ends here, and goes on to the next value if one is due.
    fn after_value(&mut self) -> Step<bool> {
        while let Some(close) = self.open.last().copied() {
            self.blank();
            match self.here() {
                Some(found) if found == close => {
                    self.at += 1;
                    self.open.pop();
                }
                Some(b',') => {
                    let comma = self.at;
                    self.at += 1;
                    self.blank();
                    if self.here() == Some(close) {
                        let reason = if close == b'}' {
                            "Illegal trailing comma before end of object"
                        } else {
                            "Illegal trailing comma before end of array"
                        };
                        return Err((reason, comma));
                    }
                    if close == b'}' {
                        self.key()?;
                    }
                    return Ok(true);
                }
                _ => return Err(("Expecting ',' delimiter", self.at)),
            }
        }
        Ok(false)
    }

    fn key(&mut self) -> Step<()> {
        if self.here() != Some(b'"') {
            return Err(("Expecting property name enclosed in double quotes", self.at));
        }
        self.string()?;
        self.blank();
        if self.here() != Some(b':') {
            return Err(("Expecting ':' delimiter", self.at));
        }
        self.at += 1;
        self.blank();
        Ok(())
    }

    fn string(&mut self) -> Step<()> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.here() {
                None => return Err(("Unterminated string starting at", start)),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(..=0x1f) => return Err(("Invalid control character at", self.at)),
                Some(b'\\') => self.escape(start)?,
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self, start: usize) -> Step<()> {
        match self.bytes.get(self.at + 1) {
            None => Err(("Unterminated string starting at", start)),
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => {
                let digits = self.bytes.get(self.at + 2..self.at + 6);
                let whole = digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
                if !whole {
                    return Err(("Invalid \\uXXXX escape", self.at + 1));
                }
                self.at += 6;
                Ok(())
            }
            Some(_) => Err(("Invalid \\escape", self.at)),
        }
    }

    fn word(&mut self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let words: [&[u8]; 6] = [
            b"null",
            b"true",
            b"false",
            b"NaN",
            b"Infinity",
            b"-Infinity",
        ];
        let Some(word) = words.into_iter().find(|word| rest.starts_with(word)) else {
            return false;
        };
        self.at += word.len();
        true
    }

    fn number(&mut self) -> bool {
        let mut end = self.at;
        if self.bytes.get(end) == Some(&b'-') {
            end += 1;
        }
        match self.bytes.get(end) {
            Some(b'0') => end += 1,
            Some(b'1'..=b'9') => end += self.digits(end),
            _ => return false,
        }
        if self.bytes.get(end) == Some(&b'.') && self.digits(end + 1) > 0 {
            end += 1 + self.digits(end + 1);
        }
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            let digits = self.digits(end + 1 + sign);
            if digits > 0 {
                end += 1 + sign + digits;
            }
        }
        self.at = end;
        true
    }

    fn digits(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }
}
