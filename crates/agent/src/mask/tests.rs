//! What is hidden of texts, streams and events, and what is not.

use domain::{
    Action, ActionEvent, Body, Event, EventId, FileEditorAction, Map, Origin, Risk, Source, Stamp,
    StateUpdate, ToolCall,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::json::Care;
use super::{HIDDEN, Mask, Veil};

fn mask(values: &[&str]) -> Mask {
    let mut mask = Mask::default();
    mask.add(values.iter().copied());
    mask
}

fn through_a_veil(mask: &Mask, pieces: &[&str]) -> (Vec<String>, String) {
    let (_keep, mask) = watch::channel(mask.clone());
    let mut veil = Veil::new(mask);
    let shown = pieces.iter().map(|piece| veil.push(piece)).collect();
    (shown, veil.finish())
}

#[test]
fn a_secret_is_hidden_in_every_form() {
    let secret = "p\"ss/w\u{f6}rd\n+1";
    let mask = mask(&[secret]);
    let in_json = Value::from(secret).to_string();
    let twice = Value::from(in_json.as_str()).to_string();
    for text in [
        secret,
        &in_json,
        &twice,
        "p%22ss%2Fw%C3%B6rd%0A%2B1",
        "p%22ss%2fw%c3%b6rd%0a%2b1",
    ] {
        let shown = mask.text(&format!("<{text}>"));
        assert!(shown.contains(HIDDEN), "{text} stays in {shown}");
        assert!(!shown.contains("rd"), "some of it stays: {shown}");
    }
}

#[test]
fn a_secret_is_hidden_inside_something_encoded_wherever_it_stands() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    let secret = "hunter2?>~hunter2";
    let mask = mask(&[secret]);
    for user in ["", "u", "me", "you", "them"] {
        let plain = format!("{user}:{secret}:x");
        for encoded in [STANDARD.encode(&plain), URL_SAFE.encode(&plain)] {
            let shown = mask.text(&encoded);
            assert!(shown.contains(HIDDEN), "{plain} as {encoded}");
            assert!(shown.len() < HIDDEN.len() + 16, "too much stays: {shown}");
        }
    }
}

#[test]
fn every_line_of_a_key_file_is_hidden_by_itself() {
    let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END KEY-----";
    let shown = mask(&[key]).text("  1\tMIIEvQIBADANBgkqhkiG9w0B\r\n  2\tAQEFAASCBKcwggSjAgEAAoIB");
    assert_eq!(shown, format!("  1\t{HIDDEN}\r\n  2\t{HIDDEN}"));
}

#[test]
fn short_values_are_left_alone() {
    let mask = mask(&["12345", "  a  ", ""]);
    assert!(mask.is_empty());
    assert_eq!(mask.text("12345 a"), "12345 a");
}

#[test]
fn secrets_that_overlap_are_hidden_as_one() {
    let mask = mask(&["abcdef", "defghi"]);
    assert_eq!(mask.text("-abcdefghi-"), format!("-{HIDDEN}-"));
    assert_eq!(mask.text("abcdefabcdef"), format!("{HIDDEN}{HIDDEN}"));
}

#[test]
fn what_stands_in_a_secrets_place_is_no_secret() {
    let mask = mask(&["secret", "hidden"]);
    let once = mask.text("my secret");
    assert_eq!(once, format!("my {HIDDEN}"));
    assert_eq!(mask.text(&once), once);
}

#[test]
fn what_was_hidden_once_stays_hidden() {
    let mut mask = mask(&["old-value"]);
    mask.add(["new-value"]);
    assert_eq!(
        mask.text("old-value new-value"),
        format!("{HIDDEN} {HIDDEN}")
    );
}

#[test]
fn a_stream_is_held_back_only_while_it_may_be_a_secret() {
    let mask = mask(&["hunter2"]);
    let (shown, rest) = through_a_veil(&mask, &["I say hun", "ter", "2 and hun", "ting"]);
    assert_eq!(shown, ["I say ", "", &format!("{HIDDEN} and "), "hunting"]);
    assert_eq!(rest, "");
    assert_eq!(through_a_veil(&mask, &["hunt"]).1, "hunt");
}

#[test]
fn a_longer_secret_that_begins_like_a_shorter_one_is_hidden_whole() {
    let mask = mask(&["abcdef", "abcdefghij"]);
    let (shown, rest) = through_a_veil(&mask, &["abcdef", "ghij!"]);
    assert_eq!(shown.concat() + &rest, format!("{HIDDEN}!"));
    let (shown, rest) = through_a_veil(&mask, &["abcdef", "gh"]);
    assert_eq!(shown.concat() + &rest, format!("{HIDDEN}gh"));
}

#[test]
fn a_secret_added_while_a_stream_runs_is_hidden_from_then_on() {
    let (sender, receiver) = watch::channel(Mask::default());
    let mut veil = Veil::new(receiver);
    assert_eq!(veil.push("hunter2 "), "hunter2 ");
    sender.send_modify(|mask| mask.add(["hunter2"]));
    assert_eq!(veil.push("hunter2 "), format!("{HIDDEN} "));
}

fn event(body: Body) -> Event {
    Event {
        id: EventId::new("e"),
        timestamp: Stamp("2026-01-01T12:00:00.123456".to_owned()),
        source: Source::Agent,
        parent_id: None,
        body,
    }
}

