//! The event: one immutable fact of a conversation, whose JSON is both wire and disk format.
//! Knows neither log nor state.

mod bodies;

use bytes::Bytes;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock::Stamp;
use crate::id::EventId;
use crate::json::{Map, to_bytes};

pub use bodies::*;

/// Who caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The model.
    Agent,
    /// The person.
    User,
    /// The engine and its tools.
    Environment,
    /// A hook.
    Hook,
}

/// One immutable fact of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its name.
    pub id: EventId,
    /// When, in naive local time.
    pub timestamp: Stamp,
    /// Who.
    pub source: Source,
    /// The event it follows in the tree.
    pub parent_id: Option<EventId>,
    /// What.
    pub body: Body,
}

/// What an event says. Kinds this build does not know pass through untouched.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// `SystemPromptEvent`
    SystemPrompt(SystemPrompt),
    /// `MessageEvent`
    Message(MessageEvent),
    /// `ActionEvent`
    Action(Box<ActionEvent>),
    /// `ObservationEvent`
    Observation(ObservationEvent),
    /// `UserRejectObservation`
    Rejected(Rejected),
    /// `AgentErrorEvent`
    AgentError(AgentError),
    /// `Condensation`
    Condensation(Condensation),
    /// `CondensationRequest`
    CondensationRequest(Empty),
    /// `CondensationSummaryEvent`
    CondensationSummary(CondensationSummary),
    /// `ConversationErrorEvent`
    ConversationError(ConversationError),
    /// `ServerErrorEvent`
    ServerError(ServerError),
    /// `ConversationStateUpdateEvent`
    StateUpdate(StateUpdate),
    /// `PauseEvent`
    Pause(Empty),
    /// `InterruptEvent`
    Interrupt(Empty),
    /// `HookExecutionEvent`
    Hook(Box<HookExecution>),
    /// `SecurityAnalysisEvent`
    SecurityAnalysis(SecurityAnalysis),
    /// `TokenEvent`
    Token(TokenEvent),
    /// `StreamingDeltaEvent`
    StreamingDelta(StreamingDelta),
    /// `LLMCompletionLogEvent`
    CompletionLog(CompletionLog),
    /// `ACPToolCallEvent`
    AcpToolCall(AcpToolCall),
    /// A kind from elsewhere, kept whole.
    Foreign {
        /// The `kind` it came with.
        kind: String,
        /// All its own fields.
        fields: Map,
    },
}

impl Body {
    /// The discriminator on the wire.
    pub fn kind(&self) -> &str {
        match self {
            Self::SystemPrompt(_) => "SystemPromptEvent",
            Self::Message(_) => "MessageEvent",
            Self::Action(_) => "ActionEvent",
            Self::Observation(_) => "ObservationEvent",
            Self::Rejected(_) => "UserRejectObservation",
            Self::AgentError(_) => "AgentErrorEvent",
            Self::Condensation(_) => "Condensation",
            Self::CondensationRequest(_) => "CondensationRequest",
            Self::CondensationSummary(_) => "CondensationSummaryEvent",
            Self::ConversationError(_) => "ConversationErrorEvent",
            Self::ServerError(_) => "ServerErrorEvent",
            Self::StateUpdate(_) => "ConversationStateUpdateEvent",
            Self::Pause(_) => "PauseEvent",
            Self::Interrupt(_) => "InterruptEvent",
            Self::Hook(_) => "HookExecutionEvent",
            Self::SecurityAnalysis(_) => "SecurityAnalysisEvent",
            Self::Token(_) => "TokenEvent",
            Self::StreamingDelta(_) => "StreamingDeltaEvent",
            Self::CompletionLog(_) => "LLMCompletionLogEvent",
            Self::AcpToolCall(_) => "ACPToolCallEvent",
            Self::Foreign { kind, .. } => kind,
        }
    }

    /// Whether the tree's leaf moves to such an event. State updates hang beside the branch.
    pub fn moves_leaf(&self) -> bool {
        !matches!(
            self,
            Self::StateUpdate(_) | Self::StreamingDelta(_) | Self::CompletionLog(_)
        )
    }
}

/// The fields that every event has, borrowed from its JSON: enough to place it without reading its body.
#[derive(Debug, Deserialize)]
pub struct Head<'a> {
    /// Its name.
    pub id: EventId,
    /// When.
    #[serde(borrow)]
    pub timestamp: std::borrow::Cow<'a, str>,
    /// Who.
    pub source: Source,
    /// The event it follows.
    #[serde(default)]
    pub parent_id: Option<EventId>,
    /// The discriminator.
    #[serde(borrow)]
    pub kind: std::borrow::Cow<'a, str>,
}

