//! Programs that talk with whoever sits at the terminal.

use std::time::Duration;

use crate::desk::{Said, command, desk, input, timed, with};

#[tokio::test]
async fn a_python_session_is_fed_line_by_line() {
    let desk = desk();
    let observation = desk.run("python3 -q -i -c ''").await;
    assert_eq!(observation.exit_code, Some(-1));
    assert!(
        observation.said().ends_with(">>>"),
        "{:?}",
        observation.said()
    );
    assert!(
        observation.metadata.suffix.contains("waiting for input"),
        "{}",
        observation.metadata.suffix
    );
    let answer = desk.act(input("6 * 7")).await;
    assert_eq!(
        answer.metadata.prefix,
        "[Below is the output of the previous command.]\n"
    );
    assert!(answer.said().contains("\n42\n"), "{:?}", answer.said());
    assert!(answer.said().ends_with(">>>"), "{:?}", answer.said());
    let answer = desk.types("def f(n):").await;
    assert!(answer.ends_with("..."), "{answer:?}");
    desk.types("    return n + 1").await;
    desk.types("ENTER").await;
    let answer = desk.types("f(41)").await;
    assert!(
        answer.contains("\n42\n") && !answer.contains("return"),
        "{answer:?}"
    );
    let end = desk.act(input("exit(3)")).await;
    assert_eq!(end.exit_code, Some(3));
    assert_eq!(
        end.metadata.suffix,
        "\n[The command completed with exit code 3.]"
    );
    assert_eq!(desk.says("echo back").await, "back");
}

#[tokio::test]
async fn a_question_is_shown_and_answered() {
    let desk = desk();
    let question = desk
        .run("read -p 'Name: ' name; echo \"Hello, $name.\"")
        .await;
    assert_eq!(question.said(), "Name:");
    assert_eq!(question.exit_code, Some(-1));
    assert_eq!(question.metadata.suffix.lines().count(), 2);
    let answer = desk.act(input("Ada Lovelace")).await;
    assert_eq!(answer.said(), "Ada Lovelace\nHello, Ada Lovelace.");
    assert_eq!(answer.exit_code, Some(0));
    assert_eq!(desk.says("echo $name").await, "Ada Lovelace");
}

#[tokio::test]
async fn a_hidden_answer_is_not_shown() {
    let desk = desk();
    let question = desk
        .run("read -s -p 'Password: ' word; echo; echo ${#word}")
        .await;
    assert_eq!(question.said(), "Password:");
    assert_eq!(desk.types("sesame 123").await, "\n10");
    // As sudo and ssh ask: on the terminal itself, from a program of its own.
    let question = desk
        .run("python3 -c 'import getpass; print(len(getpass.getpass(\"[sudo] password: \")))'")
        .await;
    assert_eq!(question.said(), "[sudo] password:");
    let answer = desk.types("hidden").await;
    assert_eq!(answer.trim(), "6");
}

#[tokio::test]
async fn questions_in_a_script_come_one_after_another() {
    let desk = desk();
    std::fs::write(
        desk.path().join("ask.sh"),
        "for q in one two; do read -p \"$q? \" a; echo \"got $a\"; done\n",
    )
    .unwrap();
    assert_eq!(desk.says("bash ask.sh").await, "one?");
    assert_eq!(desk.types("1").await, "1\ngot 1\ntwo?");
    assert_eq!(desk.types("2").await, "2\ngot 2");
}

#[tokio::test]
async fn an_end_of_input_ends_cat() {
    let desk = desk();
    assert_eq!(desk.run("cat > typed.txt").await.exit_code, Some(-1));
    desk.types("first line").await;
    let end = desk.act(input("C-d")).await;
    assert_eq!(end.exit_code, Some(0));
    assert_eq!(
        end.metadata.suffix,
        "\n[The command completed with exit code 0. CTRL+D was sent.]"
    );
    assert_eq!(desk.says("cat typed.txt").await, "first line");
}

