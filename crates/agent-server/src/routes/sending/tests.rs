//! Ranges, names and dates.

use domain::Moment;

use super::{attached, http_date, part};

#[test]
fn ranges_are_read() {
    for (range, expected) in [
        ("bytes=0-9", Some(Some((0, 9)))),
        ("bytes=90-", Some(Some((90, 99)))),
        ("bytes=90-1000", Some(Some((90, 99)))),
        ("bytes=-5", Some(Some((95, 99)))),
        ("bytes=-500", Some(Some((0, 99)))),
        ("bytes=100-", Some(None)),
        ("bytes=9-3", Some(None)),
        ("bytes=-0", Some(None)),
        ("bytes=", None),
        ("bytes=a-b", None),
        ("lines=1-2", None),
        ("bytes=0-1,5-6", None),
    ] {
        assert_eq!(part(range, 100), expected, "{range}");
    }
    assert_eq!(part("bytes=0-", 0), Some(None));
}

#[test]
fn names_are_written_so_that_headers_can_carry_them() {
    for (name, header) in [
        ("a.txt", "attachment; filename=\"a.txt\""),
        ("a b\".txt", "attachment; filename*=utf-8''a%20b%22.txt"),
        ("ü\n", "attachment; filename*=utf-8''%C3%BC%0A"),
    ] {
        assert_eq!(attached(name).1, header);
    }
}

#[test]
fn dates_are_those_of_http() {
    let moment = Moment::parse("2026-11-20T11:39:36Z").unwrap();
    assert_eq!(http_date(moment), "Fri, 20 Nov 2026 11:39:36 GMT");
}
