//! The words of a turn. Knows nothing of loops and scenarios.

use std::str::FromStr;
use std::time::Duration;

use serde_json::{Map, Value};

use super::ParseError;
use super::line::Node;
use crate::model::fault::{Cause, Failure, Fault, RetryAfter};
use crate::model::script::Script;

const WORDS: &str = "says, thinks, sealed, calls, calls-raw, id, says-nothing, refuses, stops, uses, pieces, packets, slowly, when, fails, cuts, stalls, breaks, hangs, hangs-up, noise, garbage, html, wrong-type, long-line, repeat, forever, scenario, asides and by-history";

/// Adds a line and what is indented below it to the turn that is being written.
pub(super) fn turn(script: Script, node: &Node) -> Result<Script, ParseError> {
    let script = part(script, node)?;
    let parts = node.below.iter().filter(|child| argument(child).is_none());
    parts.into_iter().try_fold(script, |script, child| {
        if let Some(deeper) = child.below.iter().find(|line| argument(line).is_none()) {
            return Err(ParseError::at(
                deeper,
                "it is indented too deep: what belongs to a turn is indented once",
            ));
        }
        part(script, child)
    })
}

fn part(script: Script, node: &Node) -> Result<Script, ParseError> {
    let (word, rest) = node.word();
    if word != "calls" {
        let stray = node.below.iter().find(|child| argument(child).is_some());
        if let Some(stray) = stray {
            return Err(ParseError::at(stray, "arguments stand below `calls` only"));
        }
    }
    Ok(match word {
        "says" => script.says(text(node, rest)),
        "thinks" => match rest.strip_prefix("sealed ") {
            Some(data) => script.thinks_sealed(text(node, data)),
            None => script.thinks(text(node, rest)),
        },
        "sealed" => script.sealed(text(node, rest)),
        "calls" => calls(script, node, rest)?,
        "calls-raw" => {
            let (tool, arguments) = rest.split_once(' ').unwrap_or((rest, ""));
            script.calls_raw(tool, text(node, arguments))
        }
        "id" => script.with_id(rest),
        "says-nothing" => script.says_nothing(),
        "refuses" => script.refuses(text(node, rest)),
        "stops" => match rest {
            "length" => script.runs_out_of_tokens(),
            "filter" => script.is_filtered(),
            _ => {
                return Err(ParseError::at(
                    node,
                    "it stops at `length` or at a `filter`",
                ));
            }
        },
        "uses" => uses(script, node, rest)?,
        "pieces" => script.in_pieces_of(number(node, rest)?),
        "packets" => script.in_packets_of(number(node, rest)?),
        "slowly" => {
            let millis = rest.strip_suffix("ms").unwrap_or(rest).trim();
            script.slowly(Duration::from_millis(number(node, millis)?))
        }
        "when" => when(script, node, rest)?,
        _ => {
            let (fault, times) = fault(node, word, rest)?;
            script.faults(fault).times(times)
        }
    })
}

fn calls(script: Script, node: &Node, rest: &str) -> Result<Script, ParseError> {
    let (tool, json) = rest.split_once(' ').unwrap_or((rest, ""));
    if tool.is_empty() {
        return Err(ParseError::at(node, "which tool does it call?"));
    }
    let mut arguments = match json.trim() {
        "" => Map::new(),
        json => serde_json::from_str(json).map_err(|error| {
            let hint = "write an object, or use `calls-raw` for arguments that are none";
            ParseError::at(
                node,
                format!("the arguments are no JSON object: {error}; {hint}"),
            )
        })?,
    };
    for line in &node.below {
        if let Some((key, value)) = argument(line) {
            arguments.insert(key.to_owned(), value?);
        }
    }
    Ok(script.calls(tool, Value::Object(arguments)))
}

/// The line as an argument of a call: `key: text` or `key = json`.
fn argument(node: &Node) -> Option<(&str, Result<Value, ParseError>)> {
    let (word, rest) = node.word();
    let is_key =
        |key: &str| !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if let Some(key) = word.strip_suffix(':').filter(|key| is_key(key)) {
        return Some((key, Ok(Value::String(text(node, rest)))));
    }
    let json = rest.strip_prefix("= ").filter(|_| is_key(word))?;
    let value = serde_json::from_str(json)
        .map_err(|error| ParseError::at(node, format!("{word} is no JSON: {error}")));
    Some((word, value))
}

fn uses(mut script: Script, node: &Node, rest: &str) -> Result<Script, ParseError> {
    let wrong = || ParseError::at(node, "write it like `uses 1200 in 40 out 1000 cached`");
    let (mut input, mut output, mut cached, mut written) = (0, 0, 0, 0);
    let words: Vec<&str> = rest.split_whitespace().collect();
    for pair in words.chunks(2) {
        let &[amount, of] = pair else {
            return Err(wrong());
        };
        match of {
            "in" => input = number(node, amount)?,
            "out" => output = number(node, amount)?,
            "cached" => cached = number(node, amount)?,
            "written" => written = number(node, amount)?,
            "reasoning" => script = script.reasons(number(node, amount)?),
            "dollars" => script = script.costs(number(node, amount)?),
            _ => return Err(wrong()),
        }
    }
    Ok(script.uses(input, output).caches(cached, written))
}

