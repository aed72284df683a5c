//! What is written for single messages, and that nothing is written twice.

mod histories;
mod properties;

use std::sync::Arc;

use domain::{Content, LlmSpec, Message, Prompt, Role, Secret, ToolCall, ToolSchema};
use serde_json::{Value, json};

use super::*;
use crate::Config;

pub(super) fn plan(model: &str) -> Plan {
    let spec = LlmSpec {
        model: model.to_owned(),
        base_url: Some("http://127.0.0.1:9".to_owned()),
        api_key: Some(Secret::from("sk-test")),
        ..LlmSpec::default()
    };
    Plan::new(&spec, &Config::default()).unwrap()
}

pub(super) fn prompt(messages: Vec<Message>) -> Prompt {
    Prompt {
        messages: Arc::new(messages.into_iter().map(Arc::new).collect()),
        tools: Arc::from([]),
        cache_marks: Vec::new(),
        cache_key: None,
        stream: false,
    }
}

pub(super) fn body(plan: &Plan, prompt: &Prompt, tweaks: &Tweaks, memory: &Memory) -> Value {
    let ask = Ask {
        plan,
        prompt,
        tweaks,
    };
    serde_json::from_slice(&ask.request(memory).body.whole()).unwrap()
}

fn fresh(plan: &Plan, prompt: &Prompt) -> Value {
    body(plan, prompt, &Tweaks::default(), &Memory::default())
}

fn call(id: &str, arguments: &str) -> Message {
    Message {
        tool_calls: Some(vec![ToolCall {
            id: id.to_owned(),
            responses_item_id: None,
            name: "terminal".to_owned(),
            arguments: arguments.to_owned(),
            origin: domain::Origin::Completion,
        }]),
        ..Message::new(Role::Assistant, Vec::new())
    }
}

fn result(id: &str, text: &str) -> Message {
    Message {
        tool_call_id: Some(id.to_owned()),
        name: Some("terminal".to_owned()),
        ..Message::new(Role::Tool, vec![Content::text(text)])
    }
}

const PIXEL: &str = "data:image/png;base64,AAAA";

fn picture() -> Content {
    Content::Image {
        cache_prompt: false,
        image_urls: vec![PIXEL.to_owned()],
    }
}

fn tool(name: &str) -> ToolSchema {
    ToolSchema {
        name: name.to_owned(),
        description: "does it".into(),
        parameters: json!({"type": "object", "properties": {}}).into(),
    }
}

#[test]
fn a_growing_history_is_not_written_again() {
    let plan = plan("openai/mock");
    let memory = Memory::default();
    let text = "x".repeat(200);
    let turn = |n: usize| {
        let id = format!("call_{n}");
        [call(&id, "{}"), result(&id, &text)].map(Arc::new)
    };
    let mut messages: Vec<Arc<Message>> = (0..2_000).flat_map(turn).collect();
    let style = Style::new(&plan, &Tweaks::default());
    let before = memory.messages(&style, &messages, &[]);
    messages.extend(turn(2_000));
    let after = memory.messages(&style, &messages, &[]);
    let kept = before.iter().zip(&after);
    let same = kept.take_while(|(a, b)| a.as_ptr() == b.as_ptr()).count();
    let copied: usize = after[same..].iter().map(|piece| piece.len()).sum();
    assert!(same >= 5, "{same} of {} pieces are shared", after.len());
    assert!(copied < 70_000, "{copied} bytes were copied");
}

#[test]
fn a_side_question_does_not_cost_the_conversation_its_text() {
    let plan = plan("openai/mock");
    let memory = Memory::default();
    let style = Style::new(&plan, &Tweaks::default());
    let system = Arc::new(Message::new(Role::System, vec![Content::text("be good")]));
    let mut long = vec![Arc::clone(&system)];
    long.extend((0..500).map(|n| Arc::new(Message::user(format!("{n} {}", "y".repeat(500))))));
    let side = vec![system, Arc::new(Message::user("a title, please"))];
    let before = memory.messages(&style, &long, &[]);
    memory.messages(&style, &side, &[]);
    let after = memory.messages(&style, &long, &[]);
    assert_eq!(before[0].as_ptr(), after[0].as_ptr());
}

