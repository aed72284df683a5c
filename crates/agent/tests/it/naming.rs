//! Names for conversations, asked for beside the work.

use crate::world::World;
use domain::{
    Command, CommandError, Content, Conversation, LlmSpec, Message, Reply, Role, Setting, Status,
    TITLE_LENGTH,
};
use serde_json::json;
use testkit::gate::Gate;
use testkit::model::{Cause, InProcess, Script};

/// A world whose conversations want a name, which a model of its own makes.
fn world(namer: Script) -> World {
    let agent = Script::new().says("Hello!").then().says("Again.");
    let mut world = World::new(agent).beside("namer", InProcess::new(namer));
    world.start.autotitle = true;
    world.start.title_llm = Some(Box::new(LlmSpec {
        usage_id: "namer".to_owned(),
        api_key: Some("sk-namer".into()),
        ..LlmSpec::default()
    }));
    world
}

async fn named(world: &World, conversation: &dyn Conversation) -> String {
    world
        .until_true(|| conversation.glance().start.title.is_some())
        .await;
    conversation.glance().start.title.clone().unwrap()
}

#[tokio::test]
async fn the_first_words_give_a_conversation_its_name() {
    let mut world = world(Script::new().says("<think>hm</think>Greeting"));
    let conversation = world.start().await;
    conversation
        .command(Command::say("hi there"))
        .await
        .unwrap();
    world.settled(&*conversation).await;
    assert_eq!(named(&world, &*conversation).await, "Greeting");
    conversation.command(Command::say("more")).await.unwrap();
    world.settled(&*conversation).await;
    let asked = world.other("namer").prompts();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].tools.is_empty() && !asked[0].stream);
    assert!(asked[0].messages[1].text().contains("hi there"));
    let stats = &conversation.glance().stats.usage_to_metrics;
    assert_eq!(stats["namer"].token_usages.len(), 1);
    let log = serde_json::to_string(&conversation.glance().start.title_llm).unwrap();
    assert!(!log.contains("sk-namer"), "{log}");
    let conversation = world.crash_and_reopen().await;
    assert_eq!(named(&world, &*conversation).await, "Greeting");
}

#[tokio::test]
async fn nobody_waits_for_a_name() {
    let gate = Gate::new();
    let world = world(Script::new().says("Late").waits_at(&gate));
    let conversation = world.start().await;
    conversation.command(Command::say("hi")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(conversation.glance().start.title, None);
    gate.open();
    assert_eq!(named(&world, &*conversation).await, "Late");
}

#[tokio::test]
async fn a_name_that_somebody_gave_stays() {
    let gate = Gate::new();
    let world = world(Script::new().says("Made up").waits_at(&gate));
    let conversation = world.start().await;
    conversation.command(Command::say("hi")).await.unwrap();
    let title = Setting::Title("Mine".to_owned());
    conversation.command(Command::Update(title)).await.unwrap();
    gate.open();
    world
        .until_true(|| {
            let stats = &conversation.glance().stats;
            stats.usage_to_metrics.contains_key("namer")
        })
        .await;
    conversation.command(Command::say("more")).await.unwrap();
    assert_eq!(named(&world, &*conversation).await, "Mine");
    assert_eq!(world.other("namer").asked(), 1);
}

#[tokio::test]
async fn words_name_a_conversation_that_no_model_names() {
    let world = world(Script::new().fails_for(Cause::Auth));
    let conversation = world.start().await;
    let long = "please look ".repeat(10);
    conversation.command(Command::say(long)).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let name = named(&world, &*conversation).await;
    assert!(
        name.starts_with("please look") && name.ends_with("..."),
        "{name}"
    );
    assert_eq!(name.chars().count(), TITLE_LENGTH);
    assert_eq!(world.count(&*conversation, "ConversationErrorEvent"), 0);
}

#[tokio::test]
async fn a_picture_alone_names_nothing() {
    let world = world(Script::new().says("Words"));
    let conversation = world.start().await;
    let picture = Content::Image {
        cache_prompt: false,
        image_urls: vec!["data:image/png;base64,AAAA".to_owned()],
    };
    let message = Message::new(Role::User, vec![picture]);
    let say = Command::Say {
        message,
        sender: None,
        run: true,
    };
    conversation.command(say).await.unwrap();
    world.settled(&*conversation).await;
    conversation
        .command(Command::say("words now"))
        .await
        .unwrap();
    assert_eq!(named(&world, &*conversation).await, "Words");
}

#[tokio::test]
async fn a_name_can_be_asked_for_without_being_taken() {
    let mut world = world(Script::new().says("One").then().fails_for(Cause::Auth));
    world.start.autotitle = false;
    let conversation = world.start().await;
    let title = || Command::Title {
        llm: world.start.title_llm.clone(),
        max_length: 5,
    };
    let nothing = conversation.command(title()).await;
    assert!(
        matches!(nothing, Err(CommandError::Conflict(_))),
        "{nothing:?}"
    );
    conversation
        .command(Command::say("hi there"))
        .await
        .unwrap();
    world.settled(&*conversation).await;
    let reply = conversation.command(title()).await.unwrap();
    assert_eq!(reply, Reply::Answer("One".to_owned()));
    let reply = conversation.command(title()).await.unwrap();
    assert_eq!(reply, Reply::Answer("hi...".to_owned()));
    assert_eq!(conversation.glance().start.title, None);
}

#[tokio::test]
async fn a_name_does_not_tell_a_secret() {
    let mut world = world(Script::new().says("About hunter2-secret"));
    world = world.with_secret("TOKEN", "hunter2-secret");
    let conversation = world.start().await;
    let words = "use hunter2-secret";
    conversation.command(Command::say(words)).await.unwrap();
    let name = named(&world, &*conversation).await;
    assert_eq!(name, "About <secret-hidden>");
    let asked = world.other("namer").prompts();
    let asked = json!(asked[0].messages[1].text()).to_string();
    assert!(!asked.contains("hunter2"), "{asked}");
}
