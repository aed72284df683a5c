//! Puts a running conversation on a terminal: words and output as they come, each durable event once, a spinner while
//! nothing happens. Makes bytes; whoever owns the terminal writes them.

mod draft;
mod memory;

use std::time::Instant;

use domain::{Body, Delta, Event, EventId, Live, Status};

use super::event::{Detail, event, words};
use super::line::print;
use super::output::Stream;
use super::{Cleaner, Line, Look, Spinner, Tone, headline, short};
use draft::Draft;
use memory::{Memory, call_of};

/// How to take back the line at the bottom.
const ERASE: &str = "\r\x1b[2K";

/// What is on the terminal, and what is to be written next.
pub struct Painter {
    look: Look,
    detail: Detail,
    out: String,
    draft: Option<Draft>,
    memory: Memory,
    /// Output that is on the screen while its tool runs.
    stream: Option<(EventId, Stream)>,
    spinner: Option<Spinner>,
    spinner_shown: bool,
    hide_said: bool,
}

impl Painter {
    /// A painter for a terminal of this look; `root` is the directory paths are shown relative to.
    pub fn new(look: Look, root: Option<String>) -> Self {
        Self {
            look,
            detail: Detail {
                root,
                ..Detail::default()
            },
            out: String::new(),
            draft: None,
            memory: Memory::default(),
            stream: None,
            spinner: None,
            spinner_shown: false,
            hide_said: false,
        }
    }

    /// A painter that shows everything, however long.
    #[must_use]
    pub fn full(mut self, full: bool) -> Self {
        self.detail.full = full;
        self
    }

    /// What the terminal can show.
    pub fn look(&self) -> &Look {
        &self.look
    }

    /// The terminal may have changed its size.
    pub fn set_width(&mut self, width: Option<usize>) {
        self.look.width = width;
    }

    /// The person's next words are on the screen already: they were typed there.
    pub fn typed(&mut self) {
        self.hide_said = true;
    }

    /// What is to be written now.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    /// Shows lines that are no event.
    pub fn lines(&mut self, lines: &[Line], now: Instant) {
        if lines.is_empty() {
            return;
        }
        self.make_room();
        self.out.push_str(&print(lines, &self.look));
        self.stirred(now);
    }

    /// Shows a durable event.
    pub fn event(&mut self, event: &Event, now: Instant) {
        if self.hide_said && is_said(event) {
            self.hide_said = false;
            return;
        }
        let call = call_of(event);
        let reminder = call.and_then(|call| self.memory.headline(call));
        let mut detail = self.detail.clone();
        detail.words_shown = self.land(event);
        if let Some(action) = call.and_then(|call| self.memory.answered(call)) {
            detail.shown = self.end_stream(&action);
        }
        let mut lines = self::event(event, &self.look, &detail);
        if let Some(head) = reminder.filter(|_| !lines.is_empty() && detail.shown.is_empty()) {
            lines.insert(0, Line::new(Tone::Faint, format!("{head}:")));
        }
        self.lines(&lines, now);
        if let Body::Action(action) = &event.body {
            let head = headline(action, &self.look, &self.detail);
            let doing = head.first().map(Line::text);
            self.wait(doing.as_deref().unwrap_or(&action.tool_name), now);
            self.memory.shown(&event.id, action, head);
        } else if call.is_some() {
            self.wait("thinking", now);
        }
    }

    /// Shows what is heard between events. Where nobody watches only that a model is asked again: the events alone are
    /// clearer, but minutes of silence need a reason.
    pub fn live(&mut self, live: &Live, now: Instant) {
        let is_retry = matches!(
            live,
            Live::Delta {
                delta: Delta::Retry { .. },
                ..
            }
        );
        if !self.look.live && !is_retry {
            return;
        }
        match live {
            Live::Started { item, .. } if self.memory.is_old(item) => {}
            Live::Started { .. } => self.wait("thinking", now),
            Live::Delta { item, delta } => self.delta(item, delta, now),
            Live::Aborted { item, .. } => self.abort(item),
            Live::Output { action, text } => self.output(action, text, now),
            Live::Status(Status::Running) => self.wait("thinking", now),
            Live::Status(_) => self.rest(),
        }
    }

    /// Moves the spinner; `extra` is what else is worth knowing.
    pub fn tick(&mut self, extra: &str, now: Instant) {
        let open = self.draft.as_ref().is_some_and(Draft::is_open);
        if !self.look.live || open {
            return;
        }
        if let Some((_, stream)) = &self.stream
            && let (Some(last), Some(spinner)) = (stream.now(), &mut self.spinner)
        {
            spinner.rename(last);
        }
        let line = self
            .spinner
            .as_ref()
            .and_then(|spinner| spinner.line(now, extra, &self.look));
        if let Some(line) = line {
            let text = print(&[line], &self.look);
            self.out.push_str(ERASE);
            self.out.push_str(text.trim_end_matches('\n'));
            self.spinner_shown = true;
        }
    }

