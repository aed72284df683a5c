//! The ordinary screen: the last rows can still be rewritten, those that scroll off are final.
//!
//! Knows no escape sequence: `display` reads those and calls what they mean.

use std::collections::VecDeque;

use super::output::Output;
use super::row::{self, Row};

/// The rows that programs can still reach, and the cursor.
#[derive(Debug)]
pub(super) struct Page {
    rows: VecDeque<Row>,
    height: usize,
    width: usize,
    row: usize,
    /// Equal to `width` while a character stands in the last column and none has followed.
    column: usize,
    saved: (usize, usize),
    /// First and last row of what scrolls.
    region: (usize, usize),
}

impl Page {
    /// An empty page.
    pub(super) fn new(height: usize, width: usize) -> Self {
        Self {
            rows: VecDeque::from([Row::default()]),
            height,
            width,
            row: 0,
            column: 0,
            saved: (0, 0),
            region: (0, height - 1),
        }
    }

    /// Where the cursor is, counted from nought.
    pub(super) fn cursor(&self) -> (usize, usize) {
        (self.row, self.column.min(self.width - 1))
    }

    /// Whether the cursor stands behind everything written, so that text just flows on.
    pub(super) fn flows(&self) -> bool {
        self.row + 1 == self.rows.len()
            && self.region == (0, self.height - 1)
            && self.rows[self.row].len() == self.column
    }

    /// Lets everything go as final, and starts an empty page.
    ///
    /// The text that follows goes on in the line that was last.
    pub(super) fn flush(&mut self, out: &mut Output) {
        let last = self.rows.len() - 1;
        for (at, row) in self.rows.iter().enumerate() {
            out.push(&row.news(at < last));
        }
        *self = Self::new(self.height, self.width);
    }

    /// Hands over what is new and remembers that it has been told.
    pub(super) fn tell(&mut self, out: &mut Output) {
        let written = self
            .rows
            .iter()
            .rposition(|row| row.len() > 0)
            .unwrap_or_default();
        let last = written.max(self.row);
        for (at, row) in self.rows.iter_mut().enumerate().take(last + 1) {
            out.push(&row.news(at < last));
            row.tell(at < last);
        }
    }

    /// Writes one character.
    pub(super) fn print(&mut self, letter: char, out: &mut Output) {
        let Some(width) = row::width(letter) else {
            return;
        };
        if width == 0 {
            let column = self.column;
            self.line().accent(column, letter);
            return;
        }
        if self.column + width > self.width {
            self.line().wrapped = true;
            self.feed(out);
            self.column = 0;
        }
        let column = self.column;
        self.line().put(column, letter, width);
        self.column += width;
    }

    /// Writes text that holds nothing but characters, tabs and line breaks.
    pub(super) fn write(&mut self, text: &str, out: &mut Output) {
        for letter in text.chars() {
            match letter {
                '\n' => {
                    self.feed(out);
                    self.column = 0;
                }
                '\t' => self.tab(),
                letter => self.print(letter, out),
            }
        }
    }

    /// One row down; at the bottom everything moves up.
    pub(super) fn feed(&mut self, out: &mut Output) {
        if self.row == self.region.1 {
            self.scroll_up(1, out);
        } else if self.row + 1 < self.height {
            self.row += 1;
        }
        self.line();
    }

    /// One row up; at the top everything moves down.
    pub(super) fn reverse_feed(&mut self) {
        if self.row == self.region.0 {
            self.scroll_down(1);
        } else {
            self.row = self.row.saturating_sub(1);
        }
    }

    /// To the first column.
    pub(super) fn carriage_return(&mut self) {
        self.column = 0;
    }

    /// One column back.
    pub(super) fn backspace(&mut self) {
        self.column = self.column.min(self.width - 1).saturating_sub(1);
    }

    /// To the next tab stop.
    pub(super) fn tab(&mut self) {
        let (column, limit) = (self.column, self.width);
        self.column = self.line().tab(column, limit);
    }

    /// To a place, counted from nought.
    pub(super) fn go(&mut self, row: usize, column: usize) {
        self.row = row.min(self.height - 1);
        self.column = column.min(self.width - 1);
        self.line();
    }

