//! Frames and headers come back as they were written, and nothing else passes for one.

use bytes::Bytes;
use domain::{ConversationId, Draft, EventId};
use uuid::Uuid;

use super::*;

fn id(n: u128) -> ConversationId {
    ConversationId(Uuid::from_u128(n))
}

fn draft(name: &str, event: &str, fact: Option<&str>) -> Draft {
    Draft {
        event: Some((EventId::new(name), Bytes::copy_from_slice(event.as_bytes()))),
        fact: fact.map(|fact| Bytes::copy_from_slice(fact.as_bytes())),
    }
}

fn written(seed: Seed, draft: &Draft) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut out, seed, 9, 4096, draft, true);
    out
}

fn read(seed: Seed, bytes: &[u8]) -> Option<Frame<'_>> {
    let head = Head::parse(bytes.get(..HEAD)?)?;
    let frame = bytes.get(..usize::try_from(head.size()).ok()?)?;
    head.matches(seed, frame)
        .then(|| Frame::new(0, head, frame))
}

#[test]
fn a_record_comes_back_whole() {
    let seed = Seed::new(id(1), 0);
    for (name, event, fact) in [
        ("0c2f6b5e-9f5c-4a57-8f6d-3f4f2f1f0a11", "{\"a\":1}", None),
        ("any text at all", "", Some("{}")),
        ("x", "0123456789abcdef", Some("")),
    ] {
        let bytes = written(seed, &draft(name, event, fact));
        assert_eq!(bytes.len() % ALIGN as usize, 0);
        let frame = read(seed, &bytes).unwrap();
        assert_eq!(frame.head.size(), bytes.len() as u64);
        assert_eq!((frame.head.record, frame.head.base), (9, 4096));
        assert!(frame.head.is_last() && !frame.head.is_seal());
        assert_eq!(frame.name(), name.as_bytes());
        assert_eq!(frame.event(), Some(event.as_bytes()));
        assert_eq!(frame.fact(), fact.map(str::as_bytes));
    }
}

#[test]
fn a_fact_alone_has_no_event() {
    let seed = Seed::new(id(1), 0);
    let fact = Draft {
        event: None,
        fact: Some(Bytes::from_static(b"{\"fact\":\"title\"}")),
    };
    let bytes = written(seed, &fact);
    let frame = read(seed, &bytes).unwrap();
    assert_eq!(frame.event(), None);
    assert_eq!(frame.name(), b"");
    assert_eq!(frame.fact(), Some(&b"{\"fact\":\"title\"}"[..]));
}

#[test]
fn any_changed_bit_is_noticed() {
    let seed = Seed::new(id(1), 0);
    let bytes = written(seed, &draft("name", "{\"text\":\"hello\"}", Some("{}")));
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(read(seed, &changed).is_none(), "bit {bit}");
    }
}

#[test]
fn a_frame_of_another_log_or_segment_is_none_of_this_one() {
    let seed = Seed::new(id(1), 0);
    let bytes = written(seed, &draft("name", "{}", None));
    assert!(read(seed, &bytes).is_some());
    assert!(read(Seed::new(id(2), 0), &bytes).is_none());
    assert!(read(Seed::new(id(1), 1), &bytes).is_none());
}

#[test]
fn zeros_are_no_frame() {
    assert!(Head::parse(&[0; HEAD]).is_none());
}

#[test]
fn a_header_comes_back_and_any_changed_bit_is_noticed() {
    let header = Header {
        id: id(3),
        segment: 2,
        first_seq: 10,
        first_record: 12,
        previous: 64 << 20,
        begun: 4096,
    };
    let bytes = header.encode();
    assert_eq!(Header::parse(&bytes), Ok(header));
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Header::parse(&changed), Err(NoHeader::Damaged), "bit {bit}");
    }
}

#[test]
fn a_newer_format_says_so() {
    let mut bytes = Header {
        id: id(3),
        segment: 0,
        first_seq: 0,
        first_record: 0,
        previous: 0,
        begun: 64,
    }
    .encode();
    bytes[4] = 2;
    let crc = header_crc(&bytes);
    put(&mut bytes, 8, &crc.to_le_bytes());
    assert_eq!(Header::parse(&bytes), Err(NoHeader::Newer(2)));
}
