//! Whether a value has its form as it is: the quick look that most requests need. Changes and allocates nothing.

use serde_json::Value;

use super::{Bounds, Extra, Form, List, Literal, Model, Rule, Tagged, Text, moment};

impl Form {
    /// Whether a value meets a rule without any conversion.
    pub(super) fn fits(&self, rule: usize, value: &Value) -> bool {
        match self.rule(rule) {
            Rule::Any | Rule::Same(_) => true,
            Rule::Never => false,
            Rule::Null => value.is_null(),
            Rule::Boolean => value.is_boolean(),
            Rule::Integer(bounds) => {
                (value.is_i64() || value.is_u64()) && bounds.hold(value.as_f64())
            }
            Rule::Number(bounds) => value.is_number() && bounds.hold(value.as_f64()),
            Rule::Text(text) => value.as_str().is_some_and(|given| text.fits(given)),
            Rule::Uuid => value
                .as_str()
                .is_some_and(|text| uuid::Uuid::try_parse(text).is_ok()),
            Rule::Moment => value.as_str().is_some_and(moment::is_plain),
            Rule::Literal(literal) => literal.fits(value),
            Rule::List(list) => self.fits_list(list, value),
            Rule::Dict(values) => value
                .as_object()
                .is_some_and(|fields| fields.values().all(|value| self.fits(*values, value))),
            Rule::Model(model) => self.fits_model(model, value),
            Rule::Nullable(inner) => value.is_null() || self.fits(*inner, value),
            Rule::Union(branches) => branches.iter().any(|(_, branch)| self.fits(*branch, value)),
            Rule::Tagged(tagged) => self.fits_tagged(tagged, value),
            Rule::All(rules) => rules.iter().all(|rule| self.fits(*rule, value)),
        }
    }

    fn fits_list(&self, list: &List, value: &Value) -> bool {
        value.as_array().is_some_and(|items| {
            list.holds(items.len())
                && list
                    .item
                    .is_none_or(|rule| items.iter().all(|item| self.fits(rule, item)))
        })
    }

    fn fits_model(&self, model: &Model, value: &Value) -> bool {
        let Some(given) = value.as_object() else {
            return false;
        };
        let mut required = 0;
        for (name, value) in given {
            let fits = match (model.field(name), &model.extra) {
                (Some(field), _) => {
                    required += usize::from(field.required);
                    self.fits(field.rule, value)
                }
                (None, Extra::Ignored) => true,
                (None, Extra::Forbidden) => false,
                (None, Extra::Ruled(rule)) => self.fits(*rule, value),
            };
            if !fits {
                return false;
            }
        }
        required == model.required
    }

    fn fits_tagged(&self, tagged: &Tagged, value: &Value) -> bool {
        // What does not say its kind is given one, which is a change.
        let tag = value.get(&tagged.key).and_then(Value::as_str);
        let rule = tag.and_then(|tag| tagged.tagged(tag));
        rule.is_some_and(|rule| self.fits(rule, value))
    }
}

impl Bounds {
    fn hold(&self, number: Option<f64>) -> bool {
        number.is_some_and(|number| self.broken(number).is_none())
    }
}

impl Text {
    pub(super) fn fits(&self, text: &str) -> bool {
        if self.least.is_some() || self.most.is_some() {
            let length = text.chars().count() as u64;
            if self.least.is_some_and(|least| length < least)
                || self.most.is_some_and(|most| length > most)
            {
                return false;
            }
        }
        self.pattern
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(text))
    }
}

impl Literal {
    pub(super) fn fits(&self, value: &Value) -> bool {
        self.expected.contains(value)
    }
}

impl List {
    pub(super) fn holds(&self, count: usize) -> bool {
        let count = count as u64;
        self.least.is_none_or(|least| count >= least) && self.most.is_none_or(|most| count <= most)
    }
}
