//! A conversation whose machine goes down: nothing acknowledged is lost, nothing is done twice.

use crate::world::World;
use domain::{Command, CommandError, ConversationId, Conversations as _, Status};
use serde_json::json;
use testkit::gate::Gate;
use testkit::hands::{Scripted, Tool};
use testkit::log::Crash;
use testkit::model::Script;

fn counting(steps: u64) -> World {
    let finish = Script::new().calls("finish", json!({"message": "done"}));
    let script = Script::new()
        .repeat(steps, Script::new().calls("count", json!({})))
        .forever(finish)
        .by_history();
    World::with(
        script,
        Scripted::new()
            .with(Tool::counting("count"))
            .with(Tool::finish()),
    )
}

#[tokio::test]
async fn a_call_that_a_crash_cut_off_is_reported_and_not_run_again() {
    let gate = Gate::new();
    let script = Script::new()
        .calls("slow", json!({}))
        .then()
        .calls("finish", json!({"message": "ok"}))
        .by_history();
    let mut world = World::with(
        script,
        Scripted::new()
            .with(Tool::slow("slow", &gate))
            .with(Tool::finish()),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    let conversation = world.crash_and_reopen().await;
    assert_eq!(conversation.glance().status, Status::Error);
    world.expect_end(
        &*conversation,
        "ActionEvent slow slow: {}
         AgentErrorEvent slow Tool call interrupted: the engine stopped while it was under way, so its result is unknown. It was not run again; check what it did before you repeat it.
         state execution_status error",
    );
    conversation.command(Command::Run).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.hands.count("slow"), 1);
}

#[tokio::test]
async fn what_waits_for_confirmation_still_waits_after_a_crash() {
    let mut world = World::confirming(
        Script::new()
            .calls("echo", json!({"text": "1"}))
            .then()
            .calls("finish", json!({"message": "ok"}))
            .by_history(),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(
        world.settled(&*conversation).await,
        Status::WaitingForConfirmation
    );
    let conversation = world.crash_and_reopen().await;
    assert_eq!(conversation.glance().status, Status::WaitingForConfirmation);
    conversation
        .command(Command::Confirm {
            accept: true,
            reason: String::new(),
        })
        .await
        .unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.hands.count("echo"), 1);
}

#[tokio::test]
async fn a_crash_at_any_write_loses_no_answer_and_runs_no_call_twice() {
    for crash in [Crash::Lost, Crash::Unacknowledged] {
        for batch in 2..40 {
            let mut world = counting(6);
            let conversation = world.start().await;
            world.journal.crash_at(batch, crash);
            let answered = conversation.command(Command::say("go")).await.is_ok();
            tokio::select! {
                _ = world.settled(&*conversation) => {}
                () = world.journal.crashed() => {}
            }
            let conversation = world.reopen().await;
            if answered {
                assert!(
                    world.texts(&*conversation).contains(&"go".to_owned()),
                    "an acknowledged message is lost"
                );
            } else {
                let _ = conversation.command(Command::say("go")).await;
            }
            while world.settled(&*conversation).await != Status::Finished {
                conversation.command(Command::Run).await.unwrap();
            }
            let results = world.count(&*conversation, "ObservationEvent")
                + world.count(&*conversation, "AgentErrorEvent");
            assert_eq!(
                world.count(&*conversation, "ActionEvent"),
                results,
                "every call has one result"
            );
            let actions = world.count(&*conversation, "ActionEvent");
            assert!(
                world.hands.calls().len() <= actions,
                "{batch}: {} calls for {actions} actions",
                world.hands.calls().len()
            );
        }
    }
}

#[tokio::test]
async fn words_are_neither_acknowledged_nor_answered_before_they_are_durable() {
    let world = counting(1);
    let conversation = world.start().await;
    world.journal.hold();
    let say = conversation.command(Command::say("go"));
    tokio::pin!(say);
    tokio::select! {
        biased;
        answer = &mut say => panic!("acknowledged too early: {answer:?}"),
        () = a_while(|| world.journal.held() > 0) => {}
    }
    assert_eq!(
        world.model.asked(),
        0,
        "nobody pays for an answer to lost words"
    );
    world.journal.release();
    say.await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
}

