//! What a model's reply becomes: actions, words, or nothing worth the name. Writes nothing itself.

use std::collections::HashSet;

use domain::{
    Action, ActionEvent, Completion, Content, Map, Message, MessageEvent, Risk, Role, TextContent,
    ToolCall, ToolSpec, python_style,
};
use serde_json::{Value, json};

use crate::repair::{self, Unusable};

/// The tool that ends a task.
pub(crate) const FINISH: &str = "finish";

/// How many characters a summary made of arguments may have.
const LINE: usize = 2_000;

/// What came of a reply.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Tool calls, in order.
    Calls(Vec<Called>),
    /// Words for the person: the end of a turn.
    Words(MessageEvent),
    /// Neither: the agent must be asked for more.
    Nothing(MessageEvent),
}

/// One tool call, and why it cannot be carried out, if it cannot.
#[derive(Debug)]
pub(crate) struct Called {
    pub action: ActionEvent,
    pub error: Option<String>,
}

/// What is needed to read a reply.
pub(crate) struct Reader<'a> {
    pub tools: &'a [ToolSpec],
    /// Whether the model's own word on risks counts.
    pub judges_risk: bool,
    /// Names of calls and replies that are taken: some servers use the same ones again and again.
    pub taken: &'a dyn Fn(&str) -> bool,
    /// Fresh names.
    pub fresh: &'a dyn Fn() -> String,
}

impl Reader<'_> {
    /// Reads a reply.
    pub(crate) fn read(&self, completion: Completion) -> Reply {
        let Completion { id, message, .. } = completion;
        let id = match id.as_str() {
            "" => (self.fresh)(),
            known if (self.taken)(known) => format!("{known}-{}", (self.fresh)()),
            _ => id,
        };
        let mut message = message;
        match message.tool_calls.take() {
            Some(calls) if !calls.is_empty() => Reply::Calls(self.calls(&id, message, calls)),
            Some(_) | None => words(id, message),
        }
    }

    fn calls(&self, reply: &str, message: Message, calls: Vec<ToolCall>) -> Vec<Called> {
        let mut lead = Some(message);
        let mut names = HashSet::new();
        let mut all = Vec::with_capacity(calls.len());
        for mut call in calls {
            if call.id.is_empty() || (self.taken)(&call.id) || names.contains(&call.id) {
                call.id = format!("call_{}", (self.fresh)());
            }
            names.insert(call.id.clone());
            let called = self.call(reply, lead.take(), call);
            let ends = called.error.is_none() && called.action.tool_name == FINISH;
            all.push(called);
            if ends {
                break;
            }
        }
        all
    }

    fn call(&self, reply: &str, lead: Option<Message>, mut call: ToolCall) -> Called {
        let read = repair::prepare(&call.name, &call.arguments, self.tools).and_then(|prepared| {
            let arguments = prepared.arguments;
            let summary = prepared.summary.unwrap_or_else(|| {
                let arguments = python_style(&Value::Object(arguments.clone()));
                clipped(format!("{}: {arguments}", prepared.tool.name))
            });
            let risk = self.risk(prepared.tool, prepared.risk.as_deref());
            let action = action(prepared.tool, arguments)?;
            Ok((prepared.tool.name.clone(), action, summary, risk))
        });
        let (tool_name, action, summary, risk, error) = match read {
            Ok((tool, action, summary, risk)) => (tool, Some(action), Some(summary), risk, None),
            Err(Unusable { error, malformed }) => {
                if malformed {
                    call.arguments = python_style(
                        &json!({ "_openhands_malformed_tool_call": true, "error": error }),
                    );
                }
                (call.name.clone(), None, None, Risk::Unknown, Some(error))
            }
        };
        let lead = lead.unwrap_or_else(|| Message::new(Role::Assistant, Vec::new()));
        let action = ActionEvent {
            thought: lead
                .content
                .iter()
                .filter_map(Content::as_text)
                .filter(|t| !t.is_empty())
                .map(TextContent::new)
                .collect(),
            reasoning_content: lead.reasoning_content,
            thinking_blocks: lead.thinking_blocks,
            responses_reasoning_item: lead.responses_reasoning_item,
            action,
            tool_name,
            tool_call_id: call.id.clone(),
            tool_call: call,
            llm_response_id: reply.to_owned(),
            security_risk: risk,
            critic_result: None,
            summary,
        };
        Called { action, error }
    }

    fn risk(&self, tool: &ToolSpec, said: Option<&str>) -> Risk {
        if !self.judges_risk || tool.read_only() {
            return Risk::Unknown;
        }
        said.and_then(|word| serde_json::from_value(Value::String(word.to_uppercase())).ok())
            .unwrap_or_default()
    }
}

/// A line for people need not hold a whole file.
fn clipped(mut line: String) -> String {
    if let Some((end, _)) = line.char_indices().nth(LINE) {
        line.truncate(end);
        line.push_str("...");
    }
    line
}

fn action(tool: &ToolSpec, mut arguments: Map) -> Result<Action, Unusable> {
    // A kind from elsewhere takes its arguments as they are, but has only one `kind`.
    if tool.action_kind.starts_with("ClientAction_") {
        arguments.shift_remove("kind");
    }
    let arguments = if tool.action_kind == "MCPToolAction" {
        Map::from_iter([("data".to_owned(), Value::Object(arguments))])
    } else {
        arguments
    };
    Action::from_fields(&tool.action_kind, arguments).map_err(|fault| Unusable {
        error: format!("Error validating tool '{}': {fault}", tool.name),
        malformed: false,
    })
}

fn words(id: String, message: Message) -> Reply {
    let says = message
        .content
        .iter()
        .filter_map(Content::as_text)
        .any(|text| !text.trim().is_empty());
    let event = MessageEvent {
        llm_message: message,
        llm_response_id: Some(id),
        activated_skills: Vec::new(),
        extended_content: Vec::new(),
        sender: None,
        critic_result: None,
    };
    if says {
        Reply::Words(event)
    } else {
        Reply::Nothing(event)
    }
}
