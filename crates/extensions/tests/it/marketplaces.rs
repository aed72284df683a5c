//! Marketplaces: what is loaded unasked, and what there is to choose from.

use extensions::{Kind, MarketplaceRegistration, Order, SkillsRequest};
use serde_json::{Value, json};

use crate::world::World;

fn public(world: &World) {
    let list = json!({"name": "default", "owner": {"name": "o"},
        "plugins": [
            {"name": "listed", "source": "./skills/listed", "description": "A skill"},
            {"name": "tool", "source": "./plugins/tool"},
            {"name": "away", "source": {"source": "github", "repo": "a/b", "ref": "v1", "path": "plugins/x"}},
            {"name": "../out", "source": "./skills/x"}],
        "skills": [{"name": "alone", "source": "./skills/alone"}, {"name": "tool", "source": "./x"}]});
    world
        .file("public/marketplaces/default.json", list.to_string())
        .file(
            "public/skills/listed/SKILL.md",
            "---\nname: listed\n---\nlisted",
        )
        .file(
            "public/skills/unlisted/SKILL.md",
            "---\nname: unlisted\n---\nx",
        )
        .file("public/plugins/tool/commands/go.md", "Go")
        .file("public/out.md", "never");
}

async fn names(world: &World, request: SkillsRequest) -> Vec<String> {
    let found = world.extensions.skills(request).await.unwrap();
    found.skills.into_iter().map(|skill| skill.name).collect()
}

#[tokio::test]
async fn the_public_list_says_which_skills_are_loaded() {
    let world = World::new();
    public(&world);
    assert_eq!(names(&world, SkillsRequest::default()).await, ["listed"]);
    let all = SkillsRequest {
        marketplace_path: None,
        ..SkillsRequest::default()
    };
    assert_eq!(names(&world, all).await, ["listed", "unlisted"]);
    for list in ["none.json", "../public/marketplaces/default.json"] {
        let other = SkillsRequest {
            marketplace_path: Some(list.to_owned()),
            ..SkillsRequest::default()
        };
        assert!(names(&world, other).await.is_empty());
    }
}

#[tokio::test]
async fn the_catalog_says_whose_a_skill_is() {
    let world = World::new();
    public(&world);
    world.file("home/.agents/skills/own.md", "own");
    let catalog = world.extensions.skill_catalog().await.unwrap();
    let shown = serde_json::to_value(&catalog).unwrap();
    let origins: Vec<_> = shown["skills"]
        .as_array()
        .unwrap()
        .iter()
        .map(|skill| (skill["name"].clone(), skill["origin"].clone()))
        .collect();
    assert_eq!(
        origins,
        [
            (json!("listed"), json!("public")),
            (json!("own"), json!("user"))
        ]
    );
}

#[tokio::test]
async fn there_is_a_list_to_install_from() {
    let world = World::new();
    public(&world);
    let order = Order {
        source: world.spelled("public/skills/listed"),
        reference: None,
        repo_path: None,
        force: false,
    };
    world.extensions.install(Kind::Skill, order).await.unwrap();
    let skills = world.extensions.skills_marketplace().await.unwrap().skills;
    let seen: Vec<_> = skills
        .iter()
        .map(|s| (s.name.as_str(), s.installed))
        .collect();
    assert_eq!(
        seen,
        [
            ("listed", true),
            ("tool", false),
            ("away", false),
            ("../out", false),
            ("alone", false)
        ]
    );
    assert_eq!(skills[2].source, "github:a/b@v1/plugins/x");
    let plugins = world
        .extensions
        .plugins_marketplace()
        .await
        .unwrap()
        .plugins;
    let shown: Value = serde_json::to_value(&plugins).unwrap();
    assert_eq!(shown[0]["name"], "tool");
    assert_eq!(shown[0]["skills"][0]["name"], "tool:go");
    assert_eq!(shown[0]["files"], json!(["commands/go.md"]));
    assert_eq!(shown[1]["source"], "github:a/b");
    assert_eq!(shown[1]["repo_path"], "plugins/x");
    assert!(shown[1]["path"].is_null() && shown[1]["files"].is_null());
}

#[tokio::test]
async fn without_the_public_extensions_lists_are_empty_and_nothing_fails() {
    let world = World::new();
    assert!(names(&world, SkillsRequest::default()).await.is_empty());
    assert!(
        world
            .extensions
            .skills_marketplace()
            .await
            .unwrap()
            .skills
            .is_empty()
    );
    assert!(
        world
            .extensions
            .plugins_marketplace()
            .await
            .unwrap()
            .plugins
            .is_empty()
    );
}

#[tokio::test]
async fn registered_marketplaces_load_what_they_are_told_to() {
    let world = World::new();
    let list = json!({"name": "m", "owner": {"name": "o"},
        "plugins": [{"name": "p", "source": "./p"}, {"name": "q", "source": "./q"}],
        "skills": [{"name": "s", "source": "./s"}, {"name": "evil", "source": "../outside"}]});
    world
        .file("m/.plugin/marketplace.json", list.to_string())
        .file("m/p/commands/go.md", "Go")
        .file("m/q/commands/no.md", "No")
        .file("m/s/SKILL.md", "---\nname: Any Name\n---\nx")
        .file("outside/SKILL.md", "x")
        .file("plain/skills/x/SKILL.md", "---\ndescription: X\n---\nx");
    let registered =
        |value: Value| -> MarketplaceRegistration { serde_json::from_value(value).unwrap() };
    let request = |auto: Value, place: &str| SkillsRequest {
        registered_marketplaces: vec![registered(
            json!({"name": "m", "source": world.spelled(place), "auto_load": auto}),
        )],
        ..SkillsRequest::default()
    };
    let all = names(&world, request(json!(true), "m")).await;
    assert_eq!(all, ["Any Name", "p:go", "q:no"]);
    assert_eq!(names(&world, request(json!(["p"]), "m")).await, ["p:go"]);
    assert!(names(&world, request(json!(false), "m")).await.is_empty());
    assert_eq!(names(&world, request(json!(true), "plain")).await, ["x"]);
    assert!(
        names(&world, request(json!(true), "nowhere"))
            .await
            .is_empty()
    );
}

#[test]
fn a_registration_keeps_its_folder_in_the_repository() {
    for path in ["", "/a", "../a", "a/../b", "a\\b", "C:/a"] {
        let value = json!({"name": "n", "source": "s", "repo_path": path});
        let read: Result<MarketplaceRegistration, _> = serde_json::from_value(value);
        assert!(read.is_err(), "{path}");
    }
}
