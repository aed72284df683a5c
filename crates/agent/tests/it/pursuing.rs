//! Goals, and the judge who says when they are met.

use crate::world::World;
use domain::{Body, Command, CommandError, Conversation, Goal, GoalStanding, GoalStatus, Status};
use serde_json::json;
use std::sync::Arc;
use testkit::gate::Gate;
use testkit::hands::{Scripted, Tool};
use testkit::model::{Cause, Script};

fn start(objective: &str, max_iterations: u32) -> Command {
    Command::Goal(Goal::Start {
        objective: objective.to_owned(),
        max_iterations,
    })
}

fn judges(complete: bool, missing: &str) -> Script {
    let said = json!({"score": 0.5, "complete": complete, "missing": missing});
    Script::new().says(said.to_string())
}

fn shown(world: &World, conversation: &dyn Conversation) -> Vec<GoalStatus> {
    let bodies = world.events(conversation).into_iter().map(|e| e.body);
    bodies
        .filter_map(|body| match body {
            Body::StateUpdate(update) if update.key == "goal" => {
                Some(serde_json::from_value(update.value).unwrap())
            }
            _ => None,
        })
        .collect()
}

async fn over(world: &World, conversation: &dyn Conversation) -> Arc<GoalStatus> {
    world
        .until_true(|| conversation.glance().goal.is_some_and(|goal| !goal.active))
        .await;
    conversation.glance().goal.unwrap()
}

#[tokio::test]
async fn a_goal_is_pursued_until_the_judge_is_content() {
    let script = Script::new()
        .says("I did it.")
        .then()
        .repeat(1, judges(false, "the tests"))
        .says("Now with tests.")
        .then()
        .repeat(1, judges(true, ""));
    let world = World::new(script);
    let conversation = world.start().await;
    conversation
        .command(start("make it work", 5))
        .await
        .unwrap();
    let goal = over(&world, &*conversation).await;
    assert_eq!(goal.status, GoalStanding::Complete);
    assert_eq!((goal.iteration, goal.max_iterations), (2, 5));
    assert_eq!(goal.objective, "make it work");
    let shown = shown(&world, &*conversation);
    let steps: Vec<(bool, u32)> = shown.iter().map(|g| (g.active, g.iteration)).collect();
    assert_eq!(steps, [(true, 0), (true, 1), (false, 2)]);
    assert_eq!(shown[1].verdict.as_ref().unwrap().missing, "the tests");
    let texts = world.texts(&*conversation);
    assert_eq!(texts[0], "make it work");
    assert!(texts[2].contains("the tests"), "{texts:?}");
    assert_eq!(conversation.glance().status, Status::Finished);
    let judge = world.model.prompts()[1].clone();
    assert!(judge.tools.is_empty() && !judge.stream);
    let asked = judge.messages[1].text();
    assert!(asked.contains("make it work") && asked.contains("agent: I did it."));
}

#[tokio::test]
async fn a_goal_that_is_never_met_ends_at_its_cap() {
    let round = Script::new().says("Hm.").then().says("no verdict at all");
    let world = World::new(Script::new().forever(round));
    let conversation = world.start().await;
    conversation.command(start("fly", 3)).await.unwrap();
    let goal = over(&world, &*conversation).await;
    assert_eq!((goal.status, goal.iteration), (GoalStanding::Capped, 3));
    assert_eq!(world.model.asked(), 6);
    let again = conversation.command(Command::Goal(Goal::Resume)).await;
    assert!(matches!(again, Err(CommandError::Invalid(_))), "{again:?}");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let gate = Gate::new();
    let world = World::with(
        Script::new().forever(Script::new().calls("slow", json!({}))),
        Scripted::new().with(Tool::slow("slow", &gate)),
    );
    let conversation = world.start().await;
    for (objective, cap) in [("  ", 3), ("x", 0)] {
        let refused = conversation.command(start(objective, cap)).await;
        assert!(matches!(refused, Err(CommandError::Invalid(_))));
    }
    let resumed = conversation.command(Command::Goal(Goal::Resume)).await;
    assert!(matches!(resumed, Err(CommandError::Invalid(_))));
    conversation
        .command(Command::Goal(Goal::Stop))
        .await
        .unwrap();
    conversation.command(start("x", 3)).await.unwrap();
    world.begun(1).await;
    for goal in [start("y", 3), Command::Goal(Goal::Resume)] {
        let refused = conversation.command(goal).await;
        assert!(matches!(refused, Err(CommandError::Conflict(_))));
    }
    assert_eq!(shown(&world, &*conversation).len(), 1);
}

