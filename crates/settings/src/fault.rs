//! What is wrong with something that was said, and where. Knows no status code.

use std::fmt;

use serde_json::Value;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Where, from the outside in: names of keys and places in lists.
    pub loc: Vec<Value>,
    /// Which kind of fault, in the words clients know.
    pub kind: String,
    /// What is wrong, for people; never the value, which may be secret.
    pub message: String,
}

/// All that is wrong.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// One fault at a key (dots lead inward, no key is the whole).
    pub fn at(place: &str, message: impl Into<String>) -> Self {
        let loc = place.split('.').filter(|step| !step.is_empty());
        Self(vec![Fault {
            loc: loc.map(Value::from).collect(),
            kind: "value_error".to_owned(),
            message: format!("Value error, {}", message.into()),
        }])
    }

    /// The same faults, further in.
    #[must_use]
    pub fn under(mut self, place: &str) -> Self {
        for fault in &mut self.0 {
            fault.loc.insert(0, Value::from(place));
        }
        self
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            for (depth, step) in fault.loc.iter().enumerate() {
                let dot = if depth > 0 { "." } else { "" };
                match step {
                    Value::String(name) => write!(f, "{dot}{name}")?,
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::Array(_)
                    | Value::Object(_) => write!(f, "{dot}{step}")?,
                }
            }
            let said = fault.message.trim_start_matches("Value error, ");
            let colon = if fault.loc.is_empty() { "" } else { ": " };
            write!(f, "{colon}{said}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
