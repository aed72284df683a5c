//! Files that mean harm: links out, pipes, endless texts, names that are paths.

use extensions::{ExtensionError, HooksRequest, Kind, Order, SkillsRequest};

use crate::world::World;

async fn project(world: &World) -> Vec<String> {
    let request = SkillsRequest {
        load_public: false,
        load_user: false,
        project_dir: Some(world.spelled("work")),
        ..SkillsRequest::default()
    };
    let found = world.extensions.skills(request).await.unwrap();
    found.skills.into_iter().map(|skill| skill.name).collect()
}

#[tokio::test]
async fn a_workspace_cannot_show_files_from_outside_it() {
    let world = World::new();
    world
        .file("secret/key.md", "secret")
        .file("secret/folder/SKILL.md", "---\nname: folder\n---\nsecret")
        .file("work/.agents/skills/ok.md", "fine")
        .link("work/.agents/skills/key.md", world.path("secret/key.md"))
        .link("work/.agents/skills/folder", world.path("secret/folder"))
        .link("work/AGENTS.md", world.path("secret/key.md"))
        .link("work/sub/AGENTS.md", world.path("secret/key.md"))
        .link("work/.openhands/skills", world.path("secret"));
    assert_eq!(project(&world).await, ["ok"]);
}

#[tokio::test]
async fn links_in_circles_end() {
    let world = World::new();
    world
        .file("work/.agents/skills/ok.md", "fine")
        .link("work/.agents/skills/loop", ".")
        .link("work/.agents/skills/self.md", "self.md")
        .link("work/again", ".");
    assert_eq!(project(&world).await, ["ok"]);
}

#[tokio::test]
async fn a_pipe_is_not_waited_for_and_an_endless_file_not_read() {
    let world = World::new();
    world.file("work/.agents/skills/ok.md", "fine");
    let pipe = world.path("work/.agents/skills/pipe.md");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let big = std::fs::File::create(world.path("work/.agents/skills/big.md")).unwrap();
    big.set_len(1 << 40).unwrap();
    world.link("work/.agents/skills/zero.md", "/dev/zero");
    assert_eq!(project(&world).await, ["ok"]);
}

#[tokio::test]
async fn listing_files_runs_nothing_that_the_repository_brings_along() {
    let world = World::new();
    world.file("work/sub/AGENTS.md", "x");
    world.repository("work");
    let mark = world.spelled("ran");
    world.file("work/.git/watch", format!("#!/bin/sh\ntouch {mark}\n"));
    let watch = world.path("work/.git/watch");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&watch, mode).unwrap();
    let config = world.text("work/.git/config");
    let fsmonitor = format!("{config}[core]\n\tfsmonitor = {}\n", watch.display());
    world.file("work/.git/config", fsmonitor);
    assert_eq!(project(&world).await, ["agents:sub"]);
    assert!(!world.path("ran").exists());
}

#[tokio::test]
async fn an_extension_with_a_link_out_is_not_installed() {
    let world = World::new();
    world
        .file("skill/SKILL.md", "---\nname: skill\n---\nx")
        .link("skill/passwd", "/etc/passwd");
    let refused = install(&world, Kind::Skill, "skill").await.unwrap_err();
    assert!(matches!(refused, ExtensionError::Invalid(_)), "{refused}");
    assert!(
        !world
            .path("home/.openhands/skills/installed/skill")
            .exists()
    );
    assert!(
        world
            .extensions
            .installed(Kind::Skill)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_home_is_not_installed_into_itself() {
    let world = World::new();
    world.file("home/.openhands/plugins/installed/x/README.md", "x");
    let refused = install(&world, Kind::Plugin, "home").await.unwrap_err();
    assert!(refused.to_string().contains("into itself"), "{refused}");
}

#[tokio::test]
async fn an_extension_cannot_name_a_path() {
    let world = World::new();
    world.file("p/.plugin/plugin.json", r#"{"name": "../../escaped"}"#);
    let refused = install(&world, Kind::Plugin, "p").await.unwrap_err();
    assert!(matches!(refused, ExtensionError::Invalid(_)), "{refused}");
    for name in ["..", "a/b", "", ".", "A"] {
        let refused = world
            .extensions
            .uninstall(Kind::Plugin, name.to_owned())
            .await;
        assert!(matches!(refused, Err(ExtensionError::Invalid(_))), "{name}");
    }
}

#[tokio::test]
async fn a_folder_in_a_source_stays_in_it() {
    let world = World::new();
    world.file("outside/SKILL.md", "x").file("source/x", "x");
    world.link("source/away", world.path("outside"));
    for folder in ["../outside", "away", "/../outside"] {
        let order = Order {
            source: world.spelled("source"),
            reference: None,
            repo_path: Some(folder.to_owned()),
            force: false,
        };
        let refused = world
            .extensions
            .install(Kind::Skill, order)
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("escapes"), "{refused}");
    }
}

#[tokio::test]
async fn broken_hooks_are_none() {
    let world = World::new();
    for text in [
        "",
        "[]",
        "{\"Bogus\": []}",
        "{\"stop\": [{\"hooks\": [{}]}]}",
        "{\"PreToolUse\": [], \"pre_tool_use\": []}",
        "{\"hooks\": {}}",
    ] {
        world.file("work/.openhands/hooks.json", text);
        let request = HooksRequest {
            project_dir: Some(world.spelled("work")),
        };
        let hooks = world.extensions.hooks(request).await.unwrap();
        assert_eq!(hooks.hook_config, None, "{text}");
    }
}

async fn install(
    world: &World,
    kind: Kind,
    folder: &str,
) -> Result<extensions::Installation, ExtensionError> {
    let order = Order {
        source: world.spelled(folder),
        reference: None,
        repo_path: None,
        force: false,
    };
    world.extensions.install(kind, order).await
}