    /// Nothing is being waited for any more; the cursor stands at the start of a line.
    pub fn rest(&mut self) {
        self.spinner = None;
        self.make_room();
    }

    /// Waits for something else.
    pub fn wait(&mut self, what: &str, now: Instant) {
        self.spinner = Some(Spinner::new(what, now));
    }

    /// Takes the spinner back and ends an open line.
    fn make_room(&mut self) {
        if std::mem::take(&mut self.spinner_shown) {
            self.out.push_str(ERASE);
        }
        self.end_line();
    }

    fn end_line(&mut self) {
        if let Some(draft) = &mut self.draft {
            self.out.push_str(&draft.end_line(&self.look));
        }
    }

    fn stirred(&mut self, now: Instant) {
        if let Some(spinner) = &mut self.spinner {
            spinner.stir(now);
        }
    }

    fn delta(&mut self, item: &EventId, delta: &Delta, now: Instant) {
        if self.memory.is_old(item) {
            return;
        }
        match delta {
            Delta::Text(piece) => self.words(item, Tone::Plain, &piece.content, now),
            Delta::Reasoning(piece) => self.words(item, Tone::Faint, &piece.content, now),
            Delta::Attempt(attempt) => {
                if *attempt > 1 {
                    self.make_room();
                    self.draft = None;
                    self.wait(&format!("trying again, attempt {attempt}"), now);
                }
            }
            Delta::Retry { reason, wait } => {
                let next = format!("{reason}; trying again in {} s", wait.as_secs().max(1));
                let line = Line::new(Tone::Warning, Cleaner::whole(&next));
                self.lines(&[line], now);
                self.wait("waiting to try again", now);
            }
            Delta::Call {
                name, arguments, ..
            } => self.call(item, name, arguments),
        }
    }

    fn call(&mut self, item: &EventId, name: &str, arguments: &str) {
        self.draft_of(item).arguments += arguments.len();
        self.end_line();
        let bytes = self.draft.as_ref().map_or(0, |draft| draft.arguments);
        if let Some(spinner) = &mut self.spinner {
            let name = if name.is_empty() { "a tool call" } else { name };
            let size = short(bytes as u64);
            spinner.rename(format!("writing {} ({size} bytes)", Cleaner::whole(name)));
        }
    }

    fn draft_of(&mut self, item: &EventId) -> &mut Draft {
        if self.draft.as_ref().is_some_and(|draft| draft.item != *item) {
            self.make_room();
            self.draft = None;
        }
        let look = self.look;
        self.draft
            .get_or_insert_with(|| Draft::new(item.clone(), &look))
    }

    fn words(&mut self, item: &EventId, tone: Tone, piece: &str, now: Instant) {
        let look = self.look;
        let text = self.draft_of(item).say(tone, piece, &look);
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.spinner_shown) {
            self.out.push_str(ERASE);
        }
        self.out.push_str(&text);
        self.stirred(now);
    }

    /// The reply of an event is whole. Says whether its words are on the screen.
    fn land(&mut self, event: &Event) -> bool {
        if matches!(&event.body, Body::Action(_) | Body::Message(_)) {
            self.memory.forget(&event.id);
        }
        let Some(draft) = self.draft.take_if(|draft| draft.item == event.id) else {
            return false;
        };
        if std::mem::take(&mut self.spinner_shown) {
            self.out.push_str(ERASE);
        }
        let whole = words(&event.body).unwrap_or_default();
        let (text, complete) = draft.land(&whole, &self.look);
        self.out.push_str(&text);
        complete
    }

    fn abort(&mut self, item: &EventId) {
        if self.draft.as_ref().is_some_and(|draft| draft.item == *item) {
            self.make_room();
            self.draft = None;
        }
        self.memory.forget(item);
    }

    fn output(&mut self, action: &EventId, text: &str, now: Instant) {
        if self.memory.is_answered(action) {
            return;
        }
        // With several tools at once only one is shown as it goes; the others when they end.
        let (owner, stream) = self
            .stream
            .get_or_insert_with(|| (action.clone(), Stream::default()));
        if owner != action {
            return;
        }
        let lines = stream.feed(text, &self.look);
        self.lines(&lines, now);
    }

    /// The lines of an action's output that are on the screen; no more will come.
    fn end_stream(&mut self, action: &EventId) -> Vec<String> {
        match self.stream.take() {
            Some((owner, stream)) if owner == *action => stream.into_shown(),
            other => {
                self.stream = other;
                Vec::new()
            }
        }
    }
}

fn is_said(event: &Event) -> bool {
    matches!(&event.body, Body::Message(_)) && event.source == domain::Source::User
}

#[cfg(test)]
mod tests;