#[tokio::test]
async fn a_stopped_program_goes_on_in_the_foreground() {
    let desk = desk();
    desk.run("cat").await;
    let stopped = desk.act(input("C-z")).await;
    assert_eq!(stopped.exit_code, Some(148));
    assert!(stopped.said().contains("Stopped"), "{}", stopped.said());
    assert!(desk.says("jobs").await.contains("Stopped"));
    assert_eq!(desk.run("fg").await.exit_code, Some(-1));
    assert_eq!(desk.types("echoed").await, "echoed\nechoed");
    // Without `is_input` too: nobody has a program of that name.
    let end = desk.act(command("C-d")).await;
    assert_eq!(end.exit_code, Some(0));
}

#[tokio::test]
async fn a_full_screen_program_is_shown_as_it_looks() {
    let desk = desk();
    let text: String = (1..=200).map(|n| format!("line {n}\n")).collect();
    std::fs::write(desk.path().join("long.txt"), text).unwrap();
    let screen = desk.run("echo before; less long.txt").await;
    let said = screen.said();
    assert!(said.starts_with("before\n"), "{said}");
    assert!(
        said.contains("line 1\nline 2\n") && said.contains("line 49") && !said.contains("line 51"),
        "{said}"
    );
    assert!(!said.contains('\u{1b}'), "{said:?}");
    let screen = desk.types("G").await;
    assert!(
        screen.contains("line 200") && !screen.contains("line 1\n"),
        "{screen}"
    );
    let screen = desk.types("UP").await;
    assert!(
        screen.contains("line 199") && !screen.contains("line 200"),
        "{screen}"
    );
    let end = desk.act(input("q")).await;
    assert_eq!(end.exit_code, Some(0));
    assert!(!end.said().contains("line"), "{}", end.said());
    assert_eq!(
        desk.says("echo back; stty -a | grep -o ' icanon'").await,
        "back\n icanon"
    );
}

#[tokio::test]
async fn an_editor_edits() {
    let desk = desk();
    let program = desk
        .says("command -v vim || command -v vi || echo none")
        .await;
    if program == "none" {
        // A small program of the same kind, for machines without an editor.
        return curses(&desk).await;
    }
    let screen = desk.run("vi -u NONE made.txt").await;
    assert!(screen.said().contains("made.txt"), "{}", screen.said());
    let screen = desk.types("ihello from vi").await;
    assert!(screen.contains("hello from vi"), "{screen}");
    desk.types("ESC").await;
    let end = desk.act(input(":wq")).await;
    assert_eq!(end.exit_code, Some(0), "{}", end.said());
    assert_eq!(desk.says("cat made.txt").await, "hello from vi");
}

async fn curses(desk: &crate::desk::Desk) {
    let program = "python3 -c '\nimport curses\ndef main(s):\n    s.addstr(3, 4, \"on the screen\")\n    s.refresh()\n    s.getch()\ncurses.wrapper(main)'";
    let screen = desk.says(program).await;
    assert!(screen.contains("    on the screen"), "{screen}");
    assert_eq!(desk.act(input("q")).await.exit_code, Some(0));
}

#[tokio::test]
async fn a_program_that_asks_the_terminal_gets_an_answer() {
    let desk = desk();
    let program = r#"python3 -c '
import os, sys, tty, termios
old = termios.tcgetattr(0)
tty.setraw(0)
for query, end in ((b"\x1b[6n", b"R"), (b"\x1b[c", b"c"), (b"\x1b[>c", b"c")):
    os.write(1, query)
    answer = b""
    while not answer.endswith(end): answer += os.read(0, 1)
    os.write(2, repr(answer).encode() + b"\r\n")
termios.tcsetattr(0, termios.TCSADRAIN, old)
'"#;
    let observation = desk.run(program).await;
    let said = observation.said();
    assert!(
        said.contains("\\x1b[1;1R") && said.contains("\\x1b[?62"),
        "{observation:?}"
    );
}

#[tokio::test]
async fn keys_nobody_read_do_not_reach_the_next_program() {
    let desk = desk();
    desk.run("read -p 'one: ' x").await;
    let end = desk.act(input("first\nrm -rf never\nsecond")).await;
    assert_eq!(end.exit_code, Some(0));
    let next = desk.run("read -t 0.05 -p 'two: ' y; echo \"[$y]\"").await;
    assert!(next.said().ends_with("[]"), "{}", next.said());
}

