//! Reads what programs write to the terminal, and turns it into text. Knows no shell and no process.

use std::num::NonZero;

use vte::{Params, Parser, Perform};

use super::keys::Mode;
use super::output::Output;
use super::page::Page;

/// How many rows programs are told there are.
pub(super) const ROWS: u16 = 50;
/// How many columns programs are told there are.
pub(super) const COLUMNS: u16 = 256;
/// The number of the sequence that our own marks are written in; no terminal knows it.
pub(super) const MARK: &str = "7717";
/// The most that is passed on live of one piece.
const LIVE: usize = 16 * 1024;

/// The screen of the terminal.
pub(super) struct Display {
    parser: Parser,
    canvas: Canvas,
    /// The full-screen program, while there is one.
    full: Option<Box<vt100::Parser>>,
    /// Whether the parser is surely between two sequences.
    plain: bool,
}

/// What the parser draws on.
struct Canvas {
    page: Page,
    output: Output,
    /// A program has taken the whole screen.
    taken: bool,
    /// Arrow keys are to be sent the long way.
    application_keys: bool,
    /// A character was printed since this was last reset.
    printed: bool,
    /// Where a full-screen program's cursor is.
    full_cursor: (u16, u16),
    replies: Vec<u8>,
    live: String,
    /// A question about the terminal's capabilities is being asked.
    asking: bool,
    /// The word that comes before the output of a new command.
    beginning: String,
}

impl Display {
    /// An empty screen over `output`.
    pub(super) fn new(output: Output) -> Self {
        Self {
            parser: Parser::new(),
            canvas: Canvas {
                page: Page::new(ROWS.into(), COLUMNS.into()),
                output,
                taken: false,
                application_keys: false,
                printed: false,
                full_cursor: (0, 0),
                replies: Vec::new(),
                live: String::new(),
                asking: false,
                beginning: String::new(),
            },
            full: None,
            plain: true,
        }
    }

    /// Takes in what programs wrote.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.plain && !self.canvas.taken && self.flow(bytes) {
            return;
        }
        let escape = bytes.iter().rposition(|byte| *byte == 0x1b);
        let (before, after) = bytes.split_at(escape.map_or(0, |at| at + 1));
        if let Some(full) = &mut self.full {
            full.process(bytes);
            self.canvas.full_cursor = full.screen().cursor_position();
        }
        self.parser.advance(&mut self.canvas, before);
        self.canvas.printed = false;
        self.parser.advance(&mut self.canvas, after);
        let whole = bytes.last().is_some_and(u8::is_ascii);
        self.plain = whole && (self.canvas.printed || (self.plain && escape.is_none()));
        self.follow(bytes);
    }

    /// Text for whoever watches, as it came since the last call.
    pub(super) fn live(&mut self) -> String {
        let live = &mut self.canvas.live;
        // A carriage return may turn out to be half of a line break.
        let end = live.trim_end_matches('\r').len();
        let rest = live.split_off(end);
        std::mem::replace(live, rest)
    }

    /// Answers that programs asked the terminal for.
    pub(super) fn replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.canvas.replies)
    }

    /// What programs make of the keyboard.
    pub(super) fn keyboard(&self) -> Mode {
        Mode {
            application: self.canvas.application_keys,
            full_screen: self.canvas.taken,
        }
    }

    /// Whether the last line is unfinished, as a prompt is.
    pub(super) fn is_mid_line(&self) -> bool {
        self.canvas.taken || self.canvas.page.is_mid_line()
    }

    /// Starts a new command: what comes is worth saving, and behind the word a line of its own begins.
    pub(super) fn begin(&mut self, word: &str) {
        self.canvas.output.save(true);
        self.canvas.beginning = word.to_owned();
    }

    /// What is new since the last report.
    pub(super) fn report(&mut self) -> String {
        let Canvas { page, output, .. } = &mut self.canvas;
        page.tell(output);
        if let Some(full) = &self.full {
            if !output.is_empty() {
                output.push("\n");
            }
            for line in full.screen().contents().lines() {
                output.push(line.trim_end());
                output.push("\n");
            }
        }
        output.take()
    }

    /// Ends a command: whatever it did to the screen is undone.
    pub(super) fn end(&mut self) {
        self.parser = Parser::new();
        self.full = None;
        self.plain = true;
        let canvas = &mut self.canvas;
        canvas.page = Page::new(ROWS.into(), COLUMNS.into());
        canvas.output.clear();
        canvas.output.save(false);
        canvas.taken = false;
        canvas.application_keys = false;
        canvas.live.clear();
        canvas.replies.clear();
    }

    /// The quick way for plain text: what surely scrolls off goes straight to the output.
    fn flow(&mut self, bytes: &[u8]) -> bool {
        // A line break may be cut in two between one piece and the next.
        let body = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        let body = body.strip_suffix(b"\r").unwrap_or(body);
        let Some(text) = plain(body) else {
            return false;
        };
        let Canvas { page, output, .. } = &mut self.canvas;
        if bytes.first() == Some(&b'\n') {
            page.feed(output);
        }
        let keep = if page.flows() {
            tail(&text, ROWS.into(), COLUMNS.into())
        } else {
            0
        };
        if keep > 0 {
            page.flush(output);
            output.push(&text[..keep]);
        }
        page.write(&text[keep..], output);
        if bytes.last() == Some(&b'\r') {
            page.carriage_return();
        }
        self.canvas.hear(bytes, &text);
        true
    }

    /// Keeps the emulator of a full-screen program for as long as there is one.
    fn follow(&mut self, bytes: &[u8]) {
        match (self.canvas.taken, self.full.is_some()) {
            (true, false) => {
                let size = (NonZero::new(ROWS), NonZero::new(COLUMNS));
                if let (Some(rows), Some(columns)) = size {
                    let mut full = Box::new(vt100::Parser::new(rows, columns, 0));
                    full.process(bytes);
                    self.full = Some(full);
                }
            }
            (false, true) => self.full = None,
            (true, true) | (false, false) => {}
        }
    }
}

