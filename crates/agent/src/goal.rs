//! Judging whether an objective is met: what the judge is asked, what its answer means, and what the agent is told.
//! Asks nobody itself.

use std::sync::Arc;

use domain::{Content, GoalVerdict, Message, Prompt, Role};
use serde_json::Value;

#[cfg(test)]
mod tests;

/// What the judge is told.
const JUDGE: &str = include_str!("goal/judge.md");
/// How much of what was said and done the judge is shown, in bytes, where its window is not known.
const SHOWN: usize = 400_000;

/// What the agent is told when a goal is taken up again.
pub(crate) const RESUMED: &str = "You are asked to go on with the goal that was interrupted. See for yourself how \
     things stand now instead of trusting what you remember, then work on until every part of the objective is met and \
     shown to be met.";

/// What the judge is asked about an objective and a history.
pub(crate) fn prompt(objective: &str, history: &[Arc<Message>], window: Option<u64>) -> Prompt {
    let room = window.map_or(SHOWN, |tokens| {
        usize::try_from(tokens.saturating_mul(3)).unwrap_or(SHOWN)
    });
    let question = format!(
        "<OBJECTIVE>\n{objective}\n</OBJECTIVE>\n\n<HISTORY>\n{}\n</HISTORY>",
        told(history, room)
    );
    let message = |role, text: String| Arc::new(Message::new(role, vec![Content::text(text)]));
    Prompt {
        messages: Arc::new(vec![
            message(Role::System, JUDGE.trim_end().to_owned()),
            message(Role::User, question),
        ]),
        tools: Arc::default(),
        cache_marks: Vec::new(),
        cache_key: None,
        stream: false,
    }
}

/// A history in words, the standing instructions left out; of one that is too long, the end.
fn told(history: &[Arc<Message>], room: usize) -> String {
    let mut turns: Vec<String> = Vec::new();
    let mut length = 0;
    for message in history.iter().rev() {
        let Some(turn) = turn(message) else {
            continue;
        };
        length += turn.len();
        if length > room && !turns.is_empty() {
            turns.push("(what came before is left out)".to_owned());
            break;
        }
        turns.push(turn);
    }
    turns.reverse();
    turns.join("\n\n")
}

fn turn(message: &Message) -> Option<String> {
    let who = match message.role {
        Role::System => return None,
        Role::User => "user",
        Role::Assistant => "agent",
        Role::Tool => "result",
    };
    let mut lines = vec![message.text()];
    for call in message.calls() {
        lines.push(format!("(calls {} with {})", call.name, call.arguments));
    }
    lines.retain(|line| !line.trim().is_empty());
    (!lines.is_empty()).then(|| format!("{who}: {}", lines.join("\n")))
}

/// What a judge's answer says. One that cannot be read says that nothing is shown to be done.
pub(crate) fn verdict(answer: &str) -> GoalVerdict {
    let Some(said) = object(answer) else {
        return GoalVerdict {
            score: 0.0,
            complete: false,
            missing: "The judge's answer could not be read.".to_owned(),
        };
    };
    let score = match said.get("score") {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) | None => None,
    };
    let score = score
        .filter(|s| s.is_finite())
        .unwrap_or(0.0)
        .clamp(0.0, 1.0);
    let missing = said.get("missing").and_then(Value::as_str);
    GoalVerdict {
        score,
        complete: said
            .get("complete")
            .and_then(Value::as_bool)
            .unwrap_or(score >= 1.0),
        missing: missing.unwrap_or_default().to_owned(),
    }
}

/// The JSON object in an answer, whatever stands around it.
fn object(answer: &str) -> Option<Value> {
    let whole = serde_json::from_str::<Value>(answer.trim()).ok();
    let inner = || {
        let (from, to) = (answer.find('{')?, answer.rfind('}')?);
        serde_json::from_str(answer.get(from..=to)?).ok()
    };
    whole.filter(Value::is_object).or_else(inner)
}

/// What the agent is told when the judge wants more.
pub(crate) fn follow_up(iteration: u32, verdict: &GoalVerdict) -> String {
    let missing = match verdict.missing.trim() {
        "" => "some of what was asked for is not shown to be done.",
        missing => missing,
    };
    format!(
        "The goal is not met yet; this was look {iteration} at it. What is missing: {missing}\n\nSee for yourself how \
         things stand now instead of trusting what you remember. Work on what is missing, run what proves it, and end \
         your turn only when the whole objective is met and shown to be met."
    )
}
