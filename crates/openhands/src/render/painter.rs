//! Puts a running conversation on a terminal: words and output as they come, each durable event once, a spinner while
//! nothing happens. Makes bytes; whoever owns the terminal writes them.

use std::collections::VecDeque;
use std::time::Instant;

use domain::{ActionEvent, Body, Delta, Event, EventId, Live, Status};

use super::event::{Detail, event, words};
use super::flow::Flow;
use super::line::{print, toned};
use super::output::Stream;
use super::{Cleaner, Line, Look, Spinner, Tone, headline, short};

/// How to take back the line at the bottom.
const ERASE: &str = "\r\x1b[2K";

/// How many replies are remembered as landed.
const LANDED: usize = 32;

/// What is on the terminal, and what is to be written next.
pub struct Painter {
    look: Look,
    detail: Detail,
    out: String,
    draft: Option<Draft>,
    /// Replies that landed and actions that were answered: what is still heard of them is old.
    landed: VecDeque<EventId>,
    /// Output that is on the screen while its tool runs.
    stream: Option<(EventId, Stream)>,
    spinner: Option<Spinner>,
    spinner_shown: bool,
    hide_said: bool,
    /// Actions without a result, and what they were called.
    deeds: Vec<(EventId, Vec<Line>)>,
    /// The action that stands last on the screen.
    last: Option<EventId>,
}

/// A reply while it is made.
struct Draft {
    item: EventId,
    tone: Tone,
    flow: Flow,
    cleaner: Cleaner,
    /// All of its text that is on the screen.
    text: String,
    arguments: usize,
}

