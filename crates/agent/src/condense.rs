//! Which part of a history gives way to a summary, and what the model that sums it up is asked. Asks nobody itself.

use std::sync::Arc;

use domain::{Content, EventId, Message, Prompt, Role, Summarizing};

use crate::view::{Branch, Item, Part, cuts};

#[cfg(test)]
mod tests;

/// What the model that sums up is told.
const INSTRUCTIONS: &str = include_str!("condense/instructions.md");
/// A rule of thumb: how many bytes of text make a token.
const BYTES_A_TOKEN: usize = 4;
/// What a picture takes, as far as anybody can say without looking at it.
const PICTURE: usize = 4_000;
/// How much of one part is ever shown to the model that sums up.
const LONGEST: usize = 40_000;

/// Why a history should be shortened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reasons {
    /// Somebody asked for it, or the model's window was too small.
    pub requested: bool,
    /// It has more parts than it should.
    pub long: bool,
    /// It takes more tokens than it may.
    pub heavy: Option<Heavy>,
}

/// A history that takes too many tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heavy {
    pub tokens: u64,
    pub limit: u64,
}

impl Reasons {
    pub(crate) fn any(&self) -> bool {
        self.requested || self.long || self.heavy.is_some()
    }

    /// Whether the agent cannot go on without it.
    pub(crate) fn pressing(&self) -> bool {
        self.requested || self.heavy.is_some()
    }
}

/// The part of a history that gives way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cut {
    pub forgotten: Vec<EventId>,
    /// Where the summary stands in what remains.
    pub offset: i64,
    /// What is to be summed up.
    parts: Vec<Item>,
}

/// The middle of a history, cut where nothing is torn apart; nothing if too little of it could go.
pub(crate) fn middle(branch: &Branch, settings: &Summarizing, reasons: &Reasons) -> Option<Cut> {
    let items = branch.lawful();
    let tail = tail(&items, settings, reasons);
    let cuts = cuts(&items);
    let next = |from: usize| cuts.iter().copied().find(|cut| *cut >= from);
    let start = next(settings.keep_first.max(after_system(&items)))?;
    let end = next(items.len().saturating_sub(tail))?;
    let gone = end.checked_sub(start).filter(|gone| *gone > 0)?;
    let enough = gone as f64 >= items.len() as f64 * settings.minimum_progress;
    enough.then(|| Cut::of(branch, &items[start..end]))
}

/// Everything behind the standing instructions; nothing if there is nothing.
pub(crate) fn everything(branch: &Branch) -> Option<Cut> {
    let items = branch.lawful();
    let rest = &items[after_system(&items)..];
    (!rest.is_empty()).then(|| Cut::of(branch, rest))
}

fn after_system(items: &[Item]) -> usize {
    let system = |item: &Item| matches!(item.part, Part::System(_));
    items.iter().position(system).map_or(0, |at| at + 1)
}

/// How many parts at the end stay: as few as the strictest reason wants.
fn tail(items: &[Item], settings: &Summarizing, reasons: &Reasons) -> usize {
    let beside = settings.keep_first + 1;
    let mut tails = Vec::new();
    if reasons.requested {
        tails.push((items.len() / 2).saturating_sub(beside));
    }
    if reasons.long {
        tails.push((settings.max_size / 2).saturating_sub(beside));
    }
    if let Some(heavy) = reasons.heavy {
        tails.push(light_tail(items, settings.keep_first, heavy));
    }
    tails.into_iter().min().unwrap_or(items.len())
}

/// The longest tail with which a history takes half of what it may.
fn light_tail(items: &[Item], keep_first: usize, heavy: Heavy) -> usize {
    let weights: Vec<usize> = items.iter().map(weight).collect();
    let all = weights.iter().sum::<usize>().max(1) as f64;
    // What the weights say is scaled to what is known of the whole.
    let wanted = heavy.tokens.saturating_sub(heavy.limit / 2) as f64 / heavy.tokens as f64 * all;
    let mut gone = 0.0;
    let mut tail = items.len().saturating_sub(keep_first);
    for weight in weights.iter().skip(keep_first) {
        if gone > wanted {
            break;
        }
        gone += *weight as f64;
        tail -= 1;
    }
    tail
}

/// About how many tokens some messages take.
pub(crate) fn tokens(messages: &[Arc<Message>]) -> u64 {
    let bytes: usize = messages.iter().map(|m| weight_of(m)).sum();
    (bytes / BYTES_A_TOKEN) as u64
}

