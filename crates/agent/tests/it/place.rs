//! All conversations of one place: listed and looked at without being opened, let go of, and closed in time.

use std::sync::Arc;
use std::time::Duration;

use agent::{Local, Ports};
use bytes::Bytes;
use domain::{
    Action, Call, Command, CommandError, Conversations, Draft, EventId, Executor, Fut, Journal,
    Listed, Llm, LlmError, LlmSpec, Log, LogError, Observation, Outfit, Past, Reached, Resources,
    Setting, Start, Status, ToolError, ToolSpec, Vault,
};
use domain::{ConversationId, Fork};
use serde_json::json;
use testkit::clock::Frozen;
use testkit::gate::Gate;
use testkit::hands::{Scripted, Tool};
use testkit::log::Memory;
use testkit::model::{InProcess, Script};

use crate::world::World;

/// A second look at the same place, by somebody who has nothing open.
fn another(journal: Arc<dyn Journal>) -> Local {
    place(journal, Arc::new(Clinging(Scripted::new())))
}

fn place(journal: Arc<dyn Journal>, hands: Arc<Clinging>) -> Local {
    let script = Script::new().calls("slow", json!({})).then().says("Bye.");
    let model = Arc::new(InProcess::new(script));
    Local::new(Ports {
        journal,
        outfit: Arc::new(Worn { model, hands }),
        clock: Arc::new(Frozen::new(7)),
        vault: Arc::new(Open),
    })
}

struct Worn {
    model: Arc<InProcess>,
    hands: Arc<Clinging>,
}

impl Outfit for Worn {
    fn llm(&self, _: &LlmSpec) -> Result<Arc<dyn Llm>, LlmError> {
        Ok(Arc::clone(&self.model) as Arc<dyn Llm>)
    }

    fn executor(&self, _: &Start, _: &std::path::Path) -> Result<Arc<dyn Executor>, CommandError> {
        Ok(Arc::clone(&self.hands) as Arc<dyn Executor>)
    }
}

struct Open;

impl Vault for Open {
    fn seal(&self, _: &str) -> Option<String> {
        None
    }

    fn unseal(&self, _: &str) -> Option<String> {
        None
    }
}

/// Hands that never let go of what they hold.
struct Clinging(Scripted);

impl Executor for Clinging {
    fn tools(&self) -> &[ToolSpec] {
        self.0.tools()
    }

    fn resources(&self, tool: &str, action: &Action) -> Resources {
        self.0.resources(tool, action)
    }

    fn run<'a>(
        &'a self,
        call: Call<'a>,
        progress: &'a (dyn Fn(&str) + Send + Sync),
    ) -> Fut<'a, Result<Observation, ToolError>> {
        self.0.run(call, progress)
    }

    fn close(&self) -> Fut<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// A journal in which one log cannot be read to its end.
struct Damaged(Memory, ConversationId);

impl Damaged {
    fn damage(&self, id: ConversationId) -> Result<(), LogError> {
        if id != self.1 {
            return Ok(());
        }
        Err(LogError::Corrupt {
            path: "some.seg".to_owned(),
            offset: 9,
            detail: "it is torn".to_owned(),
        })
    }
}

impl Journal for Damaged {
    fn create(&self, id: ConversationId) -> Result<Arc<dyn Log>, LogError> {
        self.0.create(id)
    }

    fn open(&self, id: ConversationId) -> Result<Arc<dyn Log>, LogError> {
        self.damage(id)?;
        self.0.open(id)
    }

    fn peek(&self, id: ConversationId) -> Result<Arc<dyn Log>, LogError> {
        self.damage(id)?;
        self.0.peek(id)
    }

    fn recall(
        &self,
        id: ConversationId,
        each: &mut dyn FnMut(Past) -> Result<(), LogError>,
    ) -> Result<Reached, LogError> {
        let reached = self.0.recall(id, each)?;
        self.damage(id).map(|()| reached)
    }

    fn note(&self, id: ConversationId, upto: &Reached, note: Bytes) -> Result<(), LogError> {
        self.0.note(id, upto, note)
    }

    fn survey(&self) -> Result<Vec<Listed>, LogError> {
        self.0.survey()
    }

    fn is_open(&self, id: ConversationId) -> Result<bool, LogError> {
        Journal::is_open(&self.0, id)
    }

    fn list(&self) -> Result<Vec<ConversationId>, LogError> {
        Journal::list(&self.0)
    }

    fn place(&self, id: ConversationId) -> Option<std::path::PathBuf> {
        self.0.place(id)
    }

    fn delete(&self, id: ConversationId) -> Result<(), LogError> {
        Journal::delete(&self.0, id)
    }
}

fn shared(world: &World) -> Arc<dyn Journal> {
    Arc::clone(&world.journal) as Arc<dyn Journal>
}

