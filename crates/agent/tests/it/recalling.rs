//! Skills that words and files set off, and those an agent asks for.

use crate::world::World;
use domain::{Body, Command, Conversation, Setting, Status};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use testkit::model::Script;

fn context() -> Arc<Value> {
    Arc::new(json!({"skills": [
        {"name": "gitty", "content": "Always rebase.", "trigger": {"type": "keyword", "keywords": ["git"]}},
        {"name": "repo", "content": "This repo is odd."},
        {"name": "pdf", "content": "Use pdftool.", "description": "Handles PDFs", "is_agentskills_format": true},
    ], "user_message_suffix": "BE NICE"}))
}

fn activated(world: &World, conversation: &dyn Conversation) -> Vec<(Vec<String>, String)> {
    let bodies = world.events(conversation).into_iter().map(|e| e.body);
    bodies
        .filter_map(|body| match body {
            Body::Message(words) if words.llm_response_id.is_none() => {
                let extended: Vec<String> = words
                    .extended_content
                    .iter()
                    .map(|c| c.text.clone())
                    .collect();
                Some((words.activated_skills, extended.concat()))
            }
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn words_bring_a_skill_to_mind_once() {
    let mut world = World::new(Script::new().says("One.").then().says("Two."));
    world.start.agent.agent_context = Some(context());
    let conversation = world.start().await;
    for _ in 0..2 {
        conversation.command(Command::say("use git")).await.unwrap();
        world.settled(&*conversation).await;
    }
    let activated = activated(&world, &*conversation);
    assert_eq!(activated[0].0, ["gitty"]);
    assert!(activated[0].1.contains("Always rebase.") && activated[0].1.ends_with("BE NICE"));
    assert_eq!(activated[1], (Vec::new(), "BE NICE".to_owned()));
    let asked = world.model.prompts().remove(0);
    assert!(asked.messages[1].text().contains("use git\n<EXTRA_INFO>"));
    let system = asked.messages[0].text();
    assert!(system.contains("This repo is odd.") && system.contains("<name>pdf</name>"));
    let names = |conversation: &dyn Conversation| {
        conversation
            .glance()
            .ledger
            .activated_knowledge_skills
            .clone()
    };
    assert_eq!(names(&*conversation), ["gitty"]);
    assert_eq!(names(&*world.crash_and_reopen().await), ["gitty"]);
}

#[tokio::test]
async fn an_agent_asks_for_a_skill_by_name() {
    let script = Script::new()
        .calls("invoke_skill", json!({"name": "pdf"}))
        .calls("invoke_skill", json!({"name": "nope"}))
        .then()
        .says("Done.");
    let mut world = World::new(script);
    world.start.agent.agent_context = Some(context());
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let prompts = world.model.prompts();
    let results: Vec<String> = prompts[1].messages[3..].iter().map(|m| m.text()).collect();
    assert!(results[0].contains("Use pdftool."), "{results:?}");
    assert!(
        results[1].contains("There is no skill 'nope'"),
        "{results:?}"
    );
    let offered = prompts[0].tools.iter().find(|t| t.name == "invoke_skill");
    let properties = &offered.unwrap().parameters["properties"];
    assert!(properties.get("security_risk").is_none() && properties.get("summary").is_some());
    assert_eq!(conversation.glance().ledger.invoked_skills, ["pdf"]);
    let conversation = world.crash_and_reopen().await;
    assert_eq!(conversation.glance().ledger.invoked_skills, ["pdf"]);
}

#[tokio::test]
async fn without_such_skills_there_is_no_such_tool() {
    let mut world = World::new(Script::new().says("One.").then().says("Two."));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    let offered = |world: &World| {
        let prompt = world.model.prompts().pop().unwrap();
        prompt.tools.iter().any(|tool| tool.name == "invoke_skill")
    };
    assert!(!offered(&world));
    // A plugin brings some along.
    let setting = Setting::Context {
        agent_context: Some(context()),
        mcp_config: Map::new(),
        hook_config: None,
    };
    conversation
        .command(Command::Update(setting))
        .await
        .unwrap();
    conversation.command(Command::say("git")).await.unwrap();
    world.settled(&*conversation).await;
    assert!(offered(&world));
    let conversation = world.crash_and_reopen().await;
    let start = conversation.glance().start;
    assert_eq!(start.agent.agent_context, Some(context()));
    assert_eq!(
        conversation.glance().ledger.activated_knowledge_skills,
        ["gitty"]
    );
}
