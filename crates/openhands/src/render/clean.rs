//! Takes control sequences out of text that comes in pieces, so that no output can move the cursor, colour the screen
//! or talk to the terminal. Knows no line.

/// Remembers where in a sequence the last piece ended.
#[derive(Clone, Debug, Default)]
pub struct Cleaner {
    state: State,
    /// Output of programs, in which a carriage return starts the line over.
    output: bool,
    /// A carriage return came, and what follows decides what it meant.
    returned: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    Escape,
    /// After an escape with a byte that takes one more, such as `ESC ( B`.
    Charset,
    Control,
    /// A string up to BEL or ST: a title, a hyperlink.
    Title,
    TitleEscape,
}

/// What stands for "back to the start of the line": what is printed next replaces it.
pub const RESTART: char = '\r';

impl Cleaner {
    /// For the output of programs: a lone carriage return stays, one before a line break does not.
    pub fn for_output() -> Self {
        Self {
            output: true,
            ..Self::default()
        }
    }

    /// The text of one piece.
    pub fn feed(&mut self, piece: &str) -> String {
        let mut out = String::with_capacity(piece.len());
        for c in piece.chars() {
            self.state = match (self.state, c) {
                (State::Text, '\x1b') => State::Escape,
                (State::Text, '\u{9b}') => State::Control,
                (State::Text, _) => {
                    self.text(c, &mut out);
                    State::Text
                }
                (State::Escape, '[') => State::Control,
                (State::Escape, ']' | 'P' | '_' | '^' | 'X') => State::Title,
                (State::Escape, '(' | ')' | '*' | '+' | '#' | '%' | ' ') => State::Charset,
                (State::Escape | State::Charset, _) => State::Text,
                (State::Control, '\x40'..='\x7e') => State::Text,
                (State::Control, _) => State::Control,
                (State::Title, '\x07' | '\u{9c}') => State::Text,
                (State::Title, '\x1b') => State::TitleEscape,
                (State::Title, _) => State::Title,
                (State::TitleEscape, '\\') => State::Text,
                (State::TitleEscape, _) => State::Title,
            };
        }
        out
    }

    /// The text of something whole that somebody wrote.
    pub fn whole(text: &str) -> String {
        Self::default().feed(text)
    }

    /// The text of a whole output.
    pub fn whole_output(text: &str) -> String {
        Self::for_output().feed(text)
    }

    fn text(&mut self, c: char, out: &mut String) {
        if std::mem::take(&mut self.returned) && c != '\n' && c != '\r' {
            out.push(if self.output { RESTART } else { ' ' });
        }
        match c {
            '\r' => self.returned = true,
            '\n' => out.push('\n'),
            '\t' => out.push_str("    "),
            '\x08' => {
                if !out.ends_with('\n') {
                    out.pop();
                }
            }
            _ if c.is_control() || is_bidi(c) => {}
            _ => out.push(c),
        }
    }
}

/// Signs that turn the direction of writing can make text look like other text.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(Cleaner::whole_output(text), expected, "{text:?}");
        let mut cleaner = Cleaner::for_output();
        let pieces: String = text
            .chars()
            .map(|c| cleaner.feed(c.encode_utf8(&mut [0; 4])))
            .collect();
        if !text.contains('\x08') {
            assert_eq!(pieces, expected, "{text:?} in single characters");
        }
    }

    #[test]
    fn nothing_reaches_the_terminal_but_text() {
        check("plain\ntext", "plain\ntext");
        check("\x1b[31mred\x1b[0m", "red");
        check("\x1b]0;title\x07after", "after");
        check("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link");
        check("\x1bPq#0;2\x1b\\sixel", "sixel");
        check("\x1b(Bascii\x1b=", "ascii");
        check("\u{9b}2Jclear", "clear");
        check("bell\x07 null\0", "bell null");
        check("a\tb", "a    b");
        check("ab\x08c", "ac");
        check("evil\u{202e}txt", "eviltxt");
    }

    #[test]
    fn a_return_before_a_break_is_a_break() {
        check("a\r\nb", "a\nb");
        check("10%\r20%\r\n", "10%\r20%\n");
        check("a\r", "a");
        assert_eq!(Cleaner::whole("rm -rf /\rls\r\n"), "rm -rf / ls\n");
    }
}