fn call(action: Action, arguments: &str) -> Event {
    event(Body::Action(Box::new(ActionEvent {
        thought: Vec::new(),
        reasoning_content: None,
        thinking_blocks: Vec::new(),
        responses_reasoning_item: None,
        action: Some(action),
        tool_name: "tool_a".to_owned(),
        tool_call_id: "call_123456".to_owned(),
        tool_call: ToolCall {
            id: "call_123456".to_owned(),
            responses_item_id: None,
            name: "tool_a".to_owned(),
            arguments: arguments.to_owned(),
            origin: Origin::Completion,
        },
        llm_response_id: "r".to_owned(),
        security_risk: Risk::Unknown,
        critic_result: None,
        summary: None,
    })))
}

fn hide(mask: &Mask, event: &Event) -> Option<(Event, bytes::Bytes)> {
    mask.hide(event, &event.to_json())
}

fn foreign(fields: Value) -> Action {
    let Value::Object(fields) = fields else {
        panic!("not an object: {fields}");
    };
    Action::Foreign {
        kind: "EchoAction".to_owned(),
        fields,
    }
}

#[test]
fn a_number_that_is_a_secret_is_hidden_and_names_and_times_stay() {
    let event = call(foreign(json!({"pin": 123_456})), r#"{"pin": 123456}"#);
    let (masked, json) = hide(&mask(&["123456"]), &event).unwrap();
    let Body::Action(action) = &masked.body else {
        panic!("not an action: {masked:?}");
    };
    assert_eq!(masked.timestamp, event.timestamp);
    assert_eq!(action.tool_call.id, action.tool_call_id);
    assert_eq!(
        serde_json::from_str::<Value>(&action.tool_call.arguments).unwrap(),
        json!({"pin": HIDDEN}),
        "arguments stay JSON"
    );
    assert_eq!(action.action, Some(foreign(json!({"pin": HIDDEN}))));
    assert_eq!(Event::parse(&json).unwrap(), masked);
}

#[test]
fn a_secret_in_a_name_the_model_chose_is_hidden() {
    let event = call(foreign(json!({"k hunter2": {"hunter2 x": 1}})), "{}");
    let (masked, _) = hide(&mask(&["hunter2"]), &event).unwrap();
    assert!(!format!("{masked:?}").contains("hunter2"));
}

#[test]
fn a_secret_that_is_a_word_of_the_format_breaks_no_event() {
    let editor = Action::FileEditor(FileEditorAction {
        file_text: Some("please create it, command and all".to_owned()),
        ..serde_json::from_value(json!({"command": "create", "path": "/x"})).unwrap()
    });
    let words = [
        "create",
        "command",
        "FileEditorAction",
        "ActionEvent",
        "tool_a",
        "arguments",
    ];
    for word in words {
        let event = call(editor.clone(), &format!(r#"{{"command": "{word} it"}}"#));
        let (masked, _) =
            hide(&mask(&[word]), &event).unwrap_or_else(|| panic!("{word} is not there"));
        let Body::Action(action) = &masked.body else {
            panic!("{word}: no action any more: {masked:?}");
        };
        let Some(Action::FileEditor(edit)) = &action.action else {
            panic!("{word}: no edit any more: {masked:?}");
        };
        assert_eq!(edit.path, "/x");
        assert!(!action.tool_call.arguments.contains(&format!("{word} it")));
        assert!(
            edit.file_text
                .as_ref()
                .is_none_or(|text| !text.contains(word))
        );
    }
}

#[test]
fn a_secret_that_is_a_status_does_not_change_it() {
    let update = StateUpdate {
        key: "execution_status".to_owned(),
        value: Value::from("running"),
    };
    let event = event(Body::StateUpdate(update));
    let (masked, _) = hide(&mask(&["running", "execution_status"]), &event).unwrap();
    assert_eq!(masked, event);
}

#[test]
fn care_decides_about_plain_words_only() {
    let json = json!({"value": {"a": "running", "b": "so: running"}}).to_string();
    let mask = mask(&["running"]);
    let thorough = mask.event(json.as_bytes(), Care::Thorough).unwrap();
    assert_eq!(thorough["value"]["a"], HIDDEN);
    let sparing = mask.event(json.as_bytes(), Care::SparesWords).unwrap();
    assert_eq!(
        sparing["value"],
        json!({"a": "running", "b": format!("so: {HIDDEN}")})
    );
}

proptest! {
    #[test]
    fn a_stream_shows_no_secret_and_nothing_else_is_lost(
        text in "[ab]{0,12}(abbaab|babbab|)[abc]{0,12}(abbaabba)?[a-c]{0,5}",
        cuts in prop::collection::vec(0_usize..40, 0..6),
    ) {
        let mask = mask(&["abbaab", "babbab", "abbaabba"]);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&str> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
        let (shown, rest) = through_a_veil(&mask, &pieces);
        let shown = shown.concat() + &rest;
        prop_assert_eq!(&shown, &mask.text(&text), "of {:?}", pieces);
    }

    #[test]
    fn masked_events_are_events(secret in "[a-z0-9\"\\\\ ]{6,9}", before in ".{0,6}", number in any::<u64>()) {
        let fields: Map = Map::from_iter([
            ("text".to_owned(), Value::from(format!("{before}{secret}"))),
            ("number".to_owned(), Value::from(number)),
        ]);
        let event = call(foreign(Value::Object(fields.clone())), &Value::Object(fields).to_string());
        if let Some((masked, json)) = hide(&mask(&[&secret]), &event) {
            prop_assert_eq!(Event::parse(&json).unwrap(), masked.clone());
            let Body::Action(action) = masked.body else { panic!("no action any more") };
            prop_assert!(serde_json::from_str::<Value>(&action.tool_call.arguments).is_ok(), "{}", action.tool_call.arguments);
        }
    }
}