/// The text, if it is nothing but whole characters, tabs and whole line breaks.
fn plain(bytes: &[u8]) -> Option<String> {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut last = 0;
    for &byte in bytes {
        if (last == b'\r') != (byte == b'\n') {
            return None;
        }
        match byte {
            b'\r' => {}
            // 0xc2 begins the second half of the control characters.
            b'\n' | b'\t' | 0x20..=0x7e | 0x80..=0xbf | 0xc3..=0xff => clean.push(byte),
            0x00..=0x1f | 0x7f | 0xc0..=0xc2 => return None,
        }
        last = byte;
    }
    String::from_utf8(clean).ok().filter(|_| last != b'\r')
}

/// Where the part begins that fills the screen by itself; nought if there is no more than that.
fn tail(text: &str, rows: usize, columns: usize) -> usize {
    let mut lines = 0;
    for (at, byte) in text.bytes().enumerate().rev() {
        if byte == b'\n' {
            lines += 1;
            if lines > rows {
                return at + 1;
            }
        }
    }
    let room = (rows + 1) * columns;
    text.char_indices().rev().nth(room).map_or(0, |(at, _)| at)
}

impl Canvas {
    fn hear(&mut self, bytes: &[u8], text: &str) {
        if self.live.len() + text.len() > LIVE {
            return;
        }
        if bytes.first() == Some(&b'\n') {
            self.break_line();
        }
        self.live.push_str(text);
        if bytes.last() == Some(&b'\r') {
            self.live.push('\r');
        }
    }

    /// Whether this is our mark before a new command, and somebody else's line is not at its end.
    fn begins(&self, number: &[u8], word: &[u8]) -> bool {
        number == MARK.as_bytes() && word == self.beginning.as_bytes() && self.page.is_mid_line()
    }

    /// Whoever watches needs no carriage return to begin a line.
    fn break_line(&mut self) {
        if self.live.ends_with('\r') {
            self.live.pop();
        }
        self.live.push('\n');
    }

    fn set_mode(&mut self, mode: u16, on: bool) {
        match mode {
            1 => self.application_keys = on,
            47 | 1047 | 1049 => self.taken = on,
            _ => {}
        }
    }

    fn reply(&mut self, answer: &str) {
        self.replies.extend_from_slice(answer.as_bytes());
    }

    fn place(&self) -> (usize, usize) {
        if self.taken {
            let (row, column) = self.full_cursor;
            (row.into(), column.into())
        } else {
            self.page.cursor()
        }
    }

    fn answer(&mut self, private: Option<u8>, letter: char, first: u16) {
        match (private, letter, first) {
            (None, 'n', 5) => self.reply("\x1b[0n"),
            (None | Some(b'?'), 'n', 6) => {
                let (row, column) = self.place();
                self.reply(&format!("\x1b[{};{}R", row + 1, column + 1));
            }
            (None, 'c', 0) => self.reply("\x1b[?62;22c"),
            (Some(b'>'), 'c', 0) => self.reply("\x1b[>1;10;0c"),
            (None, 't', 18) => self.reply(&format!("\x1b[8;{ROWS};{COLUMNS}t")),
            _ => {}
        }
    }

