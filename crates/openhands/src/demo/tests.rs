//! The demo against real shells and real files, and against everything that may go wrong on the way.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use serde_json::Value;

use super::*;

/// Carries out the calls of the demo the way the tools would, as far as the demo needs.
struct Hands {
    scratch: tempfile::TempDir,
    path: String,
}

impl Hands {
    fn new(path: &str) -> Self {
        Self {
            scratch: tempfile::TempDir::new().unwrap(),
            path: path.to_owned(),
        }
    }

    fn run(&self, call: &ToolCall) -> String {
        let arguments: Value = serde_json::from_str(&call.arguments).unwrap();
        let text = |name: &str| arguments[name].as_str().unwrap_or_default().to_owned();
        let path = text("path");
        match (call.name.as_str(), text("command").as_str()) {
            ("terminal", command) => self.shell(command),
            ("file_editor", "create") => {
                std::fs::write(&path, text("file_text")).unwrap();
                format!("File created successfully at: {path}")
            }
            ("file_editor", "view") => std::fs::read_to_string(&path).unwrap(),
            ("file_editor", "str_replace") => {
                let old = std::fs::read_to_string(&path).unwrap();
                assert_eq!(old.matches(&text("old_str")).count(), 1);
                std::fs::write(&path, old.replace(&text("old_str"), &text("new_str"))).unwrap();
                format!("The file {path} has been edited.")
            }
            ("finish", _) => text("message"),
            other => panic!("the demo called {other:?}"),
        }
    }

