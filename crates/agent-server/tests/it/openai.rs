//! Agents asked as models: what clients of OpenAI send, and what they read.

use serde_json::{Value, json};
use testkit::gate::Gate;
use testkit::model::{Cause, Script};

use super::place::{KEY, Place};
use super::wire::Answer;

const CONVERSATION: &str = "x-openhands-serverconversation-id";

/// A place with the profile `fast`.
async fn with_profile(script: Script) -> Place {
    let place = Place::playing(script).await;
    let llm = json!({"llm": {"model": "openai/x", "api_key": "sk"}});
    let saved = place.ask("POST", "/api/profiles/fast", llm).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    place
}

/// Asks as a client of OpenAI does.
async fn ask(place: &Place, path: &str, more: &[(&str, &str)], body: &Value) -> Answer {
    let bearer = format!("Bearer {KEY}");
    let mut headers = vec![
        ("content-type", "application/json"),
        ("authorization", bearer.as_str()),
    ];
    headers.extend(more);
    let body = body.to_string();
    place.raw("POST", path, &headers, body.as_bytes()).await
}

fn hello() -> Value {
    json!({"model": "openhands_fast", "messages": [{"role": "user", "content": "Hello."}]})
}

async fn chat(place: &Place, more: &[(&str, &str)], body: &Value) -> Answer {
    ask(place, "/v1/chat/completions", more, body).await
}

/// The conversation that an answer comes from.
fn conversation(answer: &Answer) -> String {
    answer.header(CONVERSATION).unwrap().to_owned()
}

#[tokio::test]
async fn profiles_are_listed_as_models_for_whoever_has_the_key() {
    let place = with_profile(Script::new()).await;
    let llm = json!({"llm": {"model": "openai/y"}});
    place.ask("POST", "/api/profiles/Able", llm).await;
    let bearer = format!("bearer {KEY}");
    for opens in [
        ("authorization", bearer.as_str()),
        ("x-session-api-key", KEY),
    ] {
        let listed = place.raw("GET", "/v1/models", &[opens], b"").await;
        assert_eq!(listed.status, 200);
        let model =
            |id| json!({"id": id, "created": 0, "object": "model", "owned_by": "openhands"});
        let data = [model("openhands_Able"), model("openhands_fast")];
        assert_eq!(listed.json(), json!({"object": "list", "data": data}));
    }
    let basic = format!("Basic {KEY}");
    for refused in [
        ("authorization", "Bearer wrong"),
        ("authorization", basic.as_str()),
        ("authorization", KEY),
        ("x-session-api-key", "wrong"),
        ("x-other", ""),
    ] {
        for (method, path) in [
            ("GET", "/v1/models"),
            ("POST", "/v1/chat/completions"),
            ("POST", "/v1/responses"),
        ] {
            let refused = place.raw(method, path, &[refused], b"{}").await;
            assert_eq!(refused.status, 401, "{method} {path}");
            assert_eq!(refused.json(), json!({"detail": "Unauthorized"}));
        }
    }
}