    fn draw(&mut self, letter: char, values: &[u16]) {
        let first = values.first().copied().unwrap_or_default();
        let second = values.get(1).copied().unwrap_or_default();
        let count = usize::from(first.max(1));
        let steps = isize::try_from(count).unwrap_or(isize::MAX);
        let Self { page, output, .. } = self;
        let (row, column) = page.cursor();
        match letter {
            '@' => page.insert_columns(count),
            'A' => page.step(-steps, 0),
            'B' | 'e' => page.step(steps, 0),
            'C' | 'a' => page.step(0, steps),
            'D' => page.step(0, -steps),
            'E' => page.go(row + count, 0),
            'F' => page.go(row.saturating_sub(count), 0),
            'G' | '`' => page.go(row, count - 1),
            'H' | 'f' => page.go(count - 1, usize::from(second.max(1)) - 1),
            'J' => page.erase_in_page(first),
            'K' => page.erase_in_line(first),
            'L' => page.insert_rows(count),
            'M' => page.delete_rows(count),
            'P' => page.delete_columns(count),
            'S' => page.scroll_up(count, output),
            'T' => page.scroll_down(count),
            'X' => page.erase_columns(count),
            'd' => page.go(count - 1, column),
            'r' => {
                let bottom = if second == 0 { ROWS } else { second };
                page.set_region(count - 1, usize::from(bottom) - 1);
            }
            's' => page.save(),
            'u' => page.restore(),
            _ => {}
        }
    }
}

impl Perform for Canvas {
    fn print(&mut self, letter: char) {
        self.printed = true;
        if self.taken || letter.is_control() {
            return;
        }
        if self.live.len() < LIVE {
            self.live.push(letter);
        }
        self.page.print(letter, &mut self.output);
    }

    fn execute(&mut self, byte: u8) {
        if self.taken {
            return;
        }
        match byte {
            0x08 => self.page.backspace(),
            b'\t' => self.page.tab(),
            b'\n' | 0x0b | 0x0c => self.page.feed(&mut self.output),
            b'\r' => self.page.carriage_return(),
            _ => return,
        }
        match byte {
            _ if self.live.len() >= LIVE => {}
            b'\n' => self.break_line(),
            b'\t' | b'\r' => self.live.push(char::from(byte)),
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, letter: char) {
        if ignore {
            return;
        }
        let values: Vec<u16> = params
            .iter()
            .map(|param| param.first().copied().unwrap_or_default())
            .collect();
        match (intermediates, letter) {
            ([b'?'], 'h' | 'l') => {
                for mode in values {
                    self.set_mode(mode, letter == 'h');
                }
            }
            ([b'?', b'$'], 'p') => {
                let mode = values.first().copied().unwrap_or_default();
                self.reply(&format!("\x1b[?{mode};0$y"));
            }
            ([], 'n' | 'c' | 't') | ([b'>'], 'c') | ([b'?'], 'n') => {
                let first = values.first().copied().unwrap_or_default();
                self.answer(intermediates.first().copied(), letter, first);
            }
            ([], letter) if !self.taken => self.draw(letter, &values),
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _ignore: bool, byte: u8) {
        if self.taken || !intermediates.is_empty() {
            return;
        }
        match byte {
            b'7' => self.page.save(),
            b'8' => self.page.restore(),
            b'D' => self.page.feed(&mut self.output),
            b'E' => {
                self.page.feed(&mut self.output);
                self.page.carriage_return();
            }
            b'M' => self.page.reverse_feed(),
            b'c' => self.page.flush(&mut self.output),
            _ => {}
        }
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], _bell: bool) {
        match params {
            [b"10", b"?"] => self.reply("\x1b]10;rgb:ffff/ffff/ffff\x1b\\"),
            [number, word] if self.begins(number, word) => {
                self.page.write("\n", &mut self.output);
            }
            [b"11", b"?"] => self.reply("\x1b]11;rgb:0000/0000/0000\x1b\\"),
            _ => {}
        }
    }

    fn hook(&mut self, _params: &Params, intermediates: &[u8], _ignore: bool, letter: char) {
        self.asking = intermediates == b"+" && letter == 'q';
    }

    fn unhook(&mut self) {
        if std::mem::take(&mut self.asking) {
            self.reply("\x1bP0+r\x1b\\");
        }
    }
}

#[cfg(test)]
mod tests;
