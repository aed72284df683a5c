//! Sub-agents: what their files may say, and which of two wins.

use extensions::{SubAgentInfo, SubAgentsRequest};
use serde_json::json;

use crate::world::World;

async fn all(world: &World, browser: bool) -> Vec<SubAgentInfo> {
    let request = SubAgentsRequest {
        load_user: true,
        load_project: true,
        load_builtin: true,
        project_dir: Some(world.spelled("work")),
    };
    world
        .extensions
        .sub_agents(request, browser)
        .await
        .unwrap()
        .agents
}

fn names(agents: &[SubAgentInfo]) -> Vec<&str> {
    agents.iter().map(|agent| agent.name.as_str()).collect()
}

#[tokio::test]
async fn the_program_brings_four_and_needs_a_browser_for_one() {
    let world = World::new();
    let agents = all(&world, true).await;
    assert_eq!(
        names(&agents),
        [
            "bash-runner",
            "code-explorer",
            "general-purpose",
            "web-researcher"
        ]
    );
    assert!(
        agents
            .iter()
            .all(|agent| agent.is_builtin && !agent.system_prompt.is_empty())
    );
    assert_eq!(agents[2].tools, ["terminal", "file_editor", "task_tracker"]);
    assert_eq!(all(&world, false).await.len(), 3);
}

#[tokio::test]
async fn a_workspace_wins_over_a_person_over_the_program() {
    let world = World::new();
    world
        .file("work/.agents/agents/a.md", "---\nname: x\n---\nfirst")
        .file("work/.openhands/agents/a.md", "---\nname: x\n---\nsecond")
        .file("home/.agents/agents/a.md", "---\nname: x\n---\nthird")
        .file(
            "home/.openhands/agents/g.md",
            "---\nname: general-purpose\n---\nmine",
        )
        .file("home/.agents/agents/README.md", "not one");
    let agents = all(&world, false).await;
    assert_eq!(
        names(&agents),
        ["x", "general-purpose", "bash-runner", "code-explorer"]
    );
    assert_eq!(agents[0].system_prompt, "first");
    assert_eq!(agents[1].system_prompt, "mine");
    assert!(!agents[1].is_builtin);
}

#[tokio::test]
async fn everything_a_file_says_is_told_but_its_secrets() {
    let world = World::new();
    world.file(
        "work/.agents/agents/r.md",
        "---\nname: r\ndescription: Reviews <example> a </example>\ntools: terminal\nskills: a, b\n\
         permission_mode: Always_Confirm\nmax_iteration_per_run: '7'\nmax_budget_per_run: 2\n\
         mcp_servers:\n  s: {command: c, env: {K: hidden}, unknown: 1}\n\
         hooks: {PreToolUse: [{hooks: [{command: y}]}]}\ncondenser: none\nextra: [1, yes]\n---\nPrompt",
    );
    let agent = all(&world, false).await.remove(0);
    assert_eq!(agent.when_to_use_examples, ["a"]);
    assert_eq!(agent.skills, ["a", "b"]);
    assert_eq!(agent.permission_mode.as_deref(), Some("always_confirm"));
    assert_eq!(agent.max_iteration_per_run, Some(7));
    assert_eq!(agent.condenser, Some(json!({"kind": "NoOpCondenser"})));
    assert_eq!(agent.metadata["extra"], json!([1, true]));
    let shown = serde_json::to_value(&agent).unwrap();
    assert_eq!(
        shown["mcp_config"],
        json!({"s": {"command": "c", "env": {"K": "**********"}, "enabled": true}})
    );
    assert_eq!(shown["mcp_config"], shown["mcp_servers"]);
    assert!(!format!("{agent:?}").contains("hidden"));
}

#[tokio::test]
async fn what_makes_no_sense_is_left_out() {
    let world = World::new();
    for (at, line) in [
        "permission_mode: whatever",
        "max_iteration_per_run: 0",
        "max_budget_per_run: -1",
        "mcp_config: [a]",
        "mcp_config: {a: {transport: stdio}}",
        "hooks: {Nope: []}",
        "condenser: sometimes",
        "profile_store_dir: [a]",
        "a: [",
    ]
    .iter()
    .enumerate()
    {
        world.file(
            &format!("work/.agents/agents/{at}.md"),
            format!("---\n{line}\n---\nx"),
        );
    }
    assert_eq!(all(&world, false).await.len(), 3);
}
