//! Commands that run and end.

use crate::desk::{Said, command, desk, with};

#[tokio::test]
async fn a_command_says_what_it_said_and_how_it_ended() {
    let desk = desk();
    let observation = desk.run("echo hello > hello.txt && cat hello.txt").await;
    assert_eq!(observation.said(), "hello");
    assert_eq!(observation.exit_code, Some(0));
    assert!(!observation.is_error && !observation.timeout);
    let about = &observation.metadata;
    assert_eq!(about.exit_code, 0);
    assert_eq!(about.prefix, "");
    assert_eq!(about.suffix, "\n[The command completed with exit code 0.]");
    assert_eq!(
        about.working_dir.as_deref(),
        Some(desk.home.path().to_str().unwrap())
    );
    assert_eq!(desk.says("echo $$").await, about.pid.to_string());
    assert_eq!(about.username, Some(desk.says("id -un").await));
    assert_eq!(about.hostname, Some(desk.says("hostname -s").await));
    assert_eq!(
        observation.full_output_save_dir,
        Some(
            desk.home
                .path()
                .join("outputs")
                .to_str()
                .unwrap()
                .to_owned()
        )
    );
}

#[tokio::test]
async fn the_model_reads_the_exit_code_once() {
    let desk = desk();
    let observation = desk.run("cd / && false").await;
    let python = observation.metadata.py_interpreter_path.clone().unwrap();
    assert_eq!(
        domain::Observation::Terminal(observation.clone()).for_model()[0]
            .as_text()
            .unwrap(),
        format!(
            "[The command completed with exit code 1.]\n[Current working directory: /]\n[Python interpreter: {python}]"
        )
    );
}

#[tokio::test]
async fn the_python_is_the_one_a_command_would_get() {
    let desk = desk();
    let found = desk.says("command -v python || command -v python3").await;
    let observation = desk.run("true").await;
    assert_eq!(observation.metadata.py_interpreter_path, Some(found));
    let script = "mkdir -p bin; printf '#!/bin/sh\\n' > bin/python; chmod +x bin/python; export PATH=$PWD/bin:$PATH";
    let observation = desk.run(script).await;
    assert_eq!(
        observation.metadata.py_interpreter_path.as_deref(),
        Some(desk.home.path().join("bin/python").to_str().unwrap())
    );
}

#[tokio::test]
async fn the_directory_variables_functions_and_status_stay() {
    let desk = desk();
    desk.run(
        "mkdir sub && cd sub; export FOO='a b'; bar() { echo \"<$FOO>\"; }; alias hi='echo hi'",
    )
    .await;
    assert_eq!(desk.says("bar; hi; basename $PWD").await, "<a b>\nhi\nsub");
    desk.run("(exit 42)").await;
    assert_eq!(desk.says("echo $?").await, "42");
}

#[tokio::test]
async fn scripts_of_many_lines_just_run() {
    let desk = desk();
    let script = "greet() {\n  local name=\"$1\"  # who\n  echo 'it'\"'\"'s '\"$name\"\n}\n\nfor n in one \\\n  two; do\n  greet \"$n\"\ndone\n\
                  if [ -t 0 ]; then echo terminal; fi\n";
    assert_eq!(desk.says(script).await, "it's one\nit's two\nterminal");
    let observation = desk.run("echo a\nfalse\necho b\n(exit 3)").await;
    assert_eq!(
        (observation.said().as_str(), observation.exit_code),
        ("a\nb", Some(3))
    );
}

#[tokio::test]
async fn here_documents_reach_their_command() {
    let desk = desk();
    let script = "cat <<'EOF' > made.txt\n$HOME `x` \\n\n\ttabbed\nEOF\ncat made.txt";
    assert_eq!(desk.says(script).await, "$HOME `x` \\n\n\ttabbed");
    assert_eq!(
        desk.says("python3 - <<EOF\nfor i in range(2):\n    print('line', i)\nEOF")
            .await,
        "line 0\nline 1"
    );
}

#[tokio::test]
async fn mistakes_are_reported_and_do_no_harm() {
    let desk = desk();
    for (script, code) in [
        ("echo 'never closed", 2),
        ("if true; then", 2),
        ("no-such-program --x", 127),
        ("cat <<EOF\nno end", 0),
        ("fi", 2),
        ("/etc/passwd", 126),
    ] {
        let observation = desk.run(script).await;
        assert_eq!(
            observation.exit_code,
            Some(code),
            "{script}: {}",
            observation.said()
        );
        assert!(!observation.said().is_empty(), "{script}");
    }
    assert_eq!(
        desk.says("no-such-program").await,
        "bash: no-such-program: command not found"
    );
    assert_eq!(desk.says("echo fine").await, "fine");
}

#[tokio::test]
async fn errors_and_output_come_in_the_order_they_were_written() {
    let desk = desk();
    let script = "for i in 1 2 3; do echo out $i; echo err $i >&2; done";
    assert_eq!(
        desk.says(script).await,
        "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3"
    );
}

