//! From a request to what is sent back: script, fault and wording. Knows no socket.

use bytes::Bytes;
use serde_json::Value;

use super::Plan;
use super::state::State;
use crate::model::ask::Ask;
use crate::model::dialect::Dialect;
use crate::model::fault::{Cause, Failure, Fault, RetryAfter};
use crate::model::http::{Answer, Body, End, Incoming, Speed};
use crate::model::player::Play;
use crate::model::reply::Reply;
use crate::model::rules;
use crate::model::wire::{self, Rendering, Wants};

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream; charset=utf-8";

/// What to do with one request.
pub(super) fn answer(state: &State, incoming: &Incoming) -> Plan {
    match plan(state, incoming) {
        Ok(plan) => plan,
        Err((dialect, failure)) => refusal(dialect, &failure).into(),
    }
}

fn plan(state: &State, incoming: &Incoming) -> Result<Plan, (Dialect, Failure)> {
    let path = incoming.path.split('?').next().unwrap_or_default();
    if incoming.method == "GET" && path.ends_with("/models") {
        let anthropic = incoming.header("anthropic-version").is_some();
        return Ok(Answer::whole(200, JSON, wire::models(anthropic).to_string()).into());
    }
    let Some(dialect) = Dialect::of_path(path) else {
        let failure = said(404, format!("Invalid URL ({} {path})", incoming.method));
        return Err((Dialect::Chat, failure));
    };
    if incoming.method != "POST" {
        let words = format!("Not allowed to {} on {path}.", incoming.method);
        return Err((dialect, said(405, words)));
    }
    script(state, incoming, dialect).map_err(|failure| (dialect, failure))
}

fn script(state: &State, incoming: &Incoming, dialect: Dialect) -> Result<Plan, Failure> {
    let bad = |error: serde_json::Error| said(400, format!("The body is not valid JSON: {error}"));
    let wants: Wants = serde_json::from_slice(&incoming.body).map_err(bad)?;
    let rules = state.rules(|rules| rules.clone());
    if let Some(key) = &rules.key {
        rules::check_key(dialect, incoming, key)?;
    }
    let body = || serde_json::from_slice::<Value>(&incoming.body).unwrap_or_default();
    if rules.strict {
        rules::check(dialect, incoming, &body())?;
    }
    let play = state
        .stage(&[name(&wants.model), incoming.key().unwrap_or_default()])
        .next(|| Ask::from_body(dialect, &body()))
        .map_err(|ran_out| {
            said(
                400,
                format!("{ran_out} (the model asked for is {:?})", wants.model),
            )
        })?;
    let pace = &play.turn.pace;
    Ok(Plan {
        speed: Speed {
            delay: pace.delay,
            packet: pace.packet,
        },
        gate: pace.gate.clone(),
        answer: act(dialect, &wants, &play),
    })
}

/// The name of a model without the provider's before it.
pub(super) fn name(model: &str) -> &str {
    model.rsplit('/').next().unwrap_or(model)
}

fn said(status: u16, words: String) -> Failure {
    Failure {
        status: Some(status),
        message: Some(words),
        ..Failure::of(Cause::BadRequest)
    }
}

fn act(dialect: Dialect, wants: &Wants, play: &Play) -> Answer {
    let Some(fault) = &play.fault else {
        return reply(dialect, wants, play);
    };
    match fault {
        Fault::Fails(failure) => refusal(dialect, failure),
        Fault::Breaks { after, failure } => {
            if !wants.stream {
                return refusal(dialect, failure);
            }
            let error = wire::in_stream(dialect, failure, *after);
            broken(dialect, wants, play, *after, End::Well, Some(error))
        }
        Fault::Cuts { after } => broken(dialect, wants, play, *after, End::Cut, None),
        Fault::Stalls { after } => broken(dialect, wants, play, *after, End::Open, None),
        Fault::Hangs => Answer::Silence,
        Fault::HangsUp => Answer::HangUp,
        Fault::Noise => Answer::Noise(b"\x15\x03\x01\x00\x02\x02\x50\xff\xfe no HTTP here\r\n\r\n"),
        Fault::Garbage => garbage(wants),
        Fault::Html { status } => Answer::whole(*status, "text/html", page(*status)),
        Fault::WrongType => wrong_type(reply(dialect, wants, play)),
        Fault::LongLine { bytes } => long_line(wants, *bytes),
    }
}

