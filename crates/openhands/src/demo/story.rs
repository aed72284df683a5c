//! What the demo model says and does next. A pure function of the history.

use std::sync::Arc;

use domain::Message;
use serde_json::{Value, json};

use super::scene::{Deed, MARK, Scene, Went};

/// One reply: words and calls.
#[derive(Debug, PartialEq)]
pub struct Step {
    /// What it says.
    pub words: String,
    /// The tools it calls, with their arguments.
    pub calls: Vec<(&'static str, Value)>,
}

/// How often something is tried before the demo gives up.
const TRIES: usize = 3;

/// The next reply.
pub fn next(messages: &[Arc<Message>]) -> Step {
    let scene = Scene::read(messages);
    if scene.deeds.is_empty() && is_talk(&scene.words) {
        return says(hint());
    }
    if scene.deeds.iter().any(|(_, went)| *went == Went::Refused) {
        return says(
            "You refused that, so I stop here. A real model would try another way.".to_owned(),
        );
    }
    if let Some(deed) = stuck(&scene) {
        return says(format!(
            "I follow a script, and this machine does something that is not in it: {} did not work. \
             `openhands doctor` may know why.",
            name(deed)
        ));
    }
    play(&scene)
}

fn play(scene: &Scene) -> Step {
    let project = scene.project();
    let Some(directory) = &scene.directory else {
        return make_directory(scene);
    };
    let path = |name: &str| format!("{directory}/{name}");
    if !scene.has(Deed::Source) || !scene.has(Deed::Tests) {
        return write(scene, &path);
    }
    match (scene.tests(), scene.has(Deed::Read), scene.has(Deed::Mend)) {
        (None, _, mended) => {
            let words = if mended {
                "Now the tests again."
            } else {
                "Now I run the tests."
            };
            let quoted = directory.replace('\'', r"'\''");
            acts(
                words,
                "terminal",
                json!({
                    "command": format!("cd '{quoted}' && {}", project.run),
                    "summary": "run the tests",
                    "security_risk": "LOW",
                }),
            )
        }
        (Some(Went::Badly), false, _) => acts(
            "One test fails. I read the code that it tests.",
            "file_editor",
            json!({
                "command": "view",
                "path": path(project.source.name),
                "summary": "read the code",
                "security_risk": "LOW",
            }),
        ),
        (Some(Went::Badly), true, false) => acts(
            format!("{} That is one line.", project.why),
            "file_editor",
            json!({
                "command": "str_replace",
                "path": path(project.source.name),
                "old_str": project.wrong,
                "new_str": project.right,
                "summary": "mend the discount",
                "security_risk": "MEDIUM",
            }),
        ),
        (Some(Went::Badly), true, true) => says(format!(
            "The test still fails, which is not in my script. The project is in {directory}; have a look."
        )),
        (Some(Went::Well | Went::Refused | Went::Nowhere), _, _) => acts(
            "",
            "finish",
            json!({
                "message": format!(
                    "Done: all tests pass. {} The project is in {directory}.\n\n\
                     That was the whole loop, with real tools and a scripted model. {}",
                    project.why,
                    real_model()
                ),
            }),
        ),
    }
}

fn make_directory(scene: &Scene) -> Step {
    let asked_for_it = ["demo", "fix", "test", "show"]
        .iter()
        .any(|word| scene.words.to_lowercase().contains(word));
    let words = if asked_for_it {
        "I make a small project with a mistake in it, in a directory of its own, and then I find and fix the mistake."
    } else {
        "I am the demo model and follow a script, so that task is beyond me. I show you what a run looks like: I make a \
         small project with a mistake in it, in a directory of its own, and fix the mistake."
    };
    acts(
        words,
        "terminal",
        json!({
            "command": format!(
                "cd \"$(mktemp -d \"${{TMPDIR:-/tmp}}/{MARK}XXXXXX\")\" && pwd && (python3 --version 2>/dev/null || echo no Python)"
            ),
            "summary": "make a scratch directory",
            "security_risk": "MEDIUM",
        }),
    )
}

fn write(scene: &Scene, path: &dyn Fn(&str) -> String) -> Step {
    let project = scene.project();
    let files = [
        (Deed::Source, &project.source),
        (Deed::Tests, &project.tests),
    ];
    let missing = files.iter().filter(|(deed, _)| !scene.has(*deed));
    let calls = missing.map(|(_, file)| {
        let arguments = json!({
            "command": "create",
            "path": path(file.name),
            "file_text": file.text,
            "summary": format!("write {}", file.name),
            "security_risk": "MEDIUM",
        });
        ("file_editor", arguments)
    });
    Step {
        words: "Here is the project: a shopping cart and its tests.".to_owned(),
        calls: calls.collect(),
    }
}

/// What was tried too often.
fn stuck(scene: &Scene) -> Option<Deed> {
    let steps = [
        Deed::Directory,
        Deed::Source,
        Deed::Tests,
        Deed::Run,
        Deed::Read,
        Deed::Mend,
    ];
    steps.into_iter().find(|deed| scene.in_vain(*deed) >= TRIES)
}

fn name(deed: Deed) -> &'static str {
    match deed {
        Deed::Directory => "making a scratch directory",
        Deed::Source | Deed::Tests => "writing a file",
        Deed::Run => "running the tests",
        Deed::Read => "reading a file",
        Deed::Mend => "changing a file",
        Deed::Finish => "finishing",
    }
}

/// A greeting or a question rather than a task.
fn is_talk(words: &str) -> bool {
    let words = words.trim().to_lowercase();
    let greetings = [
        "hi", "hello", "hey", "thanks", "thank", "bye", "ok", "who", "what", "how", "why",
    ];
    let first = words.split(|c: char| !c.is_alphanumeric()).next();
    words.ends_with('?')
        || first.is_some_and(|first| first.is_empty() || greetings.contains(&first))
}

fn hint() -> String {
    format!(
        "I am the demo model: I follow a script and know only one thing. Say \"fix the failing test\" to see it. {}",
        real_model()
    )
}

fn real_model() -> &'static str {
    "To use a real one, set a key (such as ANTHROPIC_API_KEY or OPENAI_API_KEY) and choose a model with --model; \
     `openhands run --help` tells how."
}

fn says(words: String) -> Step {
    Step {
        words,
        calls: Vec::new(),
    }
}

fn acts(words: impl Into<String>, tool: &'static str, arguments: Value) -> Step {
    Step {
        words: words.into(),
        calls: vec![(tool, arguments)],
    }
}