    fn shell(&self, command: &str) -> String {
        let output = Command::new("/bin/sh")
            .args(["-c", &format!("{command} 2>&1")])
            .env_clear()
            .env("PATH", &self.path)
            .env("TMPDIR", self.scratch.path())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

fn tool(call: &ToolCall, text: &str) -> Arc<Message> {
    let mut message = Message::new(Role::Tool, vec![Content::text(text)]);
    message.tool_call_id = Some(call.id.clone());
    Arc::new(message)
}

async fn ask(history: &[Arc<Message>]) -> Message {
    let prompt = Prompt {
        messages: Arc::new(history.to_vec()),
        tools: Arc::new([]),
        cache_marks: Vec::new(),
        cache_key: None,
        stream: false,
    };
    let completion = Demo::default().complete(prompt, &|_| {}).await.unwrap();
    completion.message
}

/// Plays a demo to its end; `meddle` may replace a result.
async fn play(
    task: &str,
    hands: &Hands,
    meddle: &mut dyn FnMut(usize, &ToolCall) -> Option<String>,
) -> Vec<Arc<Message>> {
    let mut history = vec![Arc::new(Message::user(task))];
    let mut calls = 0;
    for _ in 0..20 {
        let reply = Arc::new(ask(&history).await);
        history.push(Arc::clone(&reply));
        let mut finished = reply.calls().is_empty();
        for call in reply.calls() {
            let text = meddle(calls, call).unwrap_or_else(|| hands.run(call));
            calls += 1;
            history.push(tool(call, &text));
            finished |= call.name == "finish";
        }
        if finished {
            return history;
        }
    }
    panic!("the demo does not come to an end");
}

fn last(history: &[Arc<Message>]) -> String {
    history.last().unwrap().text()
}

fn runs(history: &[Arc<Message>]) -> Vec<String> {
    let results = history.iter().filter(|m| m.role == Role::Tool);
    results
        .map(|m| m.text())
        .filter(|text| text.contains("OK") || text.contains("FAILED"))
        .collect()
}

#[tokio::test]
async fn a_failing_project_is_really_fixed() {
    let hands = Hands::new("/usr/local/bin:/usr/bin:/bin");
    let history = play(TASK, &hands, &mut |_, _| None).await;
    assert!(
        last(&history).starts_with("Done: all tests pass."),
        "{}",
        last(&history)
    );
    let runs = runs(&history);
    assert_eq!(runs.len(), 2);
    assert!(
        runs[0].contains("FAILED") && runs[1].contains("OK"),
        "{runs:?}"
    );
}

#[tokio::test]
async fn without_python_the_project_is_one_of_shell() {
    let tools = tempfile::TempDir::new().unwrap();
    for name in ["sh", "mktemp", "cat"] {
        let real = ["/bin", "/usr/bin"]
            .iter()
            .map(|dir| Path::new(dir).join(name))
            .find(|path| path.exists())
            .unwrap();
        std::os::unix::fs::symlink(real, tools.path().join(name)).unwrap();
    }
    let hands = Hands::new(tools.path().to_str().unwrap());
    let history = play(TASK, &hands, &mut |_, _| None).await;
    assert!(
        last(&history).starts_with("Done: all tests pass."),
        "{}",
        last(&history)
    );
    assert!(
        history
            .iter()
            .any(|m| m.text().contains("not ok: the discount"))
    );
}

#[tokio::test]
async fn whatever_call_is_cut_off_the_demo_comes_to_its_end() {
    let cut = "Tool call interrupted: the engine stopped while it was under way, so its result is unknown.";
    for victim in 0..7 {
        let hands = Hands::new("/usr/local/bin:/usr/bin:/bin");
        // The call is carried out, but nobody hears of it: the worst that a crash can do.
        let history = play(TASK, &hands, &mut |at, call| {
            (at == victim).then(|| {
                if call.name != "finish" && !call.arguments.contains("str_replace") {
                    hands.run(call);
                }
                cut.to_owned()
            })
        })
        .await;
        let end = history
            .iter()
            .rev()
            .find(|m| m.role == Role::Assistant)
            .unwrap();
        assert_eq!(end.calls()[0].name, "finish", "call {victim} was cut off");
    }
}

#[tokio::test]
async fn a_refusal_is_respected() {
    let hands = Hands::new("/usr/bin:/bin");
    let history = play(TASK, &hands, &mut |at, _| {
        (at == 1).then(|| "Action rejected: not in my house".to_owned())
    })
    .await;
    assert!(
        last(&history).starts_with("You refused that"),
        "{}",
        last(&history)
    );
}

#[tokio::test]
async fn a_machine_where_nothing_works_gets_an_honest_answer() {
    let hands = Hands::new("/usr/bin:/bin");
    let history = play(TASK, &hands, &mut |_, _| Some("bash: no".to_owned())).await;
    assert!(
        last(&history).contains("openhands doctor"),
        "{}",
        last(&history)
    );
}

#[tokio::test]
async fn talk_is_answered_with_a_hint() {
    for words in ["hello", "What can you do?", "who are you", ""] {
        let reply = ask(&[Arc::new(Message::user(words))]).await;
        assert!(reply.calls().is_empty(), "{words}");
        assert!(reply.text().contains("ANTHROPIC_API_KEY"), "{words}");
    }
}

#[tokio::test]
async fn another_task_gets_the_demo_and_the_truth() {
    let reply = ask(&[Arc::new(Message::user("Port the kernel to Lisp"))]).await;
    assert!(reply.text().contains("that task is beyond me"));
    assert_eq!(reply.calls().len(), 1);
}

#[tokio::test]
async fn a_second_time_starts_over() {
    let hands = Hands::new("/usr/local/bin:/usr/bin:/bin");
    let mut history = play(TASK, &hands, &mut |_, _| None).await;
    history.push(Arc::new(Message::user("thanks")));
    assert!(ask(&history).await.calls().is_empty());
    history.pop();
    history.push(Arc::new(Message::user("Show me again")));
    let reply = ask(&history).await;
    assert!(reply.calls()[0].arguments.contains("mktemp"));
}

#[tokio::test]
async fn what_is_streamed_is_what_is_said() {
    let heard = Mutex::new(String::new());
    let prompt = Prompt {
        messages: Arc::new(vec![Arc::new(Message::user(TASK))]),
        tools: Arc::new([]),
        cache_marks: Vec::new(),
        cache_key: None,
        stream: true,
    };
    let completion = Demo::default()
        .complete(prompt, &|delta| {
            if let Delta::Text(piece) = delta {
                heard.lock().unwrap().push_str(&piece.content);
            }
        })
        .await
        .unwrap();
    assert_eq!(heard.into_inner().unwrap(), completion.message.text());
    assert!(completion.tokens.completion_tokens > 0);
}
