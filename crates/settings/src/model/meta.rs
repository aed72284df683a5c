//! A meta-profile: which kind of task goes to which model. Routes nothing.

use domain::Map;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Faults;
use crate::measure;

/// Which kind of task goes to which model; every model is the name of a saved profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct MetaProfile {
    pub classifier_model: String,
    #[serde(default)]
    pub classes: Vec<MetaProfileClass>,
    #[serde(default)]
    pub prompt_template: Option<String>,
    #[serde(default)]
    pub model_table: Option<String>,
}

/// One kind of task, and the profile that it goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct MetaProfileClass {
    pub description: String,
    pub model: String,
}

impl MetaProfile {
    /// Reads what a client or a file says.
    pub fn read(given: Map) -> Result<Self, Faults> {
        let profile: Self = measure::read(given)?;
        profile.check()?;
        Ok(profile)
    }

    /// What no single key can be blamed for.
    pub(crate) fn check(&self) -> Result<(), Faults> {
        let Some(template) = &self.prompt_template else {
            return Ok(());
        };
        if !mentions(template, "instance_text") {
            return Err(Faults::at(
                "",
                "Direct-routing meta-profiles must include {{ instance_text }} in prompt_template.",
            ));
        }
        if !self.classes.is_empty() {
            return Err(Faults::at(
                "",
                "Direct-routing meta-profiles cannot also define classes.",
            ));
        }
        Ok(())
    }

    /// Whether there is anything to route to.
    pub fn routes(&self) -> Result<(), Faults> {
        if self.classes.is_empty() && self.prompt_template.is_none() {
            return Err(Faults::at(
                "",
                "A meta-profile needs either classes or a prompt_template to route.",
            ));
        }
        Ok(())
    }
}

/// Whether `{{ name }}` occurs, however it is spaced.
fn mentions(template: &str, name: &str) -> bool {
    template
        .split("{{")
        .skip(1)
        .any(|rest| rest.split("}}").next().map(str::trim) == Some(name) && rest.contains("}}"))
}
