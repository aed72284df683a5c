//! YAML as the files of others mean it (1.1: `yes` is true, `012` is ten); knows no file and no extension.
//!
//! The grammar is `saphyr-parser`'s; what a plain word means, and how much an alias may unfold, is decided here.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::Value;

mod word;

/// The most nodes a document may unfold to: aliases of aliases grow without end.
const NODES: usize = 50_000;

/// The deepest nesting.
const DEPTH: usize = 64;

/// A value of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Yaml {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// A day, or a moment: as text, and as JSON.
    Time(String, String),
    /// Several.
    List(Vec<Yaml>),
    /// Named ones, in order.
    Map(Vec<(Yaml, Yaml)>),
}

/// Why a document was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotYaml(String);

impl NotYaml {
    fn of(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// Reads the one document of a text.
pub fn parse(text: &str) -> Result<Yaml, NotYaml> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        anchors: HashMap::new(),
        nodes: 0,
    };
    loop {
        match reader.next()? {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            Event::StreamEnd => return Ok(Yaml::Null),
            first @ (Event::Alias(_)
            | Event::Scalar(..)
            | Event::SequenceStart(..)
            | Event::MappingStart(..)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd) => {
                let value = reader.value(first, 0)?;
                return reader.end().map(|()| value);
            }
        }
    }
}

