//! Goals: the agent works until a judge says that an objective is met.

use domain::{Command, Goal, Status};
use http_kit::{Body, Done, Error, Json, Path};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{One, go};
use crate::app::App;

const RUNNING: &str = "Conversation run or goal loop already running.";

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "StartGoalRequest")]
pub(super) struct Asked {
    objective: String,
    #[serde(default = "ten")]
    #[schemars(range(min = 1))]
    max_iterations: u32,
}

fn ten() -> u32 {
    10
}

pub(super) async fn start(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<Asked>),
) -> Result<Json<Done>, Error> {
    let goal = Goal::Start {
        objective: asked.objective,
        max_iterations: asked.max_iterations,
    };
    pursue(&app, &one, goal).await
}

pub(super) async fn resume(app: App, Path(one): Path<One>) -> Result<Json<Done>, Error> {
    pursue(&app, &one, Goal::Resume).await
}

async fn pursue(app: &App, one: &One, goal: Goal) -> Result<Json<Done>, Error> {
    let conversation = app.open(one.id()).await?;
    let glance = conversation.glance();
    let pursued = glance.goal.as_ref().is_some_and(|goal| goal.active);
    if glance.status == Status::Running || pursued {
        return Err(Error::conflict(RUNNING));
    }
    go(app, conversation, Command::Goal(goal)).await?;
    Ok(Done::ok())
}

pub(super) async fn stop(app: App, Path(one): Path<One>) -> Result<Json<Done>, Error> {
    app.ask(one.id(), Command::Goal(Goal::Stop)).await?;
    Ok(Done::ok())
}