#[tokio::test]
async fn nothing_of_what_was_written_last_is_lost() {
    let desk = desk();
    for round in 0..50 {
        let said = desk
            .says(&format!("seq 1 2000; printf 'end {round}'"))
            .await;
        assert!(
            said.ends_with(&format!("1999\n2000\nend {round}")),
            "{round}: {said}"
        );
        assert!(said.starts_with("1\n2\n3\n"), "{round}");
    }
}

#[tokio::test]
async fn a_very_long_line_is_run_whole() {
    let desk = desk();
    let long = "x".repeat(200_000);
    assert_eq!(
        desk.says(&format!("v='{long}'; echo ${{#v}}")).await,
        "200000"
    );
    let many: String = (0..20_000).map(|n| format!("a{n}={n}\n")).collect();
    assert_eq!(desk.says(&format!("{many}echo $a19999")).await, "19999");
}

#[tokio::test]
async fn text_of_any_language_comes_through_even_in_pieces() {
    let desk = desk();
    assert_eq!(
        desk.says("printf 'ÄÖ 日本語 👩‍👩‍👧 e\\u0301\\n'").await,
        "ÄÖ 日本語 👩‍👩‍👧 e\u{301}"
    );
    let script = "printf '\\346\\227'; sleep 0.05; printf '\\245\\n'";
    assert_eq!(desk.says(script).await, "日");
}

#[tokio::test]
async fn garbage_is_survived() {
    let desk = desk();
    let said = desk
        .says("printf 'a\\0b\\377\\376c\\001\\002\\n'; echo after")
        .await;
    assert!(said.ends_with("after"), "{said:?}");
    assert!(said.starts_with("ab") && said.contains('c'), "{said:?}");
    let observation = desk
        .run("head -c 200000 /dev/urandom; printf '\\033\\\\\\n'; echo; echo done")
        .await;
    assert!(observation.said().contains("done"));
    assert_eq!(desk.says("echo fine").await, "fine");
}

#[tokio::test]
async fn control_sequences_are_rendered_and_never_leak() {
    let desk = desk();
    let cases = [
        ("printf '\\033[1;31mred\\033[0m plain\\n'", "red plain"),
        ("printf '\\033]0;title\\007text\\n'", "text"),
        ("printf '10%%\\r50%%\\r100%%\\n'", "100%"),
        ("printf 'abc\\b\\bX\\n'", "aXc"),
        ("printf 'long line\\rshort\\033[K\\n'", "short"),
        ("printf 'one\\ntwo\\n\\033[2A\\033[2KONE\\n\\n'", "ONE\ntwo"),
        ("printf '\\033[?2004h$ \\033[?2004l\\n'", "$"),
        ("printf 'a\\tb\\n'", "a\tb"),
        ("printf 'before\\n\\033[H\\033[2Jafter\\n'", "after"),
        ("printf 'x\\033[5nx\\033[6nx\\033[cx\\n'", "xxxx"),
    ];
    for (script, expect) in cases {
        assert_eq!(desk.says(script).await, expect, "{script}");
    }
    assert_eq!(
        desk.says("printf '\\033[6n\\033[c'; sleep 0.2; read -t 0.1 x; echo \"[$x]\"")
            .await,
        "[]"
    );
}

#[tokio::test]
async fn xtrace_shows_the_command_and_not_our_words_about_it() {
    let desk = desk();
    desk.run("set -x").await;
    let said = desk.says("echo hi").await;
    assert_eq!(said, "++ echo hi\nhi");
    assert_eq!(desk.says("set +x; echo bye").await, "++ set +x\nbye");
}

#[tokio::test]
async fn jobs_in_the_background_hold_nobody_up_and_are_heard_later() {
    let desk = desk();
    let observation = desk.run("sleep 1000 & echo started").await;
    assert!(observation.said().starts_with("[1] ") && observation.said().ends_with("\nstarted"));
    assert_eq!(observation.exit_code, Some(0));
    desk.run("kill %1; mkfifo go").await;
    desk.run("(read line < go; echo late news; echo over > over) &")
        .await;
    let said = desk
        .says("echo > go; until [ -e over ]; do sleep 0.01; done; echo now")
        .await;
    assert!(
        said.starts_with("late news\n") && said.ends_with("now"),
        "{said}"
    );
}

#[tokio::test]
async fn what_a_job_says_between_two_commands_comes_with_the_second() {
    let desk = desk();
    desk.run("mkfifo go done").await;
    desk.run("(read x < go; printf 'unfinished'; echo > done) &")
        .await;
    // The job writes while no command runs: another process lets it go, and tells when it has written.
    let home = desk.path();
    tokio::task::spawn_blocking(move || {
        std::fs::write(home.join("go"), "go\n").unwrap();
        std::fs::read(home.join("done")).unwrap();
    })
    .await
    .unwrap();
    assert_eq!(desk.says("echo next").await, "unfinished\nnext");
}

#[tokio::test]
async fn a_program_that_keeps_the_terminal_open_does_not_keep_the_command() {
    let desk = desk();
    let script = "sleep 1000 & echo $! > pids; disown; setsid sh -c 'echo $$ >> pids; exec sleep 1000' & echo ok";
    let observation = desk.run(script).await;
    assert!(observation.said().ends_with("ok"));
    assert_eq!(desk.says("echo again").await, "again");
    desk.run("until [ $(wc -l < pids) = 2 ]; do sleep 0.01; done; kill $(cat pids)")
        .await;
}

