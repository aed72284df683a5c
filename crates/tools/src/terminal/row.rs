//! One row of the page: characters in columns, and what of it has been told already. Knows no escape sequence.

use unicode_width::UnicodeWidthChar;

/// Stands in every further column of a character that is wider than one.
const REST: char = '\0';
/// How far apart the tab stops are.
const TAB: usize = 8;

/// Characters in columns.
#[derive(Debug, Default)]
pub(super) struct Row {
    cells: Vec<char>,
    /// Characters without a width of their own, by the column they sit on.
    marks: Vec<(usize, char)>,
    /// The text goes on in the next row without a line break.
    pub(super) wrapped: bool,
    told: Option<Told>,
}

#[derive(Debug)]
struct Told {
    text: String,
    ended: bool,
}

/// How many columns a character takes; nothing for what cannot be shown.
pub(super) fn width(letter: char) -> Option<usize> {
    letter.width()
}

impl Row {
    /// How many columns are in use.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Puts a character of one or two columns over what stands there.
    pub(super) fn put(&mut self, column: usize, letter: char, width: usize) {
        if column == self.cells.len() {
            self.cells.push(letter);
        } else {
            self.pad(column + width);
            for at in column..column + width {
                self.open(at);
            }
            self.cells[column] = letter;
        }
        for at in column + 1..column + width {
            if at < self.cells.len() {
                self.cells[at] = REST;
            } else {
                self.cells.push(REST);
            }
        }
    }

    /// Sets an accent on what stands left of the column.
    pub(super) fn accent(&mut self, column: usize, mark: char) {
        let Some(mut at) = column.min(self.cells.len()).checked_sub(1) else {
            return;
        };
        while at > 0 && self.cells[at] == REST {
            at -= 1;
        }
        self.marks.push((at, mark));
    }

    /// The next tab stop; at the end of the text the tab itself is kept.
    pub(super) fn tab(&mut self, column: usize, limit: usize) -> usize {
        let stop = (column / TAB + 1) * TAB;
        let stop = stop.min(limit.saturating_sub(1)).max(column);
        if column >= self.cells.len() && stop > column {
            self.pad(column);
            self.cells.push('\t');
            self.cells.resize(stop, REST);
        }
        stop
    }

    /// Blanks a range of columns.
    pub(super) fn erase(&mut self, from: usize, to: usize) {
        if from >= self.cells.len() {
            return;
        }
        self.open(from);
        if to >= self.cells.len() {
            self.cells.truncate(from);
            self.marks.retain(|(at, _)| *at < from);
            return;
        }
        for at in from..to {
            self.open(at);
            self.cells[at] = ' ';
        }
    }

    /// Takes columns out; what follows moves left.
    pub(super) fn delete(&mut self, column: usize, count: usize) {
        let end = (column + count).min(self.cells.len());
        if column >= end {
            return;
        }
        self.open(column);
        self.open(end - 1);
        self.cells.drain(column..end);
        self.marks.retain(|(at, _)| *at < column);
    }

    /// Makes room; what follows moves right, as far as the row is long.
    pub(super) fn insert(&mut self, column: usize, count: usize, limit: usize) {
        if column >= self.cells.len() {
            return;
        }
        self.open(column);
        let count = count.min(limit.saturating_sub(column));
        self.cells
            .splice(column..column, std::iter::repeat_n(' ', count));
        self.cells.truncate(limit);
        self.marks.retain(|(at, _)| *at < column);
    }

    /// The text.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.cells.len());
        for (column, &letter) in self.cells.iter().enumerate() {
            if letter != REST {
                text.push(letter);
            }
            if !self.marks.is_empty() {
                let here = self.marks.iter().filter(|(at, _)| *at == column);
                text.extend(here.map(|(_, mark)| *mark));
            }
        }
        text
    }

    /// What has not been told of it; `ends` if another row follows.
    pub(super) fn news(&self, ends: bool) -> String {
        let mut text = self.text();
        let ends = ends && !self.wrapped;
        match &self.told {
            Some(told) if told.text == text => {
                text.clear();
                if told.ended {
                    return text;
                }
            }
            Some(told) if told.ended && text.is_empty() => return text,
            Some(told) if !told.ended && text.starts_with(&told.text) => {
                text.drain(..told.text.len());
            }
            Some(_) | None => {}
        }
        if ends {
            text.push('\n');
        }
        text
    }

    /// Remembers that all of it has been told.
    pub(super) fn tell(&mut self, ends: bool) {
        self.told = Some(Told {
            text: self.text(),
            ended: ends || self.wrapped,
        });
    }

    fn pad(&mut self, column: usize) {
        if self.cells.len() < column {
            self.cells.resize(column, ' ');
        }
    }

    /// Breaks up what stands on a column, if it is wider than one, so that the column can be written alone.
    fn open(&mut self, column: usize) {
        let Some(&letter) = self.cells.get(column) else {
            return;
        };
        self.marks.retain(|(at, _)| *at != column);
        let mut first = column;
        if letter == REST {
            while first > 0 && self.cells[first] == REST {
                first -= 1;
            }
        }
        let after = self.cells[first + 1..]
            .iter()
            .take_while(|cell| **cell == REST)
            .count();
        if after > 0 {
            self.cells[first..=first + after].fill(' ');
        }
    }
}
