//! Prose that arrives in pieces, broken between words at the width of the terminal. Knows no terminal.

use unicode_width::UnicodeWidthStr as _;

/// Where the text stands.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    width: Option<usize>,
    column: usize,
    /// Blanks since the last word; they vanish where a line is broken.
    blanks: usize,
    word: String,
}

impl Flow {
    /// Text for lines of this width; without one, lines are as long as they come.
    pub fn new(width: Option<usize>) -> Self {
        Self {
            width,
            ..Self::default()
        }
    }

    /// What to print for another piece. The last word is held back until it is known to be whole.
    pub fn feed(&mut self, piece: &str) -> String {
        let mut out = String::new();
        for c in piece.chars() {
            match c {
                '\n' => {
                    self.place_word(&mut out);
                    out.push('\n');
                    self.column = 0;
                    self.blanks = 0;
                }
                ' ' => {
                    self.place_word(&mut out);
                    self.blanks += 1;
                }
                _ => self.word.push(c),
            }
        }
        if self.width.is_none() {
            self.place_word(&mut out);
        }
        out
    }

    /// What is still held back.
    pub fn finish(&mut self) -> String {
        let mut out = String::new();
        self.place_word(&mut out);
        self.blanks = 0;
        out
    }

    /// Whether something stands on the current line.
    pub fn is_open(&self) -> bool {
        self.column > 0
    }

    fn place_word(&mut self, out: &mut String) {
        if self.word.is_empty() {
            return;
        }
        let width = self.word.width();
        let fits = self
            .width
            .is_none_or(|columns| self.column + self.blanks + width <= columns);
        if !fits && self.column > 0 {
            out.push('\n');
            self.column = 0;
        } else {
            out.extend(std::iter::repeat_n(' ', self.blanks));
            self.column += self.blanks;
        }
        self.blanks = 0;
        self.column += width;
        out.push_str(&self.word);
        self.word.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str, width: usize) -> String {
        let mut flow = Flow::new(Some(width));
        let mut out = flow.feed(text);
        out.push_str(&flow.finish());
        out
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(whole("one two three", 7), "one two\nthree");
        assert_eq!(whole("  - indented list", 12), "  - indented\nlist");
        assert_eq!(whole("a  b", 80), "a  b");
        assert_eq!(whole("kept\n\nbreaks\n", 80), "kept\n\nbreaks\n");
        assert_eq!(whole("unbreakable", 4), "unbreakable");
        assert_eq!(whole("日本 語", 5), "日本\n語");
    }

    #[test]
    fn pieces_break_where_the_whole_breaks() {
        let text = "The quick brown fox\njumps  over the lazy dog, twice.";
        for width in 3..60 {
            for size in 1..9 {
                let mut flow = Flow::new(Some(width));
                let mut out = String::new();
                let letters: Vec<char> = text.chars().collect();
                for piece in letters.chunks(size) {
                    out.push_str(&flow.feed(&piece.iter().collect::<String>()));
                }
                out.push_str(&flow.finish());
                assert_eq!(out, whole(text, width), "width {width}, pieces of {size}");
            }
        }
    }

    #[test]
    fn without_a_width_nothing_is_held_back() {
        let mut flow = Flow::new(None);
        assert_eq!(flow.feed("half a wo"), "half a wo");
        assert_eq!(flow.feed("rd"), "rd");
    }
}
