//! Commands that are stopped.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::TerminalAction;

use crate::desk::{Desk, Said, command, desk, input, timed, with};

#[tokio::test]
async fn the_interrupt_key_stops_a_sleep() {
    let desk = desk();
    let late = desk.act(timed("sleep 1000; echo never", 0.1)).await;
    assert_eq!(late.exit_code, Some(-1));
    let end = desk.act(input("C-c")).await;
    assert_eq!(end.exit_code, Some(130));
    assert_eq!(
        end.metadata.suffix,
        "\n[The command completed with exit code 130. CTRL+C was sent.]"
    );
    assert!(!end.said().contains("never"), "{}", end.said());
    assert_eq!(desk.says("echo back").await, "back");
}

#[tokio::test]
async fn loops_of_the_shell_itself_can_be_stopped() {
    let desk = desk();
    for script in [
        "while :; do :; done",
        "while :; do sleep 0.01; done",
        "for i in $(seq 100000); do sleep 0.01; done; echo never",
        "wait_for() { read x < fifo; }; mkfifo fifo; wait_for; echo never",
        "sleep 1000 | cat; echo never",
    ] {
        assert_eq!(
            desk.act(timed(script, 0.1)).await.exit_code,
            Some(-1),
            "{script}"
        );
        // Now and then the key falls between two programs, as it does under anybody's fingers.
        let mut end = desk.act(interrupt()).await;
        while end.exit_code == Some(-1) {
            end = desk.act(interrupt()).await;
        }
        assert_eq!(end.exit_code, Some(130), "{script}: {}", end.said());
        assert!(!end.said().contains("never"), "{script}");
        desk.run("rm -f fifo").await;
    }
}

fn interrupt() -> TerminalAction {
    TerminalAction {
        timeout: Some(1.0),
        ..input("C-c")
    }
}

/// Starts a command and gives it up once it has said `ready`.
async fn give_up(desk: &Desk, script: &str) {
    let action = command(&format!("echo ready; {script}"));
    let none = BTreeMap::new();
    let ready = AtomicBool::new(false);
    let progress = |text: &str| {
        if text.contains("ready") {
            ready.store(true, Ordering::SeqCst);
        }
    };
    let run = desk.terminal.run(&action, &none, &progress);
    let mut run = std::pin::pin!(run);
    while !ready.load(Ordering::SeqCst) {
        let step = tokio::time::timeout(Duration::from_millis(5), &mut run).await;
        assert!(step.is_err(), "{script} ended: {step:?}");
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_stops_its_command() {
    let desk = desk();
    desk.run("cd /").await;
    for script in [
        "sleep 1000; echo never",
        "while :; do :; done",
        "python3 -c 'import time; time.sleep(1000)'",
        "stty raw; sleep 1000",
        "cat",
        "yes",
    ] {
        give_up(&desk, script).await;
        let next = desk.run("echo clean; pwd").await;
        assert_eq!(next.said(), "clean\n/", "{script}");
        assert_eq!(
            (next.exit_code, next.metadata.prefix.as_str()),
            (Some(0), ""),
            "{script}"
        );
    }
}

#[tokio::test]
async fn a_program_that_ignores_the_key_is_ended_harder() {
    let desk = desk();
    give_up(
        &desk,
        "python3 -c 'import signal, time; signal.signal(2, signal.SIG_IGN); time.sleep(1000)'",
    )
    .await;
    assert_eq!(desk.says("echo one").await, "one");
    let deaf = "sh -c 'trap \"\" INT TERM; while :; do sleep 1; done'";
    give_up(&desk, deaf).await;
    assert_eq!(desk.says("echo two").await, "two");
    give_up(&desk, "trap '' INT TERM; while :; do :; done").await;
    let next = desk.run("echo three").await;
    assert_eq!(next.said(), "three");
    assert!(
        next.metadata.prefix.contains("new shell"),
        "{}",
        next.metadata.prefix
    );
}

#[tokio::test]
async fn a_call_given_up_at_once_leaves_a_usable_terminal() {
    let desk = desk();
    let none = BTreeMap::new();
    for round in 0..20 {
        let action = command(&format!("echo 'a\nb\nc'; touch made-{round}; sleep 1000"));
        let run = desk.terminal.run(&action, &none, &|_| {});
        // Given up anywhere between its first breath and its work.
        tokio::time::timeout(Duration::from_micros(round * 150), run)
            .await
            .ok();
        let next = desk.run("echo fine").await;
        assert_eq!(next.said(), "fine", "{round}: {next:?}");
    }
}

#[tokio::test]
async fn interrupting_a_plain_shell_works_too() {
    let desk = with(|config| config.shell = Some("/bin/sh".into()));
    for script in ["sleep 1000; echo never", "while :; do :; done"] {
        desk.act(timed(script, 0.1)).await;
        let end = desk.act(input("C-c")).await;
        assert_eq!(end.exit_code, Some(130), "{script}: {}", end.said());
    }
    give_up(&desk, "sleep 1000").await;
    assert_eq!(desk.says("echo back").await, "back");
    let killed = desk.run("kill -INT $$; echo after").await;
    assert_eq!(killed.exit_code, Some(130), "{}", killed.said());
}
