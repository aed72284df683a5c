//! Every way to fail, as a client sees it.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::model::{Cause, Dialect, Fault, Model, RetryAfter, Script, assert_json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{events, post, request, try_post, whole};

async fn failed(model: &Model, dialect: Dialect) -> (u16, Value) {
    let response = post(model, dialect, &request(dialect, "hi", true)).await;
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/json");
    (status, response.json().await.unwrap())
}

#[tokio::test]
async fn errors_come_in_the_words_of_the_provider() {
    let cases = [
        (
            Cause::ContextWindow,
            400,
            "context_length_exceeded",
            400,
            "prompt is too long: ",
        ),
        (
            Cause::MalformedHistory,
            400,
            "",
            400,
            "`tool_use` ids were found without",
        ),
        (
            Cause::Auth,
            401,
            "invalid_api_key",
            401,
            "invalid x-api-key",
        ),
        (
            Cause::RateLimit,
            429,
            "rate_limit_exceeded",
            429,
            "rate limit",
        ),
        (
            Cause::Quota,
            429,
            "insufficient_quota",
            400,
            "credit balance is too low",
        ),
        (
            Cause::ContentPolicy,
            400,
            "content_policy_violation",
            400,
            "content filtering policy",
        ),
        (Cause::NoModel, 404, "model_not_found", 404, "model: "),
        (Cause::Overloaded, 503, "", 529, "Overloaded"),
        (Cause::Internal, 500, "", 500, "Internal server error"),
        (Cause::Timeout, 504, "", 504, "timed out"),
        (
            Cause::BadRequest,
            400,
            "unknown_parameter",
            400,
            "Extra inputs",
        ),
    ];
    for (cause, status, code, anthropic_status, words) in cases {
        let model = Model::playing(Script::new().forever(Script::new().fails_for(cause))).await;
        let (got, body) = failed(&model, Dialect::Chat).await;
        assert_eq!(got, status, "{cause:?}");
        assert_eq!(body["error"]["code"].as_str().unwrap_or_default(), code);
        let (got, _) = failed(&model, Dialect::Responses).await;
        assert_eq!(got, status, "{cause:?}");
        let (got, body) = failed(&model, Dialect::Anthropic).await;
        assert_eq!((got, &body["type"]), (anthropic_status, &json!("error")));
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{cause:?}: {message}");
    }
}

#[tokio::test]
async fn an_error_may_have_a_status_and_words_of_its_own() {
    let script = Script::new().forever(Script::new().fails(402).with_words("pay first"));
    let model = Model::playing(script).await;
    let (status, body) = failed(&model, Dialect::Chat).await;
    assert_eq!(
        (status, &body["error"]["message"]),
        (402, &json!("pay first"))
    );
    let (status, body) = failed(&model, Dialect::Anthropic).await;
    assert_eq!(status, 402);
    assert_json(
        &body,
        &json!({
            "type": "error",
            "error": {"type": "billing_error", "message": "pay first"},
            "request_id": "req_testkit",
        }),
    );
}

#[tokio::test]
async fn a_retry_is_asked_for_in_every_form() {
    let script = Script::new()
        .fails(429)
        .retry_after(2)
        .fails(429)
        .retry(RetryAfter::Date(60))
        .fails(503)
        .retry(RetryAfter::Millis(1_500))
        .fails(503)
        .retry(RetryAfter::Text("soon".to_owned()))
        .says("at last");
    let model = Model::playing(script).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let response = post(&model, Dialect::Chat, &request(Dialect::Chat, "hi", false)).await;
        let header = |name| {
            response
                .headers()
                .get(name)
                .map(|v| v.to_str().unwrap().to_owned())
        };
        seen.push((header("retry-after"), header("retry-after-ms")));
    }
    assert_eq!(seen[0].0.as_deref(), Some("2"));
    let date = seen[1].0.as_deref().unwrap();
    assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
    assert_eq!(seen[2], (None, Some("1500".to_owned())));
    assert_eq!(seen[3].0.as_deref(), Some("soon"));
    let done = whole(&model, Dialect::Chat).await;
    assert_eq!(done["choices"][0]["message"]["content"], "at last");
}

/// What came of a body, and whether it came whole.
async fn read(mut response: reqwest::Response) -> (String, bool) {
    let mut text = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => text.extend_from_slice(&chunk),
            Ok(None) => return (String::from_utf8(text).unwrap(), true),
            Err(_) => return (String::from_utf8(text).unwrap(), false),
        }
    }
}

#[tokio::test]
async fn a_stream_is_cut_and_the_next_try_is_whole() {
    for dialect in Dialect::ALL {
        let script = Script::new().says("a rather long answer").cuts_after(3);
        let model = Model::playing(script).await;
        let body = request(dialect, "hi", true);
        let (text, complete) = read(post(&model, dialect, &body).await).await;
        assert_eq!((events(&text).len(), complete), (3, false), "{dialect:?}");
        let (_, complete) = read(post(&model, dialect, &body).await).await;
        assert!(complete);
    }
}

#[tokio::test]
async fn a_body_is_cut_in_the_middle() {
    let model = Model::playing(Script::new().says("whole").cuts_after(0)).await;
    let body = request(Dialect::Chat, "hi", false);
    let response = post(&model, Dialect::Chat, &body).await;
    let length = response.content_length().unwrap();
    let (text, complete) = read(response).await;
    assert_eq!((text.len() as u64, complete), (length / 2, false));
}

