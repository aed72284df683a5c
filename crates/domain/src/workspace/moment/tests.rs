//! Moments in their written forms.

use super::Moment;

#[test]
fn recorded_moments_come_back_as_they_were() {
    for text in [
        "1970-01-01T00:00:00Z",
        "2026-11-20T11:39:36.426638Z",
        "2024-02-29T23:59:59.000001Z",
        "2000-03-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
    ] {
        let moment = Moment::parse(text).unwrap();
        assert_eq!(moment.to_string(), text);
        assert_eq!(
            Moment::from_digits(&moment.digits()),
            Some(moment),
            "{text}"
        );
    }
}

#[test]
fn digits_are_those_of_recorded_files() {
    let moment = Moment::parse("2026-11-20T11:39:36.500184Z").unwrap();
    assert_eq!(moment.digits(), "20261120113936500184");
}

#[test]
fn zones_are_counted_in() {
    let utc = Moment::parse("2026-11-20T11:39:36Z");
    for text in [
        "2026-11-20T12:39:36+01:00",
        "2026-11-20 10:09:36-0130",
        "2026-11-20T11:39:36",
        "2026-11-20T11:39:36.0000009Z",
    ] {
        assert_eq!(Moment::parse(text), utc, "{text}");
    }
}

#[test]
fn seconds_may_be_left_out() {
    assert_eq!(
        Moment::parse("2026-11-20T11:39Z"),
        Moment::parse("2026-11-20T11:39:00Z")
    );
}

#[test]
fn what_is_no_moment_is_refused() {
    for text in [
        "",
        "2026",
        "2026-13-01T00:00:00Z",
        "2026-11-20T25:00:00Z",
        "2026-11-20T11Z",
        "2026-11-20T11:39:36.x",
        "äääääääääääääääääää",
        "2026-11-20Tä",
    ] {
        assert_eq!(Moment::parse(text), None, "{text}");
    }
    assert_eq!(Moment::from_digits("2026112011393650018x"), None);
    assert_eq!(Moment::from_digits("20261120"), None);
}