    /// By some rows and columns.
    pub(super) fn step(&mut self, rows: isize, columns: isize) {
        let (row, column) = self.cursor();
        self.go(
            row.saturating_add_signed(rows),
            column.saturating_add_signed(columns),
        );
    }

    /// Remembers the cursor.
    pub(super) fn save(&mut self) {
        self.saved = self.cursor();
    }

    /// Puts the cursor where it was saved.
    pub(super) fn restore(&mut self) {
        let (row, column) = self.saved;
        self.go(row, column);
    }

    /// Sets which rows scroll, counted from nought.
    pub(super) fn set_region(&mut self, top: usize, bottom: usize) {
        let bottom = bottom.min(self.height - 1);
        self.region = if top < bottom {
            (top, bottom)
        } else {
            (0, self.height - 1)
        };
        self.go(0, 0);
    }

    /// Erases in the row: from the cursor on, up to it, or all.
    pub(super) fn erase_in_line(&mut self, mode: u16) {
        let column = self.column;
        let (from, to) = match mode {
            0 => (column, usize::MAX),
            1 => (0, column + 1),
            _ => (0, usize::MAX),
        };
        let line = self.line();
        line.erase(from, to);
        if to == usize::MAX {
            line.wrapped = false;
        }
    }

    /// Erases on the screen: from the cursor on, up to it, or all.
    pub(super) fn erase_in_page(&mut self, mode: u16) {
        let here = self.row;
        match mode {
            0 => {
                self.erase_in_line(0);
                self.rows.truncate(here + 1);
            }
            1 => {
                self.erase_in_line(1);
                for row in self.rows.iter_mut().take(here) {
                    row.erase(0, usize::MAX);
                }
            }
            _ => {
                self.rows.clear();
                self.line();
            }
        }
    }

    /// Blanks some columns.
    pub(super) fn erase_columns(&mut self, count: usize) {
        let column = self.column;
        self.line().erase(column, column + count);
    }

    /// Takes some columns out.
    pub(super) fn delete_columns(&mut self, count: usize) {
        let column = self.column;
        self.line().delete(column, count);
    }

    /// Makes room for some columns.
    pub(super) fn insert_columns(&mut self, count: usize) {
        let (column, limit) = (self.column, self.width);
        self.line().insert(column, count, limit);
    }

    /// Makes room for some rows.
    pub(super) fn insert_rows(&mut self, count: usize) {
        let (row, bottom) = (self.row, self.region.1);
        for _ in 0..count.min(self.height) {
            self.fill(bottom);
            self.rows.remove(bottom);
            self.rows.insert(row.min(bottom), Row::default());
        }
    }

    /// Takes some rows out.
    pub(super) fn delete_rows(&mut self, count: usize) {
        let (row, bottom) = (self.row, self.region.1);
        for _ in 0..count.min(self.height) {
            self.fill(bottom);
            self.rows.remove(row.min(bottom));
            self.rows.insert(bottom, Row::default());
        }
    }

    /// Everything up; what leaves at the top of the screen is final.
    pub(super) fn scroll_up(&mut self, count: usize, out: &mut Output) {
        let (top, bottom) = self.region;
        for _ in 0..count.min(self.height) {
            self.fill(bottom);
            let gone = self.rows.remove(top);
            if let Some(gone) = gone.filter(|_| top == 0) {
                out.push(&gone.news(true));
            }
            self.rows.insert(bottom, Row::default());
        }
    }

    /// Everything down.
    pub(super) fn scroll_down(&mut self, count: usize) {
        let (top, bottom) = self.region;
        for _ in 0..count.min(self.height) {
            self.fill(bottom);
            self.rows.remove(bottom);
            self.rows.insert(top, Row::default());
        }
    }

    /// Whether the last line has text and no end yet.
    pub(super) fn is_mid_line(&self) -> bool {
        self.column > 0
    }

    fn line(&mut self) -> &mut Row {
        self.fill(self.row);
        &mut self.rows[self.row]
    }

    fn fill(&mut self, row: usize) {
        while self.rows.len() <= row {
            self.rows.push_back(Row::default());
        }
    }
}
