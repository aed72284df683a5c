//! The careful look at a value that did not fit at once: converts what pydantic would convert, tells all that remains.

use serde_json::{Map, Value, json};

use super::{Bounds, Extra, Form, List, Literal, Model, Rule, Tagged, Text, moment, number, words};
use crate::error::{Detail, Place};

/// All faults of a value.
pub(super) fn faults(form: &Form, value: &mut Value, place: &str) -> Vec<Detail> {
    let mut check = Check {
        form,
        loc: vec![place.into()],
        faults: Vec::new(),
        body: place == "body",
    };
    check.value(form.root, value);
    check.faults
}

struct Check<'a> {
    form: &'a Form,
    loc: Vec<Place>,
    faults: Vec<Detail>,
    /// Whether the fields belong to one thing that was given, and not each to itself.
    body: bool,
}

impl<'a> Check<'a> {
    fn say(&mut self, kind: &str, msg: impl Into<String>, input: &Value, ctx: Option<Value>) {
        self.faults.push(Detail {
            kind: kind.to_owned(),
            loc: self.loc.clone(),
            msg: msg.into(),
            input: input.clone(),
            ctx,
        });
    }

    fn kind(&mut self, kind: &str, input: &Value) {
        self.say(kind, words::of_kind(kind), input, None);
    }

    fn value(&mut self, rule: usize, value: &mut Value) {
        let form = self.form;
        match form.rule(rule) {
            Rule::Any | Rule::Same(_) => {}
            Rule::Never => self.kind("extra_forbidden", value),
            Rule::Null if value.is_null() => {}
            Rule::Null => self.kind("none_required", value),
            Rule::Boolean => self.boolean(value),
            Rule::Integer(bounds) => self.integer(bounds, value),
            Rule::Number(bounds) => self.number(bounds, value),
            Rule::Text(text) => self.text(text, value),
            Rule::Uuid => self.uuid(value),
            Rule::Moment => self.moment(value),
            Rule::Literal(literal) => self.literal(literal, value),
            Rule::List(list) => self.list(list, value),
            Rule::Dict(values) => self.dict(*values, value),
            Rule::Model(model) => self.model(model, value),
            Rule::Nullable(_) if value.is_null() => {}
            Rule::Nullable(inner) => self.value(*inner, value),
            Rule::Union(branches) => self.union(branches, value),
            Rule::Tagged(tagged) => self.tagged(tagged, value),
            Rule::All(rules) => {
                for rule in rules {
                    self.value(*rule, value);
                }
            }
        }
    }

    fn boolean(&mut self, value: &mut Value) {
        let read = match &*value {
            Value::Bool(flag) => Ok(*flag),
            Value::String(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" | "t" | "y" => Ok(true),
                "false" | "0" | "no" | "off" | "f" | "n" => Ok(false),
                _ => Err("bool_parsing"),
            },
            Value::Number(number) => match number.as_f64() {
                Some(1.0) => Ok(true),
                Some(0.0) => Ok(false),
                Some(float) if float.fract() != 0.0 => Err("bool_type"),
                _ => Err("bool_parsing"),
            },
            Value::Null | Value::Array(_) | Value::Object(_) => Err("bool_type"),
        };
        match read {
            Ok(flag) => *value = flag.into(),
            Err(kind) => self.kind(kind, value),
        }
    }

    fn integer(&mut self, bounds: &Bounds, value: &mut Value) {
        match number::integer(value) {
            Ok(read) => {
                let given = std::mem::replace(value, read);
                let number = value.as_f64().unwrap_or_default();
                self.bounds(bounds, number, &given, words::edge);
            }
            Err(kind) => self.kind(kind, value),
        }
    }

    fn number(&mut self, bounds: &Bounds, value: &mut Value) {
        match number::float(value) {
            Ok(read) => {
                let before = self.faults.len();
                self.bounds(bounds, read, value, Value::from);
                if self.faults.len() > before || value.is_number() {
                    return;
                }
                match serde_json::Number::from_f64(read) {
                    Some(read) => *value = read.into(),
                    None => self.kind("finite_number", value),
                }
            }
            Err(kind) => self.kind(kind, value),
        }
    }

    fn bounds(&mut self, bounds: &Bounds, number: f64, given: &Value, edge: fn(f64) -> Value) {
        if let Some(broken) = bounds.broken(number) {
            let mut ctx = Map::new();
            ctx.insert(broken.short.to_owned(), edge(broken.edge));
            let shown = words::edge(broken.edge);
            let msg = format!("Input should be {} {shown}", broken.words);
            self.say(broken.kind, msg, given, Some(ctx.into()));
        }
    }

