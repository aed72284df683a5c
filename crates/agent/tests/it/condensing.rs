//! Histories that grow too long, and what becomes of them.

use crate::world::World;
use domain::{
    Body, Command, CommandError, Condensation, Condenser, Conversation, Features, LlmSpec, Reply,
    Role, Setting, Status, Summarizing,
};
use serde_json::json;
use std::sync::Arc;
use testkit::gate::Gate;
use testkit::hands::{Scripted, Tool};
use testkit::model::{Cause, InProcess, Script};

/// A world whose condenser asks a model of its own.
fn world(agent: Script, condenser: Script, max_size: usize) -> World {
    let mut world = World::new(agent).beside("condenser", InProcess::new(condenser));
    world.start.agent.condenser = Some(summarizing(max_size));
    world.start.stuck_detection = false;
    world
}

fn summarizing(max_size: usize) -> Condenser {
    let llm = LlmSpec {
        usage_id: "condenser".to_owned(),
        ..LlmSpec::default()
    };
    Condenser::Summarizing(Box::new(Summarizing {
        max_size,
        ..Summarizing::new(llm)
    }))
}

fn echoes(times: u64) -> Script {
    Script::new()
        .repeat(times, Script::new().calls("echo", json!({"text": "again"})))
        .says("Done.")
}

fn summaries(times: u64) -> Script {
    Script::new().repeat(times, Script::new().says("USER_CONTEXT: go on and on"))
}

