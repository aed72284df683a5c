//! New words of the person, as REST takes them.

use domain::{Content, Message, Role};
use http_kit::{Detail, Error};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::schemas::{self, As, OneOf};

/// New words.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct SendMessageRequest {
    #[serde(default = "user")]
    #[schemars(extend("default" = "user"))]
    role: Speaker,
    #[serde(default)]
    #[schemars(with = "Vec<OneOf<As<schemas::TextContent>, As<schemas::ImageContent>>>")]
    content: Vec<Value>,
    /// Whether to start working at once.
    #[serde(default)]
    pub(crate) run: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Speaker {
    User,
    System,
    Assistant,
    Tool,
}

fn user() -> Speaker {
    Speaker::User
}

impl TryFrom<SendMessageRequest> for Message {
    type Error = Error;

    fn try_from(asked: SendMessageRequest) -> Result<Self, Error> {
        let role = match asked.role {
            Speaker::User => Role::User,
            Speaker::System => Role::System,
            Speaker::Assistant => Role::Assistant,
            Speaker::Tool => Role::Tool,
        };
        let mut content = Vec::new();
        let mut faults = Vec::new();
        for (index, part) in asked.content.into_iter().enumerate() {
            match serde_json::from_value::<Content>(part.clone()) {
                Ok(part) => content.push(part),
                Err(error) => {
                    let mut fault = Detail::rule(&["body", "content"], &error.to_string(), part);
                    fault.loc.push(http_kit::Place::Index(index));
                    faults.push(fault);
                }
            }
        }
        if faults.is_empty() {
            Ok(Message::new(role, content))
        } else {
            Err(Error::invalid(faults))
        }
    }
}
