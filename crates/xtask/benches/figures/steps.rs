//! What a step of the agent costs when the model answers at once: all that is left is ours.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::{
    Command, Completion, Conversation, Conversations as _, Delta, Features, Fut, Llm, LlmError,
    Prompt, Status,
};
use serde_json::json;
use testkit::model::{InProcess, Script};
use xtask::bench::{Bar, Figure, Unit};

use crate::Measure;
use crate::site::{Site, conversations, start};

/// What is measured here.
pub const MEASURES: &[Measure] = &[
    Measure {
        figure: Figure {
            name: "in process: steps, `think`, 1 conversation",
            original: "",
            bar: Bar::AtLeast(4_000.0),
            unit: Unit::PerSecond,
        },
        runs: 5,
        run: |site| rate(site, thinker, 1_000, 1),
    },
    Measure {
        figure: Figure {
            name: "in process: steps, `think`, 32 conversations",
            original: "",
            bar: Bar::AtLeast(8_000.0),
            unit: Unit::PerSecond,
        },
        runs: 3,
        run: |site| rate(site, thinker, 200, 32),
    },
    Measure {
        figure: Figure {
            name: "in process: steps, terminal `echo`, 1 conversation",
            original: "",
            bar: Bar::AtLeast(400.0),
            unit: Unit::PerSecond,
        },
        runs: 5,
        run: |site| rate(site, typist, 400, 1),
    },
    Measure {
        figure: Figure {
            name: "in process: steps, terminal `echo`, 32 conversations",
            original: "",
            bar: Bar::AtLeast(1_000.0),
            unit: Unit::PerSecond,
        },
        runs: 3,
        run: |site| rate(site, typist, 50, 32),
    },
    Measure {
        figure: Figure {
            name: "a step with terminal `true`, p50",
            original: "20 to 420 ms",
            bar: Bar::AtMost(3e-3),
            unit: Unit::Seconds,
        },
        runs: 5,
        run: a_true,
    },
    Measure {
        figure: Figure {
            name: "step 2,000 against step 50",
            original: "9.1x",
            bar: Bar::AtMost(1.1),
            unit: Unit::Times,
        },
        runs: 5,
        run: late_against_early,
    },
];

/// A model that thinks so often, never twice the same, and finishes.
pub fn thinker(steps: u64) -> Arc<dyn Llm> {
    Arc::new(model(steps, &thought))
}

/// A model that runs so many commands, never twice the same, and finishes.
fn typist(steps: u64) -> Arc<dyn Llm> {
    Arc::new(model(steps, &command))
}

/// A command, never twice the same.
pub fn command(step: u64) -> Script {
    call("terminal", "command", &format!("echo {step}"))
}

/// A thought, never twice the same.
pub fn thought(step: u64) -> Script {
    let thought =
        format!("Step {step}: the parser loses the last line when no line break ends it.");
    call("think", "thought", &thought)
}

fn call(tool: &str, argument: &str, value: &str) -> Script {
    Script::new().calls(tool, json!({ argument: value }))
}

fn model(steps: u64, step: &dyn Fn(u64) -> Script) -> InProcess {
    let script = (0..steps).fold(Script::new(), |script, at| script.repeat(1, step(at)));
    let script = script.then().calls("finish", json!({"message": "Done."}));
    // What it was asked is of no interest, and would weigh more than what is measured.
    InProcess::new(script).forgetful()
}

/// Gives the conversation its task and waits until it is finished.
pub async fn run(conversation: &dyn Conversation) -> anyhow::Result<()> {
    conversation.command(Command::say("Go.")).await?;
    let rests = |status| !matches!(status, Status::Idle | Status::Running);
    let status = conversation.settled(&rests).await;
    anyhow::ensure!(status == Status::Finished, "the conversation is {status}");
    Ok(())
}

/// Durable steps a second, over conversations that run side by side.
fn rate(site: &Site, model: fn(u64) -> Arc<dyn Llm>, steps: u64, many: u32) -> anyhow::Result<f64> {
    let home = site.fresh()?;
    site.block_on(async {
        let place = conversations(&home, Box::new(move || model(steps)))?;
        let mut open = Vec::new();
        for _ in 0..many {
            open.push(place.create(start(&home)).await?);
        }
        let begin = Instant::now();
        let mut running = tokio::task::JoinSet::new();
        for conversation in open.iter().cloned() {
            running.spawn(async move { run(&*conversation).await });
        }
        while let Some(ended) = running.join_next().await {
            ended??;
        }
        let took = begin.elapsed().as_secs_f64();
        for conversation in open {
            conversation.close().await?;
        }
        Ok((steps * u64::from(many)) as f64 / took)
    })
}

/// How long each step of one conversation took, in seconds: from one question to the model to the next.
fn steps(site: &Site, count: u64, step: &dyn Fn(u64) -> Script) -> anyhow::Result<Vec<f64>> {
    let home = site.fresh()?;
    let watch = Arc::new(Stopwatch {
        model: model(count, step),
        asked: Mutex::default(),
    });
    let model: Arc<dyn Llm> = Arc::clone(&watch) as Arc<dyn Llm>;
    site.block_on(async {
        let place = conversations(&home, Box::new(move || Arc::clone(&model)))?;
        let conversation = place.create(start(&home)).await?;
        run(&*conversation).await?;
        conversation.close().await?;
        anyhow::Ok(())
    })?;
    let asked = watch.asked.lock().unwrap_or_else(PoisonError::into_inner);
    let pairs = asked.windows(2);
    Ok(pairs
        .map(|pair| pair[1].duration_since(pair[0]))
        .map(|step: Duration| step.as_secs_f64())
        .collect())
}

fn a_true(site: &Site) -> anyhow::Result<f64> {
    // The number keeps it from looking like an agent that goes in circles.
    let call = |step| call("terminal", "command", &format!("true {step}"));
    Ok(median(&steps(site, 400, &call)?))
}

fn late_against_early(site: &Site) -> anyhow::Result<f64> {
    let steps = steps(site, 2_100, &thought)?;
    // Single steps differ by when the disk is flushed; forty around each place do not.
    Ok(median(&steps[1_980..2_020]) / median(&steps[30..70]))
}

/// The one in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A model that writes down when it was asked.
struct Stopwatch {
    model: InProcess,
    asked: Mutex<Vec<Instant>>,
}

impl Llm for Stopwatch {
    fn complete<'a>(
        &'a self,
        prompt: Prompt,
        deltas: &'a (dyn Fn(Delta) + Send + Sync),
    ) -> Fut<'a, Result<Completion, LlmError>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(Instant::now());
        drop(asked);
        self.model.complete(prompt, deltas)
    }

    fn features(&self) -> Features {
        self.model.features()
    }
}
