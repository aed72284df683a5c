//! A line of text in tones, and how it becomes bytes. Knows no event.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::Look;

/// What a piece of text is, from which its colour follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Plain text.
    #[default]
    Plain,
    /// More important than what stands around it.
    Strong,
    /// Less important than what stands around it.
    Faint,
    /// The person's words.
    Person,
    /// A mark before something the agent does.
    Deed,
    /// A line that was added, or something that went well.
    Good,
    /// A line that was removed, or something that went wrong.
    Bad,
    /// Something to look at.
    Warning,
}

impl Tone {
    fn sgr(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Faint => "2",
            Self::Person => "1;36",
            Self::Deed => "1;34",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Warning => "33",
        }
    }
}

/// A line: pieces of text, each in its tone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(pub Vec<(Tone, String)>);

impl Line {
    /// An empty line.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A line in one tone.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self(vec![(tone, text.into())])
    }

    /// The line with another piece at its end.
    #[must_use]
    pub fn and(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.0.push((tone, text.into()));
        self
    }

    /// The text without tones.
    pub fn text(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// The line cut to so many columns, with a mark where something is missing.
    #[must_use]
    pub fn cut(self, columns: usize, look: &Look) -> Self {
        if self.text().width() <= columns {
            return self;
        }
        let mark = look.glyphs.more;
        let mut left = columns.saturating_sub(mark.width());
        let mut pieces = Vec::new();
        for (tone, text) in self.0 {
            let part = start(&text, left);
            left = left.saturating_sub(part.width());
            let whole = part.len() == text.len();
            pieces.push((tone, part.to_owned()));
            if !whole {
                break;
            }
        }
        pieces.push((Tone::Faint, mark.to_owned()));
        Self(pieces)
    }
}

/// As much of the beginning of a text as fits into so many columns.
fn start(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// Text in a tone, as bytes for the terminal.
pub fn toned(tone: Tone, text: &str, look: &Look) -> String {
    let sgr = tone.sgr();
    if !look.color || sgr.is_empty() || text.is_empty() {
        return text.to_owned();
    }
    format!("\x1b[{sgr}m{text}\x1b[0m")
}

/// Lines as bytes for the terminal.
pub fn print(lines: &[Line], look: &Look) -> String {
    let mut out = String::new();
    for line in lines {
        for (tone, text) in &line.0 {
            out.push_str(&toned(*tone, text, look));
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_only_where_they_are_wanted() {
        let line = Line::new(Tone::Bad, "no").and(Tone::Plain, " way");
        assert_eq!(
            print(std::slice::from_ref(&line), &Look::plain()),
            "no way\n"
        );
        let look = Look {
            color: true,
            ..Look::plain()
        };
        assert_eq!(print(&[line], &look), "\x1b[31mno\x1b[0m way\n");
    }

    #[test]
    fn long_lines_are_cut_by_columns_not_by_bytes() {
        let look = Look::plain();
        let line = Line::new(Tone::Plain, "日本語").and(Tone::Bad, "abc");
        assert_eq!(line.clone().cut(9, &look), line);
        assert_eq!(line.clone().cut(8, &look).text(), "日本語a\u{2026}");
        assert_eq!(line.cut(4, &look).text(), "日\u{2026}");
    }
}
