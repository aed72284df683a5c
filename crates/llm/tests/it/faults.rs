//! What a provider may refuse or get wrong, and what is made of it.

use domain::{Delta, LlmErrorKind, LlmSpec};
use serde_json::{Value, json};

use crate::scene::{ask, ask_patiently, attempts, chat, chat_events, client, spec, waits};
use crate::server::{Answer, Server};

fn refusal(status: u16, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({"error": {"message": message, "type": "invalid_request_error"}}),
    )
}

fn fine() -> Answer {
    Answer::json(200, &chat("fine"))
}

fn once(model: &str, server: &Server) -> LlmSpec {
    LlmSpec {
        num_retries: 1,
        ..spec(model, &server.url)
    }
}

#[tokio::test]
async fn too_many_requests_are_repeated_when_the_provider_says_so() {
    let seconds = refusal(429, "slow down").header("retry-after", "3");
    let date = refusal(503, "busy")
        .header("date", "Wed, 21 Oct 2026 07:28:00 GMT")
        .header("retry-after", "Wed, 21 Oct 2026 07:28:10 GMT");
    let reset = refusal(429, "slow down")
        .header("x-ratelimit-remaining-requests", "0")
        .header("x-ratelimit-reset-requests", "1m30s");
    let server = Server::start(vec![seconds, date, reset, fine()]).await;
    let (answer, heard) = ask_patiently(&client(&spec("openai/mock", &server.url)), false).await;
    assert_eq!(answer.unwrap().message.text(), "fine");
    assert_eq!(waits(&heard), [3.0, 10.0, 90.0]);
    let Delta::Retry { reason, .. } = &heard[1] else {
        panic!("{heard:?}")
    };
    assert!(reason.contains("answered 429: slow down"), "{reason}");
    let starts = heard.iter().filter(|d| matches!(d, Delta::Attempt(_)));
    let starts: Vec<&Delta> = starts.collect();
    assert_eq!(
        starts,
        [
            &Delta::Attempt(1),
            &Delta::Attempt(2),
            &Delta::Attempt(3),
            &Delta::Attempt(4)
        ]
    );
}

#[tokio::test]
async fn a_provider_that_is_down_is_tried_five_times() {
    let server = Server::start(vec![Answer::text(
        502,
        "text/html",
        "<title>Bad Gateway</title>",
    )])
    .await;
    let (answer, heard) = ask_patiently(&client(&spec("openai/mock", &server.url)), true).await;
    let error = answer.unwrap_err();
    assert_eq!(waits(&heard), [8.0, 16.0, 32.0, 64.0]);
    assert_eq!(
        (error.kind, error.status),
        (LlmErrorKind::Unavailable, Some(502))
    );
    let text = error.to_string();
    let host = server
        .url
        .trim_start_matches("http://")
        .trim_end_matches("/v1");
    assert!(
        text.starts_with(&format!("{host} (openai/mock) answered 502: ")),
        "{text}"
    );
    assert!(
        text.contains("Bad Gateway") && text.contains("attempt 5"),
        "{text}"
    );
    assert_eq!(server.seen().len(), 5);
}

#[tokio::test]
async fn some_refusals_are_final() {
    let cases = [
        (401, "bad key", LlmErrorKind::Auth, "The key was refused"),
        (429, "insufficient_quota", LlmErrorKind::Quota, "credit"),
        (
            400,
            "prompt is too long",
            LlmErrorKind::ContextWindow,
            "condensed",
        ),
        (
            400,
            "content_policy violation",
            LlmErrorKind::ContentPolicy,
            "differently",
        ),
        (
            400,
            "each tool_use must have a single result",
            LlmErrorKind::MalformedHistory,
            "rebuilt",
        ),
        (
            404,
            "The model `x` does not exist",
            LlmErrorKind::BadRequest,
            "model name may be wrong",
        ),
        (
            400,
            "Invalid model name passed in model=mock",
            LlmErrorKind::BadRequest,
            "model name may be wrong",
        ),
        (302, "", LlmErrorKind::BadRequest, "base URL"),
    ];
    for (status, message, kind, hint) in cases {
        let server = Server::start(vec![refusal(status, message)]).await;
        let (answer, heard) = ask(&client(&spec("openai/mock", &server.url)), false).await;
        let error = answer.unwrap_err();
        assert_eq!(
            (error.kind, error.status),
            (kind, Some(status)),
            "{message}"
        );
        assert!(error.hint.contains(hint), "{error}");
        assert_eq!(attempts(&heard), 1);
    }
}

