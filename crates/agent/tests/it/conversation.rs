//! A conversation from the outside: a scripted model, scripted hands, a log in memory.

use crate::world::World;
use domain::{
    Body, Command, CommandError, Conversations as _, Event, Fork, Setting, Source, Status,
};
use serde_json::json;
use testkit::gate::Gate;
use testkit::hands::{Scripted, Tool, Went};
use testkit::model::{Cause, Script};

#[tokio::test]
async fn a_task_runs_from_its_first_word_to_its_last_event() {
    let world = World::new(
        Script::new()
            .says("Let me look.")
            .calls("echo", json!({"text": "hi", "summary": "Say hi"}))
            .then()
            .calls("finish", json!({"message": "All done."})),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    world.expect(
        &*conversation,
        "SystemPromptEvent agent
         MessageEvent user go
         state last_user_message_id
         state execution_status running
         state stats
         ActionEvent echo Say hi
         ObservationEvent echo
         state stats
         ActionEvent finish finish: {\"message\": \"All done.\"}
         ObservationEvent finish
         state execution_status finished",
    );
}

#[tokio::test]
async fn every_event_follows_the_one_before_it() {
    let world = World::new(
        Script::new()
            .calls("echo", json!({"text": "a"}))
            .then()
            .says("Bye."),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    let mut leaf = None;
    for event in world.events(&*conversation) {
        assert_eq!(event.parent_id, leaf, "{event:?}");
        if event.body.moves_leaf() {
            leaf = Some(event.id);
        }
    }
}

#[tokio::test]
async fn words_without_a_call_end_the_turn_and_the_next_word_goes_on() {
    let world = World::new(Script::new().says("Hello!").then().says("Still here."));
    let conversation = world.start().await;
    conversation.command(Command::say("hi")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    conversation
        .command(Command::say("and now?"))
        .await
        .unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let asked = world.model.prompts();
    assert_eq!(asked[1].messages.len(), 4, "system, hi, Hello!, and now?");
    assert_eq!(asked[1].messages[3].text(), "and now?");
}

#[tokio::test]
async fn a_word_said_while_the_agent_finishes_is_not_ignored() {
    let gate = Gate::new();
    let world = World::new(
        Script::new()
            .says("Done.")
            .waits_at(&gate)
            .then()
            .says("Oh, that too."),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.asked(1).await;
    conversation
        .command(Command::say("one more thing"))
        .await
        .unwrap();
    gate.open();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let last = world.model.prompts().pop().unwrap();
    let texts: Vec<String> = last.messages.iter().skip(1).map(|m| m.text()).collect();
    assert_eq!(texts[..2], ["go\none more thing", "Done."]);
    assert!(
        texts[2].starts_with("The user's last message came while"),
        "{texts:?}"
    );
    assert_eq!(world.model.asked(), 2);
}

#[tokio::test]
async fn an_interrupt_cuts_a_tool_off_at_once_and_the_history_stays_whole() {
    let gate = Gate::new();
    let world = World::with(
        Script::new()
            .calls("slow", json!({}))
            .then()
            .says("Going on."),
        Scripted::new().with(Tool::slow("slow", &gate)),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    conversation.command(Command::Interrupt).await.unwrap();
    assert_eq!(conversation.glance().status, Status::Paused);
    assert_eq!(
        world.until(|calls| calls[0].went != Went::On).await[0].went,
        Went::Interrupted
    );
    conversation.command(Command::Interrupt).await.unwrap();
    world.expect_end(
        &*conversation,
        "ActionEvent slow slow: {}
         AgentErrorEvent slow Tool call interrupted before completion. The conversation was paused.
         state execution_status paused
         InterruptEvent user",
    );
    conversation.command(Command::Run).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.hands.count("slow"), 1);
}

#[tokio::test]
async fn an_interrupt_drops_a_model_that_does_not_answer() {
    let world = World::new(Script::new().hangs().then().says("Now I do."));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.asked(1).await;
    conversation.command(Command::Interrupt).await.unwrap();
    conversation.command(Command::Run).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
}

#[tokio::test]
async fn a_pause_lets_the_tool_finish_and_nothing_more() {
    let gate = Gate::new();
    let world = World::with(
        Script::new().calls("slow", json!({})).then().says("Bye."),
        Scripted::new().with(Tool::slow("slow", &gate)),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    conversation.command(Command::Pause).await.unwrap();
    conversation.command(Command::Pause).await.unwrap();
    gate.open();
    world.grown_to(&*conversation, "ObservationEvent").await;
    assert_eq!(world.model.asked(), 1);
    assert_eq!(world.count(&*conversation, "PauseEvent"), 1);
    conversation.command(Command::Run).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.hands.count("slow"), 1);
}

#[tokio::test]
async fn what_waits_for_confirmation_runs_only_when_it_is_given() {
    let world = World::confirming(
        Script::new()
            .calls("echo", json!({"text": "1"}))
            .then()
            .calls("echo", json!({"text": "2"}))
            .then()
            .calls("finish", json!({"message": "ok"})),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(
        world.settled(&*conversation).await,
        Status::WaitingForConfirmation
    );
    assert_eq!(world.hands.count("echo"), 0);
    let no = Command::Confirm {
        accept: false,
        reason: "not that one".to_owned(),
    };
    conversation.command(no).await.unwrap();
    assert_eq!(conversation.glance().status, Status::Idle);
    conversation.command(Command::Run).await.unwrap();
    assert_eq!(
        world.settled(&*conversation).await,
        Status::WaitingForConfirmation
    );
    conversation
        .command(Command::Confirm {
            accept: true,
            reason: String::new(),
        })
        .await
        .unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.hands.count("echo"), 1, "only the second one ran");
    let asked = world.model.prompts();
    assert_eq!(
        asked[1].messages.last().unwrap().text(),
        "Action rejected: not that one"
    );
    let again = conversation.command(Command::reject()).await;
    assert!(matches!(again, Err(CommandError::Conflict(_))), "{again:?}");
}

#[tokio::test]
async fn a_new_word_takes_the_place_of_what_waits_for_confirmation() {
    let world = World::confirming(
        Script::new()
            .calls("echo", json!({"text": "1"}))
            .then()
            .says("Fine."),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(
        world.settled(&*conversation).await,
        Status::WaitingForConfirmation
    );
    conversation
        .command(Command::say("rather not"))
        .await
        .unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.hands.count("echo"), 0);
    assert_eq!(world.count(&*conversation, "UserRejectObservation"), 1);
}

#[tokio::test]
async fn calls_that_cannot_be_carried_out_are_answered_with_the_reason() {
    let world = World::new(
        Script::new()
            .calls("bogus", json!({"a": 1}))
            .then()
            .calls_raw("echo", "{\"text\": \"x")
            .then()
            .calls("finish", json!({"msg": 1}))
            .then()
            .calls("finish", json!({"message": "recovered"})),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let errors: Vec<String> = world
        .events(&*conversation)
        .into_iter()
        .filter_map(|event| {
            if let Body::AgentError(error) = event.body {
                Some(error.error)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(
        errors[0],
        "Tool 'bogus' not found. Available: ['echo', 'finish']"
    );
    assert!(
        errors[1].starts_with("Error validating tool 'echo':")
            && errors[1].ends_with("Arguments: unparseable JSON")
    );
    assert_eq!(
        errors[2],
        "Error validating tool 'finish': `message` is required; `msg` is not a parameter. Parameters provided: ['msg']"
    );
}

#[tokio::test]
async fn a_run_ends_at_its_limit_of_steps() {
    let forever = Script::new().forever(Script::new().calls("count", json!({})));
    let world = World::with(forever, Scripted::new().with(Tool::counting("count")));
    let conversation = world.start().await;
    conversation
        .command(Command::Update(Setting::MaxIterations(5)))
        .await
        .unwrap();
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Error);
    assert_eq!(world.hands.count("count"), 5);
    world.expect_end(
        &*conversation,
        "state execution_status error
         ConversationErrorEvent MaxIterationsReached Agent reached maximum iterations limit (5).",
    );
    conversation.command(Command::Run).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Error);
    assert_eq!(world.hands.count("count"), 10, "the limit is one run's");
}

#[tokio::test]
async fn a_run_ends_when_its_budget_is_spent() {
    let forever = Script::new().forever(Script::new().calls("count", json!({})).costs(0.25));
    let world = World::with(forever, Scripted::new().with(Tool::counting("count")));
    let conversation = world.start().await;
    conversation
        .command(Command::Update(Setting::Budget(Some(0.5))))
        .await
        .unwrap();
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Error);
    assert_eq!(world.hands.count("count"), 2);
    assert!((conversation.glance().stats.cost() - 0.5).abs() < 1e-9);
    world.expect_end(
        &*conversation,
        "state execution_status error
         ConversationErrorEvent MaxBudgetReached Agent reached maximum budget limit ($0.5000); accumulated cost $0.5000.",
    );
}

#[tokio::test]
async fn an_agent_in_circles_is_stopped() {
    let world =
        World::new(Script::new().forever(Script::new().calls("echo", json!({"text": "same"}))));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Stuck);
    assert_eq!(world.hands.count("echo"), 4);
}

#[tokio::test]
async fn a_call_that_keeps_failing_is_advised_once_and_then_stopped() {
    let world = World::new(Script::new().forever(Script::new().calls("bogus", json!({}))));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Stuck);
    let advice: Vec<Event> = world
        .events(&*conversation)
        .into_iter()
        .filter(|event| {
            event.source == Source::Environment && matches!(event.body, Body::Message(_))
        })
        .collect();
    assert_eq!(advice.len(), 1);
    assert_eq!(world.model.asked(), 4);
}

#[tokio::test]
async fn an_agent_that_says_nothing_is_asked_for_more_but_not_forever() {
    let world = World::new(Script::new().forever(Script::new().thinks("hm")));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Stuck);
    assert_eq!(world.model.asked(), 3);
}

#[tokio::test]
async fn a_model_that_fails_ends_the_run_with_the_reason() {
    let world = World::new(Script::new().fails_for(Cause::Auth).then().says("Better."));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Error);
    let Some(Event {
        body: Body::ConversationError(error),
        ..
    }) = world.events(&*conversation).pop()
    else {
        panic!("no error at the end")
    };
    assert_eq!(error.code, "LLMAuthenticationError");
    conversation.command(Command::Run).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
}

#[tokio::test]
async fn calls_after_finish_are_dropped() {
    let world = World::new(
        Script::new()
            .calls("finish", json!({"message": "done"}))
            .calls("echo", json!({"text": "late"})),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.count(&*conversation, "ActionEvent"), 1);
}

#[tokio::test]
async fn results_stand_in_call_order_whatever_ends_first() {
    let gate = Gate::new();
    let world = World::with(
        Script::new()
            .calls("slow", json!({}))
            .calls("echo", json!({"text": "quick"}))
            .then()
            .says("Both."),
        Scripted::new()
            .with(Tool::slow("slow", &gate))
            .with(Tool::echo("echo")),
    )
    .at_once(2);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world
        .hands
        .until(|calls| {
            calls
                .iter()
                .any(|c| c.tool == "echo" && c.went == Went::Well)
        })
        .await;
    gate.open();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let order: Vec<String> = world
        .events(&*conversation)
        .into_iter()
        .filter_map(|event| {
            if let Body::Observation(result) = event.body {
                Some(result.tool_name)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(order, ["slow", "echo"]);
}

#[tokio::test]
async fn call_ids_that_come_again_are_told_apart() {
    let world = World::new(
        Script::new()
            .calls("echo", json!({"text": "1"}))
            .with_id("call_0")
            .then()
            .calls("echo", json!({"text": "2"}))
            .with_id("call_0")
            .then()
            .says("Bye."),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.model.prompts().pop().unwrap().messages.len(), 6);
}

#[tokio::test]
async fn a_question_beside_the_task_leaves_no_trace_but_its_cost() {
    let gate = Gate::new();
    let world = World::with(
        Script::new()
            .calls("slow", json!({}))
            .then()
            .says("42")
            .costs(0.1)
            .then()
            .says("Bye."),
        Scripted::new().with(Tool::slow("slow", &gate)),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    let answer = conversation
        .command(Command::Ask("what is it?".to_owned()))
        .await
        .unwrap();
    assert_eq!(answer, domain::Reply::Answer("42".to_owned()));
    gate.open();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.count(&*conversation, "MessageEvent"), 2);
    let stats = conversation.glance().stats;
    assert!((stats.usage_to_metrics["ask-agent-llm"].accumulated_cost - 0.1).abs() < 1e-9);
}

#[tokio::test]
async fn secrets_appear_nowhere_and_reach_only_the_call_that_names_them() {
    let world = World::with(
        Script::new()
            .calls("echo", json!({"text": "my TOKEN is hunter2-hunter2"}))
            .then()
            .calls("echo", json!({"text": "TOKENS are fine"}))
            .then()
            .says("It was hunter2-hunter2."),
        Scripted::new().with(Tool::echo("echo")),
    )
    .with_secret("TOKEN", "hunter2-hunter2");
    let conversation = world.start().await;
    conversation
        .command(Command::say("the token is hunter2-hunter2"))
        .await
        .unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let log = conversation.log();
    for entry in log.read(0, usize::MAX).unwrap() {
        assert!(
            !String::from_utf8_lossy(&entry.json).contains("hunter2"),
            "{:?}",
            entry.json
        );
    }
    for prompt in world.model.prompts() {
        assert!(!format!("{:?}", prompt.messages).contains("hunter2"));
    }
    let calls = world.hands.calls();
    assert_eq!(
        (calls[0].secrets.as_slice(), calls[1].secrets.as_slice()),
        (["TOKEN".to_owned()].as_slice(), [].as_slice())
    );
    assert!(
        format!("{:?}", calls[0].action).contains("hunter2"),
        "the tool itself gets what the model wrote"
    );
}

#[tokio::test]
async fn moving_the_head_begins_another_branch() {
    let world = World::new(
        Script::new()
            .says("First.")
            .then()
            .says("Second.")
            .then()
            .says("Third."),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("one")).await.unwrap();
    world.settled(&*conversation).await;
    let first = conversation.glance().leaf.unwrap();
    conversation.command(Command::say("two")).await.unwrap();
    world.settled(&*conversation).await;
    conversation
        .command(Command::Navigate(Some(first)))
        .await
        .unwrap();
    conversation.command(Command::say("three")).await.unwrap();
    world.settled(&*conversation).await;
    let texts: Vec<String> = world
        .model
        .prompts()
        .pop()
        .unwrap()
        .messages
        .iter()
        .skip(1)
        .map(|m| m.text())
        .collect();
    assert_eq!(texts, ["one", "First.", "three"]);
    let nowhere = conversation
        .command(Command::Navigate(Some(domain::EventId::new("nowhere"))))
        .await;
    assert!(
        matches!(nowhere, Err(CommandError::NotFound(_))),
        "{nowhere:?}"
    );
}

#[tokio::test]
async fn moving_the_head_before_everything_begins_anew() {
    let world = World::new(Script::new().says("First.").then().says("Second."));
    let conversation = world.start().await;
    conversation.command(Command::say("one")).await.unwrap();
    world.settled(&*conversation).await;
    conversation.command(Command::Navigate(None)).await.unwrap();
    conversation.command(Command::say("two")).await.unwrap();
    world.settled(&*conversation).await;
    let prompt = world.model.prompts().pop().unwrap();
    assert_eq!(
        prompt.messages.len(),
        2,
        "the instructions and the new word"
    );
    assert_eq!(world.count(&*conversation, "SystemPromptEvent"), 2);
}

#[tokio::test]
async fn a_fork_shares_the_past_and_not_the_future() {
    let world = World::new(
        Script::new()
            .says("First.")
            .costs(1.0)
            .then()
            .says("Second.")
            .then()
            .says("Fork."),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("one")).await.unwrap();
    world.settled(&*conversation).await;
    let first = conversation.glance().leaf.unwrap();
    conversation.command(Command::say("two")).await.unwrap();
    world.settled(&*conversation).await;
    let fork = world
        .local
        .fork(Fork {
            at: Some(first),
            ..Fork::new(conversation.id(), world.fresh_id())
        })
        .await
        .unwrap();
    assert_eq!(fork.glance().status, Status::Idle);
    assert!(fork.glance().stats.cost().abs() < 1e-9);
    fork.command(Command::say("three")).await.unwrap();
    world.settled(&*fork).await;
    let prompt = world.model.prompts().pop().unwrap();
    let texts: Vec<String> = prompt.messages.iter().skip(1).map(|m| m.text()).collect();
    assert_eq!(texts, ["one", "First.", "three"]);
    assert_eq!(
        prompt.cache_key,
        Some(conversation.id().to_string()),
        "they share a cache"
    );
    assert!(!world.texts(&*conversation).contains(&"three".to_owned()));
}

#[tokio::test]
async fn commands_that_make_no_sense_change_nothing() {
    let world = World::new(Script::new().says("Hello."));
    let conversation = world.start().await;
    conversation.command(Command::say("hi")).await.unwrap();
    world.settled(&*conversation).await;
    let before = conversation.log().len();
    let mut message = domain::Message::user("x");
    message.role = domain::Role::Assistant;
    let spoof = conversation
        .command(Command::Say {
            message,
            sender: None,
            run: true,
        })
        .await;
    assert!(matches!(spoof, Err(CommandError::Invalid(_))), "{spoof:?}");
    let zero = conversation
        .command(Command::Update(Setting::MaxIterations(0)))
        .await;
    assert!(matches!(zero, Err(CommandError::Invalid(_))), "{zero:?}");
    let tags = std::collections::BTreeMap::from([("Bad Key".to_owned(), String::new())]);
    let tags = conversation
        .command(Command::Update(Setting::Tags(tags)))
        .await;
    assert!(matches!(tags, Err(CommandError::Invalid(_))), "{tags:?}");
    conversation.command(Command::Run).await.unwrap();
    conversation.command(Command::Interrupt).await.unwrap();
    assert_eq!(conversation.log().len(), before);
}
