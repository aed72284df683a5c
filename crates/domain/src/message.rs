//! What is said between a user, an agent and a model. Knows no provider.

use serde::{Deserialize, Serialize, Serializer};

/// Who speaks in a model's conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Standing instructions.
    System,
    /// The person, or the engine speaking in their place.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call.
    Tool,
}

/// A block of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextContent {
    /// Whether a provider may cache everything up to here.
    #[serde(default)]
    pub cache_prompt: bool,
    #[serde(default, rename = "type")]
    tag: TextTag,
    /// The text.
    pub text: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TextTag {
    #[default]
    Text,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ImageTag {
    #[default]
    Image,
}

impl TextContent {
    /// A plain block.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            cache_prompt: false,
            tag: TextTag::Text,
            text: text.into(),
        }
    }
}

/// A block of a message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Content {
    /// Text.
    Text {
        /// Whether a provider may cache everything up to here.
        #[serde(default)]
        cache_prompt: bool,
        /// The text.
        text: String,
    },
    /// Pictures, as data URLs or addresses.
    Image {
        /// Whether a provider may cache everything up to here.
        #[serde(default)]
        cache_prompt: bool,
        /// One address a picture.
        image_urls: Vec<String>,
    },
}

impl Content {
    /// A plain text block.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text {
            cache_prompt: false,
            text: text.into(),
        }
    }

    /// The text of a text block.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text),
            Self::Image { .. } => None,
        }
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Block<'a, T: Serialize> {
            cache_prompt: bool,
            #[serde(rename = "type")]
            tag: T,
            #[serde(skip_serializing_if = "Option::is_none")]
            text: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            image_urls: Option<&'a [String]>,
        }
        match self {
            Self::Text { cache_prompt, text } => Block {
                cache_prompt: *cache_prompt,
                tag: TextTag::Text,
                text: Some(text),
                image_urls: None,
            }
            .serialize(serializer),
            Self::Image {
                cache_prompt,
                image_urls,
            } => Block {
                cache_prompt: *cache_prompt,
                tag: ImageTag::Image,
                text: None,
                image_urls: Some(image_urls),
            }
            .serialize(serializer),
        }
    }
}

impl From<TextContent> for Content {
    fn from(text: TextContent) -> Self {
        Self::Text {
            cache_prompt: text.cache_prompt,
            text: text.text,
        }
    }
}

/// Which of a provider's interfaces made a tool call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A chat completion.
    #[default]
    Completion,
    /// The Responses interface.
    Responses,
}

/// A model's wish to use a tool, arguments verbatim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Pairs the call with its result.
    pub id: String,
    /// The item id of the Responses interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responses_item_id: Option<String>,
    /// The tool.
    pub name: String,
    /// JSON text, as the model wrote it.
    pub arguments: String,
    /// Where it came from.
    pub origin: Origin,
}

/// Thoughts that a provider signed and wants back verbatim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ThinkingBlock {
    /// Readable thinking.
    Thinking {
        /// The text.
        thinking: String,
        /// The provider's signature.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// Thinking the provider encrypted.
    RedactedThinking {
        /// Opaque.
        data: String,
    },
}

/// A reasoning item of the Responses interface, echoed back verbatim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasoningItem {
    /// The item id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Summaries meant for people.
    #[serde(default)]
    pub summary: Vec<String>,
    /// Raw reasoning, where a model shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Vec<String>>,
    /// Opaque state for the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted_content: Option<String>,
    /// The item's status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// One message of a model's conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    #[serde(default)]
    pub content: Vec<Content>,
    /// The tools the assistant calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<Vec<ToolCall>>,
    /// The call this is the result of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// The tool this is the result of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Thoughts of a model that shows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<String>,
    /// Signed thoughts.
    #[serde(default)]
    pub thinking_blocks: Vec<ThinkingBlock>,
    /// Reasoning of the Responses interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responses_reasoning_item: Option<ReasoningItem>,
}

impl Message {
    /// A message with nothing but a role and blocks.
    pub fn new(role: Role, content: Vec<Content>) -> Self {
        Self {
            role,
            content,
            tool_calls: None,
            tool_call_id: None,
            name: None,
            reasoning_content: None,
            thinking_blocks: Vec::new(),
            responses_reasoning_item: None,
        }
    }

    /// A user's words.
    pub fn user(text: impl Into<String>) -> Self {
        Self::new(Role::User, vec![Content::text(text)])
    }

    /// All text blocks, joined by line breaks.
    pub fn text(&self) -> String {
        self.content
            .iter()
            .filter_map(Content::as_text)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The calls, or none.
    pub fn calls(&self) -> &[ToolCall] {
        self.tool_calls.as_deref().unwrap_or_default()
    }
}
