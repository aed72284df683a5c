//! How long a call waits.

use std::time::Duration;

use crate::desk::{Said, command, desk, input, timed, with};

const ADVICE: &str = "You may wait longer to see additional output by sending empty command '', send other commands to \
    interact with the current process, send keys (\"C-c\", \"C-z\", \"C-d\") to interrupt/kill the previous command \
    before sending your new command, or use the timeout parameter in terminal for future commands.]";

#[tokio::test]
async fn a_command_with_a_time_limit_is_left_running_at_its_end() {
    let desk = desk();
    desk.run("mkfifo go").await;
    let late = desk
        .act(timed("echo one; read x < go; echo two", 0.2))
        .await;
    assert_eq!((late.said().as_str(), late.exit_code), ("one", Some(-1)));
    assert!(!late.timeout && !late.is_error);
    assert_eq!(
        late.metadata.suffix,
        format!("\n[The command timed out after 0.2 seconds. {ADVICE}")
    );
    assert!(late.metadata.pid > 1);
    let later = desk.act(timed("", 0.0)).await;
    assert_eq!((later.said().as_str(), later.exit_code), ("", Some(-1)));
    assert!(
        later
            .metadata
            .suffix
            .starts_with("\n[The command timed out after 0.0 seconds.")
    );
    let home = desk.path();
    tokio::task::spawn_blocking(move || std::fs::write(home.join("go"), "go\n").unwrap())
        .await
        .unwrap();
    let end = desk.act(timed("", 60.0)).await;
    assert_eq!((end.said().as_str(), end.exit_code), ("two", Some(0)));
    assert_eq!(
        end.metadata.prefix,
        "[Below is the output of the previous command.]\n"
    );
}

#[tokio::test]
async fn silence_ends_the_wait_and_output_prolongs_it() {
    let desk = with(|config| config.soft_timeout = Duration::from_millis(400));
    let chatty = desk
        .run("for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.1; done")
        .await;
    assert_eq!(
        (chatty.said().as_str(), chatty.exit_code),
        ("1\n2\n3\n4\n5\n6\n7\n8", Some(0))
    );
    let quiet = desk.run("echo said; sleep 1000").await;
    assert_eq!((quiet.said().as_str(), quiet.exit_code), ("said", Some(-1)));
    assert_eq!(
        quiet.metadata.suffix,
        format!("\n[The command has no new output after 0.4 seconds. {ADVICE}")
    );
    // The running program, not the shell.
    let pid = quiet.metadata.pid;
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap();
    assert_eq!(name, "sleep\n");
    let again = desk.act(command("")).await;
    assert_eq!((again.said().as_str(), again.exit_code), ("", Some(-1)));
    assert_eq!(desk.act(input("C-c")).await.exit_code, Some(130));
}

#[test]
fn the_usual_silence_is_thirty_seconds() {
    let config = tools::terminal::Config::new("/");
    assert_eq!(config.soft_timeout, Duration::from_secs(30));
    assert_eq!(config.max_chars, 30_000);
}

#[tokio::test]
async fn only_new_output_is_shown_again() {
    let desk = with(|config| config.soft_timeout = Duration::from_millis(100));
    desk.run("mkfifo go on").await;
    let script = "printf 'one\\ntwo'; read x < go; printf ' more\\nthree\\r'; read x < on; echo 'THREE'; echo four";
    assert_eq!(desk.run(script).await.said(), "one\ntwo");
    let home = desk.path();
    let push = |fifo: &str| {
        let go = home.join(fifo);
        tokio::task::spawn_blocking(move || std::fs::write(go, "go\n").unwrap())
    };
    push("go").await.unwrap();
    let mut said = desk.act(command("")).await.said();
    if said.is_empty() {
        said = desk.act(command("")).await.said();
    }
    assert_eq!(said, " more\nthree");
    push("on").await.unwrap();
    assert_eq!(desk.act(timed("", 60.0)).await.said(), "THREE\nfour");
}

#[tokio::test]
async fn a_limit_the_machine_would_not_live_to_see_is_refused() {
    let desk = with(|config| config.idle_cap = Some(100.0));
    let refused = desk.act(timed("touch made", 91.0)).await;
    assert!(refused.is_error && refused.exit_code.is_none());
    assert!(
        refused.said().contains("91 seconds") && refused.said().contains("90 seconds"),
        "{}",
        refused.said()
    );
    assert!(!desk.path().join("made").exists());
    assert_eq!(desk.act(timed("echo ok", 90.0)).await.said(), "ok");
    let nothing = desk.act(timed("", 91.0)).await;
    assert!(
        nothing.said().starts_with("No previous"),
        "{}",
        nothing.said()
    );
}

#[tokio::test]
async fn a_limit_that_is_no_time_is_refused() {
    let desk = desk();
    for seconds in [-1.0, f64::NAN, f64::INFINITY] {
        let refused = desk.act(timed("touch made", seconds)).await;
        assert!(refused.is_error, "{seconds}");
    }
    assert!(!desk.path().join("made").exists());
    assert_eq!(desk.act(timed("echo far", 1e18)).await.said(), "far");
}

#[tokio::test]
async fn without_an_eye_on_prompts_the_usual_silence_counts() {
    let desk = with(|config| {
        config.notice_prompts = false;
        config.soft_timeout = Duration::from_millis(300);
    });
    let question = desk.run("read -p 'sure? ' x").await;
    assert_eq!(question.said(), "sure?");
    assert!(
        question
            .metadata
            .suffix
            .contains("no new output after 0.3 seconds"),
        "{}",
        question.metadata.suffix
    );
}

#[tokio::test]
async fn a_server_that_listens_is_not_taken_for_a_question() {
    let desk = with(|config| config.soft_timeout = Duration::from_millis(700));
    let server = "python3 -c 'import socket, select; s = socket.create_server((\"127.0.0.1\", 0)); select.select([s], [], [])'";
    let quiet = desk.run(server).await;
    assert!(
        quiet.metadata.suffix.contains("no new output"),
        "{}",
        quiet.metadata.suffix
    );
    desk.act(input("C-c")).await;
    let work = desk.run("head -c 1 < <(sleep 1000)").await;
    assert!(
        work.metadata.suffix.contains("no new output"),
        "{}",
        work.metadata.suffix
    );
}

#[tokio::test]
async fn a_command_that_never_stops_talking_is_let_be_after_a_while() {
    let desk = with(|config| config.longest_wait = Duration::from_millis(300));
    let endless = desk.run("while :; do echo on; sleep 0.02; done").await;
    assert_eq!(endless.exit_code, Some(-1));
    assert!(
        endless.metadata.suffix.contains("after 0.3 seconds"),
        "{}",
        endless.metadata.suffix
    );
    assert!(endless.said().starts_with("on\non"));
    desk.act(timed("C-c", 60.0)).await;
}

#[tokio::test]
async fn a_screen_that_keeps_changing_is_shown() {
    let desk = desk();
    let clock = "printf '\\033[?1049h'; n=0; while :; do printf '\\033[Htick %d' $((n++)); sleep 0.05; done";
    let screen = desk.run(clock).await;
    assert!(screen.said().starts_with("tick "), "{}", screen.said());
    assert!(
        screen.metadata.suffix.contains("full-screen"),
        "{}",
        screen.metadata.suffix
    );
    let end = desk.act(timed("C-c", 60.0)).await;
    // It died without giving the screen back: the last it showed is its last word.
    assert!(end.said().starts_with("tick "), "{}", end.said());
    assert_eq!(end.exit_code, Some(130));
}