#[tokio::test]
async fn an_error_comes_inside_a_stream() {
    for (dialect, words) in [
        (Dialect::Chat, "/error/message"),
        (Dialect::Responses, "/message"),
        (Dialect::Anthropic, "/error/message"),
    ] {
        let script = Script::new()
            .says("text")
            .breaks_after(2)
            .with_words("sorry");
        let model = Model::playing(script).await;
        let response = post(&model, dialect, &request(dialect, "hi", true)).await;
        assert_eq!(response.status(), 200);
        let (text, complete) = read(response).await;
        let events = events(&text);
        assert_eq!((events.len(), complete), (3, true));
        let last = events[2].json();
        assert_eq!(
            last.pointer(words),
            Some(&json!("sorry")),
            "{dialect:?}: {last}"
        );
    }
}

#[tokio::test]
async fn silence_lasts_until_the_client_gives_up() {
    let model = Model::playing(Script::new().hangs().says("back")).await;
    let body = request(Dialect::Chat, "hi", false);
    tokio::select! {
        answer = try_post(&model, Dialect::Chat, &body) => panic!("{answer:?}"),
        _ = model.asked(1) => {}
    }
    model.abandoned(1).await;
    let done = whole(&model, Dialect::Chat).await;
    assert_eq!(done["choices"][0]["message"]["content"], "back");
}

#[tokio::test]
async fn a_stream_falls_silent_and_stays_open() {
    let model = Model::playing(Script::new().says("a long text").stalls_after(2)).await;
    let body = request(Dialect::Anthropic, "hi", true);
    let mut response = post(&model, Dialect::Anthropic, &body).await;
    let mut text = String::new();
    while events(&text).len() < 2 {
        let chunk = response.chunk().await.unwrap().unwrap();
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    drop(response);
    model.abandoned(1).await;
    assert_eq!(events(&text).len(), 2);
}

#[tokio::test]
async fn no_answer_or_none_that_is_http() {
    let script = Script::new()
        .faults(Fault::HangsUp)
        .faults(Fault::Noise)
        .says("a");
    let model = Model::playing(script).await;
    let body = request(Dialect::Chat, "hi", false);
    assert!(try_post(&model, Dialect::Chat, &body).await.is_err());
    assert!(try_post(&model, Dialect::Chat, &body).await.is_err());
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn answers_that_are_no_answers() {
    let script = Script::new()
        .faults(Fault::Html { status: 502 })
        .faults(Fault::Garbage)
        .faults(Fault::WrongType)
        .says("a");
    let model = Model::playing(script).await;
    let body = request(Dialect::Chat, "hi", false);
    let page = post(&model, Dialect::Chat, &body).await;
    assert_eq!(
        (page.status().as_u16(), &page.headers()["content-type"]),
        (502, &"text/html".parse().unwrap())
    );
    assert!(page.text().await.unwrap().contains("<h1>502 Error</h1>"));
    let garbage = post(&model, Dialect::Chat, &body).await;
    assert!(garbage.json::<Value>().await.is_err());
    let wrong = post(&model, Dialect::Chat, &body).await;
    assert_eq!(wrong.headers()["content-type"], "application/octet-stream");
    let value: Value = wrong.json().await.unwrap();
    assert_eq!(value["choices"][0]["message"]["content"], "a");
}

#[tokio::test]
async fn garbage_in_a_stream_is_no_utf8_and_no_json() {
    let model = Model::playing(Script::new().faults(Fault::Garbage)).await;
    let response = post(&model, Dialect::Chat, &request(Dialect::Chat, "hi", true)).await;
    let bytes = response.bytes().await.unwrap();
    assert!(String::from_utf8(bytes.to_vec()).is_err());
}

#[tokio::test]
async fn a_line_never_ends() {
    let bytes = 3_000_000;
    let model = Model::playing(Script::new().faults(Fault::LongLine { bytes })).await;
    let response = post(&model, Dialect::Chat, &request(Dialect::Chat, "hi", true)).await;
    let (text, complete) = read(response).await;
    assert!(text.len() >= bytes && !text.contains('\n') && !complete);
}

#[tokio::test]
async fn packets_cut_events_and_letters_anywhere() {
    let script = Script::new().says("wörk ✓ done").in_packets_of(1);
    let model = Model::playing(script).await;
    let address = model.url().replace("http://", "");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = request(Dialect::Anthropic, "hi", true).to_string();
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: x\r\nanthropic-version: x\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n0\r\n\r\n") {
        assert_ne!(stream.read_buf(&mut text).await.unwrap(), 0);
    }
    assert!(String::from_utf8(text).unwrap().contains("wörk ✓ done"));
}

#[tokio::test]
async fn a_slow_reply_comes_event_by_event() {
    let script = Script::new()
        .says("one two three")
        .slowly(Duration::from_millis(1));
    let model = Model::playing(script).await;
    let body = request(Dialect::Anthropic, "hi", true);
    let (text, complete) = read(post(&model, Dialect::Anthropic, &body).await).await;
    assert!(complete);
    assert_eq!(
        events(&text).last().unwrap().name.as_deref(),
        Some("message_stop")
    );
}
