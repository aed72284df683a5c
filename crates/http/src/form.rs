//! What a value must look like, made ready once from its JSON schema. Knows no request.

mod conform;
mod fits;
mod moment;
mod number;
mod read;
#[cfg(test)]
mod tests;
mod words;

use std::collections::HashMap;
use std::sync::Arc;

use regex::Regex;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use crate::error::Detail;

/// The form of a value: rules that refer to one another by number.
#[derive(Clone)]
pub struct Form {
    schema: Arc<Value>,
    rules: Arc<[Rule]>,
    root: usize,
}

/// One rule of a form.
enum Rule {
    Any,
    Never,
    Null,
    Boolean,
    Integer(Bounds),
    Number(Bounds),
    Text(Text),
    Uuid,
    Moment,
    Literal(Literal),
    List(List),
    Dict(usize),
    Model(Model),
    Nullable(usize),
    Union(Vec<(String, usize)>),
    Tagged(Tagged),
    All(Vec<usize>),
    Same(usize),
}

/// The edges of a number.
#[derive(Default)]
struct Bounds {
    most: Option<f64>,
    below: Option<f64>,
    least: Option<f64>,
    above: Option<f64>,
}

/// The lengths and the pattern of a text.
struct Text {
    least: Option<u64>,
    most: Option<u64>,
    pattern: Option<Regex>,
}

/// The values a thing may have.
struct Literal {
    expected: Vec<Value>,
    /// Whether the original has a class for them.
    named: bool,
}

/// Items and how many of them.
struct List {
    item: Option<usize>,
    least: Option<u64>,
    most: Option<u64>,
}

/// Fields, in the order in which their faults are told.
struct Model {
    name: String,
    fields: Vec<Field>,
    places: HashMap<String, usize>,
    required: usize,
    extra: Extra,
    /// Whether the original reads it by its class alone.
    by_class: bool,
}

struct Field {
    name: String,
    rule: usize,
    required: bool,
}

/// What fields besides the known ones are.
enum Extra {
    Ignored,
    Forbidden,
    Ruled(usize),
}

/// One of several models, told apart by a field.
struct Tagged {
    key: String,
    tags: Vec<(String, usize)>,
    /// The class whose kinds the original lists when it does not know one.
    class: Option<String>,
    /// Whether the original reads it by its class alone.
    by_class: bool,
    /// The kind of what does not say its own, if it has a field.
    otherwise: Option<(String, String)>,
}

impl Form {
    /// The form that a value must have to be read as a `T`.
    pub fn of<T: JsonSchema>() -> Self {
        let generator = SchemaSettings::draft2020_12()
            .for_deserialize()
            .into_generator();
        Self::new(&generator.into_root_schema_for::<T>().to_value())
    }

    /// The form that a schema describes.
    pub fn new(schema: &Value) -> Self {
        read::form(schema)
    }

    /// All faults of a value; what pydantic would take for something else (`"5"` for 5) is converted in place.
    pub fn conform(&self, value: &mut Value, place: &str) -> Vec<Detail> {
        if self.fits(self.root, value) {
            return Vec::new();
        }
        conform::faults(self, value, place)
    }

    /// The names of the fields, if it is a model.
    pub(crate) fn names(&self) -> Vec<&str> {
        let fields = self.model().map(|model| model.fields.iter());
        fields
            .into_iter()
            .flatten()
            .map(|field| field.name.as_str())
            .collect()
    }

    /// The pairs of a query as an object: fields that are lists gather all their values, others keep the last.
    pub(crate) fn lift(&self, pairs: impl Iterator<Item = (String, String)>) -> Value {
        let mut given = Map::new();
        for (name, value) in pairs {
            let model = self.model();
            let known = model.and_then(|model| model.field(&name));
            if known.is_some_and(|field| self.is_list(field.rule)) {
                let values = given
                    .entry(name)
                    .or_insert_with(|| Vec::<Value>::new().into());
                if let Value::Array(values) = values {
                    values.push(value.into());
                }
            } else if known.is_some() {
                given.insert(name, value.into());
            }
        }
        Value::Object(given)
    }

    /// The form of a model with the fields of both.
    pub(crate) fn and(self, other: Self) -> Self {
        read::both(self, other)
    }

    fn rule(&self, number: usize) -> &Rule {
        match self.rules.get(number) {
            Some(Rule::Same(other)) if *other != number => self.rule(*other),
            Some(rule) => rule,
            None => &Rule::Any,
        }
    }

    fn model(&self) -> Option<&Model> {
        if let Rule::Model(model) = self.rule(self.root) {
            Some(model)
        } else {
            None
        }
    }

    fn is_list(&self, rule: usize) -> bool {
        let rule = self.rule(rule);
        let nullable = if let Rule::Nullable(inner) = rule {
            self.is_list(*inner)
        } else {
            false
        };
        let union = if let Rule::Union(branches) = rule {
            branches.iter().any(|(_, branch)| self.is_list(*branch))
        } else {
            false
        };
        matches!(rule, Rule::List(_)) || nullable || union
    }
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Form({} rules)", self.rules.len())
    }
}

impl Model {
    fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(*self.places.get(name)?)
    }
}

impl Tagged {
    fn tagged(&self, tag: &str) -> Option<usize> {
        self.tags
            .iter()
            .find(|(known, _)| known == tag)
            .map(|(_, rule)| *rule)
    }

    /// The kind of something that does not say its own: the only one there is, or one that its fields betray.
    fn unsaid(&self, value: &Value) -> Option<&str> {
        match (self.tags.as_slice(), &self.otherwise) {
            ([(only, _)], _) if self.class.is_some() => Some(only),
            (_, Some((field, kind))) if value.get(field).is_some() => Some(kind),
            _ => None,
        }
    }
}