impl Draft {
    fn new(item: EventId, look: &Look) -> Self {
        Self {
            item,
            tone: Tone::Plain,
            flow: Flow::new(look.width),
            cleaner: Cleaner::default(),
            text: String::new(),
            arguments: 0,
        }
    }
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
            landed: VecDeque::new(),
            stream: None,
            spinner: None,
            spinner_shown: false,
            hide_said: false,
            deeds: Vec::new(),
            last: None,
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
        let mut detail = self.detail.clone();
        detail.words_shown = self.land(event);
        if let Body::Observation(result) = &event.body {
            detail.shown = self.end_stream(&result.action_id);
        }
        let mut lines = self::event(event, &self.look, &detail);
        if !lines.is_empty() && detail.shown.is_empty() {
            lines.splice(0..0, self.reminder(event));
        }
        self.lines(&lines, now);
        self.keep_in_mind(event);
        self.wait_after(event, now);
    }

    /// What a result belongs to, where something else stands between it and its action.
    fn reminder(&self, event: &Event) -> Vec<Line> {
        let Some(action) = answered(&event.body).filter(|id| self.last.as_ref() != Some(id)) else {
            return Vec::new();
        };
        let deed = self.deeds.iter().find(|(id, _)| id == action);
        let head = deed.and_then(|(_, head)| head.first().map(Line::text));
        head.map(|head| Line::new(Tone::Faint, format!("{head}:")))
            .into_iter()
            .collect()
    }

    /// Whether an action on the screen has no result yet.
    fn is_pending(&self, action: &EventId) -> bool {
        self.deeds.iter().any(|(id, _)| id == action)
    }

    fn keep_in_mind(&mut self, event: &Event) {
        if let Body::Action(action) = &event.body {
            let head = headline(action, &self.look, &self.detail);
            self.last = Some(event.id.clone());
            self.deeds.push((event.id.clone(), head));
        } else if let Some(action) = answered(&event.body) {
            self.deeds.retain(|(id, _)| id != action);
            self.over(action);
            self.last = None;
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
            Live::Started { item, .. } if self.landed.contains(item) => {}
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
        let open = self
            .draft
            .as_ref()
            .is_some_and(|draft| draft.flow.is_open());
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
        let Some(draft) = &mut self.draft else {
            return;
        };
        let rest = draft.flow.finish();
        let open = draft.flow.is_open();
        self.out.push_str(&toned(draft.tone, &rest, &self.look));
        if open {
            self.out.push('\n');
            draft.flow = Flow::new(self.look.width);
        }
    }

    fn stirred(&mut self, now: Instant) {
        if let Some(spinner) = &mut self.spinner {
            spinner.stir(now);
        }
    }

    fn delta(&mut self, item: &EventId, delta: &Delta, now: Instant) {
        if self.landed.contains(item) {
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
        if self.draft_of(item).tone != tone {
            self.end_line();
        }
        if std::mem::take(&mut self.spinner_shown) {
            self.out.push_str(ERASE);
        }
        let look = self.look;
        let draft = self.draft_of(item);
        let began = !draft.flow.is_open() && (draft.text.is_empty() || draft.tone != tone);
        let mut text = draft.cleaner.feed(piece);
        if began {
            text = text.trim_start().to_owned();
        }
        if text.is_empty() {
            return;
        }
        draft.tone = tone;
        if tone == Tone::Plain {
            draft.text.push_str(&text);
        }
        let shown = draft.flow.feed(&text);
        if began {
            self.out.push('\n');
        }
        self.out.push_str(&toned(tone, &shown, &look));
        self.stirred(now);
    }

    /// The reply of an event is whole. Says whether its words are on the screen.
    fn land(&mut self, event: &Event) -> bool {
        if matches!(&event.body, Body::Action(_) | Body::Message(_)) {
            self.over(&event.id);
        }
        let is_draft = self
            .draft
            .as_ref()
            .is_some_and(|draft| draft.item == event.id);
        if !is_draft {
            return false;
        }
        let whole = words(&event.body).unwrap_or_default();
        let streamed = self
            .draft
            .as_ref()
            .map(|draft| draft.text.trim_end().to_owned())
            .unwrap_or_default();
        let rest = whole.strip_prefix(&streamed).map(str::to_owned);
        if let Some(rest) = rest.as_deref().filter(|rest| !rest.trim().is_empty()) {
            let look = self.look;
            if let Some(draft) = self.draft.as_mut().filter(|draft| !draft.text.is_empty()) {
                let shown = draft.flow.feed(rest);
                self.out.push_str(&toned(Tone::Plain, &shown, &look));
            }
        }
        self.make_room();
        self.draft = None;
        rest.is_some() && !streamed.is_empty()
    }

    fn abort(&mut self, item: &EventId) {
        if self.draft.as_ref().is_some_and(|draft| draft.item == *item) {
            self.make_room();
            self.draft = None;
        }
        self.over(item);
    }

    /// Nothing that is heard of this reply matters any more.
    fn over(&mut self, item: &EventId) {
        self.landed.push_back(item.clone());
        if self.landed.len() > LANDED {
            self.landed.pop_front();
        }
    }

    fn output(&mut self, action: &EventId, text: &str, now: Instant) {
        // With several tools at once only one is shown as it goes; the others when they end.
        if self.landed.contains(action) && !self.is_pending(action) {
            return;
        }
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

    fn wait_after(&mut self, event: &Event, now: Instant) {
        if let Body::Action(action) = &event.body {
            self.wait(&doing(action, &self.look, &self.detail), now);
        } else if answered(&event.body).is_some() || matches!(&event.body, Body::AgentError(_)) {
            self.wait("thinking", now);
        }
    }
}

/// The action that an event is the result of.
fn answered(body: &Body) -> Option<&EventId> {
    if let Body::Observation(result) = body {
        Some(&result.action_id)
    } else if let Body::Rejected(refusal) = body {
        Some(&refusal.action_id)
    } else {
        None
    }
}

fn is_said(event: &Event) -> bool {
    matches!(&event.body, Body::Message(_)) && event.source == domain::Source::User
}

/// What the agent does, in a few words for the spinner.
fn doing(action: &ActionEvent, look: &Look, detail: &Detail) -> String {
    let head = headline(action, look, detail);
    let first = head.first().map(Line::text).unwrap_or_default();
    if first.is_empty() {
        action.tool_name.clone()
    } else {
        first
    }
}

#[cfg(test)]
mod tests;
