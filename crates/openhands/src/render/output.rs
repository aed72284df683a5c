//! The output of a command: whole as it comes, but only its beginning and its end when it is long.

use super::clean::RESTART;
use super::{Cleaner, Line, Look, Tone, thousands};

/// How many lines are shown from the beginning.
const HEAD: usize = 20;
/// How many lines are shown from the end.
const TAIL: usize = 10;

/// A whole output as lines behind a gutter, shortened in the middle unless everything is wanted.
pub fn shortened(output: &str, look: &Look, full: bool) -> Vec<Line> {
    let lines: Vec<&str> = output.lines().map(last_state).collect();
    // Leaving out a single line would save nothing: the note takes one.
    if full || lines.len() <= HEAD + TAIL + 1 {
        return lines.iter().map(|line| behind(line, look)).collect();
    }
    let end = lines.len() - TAIL;
    let mut shown: Vec<Line> = lines[..HEAD]
        .iter()
        .map(|line| behind(line, look))
        .collect();
    shown.push(left_out(end - HEAD, look));
    shown.extend(lines[end..].iter().map(|line| behind(line, look)));
    shown
}

/// What a line looks like after everything that was printed over it.
fn last_state(line: &str) -> &str {
    line.rsplit(RESTART).next().unwrap_or(line)
}

fn behind(text: &str, look: &Look) -> Line {
    Line::new(Tone::Faint, look.glyphs.gutter)
        .and(Tone::Plain, text)
        .cut(look.columns(), look)
}

fn left_out(lines: usize, look: &Look) -> Line {
    let note = format!(
        "{} {} more lines",
        look.glyphs.more,
        thousands(lines as u64)
    );
    Line::new(Tone::Faint, look.glyphs.gutter).and(Tone::Faint, note)
}

/// Output that arrives in pieces: its first lines at once; the rest is shown when the whole is there.
#[derive(Clone, Debug)]
pub struct Stream {
    cleaner: Cleaner,
    line: String,
    shown: Vec<String>,
    last: String,
    count: usize,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            cleaner: Cleaner::for_output(),
            line: String::new(),
            shown: Vec::new(),
            last: String::new(),
            count: 0,
        }
    }
}

impl Stream {
    /// The lines to show for another piece.
    pub fn feed(&mut self, piece: &str, look: &Look) -> Vec<Line> {
        let mut lines = Vec::new();
        for c in self.cleaner.feed(piece).chars() {
            match c {
                '\n' => {
                    let line = std::mem::take(&mut self.line);
                    lines.extend(self.line_ended(line, look));
                }
                RESTART => self.line.clear(),
                _ => self.line.push(c),
            }
        }
        lines
    }

    fn line_ended(&mut self, line: String, look: &Look) -> Option<Line> {
        self.count += 1;
        self.last.clone_from(&line);
        if self.shown.len() >= HEAD {
            return None;
        }
        let shown = behind(&line, look);
        self.shown.push(line);
        Some(shown)
    }

    /// What is going on where nothing is shown any more: the last line, finished or not.
    pub fn now(&self) -> Option<String> {
        let last = if self.line.trim().is_empty() {
            self.last.trim()
        } else {
            self.line.trim()
        };
        if last.is_empty() {
            return None;
        }
        Some(if self.count > HEAD {
            format!("{} lines: {last}", thousands(self.count as u64))
        } else {
            last.to_owned()
        })
    }

    /// The lines that are on the screen.
    pub fn into_shown(self) -> Vec<String> {
        self.shown
    }
}

/// What of a whole output is not on the screen yet. Pieces may have been lost, so the whole decides.
pub fn remaining(output: &str, shown: &[String], look: &Look, full: bool) -> Vec<Line> {
    let all = shortened(output, look, full);
    let mut whole = output.lines().map(last_state);
    let is_beginning = shown.iter().all(|line| whole.next() == Some(line.as_str()));
    let skip = if is_beginning { shown.len() } else { 0 };
    all.into_iter().skip(skip).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[Line]) -> Vec<String> {
        lines.iter().map(Line::text).collect()
    }

    fn streamed(output: &str, size: usize) -> Vec<String> {
        let look = Look::plain();
        let mut stream = Stream::default();
        let mut lines = Vec::new();
        let letters: Vec<char> = output.chars().collect();
        for piece in letters.chunks(size) {
            lines.extend(stream.feed(&piece.iter().collect::<String>(), &look));
        }
        lines.extend(remaining(output, &stream.into_shown(), &look, false));
        texts(&lines)
    }

    #[test]
    fn the_stream_shows_what_the_whole_shows() {
        let look = Look::plain();
        for count in [0, 1, 19, 20, 29, 30, 32, 500] {
            let output: String = (0..count).map(|n| format!("line {n}\n")).collect();
            let whole = texts(&shortened(&output, &look, false));
            for size in [1, 7, 4096] {
                assert_eq!(streamed(&output, size), whole, "{count} lines");
            }
        }
    }

    #[test]
    fn long_output_keeps_both_ends() {
        let output: String = (1..=1_000).map(|n| format!("{n}\n")).collect();
        let shown = texts(&shortened(&output, &Look::plain(), false));
        assert_eq!(shown.len(), HEAD + 1 + TAIL);
        assert_eq!(shown[0], "\u{2502} 1");
        assert_eq!(shown[HEAD], "\u{2502} \u{2026} 970 more lines");
        assert_eq!(shown[HEAD + TAIL], "\u{2502} 1000");
        assert_eq!(shortened(&output, &Look::plain(), true).len(), 1_000);
    }

    #[test]
    fn progress_bars_show_their_last_state() {
        assert_eq!(
            streamed("10%\r50%\r100%\ndone", 3),
            ["\u{2502} 100%", "\u{2502} done"]
        );
        let look = Look::plain();
        assert_eq!(
            texts(&shortened("10%\r100%\n", &look, false)),
            ["\u{2502} 100%"]
        );
    }

    #[test]
    fn what_was_lost_on_the_way_is_shown_in_the_end() {
        let look = Look::plain();
        let shown = |lines: &[&str]| {
            lines
                .iter()
                .map(|line| (*line).to_owned())
                .collect::<Vec<_>>()
        };
        let rest = remaining("a\nb\nc", &shown(&["a"]), &look, false);
        assert_eq!(texts(&rest), ["\u{2502} b", "\u{2502} c"]);
        let all = remaining("a\nb\nc", &shown(&["b"]), &look, false);
        assert_eq!(all.len(), 3);
        assert!(remaining("a", &shown(&["a"]), &look, false).is_empty());
    }

    #[test]
    fn an_unfinished_line_can_be_seen() {
        let mut stream = Stream::default();
        stream.feed("Password: ", &Look::plain());
        assert_eq!(stream.now().as_deref(), Some("Password:"));
    }
}
