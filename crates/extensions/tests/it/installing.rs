//! Installing, switching, refreshing and removing, and the record that is kept of it.

use extensions::{ExtensionError, Kind, Order, SkillsRequest};
use serde_json::Value;

use crate::world::World;

fn order(source: String) -> Order {
    Order {
        source,
        reference: None,
        repo_path: None,
        force: false,
    }
}

fn record(world: &World) -> Value {
    serde_json::from_str(&world.text("home/.openhands/skills/installed/.installed.json")).unwrap()
}

async fn loaded(world: &World) -> Vec<String> {
    let request = SkillsRequest {
        load_public: false,
        ..SkillsRequest::default()
    };
    let found = world.extensions.skills(request).await.unwrap();
    found
        .skills
        .into_iter()
        .map(|skill| skill.content)
        .collect()
}

#[tokio::test]
async fn a_folder_is_installed_switched_and_removed() {
    let world = World::new();
    world.file(
        "hello/SKILL.md",
        "---\nname: hello\ndescription: Hi\n---\nold",
    );
    let source = world.spelled("hello");
    let info = world
        .extensions
        .install(Kind::Skill, order(source.clone()))
        .await
        .unwrap();
    assert_eq!(
        (info.name.as_str(), info.version.as_str()),
        ("hello", "1.0.0")
    );
    assert_eq!(info.installed_at, "2026-01-02T12:00:00.000000+00:00");
    let kept = record(&world);
    let keys: Vec<&String> = kept["extensions"]["hello"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(
        keys,
        [
            "name",
            "version",
            "description",
            "enabled",
            "source",
            "requested_ref",
            "resolved_ref",
            "repo_path",
            "installed_at",
            "install_path"
        ]
    );
    assert_eq!(loaded(&world).await, ["old"]);

    let again = world.extensions.install(Kind::Skill, order(source)).await;
    assert!(matches!(again, Err(ExtensionError::Taken(_))));

    world
        .extensions
        .switch(Kind::Skill, "hello".to_owned(), false)
        .await
        .unwrap();
    assert!(loaded(&world).await.is_empty());
    world.file("hello/SKILL.md", "---\nname: hello\n---\nnew");
    let info = world
        .extensions
        .refresh(Kind::Skill, "hello".to_owned())
        .await
        .unwrap();
    assert!(!info.enabled, "a refresh switches nothing on");
    world
        .extensions
        .switch(Kind::Skill, "hello".to_owned(), true)
        .await
        .unwrap();
    assert_eq!(loaded(&world).await, ["new"]);

    world
        .extensions
        .uninstall(Kind::Skill, "hello".to_owned())
        .await
        .unwrap();
    assert!(loaded(&world).await.is_empty());
    let gone = world
        .extensions
        .uninstall(Kind::Skill, "hello".to_owned())
        .await;
    assert!(matches!(gone, Err(ExtensionError::NotInstalled(_))));
}

#[tokio::test]
async fn a_repository_is_installed_at_a_commit_and_refreshed_to_the_next() {
    let world = World::new();
    world.file("upstream/SKILL.md", "---\nname: upstream\n---\none");
    let first = world.repository("upstream");
    let source = format!("file://{}", world.spelled("upstream"));
    let info = world
        .extensions
        .install(Kind::Skill, order(source))
        .await
        .unwrap();
    assert_eq!(info.resolved_ref.as_deref(), Some(first.as_str()));
    assert_eq!(loaded(&world).await, ["one"]);

    world.file("upstream/SKILL.md", "---\nname: upstream\n---\ntwo");
    let second = world.repository("upstream");
    let info = world
        .extensions
        .refresh(Kind::Skill, "upstream".to_owned())
        .await
        .unwrap();
    assert_eq!(info.resolved_ref.as_deref(), Some(second.as_str()));
    assert_eq!(loaded(&world).await, ["two"]);
    let installed = world.path("home/.openhands/skills/installed/upstream");
    assert!(!installed.join(".git").exists());
}

#[tokio::test]
async fn a_failed_refresh_keeps_what_was_there() {
    let world = World::new();
    world.file("hello/SKILL.md", "---\nname: hello\n---\nold");
    world
        .extensions
        .install(Kind::Skill, order(world.spelled("hello")))
        .await
        .unwrap();
    world.file("hello/SKILL.md", "---\nname: [\n---\nbroken");
    let failed = world
        .extensions
        .refresh(Kind::Skill, "hello".to_owned())
        .await;
    assert!(matches!(failed, Err(ExtensionError::Invalid(_))));
    std::fs::remove_dir_all(world.path("hello")).unwrap();
    let failed = world
        .extensions
        .refresh(Kind::Skill, "hello".to_owned())
        .await;
    assert!(matches!(failed, Err(ExtensionError::Unreachable(_))));
    assert_eq!(loaded(&world).await, ["old"]);
    let left = std::fs::read_dir(world.path("home/.openhands/skills/installed")).unwrap();
    assert!(
        left.flatten()
            .all(|entry| !entry.file_name().to_string_lossy().contains("staged"))
    );
}

#[tokio::test]
async fn what_cannot_be_fetched_is_told() {
    let world = World::new();
    let nowhere = format!("file://{}", world.spelled("nowhere"));
    for source in [world.spelled("nowhere"), nowhere, "nonsense".to_owned()] {
        let failed = world.extensions.install(Kind::Skill, order(source)).await;
        assert!(
            matches!(failed, Err(ExtensionError::Unreachable(_))),
            "{failed:?}"
        );
    }
    world.file("empty/README.md", "x");
    let failed = world
        .extensions
        .install(Kind::Skill, order(world.spelled("empty")))
        .await;
    assert!(matches!(failed, Err(ExtensionError::Absent(_))));
}

#[tokio::test]
async fn the_record_of_an_older_version_is_read_and_mended() {
    let world = World::new();
    let installed = "home/.openhands/skills/installed";
    let old = r#"{"skills": {"kept": {"name": "kept", "source": "github:a/b", "enabled": false,
        "installed_at": "x", "install_path": "/x"},
        "gone": {"name": "gone", "source": "s", "installed_at": "x", "install_path": "/x"}}}"#;
    world
        .file(&format!("{installed}/.installed.json"), old)
        .file(
            &format!("{installed}/kept/SKILL.md"),
            "---\nname: kept\n---\nx",
        )
        .file(
            &format!("{installed}/by-hand/SKILL.md"),
            "---\nname: by-hand\n---\nx",
        )
        .file(&format!("{installed}/nothing/README.md"), "x");
    let list = world.extensions.installed(Kind::Skill).await.unwrap();
    let seen: Vec<_> = list
        .iter()
        .map(|info| (info.name.as_str(), info.enabled, info.source.as_str()))
        .collect();
    assert_eq!(
        seen,
        [("kept", false, "github:a/b"), ("by-hand", true, "local")]
    );
    assert!(record(&world)["extensions"]["gone"].is_null());
}

#[tokio::test]
async fn many_at_once_lose_nothing() {
    let world = World::new();
    let mut installs = tokio::task::JoinSet::new();
    for i in 0..12 {
        let name = format!("skill-{i}");
        world.file(
            &format!("{name}/SKILL.md"),
            format!("---\nname: {name}\n---\nx"),
        );
        let extensions = world.extensions.clone();
        let order = order(world.spelled(&name));
        installs.spawn(async move { extensions.install(Kind::Skill, order).await.unwrap() });
    }
    installs.join_all().await;
    assert_eq!(
        world.extensions.installed(Kind::Skill).await.unwrap().len(),
        12
    );
    assert_eq!(record(&world)["extensions"].as_object().unwrap().len(), 12);
}
