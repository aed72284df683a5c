//! Shells that exit, die or make way, and terminals that are reset or closed.

use domain::TerminalAction;

use crate::desk::{Said, command, desk, with};

#[tokio::test]
async fn exit_is_reported_and_the_next_shell_continues_in_the_same_place() {
    let desk = desk();
    desk.run("export KEPT='a\"b'; mkdir sub; f() { echo from f; }; unset LANG")
        .await;
    let observation = desk.run("cd sub; echo bye; export LATE=1; exit 7").await;
    assert_eq!(observation.said(), "bye");
    assert_eq!(observation.exit_code, Some(7));
    assert!(
        observation
            .metadata
            .suffix
            .starts_with("\n[The command completed with exit code 7.]\n[The shell exited"),
        "{}",
        observation.metadata.suffix
    );
    let sub = desk.home.path().join("sub");
    let observation = desk.run("pwd").await;
    assert_eq!(observation.said(), sub.to_str().unwrap());
    assert_eq!(observation.metadata.prefix, "");
    assert_eq!(
        desk.says("echo $KEPT $LATE [${LANG-none}]; f").await,
        "a\"b 1 [none]\nfrom f"
    );
}

#[tokio::test]
async fn every_way_to_exit_gives_its_code() {
    let desk = desk();
    for (script, code) in [
        ("exit", 0),
        ("false; exit", 1),
        ("exit 300", 44),
        ("set -e; false; echo never", 1),
        ("trap 'echo trapped' EXIT; exit 5", 5),
        ("f() { exit 6; }; f; echo never", 6),
        ("exec sh -c 'exit 8'", 8),
        ("sleep 1000 & exit 9", 9),
        ("(exit 3); builtin exit", 3),
    ] {
        let observation = desk.run(script).await;
        assert_eq!(
            observation.exit_code,
            Some(code),
            "{script}: {}",
            observation.said()
        );
        assert!(!observation.said().contains("never"), "{script}");
        assert_eq!(
            desk.says("pwd").await,
            desk.home.path().to_str().unwrap(),
            "{script}"
        );
    }
    assert_eq!(
        desk.run("trap 'echo trapped' EXIT; exit 5").await.said(),
        "trapped"
    );
    assert_eq!(desk.run("(exit 4)").await.exit_code, Some(4));
    assert!(!desk.run("true").await.metadata.suffix.contains("shell"));
}

#[tokio::test]
async fn a_shell_that_is_killed_is_replaced_and_spoken_of() {
    let desk = desk();
    desk.run("cd /; export GONE=1").await;
    let observation = desk.run("echo last words; kill -9 $$").await;
    assert_eq!(observation.said(), "last words");
    assert_eq!(observation.exit_code, Some(137));
    assert!(
        observation.metadata.suffix.contains("killed by signal 9"),
        "{}",
        observation.metadata.suffix
    );
    assert_eq!(desk.says("echo [$GONE] $PWD").await, "[] /");
}

#[tokio::test]
async fn a_shell_killed_between_commands_is_replaced_too() {
    let desk = desk();
    let pid = desk.run("cd /").await.metadata.pid;
    std::process::Command::new("kill")
        .args(["-9", &pid.to_string()])
        .status()
        .unwrap();
    let observation = desk.run("pwd").await;
    assert_eq!(observation.said(), "/");
    assert_ne!(observation.metadata.pid, pid);
}

#[tokio::test]
async fn a_directory_that_went_away_does_not_stop_the_shell() {
    let desk = desk();
    desk.run("mkdir gone; cd gone; rmdir ../gone").await;
    assert_eq!(desk.says("echo still").await, "still");
    desk.run("exit").await;
    let observation = desk.run("pwd").await;
    assert_eq!(observation.said(), desk.home.path().to_str().unwrap());
    assert!(
        observation.metadata.prefix.contains("no longer exists"),
        "{}",
        observation.metadata.prefix
    );
}

#[tokio::test]
async fn secrets_do_not_outlive_the_shell_they_were_given_to() {
    let desk = desk();
    desk.act_with(command("export OTHER=1; exit"), &[("TOKEN", "secret")])
        .await;
    assert_eq!(desk.says("echo [$TOKEN] $OTHER").await, "[] 1");
}

#[tokio::test]
async fn nothing_of_a_terminal_lies_on_a_disk() {
    let desk = desk();
    desk.run("export KEPT=1; exit").await;
    assert_eq!(desk.says("echo $KEPT").await, "1");
    let pid = std::process::id();
    for fd in std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap() {
        let Ok(target) = std::fs::read_link(fd.unwrap().path()) else {
            continue;
        };
        let name = target.to_string_lossy().into_owned();
        assert!(!name.contains("/openhands-"), "{name}");
    }
}

