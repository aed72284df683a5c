//! Commands that come at the wrong moment, or ask for something odd.

use domain::{
    Body, ClientTool, Command, CommandError, Conversations as _, Event, Fork, LlmSpec, Message,
    Prompt, Reply, Setting, Status,
};
use serde_json::json;
use testkit::gate::Gate;
use testkit::hands::{Scripted, Tool, Went};
use testkit::model::Script;

use crate::world::World;

fn slow_then(says: &str, gate: &Gate) -> World {
    let script = Script::new().calls("slow", json!({})).then().says(says);
    World::with(script, Scripted::new().with(Tool::slow("slow", gate)))
}

fn texts(prompt: &Prompt) -> Vec<String> {
    prompt.messages.iter().skip(1).map(|m| m.text()).collect()
}

fn yes() -> Command {
    Command::Confirm {
        accept: true,
        reason: String::new(),
    }
}

#[tokio::test]
async fn a_pause_while_the_last_words_are_spoken_leaves_nothing_to_go_on_with() {
    let gate = Gate::new();
    let world = World::new(Script::new().says("Done.").waits_at(&gate));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.asked(1).await;
    conversation.command(Command::Pause).await.unwrap();
    gate.open();
    let finished = conversation.settled(&|status| status == Status::Finished);
    tokio::time::timeout(std::time::Duration::from_secs(30), finished)
        .await
        .expect("the words that end a turn end it");
    conversation.command(Command::Run).await.unwrap();
    assert_eq!(world.model.asked(), 1, "nobody is asked to go on talking");
}

