//! What a tool is to a model, to a client and to the engine. Knows no tool.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::json::Map;

/// The class of tools that the client carries out; clients are shown their whole schema.
const CLIENT: &str = "ClientTool";

/// How risky an action is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Risk {
    /// Nobody said.
    #[default]
    Unknown,
    /// Reads, or changes only what it should.
    Low,
    /// Changes what may be missed.
    Medium,
    /// May do harm that cannot be undone.
    High,
}

/// Hints about a tool, in the words of the model context protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Annotations {
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// It changes nothing.
    #[serde(default)]
    pub read_only_hint: bool,
    /// It may destroy.
    #[serde(default = "crate::parts::yes")]
    pub destructive_hint: bool,
    /// Twice is as good as once.
    #[serde(default)]
    pub idempotent_hint: bool,
    /// It reaches beyond the workspace.
    #[serde(default = "crate::parts::yes")]
    pub open_world_hint: bool,
}

/// A tool as the engine and the model know it.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolSpec {
    /// The name the model calls.
    pub name: String,
    /// What the model is told.
    pub description: Cow<'static, str>,
    /// The JSON schema of its own parameters, an object with `properties` and `required`.
    pub parameters: Parameters,
    /// Hints; read-only tools are not asked for a risk.
    pub annotations: Option<Annotations>,
    /// The class name clients know, such as `TerminalTool`.
    pub kind: String,
    /// The `kind` of its actions, such as `TerminalAction`.
    pub action_kind: String,
    /// The `kind` of its observations, such as `TerminalObservation`.
    pub observation_kind: String,
}

impl ToolSpec {
    /// Whether it changes nothing.
    pub fn read_only(&self) -> bool {
        self.annotations.as_ref().is_some_and(|a| a.read_only_hint)
    }

    /// The tool as `SystemPromptEvent` shows it.
    pub fn card(&self) -> ToolCard {
        let mut rest = Map::new();
        if self.kind == CLIENT {
            let schema = serde_json::to_value(&self.parameters).unwrap_or_default();
            rest.insert("client_tool_name".to_owned(), self.name.clone().into());
            rest.insert("input_schema".to_owned(), schema);
        }
        ToolCard {
            description: self.description.clone().into_owned(),
            action_type: self.action_kind.clone(),
            observation_type: Some(self.observation_kind.clone()),
            annotations: self.annotations.clone(),
            rest,
            kind: self.kind.clone(),
            title: self.name.clone(),
        }
    }
}

/// A tool as clients are shown it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCard {
    /// What the model is told.
    pub description: String,
    /// The `kind` of its actions.
    pub action_type: String,
    /// The `kind` of its observations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observation_type: Option<String>,
    /// Hints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Fields this build does not read.
    #[serde(flatten)]
    pub rest: Map,
    /// The class name.
    pub kind: String,
    /// The name the model calls.
    pub title: String,
}

/// A tool as it is sent to a model: its schema already holds `summary` and, where it applies, `security_risk`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolSchema {
    /// The name.
    pub name: String,
    /// What it is for.
    pub description: Cow<'static, str>,
    /// The JSON schema of the arguments.
    pub parameters: Parameters,
}

/// The JSON schema of a tool's arguments. Many conversations offer the same tools, so copies share it, and what models
/// are shown of it is made once.
#[derive(Clone, Debug)]
pub struct Parameters(Arc<Schema>);

#[derive(Debug)]
struct Schema {
    own: Value,
    /// As models are shown it: without the question for a risk, and with it.
    shown: [OnceLock<Parameters>; 2],
}

impl Parameters {
    /// As models are shown it, made by the first who asks.
    pub fn shown(&self, asks_risk: bool, make: impl FnOnce(&Value) -> Value) -> Self {
        let [plain, judged] = &self.0.shown;
        let shown = if asks_risk { judged } else { plain };
        shown.get_or_init(|| Self::from(make(&self.0.own))).clone()
    }
}

impl From<Value> for Parameters {
    fn from(own: Value) -> Self {
        let shown = Default::default();
        Self(Arc::new(Schema { own, shown }))
    }
}

impl Deref for Parameters {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0.own
    }
}

impl PartialEq for Parameters {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.own == other.0.own
    }
}

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.own.serialize(serializer)
    }
}