#[tokio::test]
async fn at_rest_it_looks_as_it_did_when_it_was_open() {
    let script = Script::new()
        .calls("echo", json!({"message": "a"}))
        .then()
        .says("Done.");
    let world = World::new(script);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let title = Command::Update(Setting::Title("A name".to_owned()));
    conversation.command(title).await.unwrap();
    let first = world.events(&*conversation)[1].id.clone();
    let id = conversation.id();
    for step in 0..3 {
        let conversation = world.local.open(id).await.unwrap();
        match step {
            0 => {}
            1 => drop(
                conversation
                    .command(Command::Navigate(Some(first.clone())))
                    .await,
            ),
            _ => drop(conversation.command(Command::Navigate(None)).await),
        }
        let open = conversation.glance();
        assert!(world.local.is_open(id));
        assert_eq!(world.local.glance(id).await.unwrap(), open);
        let cards = world.local.catalogue().await.unwrap();
        assert_eq!(*cards[0], open.card());
        // As another server sees it while it is open here: without a note, or behind the last one.
        let beside = another(shared(&world)).glance(id).await.unwrap();
        assert_eq!(
            (beside.leaf, &beside.stats),
            (open.leaf.clone(), &open.stats)
        );

        conversation.close().await.unwrap();
        drop(conversation);
        assert!(!world.local.is_open(id));
        assert_eq!(world.local.glance(id).await.unwrap(), open, "step {step}");
        let other = another(shared(&world));
        assert_eq!(other.glance(id).await.unwrap(), open, "step {step}");
        let cards = other.catalogue().await.unwrap();
        assert_eq!(*cards[0], open.card());
        assert_eq!(cards[0].title.as_deref(), Some("A name"));
        assert!(!other.is_open(id));
    }
}

#[tokio::test]
async fn the_catalogue_follows_what_others_do() {
    let world = World::new(Script::new().says("Hi."));
    let conversation = world.start().await;
    conversation.close().await.unwrap();
    let other = another(shared(&world));
    let cards = other.catalogue().await.unwrap();
    assert_eq!((cards.len(), cards[0].status), (1, Status::Idle));

    let fork = Fork::new(world.start.id, world.fresh_id());
    world.local.fork(fork).await.unwrap().close().await.unwrap();
    let conversation = world.local.open(world.start.id).await.unwrap();
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    conversation.close().await.unwrap();
    let cards = other.catalogue().await.unwrap();
    let finished = cards.iter().find(|card| card.id == world.start.id).unwrap();
    assert_eq!((cards.len(), finished.status), (2, Status::Finished));

    world.local.delete(world.start.id).await.unwrap();
    assert_eq!(other.catalogue().await.unwrap().len(), 1);
    let gone = other.glance(world.start.id).await.unwrap_err();
    assert!(matches!(
        gone,
        CommandError::Log(LogError::NotFound(id)) if id == world.start.id
    ));
}

#[tokio::test]
async fn what_nobody_runs_any_more_is_not_running() {
    let gate = Gate::new();
    let script = Script::new().calls("slow", json!({})).then().says("Bye.");
    let world = World::with(script, Scripted::new().with(Tool::slow("slow", &gate)));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    let other = another(shared(&world));
    let seen = other.glance(world.start.id).await.unwrap();
    assert_eq!(seen.status, Status::Running, "it runs elsewhere");
    world.journal.crash();
    world.journal.restart();
    let left = another(shared(&world));
    let seen = left.glance(world.start.id).await.unwrap();
    assert_eq!(seen.status, Status::Error);
    assert_eq!(left.catalogue().await.unwrap()[0].status, Status::Error);
    assert_eq!(other.catalogue().await.unwrap()[0].status, Status::Error);
}

#[tokio::test]
async fn a_damaged_log_hides_no_other_and_shows_what_is_known() {
    let world = World::new(Script::new().says("Hi."));
    let conversation = world.start().await;
    let title = Command::Update(Setting::Title("Torn".to_owned()));
    conversation.command(title).await.unwrap();
    conversation.close().await.unwrap();
    let fork = Fork::new(world.start.id, world.fresh_id());
    world.local.fork(fork).await.unwrap().close().await.unwrap();
    let journal = Damaged(Memory::clone(&world.journal), world.start.id);
    let place = another(Arc::new(journal));
    let cards = place.catalogue().await.unwrap();
    assert_eq!(cards.len(), 2);
    let torn = cards.iter().find(|card| card.id == world.start.id).unwrap();
    assert_eq!(torn.title.as_deref(), Some("Torn"));
    assert!(torn.fault.as_deref().unwrap().contains("it is torn"));
    assert!(cards.iter().any(|card| card.fault.is_none()));
    assert!(place.glance(world.start.id).await.is_err());
    assert!(place.glance(world.fresh_id()).await.is_ok());
}

