//! Puts changes into settings: two ways, one for each kind of settings. Knows no key.

use domain::Map;
use serde_json::Value;

/// Merges as RFC 7386 says: null takes away, objects go inward, anything else is put in place.
pub(crate) fn patch(base: &mut Map, change: Map) {
    for (key, value) in change {
        match (base.get_mut(&key), value) {
            (_, Value::Null) => {
                base.shift_remove(&key);
            }
            (Some(Value::Object(inner)), Value::Object(change)) => patch(inner, change),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Merges inward; null takes away inside objects only, and is a value at the outermost keys.
pub(crate) fn deep(base: &mut Map, change: Map) {
    merge(base, change, false);
}

fn merge(base: &mut Map, change: Map, nulls_take_away: bool) {
    for (key, value) in change {
        match (base.get_mut(&key), value) {
            (_, Value::Null) if nulls_take_away => {
                base.shift_remove(&key);
            }
            (Some(Value::Object(inner)), Value::Object(change)) => merge(inner, change, true),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}