struct Reader<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, (Yaml, usize)>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Event<'a>, NotYaml> {
        match self.events.next_event() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => Err(NotYaml::of(error.to_string())),
            None => Err(NotYaml::of("the document ends in the middle")),
        }
    }

    fn end(&mut self) -> Result<(), NotYaml> {
        loop {
            let event = self.next()?;
            if event == Event::StreamEnd {
                return Ok(());
            }
            if !matches!(event, Event::DocumentEnd | Event::Nothing) {
                return Err(NotYaml::of("there is more than one document"));
            }
        }
    }

    fn count(&mut self, nodes: usize) -> Result<(), NotYaml> {
        self.nodes += nodes;
        if self.nodes > NODES {
            return Err(NotYaml::of(format!("it has more than {NODES} values")));
        }
        Ok(())
    }

    fn value(&mut self, first: Event<'a>, depth: usize) -> Result<Yaml, NotYaml> {
        if depth > DEPTH {
            return Err(NotYaml::of(format!("it is nested deeper than {DEPTH}")));
        }
        self.count(1)?;
        let before = self.nodes;
        let (anchor, value) = match first {
            Event::Scalar(text, style, anchor, tag) => {
                (anchor, scalar(&text, style, tag.as_deref())?)
            }
            Event::SequenceStart(anchor, _) => (anchor, self.list(depth)?),
            Event::MappingStart(anchor, _) => (anchor, self.map(depth)?),
            Event::Alias(id) => return self.unfolded(id),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => return Err(NotYaml::of("a value is missing")),
        };
        if anchor > 0 {
            let size = self.nodes - before + 1;
            self.anchors.insert(anchor, (value.clone(), size));
        }
        Ok(value)
    }

    fn unfolded(&mut self, id: usize) -> Result<Yaml, NotYaml> {
        let unknown = || NotYaml::of("an alias names what is not there yet");
        let size = self.anchors.get(&id).ok_or_else(unknown)?.1;
        self.count(size)?;
        self.anchors
            .get(&id)
            .map(|(value, _)| value.clone())
            .ok_or_else(unknown)
    }

    fn list(&mut self, depth: usize) -> Result<Yaml, NotYaml> {
        let mut items = Vec::new();
        loop {
            let item = self.next()?;
            if item == Event::SequenceEnd {
                return Ok(Yaml::List(items));
            }
            items.push(self.value(item, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Yaml, NotYaml> {
        let mut pairs: Vec<(Yaml, Yaml)> = Vec::new();
        let mut merged = Vec::new();
        loop {
            let key = self.next()?;
            if key == Event::MappingEnd {
                break;
            }
            let merges =
                matches!(&key, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.value(key, depth + 1)?;
            let value = self.next()?;
            let value = self.value(value, depth + 1)?;
            if merges {
                merged.push(value);
            } else if matches!(key, Yaml::List(_) | Yaml::Map(_)) {
                return Err(NotYaml::of("a key is a list or a mapping"));
            } else {
                put(&mut pairs, key, value);
            }
        }
        for value in merged {
            merge(&mut pairs, value)?;
        }
        Ok(Yaml::Map(pairs))
    }
}

fn put(pairs: &mut Vec<(Yaml, Yaml)>, key: Yaml, value: Yaml) {
    match pairs.iter_mut().find(|(known, _)| *known == key) {
        Some(pair) => pair.1 = value,
        None => pairs.push((key, value)),
    }
}

fn merge(pairs: &mut Vec<(Yaml, Yaml)>, from: Yaml) -> Result<(), NotYaml> {
    match from {
        Yaml::Map(more) => {
            for (key, value) in more {
                if !pairs.iter().any(|(known, _)| *known == key) {
                    pairs.push((key, value));
                }
            }
            Ok(())
        }
        Yaml::List(several) => several.into_iter().try_for_each(|one| merge(pairs, one)),
        Yaml::Null
        | Yaml::Bool(_)
        | Yaml::Int(_)
        | Yaml::Float(_)
        | Yaml::Text(_)
        | Yaml::Time(..) => Err(NotYaml::of("`<<` merges something that is no mapping")),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Yaml, NotYaml> {
    let Some(tag) = tag else {
        let is_plain = style == ScalarStyle::Plain;
        let quoted = || Yaml::Text(text.to_owned());
        return Ok(if is_plain {
            word::meaning(text)
        } else {
            quoted()
        });
    };
    let unfit = || NotYaml::of(format!("`{text}` does not fit its tag"));
    let meant = word::meaning(text);
    if !tag.is_yaml_core_schema() {
        return match (tag.handle.as_str(), tag.suffix.as_str()) {
            ("", "!") | ("!", "") => Ok(Yaml::Text(text.to_owned())),
            _ => Err(NotYaml::of(format!("the tag `{tag}` is not known"))),
        };
    }
    match (tag.suffix.as_str(), meant) {
        ("str", _) => Ok(Yaml::Text(text.to_owned())),
        ("int", meant @ Yaml::Int(_))
        | ("bool", meant @ Yaml::Bool(_))
        | ("null", meant @ Yaml::Null)
        | ("timestamp", meant @ Yaml::Time(..))
        | ("float", meant @ Yaml::Float(_)) => Ok(meant),
        #[expect(clippy::cast_precision_loss, reason = "that is what the tag asks for")]
        ("float", Yaml::Int(number)) => Ok(Yaml::Float(number as f64)),
        _ => Err(unfit()),
    }
}

impl Yaml {
    /// The names and values, if this is a mapping.
    pub fn pairs(&self) -> Option<&[(Self, Self)]> {
        match self {
            Self::Map(pairs) => Some(pairs),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Float(_)
            | Self::Text(_)
            | Self::Time(..)
            | Self::List(_) => None,
        }
    }

    /// The text, if this is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Float(_)
            | Self::Time(..)
            | Self::List(_)
            | Self::Map(_) => None,
        }
    }

    /// The value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.pairs()?
            .iter()
            .find(|(known, _)| known.text() == Some(key))
            .map(|(_, value)| value)
    }

    /// As it is written out in a text, the way the original does.
    pub fn spelled(&self) -> String {
        match self {
            Self::Null => "None".to_owned(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => word::float(*number),
            Self::Text(text) | Self::Time(text, _) => text.clone(),
            Self::List(_) | Self::Map(_) => self.quoted(),
        }
    }

    fn quoted(&self) -> String {
        let joined = |parts: Vec<String>| parts.join(", ");
        match self {
            Self::Text(text) if text.contains('\'') && !text.contains('"') => format!("\"{text}\""),
            Self::Text(text) => {
                let escaped = text.replace('\\', "\\\\").replace('\'', "\\'");
                format!("'{}'", escaped.replace('\n', "\\n"))
            }
            Self::List(items) => format!("[{}]", joined(items.iter().map(Self::quoted).collect())),
            Self::Map(pairs) => {
                let pair =
                    |(key, value): &(Self, Self)| format!("{}: {}", key.quoted(), value.quoted());
                format!("{{{}}}", joined(pairs.iter().map(pair).collect()))
            }
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Time(..) => {
                self.spelled()
            }
        }
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(yes) => Value::Bool(*yes),
            Self::Int(number) => Value::from(*number),
            Self::Float(number) => Value::from(*number),
            Self::Text(text) | Self::Time(_, text) => Value::String(text.clone()),
            Self::List(items) => Value::Array(items.iter().map(Self::json).collect()),
            Self::Map(pairs) => Value::Object(
                pairs
                    .iter()
                    .map(|(key, value)| (key.spelled(), value.json()))
                    .collect(),
            ),
        }
    }

    /// Whether the original would take it for nothing: null, no, zero, an empty text or list.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(yes) => !yes,
            Self::Int(number) => *number == 0,
            Self::Float(number) => *number == 0.0,
            Self::Text(text) => text.is_empty(),
            Self::Time(..) => false,
            Self::List(items) => items.is_empty(),
            Self::Map(pairs) => pairs.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests;
