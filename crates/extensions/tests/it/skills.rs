//! Which skills are found, in which order, and which of two wins.

use extensions::{ExposedUrl, OrgConfig, SandboxConfig, Skill, SkillKind, SkillsRequest, Trigger};

use crate::world::World;

fn only(change: impl FnOnce(&mut SkillsRequest)) -> SkillsRequest {
    let mut request = SkillsRequest {
        load_public: false,
        load_user: false,
        load_project: false,
        load_org: false,
        ..SkillsRequest::default()
    };
    change(&mut request);
    request
}

async fn user(world: &World) -> Vec<Skill> {
    let request = only(|request| request.load_user = true);
    world.extensions.skills(request).await.unwrap().skills
}

async fn project(world: &World, folder: &str) -> Vec<Skill> {
    let request = only(|request| {
        request.load_project = true;
        request.project_dir = Some(world.spelled(folder));
    });
    world.extensions.skills(request).await.unwrap().skills
}

fn names(skills: &[Skill]) -> Vec<&str> {
    skills.iter().map(|skill| skill.name.as_str()).collect()
}

#[tokio::test]
async fn earlier_folders_win_and_each_groups_by_when_it_is_told() {
    let world = World::new();
    world
        .file(
            "home/.agents/skills/b/SKILL.md",
            "---\ndescription: B\n---\nfolder",
        )
        .file(
            "home/.agents/skills/called.md",
            "---\ntriggers: [x]\n---\nfirst",
        )
        .file("home/.agents/skills/always.md", "told")
        .file("home/.openhands/skills/called.md", "shadowed")
        .file("home/.openhands/skills/deep/own.md", "own")
        .file(
            "home/.openhands/microagents/old.md",
            "---\ntriggers: [old]\n---\nold",
        );
    let skills = user(&world).await;
    assert_eq!(names(&skills), ["always", "called", "b", "deep/own", "old"]);
    assert_eq!(skills[1].content, "first");
    let kinds: Vec<SkillKind> = skills.iter().map(Skill::kind).collect();
    assert_eq!(
        kinds[..3],
        [
            SkillKind::Repo,
            SkillKind::Knowledge,
            SkillKind::Agentskills
        ]
    );
}

#[tokio::test]
async fn a_skill_folder_keeps_its_pages_to_itself() {
    let world = World::new();
    world
        .file(
            "home/.agents/skills/pdf/SKILL.md",
            "---\nname: pdf\n---\nbody",
        )
        .file("home/.agents/skills/pdf/references/forms.md", "reference")
        .file("home/.agents/skills/pdf/scripts/fill.sh", "true");
    let skills = user(&world).await;
    assert_eq!(names(&skills), ["pdf"]);
    let resources = skills[0].resources.clone().unwrap();
    assert_eq!(resources.references, ["forms.md"]);
    assert_eq!(resources.scripts, ["fill.sh"]);
    assert!(resources.assets.is_empty());
}

#[tokio::test]
async fn names_of_skill_folders_are_judged() {
    let world = World::new();
    world
        .file("home/.agents/skills/Upper/SKILL.md", "x")
        .file(
            "home/.agents/skills/one/SKILL.md",
            "---\nname: other\n---\nx",
        )
        .file("home/.agents/skills/fine/skill.md", "x");
    assert_eq!(names(&user(&world).await), ["fine"]);
}

#[tokio::test]
async fn one_bad_file_spoils_no_other() {
    let world = World::new();
    world
        .file("home/.agents/skills/a.md", "---\nname: [x\n---\nx")
        .file("home/.agents/skills/b.md", "---\ntriggers: word\n---\nx")
        .file("home/.agents/skills/c.md", [0xff, 0xfe])
        .file("home/.agents/skills/d.md", "---\ndescription: 5\n---\nx")
        .file("home/.agents/skills/e.md", "good")
        .file("home/.agents/skills/f/SKILL.md", "x")
        .file("home/.agents/skills/f/.mcp.json", "{");
    assert_eq!(names(&user(&world).await), ["e"]);
}

#[tokio::test]
async fn files_inputs_and_words_are_triggers_in_this_order() {
    let world = World::new();
    world
        .file(
            "home/.agents/skills/r.md",
            "---\npaths: 'src/**, *.py'\ntriggers: [x]\n---\nx",
        )
        .file(
            "home/.agents/skills/t.md",
            "---\ninputs: [{name: A, description: a}]\n---\nDo ${A}",
        );
    let skills = user(&world).await;
    assert_eq!(skills[0].called_by_path("lib/a.py"), Some("*.py"));
    assert!(skills[0].disable_model_invocation && skills[0].called_by("x").is_none());
    assert_eq!(skills[1].called_by("please /t now"), Some("/t"));
    assert!(skills[1].content.ends_with("proceed with the task."));
}

