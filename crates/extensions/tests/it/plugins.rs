//! Plugins of both layouts, what is in them, and fetching one to look at it.

use extensions::{FetchPluginRequest, FetchProblem, Plugin, PluginsRequest};
use serde_json::json;

use crate::world::World;

const SCHEMA: &str = "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json";
const SERVERS: &str = "https://agent-plugins.org/schemas/1.0.0/mcp.schema.json";

async fn ready(world: &World) -> Vec<Plugin> {
    let request = PluginsRequest {
        load_user: true,
        load_project: true,
        project_dir: Some(world.spelled("work")),
    };
    world.extensions.ready_plugins(request).await.unwrap()
}

#[tokio::test]
async fn a_plugin_brings_skills_commands_hooks_servers_and_agents() {
    let world = World::new();
    let root = "home/.agents/plugins/p";
    world
        .file(
            &format!("{root}/.claude-plugin/plugin.json"),
            r#"{"name": "p", "version": "2"}"#,
        )
        .file(
            &format!("{root}/skills/one/SKILL.md"),
            "---\ndescription: One\n---\n1",
        )
        .file(&format!("{root}/skills/one/reference.md"), "no skill")
        .file(
            &format!("{root}/commands/now.md"),
            "---\ndescription: Do it\nargument-hint: [a, b]\n---\nGo",
        )
        .file(
            &format!("{root}/hooks/hooks.json"),
            r#"{"Stop": [{"hooks": [{"command": "x"}]}]}"#,
        )
        .file(
            &format!("{root}/.mcp.json"),
            r#"{"mcpServers": {"s": {"command": "c"}}}"#,
        )
        .file(&format!("{root}/agents/helper.md"), "You help.");
    let plugin = ready(&world).await.remove(0);
    let skills = plugin.all_skills();
    assert_eq!(skills[0].name, "one");
    assert_eq!(skills[1].name, "p:now");
    assert_eq!(skills[1].called_by("run /p:now today"), Some("/p:now"));
    assert!(skills[1].content.contains("$ARGUMENTS` - a b"));
    assert_eq!(plugin.hooks.unwrap().stop.len(), 1);
    assert_eq!(plugin.mcp.iter().next().unwrap().0, "s");
    assert_eq!(plugin.agents[0].name, "helper");
}

#[tokio::test]
async fn a_package_keeps_what_is_ours_in_its_own_folder() {
    let world = World::new();
    let root = "home/.agents/plugins/p";
    let manifest = json!({"$schema": SCHEMA, "name": "p.q", "unknown": 1,
        "extensions": {"dev.openhands": {"entry_command": "go"}, "other": {}}});
    let servers = json!({"$schema": SERVERS, "mcpServers": {
        "good": {"type": "stdio", "command": "./run", "args": ["${PLUGIN_ROOT}/x", "${HOME}"]},
        "away": {"type": "stdio", "command": "../run"},
        "plain": {"type": "streamable-http", "url": "http://example.com"},
        "web": {"type": "streamable-http", "url": "https://example.com", "headers": {"Host": "x", "A": "b"}},
        "old": {"type": "sse", "url": "https://example.com"}}});
    world
        .file(&format!("{root}/plugin.json"), manifest.to_string())
        .file(&format!("{root}/mcp.json"), servers.to_string())
        .file(&format!("{root}/run"), "")
        .file(&format!("{root}/commands/ignored.md"), "x")
        .file(&format!("{root}/dev.openhands/commands/go.md"), "Go");
    let plugin = ready(&world).await.remove(0);
    assert_eq!(plugin.name(), "p.q");
    assert_eq!(plugin.manifest.entry_command.as_deref(), Some("go"));
    assert_eq!(plugin.commands.len(), 1);
    let servers: Vec<_> = plugin.mcp.iter().collect();
    let names: Vec<&str> = servers.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["good", "web"]);
    let args = servers[0].1.args.clone().unwrap();
    assert_eq!(
        args,
        [format!("{}/x", plugin.path.display()), "${HOME}".to_owned()]
    );
    let headers = servers[1].1.headers.clone().unwrap();
    assert_eq!(headers.keys().collect::<Vec<_>>(), ["A"]);
}

