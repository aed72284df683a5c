//! What the fold needs to see of an event, read from its JSON without building the event.
//! The same reading serves a fresh event and one of ten thousand read back after a crash.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

use domain::{EventId, Head, Source};
use serde::Deserialize;
use serde_json::value::RawValue;

/// An event at a glance.
#[derive(Debug)]
pub(crate) struct Glimpse<'a> {
    pub id: EventId,
    pub source: Source,
    pub parent: Option<EventId>,
    pub sight: Sight<'a>,
}

/// What kind of event, as far as the fold cares.
#[derive(Debug)]
pub(crate) enum Sight<'a> {
    System,
    Message {
        images: bool,
        reply: Option<Cow<'a, str>>,
        /// Skills it set off.
        skills: Vec<Cow<'a, str>>,
    },
    Action {
        call: Cow<'a, str>,
        tool: Cow<'a, str>,
        valid: bool,
        reply: Cow<'a, str>,
        print: u64,
    },
    Result {
        call: Cow<'a, str>,
        action: Option<EventId>,
        failed: bool,
        print: u64,
        /// The skill it told.
        skill: Option<String>,
    },
    Condensation,
    CondensationRequest,
    State {
        key: Cow<'a, str>,
        /// Its JSON.
        value: &'a str,
    },
    Other,
}

#[derive(Deserialize)]
struct Wire<'a> {
    id: EventId,
    source: Source,
    #[serde(default)]
    parent_id: Option<EventId>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    tool_call_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    tool_name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    llm_response_id: Option<Cow<'a, str>>,
    #[serde(default)]
    action_id: Option<EventId>,
    #[serde(borrow, default)]
    thought: Option<&'a RawValue>,
    #[serde(borrow, default)]
    action: Option<&'a RawValue>,
    #[serde(borrow, default)]
    observation: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    rejection_reason: Option<&'a RawValue>,
    #[serde(borrow, default)]
    llm_message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    activated_skills: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default)]
    key: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
}

impl<'a> Glimpse<'a> {
    /// Reads what the fold needs.
    pub(crate) fn parse(json: &'a [u8]) -> Result<Self, serde_json::Error> {
        let wire: Wire<'a> = match serde_json::from_slice(json) {
            Ok(wire) => wire,
            Err(fault) => return Self::foreign(json).ok_or(fault),
        };
        let text = |field: Option<Cow<'a, str>>| field.unwrap_or_default();
        let sight = match &*wire.kind {
            "SystemPromptEvent" => Sight::System,
            "MessageEvent" => Sight::Message {
                images: wire.llm_message.is_some_and(holds_images),
                reply: wire.llm_response_id,
                skills: wire.activated_skills.unwrap_or_default(),
            },
            "ActionEvent" => Sight::Action {
                print: print(&[wire.thought, wire.action], wire.tool_name.as_deref()),
                call: text(wire.tool_call_id),
                tool: text(wire.tool_name),
                valid: wire.action.is_some_and(|a| a.get() != "null"),
                reply: text(wire.llm_response_id),
            },
            "ObservationEvent" | "UserRejectObservation" | "AgentErrorEvent" => Sight::Result {
                print: print(
                    &[wire.observation, wire.error, wire.rejection_reason],
                    wire.tool_name.as_deref(),
                ),
                call: text(wire.tool_call_id),
                action: wire.action_id,
                failed: wire.kind == "AgentErrorEvent",
                skill: wire.observation.and_then(skill_told),
            },
            "Condensation" => Sight::Condensation,
            "CondensationRequest" => Sight::CondensationRequest,
            "ConversationStateUpdateEvent" => Sight::State {
                key: text(wire.key),
                // A field that is left out and one that is null read the same.
                value: wire.value.map_or("null", RawValue::get),
            },
            _ => Sight::Other,
        };
        Ok(Self {
            id: wire.id,
            source: wire.source,
            parent: wire.parent_id,
            sight,
        })
    }

    /// An event of a kind from elsewhere may use our fields in another way.
    fn foreign(json: &'a [u8]) -> Option<Self> {
        let head = Head::parse(json).ok()?;
        let ours = matches!(
            &*head.kind,
            "SystemPromptEvent"
                | "MessageEvent"
                | "ActionEvent"
                | "ObservationEvent"
                | "UserRejectObservation"
                | "AgentErrorEvent"
                | "Condensation"
                | "CondensationRequest"
                | "ConversationStateUpdateEvent"
        );
        (!ours).then_some(Self {
            id: head.id,
            source: head.source,
            parent: head.parent_id,
            sight: Sight::Other,
        })
    }

    /// Whether the tree's leaf moves to it.
    pub(crate) fn moves_leaf(&self) -> bool {
        !matches!(self.sight, Sight::State { .. })
    }
}

fn skill_told(observation: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Told {
        skill_name: String,
        #[serde(default)]
        is_error: bool,
    }
    // Most observations are something else, and long.
    if !observation.get().contains("\"InvokeSkillObservation\"") {
        return None;
    }
    let told: Told = serde_json::from_str(observation.get()).ok()?;
    (!told.is_error).then_some(told.skill_name)
}

fn holds_images(message: &RawValue) -> bool {
    message.get().contains("\"image_urls\"")
}

fn print(parts: &[Option<&RawValue>], tool: Option<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    tool.hash(&mut hasher);
    for part in parts {
        part.map(RawValue::get).hash(&mut hasher);
    }
    hasher.finish()
}