#[tokio::test]
async fn a_provider_that_wants_to_rest_for_an_hour_is_not_waited_for() {
    let server = Server::start(vec![refusal(429, "later").header("retry-after", "3600")]).await;
    let (answer, heard) = ask(&client(&spec("openai/mock", &server.url)), false).await;
    let error = answer.unwrap_err();
    assert_eq!(error.kind, LlmErrorKind::RateLimit);
    assert!(error.hint.contains("3600 seconds"), "{error}");
    assert_eq!(attempts(&heard), 1);
}

#[tokio::test]
async fn a_key_is_never_repeated() {
    let server = Server::start(vec![refusal(
        401,
        "Incorrect API key provided: sk-very-secret",
    )])
    .await;
    let (answer, _) = ask(&client(&spec("openai/mock", &server.url)), false).await;
    let text = format!("{0} {0:?}", answer.unwrap_err());
    assert!(
        text.contains("**********") && !text.contains("sk-very-secret"),
        "{text}"
    );
    let client = client(&spec("openai/mock", &server.url));
    assert!(!format!("{client:?}").contains("sk-very-secret"));
}

#[tokio::test]
async fn a_wrong_name_or_address_is_pointed_out() {
    let server = Server::start(vec![refusal(404, "model: claude-sonet-4-5 not found")]).await;
    let (answer, _) = ask(
        &client(&spec("anthropic/claude-sonet-4-5", &server.url)),
        false,
    )
    .await;
    let hint = answer.unwrap_err().hint;
    assert!(hint.contains("`anthropic/claude-sonnet-4-5`"), "{hint}");
    let server = Server::start(vec![Answer::text(404, "text/plain", "404 page not found")]).await;
    let (answer, _) = ask(&client(&spec("openai/gpt-5.6", &server.url)), false).await;
    let hint = answer.unwrap_err().hint;
    assert!(
        hint.contains("/v1/responses") && hint.contains("`api_mode`"),
        "{hint}"
    );
}

#[tokio::test]
async fn a_stream_that_breaks_off_begins_anew() {
    let mut half = chat_events(&["fi", "ne"]);
    half.truncate(1);
    let server = Server::start(vec![
        Answer::events(&half),
        Answer::events(&half).missing(),
        Answer::events(&[json!({"error": {"message": "overloaded", "code": 529}})]),
        Answer::text(200, "text/event-stream", "data: {\"half"),
        Answer::events(&chat_events(&["fi", "ne"])),
    ])
    .await;
    let (answer, heard) = ask_patiently(&client(&spec("openai/mock", &server.url)), true).await;
    assert_eq!(answer.unwrap().message.text(), "fine");
    assert_eq!(waits(&heard), [8.0, 16.0, 32.0, 64.0]);
    assert!(matches!(heard[0], Delta::Attempt(1)) && matches!(heard[1], Delta::Text(_)));
    assert!(matches!(heard[2], Delta::Retry { .. }) && heard[3] == Delta::Attempt(2));
}

#[tokio::test]
async fn nonsense_is_no_reply() {
    for (stream, answer) in [
        (
            false,
            Answer::text(200, "text/html", "<html>Welcome!</html>"),
        ),
        (false, Answer::text(200, "application/json", "")),
        (false, Answer::json(200, &json!({"choices": []}))),
        (true, Answer::text(200, "text/event-stream", "")),
        (true, Answer::events(&[json!("<garbage>")])),
        (
            true,
            Answer::text(200, "application/json", "{\"choices\": 5}"),
        ),
    ] {
        let server = Server::start(vec![answer.clone()]).await;
        let (reply, heard) = ask(&client(&once("openai/mock", &server)), stream).await;
        let error = reply.unwrap_err();
        assert_eq!(error.kind, LlmErrorKind::NoResponse, "{answer:?}");
        assert_eq!(attempts(&heard), 1);
    }
}

#[tokio::test]
async fn an_empty_reply_at_temperature_zero_is_asked_for_again_at_one() {
    let nothing = Answer::json(200, &json!({"id": "c", "choices": []}));
    let server = Server::start(vec![nothing, fine()]).await;
    let mut spec = spec("openai/mock", &server.url);
    spec.temperature = Some(0.0);
    spec.reasoning_effort = None;
    spec.capability_overrides
        .insert("supports_reasoning_effort".to_owned(), json!(false));
    let (answer, _) = ask_patiently(&client(&spec), false).await;
    assert!(answer.is_ok());
    let asked: Vec<Value> = server
        .seen()
        .iter()
        .map(|s| s.body["temperature"].clone())
        .collect();
    assert_eq!(asked, [json!(0.0), json!(1.0)]);
}

