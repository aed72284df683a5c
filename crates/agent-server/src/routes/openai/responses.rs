//! Responses: input in, output out, in one piece. Nothing of it is kept under its id.

use std::collections::BTreeMap;

use axum::response::Response;
use domain::{Content, ConversationId, Map};
use http_kit::{Body, Error, Header, Json, Output, Sketch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::run::{Outcome, Question, Tokens, ask};
use super::traced::Traced;
use super::{naming, part, seconds};
use crate::app::App;

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "OpenAIResponseRequest")]
pub(super) struct Asked {
    model: String,
    input: Input,
    #[serde(default)]
    instructions: Option<String>,
    #[serde(default)]
    previous_response_id: Option<String>,
    #[serde(default)]
    store: bool,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    metadata: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Input {
    Text(String),
    Messages(Vec<Said>),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "OpenAIResponseInputMessage")]
struct Said {
    role: Speaker,
    content: Words,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Speaker {
    System,
    Developer,
    User,
    Assistant,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Words {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "OpenAIResponseInputContentPart")]
struct Part {
    r#type: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    image_url: Option<String>,
}

impl Said {
    fn parts(&self) -> Result<Vec<Content>, Error> {
        let parts = match &self.content {
            Words::Text(text) => return Ok(vec![Content::text(text)]),
            Words::Parts(parts) => parts,
        };
        parts
            .iter()
            .filter_map(|part| part.read().transpose())
            .collect()
    }

    fn instructs(&self) -> bool {
        matches!(self.role, Speaker::System | Speaker::Developer)
    }

    fn speaker(&self) -> &'static str {
        match self.role {
            Speaker::System => "system",
            Speaker::Developer => "developer",
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
        }
    }
}

impl Part {
    /// The part as conversations have it; nothing if it is an empty text.
    fn read(&self) -> Result<Option<Content>, Error> {
        match &*self.r#type {
            "input_text" | "output_text" => {
                let text = self.text.as_deref().filter(|text| !text.is_empty());
                Ok(text.map(Content::text))
            }
            "input_image" => match self.image_url.as_deref().filter(|url| !url.is_empty()) {
                Some(url) => Ok(Some(part::picture(url.to_owned()))),
                None => Err(Error::bad(
                    "input_image content part is missing an image_url",
                )),
            },
            other => Err(Error::bad(format!(
                "Unsupported Responses content part type: {other}"
            ))),
        }
    }
}

impl Asked {
    /// Refuses what needs a memory of responses, or a stream.
    fn check(&self) -> Result<(), Error> {
        let refused = if self.stream {
            "Streaming responses are not supported yet"
        } else if self.store {
            "Persistent response storage (store=True) is not supported yet"
        } else if self
            .previous_response_id
            .as_deref()
            .is_some_and(|id| !id.is_empty())
        {
            "previous_response_id is not supported; replay input items instead"
        } else {
            return Ok(());
        };
        Err(Error::bad(refused))
    }

    /// The words of the person; a dialogue is told as one message, each part of it marked with who says it.
    fn words(&self) -> Result<Vec<Content>, Error> {
        let messages = match &self.input {
            Input::Text(text) if text.is_empty() => {
                return Err(Error::bad("Responses input must not be empty"));
            }
            Input::Text(text) => return Ok(vec![Content::text(text)]),
            Input::Messages(messages) => messages,
        };
        let dialogue = messages.iter().filter(|message| !message.instructs());
        let dialogue: Vec<&Said> = dialogue.collect();
        if !dialogue.iter().any(|said| said.role == Speaker::User) {
            return Err(Error::bad("Responses input must include a user message"));
        }
        if let [only] = *dialogue {
            return only.parts();
        }
        let mut parts = Vec::new();
        for said in dialogue {
            let opened = format!("<message role=\"{}\">", said.speaker());
            parts.push(Content::text(opened));
            parts.extend(said.parts()?);
            parts.push(Content::text("</message>"));
        }
        Ok(parts)
    }

