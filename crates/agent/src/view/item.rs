//! One event as a part of a model's history. Knows nothing of its neighbours.

use domain::{
    ActionEvent, Body, Content, Event, EventId, Message, ReasoningItem, Role, Source, SystemPrompt,
    ThinkingBlock, ToolCall,
};

/// What stands above a summary, so that nobody takes it for words of the person.
const FORGOTTEN: &str = "What happened up to here was summed up to save room; what follows is the summary, not a request.";

/// A part of the history.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    /// The event it is made of.
    pub event: EventId,
    pub part: Part,
}

/// What part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    /// The standing instructions.
    System(Message),
    /// Words of either side.
    Words(Message),
    /// A tool call; calls of one reply are one assistant message.
    Call {
        reply: String,
        call: ToolCall,
        lead: Box<Lead>,
    },
    /// The result of a tool call.
    Result { call: String, message: Message },
}

/// What the model said around a batch of calls; empty but on the first of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lead {
    pub thought: Vec<Content>,
    pub reasoning: Option<String>,
    pub thinking: Vec<ThinkingBlock>,
    pub item: Option<ReasoningItem>,
}

impl Item {
    /// The part an event plays; `None` for events that are none of the model's business.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        let part = match &event.body {
            Body::SystemPrompt(prompt) => Part::System(system(prompt)),
            Body::Message(words) => {
                let mut message = words.llm_message.clone();
                // Calls are events of their own; whatever else looks like one has no result.
                message.tool_calls = None;
                message
                    .content
                    .extend(words.extended_content.iter().cloned().map(Content::from));
                if event.source != Source::Agent {
                    message = Message::new(Role::User, message.content);
                }
                Part::Words(message)
            }
            Body::Action(action) => call(action),
            Body::Observation(result) => {
                let mut content = result.observation.for_model();
                content.extend(result.extended_content.iter().cloned().map(Content::from));
                answer(&result.tool_call_id, &result.tool_name, content)
            }
            Body::Rejected(refusal) => {
                let text = format!("Action rejected: {}", refusal.rejection_reason);
                answer(
                    &refusal.tool_call_id,
                    &refusal.tool_name,
                    vec![Content::text(text)],
                )
            }
            Body::AgentError(error) => answer(
                &error.tool_call_id,
                &error.tool_name,
                vec![Content::text(error.error.clone())],
            ),
            Body::CondensationSummary(summary) => {
                Part::Words(Message::user(summary.summary.clone()))
            }
            Body::Condensation(_)
            | Body::CondensationRequest(_)
            | Body::ConversationError(_)
            | Body::ServerError(_)
            | Body::StateUpdate(_)
            | Body::Pause(_)
            | Body::Interrupt(_)
            | Body::Hook(_)
            | Body::SecurityAnalysis(_)
            | Body::Token(_)
            | Body::StreamingDelta(_)
            | Body::CompletionLog(_)
            | Body::AcpToolCall(_)
            | Body::Foreign { .. } => return None,
        };
        Some(Self {
            event: event.id.clone(),
            part,
        })
    }

    /// A summary that stands for forgotten parts.
    pub(crate) fn summary(of: &EventId, text: &str) -> Self {
        let text = format!("{FORGOTTEN}\n\n{text}");
        Self {
            event: EventId::new(&format!("{of}-summary")),
            part: Part::Words(Message::user(text)),
        }
    }
}

fn system(prompt: &SystemPrompt) -> Message {
    let mut content = vec![Content::from(prompt.system_prompt.clone())];
    content.extend(prompt.dynamic_context.iter().cloned().map(Content::from));
    Message::new(Role::System, content)
}

fn call(action: &ActionEvent) -> Part {
    let lead = Lead {
        thought: action.thought.iter().cloned().map(Content::from).collect(),
        reasoning: action.reasoning_content.clone(),
        thinking: action.thinking_blocks.clone(),
        item: action.responses_reasoning_item.clone(),
    };
    Part::Call {
        reply: action.llm_response_id.clone(),
        call: action.tool_call.clone(),
        lead: Box::new(lead),
    }
}

fn answer(call: &str, tool: &str, content: Vec<Content>) -> Part {
    let mut message = Message::new(Role::Tool, content);
    message.tool_call_id = Some(call.to_owned());
    message.name = Some(tool.to_owned());
    Part::Result {
        call: call.to_owned(),
        message,
    }
}