#[tokio::test]
async fn a_note_of_another_version_is_passed_over() {
    let world = World::new(Script::new().says("Hi."));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    let open = conversation.glance();
    conversation.close().await.unwrap();
    for odd in ["", "{}", "{\"id\":7}\n{}", "nonsense\nnonsense"] {
        let reached = world
            .journal
            .recall(world.start.id, &mut |_| Ok(()))
            .unwrap();
        Journal::note(&*world.journal, world.start.id, &reached, odd.into()).unwrap();
        let seen = another(shared(&world))
            .glance(world.start.id)
            .await
            .unwrap();
        assert_eq!((seen.leaf, seen.status), (open.leaf.clone(), open.status));
        let cards = another(shared(&world)).catalogue().await.unwrap();
        assert_eq!((cards[0].status, &cards[0].fault), (open.status, &None));
    }
}

#[tokio::test]
async fn only_what_nobody_needs_is_let_go() {
    let gate = Gate::new();
    let script = Script::new().calls("slow", json!({})).then().says("Bye.");
    let world = World::with(script, Scripted::new().with(Tool::slow("slow", &gate)));
    let conversation = world.start().await;
    let id = conversation.id();
    let conflict = |outcome: Result<(), CommandError>| {
        assert!(
            matches!(outcome, Err(CommandError::Conflict(_))),
            "{outcome:?}"
        );
    };
    conflict(world.local.release(id).await);
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    drop(conversation);
    conflict(world.local.release(id).await);
    assert_eq!(world.local.release_idle(i64::MAX).await, 0);
    let conversation = world.local.open(id).await.unwrap();
    let ear = conversation.listen();
    gate.open();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let open = conversation.glance();
    drop(conversation);
    conflict(world.local.release(id).await);
    drop(ear);
    assert_eq!(
        world.local.release_idle(i64::MIN).await,
        0,
        "it was just used"
    );
    world.local.release(id).await.unwrap();
    assert!(!world.local.is_open(id));
    world.local.release(id).await.unwrap();
    world.local.release(world.fresh_id()).await.unwrap();
    let again = world.local.open(id).await.unwrap();
    assert_eq!(again.glance(), open);
    drop(again);
    assert_eq!(world.local.release_idle(i64::MAX).await, 1);
}

#[tokio::test]
async fn flushing_waits_for_the_disk() {
    let world = World::new(Script::new().says("Hi."));
    let conversation = world.start().await;
    world.journal.hold();
    let mut flushed = world.local.flush();
    let asked = async {
        let title = Command::Update(Setting::Title("Held".to_owned()));
        let (done, ()) = tokio::join!(conversation.command(title), async {
            while world.journal.held() == 0 {
                tokio::task::yield_now().await;
            }
            let poll = std::future::poll_fn(|context| {
                std::task::Poll::Ready(flushed.as_mut().poll(context).is_pending())
            });
            assert!(poll.await, "the title is on no disk yet");
            world.journal.release();
        });
        done
    };
    asked.await.unwrap();
    flushed.await.unwrap();
    let seen = another(shared(&world))
        .glance(world.start.id)
        .await
        .unwrap();
    assert_eq!(seen.start.title.as_deref(), Some("Held"));
}

#[tokio::test(start_paused = true)]
async fn all_is_closed_in_time_whatever_clings() {
    let journal = Arc::new(Memory::new());
    let gate = Gate::new();
    let hands = Arc::new(Clinging(Scripted::new().with(Tool::slow("slow", &gate))));
    let place = place(Arc::clone(&journal) as _, Arc::clone(&hands));
    let world = World::new(Script::new().says("Hi."));
    let conversation = place.create(world.start.clone()).await.unwrap();
    conversation.command(Command::say("go")).await.unwrap();
    hands.0.until(|calls| !calls.is_empty()).await;
    let before = tokio::time::Instant::now();
    let failed = place.close_all(Duration::from_secs(5)).await;
    assert!(before.elapsed() <= Duration::from_secs(5));
    assert!(failed.is_empty(), "{failed:?}");

    let seen = another(Arc::clone(&journal) as _);
    let glance = seen.glance(world.start.id).await.unwrap();
    assert_eq!(glance.status, Status::Paused);
    let log = journal.peek(world.start.id).unwrap();
    let told = log.read(0, usize::MAX).unwrap();
    let interrupted = |json: &Bytes| String::from_utf8_lossy(json).contains("interrupted");
    assert!(told.iter().any(|entry| interrupted(&entry.json)));
    let late = place.open(world.start.id).await.err();
    assert!(matches!(late, Some(CommandError::Closed)), "{late:?}");
    // The log is free for the next one.
    let event = Draft {
        event: Some((EventId::new("next"), "{}".into())),
        fact: None,
    };
    journal
        .open(world.start.id)
        .unwrap()
        .append(vec![event])
        .unwrap();
}

#[tokio::test]
async fn one_whose_log_failed_starts_anew_from_what_is_durable() {
    let world = World::new(Script::new().says("Hi.").then().says("Again."));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    world.journal.fail_next(std::io::ErrorKind::StorageFull);
    assert!(conversation.command(Command::say("more")).await.is_err());
    let again = world.local.open(world.start.id).await.unwrap();
    again.command(Command::say("more")).await.unwrap();
    assert_eq!(world.settled(&*again).await, Status::Finished);
    assert_eq!(world.texts(&*again).last().unwrap(), "Again.");
}
