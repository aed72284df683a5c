//! Random histories as the engine builds them: every call is followed by its result.

use std::sync::Arc;

use domain::{Content, Message, Origin, Prompt, ReasoningItem, Role, ThinkingBlock, ToolCall};
use proptest::prelude::*;

/// One step of a conversation.
#[derive(Clone, Debug)]
enum Turn {
    User(Vec<Content>),
    Assistant(Vec<Content>, bool),
    Calls(Vec<Content>, Vec<Call>, bool),
}

#[derive(Clone, Debug)]
struct Call {
    arguments: String,
    style: u8,
    result: Vec<Content>,
}

fn content() -> impl Strategy<Value = Vec<Content>> {
    let block = prop_oneof![
        4 => "[a-z\"\\\\\n🦀]{1,12}".prop_map(Content::text),
        1 => Just(Content::text("  ")),
        1 => Just(Content::Image {
            cache_prompt: true,
            image_urls: vec!["data:image/png;base64,AAAA".to_owned(), "https://x/y.png".to_owned()],
        }),
    ];
    prop::collection::vec(block, 0..3)
}

fn call() -> impl Strategy<Value = Call> {
    let arguments = prop_oneof![
        3 => "[a-z]{0,5}".prop_map(|s| format!("{{\"command\": \"{s}\"}}")),
        1 => Just(String::new()),
        1 => Just("{\"half".to_owned()),
        1 => Just("[1, 2]".to_owned()),
    ];
    (arguments, 0..4u8, content()).prop_map(|(arguments, style, result)| Call {
        arguments,
        style,
        result,
    })
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        content().prop_map(Turn::User),
        (content(), any::<bool>()).prop_map(|(c, t)| Turn::Assistant(c, t)),
        (
            content(),
            prop::collection::vec(call(), 1..4),
            any::<bool>()
        )
            .prop_map(|(c, calls, t)| Turn::Calls(c, calls, t)),
    ]
}

fn assistant(content: Vec<Content>, thinks: bool) -> Message {
    let mut message = Message::new(Role::Assistant, content);
    if thinks {
        message.reasoning_content = Some("hm".to_owned());
        message.thinking_blocks = vec![
            ThinkingBlock::Thinking {
                thinking: "hm".to_owned(),
                signature: Some("sig".to_owned()),
            },
            ThinkingBlock::Thinking {
                thinking: "unsigned".to_owned(),
                signature: None,
            },
            ThinkingBlock::RedactedThinking {
                data: "x".to_owned(),
            },
        ];
        message.responses_reasoning_item = Some(ReasoningItem {
            id: Some("rs_1".to_owned()),
            encrypted_content: Some("enc".to_owned()),
            ..ReasoningItem::default()
        });
    }
    message
}

fn messages(system: Vec<Content>, turns: Vec<Turn>) -> Vec<Message> {
    let mut messages = Vec::new();
    if !system.is_empty() {
        messages.push(Message::new(Role::System, system));
    }
    let mut number = 0;
    for turn in turns {
        match turn {
            Turn::User(content) => messages.push(Message::new(Role::User, content)),
            Turn::Assistant(content, thinks) => messages.push(assistant(content, thinks)),
            Turn::Calls(content, calls, thinks) => {
                let mut message = assistant(content, thinks);
                let mut results = Vec::new();
                let mut made = Vec::new();
                for call in calls {
                    number += 1;
                    let id = match call.style {
                        0 => format!("call_{number}"),
                        1 => format!("functions.terminal:{number}"),
                        2 => format!("call_{number}__thought__c2ln"),
                        _ => format!("fc{number}"),
                    };
                    results.push(Message {
                        tool_call_id: Some(id.clone()),
                        name: Some("terminal".to_owned()),
                        ..Message::new(Role::Tool, call.result)
                    });
                    made.push(ToolCall {
                        id,
                        responses_item_id: None,
                        name: "terminal".to_owned(),
                        arguments: call.arguments,
                        origin: Origin::Completion,
                    });
                }
                message.tool_calls = Some(made);
                messages.push(message);
                messages.extend(results);
            }
        }
    }
    messages
}

/// A prompt, with marks where an engine would set them.
pub(super) fn prompts() -> impl Strategy<Value = Prompt> {
    (content(), prop::collection::vec(turn(), 1..8)).prop_map(|(system, turns)| {
        let messages: Vec<Arc<Message>> =
            messages(system, turns).into_iter().map(Arc::new).collect();
        let heard = |m: &&Arc<Message>| matches!(m.role, Role::User | Role::Tool);
        let marks = messages.iter().rposition(|m| heard(&m));
        Prompt {
            messages: Arc::new(messages),
            tools: Arc::from([]),
            cache_marks: marks.into_iter().collect(),
            cache_key: None,
            stream: false,
        }
    })
}
