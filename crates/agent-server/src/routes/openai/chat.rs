//! Chat completions: messages in, one message out, at once or as a stream.

use axum::response::Response;
use domain::{Content, ConversationId};
use http_kit::{Body, Error, Header, Json, Output, Sketch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::run::{Outcome, Question, Tokens, ask};
use super::traced::Traced;
use super::{naming, part, seconds, sse};
use crate::app::App;

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "OpenAIChatCompletionRequest")]
pub(super) struct Asked {
    model: String,
    messages: Vec<Said>,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "OpenAIStreamOptions")]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "OpenAIChatMessage")]
struct Said {
    role: Speaker,
    #[serde(default)]
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
    Tool,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Words {
    Text(String),
    Parts(Vec<Part>),
    #[default]
    None,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "OpenAIContentPart")]
struct Part {
    r#type: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    image_url: Address,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Address {
    Inside(ImageUrl),
    Plain(String),
    #[default]
    None,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "OpenAIImageURL")]
struct ImageUrl {
    url: String,
}

impl Said {
    fn parts(&self) -> Result<Vec<Content>, Error> {
        let parts = match &self.content {
            Words::None => return Ok(Vec::new()),
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
}

impl Part {
    /// The part as conversations have it; nothing if it is an empty text.
    fn read(&self) -> Result<Option<Content>, Error> {
        match (&*self.r#type, &self.image_url) {
            ("text", _) => {
                let text = self.text.as_deref().filter(|text| !text.is_empty());
                Ok(text.map(Content::text))
            }
            ("image_url", Address::Inside(ImageUrl { url }) | Address::Plain(url)) => {
                Ok(Some(part::picture(url.clone())))
            }
            ("image_url", Address::None) => {
                Err(Error::bad("image_url content part is missing a url"))
            }
            (other, _) => Err(Error::bad(format!(
                "Unsupported content part type: {other}"
            ))),
        }
    }
}

impl Asked {
    /// The last words of the person, and what the agent is told beforehand. It remembers the rest itself.
    fn question(&self) -> Result<(Option<String>, Vec<Content>), Error> {
        let mut latest = self.messages.iter().rev();
        let Some(latest) = latest.find(|message| message.role == Speaker::User) else {
            return Err(Error::bad("At least one user message is required"));
        };
        let told = self.messages.iter().filter(|message| message.instructs());
        let told = told.map(|message| message.parts().map(|parts| part::text(&parts)));
        let told: Vec<String> = told.collect::<Result<_, _>>()?;
        Ok((part::instructions(told), latest.parts()?))
    }
}

/// Which conversation to go on with, and what is said of the request.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Head {
    #[serde(default, rename = "X-OpenHands-ServerConversation-ID")]
    conversation: Option<Uuid>,
    #[serde(flatten)]
    traced: Traced,
}

pub(super) async fn create(
    app: App,
    (Header(head), Body(asked)): (Header<Head>, Body<Asked>),
) -> Result<Answer, Error> {
    let traced = head.traced.kept()?;
    let (instructions, words) = asked.question()?;
    let question = Question {
        model: asked.model.clone(),
        instructions,
        words,
        conversation: head.conversation.map(ConversationId),
        traced,
    };
    let outcome = ask(&app, question).await?;
    let shown = asked.stream_options.unwrap_or_default();
    Ok(Answer {
        conversation: outcome.conversation,
        completion: Completion::new(&app, asked.model, outcome),
        streamed: asked.stream.then_some(shown.include_usage),
    })
}

/// The agent's answer.
pub(super) struct Answer {
    conversation: ConversationId,
    completion: Completion,
    /// Whether a stream says what was used; nothing for an answer in one piece.
    streamed: Option<bool>,
}

impl Output for Answer {
    fn describe(sketch: &mut Sketch<'_>) {
        Json::<Completion>::describe(sketch);
    }

    fn respond(self) -> Response {
        let answer = match self.streamed {
            Some(usage) => sse::respond(self.completion, usage),
            None => Json::ok(self.completion).respond(),
        };
        naming(answer, self.conversation)
    }
}

/// The answer as clients of OpenAI know it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatCompletion")]
pub(super) struct Completion {
    pub(super) id: String,
    choices: Vec<Choice>,
    pub(super) created: u64,
    pub(super) model: String,
    #[schemars(extend("const" = "chat.completion"))]
    object: &'static str,
    pub(super) usage: Usage,
}

#[derive(Serialize, JsonSchema)]
struct Choice {
    #[schemars(extend("const" = "stop"))]
    finish_reason: &'static str,
    index: u32,
    message: Reply,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatCompletionMessage")]
struct Reply {
    content: String,
    #[schemars(extend("const" = "assistant"))]
    role: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CompletionUsage")]
pub(super) struct Usage {
    completion_tokens: u64,
    prompt_tokens: u64,
    total_tokens: u64,
}

impl From<&Tokens> for Usage {
    fn from(used: &Tokens) -> Self {
        Self {
            completion_tokens: used.completion,
            prompt_tokens: used.prompt,
            total_tokens: used.prompt + used.completion,
        }
    }
}

impl Completion {
    fn new(app: &App, model: String, outcome: Outcome) -> Self {
        Self {
            id: format!("chatcmpl-{}", app.clock().uuid().simple()),
            choices: vec![Choice {
                finish_reason: "stop",
                index: 0,
                message: Reply {
                    content: outcome.words,
                    role: "assistant",
                },
            }],
            created: seconds(app) as u64,
            model,
            object: "chat.completion",
            usage: Usage::from(&outcome.tokens),
        }
    }

    /// Its words, each with why they end.
    pub(super) fn said(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let choices = self.choices.iter();
        choices.map(|choice| (&*choice.message.content, choice.finish_reason))
    }
}