    fn text(&mut self, rule: &Text, value: &Value) {
        let Some(text) = value.as_str() else {
            return self.kind("string_type", value);
        };
        let length = text.chars().count() as u64;
        let characters = |count: u64| match count {
            1 => "1 character".to_owned(),
            many => format!("{many} characters"),
        };
        match (rule.least, rule.most, &rule.pattern) {
            (Some(least), _, _) if length < least => {
                let msg = format!("String should have at least {}", characters(least));
                self.say(
                    "string_too_short",
                    msg,
                    value,
                    Some(json!({"min_length": least})),
                );
            }
            (_, Some(most), _) if length > most => {
                let msg = format!("String should have at most {}", characters(most));
                self.say(
                    "string_too_long",
                    msg,
                    value,
                    Some(json!({"max_length": most})),
                );
            }
            (_, _, Some(pattern)) if !pattern.is_match(text) => {
                let pattern = pattern.as_str();
                let msg = format!("String should match pattern '{pattern}'");
                let ctx = json!({ "pattern": pattern });
                self.say("string_pattern_mismatch", msg, value, Some(ctx));
            }
            _ => {}
        }
    }

    fn uuid(&mut self, value: &Value) {
        let Some(text) = value.as_str() else {
            return self.kind("uuid_type", value);
        };
        if let Err(error) = uuid::Uuid::parse_str(text) {
            let error = error.to_string();
            let msg = format!("Input should be a valid UUID, {error}");
            self.say("uuid_parsing", msg, value, Some(json!({ "error": error })));
        }
    }

