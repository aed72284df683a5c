//! `openhands doctor`.

use std::net::TcpListener;

use crate::house::House;

#[test]
fn a_good_machine_gets_a_clean_bill() {
    let house = House::new();
    let ran = house.run(&["doctor", "--model", "demo"]);
    ran.succeeds();
    for what in [
        "state",
        "disk",
        "secrets",
        "history",
        "shell",
        "terminal",
        "git",
        "locale",
        "workspace",
        "model",
    ] {
        assert!(
            ran.out
                .lines()
                .any(|line| line.split_whitespace().nth(1) == Some(what)),
            "{what} is not looked at: {}",
            ran.out
        );
    }
    assert!(!house.home().exists(), "looking changes nothing");
}

#[test]
fn what_is_missing_is_named_with_its_remedy() {
    let house = House::new()
        .set("PATH", "/nonexistent")
        .set("LANG", "C")
        .set("LLM_MODEL", "gpt-5.6");
    let ran = house.run(&["doctor"]);
    ran.ends(1)
        .prints("fail shell")
        .prints("install it")
        .prints("warn git")
        .prints("warn locale")
        .prints("export LC_ALL=C.UTF-8")
        .prints("fail model")
        .prints("OPENAI_API_KEY");
}

#[test]
fn a_key_that_others_can_read_is_pointed_out() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::new();
    house.run(&["run", "--model", "demo", "hello"]).succeeds();
    let key = house.home().join("secret.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ran = house.run(&["doctor", "--model", "demo"]);
    ran.succeeds().prints("warn secrets").prints("chmod 600");
}

#[test]
fn a_server_that_listens_is_told_from_one_that_does_not() {
    let house = House::new();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!("http://{address}/v1");
    let arguments = [
        "doctor",
        "--online",
        "--model",
        "openai/x",
        "--base-url",
        &url,
    ];
    house
        .run(&arguments)
        .succeeds()
        .prints("ok   network")
        .prints("can be reached");
    drop(listener);
    house
        .run(&arguments)
        .ends(1)
        .prints("fail network")
        .prints("--base-url");
}
