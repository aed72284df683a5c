//! Which script is played to whom, what is remembered, and what happens at the ends.

use serde_json::{Value, json};
use testkit::gate::Gate;
use testkit::model::{Dialect, Library, Model, Said, Script, parse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{client, post, request, try_post};

async fn said(model: &Model, dialect: Dialect, body: &Value) -> String {
    let response = post(model, dialect, body).await;
    assert_eq!(response.status(), 200);
    let value: Value = response.json().await.unwrap();
    let pointer = match dialect {
        Dialect::Chat => "/choices/0/message/content",
        Dialect::Responses => "/output/0/content/0/text",
        Dialect::Anthropic => "/content/0/text",
    };
    value.pointer(pointer).unwrap().as_str().unwrap().to_owned()
}

fn with_tools(dialect: Dialect, text: &str) -> Value {
    let mut body = request(dialect, text, false);
    body["tools"] = match dialect {
        Dialect::Chat => json!([{"type": "function", "function": {"name": "t"}}]),
        Dialect::Responses => json!([{"type": "function", "name": "t"}]),
        Dialect::Anthropic => json!([{"name": "t", "input_schema": {}}]),
    };
    body
}

#[tokio::test]
async fn each_conversation_plays_its_scenario_from_the_start() {
    for dialect in Dialect::ALL {
        let library =
            parse("says anybody\nscenario two\nsays one\nsays two\nasides\nforever\n  says aside");
        let model = Model::playing(library.unwrap()).await;
        let ask = async |text| said(&model, dialect, &with_tools(dialect, text)).await;
        assert_eq!(ask("SCENARIO:two, please").await, "one");
        assert_eq!(ask("SCENARIO:two, again").await, "one");
        assert_eq!(ask("SCENARIO:two, please").await, "two");
        assert_eq!(ask("whatever").await, "anybody");
        let aside = request(dialect, "A title for SCENARIO:two, please", false);
        assert_eq!(said(&model, dialect, &aside).await, "aside");
    }
}

#[tokio::test]
async fn a_cache_key_tells_equal_conversations_apart() {
    let library = Library::new().with(Script::named("s").says("1").then().says("2"));
    let model = Model::playing(library).await;
    let ask = async |key: &str| {
        let mut body = request(Dialect::Chat, "SCENARIO:s", false);
        body["prompt_cache_key"] = json!(key);
        said(&model, Dialect::Chat, &body).await
    };
    assert_eq!(
        [ask("a").await, ask("b").await, ask("a").await],
        ["1", "1", "2"]
    );
}

#[tokio::test]
async fn a_script_that_runs_out_says_so() {
    let model = Model::playing(Script::named("short").says("a")).await;
    for dialect in Dialect::ALL {
        let body = request(dialect, &format!("SCENARIO:short {dialect:?}"), false);
        said(&model, dialect, &body).await;
        let response = post(&model, dialect, &body).await;
        assert_eq!(response.status(), 400);
        let text = response.text().await.unwrap();
        assert!(
            text.contains("the script \\\"short\\\" ran out at turn 2"),
            "{text}"
        );
    }
    let unknown = request(Dialect::Chat, "SCENARIO:long", false);
    let text = post(&model, Dialect::Chat, &unknown)
        .await
        .text()
        .await
        .unwrap();
    assert!(text.contains("there is no script \\\"long\\\""), "{text}");
}

#[tokio::test]
async fn a_script_reacts_to_what_tools_answered() {
    let text = "forever\n  says mend\n    when result FAILED\n  says done\n    when result ok";
    let model = Model::playing(parse(text).unwrap()).await;
    let chat = |result: &str| {
        json!({"model": "m", "messages": [
            {"role": "user", "content": "go"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "t", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": result}]},
        ]})
    };
    assert_eq!(said(&model, Dialect::Chat, &chat("2 FAILED")).await, "mend");
    assert_eq!(said(&model, Dialect::Chat, &chat("all ok")).await, "done");
    let responses = json!({"model": "m", "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "go"}]},
        {"type": "function_call", "call_id": "a", "name": "t", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "1 FAILED"},
    ]});
    assert_eq!(said(&model, Dialect::Responses, &responses).await, "mend");
    let anthropic = json!({"model": "m", "max_tokens": 9, "messages": [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "t", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a",
            "content": [{"type": "text", "text": "ok"}]}]},
    ]});
    assert_eq!(said(&model, Dialect::Anthropic, &anthropic).await, "done");
    let response = post(&model, Dialect::Chat, &chat("?")).await;
    let text = response.text().await.unwrap();
    assert!(text.contains("no turn left fits"), "{text}");
    let history = |at: usize| model.requests()[at].ask().history.len();
    assert_eq!([history(0), history(2), history(3)], [3, 3, 3]);
}

#[tokio::test]
async fn requests_are_kept_as_they_came() {
    let model = Model::playing(Script::new().says("a")).await;
    let body = with_tools(Dialect::Responses, "hello");
    post(&model, Dialect::Responses, &body).await;
    let request = model.asked(1).await.remove(0);
    assert_eq!(
        (&*request.method, &*request.path),
        ("POST", "/v1/responses")
    );
    request.assert_body(&json!({
        "model": "m",
        "stream": false,
        "input": "hel<any>",
        "tools": [{"type": "function", "name": "t"}],
    }));
    request.assert_header("content-type", "application/json");
    let ask = request.ask();
    assert_eq!(
        (ask.tools, ask.history),
        (vec!["t".to_owned()], vec![Said::User("hello".to_owned())])
    );
}