#[test]
fn tools_are_written_once_and_for_each_dialect_anew() {
    let memory = Memory::default();
    let list: Arc<[ToolSchema]> = Arc::from([tool("a"), tool("b")]);
    let first = memory.tools(&list, Dialect::Chat, false);
    assert_eq!(
        first.as_ptr(),
        memory.tools(&list, Dialect::Chat, false).as_ptr()
    );
    let marked = memory.tools(&list, Dialect::Anthropic, true);
    let marked: Value = serde_json::from_slice(&marked).unwrap();
    assert_eq!(marked[0].get("cache_control"), None);
    assert_eq!(marked[1]["cache_control"], json!({"type": "ephemeral"}));
    assert!(
        memory
            .tools(&Arc::from([]), Dialect::Chat, false)
            .is_empty()
    );
}

#[test]
fn long_texts_are_cut_in_the_middle() {
    let long = format!("{}{}", "é".repeat(40_000), "z".repeat(40_000));
    let messages = vec![
        Message::new(Role::System, vec![Content::text(long.clone())]),
        Message::user(long.clone()),
        call("c", "{}"),
        result("c", &long),
    ];
    let sent = fresh(&plan("openai/mock"), &prompt(messages));
    let text = |i: usize| sent["messages"][i]["content"][0]["text"].as_str().unwrap();
    assert_eq!(text(0), long);
    assert_eq!(text(1).chars().count(), 30_000);
    assert_eq!(text(3).chars().count(), 50_000);
    assert!(text(1).starts_with('é') && text(1).ends_with('z'));
    assert!(text(1).contains("80000 characters was left out"));
}

#[test]
fn pictures_are_shown_only_to_those_who_see() {
    let shown = |model: &str| {
        let user = Message::new(Role::User, vec![Content::text("look"), picture()]);
        let only = Message::new(Role::User, vec![picture()]);
        fresh(&plan(model), &prompt(vec![user, only]))
    };
    let chat = shown("openai/gpt-4o");
    assert_eq!(
        chat["messages"][0]["content"][1],
        json!({"type": "image_url", "image_url": {"url": PIXEL}})
    );
    let claude = shown("anthropic/claude-opus-5");
    assert_eq!(
        claude["messages"][0]["content"][1],
        json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}})
    );
    let responses = shown("openai/gpt-5.6");
    assert_eq!(
        responses["input"][0]["content"][1],
        json!({"type": "input_image", "image_url": PIXEL, "detail": "auto"})
    );
    let blind = shown("openai/mock");
    let content = &blind["messages"][0]["content"];
    assert_eq!(content, &json!([{"type": "text", "text": "look"}]));
    let notice = blind["messages"][1]["content"][0]["text"].as_str().unwrap();
    assert!(notice.contains("does not see images"), "{notice}");
}

#[test]
fn an_address_of_a_picture_is_sent_as_such() {
    let image = Content::Image {
        cache_prompt: false,
        image_urls: vec!["https://example.com/a.png".to_owned()],
    };
    let sent = fresh(
        &plan("anthropic/claude-opus-5"),
        &prompt(vec![Message::new(Role::User, vec![image])]),
    );
    assert_eq!(
        sent["messages"][0]["content"][0]["source"],
        json!({"type": "url", "url": "https://example.com/a.png"})
    );
}

