//! The frozen clock moves only when told to.

use super::*;

#[test]
fn time_stands_still_until_it_is_moved() {
    let clock = Frozen::default();
    assert_eq!(clock.stamp().0, "2026-01-01T12:00:00.000000");
    assert_eq!(clock.micros(), START);
    clock.advance(Duration::from_millis(1_500));
    assert_eq!(clock.stamp().0, "2026-01-01T12:00:01.500000");
    clock.set(-1);
    assert_eq!(clock.stamp().0, "1969-12-31T23:59:59.999999");
}

#[test]
fn a_ticking_clock_never_says_the_same_twice() {
    let clock = Frozen::new(1).ticking(Duration::from_micros(1));
    assert_eq!(clock.stamp().0, "2026-01-01T12:00:00.000000");
    assert_eq!(clock.micros(), START + 1);
    assert_eq!(clock.micros(), START + 2);
}

#[test]
fn ids_follow_from_the_seed() {
    let (one, same, other) = (Frozen::new(7), Frozen::new(7), Frozen::new(8));
    let first = one.uuid();
    assert_eq!(first, same.uuid());
    assert_ne!(first, one.uuid());
    assert_ne!(first, other.uuid());
    assert_eq!(first.get_version_num(), 4);
    assert_eq!(first.get_variant(), uuid::Variant::RFC4122);
}
