//! Streams cut in every place.

use proptest::prelude::*;

use super::*;

fn parse(pieces: &[&[u8]]) -> Vec<Event> {
    let mut parser = Parser::new();
    let mut events = Vec::new();
    for piece in pieces {
        parser.feed(piece, &mut events).unwrap();
    }
    events.extend(parser.finish());
    events
}

fn data(text: &str) -> Event {
    Event {
        name: String::new(),
        data: text.to_owned(),
    }
}

#[test]
fn an_event_has_a_name_and_lines_of_data() {
    let events = parse(&[b"event: delta\ndata: one\ndata:two\nid: 7\nretry: 5\n\ndata: three\n\n"]);
    let named = Event {
        name: "delta".to_owned(),
        data: "one\ntwo".to_owned(),
    };
    assert_eq!(events, [named, data("three")]);
}

#[test]
fn comments_and_empty_events_are_not_heard() {
    assert_eq!(
        parse(&[b": OPENROUTER PROCESSING\n\n:\n\nevent: ping\n\ndata: [DONE]\n\n"]),
        [data("[DONE]")]
    );
}

#[test]
fn every_line_break_counts_and_may_be_cut() {
    for text in ["data: a\r\n\r\ndata: b\r\n\r\n", "data: a\r\rdata: b\r\r"] {
        assert_eq!(parse(&[text.as_bytes()]), [data("a"), data("b")]);
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(parse(&bytes), [data("a"), data("b")]);
    }
}

#[test]
fn a_character_may_be_cut_in_two() {
    let text = "\u{feff}data: Größe 🦀\n\n".as_bytes();
    for cut in 0..text.len() {
        let (a, b) = text.split_at(cut);
        assert_eq!(parse(&[a, b]), [data("Größe 🦀")], "cut at {cut}");
    }
}

#[test]
fn an_event_without_its_blank_line_is_heard_at_the_end() {
    assert_eq!(parse(&[b"data: a\n\ndata: b"]), [data("a"), data("b")]);
    assert_eq!(parse(&[b"data: b\n"]), [data("b")]);
    assert_eq!(parse(&[b"", b"\n\n"]), []);
}

#[test]
fn a_line_without_end_is_refused() {
    let mut parser = Parser::with_longest(100);
    let mut events = Vec::new();
    let long = [b'x'; 60];
    assert_eq!(parser.feed(b"data: ok\n\n", &mut events), Ok(()));
    assert_eq!(parser.feed(&long, &mut events), Ok(()));
    assert_eq!(parser.feed(&long, &mut events), Err(TooLong));
    let mut parser = Parser::with_longest(100);
    let line = b"data: 0123456789\n";
    let fed = (0..20).try_for_each(|_| parser.feed(line, &mut events));
    assert_eq!(fed, Err(TooLong), "many lines of one event count together");
}

proptest! {
    #[test]
    fn cutting_a_stream_anywhere_changes_nothing(
        texts in prop::collection::vec(("[a-z]{0,3}", "[^\r\n\u{0}]{0,12}(\n[^\r\n\u{0}]{0,5})?"), 0..6),
        breaks in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        noise in prop::sample::select(vec!["", ": keep-alive", ":\u{1f980}"]),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut stream = String::new();
        let mut expected = Vec::new();
        for (name, text) in &texts {
            stream.push_str(&format!("{noise}{breaks}event: {name}{breaks}"));
            for line in text.split('\n') {
                stream.push_str(&format!("data: {line}{breaks}"));
            }
            stream.push_str(breaks);
            expected.push(Event { name: name.clone(), data: text.clone() });
        }
        let bytes = stream.as_bytes();
        let mut places: Vec<usize> = cuts.iter().map(|c| c.index(bytes.len() + 1)).collect();
        places.push(bytes.len());
        places.sort_unstable();
        let mut from = 0;
        let mut pieces = Vec::new();
        for place in places {
            pieces.push(&bytes[from..place]);
            from = place;
        }
        prop_assert_eq!(parse(&pieces), expected);
    }

    #[test]
    fn no_bytes_can_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>()) {
        let cut = at.index(bytes.len() + 1);
        let (a, b) = bytes.split_at(cut);
        prop_assert_eq!(parse(&[a, b]), parse(&[&bytes]));
    }
}
