//! Reading the settings file: every complaint names its line and column. Knows no other source.

use std::path::Path;

use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

use super::field::{FIELDS, Field};
use super::nearest::nearest;
use crate::exit::Failure;

/// What a file says.
#[derive(Default)]
pub struct Read {
    /// Settings, each with its line.
    pub values: Vec<(&'static str, Value, usize)>,
    /// Names that mean nothing.
    pub warnings: Vec<String>,
}

/// Reads the text of a settings file.
pub fn read(text: &str, path: &Path) -> Result<Read, Failure> {
    let place = Place { text, path };
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        place.refuse(at, error.message())
    })?;
    let mut read = Read::default();
    for (section, value) in table.get_ref() {
        let at = section.span().start;
        let section: &str = section.get_ref();
        let known = || FIELDS.iter().map(Field::section);
        if !known().any(|name| name == section) {
            read.warnings.push(place.unknown(at, section, known()));
            continue;
        }
        let DeValue::Table(settings) = value.get_ref() else {
            return Err(place.refuse(at, &format!("`{section}` must be a section: [{section}]")));
        };
        read_section(section, settings, &place, &mut read)?;
    }
    Ok(read)
}

fn read_section(
    section: &str,
    settings: &DeTable<'_>,
    place: &Place<'_>,
    read: &mut Read,
) -> Result<(), Failure> {
    for (key, value) in settings {
        let at = key.span().start;
        let name = format!("{section}.{}", key.get_ref());
        let Some(field) = Field::named(&name) else {
            let known = FIELDS.iter().map(|field| field.name);
            read.warnings.push(place.unknown(at, &name, known));
            continue;
        };
        let given = json(value.get_ref());
        if !field.kind.fits(&given) {
            let at = value.span().start;
            let message = format!("{name} must be {}", field.kind.expected());
            return Err(place.refuse(at, &message));
        }
        if given != "" {
            read.values.push((field.name, given, place.of(at).0));
        }
    }
    Ok(())
}

struct Place<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Place<'_> {
    /// Line and column, counted from 1.
    fn of(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before[start..].chars().count() + 1;
        (line, column)
    }

    fn refuse(&self, offset: usize, message: &str) -> Failure {
        let (line, column) = self.of(offset);
        let path = self.path.display();
        Failure::usage(format!("{path}:{line}:{column}: {message}"))
    }

    fn unknown<'k>(
        &self,
        offset: usize,
        name: &str,
        known: impl Iterator<Item = &'k str>,
    ) -> String {
        let (line, column) = self.of(offset);
        let path = self.path.display();
        let hint = nearest(name, known, 3)
            .map(|close| format!("; did you mean `{close}`?"))
            .unwrap_or_default();
        format!("{path}:{line}:{column}: `{name}` is not a setting{hint}")
    }
}

fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .map_or(Value::Null, Value::from),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(time) => Value::from(time.to_string()),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())))
            .collect::<Map<_, _>>()
            .into(),
    }
}