#[tokio::test]
async fn a_prompt_too_short_to_cache_is_sent_without_marks() {
    let short = refusal(
        400,
        "The cached content is of 9 tokens. The minimum token count to start caching is 4096.",
    );
    let server = Server::start(vec![short.clone(), fine(), short, fine()]).await;
    let client = client(&spec("litellm_proxy/claude-sonnet-4-5", &server.url));
    for _ in 0..2 {
        let (answer, heard) = ask(&client, false).await;
        assert!(answer.is_ok());
        assert_eq!((attempts(&heard), waits(&heard).len()), (2, 0));
    }
    let marked = |i: usize| server.seen()[i].body.to_string().contains("cache_control");
    assert_eq!([0, 1, 2, 3].map(marked), [true, false, true, false]);
}

#[tokio::test]
async fn a_parameter_that_is_refused_is_left_out_from_then_on() {
    let refused = refusal(
        400,
        "Unrecognized request argument supplied: prompt_cache_key",
    );
    let server = Server::start(vec![refused, fine()]).await;
    let client = client(&spec("openai/mock", &server.url));
    for _ in 0..2 {
        assert!(ask(&client, false).await.0.is_ok());
    }
    let sent: Vec<bool> = server
        .seen()
        .iter()
        .map(|s| s.body.get("prompt_cache_key").is_some())
        .collect();
    assert_eq!(sent, [true, false, false]);
}

#[tokio::test]
async fn a_model_that_writes_less_is_asked_for_less() {
    let refused = refusal(
        400,
        "max_tokens: 16384 > 4096, which is the maximum allowed number of output tokens",
    );
    let message = json!({"id": "m", "stop_reason": "end_turn", "content": [{"type": "text", "text": "fine"}]});
    let server = Server::start(vec![refused, Answer::json(200, &message)]).await;
    let client = client(&spec("anthropic/claude-brand-new", &server.url));
    for _ in 0..2 {
        assert!(ask(&client, false).await.0.is_ok());
    }
    let asked: Vec<Value> = server
        .seen()
        .iter()
        .map(|s| s.body["max_tokens"].clone())
        .collect();
    assert_eq!(asked, [json!(16_384), json!(4096), json!(4096)]);
}

#[tokio::test]
async fn parameters_are_kept_if_the_configuration_says_so() {
    let server = Server::start(vec![
        refusal(400, "'prompt_cache_key' is unsupported"),
        fine(),
    ])
    .await;
    let mut spec = spec("openai/mock", &server.url);
    spec.drop_params = false;
    let error = ask(&client(&spec), false).await.0.unwrap_err();
    assert_eq!(error.kind, LlmErrorKind::BadRequest);
}

#[tokio::test]
async fn thoughts_of_another_model_are_left_out_once_they_are_refused() {
    let refused = refusal(
        400,
        "messages.1.content.0: Invalid `signature` in `thinking` block",
    );
    let message = json!({"id": "m", "stop_reason": "end_turn", "content": [{"type": "text", "text": "fine"}]});
    let server = Server::start(vec![refused, Answer::json(200, &message)]).await;
    let client = client(&spec("anthropic/claude-opus-5", &server.url));
    assert!(ask(&client, false).await.0.is_ok());
    let thoughts = |i: usize| {
        server.seen()[i]
            .body
            .to_string()
            .contains("\"thinking\":\"th\"")
    };
    assert_eq!([thoughts(0), thoughts(1)], [true, false]);
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    for (model, variable) in [
        ("anthropic/claude-opus-5", "ANTHROPIC_API_KEY"),
        ("gpt-4o", "OPENAI_API_KEY"),
        ("openrouter/x/y", "OPENROUTER_API_KEY"),
    ] {
        let spec = LlmSpec {
            model: model.to_owned(),
            ..LlmSpec::default()
        };
        let client = client(&spec);
        assert!(client.ready().is_err());
        let (answer, heard) = ask(&client, false).await;
        let error = answer.unwrap_err();
        assert_eq!(error.kind, LlmErrorKind::Auth);
        let way = format!("Set {variable}, or pass --api-key.");
        assert_eq!(error.hint, way);
        assert!(heard.is_empty());
    }
}