#[test]
fn pictures_of_tools_go_where_they_may() {
    let mut shot = result("c", "done");
    shot.content.push(picture());
    let messages = || {
        vec![
            call("c", "{}"),
            shot.clone(),
            Message::new(Role::Assistant, vec![Content::text("ok")]),
        ]
    };
    let chat = fresh(&plan("openai/gpt-4o"), &prompt(messages()));
    let roles: Vec<&str> = chat["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["assistant", "tool", "user", "assistant"]);
    assert_eq!(chat["messages"][2]["content"][1]["type"], "image_url");
    let mut last = messages();
    last.pop();
    let chat = fresh(&plan("openai/gpt-4o"), &prompt(last));
    assert_eq!(chat["messages"][2]["content"][1]["type"], "image_url");
    let responses = fresh(&plan("openai/gpt-5.6"), &prompt(messages()));
    assert_eq!(
        responses["input"][1]["output"],
        json!([{"type": "input_text", "text": "done"},
               {"type": "input_image", "image_url": PIXEL, "detail": "auto"}])
    );
    let gateway = fresh(&plan("litellm_proxy/gpt-4o"), &prompt(messages()));
    assert_eq!(gateway["messages"][1]["content"][1]["type"], "image_url");
}

#[test]
fn ids_are_made_acceptable_alike_for_call_and_result() {
    let ids = |model: &str, id: &str| {
        let history = vec![call(id, "{}"), result(id, "r")];
        fresh(&plan(model), &prompt(history))
    };
    let claude = ids("anthropic/claude-opus-5", "functions.terminal:0");
    assert_eq!(
        claude["messages"][1]["content"][0]["id"],
        "functions_terminal_0"
    );
    assert_eq!(
        claude["messages"][2]["content"][0]["tool_use_id"],
        "functions_terminal_0"
    );
    let mistral = ids("mistral/large", "call_1");
    let short = mistral["messages"][0]["tool_calls"][0]["id"]
        .as_str()
        .unwrap();
    assert_eq!(mistral["messages"][1]["tool_call_id"], short);
    assert!(short.len() == 9 && short.chars().all(char::is_alphanumeric));
    let signed = "call_1__thought__c2ln";
    let gemini = ids("gemini/gemini-3-pro", signed);
    let sent = &gemini["messages"][0]["tool_calls"][0];
    assert_eq!(sent["id"], "call_1");
    assert_eq!(
        sent["extra_content"],
        json!({"google": {"thought_signature": "c2ln"}})
    );
    assert_eq!(gemini["messages"][1]["tool_call_id"], "call_1");
    let other = ids("openai/mock", signed);
    let sent = &other["messages"][0]["tool_calls"][0];
    assert_eq!(
        (&sent["id"], sent.get("extra_content")),
        (&json!("call_1"), None)
    );
}

#[test]
fn broken_arguments_still_make_an_object_for_claude() {
    let input = |arguments: &str| {
        let history = vec![call("c", arguments), result("c", "r")];
        let sent = fresh(&plan("anthropic/claude-opus-5"), &prompt(history));
        sent["messages"][1]["content"][0]["input"].clone()
    };
    assert_eq!(input(r#" {"a": 1.50} "#), json!({"a": 1.5}));
    assert_eq!(input(""), json!({}));
    assert_eq!(input("{broken"), json!({"arguments": "{broken"}));
    assert_eq!(input("[1]"), json!({"arguments": "[1]"}));
}

#[test]
fn numbers_of_arguments_stay_as_they_were_written() {
    let plan = plan("anthropic/claude-opus-5");
    let written = r#"{"n":12345678901234567890123,"f":1.10}"#;
    let prompt = prompt(vec![call("c", written), result("c", "r")]);
    let (memory, tweaks) = (Memory::default(), Tweaks::default());
    let ask = Ask {
        plan: &plan,
        prompt: &prompt,
        tweaks: &tweaks,
    };
    let sent = String::from_utf8(ask.request(&memory).body.whole()).unwrap();
    assert!(sent.contains(written), "{sent}");
}

#[test]
fn thinking_rests_while_the_thoughts_behind_a_call_are_missing() {
    let plan = plan("anthropic/claude-sonnet-4-5");
    let mut thought = call("c", "{}");
    thought.thinking_blocks = vec![domain::ThinkingBlock::Thinking {
        thinking: "hm".to_owned(),
        signature: Some("sig".to_owned()),
    }];
    let with = prompt(vec![Message::user("go"), thought, result("c", "r")]);
    let without = prompt(vec![Message::user("go"), call("c", "{}"), result("c", "r")]);
    assert_eq!(fresh(&plan, &with)["thinking"]["budget_tokens"], 63_999);
    assert_eq!(fresh(&plan, &without).get("thinking"), None);
    let foreign = Tweaks {
        thoughts_from: 3,
        ..Tweaks::default()
    };
    let sent = body(&plan, &with, &foreign, &Memory::default());
    assert_eq!(sent.get("thinking"), None);
    assert_eq!(sent["messages"][1]["content"][0]["type"], "tool_use");
}

#[test]
fn what_was_refused_stays_out() {
    let plan = plan("openai/mock");
    let mut prompt = prompt(vec![Message::user("hi")]);
    prompt.cache_key = Some("k".to_owned());
    let refused = Tweaks {
        dropped: vec!["reasoning_effort", "prompt_cache_key"],
        strings: true,
        ..Tweaks::default()
    };
    assert_eq!(
        body(&plan, &prompt, &refused, &Memory::default()),
        json!({"model": "mock", "messages": [{"content": "hi", "role": "user"}]})
    );
}

#[test]
fn sampling_and_extra_options_are_sent_where_they_may() {
    let mut plan = plan("openrouter/some/model");
    plan.spec.temperature = Some(0.0);
    plan.spec.top_p = Some(0.9);
    plan.spec.top_k = Some(40.0);
    plan.spec.seed = Some(7);
    let extra = json!({"provider": {"only": ["x"]}, "session_id": "mine"});
    plan.spec.litellm_extra_body = extra.as_object().unwrap().clone();
    plan.traits.sampling = true;
    let mut prompt = prompt(vec![Message::user("hi")]);
    prompt.cache_key = Some("k".to_owned());
    let sent = fresh(&plan, &prompt);
    assert_eq!(
        (
            &sent["temperature"],
            &sent["top_p"],
            &sent["top_k"],
            &sent["seed"]
        ),
        (&json!(0.0), &json!(0.9), &json!(40), &json!(7))
    );
    assert_eq!(sent["session_id"], "mine");
    assert_eq!(sent["provider"]["only"][0], "x");
    let warm = Tweaks {
        warm: true,
        ..Tweaks::default()
    };
    assert_eq!(
        body(&plan, &prompt, &warm, &Memory::default())["temperature"],
        1.0
    );
    plan.traits.sampling = false;
    assert_eq!(fresh(&plan, &prompt).get("temperature"), None);
}

#[test]
fn at_most_four_marks_are_set_and_the_newest_win() {
    let plan = plan("anthropic/claude-opus-5");
    let system = vec![Content::text("static"), Content::text("dynamic")];
    let mut messages = vec![Message::new(Role::System, system)];
    for n in 0..4 {
        messages.push(Message::user(format!("q{n}")));
        messages.push(Message::new(Role::Assistant, vec![Content::text("a")]));
    }
    messages.push(Message::user("last"));
    let mut prompt = prompt(messages);
    prompt.tools = Arc::from([tool("a"), tool("b")]);
    prompt.cache_marks = vec![1, 3, 7, 9];
    let sent = fresh(&plan, &prompt);
    assert_eq!(sent.to_string().matches("cache_control").count(), 4);
    assert!(sent["tools"][1].get("cache_control").is_some());
    assert!(sent["system"][0].get("cache_control").is_some());
    assert!(sent["system"][1].get("cache_control").is_none());
    for (turn, marked) in [(0, false), (2, false), (6, true), (8, true)] {
        let block = &sent["messages"][turn]["content"][0];
        assert_eq!(block.get("cache_control").is_some(), marked, "{turn}");
    }
    let unmarked = Tweaks {
        unmarked: true,
        ..Tweaks::default()
    };
    let sent = body(&plan, &prompt, &unmarked, &Memory::default());
    assert!(!sent.to_string().contains("cache_control"));
}

#[test]
fn deepseek_gets_strings_and_its_reasoning_back() {
    let mut first = Message::new(
        Role::Assistant,
        vec![Content::text("a"), Content::text("b")],
    );
    first.reasoning_content = Some("because".to_owned());
    let second = Message::new(Role::Assistant, vec![Content::text("c")]);
    let sent = fresh(
        &plan("deepseek/deepseek-reasoner"),
        &prompt(vec![Message::user("q"), first, Message::user("r"), second]),
    );
    assert_eq!(
        sent["messages"][1],
        json!({"content": "a\nb", "role": "assistant", "reasoning_content": "because"})
    );
    assert_eq!(sent["messages"][3]["reasoning_content"], " ");
    assert_eq!(sent["thinking"], json!({"type": "enabled"}));
}