#[tokio::test]
async fn a_question_while_something_waits_hides_nothing_of_it_later() {
    let mut world = World::confirming(
        Script::new()
            .calls("echo", json!({"text": "1"}))
            .then()
            .says("Aside.")
            .then()
            .calls("finish", json!({"message": "ok"})),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    let conversation = world.crash_and_reopen().await;
    conversation
        .command(Command::Ask("why?".to_owned()))
        .await
        .unwrap();
    conversation.command(yes()).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let last = world.model.prompts().pop().unwrap();
    assert_eq!(
        last.messages.len(),
        4,
        "system, go, the call and its result: {last:?}"
    );
}

#[tokio::test]
async fn a_question_comes_after_the_last_words_in_the_same_breath() {
    let world = World::new(Script::new().says("Nothing yet."));
    let conversation = world.start().await;
    let early = conversation.command(Command::Ask("what?".to_owned())).await;
    assert_eq!(early.unwrap(), Reply::Answer("Nothing yet.".to_owned()));
    let prompt = world.model.prompts().pop().unwrap();
    assert_eq!(
        prompt.messages.len(),
        1,
        "only the question: nothing was ever said"
    );
    assert_eq!(world.count(&*conversation, "MessageEvent"), 0);
}

#[tokio::test]
async fn what_is_confirmed_after_a_restart_ends_the_task_if_it_says_so() {
    let mut world = World::confirming(
        Script::new()
            .calls("echo", json!({"text": "1"}))
            .calls("finish", json!({"message": "ok"})),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    let conversation = world.crash_and_reopen().await;
    conversation.command(yes()).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.model.asked(), 1);
}

#[tokio::test]
async fn words_said_while_finish_is_written_are_pointed_out() {
    let gate = Gate::new();
    let world = World::new(
        Script::new()
            .calls("finish", json!({"message": "done"}))
            .waits_at(&gate)
            .then()
            .says("That too."),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.asked(1).await;
    conversation
        .command(Command::say("and this"))
        .await
        .unwrap();
    gate.open();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let last = texts(&world.model.prompts().pop().unwrap());
    assert!(
        last.last().unwrap().starts_with("The user's last message"),
        "{last:?}"
    );
}

#[tokio::test]
async fn a_model_changed_in_mid_flight_pays_only_for_what_it_says_itself() {
    let gate = Gate::new();
    let world = World::new(
        Script::new()
            .calls("echo", json!({}))
            .costs(0.25)
            .waits_at(&gate)
            .then()
            .says("Bye.")
            .costs(1.0),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.asked(1).await;
    let spec = LlmSpec {
        usage_id: "profile:other".to_owned(),
        ..LlmSpec::default()
    };
    conversation
        .command(Command::Update(Setting::Llm(Box::new(spec))))
        .await
        .unwrap();
    gate.open();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let stats = conversation.glance().stats;
    let cost = |id: &str| stats.usage_to_metrics[id].accumulated_cost;
    assert!((cost("default") - 0.25).abs() < 1e-9 && (cost("profile:other") - 1.0).abs() < 1e-9);
}

#[tokio::test]
async fn a_clients_tool_is_offered_last_and_never_reaches_the_hands() {
    let tool = |name: &str| ClientTool {
        name: name.to_owned(),
        description: "Shows a page.".to_owned(),
        parameters: json!({"type": "object", "properties": {"url": {"type": "string"}}, "required": ["url"]}),
        annotations: None,
    };
    let mut world = World::new(
        Script::new()
            .calls("show", json!({"url": 5}))
            .then()
            .calls("show", json!({"url": "/a", "summary": "Show it"}))
            .calls("echo", json!({"text": "hi"}))
            .then()
            .says("Shown."),
    );
    world.start.client_tools = vec![tool("show"), tool("echo")];
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let prompt = &world.model.prompts()[0];
    let offered: Vec<&str> = prompt.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(
        offered,
        ["echo", "finish", "show"],
        "names that are taken stay taken"
    );
    assert_eq!(
        (world.hands.count("show"), world.hands.count("echo")),
        (0, 1)
    );
    let shown: Vec<String> = world
        .events(&*conversation)
        .iter()
        .filter_map(|event| match &event.body {
            Body::Action(action) => action.action.as_ref().map(|a| a.kind().to_owned()),
            Body::Observation(result) => {
                let text = result.observation.content().0[0]
                    .as_text()
                    .unwrap()
                    .to_owned();
                Some(format!("{}: {text}", result.observation.kind()))
            }
            Body::AgentError(error) => Some(error.error.clone()),
            _ => None,
        })
        .collect();
    assert!(shown[0].contains("`url` must be a string"), "{shown:?}");
    assert_eq!(
        shown[1..4],
        [
            "ClientAction_show",
            "EchoAction",
            "ClientToolObservation: Tool call dispatched to client."
        ]
    );
    let Some(Event {
        body: Body::SystemPrompt(system),
        ..
    }) = world.events(&*conversation).into_iter().next()
    else {
        panic!("no instructions at the beginning");
    };
    let card = system.tools.last().unwrap();
    assert_eq!(
        (card.kind.as_str(), card.title.as_str()),
        ("ClientTool", "show")
    );
}

#[tokio::test]
async fn moving_away_from_what_waits_answers_it() {
    let world = World::confirming(
        Script::new()
            .calls("echo", json!({"text": "1"}))
            .then()
            .calls("finish", json!({"message": "ok"})),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    let waiting = conversation.glance().leaf;
    conversation.command(Command::Navigate(None)).await.unwrap();
    assert_eq!(world.count(&*conversation, "UserRejectObservation"), 1);
    let answered = world.events(&*conversation).pop().unwrap();
    assert_ne!(Some(answered.id), waiting);
    conversation.command(Command::say("anew")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.hands.count("echo"), 0);
}

#[tokio::test]
async fn a_head_moved_while_a_paused_batch_runs_cuts_it_off() {
    let gate = Gate::new();
    let world = slow_then("Anew.", &gate);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    conversation.command(Command::Pause).await.unwrap();
    conversation.command(Command::Navigate(None)).await.unwrap();
    assert_eq!(conversation.glance().status, Status::Idle);
    world
        .until(|calls| calls[0].went == Went::Interrupted)
        .await;
    assert_eq!(world.count(&*conversation, "AgentErrorEvent"), 1);
    conversation.command(Command::say("anew")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(texts(&world.model.prompts()[1]), ["anew"]);
}

#[tokio::test]
async fn words_said_while_a_batch_runs_are_seen_at_the_next_step() {
    let gate = Gate::new();
    let world = slow_then("Seen.", &gate);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    conversation
        .command(Command::say("by the way"))
        .await
        .unwrap();
    gate.open();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(
        texts(&world.model.prompts()[1]),
        ["go", "", "done", "by the way"]
    );
}

#[tokio::test]
async fn a_message_that_says_nothing_is_refused_and_a_forged_one_is_plain() {
    let world = World::new(Script::new().says("Hello."));
    let conversation = world.start().await;
    for text in ["", " \n\t"] {
        let refused = conversation.command(Command::say(text)).await;
        assert!(
            matches!(refused, Err(CommandError::Invalid(_))),
            "{refused:?}"
        );
    }
    assert_eq!(conversation.log().len(), 0);
    let mut message = Message::user("x".repeat(1_000_000));
    message.tool_call_id = Some("call_1".to_owned());
    message.reasoning_content = Some("forged".to_owned());
    let say = Command::Say {
        message,
        sender: None,
        run: true,
    };
    conversation.command(say).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let prompt = &world.model.prompts()[0];
    assert_eq!(*prompt.messages[1], Message::user("x".repeat(1_000_000)));
}

#[tokio::test]
async fn a_budget_is_a_number_of_dollars() {
    let world = World::new(Script::new());
    let conversation = world.start().await;
    for wrong in [f64::NAN, f64::INFINITY, -1.0] {
        let set = conversation
            .command(Command::Update(Setting::Budget(Some(wrong))))
            .await;
        assert!(matches!(set, Err(CommandError::Invalid(_))), "{set:?}");
    }
    assert_eq!(conversation.glance().start.max_budget_per_run, None);
}

#[tokio::test]
async fn a_side_question_counts_into_the_budget() {
    let world = World::new(Script::new().says("42").costs(2.0));
    let conversation = world.start().await;
    conversation
        .command(Command::Update(Setting::Budget(Some(1.0))))
        .await
        .unwrap();
    conversation
        .command(Command::Ask("what is it?".to_owned()))
        .await
        .unwrap();
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Error);
    assert_eq!(world.model.asked(), 1, "there is nothing left to spend");
}

#[tokio::test]
async fn a_stuck_run_that_is_started_again_goes_on() {
    let same = Script::new().repeat(4, Script::new().calls("echo", json!({"text": "same"})));
    let world = World::new(same.says("Something else."));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Stuck);
    conversation.command(Command::Run).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
}

#[tokio::test]
async fn a_fork_in_the_middle_of_a_batch_leaves_no_call_unanswered() {
    let gate = Gate::new();
    let script = Script::new()
        .calls("slow", json!({}))
        .calls("slow", json!({}))
        .forever(Script::new().says("Going on."));
    let world = World::with(script, Scripted::new().with(Tool::slow("slow", &gate)));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    let leaf = conversation.glance().leaf;
    let from = world.start.id;
    let fork = world
        .local
        .fork(Fork {
            at: leaf,
            ..Fork::new(from, world.fresh_id())
        })
        .await
        .unwrap();
    assert_eq!(fork.glance().status, Status::Idle);
    assert_eq!(world.count(&*fork, "AgentErrorEvent"), 2);
    fork.command(Command::say("and?")).await.unwrap();
    assert_eq!(world.settled(&*fork).await, Status::Finished);
    assert_eq!(
        conversation.glance().status,
        Status::Running,
        "the original goes on"
    );
    gate.open();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let nowhere = world.local.fork(Fork {
        at: Some(domain::EventId::new("x")),
        ..Fork::new(from, domain::ConversationId(uuid::Uuid::from_u128(3)))
    });
    assert!(matches!(nowhere.await, Err(CommandError::NotFound(_))));
    assert_eq!(world.local.list().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_line_for_people_does_not_hold_a_whole_file() {
    let text = "x".repeat(100_000);
    let world = World::new(
        Script::new()
            .calls("echo", json!({"text": text}))
            .then()
            .says("Bye."),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    let summary = world
        .events(&*conversation)
        .into_iter()
        .find_map(|event| match event.body {
            Body::Action(action) => action.summary,
            _ => None,
        });
    assert!(summary.unwrap().len() < 3_000);
}

#[tokio::test]
async fn a_whole_copy_stands_where_the_head_of_its_original_was() {
    let script = Script::new()
        .says("One.")
        .then()
        .says("Two.")
        .then()
        .says("Three.");
    let world = World::new(script);
    let conversation = world.start().await;
    conversation.command(Command::say("a")).await.unwrap();
    world.settled(&*conversation).await;
    let first = conversation.glance().leaf;
    conversation.command(Command::say("b")).await.unwrap();
    world.settled(&*conversation).await;
    conversation
        .command(Command::Navigate(first.clone()))
        .await
        .unwrap();
    let fork = world
        .local
        .fork(Fork::new(world.start.id, world.fresh_id()))
        .await
        .unwrap();
    assert_eq!(fork.glance().leaf, first);
    fork.command(Command::say("c")).await.unwrap();
    world.settled(&*fork).await;
    assert_eq!(texts(&world.model.prompts()[2]), ["a", "One.", "c"]);
}

#[tokio::test]
async fn an_agent_that_is_started_after_its_own_words_is_asked_to_go_on() {
    let world = World::new(Script::new().says("One.").then().says("Two."));
    let conversation = world.start().await;
    conversation.command(Command::say("a")).await.unwrap();
    world.settled(&*conversation).await;
    let leaf = conversation.glance().leaf;
    conversation.command(Command::Navigate(leaf)).await.unwrap();
    conversation.command(Command::Run).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let asked = texts(&world.model.prompts()[1]);
    assert_eq!(asked[..2], ["a", "One."]);
    assert!(
        asked[2].starts_with("You ended your turn here"),
        "{asked:?}"
    );
}
