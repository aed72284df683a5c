//! The notation in which `schemas/*.txt` are written. Knows no component.
//!
//! ```text
//! Name closed                         a thing; `closed` forbids other fields, `open` allows them
//!   id: string(uuid)                  a field that must be there
//!   size?: integer(>=1, <=9) = 5      one that need not, and what it is then
//!   <key?: string | null              one that only requests have
//!   >age: number                      one that only answers have
//! Kind = One | Two by kind of a.b.C   one of several things, told apart by a field; the original's class
//! Kind = One | Two by kind of a.b.C else One with size          what has a size and does not say its kind is a One
//! Mode = "a" | "b"                    one of several values
//! ```

use serde_json::Value;

/// One component.
#[derive(Debug)]
pub(super) struct Component {
    pub name: String,
    pub shape: Shape,
}

#[derive(Debug)]
pub(super) enum Shape {
    Thing {
        others: Others,
        fields: Vec<Field>,
    },
    Kinds {
        key: String,
        kinds: Vec<(String, String)>,
        class: Option<String>,
        /// The kind of what does not say its own but has a field.
        otherwise: Option<(String, String)>,
    },
    Other(Type),
}

/// What fields besides the listed ones are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Others {
    Ignored,
    Forbidden,
    Allowed,
}

/// Where a field is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Seen {
    Everywhere,
    InRequests,
    InAnswers,
}

#[derive(Debug)]
pub(super) struct Field {
    pub name: String,
    pub required: bool,
    pub seen: Seen,
    pub of: Type,
    pub default: Option<Value>,
}

#[derive(Debug)]
pub(super) enum Type {
    Any,
    Null,
    /// A type of JSON with rules such as `>=1`.
    Plain(String, Vec<String>),
    Literal(Value),
    Component(String),
    List(Box<Type>, Vec<String>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    Either(Vec<Type>),
    /// Components told apart by a field.
    Tagged {
        key: String,
        tags: Vec<(String, String)>,
    },
}

/// What is wrong with a text, and where.
#[derive(Debug, thiserror::Error)]
#[error("{what} at `{rest}`")]
pub(super) struct Fault {
    what: &'static str,
    rest: String,
}

type Read<T> = Result<T, Fault>;

/// All components of a text.
pub(super) fn read(text: &str) -> Read<Vec<Component>> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match (line.strip_prefix("    "), lines.last_mut()) {
            (Some(rest), Some(before)) => {
                before.push(' ');
                before.push_str(rest);
            }
            _ => lines.push(line.to_owned()),
        }
    }
    let mut components: Vec<Component> = Vec::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        match (line.strip_prefix("  "), components.last_mut()) {
            (
                Some(line),
                Some(Component {
                    shape: Shape::Thing { fields, .. },
                    ..
                }),
            ) => {
                fields.push(field(line)?);
            }
            (Some(line), _) => return Err(fault("a field of nothing", line)),
            (None, _) => components.push(component(line)?),
        }
    }
    Ok(components)
}

fn fault(what: &'static str, rest: &str) -> Fault {
    Fault {
        what,
        rest: rest.to_owned(),
    }
}

fn component(line: &str) -> Read<Component> {
    let (name, shape) = match line.split_once(" = ") {
        Some((name, rest)) => (name, meaning(rest)?),
        None => {
            let (name, others) = match line.split_once(' ') {
                Some((name, "closed")) => (name, Others::Forbidden),
                Some((name, "open")) => (name, Others::Allowed),
                Some(_) => return Err(fault("neither `closed` nor `open`", line)),
                None => (line, Others::Ignored),
            };
            (
                name,
                Shape::Thing {
                    others,
                    fields: Vec::new(),
                },
            )
        }
    };
    Ok(Component {
        name: name.to_owned(),
        shape,
    })
}

fn meaning(text: &str) -> Read<Shape> {
    let Some((kinds, key)) = text.split_once(" by ") else {
        return whole(text).map(Shape::Other);
    };
    let (key, otherwise) = match key.split_once(" else ") {
        Some((key, rest)) => {
            let unsaid = rest.split_once(" with ");
            let (kind, field) = unsaid.ok_or_else(|| fault("no `with`", rest))?;
            (key, Some((kind.to_owned(), field.to_owned())))
        }
        None => (key, None),
    };
    let (key, class) = match key.split_once(" of ") {
        Some((key, class)) => (key, Some(class.to_owned())),
        None => (key, None),
    };
    let kinds = kinds
        .split(" | ")
        .map(|kind| (kind.to_owned(), kind.to_owned()));
    Ok(Shape::Kinds {
        key: key.to_owned(),
        kinds: kinds.collect(),
        class,
        otherwise,
    })
}