#[tokio::test]
async fn a_reset_gives_a_new_shell() {
    let desk = desk();
    desk.run("export OLD=1; cd /; sleep 1000 &").await;
    let reset = TerminalAction {
        reset: true,
        ..command("")
    };
    let observation = desk.act(reset).await;
    assert!(
        observation.said().contains("was reset"),
        "{}",
        observation.said()
    );
    assert_eq!(observation.command.as_deref(), Some("[RESET]"));
    assert_eq!(observation.exit_code, Some(0));
    assert_eq!(
        desk.says("echo [$OLD] $PWD; jobs").await,
        format!("[] {}", desk.home.path().display())
    );
    let observation = desk
        .act(TerminalAction {
            reset: true,
            ..command("echo $((6*7))")
        })
        .await;
    assert!(
        observation.said().ends_with("\n\n42"),
        "{}",
        observation.said()
    );
    assert_eq!(
        observation.command.as_deref(),
        Some("[RESET] echo $((6*7))")
    );
    let both = TerminalAction {
        reset: true,
        is_input: true,
        ..command("x")
    };
    assert!(desk.act(both).await.is_error);
}

#[tokio::test]
async fn a_reset_frees_a_terminal_that_no_longer_answers() {
    let desk = with(|config| config.soft_timeout = std::time::Duration::from_millis(50));
    let observation = desk
        .run("trap '' INT TERM; sh -c 'trap \"\" INT TERM; while :; do sleep 1; done'")
        .await;
    assert_eq!(observation.exit_code, Some(-1));
    let observation = desk
        .act(TerminalAction {
            reset: true,
            ..command("echo free")
        })
        .await;
    assert!(
        observation.said().ends_with("free"),
        "{}",
        observation.said()
    );
}

#[tokio::test]
async fn closing_leaves_no_process_behind() {
    let desk = desk();
    let script = "sleep 1000 & (trap '' HUP TERM; sleep 1000) & nohup sleep 1000 >/dev/null 2>&1 & echo $$ $(jobs -p)";
    let said = desk.says(script).await;
    let line = said.lines().last().unwrap();
    let pids: Vec<i32> = line
        .split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect();
    assert_eq!(pids.len(), 4);
    desk.terminal.close().await;
    for pid in pids {
        assert!(
            !std::path::Path::new(&format!("/proc/{pid}")).exists() || is_zombie_of_another(pid),
            "{pid} lives"
        );
    }
    let after = desk
        .terminal
        .run(
            &command("true"),
            &std::collections::BTreeMap::new(),
            &|_| {},
        )
        .await;
    assert!(after.is_err());
}

#[tokio::test]
async fn closing_ends_a_command_that_runs() {
    let desk = desk();
    let action = command("sleep 1000");
    let none = std::collections::BTreeMap::new();
    let (observation, ()) = tokio::join!(desk.terminal.run(&action, &none, &|_| {}), async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        desk.terminal.close().await;
    });
    let observation = observation.unwrap();
    assert!(
        observation.is_error && observation.said().contains("closed"),
        "{}",
        observation.said()
    );
}

#[tokio::test]
async fn a_terminal_nobody_used_has_no_process_and_closes_at_once() {
    let desk = with(|config| config.shell = Some("/no/such/shell".into()));
    desk.terminal.close().await;
    let desk = with(|config| config.shell = Some("/no/such/shell".into()));
    let none = std::collections::BTreeMap::new();
    let error = desk
        .terminal
        .run(&command("true"), &none, &|_| {})
        .await
        .unwrap_err();
    assert!(error.to_string().contains("/no/such/shell"), "{error}");
    std::os::unix::fs::symlink("/bin/sh", desk.home.path().join("fish")).unwrap();
    let fish = desk.home.path().join("fish");
    let desk = with(|config| config.shell = Some(fish));
    let error = desk
        .terminal
        .run(&command("true"), &none, &|_| {})
        .await
        .unwrap_err();
    assert!(error.to_string().contains("POSIX shell"), "{error}");
    let desk = with(|config| config.working_dir = "/no/such/folder".into());
    let error = desk
        .terminal
        .run(&command("true"), &none, &|_| {})
        .await
        .unwrap_err();
    assert!(error.to_string().contains("/no/such/folder"), "{error}");
}

#[test]
fn a_terminal_dropped_with_its_runtime_leaves_no_process() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (desk, pid) = runtime.block_on(async {
        let desk = desk();
        let said = desk.says("sleep 1000 & echo $!").await;
        (desk, said.lines().last().unwrap().to_owned())
    });
    drop(runtime);
    drop(desk);
    let path = format!("/proc/{pid}/stat");
    // The signal has been sent; the process is gone as soon as the kernel has seen to it.
    while std::fs::read_to_string(&path).is_ok_and(|stat| !stat.contains(") Z ")) {
        std::thread::yield_now();
    }
}

/// Whether a dead process only waits for the first process of this machine to ask after it.
fn is_zombie_of_another(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
}
