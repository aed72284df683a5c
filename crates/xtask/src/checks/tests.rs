//! What the tally makes of the lines a test program prints.

use super::*;

fn tally(lines: &[&str]) -> Tally {
    let mut tally = Tally::default();
    for line in lines {
        tally.hear(line);
    }
    tally
}

#[test]
fn closing_lines_of_several_test_programs_are_added_up() {
    let tally = tally(&[
        "test a::b ... ok",
        "test result: ok. 41 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.31s",
        "test c::d ... FAILED",
        "test result: FAILED. 6 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
    ]);
    assert_eq!(tally.closing(), "47 passed, 1 failed");
    assert_eq!(tally.failures, ["c::d"]);
}

#[test]
fn colours_do_not_hide_a_failure() {
    let tally = tally(&[
        "test e ... \u{1b}[31mFAILED\u{1b}[0m",
        "test result: \u{1b}[31mFAILED\u{1b}[0m. 0 passed; 1 failed; 0 ignored",
    ]);
    assert_eq!(tally.closing(), "0 passed, 1 failed");
    assert_eq!(tally.failures, ["e"]);
}

#[test]
fn a_failed_check_makes_the_end_an_error_and_a_passed_one_does_not() {
    let mut good = Tally::default();
    good.check("good", || Ok(()));
    assert_eq!(good.closing(), "1 passed, 0 failed");
    assert!(good.close().is_ok());

    let mut bad = Tally::default();
    bad.check("bad", || anyhow::bail!("no"));
    assert_eq!(bad.closing(), "0 passed, 1 failed");
    assert!(bad.close().is_err_and(|error| error.is::<Failed>()));
}