impl<'a> Head<'a> {
    /// Reads the common fields and skips the rest.
    pub fn parse(json: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

impl Event {
    /// Reads one event from its JSON.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        let head = Head::parse(json)?;
        let body = read_body(&head.kind, json)?;
        Ok(Self {
            id: head.id,
            timestamp: Stamp(head.timestamp.into_owned()),
            source: head.source,
            parent_id: head.parent_id,
            body,
        })
    }

    /// The bytes that every reader shares; made once, when the event is appended.
    pub fn to_json(&self) -> Bytes {
        to_bytes(self)
    }
}

fn read_body(kind: &str, json: &[u8]) -> Result<Body, serde_json::Error> {
    Ok(match kind {
        "SystemPromptEvent" => Body::SystemPrompt(serde_json::from_slice(json)?),
        "MessageEvent" => Body::Message(serde_json::from_slice(json)?),
        "ActionEvent" => Body::Action(Box::new(serde_json::from_slice(json)?)),
        "ObservationEvent" => Body::Observation(serde_json::from_slice(json)?),
        "UserRejectObservation" => Body::Rejected(serde_json::from_slice(json)?),
        "AgentErrorEvent" => Body::AgentError(serde_json::from_slice(json)?),
        "Condensation" => Body::Condensation(serde_json::from_slice(json)?),
        "CondensationRequest" => Body::CondensationRequest(serde_json::from_slice(json)?),
        "CondensationSummaryEvent" => Body::CondensationSummary(serde_json::from_slice(json)?),
        "ConversationErrorEvent" => Body::ConversationError(serde_json::from_slice(json)?),
        "ServerErrorEvent" => Body::ServerError(serde_json::from_slice(json)?),
        "ConversationStateUpdateEvent" => Body::StateUpdate(serde_json::from_slice(json)?),
        "PauseEvent" => Body::Pause(serde_json::from_slice(json)?),
        "InterruptEvent" => Body::Interrupt(serde_json::from_slice(json)?),
        "HookExecutionEvent" => Body::Hook(Box::new(serde_json::from_slice(json)?)),
        "SecurityAnalysisEvent" => Body::SecurityAnalysis(serde_json::from_slice(json)?),
        "TokenEvent" => Body::Token(serde_json::from_slice(json)?),
        "StreamingDeltaEvent" => Body::StreamingDelta(serde_json::from_slice(json)?),
        "LLMCompletionLogEvent" => Body::CompletionLog(serde_json::from_slice(json)?),
        "ACPToolCallEvent" => Body::AcpToolCall(serde_json::from_slice(json)?),
        _ => {
            let mut fields: Map = serde_json::from_slice(json)?;
            for common in ["id", "timestamp", "source", "parent_id", "kind"] {
                fields.shift_remove(common);
            }
            Body::Foreign {
                kind: kind.to_owned(),
                fields,
            }
        }
    })
}

#[derive(Serialize)]
struct Wire<'a, B: Serialize> {
    id: &'a EventId,
    timestamp: &'a Stamp,
    source: Source,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: &'a Option<EventId>,
    #[serde(flatten)]
    body: &'a B,
    kind: &'a str,
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.body {
            Body::SystemPrompt(body) => self.write(body, serializer),
            Body::Message(body) => self.write(body, serializer),
            Body::Action(body) => self.write(body, serializer),
            Body::Observation(body) => self.write(body, serializer),
            Body::Rejected(body) => self.write(body, serializer),
            Body::AgentError(body) => self.write(body, serializer),
            Body::Condensation(body) => self.write(body, serializer),
            Body::CondensationRequest(body) | Body::Pause(body) | Body::Interrupt(body) => {
                self.write(body, serializer)
            }
            Body::CondensationSummary(body) => self.write(body, serializer),
            Body::ConversationError(body) => self.write(body, serializer),
            Body::ServerError(body) => self.write(body, serializer),
            Body::StateUpdate(body) => self.write(body, serializer),
            Body::Hook(body) => self.write(body, serializer),
            Body::SecurityAnalysis(body) => self.write(body, serializer),
            Body::Token(body) => self.write(body, serializer),
            Body::StreamingDelta(body) => self.write(body, serializer),
            Body::CompletionLog(body) => self.write(body, serializer),
            Body::AcpToolCall(body) => self.write(body, serializer),
            Body::Foreign { fields, .. } => self.write(fields, serializer),
        }
    }
}

impl Event {
    fn write<B: Serialize, S: Serializer>(
        &self,
        body: &B,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let kind = self.body.kind();
        Wire {
            id: &self.id,
            timestamp: &self.timestamp,
            source: self.source,
            parent_id: &self.parent_id,
            body,
            kind,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
        Self::parse(raw.get().as_bytes()).map_err(D::Error::custom)
    }
}
