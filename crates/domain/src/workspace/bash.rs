//! Commands of a workspace and the events they leave. Knows no shell.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use uuid::Uuid;

use super::Moment;

/// How long a command may run unless the request says otherwise, in seconds.
pub const DEFAULT_BASH_TIMEOUT: i64 = 300;

/// The name of a command or of an event: 32 hex digits on the wire, read with dashes too.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BashId(pub Uuid);

impl BashId {
    /// Reads either form.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }
}

impl fmt::Display for BashId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_simple().fmt(f)
    }
}

impl fmt::Debug for BashId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for BashId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_simple().encode_lower(&mut [0; 32]))
    }
}

impl<'de> Deserialize<'de> for BashId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not a UUID"))
    }
}

impl JsonSchema for BashId {
    fn schema_name() -> Cow<'static, str> {
        "BashId".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// A command to be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExecuteBashRequest {
    /// The bash command to execute.
    pub command: String,
    /// The current working directory.
    #[serde(default)]
    pub cwd: Option<String>,
    /// The max number of seconds a command may be permitted to run.
    #[serde(default = "default_timeout")]
    pub timeout: i64,
}

fn default_timeout() -> i64 {
    DEFAULT_BASH_TIMEOUT
}

impl ExecuteBashRequest {
    /// A command with nothing else said.
    pub fn new(command: impl Into<String>) -> Self {
        Self {
            command: command.into(),
            cwd: None,
            timeout: DEFAULT_BASH_TIMEOUT,
        }
    }
}

/// The tag of a [`BashCommand`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum BashCommandKind {
    /// The only one.
    #[default]
    BashCommand,
}

/// The tag of a [`BashOutput`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum BashOutputKind {
    /// The only one.
    #[default]
    BashOutput,
}

/// The tag of a [`BashError`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum BashErrorKind {
    /// The only one.
    #[default]
    BashError,
}

/// A command that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BashCommand {
    /// The bash command to execute.
    pub command: String,
    /// The current working directory.
    #[serde(default)]
    pub cwd: Option<String>,
    /// The max number of seconds a command may be permitted to run.
    #[serde(default = "default_timeout")]
    pub timeout: i64,
    /// Its name.
    pub id: BashId,
    /// When it was asked for.
    pub timestamp: Moment,
    /// Its tag.
    pub kind: BashCommandKind,
}

/// A piece of what a command wrote; the last one says how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BashOutput {
    /// Its name.
    pub id: BashId,
    /// When it was recorded.
    pub timestamp: Moment,
    /// The command that wrote it.
    pub command_id: BashId,
    /// The order for this output, sequentially starting with 0.
    #[serde(default)]
    pub order: i64,
    /// How the command ended; none while it is still running.
    #[serde(default)]
    pub exit_code: Option<i32>,
    /// The standard output from the command.
    #[serde(default)]
    pub stdout: Option<String>,
    /// The error output from the command.
    #[serde(default)]
    pub stderr: Option<String>,
    /// Its tag.
    pub kind: BashOutputKind,
}

/// A request that was no command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BashError {
    /// Its name.
    pub id: BashId,
    /// When it came.
    pub timestamp: Moment,
    /// The kind of error.
    pub code: String,
    /// What was wrong.
    pub detail: String,
    /// Its tag.
    pub kind: BashErrorKind,
}

/// An event of a workspace's commands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "BashEventBase")]
pub enum BashEvent {
    /// A command was started.
    Command(BashCommand),
    /// A request could not be understood.
    Error(BashError),
    /// A command wrote something, or ended.
    Output(BashOutput),
}

impl BashEvent {
    /// Its name.
    pub fn id(&self) -> BashId {
        match self {
            Self::Command(event) => event.id,
            Self::Error(event) => event.id,
            Self::Output(event) => event.id,
        }
    }

    /// When it was recorded.
    pub fn timestamp(&self) -> Moment {
        match self {
            Self::Command(event) => event.timestamp,
            Self::Error(event) => event.timestamp,
            Self::Output(event) => event.timestamp,
        }
    }
}

impl<'de> Deserialize<'de> for BashEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let read = match value.get("kind").and_then(Value::as_str) {
            Some("BashCommand") => serde_json::from_value(value).map(Self::Command),
            Some("BashOutput") => serde_json::from_value(value).map(Self::Output),
            Some("BashError") => serde_json::from_value(value).map(Self::Error),
            Some(kind) => return Err(de::Error::custom(format!("unknown kind '{kind}'"))),
            None => return Err(de::Error::missing_field("kind")),
        };
        read.map_err(de::Error::custom)
    }
}

/// The kinds of events that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum BashEventKind {
    /// Commands that were started.
    BashCommand,
    /// What commands wrote.
    BashOutput,
}

/// Which events come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BashEventSortOrder {
    /// The oldest.
    #[default]
    Timestamp,
    /// The newest.
    TimestampDesc,
}

/// Which events are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BashSearch {
    /// Of this kind.
    pub kind: Option<BashEventKind>,
    /// What this command wrote; the command itself is not among it.
    pub command: Option<BashId>,
    /// Recorded then or later.
    pub since: Option<Moment>,
    /// Recorded earlier.
    pub until: Option<Moment>,
    /// Outputs with a greater order; commands are not held back.
    pub after_order: Option<i64>,
    /// Which come first.
    pub sort: BashEventSortOrder,
    /// The `next_page_id` of the page before.
    pub page: Option<String>,
    /// How many, at most.
    pub limit: usize,
}

impl Default for BashSearch {
    fn default() -> Self {
        Self {
            kind: None,
            command: None,
            since: None,
            until: None,
            after_order: None,
            sort: BashEventSortOrder::Timestamp,
            page: None,
            limit: 100,
        }
    }
}

/// A page of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BashEventPage {
    /// The events.
    pub items: Vec<BashEvent>,
    /// The name of the next page, if there is one.
    #[serde(default)]
    pub next_page_id: Option<String>,
}

/// Where a follower begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BashPlace {
    /// At the oldest event there is.
    First,
    /// After the newest.
    Next,
}
