//! Numbers as pydantic reads them: out of text too, and within their edges.

use serde_json::{Number, Value};

use super::Bounds;

/// An edge that a number is beyond.
pub(super) struct Broken {
    /// `less_than_equal`, ..
    pub kind: &'static str,
    /// The same for people.
    pub words: &'static str,
    /// The name of the edge.
    pub short: &'static str,
    /// The edge.
    pub edge: f64,
}

impl Bounds {
    /// The first edge that a number is beyond, in pydantic's order.
    pub(super) fn broken(&self, number: f64) -> Option<Broken> {
        let beyond = |edge: Option<f64>, holds: fn(f64, f64) -> bool| {
            edge.filter(|edge| !holds(number, *edge))
        };
        let named = |kind, words, short, edge| Broken {
            kind,
            words,
            short,
            edge,
        };
        beyond(self.most, |n, edge| n <= edge)
            .map(|edge| named("less_than_equal", "less than or equal to", "le", edge))
            .or_else(|| {
                beyond(self.below, |n, edge| n < edge)
                    .map(|edge| named("less_than", "less than", "lt", edge))
            })
            .or_else(|| {
                beyond(self.least, |n, edge| n >= edge)
                    .map(|edge| named("greater_than_equal", "greater than or equal to", "ge", edge))
            })
            .or_else(|| {
                beyond(self.above, |n, edge| n > edge)
                    .map(|edge| named("greater_than", "greater than", "gt", edge))
            })
    }
}

/// An integer out of something that is none, or the kind of fault that it is.
pub(super) fn integer(value: &Value) -> Result<Value, &'static str> {
    match value {
        Value::Bool(flag) => Ok(i64::from(*flag).into()),
        Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().unwrap_or(f64::NAN);
            if float.fract() != 0.0 {
                Err("int_from_float")
            } else if float.abs() < 9.2e18 {
                Ok((float as i64).into())
            } else {
                Err("int_parsing_size")
            }
        }
        Value::Number(_) => Ok(value.clone()),
        Value::String(text) => whole(text).ok_or("int_parsing"),
        Value::Null | Value::Array(_) | Value::Object(_) => Err("int_type"),
    }
}

/// ` 1_000 `, `+5` and `5.0` are integers to pydantic.
fn whole(text: &str) -> Option<Value> {
    let text = text.trim();
    let digits = match text.split_once('.') {
        Some((digits, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => digits,
        Some(_) => return None,
        None => text,
    };
    let digits = ungrouped(digits)?;
    if let Ok(number) = digits.parse::<i64>() {
        return Some(number.into());
    }
    let bare = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
    let large = !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit());
    let number = digits.parse::<f64>().ok().filter(|_| large)?;
    Number::from_f64(number).map(Value::Number)
}

/// A number out of something that is none, or the kind of fault that it is.
pub(super) fn float(value: &Value) -> Result<f64, &'static str> {
    match value {
        Value::Bool(flag) => Ok(f64::from(u8::from(*flag))),
        Value::Number(number) => number.as_f64().ok_or("float_type"),
        Value::String(text) => ungrouped(text.trim())
            .and_then(|text| text.parse().ok())
            .ok_or("float_parsing"),
        Value::Null | Value::Array(_) | Value::Object(_) => Err("float_type"),
    }
}

/// A number's text without the underscores between its digits.
fn ungrouped(text: &str) -> Option<String> {
    let sound = !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    sound.then(|| text.replace('_', ""))
}
