//! Which events are asked for: of a kind, from a source, with words in them, within a time.

use domain::{Body, Entry, Head, Source};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::sockets::naive;

/// What an event must be to be shown.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Filter {
    kind: Option<String>,
    source: Option<String>,
    body: Option<String>,
    #[serde(rename = "timestamp__gte")]
    #[schemars(extend("format" = "date-time"))]
    from: Option<String>,
    #[serde(rename = "timestamp__lt")]
    #[schemars(extend("format" = "date-time"))]
    until: Option<String>,
}

impl Filter {
    /// Whether every event passes.
    pub(super) fn open(&self) -> bool {
        let Self {
            kind,
            source,
            body,
            from,
            until,
        } = self;
        [kind, source, body, from, until]
            .iter()
            .all(|given| given.is_none())
    }

    /// The same, with what is compared made ready.
    pub(super) fn ready(&self) -> Ready {
        let naive = |time: &Option<String>| time.as_deref().map(naive);
        Ready {
            // A kind may be given with the name of the module that it was defined in.
            kind: self
                .kind
                .as_deref()
                .map(|kind| kind.rsplit('.').next().unwrap_or(kind).to_owned()),
            source: self.source.clone(),
            words: self.body.as_deref().map(str::to_lowercase),
            from: naive(&self.from),
            until: naive(&self.until),
        }
    }
}

/// A filter that is ready to be used.
pub(super) struct Ready {
    kind: Option<String>,
    source: Option<String>,
    words: Option<String>,
    from: Option<String>,
    until: Option<String>,
}

impl Ready {
    /// Whether an event passes.
    pub(super) fn passes(&self, entry: &Entry) -> bool {
        let Ok(head) = Head::parse(&entry.json) else {
            return false;
        };
        let time = head.timestamp.as_ref();
        self.kind.as_deref().is_none_or(|kind| kind == head.kind)
            && self.from.as_deref().is_none_or(|from| time >= from)
            && self.until.as_deref().is_none_or(|until| time < until)
            && self
                .source
                .as_deref()
                .is_none_or(|source| source == name(head.source))
            && self.words.as_deref().is_none_or(|words| says(entry, words))
    }
}

fn name(source: Source) -> &'static str {
    match source {
        Source::Agent => "agent",
        Source::User => "user",
        Source::Environment => "environment",
        Source::Hook => "hook",
    }
}

/// Whether a message has these words in it.
fn says(entry: &Entry, words: &str) -> bool {
    match entry.event().map(|event| event.body) {
        Ok(Body::Message(message)) => message.llm_message.text().to_lowercase().contains(words),
        _ => false,
    }
}