#[tokio::test]
async fn broken_manifests_are_left_out_and_missing_ones_inferred() {
    let world = World::new();
    world
        .file("home/.agents/plugins/a/.plugin/plugin.json", "{")
        .file(
            "home/.agents/plugins/b/plugin.json",
            r#"{"$schema": "x", "name": "b"}"#,
        )
        .file(
            "home/.agents/plugins/c/plugin.json",
            r#"{"name": "copilot"}"#,
        )
        .file("home/.agents/plugins/d/SKILL.md", "---\nname: Any\n---\nx")
        .link(
            "home/.agents/plugins/e/.plugin/plugin.json",
            "/etc/hostname",
        );
    let plugins = ready(&world).await;
    let names: Vec<&str> = plugins.iter().map(Plugin::name).collect();
    assert_eq!(names, ["c", "d"]);
    assert_eq!(plugins[1].skills[0].name, "Any");
}

#[tokio::test]
async fn a_workspace_plugin_wins_a_name_but_not_from_outside() {
    let world = World::new();
    world
        .file("home/.agents/plugins/p/README.md", "user")
        .file("work/.agents/plugins/p/README.md", "project")
        .file("elsewhere/q/README.md", "x")
        .link("work/.openhands/plugins", world.path("elsewhere"));
    let plugins = ready(&world).await;
    assert_eq!(plugins.len(), 1);
    assert!(plugins[0].path.ends_with("work/.agents/plugins/p"));
}

#[tokio::test]
async fn a_fetched_plugin_is_kept_under_its_commit() {
    let world = World::new();
    world
        .file(
            "up/plugins/p/.plugin/plugin.json",
            r#"{"name": "p", "custom": [1]}"#,
        )
        .file("up/plugins/p/commands/go.md", "Go");
    let commit = world.repository("up");
    let request = FetchPluginRequest {
        source: "file://${PLACE}".to_owned(),
        reference: Some("main".to_owned()),
        repo_path: Some("plugins/p".to_owned()),
        secrets: [("PLACE".to_owned(), secret(&world.spelled("up")))].into(),
        timeout: 60,
    };
    let fetched = world
        .extensions
        .fetch_plugin(request.clone())
        .await
        .unwrap();
    assert_eq!(fetched.resolved_ref.as_deref(), Some(commit.as_str()));
    assert_eq!(fetched.source, "file://${PLACE}");
    assert_eq!(fetched.manifest["custom"], json!([1]));
    assert_eq!(fetched.commands, ["go"]);
    assert!(fetched.path.contains(&commit));

    for (change, problem) in [
        (change(|r| r.secrets.clear()), FetchProblem::MissingSecret),
        (
            change(|r| r.reference = Some("none".to_owned())),
            FetchProblem::RefNotFound,
        ),
        (
            change(|r| r.reference = Some("--x".to_owned())),
            FetchProblem::RefNotFound,
        ),
        (
            change(|r| r.repo_path = Some("../..".to_owned())),
            FetchProblem::RepoPathNotFound,
        ),
        (change(|r| r.repo_path = None), FetchProblem::InvalidPlugin),
        (
            change(|r| r.source = "none".to_owned()),
            FetchProblem::InvalidSource,
        ),
        (
            change(|r| r.source.push('x')),
            FetchProblem::SourceUnavailable,
        ),
    ] {
        let mut request = request.clone();
        change(&mut request);
        let fault = world.extensions.fetch_plugin(request).await.unwrap_err();
        assert_eq!(fault.problem, problem, "{fault}");
        assert!(!fault.message.contains(&world.spelled("up")), "{fault}");
    }
}

fn change(
    f: impl FnOnce(&mut FetchPluginRequest) + 'static,
) -> Box<dyn FnOnce(&mut FetchPluginRequest)> {
    Box::new(f)
}

fn secret(value: &str) -> domain::SecretSource {
    serde_json::from_value(json!({"kind": "StaticSecret", "value": value})).unwrap()
}