fn condensations(world: &World, conversation: &dyn Conversation) -> Vec<Condensation> {
    let bodies = world.events(conversation).into_iter().map(|e| e.body);
    bodies
        .filter_map(|body| match body {
            Body::Condensation(condensation) => Some(condensation),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_long_history_gives_way_to_its_summary_again_and_again() {
    let world = world(echoes(30), summaries(20), 16);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let condensations = condensations(&world, &*conversation);
    assert!(
        (4..=8).contains(&condensations.len()),
        "{} condensations",
        condensations.len()
    );
    assert_eq!(world.hands.count("echo"), 30);
    for prompt in world.model.prompts() {
        let messages = &prompt.messages;
        assert!(messages.len() <= 18, "{} messages", messages.len());
        assert_eq!(messages[0].role, Role::System);
        assert!(messages[1].text().starts_with("go"));
        let calls: usize = messages.iter().map(|m| m.calls().len()).sum();
        let results = messages.iter().filter(|m| m.role == Role::Tool).count();
        assert_eq!(calls, results);
    }
    let last = world.model.prompts().pop().unwrap();
    let summary = last.messages[1].text();
    assert!(summary.contains("USER_CONTEXT: go on and on"), "{summary}");
    let stats = &conversation.glance().stats.usage_to_metrics;
    let asked = stats["condenser"].token_usages.len();
    assert_eq!(asked, condensations.len());
    // An earlier summary is summed up with what came after it.
    let asked = world.other("condenser").prompts();
    assert!(asked[1].messages[1].text().contains("go on and on"));
    assert!(
        asked
            .iter()
            .all(|prompt| prompt.tools.is_empty() && !prompt.stream)
    );
}

#[tokio::test]
async fn a_person_may_ask_for_it_at_any_time() {
    let world = world(echoes(5), summaries(1), 240);
    let conversation = world.start().await;
    let nothing = conversation.command(Command::Condense).await;
    assert!(
        matches!(nothing, Err(CommandError::Conflict(_))),
        "{nothing:?}"
    );
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    let reply = conversation.command(Command::Condense).await.unwrap();
    assert_eq!(reply, Reply::Done);
    world.expect_end(
        &*conversation,
        "state execution_status finished
         CondensationRequest environment
         state stats
         Condensation environment",
    );
    let condensation = condensations(&world, &*conversation).remove(0);
    assert_eq!(condensation.summary_offset, Some(2));
    assert_eq!(condensation.summary.unwrap(), "USER_CONTEXT: go on and on");
    assert_eq!(conversation.glance().status, Status::Finished);
}

#[tokio::test]
async fn without_a_condenser_nothing_is_shortened() {
    let other: Condenser = serde_json::from_value(json!({"kind": "OddCondenser", "x": 1})).unwrap();
    assert_eq!(
        serde_json::to_value(&other).unwrap(),
        json!({"kind": "OddCondenser", "x": 1})
    );
    for (condenser, why) in [
        (None, "No condenser configured"),
        (
            Some(Condenser::NoOp {}),
            "Condenser NoOpCondenser does not handle condensation requests",
        ),
        (
            Some(other),
            "Condenser OddCondenser does not handle condensation requests",
        ),
    ] {
        let mut world = World::new(echoes(3));
        world.start.agent.condenser = condenser;
        let conversation = world.start().await;
        conversation.command(Command::say("go")).await.unwrap();
        world.settled(&*conversation).await;
        let refused = conversation.command(Command::Condense).await.unwrap_err();
        let why = format!("Cannot condense conversation: {why}");
        assert_eq!(refused.to_string(), why);
        assert_eq!(world.count(&*conversation, "CondensationRequest"), 0);
    }
}

#[tokio::test]
async fn a_request_in_the_middle_of_a_step_waits_for_its_end() {
    let gate = Gate::new();
    let mut world = World::with(
        Script::new().calls("slow", json!({})).then().says("Done."),
        Scripted::new().with(Tool::slow("slow", &gate)),
    )
    .beside("condenser", InProcess::new(summaries(1)));
    world.start.agent.condenser = Some(summarizing(240));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    let (reply, ()) = tokio::join!(conversation.command(Command::Condense), async {
        world.grown_to(&*conversation, "CondensationRequest").await;
        gate.open();
    });
    assert_eq!(reply.unwrap(), Reply::Done);
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    world.expect_end(
        &*conversation,
        "ActionEvent slow slow: {}
         CondensationRequest environment
         ObservationEvent slow
         state stats
         Condensation environment
         state stats
         MessageEvent agent Done.
         state execution_status finished",
    );
}

#[tokio::test]
async fn a_window_that_is_too_small_is_no_end() {
    let agent = Script::new()
        .repeat(6, Script::new().calls("echo", json!({"text": "again"})))
        .fails_for(Cause::ContextWindow)
        .then()
        .says("Done.");
    let world = world(agent, summaries(1), 240);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    world.expect_end(
        &*conversation,
        "CondensationRequest environment
         state stats
         Condensation environment
         state stats
         MessageEvent agent Done.
         state execution_status finished",
    );
}

#[tokio::test]
async fn a_window_that_is_always_too_small_ends_the_run_soon() {
    let agent = Script::new()
        .repeat(6, Script::new().calls("echo", json!({"text": "again"})))
        .forever(Script::new().fails_for(Cause::ContextWindow));
    let world = world(agent, summaries(9), 240);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Error);
    assert_eq!(condensations(&world, &*conversation).len(), 2);
    world.expect_end(
        &*conversation,
        "state execution_status error
         ConversationErrorEvent LLMContextWindowExceedError testkit (scripted) answered 400: the prompt is too long",
    );
    // The second time everything but the standing instructions went.
    let last = world.model.prompts().pop().unwrap();
    assert_eq!(last.messages.len(), 2);
}

#[tokio::test]
async fn tokens_count_as_the_model_counts_them() {
    let agent = Script::new()
        .repeat(
            8,
            Script::new()
                .calls("echo", json!({"text": "again"}))
                .uses(900, 20),
        )
        .calls("echo", json!({"text": "again"}))
        .uses(1_100, 20)
        .then()
        .says("Done.");
    let mut world = world(agent, summaries(1), 240);
    world.replace_model(Arc::new(InProcess::new(Script::new())));
    let features = Features {
        model: "scripted".to_owned(),
        max_input_tokens: Some(1_000),
        ..Features::default()
    };
    let model = Arc::new(
        InProcess::new(
            Script::new()
                .repeat(
                    8,
                    Script::new()
                        .calls("echo", json!({"text": "again"}))
                        .uses(900, 20),
                )
                .calls("echo", json!({"text": "again"}))
                .uses(1_100, 20)
                .then()
                .says("Done."),
        )
        .with_features(features),
    );
    world.replace_model(Arc::clone(&model) as _);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(condensations(&world, &*conversation).len(), 1);
    assert!(model.prompts()[9].messages.len() < model.prompts()[8].messages.len());
    assert_eq!(world.count(&*conversation, "CondensationRequest"), 0);
}

#[tokio::test]
async fn a_summary_that_cannot_be_had_stops_nobody_and_is_not_asked_for_at_every_step() {
    let broken = Script::new().forever(Script::new().fails_for(Cause::Overloaded));
    let world = world(echoes(20), broken, 20);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.hands.count("echo"), 20);
    let asked = world.other("condenser").asked();
    assert!((2..8).contains(&asked), "asked {asked} times");
}

#[tokio::test]
async fn a_person_is_told_when_a_summary_cannot_be_had() {
    let broken = Script::new().forever(Script::new().fails_for(Cause::Auth));
    let world = world(echoes(3), broken, 240);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    let refused = conversation.command(Command::Condense).await;
    assert!(matches!(refused, Err(CommandError::Llm(_))), "{refused:?}");
    assert_eq!(world.other("condenser").asked(), 1, "a key stays wrong");
    // What was asked for in vain is in nobody's way.
    conversation.command(Command::say("and?")).await.unwrap();
    world.settled(&*conversation).await;
    assert_eq!(world.other("condenser").asked(), 1);
}

#[tokio::test]
async fn everything_is_told_shorter_until_it_fits() {
    let small = Script::new()
        .fails_for(Cause::ContextWindow)
        .times(3)
        .says("in short");
    let world = world(echoes(6), small, 240);
    let conversation = world.start().await;
    let long = "word ".repeat(2_000);
    conversation.command(Command::say(long)).await.unwrap();
    world.settled(&*conversation).await;
    conversation.command(Command::Condense).await.unwrap();
    let asked: Vec<usize> = world
        .other("condenser")
        .prompts()
        .iter()
        .map(|prompt| prompt.messages[1].text().len())
        .collect();
    assert_eq!(asked.len(), 4);
    assert!(asked[1] > asked[2] && asked[2] > asked[3], "{asked:?}");
}

#[tokio::test]
async fn an_interrupt_ends_the_summing_up_as_well() {
    let world = world(echoes(5), Script::new().hangs(), 240);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    let (reply, _) = tokio::join!(conversation.command(Command::Condense), async {
        while world.other("condenser").asked() == 0 {
            tokio::task::yield_now().await;
        }
        conversation.command(Command::Interrupt).await.unwrap();
    });
    assert!(matches!(reply, Err(CommandError::Conflict(_))), "{reply:?}");
    assert_eq!(condensations(&world, &*conversation).len(), 0);
}

#[tokio::test]
async fn a_crash_while_it_is_summed_up_loses_nothing_but_time() {
    let condenser = Script::new().hangs().then().says("so far so good");
    let agent = Script::new()
        .repeat(4, Script::new().calls("echo", json!({"text": "again"})))
        .says("Done.")
        .then()
        .says("Here.");
    let mut world = world(agent, condenser, 240);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    {
        let asked = conversation.command(Command::Condense);
        let begun = async {
            while world.other("condenser").asked() == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            reply = asked => panic!("{reply:?}"),
            () = begun => {}
        }
    }
    let conversation = world.crash_and_reopen().await;
    conversation.command(Command::say("and?")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(condensations(&world, &*conversation).len(), 1);
    let last = world.model.prompts().pop().unwrap();
    assert!(
        last.messages
            .iter()
            .any(|m| m.text().contains("so far so good"))
    );
}

#[tokio::test]
async fn the_key_of_a_condenser_is_sealed_and_follows_a_switch_of_the_model() {
    let mut world = world(echoes(1), summaries(1), 240);
    let key = |key: &str| Some(domain::Secret::from(key));
    world.start.agent.llm.api_key = key("key-one");
    let llm = LlmSpec {
        usage_id: "condenser".to_owned(),
        ..world.start.agent.llm.clone()
    };
    world.start.agent.condenser = Some(Condenser::Summarizing(Box::new(Summarizing::new(llm))));
    let conversation = world.start().await;
    let other = LlmSpec {
        model: "another".to_owned(),
        api_key: key("key-two"),
        ..LlmSpec::default()
    };
    let switch = Command::Update(Setting::Llm(Box::new(other)));
    conversation.command(switch).await.unwrap();
    let check = |conversation: &dyn Conversation| {
        let start = conversation.glance().start;
        let Some(Condenser::Summarizing(condenser)) = &start.agent.condenser else {
            panic!("no condenser");
        };
        assert_eq!(condenser.llm.model, "another");
        assert_eq!(condenser.llm.usage_id, "condenser");
        let sealed = serde_json::to_string(&start.agent).unwrap();
        assert!(!sealed.contains("key-"), "{sealed}");
    };
    check(&*conversation);
    check(&*world.crash_and_reopen().await);
}

#[tokio::test]
async fn numbers_that_leave_no_room_are_refused_at_the_start() {
    let world = world(Script::new(), Script::new(), 4);
    let refused = domain::Conversations::create(&world.local, world.start.clone()).await;
    assert!(matches!(refused, Err(CommandError::Invalid(_))));
}