fn when(script: Script, node: &Node, rest: &str) -> Result<Script, ParseError> {
    let (what, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let needle = text(node, rest);
    match what {
        "result" => Ok(script.when_last_tool_result_contains(needle)),
        "user" => Ok(script.when_last_user_message_contains(needle)),
        "asked" => Ok(script.when_asked_with(needle)),
        "offered" => Ok(script.when_offered(needle)),
        _ => Err(ParseError::at(
            node,
            "it can look at `result`, `user`, `asked` or `offered`",
        )),
    }
}

fn fault(node: &Node, word: &str, rest: &str) -> Result<(Fault, usize), ParseError> {
    let (rest, words) = match rest.split_once("saying ") {
        Some((rest, words)) => (rest.trim_end(), Some(text(node, words))),
        None => (rest, None),
    };
    let (rest, times) = times(node, rest)?;
    let after = || match rest.strip_prefix("after ") {
        Some(events) => number(node, events),
        None => Err(ParseError::at(
            node,
            format!("after how many events? Write `{word} after 3`"),
        )),
    };
    let fault = match word {
        "fails" => Fault::Fails(failure(node, rest, words)?),
        "cuts" => Fault::Cuts { after: after()? },
        "stalls" => Fault::Stalls { after: after()? },
        "breaks" => Fault::Breaks {
            after: after()?,
            failure: Failure {
                message: words,
                ..Failure::of(Cause::Overloaded)
            },
        },
        "hangs" => Fault::Hangs,
        "hangs-up" => Fault::HangsUp,
        "noise" => Fault::Noise,
        "garbage" => Fault::Garbage,
        "html" => Fault::Html {
            status: number(node, rest)?,
        },
        "wrong-type" => Fault::WrongType,
        "long-line" => Fault::LongLine {
            bytes: number(node, rest)?,
        },
        _ => {
            let message = format!("`{word}` is no word of a script; the words are {WORDS}");
            return Err(ParseError::at(node, message));
        }
    };
    Ok((fault, times))
}

/// Takes `N times` from the end.
fn times<'a>(node: &Node, rest: &'a str) -> Result<(&'a str, usize), ParseError> {
    let Some(front) = rest.strip_suffix("times") else {
        return Ok((rest, 1));
    };
    let front = front.trim_end();
    let (rest, count) = front.rsplit_once(' ').unwrap_or(("", front));
    Ok((rest.trim_end(), number(node, count)?))
}

fn failure(node: &Node, rest: &str, words: Option<String>) -> Result<Failure, ParseError> {
    let (what, retry) = match rest.split_once(" retry ") {
        Some((what, retry)) => (what, Some(retry)),
        None => (rest, None),
    };
    let mut failure = match what.parse() {
        Ok(status) => Failure::status(status),
        Err(_) => Failure::of(cause(node, what)?),
    };
    failure.message = words;
    failure.retry_after = retry.map(|retry| retry_after(node, retry)).transpose()?;
    Ok(failure)
}

fn cause(node: &Node, name: &str) -> Result<Cause, ParseError> {
    Ok(match name {
        "bad-request" => Cause::BadRequest,
        "context-window" => Cause::ContextWindow,
        "malformed-history" => Cause::MalformedHistory,
        "auth" => Cause::Auth,
        "no-model" => Cause::NoModel,
        "rate-limit" => Cause::RateLimit,
        "quota" => Cause::Quota,
        "content-policy" => Cause::ContentPolicy,
        "overloaded" => Cause::Overloaded,
        "internal" => Cause::Internal,
        "timeout" => Cause::Timeout,
        _ => {
            return Err(ParseError::at(
                node,
                format!(
                    "`{name}` is neither a status nor a cause; write `fails 429` or `fails context-window`"
                ),
            ));
        }
    })
}

fn retry_after(node: &Node, rest: &str) -> Result<RetryAfter, ParseError> {
    let (unit, amount) = rest.split_once(' ').unwrap_or((rest, ""));
    match unit {
        "after" => Ok(RetryAfter::Seconds(number(node, amount)?)),
        "date" => Ok(RetryAfter::Date(number(node, amount)?)),
        "ms" => Ok(RetryAfter::Millis(number(node, amount)?)),
        _ => Err(ParseError::at(
            node,
            "write `retry after 2`, `retry date 2` or `retry ms 200`",
        )),
    }
}

/// A number of whatever kind is needed.
pub(super) fn number<N: FromStr>(node: &Node, text: &str) -> Result<N, ParseError> {
    let fails = || ParseError::at(node, format!("{text:?} is not a number that fits here"));
    text.trim().parse().map_err(|_| fails())
}

/// The rest of a line: verbatim, a JSON string, or the block below.
fn text(node: &Node, rest: &str) -> String {
    if let Some(block) = node.block.as_ref().filter(|_| rest == "|") {
        return block.clone();
    }
    match serde_json::from_str(rest) {
        Ok(Value::String(text)) => text,
        Ok(_) | Err(_) => rest.to_owned(),
    }
}