fn weight(item: &Item) -> usize {
    match &item.part {
        Part::System(message) | Part::Words(message) | Part::Result { message, .. } => {
            weight_of(message)
        }
        Part::Call { call, lead, .. } => {
            let thought: usize = lead.thought.iter().map(content).sum();
            call.arguments.len() + thought + lead.reasoning.as_ref().map_or(0, String::len)
        }
    }
}

fn weight_of(message: &Message) -> usize {
    let blocks: usize = message.content.iter().map(content).sum();
    let calls: usize = message.calls().iter().map(|c| c.arguments.len()).sum();
    blocks + calls + message.reasoning_content.as_ref().map_or(0, String::len)
}

fn content(block: &Content) -> usize {
    match block {
        Content::Text { text, .. } => text.len(),
        Content::Image { image_urls, .. } => image_urls.len() * PICTURE,
    }
}

impl Cut {
    fn of(branch: &Branch, gone: &[Item]) -> Self {
        let raw = branch.items();
        let place = |item: Option<&Item>| {
            item.and_then(|item| raw.iter().position(|other| other.event == item.event))
        };
        let (first, last) = (
            place(gone.first()).unwrap_or(0),
            place(gone.last()).unwrap_or(0),
        );
        // What providers are not shown goes with what stands around it.
        let forgotten = raw[first..=last]
            .iter()
            .filter(|item| !matches!(item.part, Part::System(_)))
            .map(|item| item.event.clone())
            .collect();
        Self {
            forgotten,
            offset: i64::try_from(first).unwrap_or(0),
            parts: gone.to_vec(),
        }
    }

    /// How much the longest part says.
    pub(crate) fn longest(&self) -> usize {
        let lengths = self.parts.iter().map(|item| told(item).len());
        lengths.max().unwrap_or(0).min(LONGEST)
    }

    /// What the model that sums up is asked: no part is told at greater length than that.
    /// Everything is told shorter, if its window is known and would be too small.
    pub(crate) fn prompt(&self, longest: usize, window: Option<u64>) -> Prompt {
        let room = window.map_or(usize::MAX, |tokens| {
            usize::try_from(tokens).unwrap_or(usize::MAX) / 4 * 3 * BYTES_A_TOKEN
        });
        let told: Vec<String> = self.parts.iter().map(told).collect();
        let mut longest = longest.clamp(200, LONGEST);
        let mut text = events(&told, longest);
        while text.len() > room && longest > 200 {
            longest = longest / 4 * 3;
            text = events(&told, longest);
        }
        let system = Message::new(
            Role::System,
            vec![Content::text(INSTRUCTIONS.trim_end().to_owned())],
        );
        Prompt {
            messages: Arc::new(vec![Arc::new(system), Arc::new(Message::user(text))]),
            tools: Arc::default(),
            cache_marks: Vec::new(),
            cache_key: None,
            stream: false,
        }
    }
}

fn events(told: &[String], longest: usize) -> String {
    let mut text = String::new();
    for (at, event) in told.iter().enumerate() {
        let event = clipped(event, longest);
        text.push_str(&format!("<EVENT {}>\n{event}\n</EVENT>\n", at + 1));
    }
    text.push_str("\nThese were all events. Write the summary now.");
    text
}

fn told(item: &Item) -> String {
    match &item.part {
        Part::System(message) => format!("Standing instructions:\n{}", spoken(message)),
        Part::Words(message) => {
            let who = match message.role {
                Role::Assistant => "The agent said",
                Role::User | Role::System | Role::Tool => "The agent was told",
            };
            format!("{who}:\n{}", spoken(message))
        }
        Part::Call { call, lead, .. } => {
            let thought: Vec<&str> = lead.thought.iter().filter_map(Content::as_text).collect();
            let thought = thought.join("\n");
            let call = format!("The agent called {} with {}", call.name, call.arguments);
            if thought.trim().is_empty() {
                call
            } else {
                format!("The agent thought:\n{thought}\n{call}")
            }
        }
        Part::Result { message, .. } => format!("The result:\n{}", spoken(message)),
    }
}

fn spoken(message: &Message) -> String {
    let mut text = message.text();
    let image = |block: &Content| matches!(block, Content::Image { .. });
    if message.content.iter().any(image) {
        text.push_str("\n(and a picture)");
    }
    text
}

/// A text of at most about that many bytes: its beginning and its end.
fn clipped(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let head = text.floor_char_boundary(longest / 3 * 2);
    let tail = text.ceil_char_boundary(text.len() - longest / 3);
    let left_out = tail - head;
    format!(
        "{}\n(... {left_out} bytes left out ...)\n{}",
        &text[..head],
        &text[tail..]
    )
}