#[tokio::test]
async fn closed_and_redirected_streams_are_mended_for_the_next_command() {
    let desk = desk();
    desk.run("exec 1>&- 2>&-").await;
    assert_eq!(desk.says("echo out; echo err >&2").await, "out\nerr");
    desk.run("exec 0</dev/null >away.txt").await;
    assert_eq!(desk.says("[ -t 0 ] && [ -t 1 ] && echo both").await, "both");
    desk.run("exec 5>five.txt").await;
    assert_eq!(desk.says("echo five >&5; cat five.txt").await, "five");
}

#[tokio::test]
async fn modes_that_a_program_left_behind_are_repaired() {
    let desk = desk();
    desk.run("stty -echo raw -onlcr; kill -9 $BASHPID & sh -c 'stty -icanon min 0; kill -9 $$'")
        .await;
    let modes = desk.says("stty -a").await;
    for mode in ["icanon", "echo", "opost", "onlcr", "isig", "icrnl"] {
        assert!(
            modes.split_whitespace().any(|word| word == mode),
            "{mode} is not in {modes}"
        );
    }
}

#[tokio::test]
async fn a_shell_that_suspends_itself_is_woken() {
    let desk = desk();
    assert_eq!(desk.says("suspend; echo awake").await, "awake");
}

#[tokio::test]
async fn history_is_kept_and_the_user_s_own_file_left_alone() {
    let desk = desk();
    desk.run("echo one\necho two").await;
    let said = desk.says("history").await;
    assert!(
        said.contains("echo one\necho two") && said.ends_with("history"),
        "{said}"
    );
    assert!(!said.contains("_oh"), "{said}");
    assert_eq!(desk.says("echo [$HISTFILE]").await, "[]");
}

#[tokio::test]
async fn the_environment_is_the_given_one_without_what_is_private() {
    let desk = with(|config| {
        config.env.push(("SESSION_API_KEY".into(), "k".into()));
        config
            .env
            .push(("OH_SESSION_API_KEYS_0".into(), "k".into()));
        config.env.push(("LMNR_PROJECT_API_KEY".into(), "k".into()));
        config.env.push(("GIVEN".into(), "g".into()));
        config.set.push(("EXTRA".to_owned(), "e".to_owned()));
    });
    let said = desk
        .says("env | grep -E 'API_KEY|GIVEN|^EXTRA|AI_AGENT|PAGER|TERM=|^PS1|^_oh' | sort")
        .await;
    assert_eq!(
        said,
        "AI_AGENT=openhands\nEXTRA=e\nGIT_PAGER=cat\nGIVEN=g\nPAGER=cat\nTERM=xterm-256color"
    );
}

#[tokio::test]
async fn secrets_are_there_for_one_command_alone() {
    let desk = desk();
    let script = "echo ${#TOKEN}; sh -c 'echo \"$TOKEN\"'; export KEPT=1";
    let observation = desk
        .act_with(
            command(script),
            &[("TOKEN", "it's $ecret\n2"), ("not-a-name", "x")],
        )
        .await;
    assert_eq!(observation.said(), "13\nit's $ecret\n2");
    assert_eq!(
        desk.says("echo [$TOKEN] $KEPT; env | grep -c TOKEN; history | grep -c ecret")
            .await,
        "[] 1\n0\n1"
    );
    desk.run("export TOKEN=own").await;
    desk.act_with(command("true"), &[("TOKEN", "other")]).await;
    assert_eq!(desk.says("echo $TOKEN").await, "own");
}

#[tokio::test]
async fn a_plain_shell_does_the_same_and_says_what_it_cannot() {
    let desk = with(|config| config.shell = Some("/bin/sh".into()));
    let observation = desk.run("cd / && X=1 && export Y=2; echo \"$X\"").await;
    assert_eq!(observation.said(), "1");
    assert!(
        observation.metadata.prefix.contains("no bash"),
        "{}",
        observation.metadata.prefix
    );
    let observation = desk.run("echo $X $Y $PWD; (exit 4)").await;
    assert_eq!(observation.said(), "1 2 /");
    assert_eq!(
        (observation.exit_code, observation.metadata.prefix.as_str()),
        (Some(4), "")
    );
    let observation = desk.run("exit 9").await;
    assert_eq!(observation.exit_code, Some(9));
    assert_eq!(desk.says("echo $Y $PWD").await, "2 /");
}

#[tokio::test]
async fn ten_thousand_commands_would_leave_nothing_behind() {
    let desk = desk();
    desk.run("true").await;
    let open = "ls /proc/$$/fd | wc -l; jobs | wc -l; history | tail -n +1001 | wc -l; set | wc -l";
    let before = desk.says(open).await;
    for n in 0..500 {
        assert_eq!(desk.says(&format!("echo {n}")).await, n.to_string());
    }
    assert_eq!(desk.says(open).await, before);
}