#[tokio::test]
async fn a_long_description_is_cut_and_says_where_the_rest_is() {
    let world = World::new();
    let text = format!("---\ndescription: {}\n---\nx", "y".repeat(3000));
    world.file("home/.agents/skills/long/SKILL.md", text);
    let skill = user(&world).await.remove(0);
    let description = skill.description.unwrap();
    assert_eq!(description.chars().count(), 1024);
    assert!(description.contains(&world.spelled("home/.agents/skills/long/SKILL.md")));
}

#[tokio::test]
async fn a_workspace_has_instructions_rules_and_folders() {
    let world = World::new();
    world
        .file("work/AGENTS.md", "top\r\nline")
        .file("work/.cursorrules", "cursor")
        .link("work/CLAUDE.md", "AGENTS.md")
        .file("work/server/AGENTS.md", "server")
        .file("work/node_modules/x/AGENTS.md", "not ours")
        .file("work/.openhands/skills/p.md", "p")
        .file("work/.agents/skills/p/SKILL.md", "---\nname: p\n---\nwins");
    let skills = project(&world, "work").await;
    assert_eq!(
        names(&skills),
        ["cursorrules", "agents", "agents:server", "p"]
    );
    assert_eq!(skills[1].content, "top\nline");
    let paths = vec!["server/**".to_owned()];
    assert_eq!(skills[2].trigger, Some(Trigger::Path { paths }));
    assert_eq!(skills[3].content, "wins");
}

#[tokio::test]
async fn the_repository_around_a_workspace_counts_and_what_git_ignores_does_not() {
    let world = World::new();
    world
        .file("work/AGENTS.md", "top")
        .file("work/.gitignore", "made/\n")
        .file("work/pkg/GEMINI.md", "inner")
        .file("work/pkg/made/AGENTS.md", "ignored")
        .file("work/pkg/lib/AGENTS.md", "lib")
        .file("work/.agents/skills/root/SKILL.md", "x")
        .file("work/pkg/.agents/skills/inner/SKILL.md", "x");
    world.repository("work");
    let skills = project(&world, "work/pkg").await;
    assert_eq!(
        names(&skills),
        ["gemini", "agents", "agents:lib", "inner", "root"]
    );
}

#[tokio::test]
async fn what_is_closer_to_the_work_wins() {
    let world = World::new();
    world
        .file("home/.agents/skills/s.md", "user")
        .file("org/skills/s.md", "org")
        .file("org/skills/only-org.md", "org")
        .file("work/.agents/skills/s.md", "project");
    world.repository("org");
    let request = SkillsRequest {
        load_public: false,
        project_dir: Some(world.spelled("work")),
        org_configs: Some(vec![OrgConfig {
            repository: "o/r".to_owned(),
            provider: "github".to_owned(),
            org_repo_url: format!("file://{}", world.spelled("org")),
            org_name: "o".to_owned(),
        }]),
        sandbox_config: Some(SandboxConfig {
            exposed_urls: vec![exposed("WORKER_1", 8011), exposed("VSCODE", 8001)],
        }),
        ..SkillsRequest::default()
    };
    let found = world.extensions.skills(request).await.unwrap();
    assert_eq!(names(&found.skills), ["work_hosts", "s", "only-org"]);
    assert_eq!(found.skills[1].content, "project");
    assert!(
        found.skills[0]
            .content
            .ends_with("\n* http://localhost:8011 (port 8011)")
    );
    let counts: Vec<u64> = [
        "sandbox",
        "registered_marketplaces",
        "sdk_base",
        "org",
        "project",
    ]
    .iter()
    .map(|tier| found.sources[*tier])
    .collect();
    assert_eq!(counts, [1, 0, 1, 2, 1]);
}

fn exposed(name: &str, port: i64) -> ExposedUrl {
    ExposedUrl {
        name: name.to_owned(),
        url: format!("http://localhost:{port}"),
        port,
    }
}

#[tokio::test]
async fn an_organisation_that_cannot_be_reached_gives_nothing() {
    let world = World::new();
    let mark = world.spelled("ran");
    let nowhere = format!("file://{}", world.spelled("nowhere"));
    for url in [nowhere, "--help".to_owned(), format!("ext::touch {mark}")] {
        let request = only(|request| {
            request.load_org = true;
            request.org_configs = Some(vec![OrgConfig {
                repository: "o/r".to_owned(),
                provider: "github".to_owned(),
                org_repo_url: url,
                org_name: "o".to_owned(),
            }]);
        });
        let found = world.extensions.skills(request).await.unwrap();
        assert!(found.skills.is_empty());
        assert_eq!(found.sources["org"], 0);
    }
    assert!(!world.path("ran").exists());
    let left = std::fs::read_dir(world.path("home/.openhands/cache/organisations"));
    let left = left.unwrap().flatten();
    assert!(left.into_iter().all(|entry| !entry.path().is_dir()));
}
