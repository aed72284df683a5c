//! What was already written for earlier questions of the same conversation. Knows no dialect.
//!
//! A history only grows, so its beginning is the same messages every time: they are known by their address, kept alive
//! here, and their text is sent again as it is. Step two thousand costs what step fifty did.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use domain::{Message, Role, ToolSchema};

use super::rope::Rope;
use super::{Position, Style, anthropic, chat, responses};
use crate::dialect::Dialect;

/// The texts of the last few conversations.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    transcripts: Mutex<Vec<Transcript>>,
    tools: Mutex<Option<Tools>>,
}

/// A client serves one conversation, and the side questions about it.
const KEPT: usize = 3;

#[derive(Debug)]
struct Transcript {
    style: Style,
    written: Vec<Written>,
    /// Which of them are marked.
    marks: Vec<usize>,
    text: Rope,
}

#[derive(Debug)]
struct Written {
    message: Arc<Message>,
    /// Where its text ends, and how the next goes on.
    end: usize,
    after: Position,
}

#[derive(Debug)]
struct Tools {
    list: Arc<[ToolSchema]>,
    dialect: Dialect,
    marked: bool,
    text: Bytes,
}

impl Memory {
    /// The list of messages, without its brackets.
    pub fn messages(
        &self,
        style: &Style,
        messages: &[Arc<Message>],
        marks: &[usize],
    ) -> Vec<Bytes> {
        let marks = all_marks(style, messages, marks);
        let (mut transcript, shared) = self
            .take(style, messages, &marks)
            .unwrap_or_else(|| (Transcript::new(style.clone()), 0));
        let text = transcript.write(messages, &marks, shared);
        let mut kept = lock(&self.transcripts);
        kept.truncate(KEPT - 1);
        kept.insert(0, transcript);
        text
    }

    /// The transcript that has most in common with these messages, unless most of it would be lost.
    fn take(
        &self,
        style: &Style,
        messages: &[Arc<Message>],
        marks: &[usize],
    ) -> Option<(Transcript, usize)> {
        let mut kept = lock(&self.transcripts);
        let shared = |t: &Transcript| t.shared(messages, marks);
        let fitting = kept.iter().enumerate().filter(|(_, t)| t.style == *style);
        let (at, common) = fitting
            .map(|(at, t)| (at, shared(t)))
            .max_by_key(|(_, n)| *n)?;
        let worth = common > 0 && common * 2 >= kept[at].written.len();
        worth.then(|| (kept.remove(at), common))
    }

    /// The list of tools; empty if there are none.
    pub fn tools(&self, list: &Arc<[ToolSchema]>, dialect: Dialect, marked: bool) -> Bytes {
        if list.is_empty() {
            return Bytes::new();
        }
        let mut known = lock(&self.tools);
        let same =
            |t: &&Tools| Arc::ptr_eq(&t.list, list) && (t.dialect, t.marked) == (dialect, marked);
        if let Some(tools) = known.as_ref().filter(same) {
            return tools.text.clone();
        }
        let text = Bytes::from(match dialect {
            Dialect::Chat => chat::tools(list),
            Dialect::Responses => responses::tools(list),
            Dialect::Anthropic => anthropic::tools(list, marked),
        });
        *known = Some(Tools {
            list: Arc::clone(list),
            dialect,
            marked,
            text: text.clone(),
        });
        text
    }
}

impl Transcript {
    fn new(style: Style) -> Self {
        Self {
            style,
            written: Vec::new(),
            marks: Vec::new(),
            text: Rope::default(),
        }
    }

    /// How many messages at the beginning are written as they would be now.
    fn shared(&self, messages: &[Arc<Message>], marks: &[usize]) -> usize {
        let pairs = self.written.iter().zip(messages);
        let same = pairs.take_while(|(written, message)| Arc::ptr_eq(&written.message, message));
        let same = same.count();
        let odd = |a: &[usize], b: &[usize]| a.iter().copied().filter(|i| !b.contains(i)).min();
        let changed = odd(&self.marks, marks)
            .into_iter()
            .chain(odd(marks, &self.marks));
        changed.min().map_or(same, |first| same.min(first))
    }

    fn write(&mut self, messages: &[Arc<Message>], marks: &[usize], shared: usize) -> Vec<Bytes> {
        self.written.truncate(shared);
        self.marks = marks.to_vec();
        let last = self.written.last();
        let mut at = last.map(|w| w.after.clone()).unwrap_or_default();
        self.text.truncate(last.map_or(0, |w| w.end));
        for (index, message) in messages.iter().enumerate().skip(shared) {
            let marked = marks.contains(&index);
            let style = &self.style;
            self.text
                .write(|out| at.message(style, message, marked, out));
            self.written.push(Written {
                message: Arc::clone(message),
                end: self.text.len(),
                after: at.clone(),
            });
        }
        let mut end = Vec::new();
        at.close(&self.style, &mut end);
        self.text.pieces().chain([Bytes::from(end)]).collect()
    }
}

/// The marks that are set: those asked for, and one on the instructions.
fn all_marks(style: &Style, messages: &[Arc<Message>], asked: &[usize]) -> Vec<usize> {
    if !style.marks {
        return Vec::new();
    }
    let instructions = messages.first().is_some_and(|m| m.role == Role::System);
    let mut marks: Vec<usize> = instructions.then_some(0).into_iter().collect();
    marks.extend(asked.iter().filter(|i| !(instructions && **i == 0)));
    marks
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