fn reply(dialect: Dialect, wants: &Wants, play: &Play) -> Answer {
    let nothing = Reply::default();
    let rendering = Rendering {
        wants,
        play,
        reply: play.turn.reply.as_ref().unwrap_or(&nothing),
    };
    let headers = vec![(request_id(dialect), "req_testkit".to_owned())];
    let (kind, body) = if wants.stream {
        let parts = rendering.events(dialect);
        (EVENTS, stream(parts, End::Well))
    } else {
        let whole = rendering.whole(dialect).to_string();
        let body = Body {
            parts: vec![whole.into()],
            streamed: false,
            end: End::Well,
        };
        (JSON, body)
    };
    with_type(kind, headers, body)
}

fn with_type(kind: &str, mut headers: Vec<(&'static str, String)>, body: Body) -> Answer {
    headers.push(("content-type", kind.to_owned()));
    Answer::Http {
        status: 200,
        headers,
        body,
    }
}

fn stream(parts: Vec<Bytes>, end: End) -> Body {
    Body {
        parts,
        streamed: true,
        end,
    }
}

fn request_id(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Chat | Dialect::Responses => "x-request-id",
        Dialect::Anthropic => "request-id",
    }
}

/// An error in the provider's words.
fn refusal(dialect: Dialect, failure: &Failure) -> Answer {
    let body = wire::failure(dialect, failure).to_string();
    let mut headers = vec![
        ("content-type", JSON.to_owned()),
        (request_id(dialect), "req_testkit".to_owned()),
    ];
    headers.extend(failure.retry_after.as_ref().map(|after| match after {
        RetryAfter::Seconds(seconds) => ("retry-after", seconds.to_string()),
        RetryAfter::Date(seconds) => ("retry-after", http_date(*seconds)),
        RetryAfter::Millis(millis) => ("retry-after-ms", millis.to_string()),
        RetryAfter::Text(text) => ("retry-after", text.clone()),
    }));
    Answer::Http {
        status: wire::status(dialect, failure),
        headers,
        body: Body {
            parts: vec![body.into()],
            streamed: false,
            end: End::Well,
        },
    }
}

/// A moment so many seconds from now, as HTTP writes it.
fn http_date(seconds: u64) -> String {
    let ahead = jiff::SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    let then = jiff::Timestamp::now()
        .checked_add(ahead)
        .unwrap_or(jiff::Timestamp::MAX);
    then.to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

/// The turn's reply, which does not end as it should.
fn broken(
    dialect: Dialect,
    wants: &Wants,
    play: &Play,
    after: usize,
    end: End,
    last: Option<Bytes>,
) -> Answer {
    let answer = reply(dialect, wants, play);
    let Answer::Http {
        status,
        headers,
        mut body,
    } = answer
    else {
        return answer;
    };
    if body.streamed {
        body.parts.truncate(after);
        body.parts.extend(last);
    }
    body.end = end;
    Answer::Http {
        status,
        headers,
        body,
    }
}

fn wrong_type(answer: Answer) -> Answer {
    let Answer::Http {
        status,
        mut headers,
        body,
    } = answer
    else {
        return answer;
    };
    for (name, value) in &mut headers {
        if *name == "content-type" {
            "application/octet-stream".clone_into(value);
        }
    }
    Answer::Http {
        status,
        headers,
        body,
    }
}

fn garbage(wants: &Wants) -> Answer {
    let nonsense = Bytes::from_static(b"data: {\"id\": <<<\xff\xfe>>>\n\ndata: nonsense\n\n");
    if wants.stream {
        return with_type(EVENTS, Vec::new(), stream(vec![nonsense], End::Well));
    }
    Answer::whole(200, JSON, nonsense)
}

fn page(status: u16) -> String {
    format!(
        "<html>\r\n<head><title>{status} Error</title></head>\r\n<body>\r\n<center><h1>{status} Error</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// A line that does not end, in pieces that share their bytes.
fn long_line(wants: &Wants, bytes: usize) -> Answer {
    const PIECE: usize = 64 * 1024;
    let piece = Bytes::from(vec![b'x'; PIECE]);
    let mut parts = vec![Bytes::from_static(b"data: {\"x\":\"")];
    parts.extend(std::iter::repeat_n(piece, bytes.div_ceil(PIECE)));
    let kind = if wants.stream { EVENTS } else { JSON };
    with_type(kind, Vec::new(), stream(parts, End::Cut))
}