fn field(line: &str) -> Read<Field> {
    let (seen, line) = match line.split_at_checked(1) {
        Some(("<", rest)) => (Seen::InRequests, rest),
        Some((">", rest)) => (Seen::InAnswers, rest),
        _ => (Seen::Everywhere, line),
    };
    let (name, rest) = line
        .split_once(": ")
        .ok_or_else(|| fault("no type", line))?;
    let (of, rest) = either(rest)?;
    let default = match rest.strip_prefix(" = ") {
        Some(value) => Some(serde_json::from_str(value).map_err(|_| fault("no JSON", value))?),
        None if rest.is_empty() => None,
        None => return Err(fault("more than a type", rest)),
    };
    Ok(Field {
        name: name.trim_end_matches('?').to_owned(),
        required: !name.ends_with('?'),
        seen,
        of,
        default,
    })
}

fn whole(text: &str) -> Read<Type> {
    match either(text)? {
        (of, "") => Ok(of),
        (_, rest) => Err(fault("more than a type", rest)),
    }
}

/// One type, or several with bars between them.
fn either(text: &str) -> Read<(Type, &str)> {
    let (first, mut rest) = one(text)?;
    let mut types = vec![first];
    while let Some(more) = rest.strip_prefix(" | ") {
        let (next, after) = one(more)?;
        types.push(next);
        rest = after;
    }
    Ok(match (types.pop(), types.is_empty()) {
        (Some(only), true) => (only, rest),
        (last, _) => (Type::Either(types.into_iter().chain(last).collect()), rest),
    })
}

fn one(text: &str) -> Read<(Type, &str)> {
    if let Some(rest) = text.strip_prefix('(') {
        return tagged(rest);
    }
    if text.starts_with('"') {
        let end = text.get(1..).and_then(|rest| rest.find('"'));
        let (literal, rest) = end
            .and_then(|end| text.split_at_checked(end + 2))
            .ok_or_else(|| fault("an open text", text))?;
        let value = serde_json::from_str(literal).map_err(|_| fault("no text", literal))?;
        return Ok((Type::Literal(value), rest));
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c));
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    match word {
        "" => Err(fault("no type", text)),
        "any" => Ok((Type::Any, rest)),
        "null" => Ok((Type::Null, rest)),
        "string" | "integer" | "number" | "boolean" => {
            let (rules, rest) = rules(rest)?;
            Ok((Type::Plain(word.to_owned(), rules), rest))
        }
        "list" => {
            let (of, rest) = within(rest)?;
            let (rules, rest) = rules(rest)?;
            Ok((Type::List(Box::new(of), rules), rest))
        }
        "map" => {
            let (of, rest) = within(rest)?;
            Ok((Type::Map(Box::new(of)), rest))
        }
        "tuple" => tuple(rest),
        name => Ok((Type::Component(name.to_owned()), rest)),
    }
}

fn within(text: &str) -> Read<(Type, &str)> {
    let inner = text
        .strip_prefix('<')
        .ok_or_else(|| fault("no `<`", text))?;
    let (of, rest) = either(inner)?;
    let rest = rest
        .strip_prefix('>')
        .ok_or_else(|| fault("no `>`", rest))?;
    Ok((of, rest))
}

fn tuple(text: &str) -> Read<(Type, &str)> {
    let mut rest = text
        .strip_prefix('<')
        .ok_or_else(|| fault("no `<`", text))?;
    let mut types = Vec::new();
    loop {
        let (of, after) = either(rest)?;
        types.push(of);
        if let Some(after) = after.strip_prefix('>') {
            return Ok((Type::Tuple(types), after));
        }
        rest = after
            .strip_prefix(", ")
            .ok_or_else(|| fault("no `, `", after))?;
    }
}

/// `a:One | b:Two by key)`
fn tagged(text: &str) -> Read<(Type, &str)> {
    let (inner, rest) = text.split_once(')').ok_or_else(|| fault("no `)`", text))?;
    let (tags, key) = inner
        .split_once(" by ")
        .ok_or_else(|| fault("no `by`", inner))?;
    let tags: Read<Vec<_>> = tags
        .split(" | ")
        .map(|pair| {
            let (tag, name) = pair.split_once(':').ok_or_else(|| fault("no tag", pair))?;
            Ok((tag.to_owned(), name.to_owned()))
        })
        .collect();
    let key = key.to_owned();
    Ok((Type::Tagged { key, tags: tags? }, rest))
}

/// `(>=1, /a(b)/)`: rules in brackets, if there are any. A pattern may hold anything.
fn rules(text: &str) -> Read<(Vec<String>, &str)> {
    let Some(mut rest) = text.strip_prefix('(') else {
        return Ok((Vec::new(), text));
    };
    let mut rules = Vec::new();
    loop {
        let end = match rest.strip_prefix('/') {
            Some(pattern) => pattern
                .find("/)")
                .or_else(|| pattern.find("/, "))
                .map(|end| end + 2),
            None => rest.find([',', ')']),
        };
        let (rule, after) = end
            .and_then(|end| rest.split_at_checked(end))
            .ok_or_else(|| fault("no `)`", rest))?;
        rules.push(rule.to_owned());
        if let Some(after) = after.strip_prefix(')') {
            return Ok((rules, after));
        }
        rest = after
            .strip_prefix(", ")
            .ok_or_else(|| fault("no `, `", after))?;
    }
}
