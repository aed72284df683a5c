//! Ranges, names and dates.

use domain::Moment;

use super::{Part, attached, http_date};

#[test]
fn ranges_are_read() {
    for (range, expected) in [
        ("bytes=0-9", Part::Of(0, 9)),
        ("bytes=90-", Part::Of(90, 99)),
        ("Bytes = 90-1000", Part::Of(90, 99)),
        ("bytes=-5", Part::Of(95, 99)),
        ("bytes=-500", Part::Of(0, 99)),
        ("bytes=100-", Part::Beyond),
        ("bytes=-0", Part::Beyond),
        ("bytes=0-1,5-6", Part::All),
    ] {
        assert_eq!(Part::read(range, 100), expected, "{range}");
    }
    for range in ["bytes=9-3", "bytes=", "bytes=a-b", "lines=1-2", "bytes"] {
        let part = Part::read(range, 100);
        assert!(matches!(part, Part::Nonsense(_)), "{range}: {part:?}");
    }
    assert_eq!(Part::read("bytes=0-", 0), Part::Beyond);
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
