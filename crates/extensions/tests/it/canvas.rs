//! Canvas extensions: installed switched off, served from their folders only.

use extensions::{BackendState, ExtensionError, Kind, Order};
use serde_json::{Value, json};

use crate::world::World;

fn manifest() -> Value {
    json!({"schema_version": 1, "name": "board", "display_name": "Board", "version": "1.2.3",
        "entrypoint": "dist/index.js", "icon": "icon.svg",
        "contributes": {"pages": [{"id": "main", "title": "Board", "path": "/board"}]}})
}

fn board(world: &World, manifest: &Value) -> Order {
    world
        .file("board/canvas-extension.json", manifest.to_string())
        .file("board/dist/index.js", "export {}")
        .file("board/icon.svg", "<svg/>");
    Order {
        source: world.spelled("board"),
        reference: None,
        repo_path: None,
        force: true,
    }
}

#[tokio::test]
async fn one_starts_switched_off_and_stays_as_it_was_switched() {
    let world = World::new();
    let order = board(&world, &manifest());
    let info = world
        .extensions
        .install(Kind::Canvas, order.clone())
        .await
        .unwrap();
    assert!(!info.enabled);
    world
        .extensions
        .switch(Kind::Canvas, "board".to_owned(), true)
        .await
        .unwrap();
    let info = world.extensions.install(Kind::Canvas, order).await.unwrap();
    assert!(info.enabled);
    let installed = "home/.openhands/canvas-extensions/installed";
    let by_hand = manifest().to_string().replace("\"board\"", "\"hand\"");
    world
        .file(&format!("{installed}/hand/canvas-extension.json"), by_hand)
        .file(&format!("{installed}/hand/dist/index.js"), "x");
    let list = world.extensions.installed(Kind::Canvas).await.unwrap();
    assert!(list.iter().any(|info| info.name == "hand" && !info.enabled));
}

#[tokio::test]
async fn its_bundle_and_picture_are_served_while_they_lie_in_it() {
    let world = World::new();
    world
        .extensions
        .install(Kind::Canvas, board(&world, &manifest()))
        .await
        .unwrap();
    let bundle = world
        .extensions
        .canvas_bundle("board".to_owned())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (bundle.bytes.as_slice(), bundle.name.as_str()),
        (&b"export {}"[..], "index.js")
    );
    let icon = world
        .extensions
        .canvas_icon("board".to_owned())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(icon.bytes, b"<svg/>");

    let served = world.path("home/.openhands/canvas-extensions/installed/board/dist/index.js");
    std::fs::remove_file(&served).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &served).unwrap();
    assert_eq!(
        world
            .extensions
            .canvas_bundle("board".to_owned())
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        world
            .extensions
            .canvas_bundle("none".to_owned())
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn manifests_that_reach_out_or_say_nonsense_are_refused() {
    let world = World::new();
    let changed = |key: &str, value: Value| {
        let mut manifest = manifest();
        manifest[key] = value;
        manifest
    };
    let page = |id: &str, path: &str| json!({"id": id, "title": "t", "path": path});
    for manifest in [
        changed("entrypoint", json!("../x.js")),
        changed("entrypoint", json!("/etc/passwd")),
        changed("entrypoint", json!("")),
        changed("entrypoint", json!("missing.js")),
        changed("name", json!("Bad Name")),
        changed("schema_version", json!(2)),
        changed("contributes", json!({"pages": [page("a", "board")]})),
        changed(
            "contributes",
            json!({"pages": [page("a", "/b"), page("a", "/c")]}),
        ),
        changed(
            "backend",
            json!({"schema_version": 1, "artifacts": {}, "argv": ["{artifact_dir}/x"]}),
        ),
    ] {
        let refused = world
            .extensions
            .install(Kind::Canvas, board(&world, &manifest))
            .await;
        assert!(
            matches!(refused, Err(ExtensionError::Invalid(_))),
            "{manifest}"
        );
    }
    std::fs::remove_file(world.path("board/canvas-extension.json")).unwrap();
    let order = Order {
        source: world.spelled("board"),
        reference: None,
        repo_path: None,
        force: true,
    };
    let absent = world.extensions.install(Kind::Canvas, order).await;
    assert!(matches!(absent, Err(ExtensionError::Absent(_))));
}

#[tokio::test]
async fn a_picture_that_is_none_is_passed_over() {
    let world = World::new();
    let mut manifest = manifest();
    manifest["icon"] = json!("icon.png");
    world
        .extensions
        .install(Kind::Canvas, board(&world, &manifest))
        .await
        .unwrap();
    assert_eq!(
        world
            .extensions
            .canvas_icon("board".to_owned())
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn a_service_is_told_of_and_not_pretended_to_run() {
    let world = World::new();
    let status = |name: &str| world.extensions.backend(name.to_owned());
    assert_eq!(status("board").await.unwrap().state, BackendState::Missing);
    world
        .extensions
        .install(Kind::Canvas, board(&world, &manifest()))
        .await
        .unwrap();
    assert_eq!(
        status("board").await.unwrap().state,
        BackendState::Unsupported
    );

    let mut manifest = manifest();
    let artifact = json!({"path": "a.tar.gz", "sha256": "0".repeat(64)});
    manifest["backend"] = json!({"schema_version": 1, "argv": ["{artifact_dir}/run", "{port}"],
        "artifacts": {"linux-amd64": artifact, "linux-arm64": artifact}});
    world
        .extensions
        .install(Kind::Canvas, board(&world, &manifest))
        .await
        .unwrap();
    let stopped = status("board").await.unwrap();
    assert_eq!(stopped.state, BackendState::Stopped);
    let revision = stopped.revision.unwrap();
    assert!(revision.starts_with("sha256:"));

    let prepare = |revision: &str| {
        let revision = revision.to_owned();
        world
            .extensions
            .prepare_backend("board".to_owned(), revision)
    };
    assert!(matches!(
        prepare("other").await,
        Err(ExtensionError::Invalid(_))
    ));
    let refused = prepare(&revision).await.unwrap_err().to_string();
    assert!(refused.contains("contained regular file"), "{refused}");
    let started = world
        .extensions
        .start_backend("board".to_owned(), revision)
        .await;
    assert!(matches!(started, Err(ExtensionError::Invalid(_))));
}