#[tokio::test]
async fn words_of_the_person_take_the_lead() {
    let gate = Gate::new();
    let script = Script::new()
        .says("One.")
        .then()
        .repeat(1, judges(false, "more").waits_at(&gate))
        .says("Two.");
    let world = World::new(script);
    let conversation = world.start().await;
    conversation.command(start("x", 9)).await.unwrap();
    world.asked(2).await;
    conversation
        .command(Command::say("stop that"))
        .await
        .unwrap();
    let goal = over(&world, &*conversation).await;
    assert_eq!(goal.status, GoalStanding::Interrupted);
    gate.open();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.texts(&*conversation).last().unwrap(), "Two.");
    assert_eq!(shown(&world, &*conversation).len(), 2);
}

#[tokio::test]
async fn a_goal_can_be_stopped_and_taken_up_again() {
    let gate = Gate::new();
    let script = Script::new()
        .says("One.")
        .then()
        .repeat(1, judges(false, "more"))
        .says("Two.")
        .then()
        .repeat(1, judges(false, "still more").waits_at(&gate))
        .says("Three.")
        .then()
        .repeat(1, judges(true, ""));
    let mut world = World::new(script);
    let conversation = world.start().await;
    conversation.command(start("x", 9)).await.unwrap();
    world.asked(4).await;
    conversation
        .command(Command::Goal(Goal::Stop))
        .await
        .unwrap();
    let goal = over(&world, &*conversation).await;
    assert_eq!(
        (goal.status, goal.iteration),
        (GoalStanding::Interrupted, 1)
    );
    gate.open();
    let conversation = world.crash_and_reopen().await;
    let resume = Command::Goal(Goal::Resume);
    conversation.command(resume).await.unwrap();
    let goal = over(&world, &*conversation).await;
    assert_eq!((goal.status, goal.iteration), (GoalStanding::Complete, 2));
    assert_eq!(goal.objective, "x");
}

#[tokio::test]
async fn a_crash_leaves_no_goal_that_seems_to_be_pursued() {
    let world_script = Script::new().hangs();
    let mut world = World::new(world_script);
    let conversation = world.start().await;
    conversation.command(start("x", 9)).await.unwrap();
    world.asked(1).await;
    assert!(conversation.glance().goal.unwrap().active);
    let conversation = world.crash_and_reopen().await;
    let goal = conversation.glance().goal.unwrap();
    assert_eq!(
        (goal.active, goal.status),
        (false, GoalStanding::Interrupted)
    );
}

#[tokio::test]
async fn an_interrupt_an_error_and_a_silent_judge_end_the_pursuit() {
    let endings: [(Script, bool); 3] = [
        (Script::new().hangs(), true),
        (Script::new().fails_for(Cause::Auth), false),
        (
            Script::new().says("One.").then().fails_for(Cause::Auth),
            false,
        ),
    ];
    for (script, interrupt) in endings {
        let world = World::new(script);
        let conversation = world.start().await;
        conversation.command(start("x", 9)).await.unwrap();
        world.asked(1).await;
        if interrupt {
            conversation.command(Command::Interrupt).await.unwrap();
        }
        let goal = over(&world, &*conversation).await;
        assert_eq!(goal.status, GoalStanding::Interrupted);
    }
}