#[tokio::test]
async fn a_gate_holds_the_answer_and_notices_who_leaves() {
    let gate = Gate::new();
    let script = Script::new()
        .waits_at(&gate)
        .says("first")
        .then()
        .says("second");
    let model = Model::playing(script).await;
    let body = request(Dialect::Chat, "hi", false);
    tokio::select! {
        answer = try_post(&model, Dialect::Chat, &body) => panic!("{answer:?}"),
        () = gate.reached(1) => {}
    }
    model.abandoned(1).await;
    gate.open();
    assert_eq!(said(&model, Dialect::Chat, &body).await, "second");
}

#[tokio::test]
async fn other_paths_and_methods_have_answers_too() {
    let model = Model::start().await;
    let get = async |path: &str, anthropic: bool| {
        let mut request = client().get(format!("{}{path}", model.url()));
        if anthropic {
            request = request.header("anthropic-version", "2023-06-01");
        }
        let response = request.send().await.unwrap();
        (
            response.status().as_u16(),
            response.json::<Value>().await.unwrap(),
        )
    };
    let (status, models) = get("/v1/models", false).await;
    assert_eq!(
        (status, &models["data"][0]["object"]),
        (200, &json!("model"))
    );
    let (_, models) = get("/v1/models?limit=5", true).await;
    assert_eq!(models["data"][0]["type"], "model");
    assert_eq!(get("/nothing", false).await.0, 404);
    assert_eq!(get("/v1/messages", false).await.0, 405);
    let response = client()
        .post(format!(
            "{}/some/prefix/chat/completions?api-version=1",
            model.url()
        ))
        .body("{no json")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 400);
    assert!(response.text().await.unwrap().contains("not valid JSON"));
}

#[tokio::test]
async fn a_body_may_come_in_chunks_after_a_question() {
    let model = Model::playing(Script::new().forever(Script::new().says("a"))).await;
    let address = model.url().replace("http://", "");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 25];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    let body = request(Dialect::Chat, "hi", false).to_string();
    let (front, back) = body.split_at(10);
    for part in [front, back] {
        let chunk = format!("{:x}\r\n{part}\r\n", part.len());
        stream.write_all(chunk.as_bytes()).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let request = model.asked(1).await.remove(0);
    assert_eq!(request.json()["messages"][0]["content"], "hi");
}

#[tokio::test]
async fn dropping_the_model_frees_its_port() {
    let model = Model::playing(Script::new().hangs()).await;
    let address = model.url().replace("http://", "");
    let stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    drop(model);
    drop(stream);
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn a_forgetful_model_answers_and_keeps_nothing() {
    let script = Script::new()
        .repeat(50, Script::new().says("more"))
        .says("end");
    let model = Model::playing(script).await.forgetful();
    for _ in 0..50 {
        let body = request(Dialect::Chat, "hi", false);
        assert_eq!(said(&model, Dialect::Chat, &body).await, "more");
    }
    let body = request(Dialect::Chat, "hi", false);
    assert_eq!(said(&model, Dialect::Chat, &body).await, "end");
    assert!(model.requests().is_empty());
    model.play(Script::new().says("anew"));
    assert_eq!(said(&model, Dialect::Chat, &body).await, "anew");
}

#[tokio::test]
async fn tests_in_other_languages_script_a_model_by_its_name() {
    let model = Model::start().await;
    let text = "says one\nsays two";
    let learn = client().post(format!("{}/_script/mine", model.url()));
    assert_eq!(learn.body(text).send().await.unwrap().status(), 200);
    let ask = async |name: &str| {
        let mut body = with_tools(Dialect::Chat, "hello");
        body["model"] = json!(name);
        said(&model, Dialect::Chat, &body).await
    };
    assert_eq!(ask("mine").await, "one");
    let mut aside = request(Dialect::Chat, "a title, please", false);
    aside["model"] = json!("openai/mine");
    assert_eq!(
        said(&model, Dialect::Chat, &aside).await,
        "A scripted title"
    );
    assert_eq!(ask("openai/mine").await, "two");

    let url = format!("{}/_requests/mine", model.url());
    let sent: Value = client()
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let models: Vec<_> = sent
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["body"]["model"])
        .collect();
    assert_eq!(models, ["mine", "openai/mine", "openai/mine"]);
}

#[tokio::test]
async fn a_script_that_cannot_be_read_is_refused_with_its_line() {
    let model = Model::start().await;
    let learn = client().post(format!("{}/_script/mine", model.url()));
    let refused = learn.body("says one\nsings two").send().await.unwrap();
    assert_eq!(refused.status(), 400);
    let refused: Value = refused.json().await.unwrap();
    let why = refused["error"].as_str().unwrap();
    assert!(why.contains("line 2") && why.contains("sings"), "{why}");
}