#[tokio::test]
async fn a_call_that_may_change_something_waits_for_its_action_to_be_durable() {
    let gate = Gate::new();
    let finish = Script::new().calls("finish", json!({"message": "done"}));
    let script = Script::new()
        .calls("count", json!({}))
        .waits_at(&gate)
        .forever(finish);
    let hands = Scripted::new()
        .with(Tool::counting("count"))
        .with(Tool::finish());
    let world = World::with(script, hands);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.asked(1).await;
    world.journal.hold();
    gate.open();
    a_while(|| world.journal.held() > 0).await;
    assert_eq!(world.hands.calls().len(), 0);
    world.journal.release();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.hands.count("count"), 1);
}

/// Lets everything else go on until something holds, and some time longer.
async fn a_while(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_full_disk_is_said_once_and_loses_nothing() {
    let mut world = counting(3);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    let before = world.events(&*conversation).len();
    world.journal.fail_next(std::io::ErrorKind::StorageFull);
    let refused = conversation
        .command(Command::say("more"))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, CommandError::Log(_)) && refused.to_string().contains("Free some space"),
        "{refused}"
    );
    assert_eq!(conversation.glance().status, Status::Error);
    let again = conversation
        .command(Command::say("more"))
        .await
        .unwrap_err();
    assert!(matches!(again, CommandError::Log(_)), "{again}");
    conversation.close().await.ok();
    let conversation = world.reopen().await;
    assert_eq!(world.events(&*conversation).len(), before);
}

#[tokio::test]
async fn closing_ends_what_runs_and_the_conversation_can_be_opened_again() {
    let gate = Gate::new();
    let script = Script::new()
        .calls("slow", json!({}))
        .then()
        .says("Back.")
        .by_history();
    let world = World::with(script, Scripted::new().with(Tool::slow("slow", &gate)));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    conversation.close().await.unwrap();
    assert!(world.hands.is_closed());
    assert!(matches!(
        conversation.command(Command::Run).await,
        Err(CommandError::Closed)
    ));
    let conversation = world.local.open(world.start.id).await.unwrap();
    assert_eq!(conversation.glance().status, Status::Paused);
    conversation.command(Command::Run).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.hands.count("slow"), 1);
}

#[tokio::test]
async fn secrets_are_sealed_in_the_log_and_open_after_a_restart() {
    let script = Script::new()
        .calls("echo", json!({"text": "use TOKEN"}))
        .then()
        .says("ok")
        .by_history();
    let mut world = World::with(script, Scripted::new().with(Tool::echo("echo")))
        .with_secret("TOKEN", "hunter2-hunter2");
    let conversation = world.start().await;
    let log = conversation.log();
    log.replay(&mut |record| {
        let fact = record.fact.unwrap_or_default();
        assert!(!String::from_utf8_lossy(&fact).contains("hunter2-hunter2"));
        Ok(())
    })
    .unwrap();
    let conversation = world.crash_and_reopen().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.hands.calls()[0].secrets, ["TOKEN"]);
}

#[tokio::test]
async fn conversations_are_listed_and_deleted() {
    let world = counting(1);
    let conversation = world.start().await;
    assert_eq!(world.local.list().await.unwrap(), [conversation.id()]);
    let missing = world
        .local
        .open(ConversationId(uuid::Uuid::from_u128(9)))
        .await;
    assert!(matches!(
        missing,
        Err(CommandError::Log(domain::LogError::NotFound(_)))
    ));
    let twice = world.local.create(world.start.clone()).await;
    assert!(matches!(
        twice,
        Err(CommandError::Log(domain::LogError::Exists(_)))
    ));
    world.local.delete(conversation.id()).await.unwrap();
    assert!(world.local.list().await.unwrap().is_empty());
}
