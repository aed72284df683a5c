//! Copies of conversations: what they take along, and what they begin anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{Command, CommandError, Conversation, Conversations as _, Fork, Setting, Status};
use serde_json::json;
use testkit::model::Script;

use crate::world::World;

fn tags(value: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("team".to_owned(), value.to_owned())])
}

/// A conversation with a name, labels, a skill that was set off, and some use of a model.
async fn original() -> (World, Arc<dyn Conversation>) {
    let script = Script::new().says("One.").uses(10, 5).costs(0.5).then();
    let mut world = World::new(script.says("Two."));
    world.start.title = Some("First".to_owned());
    world.start.agent.agent_context = Some(Arc::new(json!({"skills": [
        {"name": "gitty", "content": "Rebase.", "trigger": {"type": "keyword", "keywords": ["git"]}},
    ]})));
    let conversation = world.start().await;
    let labels = Setting::Tags(tags("a"));
    conversation.command(Command::Update(labels)).await.unwrap();
    conversation.command(Command::say("use git")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    (world, conversation)
}

#[tokio::test]
async fn a_copy_has_a_name_labels_and_a_bill_of_its_own() {
    let (mut world, conversation) = original().await;
    let plain = Fork::new(conversation.id(), world.fresh_id());
    let copy = world.local.fork(plain).await.unwrap().glance();
    assert_eq!((copy.start.title.clone(), copy.start.tags.len()), (None, 0));
    assert!(copy.stats.usage_to_metrics.is_empty());
    assert_eq!(copy.ledger.activated_knowledge_skills, ["gitty"]);
    assert_eq!(copy.status, Status::Idle);
    let third = domain::ConversationId(uuid::Uuid::from_u128(3));
    let full = Fork {
        title: Some("Second".to_owned()),
        tags: tags("b"),
        keep_stats: true,
        ..Fork::new(conversation.id(), third)
    };
    world.local.fork(full).await.unwrap();
    // What a copy is, it still is when it is opened again.
    world.start.id = third;
    let copy = world.crash_and_reopen().await.glance();
    assert_eq!(copy.start.title.as_deref(), Some("Second"));
    assert_eq!(copy.start.tags, tags("b"));
    assert_eq!(copy.stats.cost(), 0.5);
    assert_eq!(
        copy.start.forked_from.clone().unwrap().conversation,
        conversation.id()
    );
}

#[tokio::test]
async fn a_copy_up_to_an_event_remembers_which_skills_were_set_off() {
    let (world, conversation) = original().await;
    let events = world.events(&*conversation);
    let first = events.iter().find(|event| event.body.moves_leaf());
    let first = first.unwrap().id.clone();
    let early = Fork {
        at: Some(first.clone()),
        tags: tags("c"),
        ..Fork::new(conversation.id(), world.fresh_id())
    };
    let copy = world.local.fork(early).await.unwrap();
    let glance = copy.glance();
    assert_eq!(glance.leaf, Some(first));
    assert_eq!(glance.ledger.activated_knowledge_skills, ["gitty"]);
    assert_eq!(glance.start.tags, tags("c"));
    copy.command(Command::say("git once more")).await.unwrap();
    assert_eq!(world.settled(&*copy).await, Status::Finished);
    let asked = world.model.prompts().pop().unwrap();
    assert!(!asked.messages[1].text().contains("Rebase."));
}

#[tokio::test]
async fn labels_that_are_none_are_refused_before_anything_is_copied() {
    let (world, conversation) = original().await;
    let odd = Fork {
        tags: BTreeMap::from([("Not A Key".to_owned(), String::new())]),
        ..Fork::new(conversation.id(), world.fresh_id())
    };
    let refused = world.local.fork(odd).await;
    assert!(matches!(refused, Err(CommandError::Invalid(_))));
    assert_eq!(world.local.list().await.unwrap().len(), 1);
}