    fn moment(&mut self, value: &mut Value) {
        match &*value {
            Value::Number(number) => {
                *value = moment::civil(number.as_f64().unwrap_or_default()).into();
            }
            Value::String(text) => match (moment::fault(text), moment::plain(text)) {
                (Some(error), _) => {
                    let msg = format!("Input should be a valid datetime or date, {error}");
                    let ctx = json!({ "error": error });
                    self.say("datetime_from_date_parsing", msg, value, Some(ctx));
                }
                (None, Some(plain)) => *value = plain.into(),
                (None, None) => {}
            },
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.kind("datetime_type", value);
            }
        }
    }

    fn literal(&mut self, literal: &Literal, value: &Value) {
        if literal.fits(value) {
            return;
        }
        let expected = words::expected(literal);
        let kind = if literal.named {
            "enum"
        } else {
            "literal_error"
        };
        let msg = format!("Input should be {expected}");
        self.say(kind, msg, value, Some(json!({ "expected": expected })));
    }

    fn list(&mut self, list: &List, value: &mut Value) {
        let Value::Array(items) = value else {
            return self.kind("list_type", value);
        };
        let count = items.len();
        if list.most.is_none_or(|most| count as u64 <= most) {
            let before = self.faults.len();
            for (index, item) in items.iter_mut().enumerate() {
                if let Some(rule) = list.item {
                    self.loc.push(Place::Index(index));
                    self.value(rule, item);
                    self.loc.pop();
                }
            }
            if self.faults.len() > before {
                return;
            }
        }
        if list.holds(count) {
            return;
        }
        let (kind, words, short, edge) = match (list.most, list.least) {
            (Some(most), _) if count as u64 > most => ("too_long", "at most", "max_length", most),
            (_, least) => (
                "too_short",
                "at least",
                "min_length",
                least.unwrap_or_default(),
            ),
        };
        let plural = if edge == 1 { "" } else { "s" };
        let msg =
            format!("List should have {words} {edge} item{plural} after validation, not {count}");
        let mut ctx = Map::new();
        ctx.insert("field_type".to_owned(), "List".into());
        ctx.insert(short.to_owned(), edge.into());
        ctx.insert("actual_length".to_owned(), count.into());
        self.say(kind, msg, value, Some(ctx.into()));
    }

    fn dict(&mut self, values: usize, value: &mut Value) {
        let Value::Object(fields) = value else {
            return self.kind("dict_type", value);
        };
        for (name, field) in fields.iter_mut() {
            self.loc.push(name.as_str().into());
            self.value(values, field);
            self.loc.pop();
        }
    }

    fn model(&mut self, model: &'a Model, value: &mut Value) {
        if !value.is_object() {
            return self.no_model(model, value);
        }
        // Told before anything inside is converted: a fault shows what was given.
        let absent = model
            .fields
            .iter()
            .any(|field| field.required && value.get(&field.name).is_none());
        let whole = match absent && self.body {
            true => value.clone(),
            false => Value::Null,
        };
        let Value::Object(fields) = value else {
            return;
        };
        for field in &model.fields {
            self.loc.push(field.name.as_str().into());
            match fields.get_mut(&field.name) {
                Some(inner) => self.value(field.rule, inner),
                None if field.required => self.kind("missing", &whole),
                None => {}
            }
            self.loc.pop();
        }
        for (name, inner) in fields.iter_mut() {
            if model.places.contains_key(name) {
                continue;
            }
            self.loc.push(name.as_str().into());
            match &model.extra {
                Extra::Ignored => {}
                Extra::Forbidden => self.kind("extra_forbidden", inner),
                Extra::Ruled(rule) => self.value(*rule, inner),
            }
            self.loc.pop();
        }
    }

    fn no_model(&mut self, model: &Model, value: &Value) {
        if model.by_class {
            self.no_instance(&model.name, value);
        } else {
            self.kind("model_attributes_type", value);
        }
    }

    fn no_instance(&mut self, class: &str, value: &Value) {
        let class = class.trim_end_matches("-Input");
        let msg = format!("Input should be a valid dictionary or instance of {class}");
        self.say(
            "model_type",
            msg,
            value,
            Some(json!({ "class_name": class })),
        );
    }

    /// The first branch that takes the value as it is, or else after conversion; if none does, what each has against it.
    fn union(&mut self, branches: &[(String, usize)], value: &mut Value) {
        let form = self.form;
        if branches.iter().any(|(_, branch)| form.fits(*branch, value)) {
            return;
        }
        let before = self.faults.len();
        for (label, branch) in branches {
            let mark = self.faults.len();
            let mut tried = value.clone();
            self.loc.push(label.as_str().into());
            self.value(*branch, &mut tried);
            self.loc.pop();
            if self.faults.len() == mark {
                self.faults.truncate(before);
                *value = tried;
                return;
            }
        }
    }

    fn tagged(&mut self, tagged: &Tagged, value: &mut Value) {
        let key = &tagged.key;
        if !value.is_object() {
            return self.no_kind(tagged, value);
        }
        let unsaid = tagged.unsaid(value).map(str::to_owned);
        if let (Value::Object(fields), Some(kind)) = (&mut *value, unsaid) {
            fields.entry(key.clone()).or_insert_with(|| kind.into());
        }
        let given = value.get(key);
        let tag = given.and_then(Value::as_str).map(str::to_owned);
        let found = tag.and_then(|tag| Some((tagged.tagged(&tag)?, tag)));
        match (found, &tagged.class) {
            (Some((rule, tag)), Some(_)) => {
                // The original takes the kind away before it looks at the rest.
                let mut taken = None;
                if let Value::Object(fields) = &mut *value {
                    taken = fields.shift_remove(key);
                }
                self.value(rule, value);
                if let Value::Object(fields) = value {
                    fields.shift_insert(0, key.clone(), taken.unwrap_or(Value::String(tag)));
                }
            }
            (Some((rule, tag)), None) => {
                self.loc.push(tag.as_str().into());
                self.value(rule, value);
                self.loc.pop();
            }
            (None, Some(class)) => {
                let kind = given.map(words::python).unwrap_or_default();
                let kinds = words::tags(tagged);
                let error =
                    format!("Unknown kind '{kind}' for {class}; Expected one of: [{kinds}]");
                let ctx = json!({ "error": error });
                let msg = format!("Value error, {error}");
                self.say("value_error", msg, value, Some(ctx));
            }
            (None, None) => self.no_tag(tagged, key, given.map(words::python), value),
        }
    }

    fn no_kind(&mut self, tagged: &Tagged, value: &Value) {
        match &tagged.class {
            Some(class) if tagged.by_class => {
                let name = class.rsplit('.').next().unwrap_or(class);
                self.no_instance(name, value);
            }
            _ => self.kind("model_attributes_type", value),
        }
    }

    fn no_tag(&mut self, tagged: &Tagged, key: &str, given: Option<String>, value: &Value) {
        let Some(tag) = given else {
            let msg = format!("Unable to extract tag using discriminator '{key}'");
            let ctx = json!({"discriminator": format!("'{key}'")});
            return self.say("union_tag_not_found", msg, value, Some(ctx));
        };
        let tags = words::tags(tagged);
        let msg = format!(
            "Input tag '{tag}' found using '{key}' does not match any of the expected tags: {tags}"
        );
        let ctx = json!({"discriminator": format!("'{key}'"), "tag": tag, "expected_tags": tags});
        self.say("union_tag_invalid", msg, value, Some(ctx));
    }
}