#[tokio::test]
async fn a_command_does_not_start_while_another_runs() {
    let desk = desk();
    desk.run("read -p 'who? ' x; echo $x").await;
    let refused = desk.act(command("echo other")).await;
    assert!(refused.is_error);
    assert_eq!(refused.exit_code, Some(-1));
    assert!(
        refused
            .metadata
            .suffix
            .contains("\"echo other\" is NOT executed"),
        "{}",
        refused.metadata.suffix
    );
    assert_eq!(
        refused.metadata.prefix,
        "[Below is the output of the previous command.]\n"
    );
    assert_eq!(desk.types("me").await, "me\nme");
}

#[tokio::test]
async fn nothing_runs_so_there_is_nothing_to_ask() {
    let desk = desk();
    for (action, text) in [
        (
            command(""),
            "No previous running command to retrieve logs from.",
        ),
        (
            input(""),
            "No previous running command to retrieve logs from.",
        ),
        (
            input("C-c"),
            "No previous running command to interact with.",
        ),
    ] {
        let observation = desk.act(action).await;
        assert!(observation.is_error);
        assert_eq!(observation.said(), text);
        assert_eq!(observation.exit_code, None);
        assert_eq!(observation.metadata, domain::CmdOutputMetadata::default());
    }
}

#[tokio::test]
async fn a_command_that_ended_unseen_is_told_of() {
    let desk = with(|config| config.soft_timeout = Duration::from_millis(30));
    let slow = "mkfifo go; read x < go; echo rest; touch over; (exit 4)";
    assert_eq!(desk.run(slow).await.exit_code, Some(-1));
    let let_go = || {
        let home = desk.path();
        tokio::task::spawn_blocking(move || {
            std::fs::write(home.join("go"), "go\n").unwrap();
            while !home.join("over").exists() {
                std::thread::yield_now();
            }
        })
    };
    let_go().await.unwrap();
    let rest = desk.act(timed("", 60.0)).await;
    assert_eq!((rest.said().as_str(), rest.exit_code), ("rest", Some(4)));
    assert_eq!(
        rest.metadata.prefix,
        "[Below is the output of the previous command.]\n"
    );
    assert_eq!(desk.says("echo $?").await, "4");
    // A new command says first what became of the one before, once that has had time to end.
    desk.run("rm over; read x < go; echo rest again; touch over; (exit 5)")
        .await;
    let_go().await.unwrap();
    let mut next = desk.act(timed("echo new", 60.0)).await;
    while next.is_error {
        next = desk.act(timed("echo new", 60.0)).await;
    }
    assert_eq!((next.said().as_str(), next.exit_code), ("new", Some(0)));
    assert!(
        next.metadata.prefix.contains("exit code 5"),
        "{}",
        next.metadata.prefix
    );
}

#[tokio::test]
async fn input_that_comes_too_late_is_not_run_by_the_shell() {
    let desk = desk();
    desk.run("read -t 0.5 -p 'quick: ' x").await;
    while desk.act(command("")).await.exit_code == Some(-1) {}
    let typed = desk.act(input("touch made-by-mistake")).await;
    assert!(typed.is_error, "{typed:?}");
    assert!(!desk.path().join("made-by-mistake").exists());
}

#[tokio::test]
async fn live_output_is_heard_as_it_comes() {
    let desk = desk();
    let script = "echo first; printf '\\033[1msecond\\033[0m'; sleep 0.2; echo; echo third";
    for (script, expect) in [
        (script, "first\nsecond\nthird\n"),
        ("echo quick", "quick\n"),
    ] {
        let heard = std::sync::Mutex::new(String::new());
        let none = std::collections::BTreeMap::new();
        let progress = |text: &str| heard.lock().unwrap().push_str(text);
        let action = timed(script, 60.0);
        desk.terminal.run(&action, &none, &progress).await.unwrap();
        assert_eq!(heard.into_inner().unwrap(), expect);
    }
}
