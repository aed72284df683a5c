//! The forms in which people see settings: sections, labels, choices. What a value is when nothing is said comes from the
//! settings themselves. Draws nothing.

use domain::Map;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::desk::Desk;
use crate::error::Error;
use crate::measure;
use crate::model::agent::{AcpAgentSettings, OpenHandsAgentSettings};
use crate::model::conversation::ConversationSettings;
use crate::model::named::Named;

const FORMS: &str = include_str!("../data/forms.json");

/// How prominent a field is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SettingProminence {
    /// Always shown.
    Critical,
    /// Shown to most.
    Major,
    /// Shown to who looks for it.
    #[default]
    Minor,
}

/// What kind of value a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "variants carry the names of the wire")]
pub enum ValueType {
    String,
    Integer,
    Number,
    Boolean,
    Array,
    Object,
}

/// What can be chosen.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
#[expect(dead_code, reason = "only describes")]
enum ChoiceValue {
    Boolean(bool),
    Integer(i64),
    Number(f64),
    String(String),
}

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SettingsChoice {
    #[schemars(with = "ChoiceValue")]
    pub value: Value,
    pub label: String,
}

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SettingsFieldSchema {
    pub key: String,
    pub label: String,
    #[serde(default)]
    pub description: Option<String>,
    pub section: String,
    pub section_label: String,
    pub value_type: ValueType,
    #[serde(default)]
    pub default: Value,
    #[serde(default)]
    pub prominence: SettingProminence,
    #[serde(default)]
    pub depends_on: Vec<String>,
    #[serde(default)]
    pub secret: bool,
    #[serde(default)]
    pub choices: Vec<SettingsChoice>,
    #[serde(default)]
    pub variant: Option<String>,
}

/// Fields that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SettingsSectionSchema {
    pub key: String,
    pub label: String,
    pub fields: Vec<SettingsFieldSchema>,
    #[serde(default)]
    pub variant: Option<String>,
}

/// A form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SettingsSchema {
    pub model_name: String,
    pub sections: Vec<SettingsSectionSchema>,
}

/// A section as it is written down.
#[derive(Deserialize)]
struct Section {
    key: String,
    label: String,
    variant: Option<String>,
    fields: Vec<Field>,
}

/// A field as it is written down.
#[derive(Deserialize)]
struct Field {
    key: String,
    label: String,
    r#type: ValueType,
    #[serde(default)]
    prominence: SettingProminence,
    #[serde(default)]
    depends_on: Vec<String>,
    #[serde(default)]
    secret: bool,
    #[serde(default)]
    choices: Vec<String>,
    description: Option<String>,
    variant: Option<String>,
}

impl Desk {
    /// The form of the settings of agents, of both kinds.
    pub fn agent_form(&self) -> Result<SettingsSchema, Error> {
        let mut usual = measure::object(&AcpAgentSettings::default());
        usual.extend(measure::object(&OpenHandsAgentSettings::default()));
        form("AgentSettings", &usual)
    }

    /// The form of the settings of conversations.
    pub fn conversation_form(&self) -> Result<SettingsSchema, Error> {
        form(
            "ConversationSettings",
            &measure::object(&ConversationSettings::default()),
        )
    }
}

fn form(name: &str, usual: &Map) -> Result<SettingsSchema, Error> {
    let unreadable = |reason: String| Error::Damaged(format!("the form {name}: {reason}"));
    let mut forms: Named<Vec<Section>> =
        serde_json::from_str(FORMS).map_err(|error| unreadable(error.to_string()))?;
    let sections = forms
        .take(name)
        .ok_or_else(|| unreadable("it is not written down".to_owned()))?;
    Ok(SettingsSchema {
        model_name: name.to_owned(),
        sections: sections.into_iter().map(|it| section(it, usual)).collect(),
    })
}

fn section(section: Section, usual: &Map) -> SettingsSectionSchema {
    let fields = section.fields.into_iter().map(|field| SettingsFieldSchema {
        default: value_at(usual, &field.key),
        key: field.key,
        label: field.label,
        description: field.description,
        section: section.key.clone(),
        section_label: section.label.clone(),
        value_type: field.r#type,
        prominence: field.prominence,
        depends_on: field.depends_on,
        secret: field.secret,
        choices: field.choices.into_iter().map(choice).collect(),
        variant: field.variant.or_else(|| section.variant.clone()),
    });
    SettingsSectionSchema {
        fields: fields.collect(),
        key: section.key,
        label: section.label,
        variant: section.variant,
    }
}

fn choice(name: String) -> SettingsChoice {
    SettingsChoice {
        value: name.as_str().into(),
        label: name,
    }
}

fn value_at(usual: &Map, key: &str) -> Value {
    let mut steps = key.split('.');
    let first = steps.next().and_then(|step| usual.get(step));
    let found = first.and_then(|first| steps.try_fold(first, |value, step| value.get(step)));
    found.cloned().unwrap_or_default()
}
