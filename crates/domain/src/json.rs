//! Small pieces of JSON that every kind shares. Knows no event.

use serde::Serialize;
use serde_json::Value;

/// A JSON object that keeps the order of its keys.
pub type Map = serde_json::Map<String, Value>;

/// A body followed by its `kind`: the order in which the original writes.
#[derive(Serialize)]
pub(crate) struct Tagged<'a, B: Serialize> {
    #[serde(flatten)]
    pub body: &'a B,
    pub kind: &'a str,
}

/// Takes `kind` out of an object.
pub(crate) fn split_kind(mut fields: Map) -> Result<(String, Map), &'static str> {
    match fields.remove("kind") {
        Some(Value::String(kind)) => Ok((kind, fields)),
        Some(_) => Err("`kind` is not a string"),
        None => Err("missing field `kind`"),
    }
}

/// The object inside `value`, or an empty one.
pub(crate) fn object(value: Value) -> Map {
    if let Value::Object(map) = value {
        map
    } else {
        Map::new()
    }
}

/// Serialises the way Python's `json.dumps` does: `", "` and `": "` as separators, ASCII only.
///
/// Summaries that the original derives from arguments look like this, and clients show them.
pub fn python_style(value: &Value) -> String {
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, PythonFormatter);
    match value.serialize(&mut serializer) {
        Ok(()) => String::from_utf8_lossy(&out).into_owned(),
        Err(_) => value.to_string(),
    }
}

struct PythonFormatter;

impl serde_json::ser::Formatter for PythonFormatter {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first {
            Ok(())
        } else {
            writer.write_all(b", ")
        }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first {
            Ok(())
        } else {
            writer.write_all(b", ")
        }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
    ) -> std::io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        for c in fragment.chars() {
            if c.is_ascii() {
                write!(writer, "{c}")?;
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

/// Serialises a value that never fails to serialise, as bytes ready to share.
pub(crate) fn to_bytes(value: &impl Serialize) -> bytes::Bytes {
    serde_json::to_vec(value).map_or_else(|_| bytes::Bytes::new(), bytes::Bytes::from)
}
