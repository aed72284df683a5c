//! Scripts are played turn by turn, through loops, conditions and faults.

use super::*;
use crate::model::ask::Said;
use crate::model::script::Script;

fn play(player: &mut Player, ask: &Ask) -> String {
    match player.next(ask) {
        Ok(Play {
            fault: Some(fault), ..
        }) => format!("{fault:?}"),
        Ok(play) => play.turn.reply.clone().unwrap().text.unwrap_or_default(),
        Err(ran_out) => ran_out.to_string(),
    }
}

fn played(script: Script, requests: usize) -> Vec<String> {
    let mut player = Player::new(script.finish());
    (0..requests)
        .map(|_| play(&mut player, &Ask::default()))
        .collect()
}

fn result(text: &str) -> Ask {
    Ask {
        history: vec![Said::Result {
            call: "c".to_owned(),
            text: text.to_owned(),
        }],
        ..Ask::default()
    }
}

#[test]
fn turns_come_in_order_and_the_end_is_told() {
    let script = Script::named("short").says("a").then().says("b");
    let said = played(script, 3);
    assert_eq!(said[..2], ["a", "b"]);
    assert!(
        said[2].contains("\"short\" ran out at turn 3"),
        "{}",
        said[2]
    );
}

#[test]
fn loops_nest_and_end() {
    let inner = Script::new().says("x");
    let outer = Script::new().says("a").repeat(2, inner.clone());
    let script = Script::new().repeat(2, outer).repeat(0, inner).says("end");
    assert_eq!(
        played(script, 7),
        ["a", "x", "x", "a", "x", "x", "end"].map(String::from)
    );
    let endless = Script::new().says("once").forever(Script::new().says("on"));
    assert_eq!(played(endless, 1_000)[999], "on");
}

#[test]
fn faults_come_before_the_reply_of_their_turn() {
    let script = Script::new().says("a").hangs().times(2).then().says("b");
    assert_eq!(
        played(script, 4),
        ["Hangs", "Hangs", "a", "b"].map(String::from)
    );
    let only = Script::new().hangs().then().says("b");
    assert_eq!(played(only, 2), ["Hangs", "b"].map(String::from));
}

#[test]
fn a_turn_whose_condition_fails_is_passed_over() {
    let script = Script::new().forever(
        Script::new()
            .when_last_tool_result_contains("FAILED")
            .says("mend")
            .then()
            .when_last_tool_result_contains("ok")
            .says("done"),
    );
    let mut player = Player::new(script.finish());
    assert_eq!(play(&mut player, &result("ok")), "done");
    assert_eq!(play(&mut player, &result("2 FAILED")), "mend");
    assert_eq!(play(&mut player, &result("2 FAILED")), "mend");
    let none = play(&mut player, &result("?"));
    assert!(none.contains("no turn left fits"), "{none}");
}

#[test]
fn a_loop_of_nothing_ends() {
    let script = Script::new().forever(Script::new()).says("after");
    assert_eq!(played(script, 1), ["after".to_owned()]);
}

#[test]
fn by_history_what_is_asked_again_is_answered_again() {
    let script = Script::new()
        .by_history()
        .says("a")
        .then()
        .when_last_tool_result_contains("left")
        .says("b")
        .then()
        .says("c");
    let reply = || Said::Assistant {
        text: String::new(),
        calls: Vec::new(),
    };
    let asked = |history: Vec<Said>| Ask {
        history,
        ..Ask::default()
    };
    let left = result("left").history.remove(0);
    let mut player = Player::new(script.finish());
    let after_two = asked(vec![reply(), left.clone(), reply()]);
    assert_eq!(play(&mut player, &after_two), "c");
    let after_one = asked(vec![reply(), left]);
    assert_eq!(play(&mut player, &after_one), "b");
    assert_eq!(play(&mut player, &after_one), "b");
    assert_eq!(play(&mut player, &asked(vec![])), "a");
    let other_way = asked(vec![reply(), result("right").history.remove(0)]);
    assert_eq!(play(&mut player, &other_way), "c");
}