#[tokio::test]
async fn a_conversation_answers_and_is_gone_on_with() {
    let script = Script::new().says("One.").uses(100, 20).then();
    let place = with_profile(script.says("Two.").uses(10, 2)).await;
    let answer = chat(&place, &[], &hello()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let said = answer.json();
    assert!(said["id"].as_str().unwrap().starts_with("chatcmpl-"));
    assert_eq!(said["object"], "chat.completion");
    assert_eq!(said["model"], "openhands_fast");
    assert!(said["created"].is_u64());
    let choice = json!({
        "finish_reason": "stop", "index": 0, "message": {"content": "One.", "role": "assistant"},
    });
    assert_eq!(said["choices"], json!([choice]));
    let usage = json!({"completion_tokens": 20, "prompt_tokens": 100, "total_tokens": 120});
    assert_eq!(said["usage"], usage);

    let id = conversation(&answer);
    let more = chat(&place, &[(CONVERSATION, &id)], &hello()).await;
    assert_eq!(more.status, 200, "{}", more.text());
    assert_eq!(conversation(&more), id);
    let said = more.json();
    assert_eq!(said["choices"][0]["message"]["content"], "Two.");
    assert_eq!(said["usage"]["total_tokens"], 132);
    let count = place.get("/api/conversations/count").await;
    assert_eq!(count.json(), 1);
}

#[tokio::test]
async fn a_conversation_is_made_under_the_name_it_is_given_with_what_is_said_of_it() {
    let place = with_profile(Script::new().says("Done.")).await;
    let id = "0b8e3a5c-5c8e-4b7e-9d6f-1c2d3e4f5a6b";
    let mut asked = hello();
    asked["messages"] = json!([
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Forgotten."},
        {"role": "assistant", "content": null},
        {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
        {"role": "user", "content": [
            {"type": "text", "text": "Look:"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
        ]},
    ]);
    let head = [
        (CONVERSATION, id),
        ("x-openhands-observability-tags", "a, b,,"),
        ("x-openhands-observability-span-name", "asked"),
        ("x-openhands-observability-metadata", r#"{"n": 1}"#),
    ];
    let answer = chat(&place, &head, &asked).await;
    assert_eq!((answer.status, conversation(&answer).as_str()), (200, id));
    let info = place.get(&format!("/api/conversations/{id}")).await.json();
    let context = &info["agent"]["agent_context"]["system_message_suffix"];
    assert!(
        context.as_str().unwrap().ends_with("Be brief.\n\nBe kind."),
        "{context}"
    );
    assert_eq!(info["launched_agent_profile"]["llm_profile_ref"], "fast");
    assert_eq!(info["agent"]["llm"]["model"], "openai/x");
    let search = format!("/api/conversations/{id}/events/search?source=user");
    let events = place.get(&search).await.json();
    let [message] = &*events["items"].as_array().unwrap().clone() else {
        panic!("{events}")
    };
    let content = &message["llm_message"]["content"];
    assert_eq!(content[0]["text"], "Look:");
    assert_eq!(
        content[1]["image_urls"],
        json!(["data:image/png;base64,AA=="])
    );
}

#[tokio::test]
async fn a_stream_says_who_speaks_what_and_why_it_ends() {
    let place = with_profile(Script::new().says("Streamed.").uses(7, 3)).await;
    let mut asked = hello();
    asked["stream"] = true.into();
    asked["stream_options"] = json!({"include_usage": true});
    let answer = chat(&place, &[], &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("text/event-stream; charset=utf-8"));
    conversation(&answer);
    let text = answer.text();
    let mut events: Vec<&str> = text.split("\n\n").collect();
    assert_eq!(events.pop(), Some(""));
    assert_eq!(events.pop(), Some("data: [DONE]"));
    let chunks = events
        .iter()
        .map(|event| event.strip_prefix("data: ").unwrap());
    let chunks: Vec<Value> = chunks
        .map(|json| serde_json::from_str(json).unwrap())
        .collect();
    for chunk in &chunks {
        assert_eq!(chunk["object"], "chat.completion.chunk");
        assert_eq!(
            (&chunk["id"], &chunk["model"]),
            (&chunks[0]["id"], &json!("openhands_fast"))
        );
    }
    let choices: Vec<&Value> = chunks.iter().map(|chunk| &chunk["choices"]).collect();
    let expected = [
        json!([{"delta": {"role": "assistant"}, "index": 0}]),
        json!([{"delta": {"content": "Streamed."}, "index": 0}]),
        json!([{"delta": {}, "finish_reason": "stop", "index": 0}]),
        json!([]),
    ];
    assert_eq!(choices, expected.iter().collect::<Vec<_>>());
    let usage = json!({"completion_tokens": 3, "prompt_tokens": 7, "total_tokens": 10});
    assert_eq!(chunks[3]["usage"], usage);
    assert!(chunks[..3].iter().all(|chunk| chunk.get("usage").is_none()));
}

#[tokio::test]
async fn a_response_answers_a_dialogue() {
    let script = Script::new()
        .says("Answered.")
        .uses(9, 4)
        .caches(5, 0)
        .reasons(2);
    let place = with_profile(script).await;
    let asked = json!({
        "model": "openhands_fast",
        "instructions": " Be brief. ",
        "metadata": {"k": "v"},
        "input": [
            {"role": "user", "content": "What?"},
            {"role": "assistant", "content": [{"type": "output_text", "text": "That."}]},
            {"role": "user", "content": [{"type": "input_text", "text": "And?"}]},
        ],
    });
    let answer = ask(&place, "/v1/responses", &[], &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let said = answer.json();
    assert!(said["id"].as_str().unwrap().starts_with("resp_"));
    assert_eq!(
        (&said["object"], &said["status"]),
        (&json!("response"), &json!("completed"))
    );
    assert_eq!(said["instructions"], " Be brief. ");
    assert_eq!(said["metadata"], json!({"k": "v"}));
    assert_eq!(said.get("previous_response_id"), None);
    assert!(said["completed_at"].as_f64() >= said["created_at"].as_f64());
    let message = &said["output"][0];
    assert_eq!(
        (&message["type"], &message["role"]),
        (&json!("message"), &json!("assistant"))
    );
    let text = json!({"annotations": [], "text": "Answered.", "type": "output_text"});
    assert_eq!(message["content"], json!([text]));
    let usage = json!({
        "input_tokens": 9, "input_tokens_details": {"cached_tokens": 5}, "output_tokens": 4,
        "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 13,
    });
    assert_eq!(said["usage"], usage);
    let id = conversation(&answer);
    let search = format!("/api/conversations/{id}/events/search?source=user");
    let events = place.get(&search).await.json();
    let content = events["items"][0]["llm_message"]["content"]
        .as_array()
        .unwrap();
    let texts: Vec<&str> = content
        .iter()
        .map(|part| part["text"].as_str().unwrap())
        .collect();
    let (person, agent, end) = (
        "<message role=\"user\">",
        "<message role=\"assistant\">",
        "</message>",
    );
    assert_eq!(
        texts,
        [
            person, "What?", end, agent, "That.", end, person, "And?", end
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_and_makes_no_conversation() {
    let place = with_profile(Script::new()).await;
    let user = |content: Value| json!([{"role": "user", "content": content}]);
    let said = user("Hello.".into());
    let part = |part: Value| user(json!([part]));
    let chats = [
        (
            "openhands",
            said.clone(),
            404,
            "Unknown OpenHands model 'openhands'. Use GET /v1/models.",
        ),
        (
            "openhands_",
            said.clone(),
            404,
            "Unknown OpenHands model 'openhands_'. Use GET /v1/models.",
        ),
        ("openhands_none", said, 404, "Profile 'none' not found"),
        (
            "openhands_fast",
            json!([{"role": "system", "content": "x"}]),
            400,
            "At least one user message is required",
        ),
        (
            "openhands_fast",
            part(json!({"type": "audio"})),
            400,
            "Unsupported content part type: audio",
        ),
        (
            "openhands_fast",
            part(json!({"type": "image_url"})),
            400,
            "image_url content part is missing a url",
        ),
    ];
    for (model, messages, status, detail) in chats {
        let answer = chat(&place, &[], &json!({"model": model, "messages": messages})).await;
        assert_eq!(
            (answer.status, answer.json()),
            (status, json!({"detail": detail}))
        );
    }
    let long = json!([
        {"role": "system", "content": "x".repeat(32_769)}, {"role": "user", "content": "Hello."},
    ]);
    let answer = chat(
        &place,
        &[],
        &json!({"model": "openhands_fast", "messages": long}),
    )
    .await;
    assert_eq!(
        (answer.status, answer.json()),
        (400, json!({"detail": "System instructions are too long"}))
    );
    let responses = [
        (
            json!({"stream": true}),
            "Streaming responses are not supported yet",
        ),
        (
            json!({"store": true}),
            "Persistent response storage (store=True) is not supported yet",
        ),
        (
            json!({"previous_response_id": "resp_1"}),
            "previous_response_id is not supported; replay input items instead",
        ),
        (json!({"input": ""}), "Responses input must not be empty"),
        (
            json!({"input": []}),
            "Responses input must include a user message",
        ),
    ];
    for (more, detail) in responses {
        let mut asked = json!({"model": "openhands_fast", "input": "Hello."});
        asked
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = ask(&place, "/v1/responses", &[], &asked).await;
        assert_eq!(
            (answer.status, answer.json()),
            (400, json!({"detail": detail}))
        );
    }
    for head in [
        ("x-openhands-observability-span-name", "not a name"),
        ("x-openhands-observability-metadata", "{"),
        ("x-openhands-observability-metadata", r#"{"a": {}}"#),
        (CONVERSATION, "no-id"),
    ] {
        let answer = chat(&place, &[head], &hello()).await;
        assert_eq!(answer.status, 422, "{head:?}: {}", answer.text());
    }
    let count = place.get("/api/conversations/count").await;
    assert_eq!(count.json(), 0);
}

#[tokio::test]
async fn an_agent_that_fails_or_is_stopped_is_no_answer() {
    let place = with_profile(Script::new().fails_for(Cause::Auth)).await;
    let answer = chat(&place, &[], &hello()).await;
    assert_eq!(answer.status, 500, "{}", answer.text());
    let exception = answer.json()["exception"].clone();
    assert_eq!(exception, "500: Agent run ended with status: error");

    let gate = Gate::new();
    let place = with_profile(Script::new().says("Never.").waits_at(&gate)).await;
    let id = "0b8e3a5c-5c8e-4b7e-9d6f-1c2d3e4f5a6c";
    let (head, asked) = ([(CONVERSATION, id)], hello());
    let stop = async {
        let running = format!("/api/conversations/{id}");
        while place.get(&running).await.json()["execution_status"] != "running" {
            tokio::task::yield_now().await;
        }
        place
            .ask("POST", &format!("{running}/interrupt"), Value::Null)
            .await
    };
    let (answer, stopped) = tokio::join!(chat(&place, &head, &asked), stop);
    assert_eq!(stopped.status, 200);
    assert_eq!(answer.status, 409, "{}", answer.text());
    let detail = answer.json()["detail"].clone();
    assert_eq!(detail, "Agent run ended with status: paused");
}

#[tokio::test]
async fn everything_is_put_on_the_disk_before_a_pause_and_no_credential_is_bound() {
    let place = with_profile(Script::new().says("Done.")).await;
    let answer = chat(&place, &[], &hello()).await;
    let id = conversation(&answer);
    let path = "/api/conversations/prepare-for-sandbox-pause";
    let drained = place.ask("POST", path, Value::Null).await;
    assert_eq!((drained.status, drained.text()), (204, String::new()));
    let binding = json!({"url": "http://127.0.0.1:1/x", "headers": {}});
    for (id, status) in [
        (id.as_str(), 501),
        ("0b8e3a5c-5c8e-4b7e-9d6f-1c2d3e4f5a6d", 404),
    ] {
        let path = format!("/api/conversations/{id}/credential-bindings/TOKEN");
        let bound = place.ask("PUT", &path, binding.clone()).await;
        assert_eq!(bound.status, status, "{}", bound.text());
    }
}