    /// What the agent is told beforehand.
    fn instructions(&self) -> Result<Option<String>, Error> {
        let mut told = Vec::new();
        told.extend(
            self.instructions
                .as_deref()
                .map(|text| text.trim().to_owned()),
        );
        if let Input::Messages(messages) = &self.input {
            for said in messages.iter().filter(|said| said.instructs()) {
                told.push(part::text(&said.parts()?));
            }
        }
        Ok(part::instructions(told))
    }
}

pub(super) async fn create(
    app: App,
    (Header(traced), Body(asked)): (Header<Traced>, Body<Asked>),
) -> Result<Answer, Error> {
    let traced = traced.kept()?;
    asked.check()?;
    let words = asked.words()?;
    let question = Question {
        model: asked.model.clone(),
        instructions: asked.instructions()?,
        words,
        conversation: None,
        traced,
    };
    let began = seconds(&app);
    let outcome = ask(&app, question).await?;
    Ok(Answer {
        conversation: outcome.conversation,
        finished: Finished::new(&app, asked, began, outcome),
    })
}

/// The agent's answer.
pub(super) struct Answer {
    conversation: ConversationId,
    finished: Finished,
}

impl Output for Answer {
    fn describe(sketch: &mut Sketch<'_>) {
        Json::<Finished>::describe(sketch);
    }

    fn respond(self) -> Response {
        naming(Json::ok(self.finished).respond(), self.conversation)
    }
}

/// The answer as clients of OpenAI know it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OpenAIResponse")]
struct Finished {
    id: String,
    created_at: f64,
    completed_at: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<BTreeMap<String, String>>,
    model: String,
    #[schemars(extend("const" = "response", "default" = "response"))]
    object: &'static str,
    output: Vec<Message>,
    #[schemars(extend("default" = false))]
    parallel_tool_calls: bool,
    #[schemars(extend("const" = "completed", "default" = "completed"))]
    status: &'static str,
    #[schemars(extend("const" = "none", "default" = "none"))]
    tool_choice: &'static str,
    tools: Vec<BTreeMap<String, String>>,
    usage: Usage,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OpenAIResponseOutputMessage")]
struct Message {
    id: String,
    content: Vec<Text>,
    #[schemars(extend("const" = "assistant", "default" = "assistant"))]
    role: &'static str,
    #[schemars(extend("const" = "completed", "default" = "completed"))]
    status: &'static str,
    #[schemars(extend("const" = "message", "default" = "message"))]
    r#type: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OpenAIResponseOutputText")]
struct Text {
    annotations: Vec<Map>,
    text: String,
    #[schemars(extend("const" = "output_text", "default" = "output_text"))]
    r#type: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OpenAIResponseUsage")]
struct Usage {
    input_tokens: u64,
    input_tokens_details: InputDetails,
    output_tokens: u64,
    output_tokens_details: OutputDetails,
    total_tokens: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OpenAIResponseInputTokensDetails")]
struct InputDetails {
    cached_tokens: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OpenAIResponseOutputTokensDetails")]
struct OutputDetails {
    reasoning_tokens: u64,
}

impl From<&Tokens> for Usage {
    fn from(used: &Tokens) -> Self {
        Self {
            input_tokens: used.prompt,
            input_tokens_details: InputDetails {
                cached_tokens: used.cached,
            },
            output_tokens: used.completion,
            output_tokens_details: OutputDetails {
                reasoning_tokens: used.reasoning,
            },
            total_tokens: used.prompt + used.completion,
        }
    }
}

impl Finished {
    fn new(app: &App, asked: Asked, began: f64, outcome: Outcome) -> Self {
        let fresh = || app.clock().uuid().simple();
        Self {
            id: format!("resp_{}", fresh()),
            created_at: began,
            completed_at: seconds(app),
            instructions: asked.instructions,
            metadata: asked.metadata,
            model: asked.model,
            object: "response",
            output: vec![Message {
                id: format!("msg_{}", fresh()),
                content: vec![Text {
                    annotations: Vec::new(),
                    text: outcome.words,
                    r#type: "output_text",
                }],
                role: "assistant",
                status: "completed",
                r#type: "message",
            }],
            parallel_tool_calls: false,
            status: "completed",
            tool_choice: "none",
            tools: Vec::new(),
            usage: Usage::from(&outcome.tokens),
        }
    }
}
