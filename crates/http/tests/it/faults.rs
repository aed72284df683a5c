//! The faults told of many bad requests are those that FastAPI tells.
//!
//! `golden/faults.jsonl` was recorded from a FastAPI application with the same models, under the original's versions.

use std::collections::BTreeMap;

use http_kit::{Api, Body, Error, Header, Json, Optional, Path, Query};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, told};

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Colour {
    Red,
    Green,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Mode {
    A,
    B,
    C,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Only {
    X,
}

#[derive(Deserialize, JsonSchema)]
struct Inner {
    name: String,
    #[serde(default)]
    depth: i64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Strict {
    name: String,
}

#[derive(Deserialize, JsonSchema)]
struct Cat {
    lives: i64,
}

#[derive(Deserialize, JsonSchema)]
struct Dog {
    name: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[schemars(inline)]
enum Pet {
    Cat(Cat),
    Dog(Dog),
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum TextTag {
    Text,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum ImageTag {
    Image,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(rename = "type", default)]
    kind: Option<TextTag>,
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Image {
    #[serde(rename = "type", default)]
    kind: Option<ImageTag>,
    urls: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Content {
    Text(Text),
    Image(Image),
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Either {
    Text(String),
    Number(i64),
}

#[derive(Deserialize, JsonSchema)]
struct Everything {
    #[schemars(length(min = 2, max = 5))]
    title: String,
    #[serde(default)]
    #[schemars(range(min = 0, max = 10))]
    count: i64,
    #[serde(default)]
    #[schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 1.5))]
    ratio: f64,
    #[serde(default)]
    on: bool,
    #[serde(default = "red")]
    colour: Colour,
    #[serde(default = "a")]
    mode: Mode,
    #[serde(default = "x")]
    only: Only,
    id: Option<Uuid>,
    #[schemars(extend("format" = "date-time"))]
    when: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    #[schemars(length(max = 3))]
    numbers: Vec<i64>,
    inner: Option<Inner>,
    #[serde(default)]
    #[schemars(length(min = 1))]
    inners: Vec<Inner>,
    strict: Option<Strict>,
    either: Option<Either>,
    pet: Option<Pet>,
    #[serde(default)]
    content: Vec<Content>,
    #[serde(default)]
    #[schemars(regex(pattern = "^[a-z]+$"))]
    code: String,
    #[serde(default)]
    anything: Value,
    api_key: Option<String>,
    #[serde(default)]
    pairs: BTreeMap<String, Inner>,
}

fn red() -> Colour {
    Colour::Red
}

fn a() -> Mode {
    Mode::A
}

fn x() -> Only {
    Only::X
}

#[derive(Deserialize, JsonSchema)]
struct Numbered {
    id: Uuid,
    number: i64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Order {
    Up,
    Down,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum AOrB {
    A,
    B,
}

#[derive(Deserialize, JsonSchema)]
struct Asked {
    #[serde(default)]
    #[schemars(extend("exclusiveMinimum" = 0), range(max = 100))]
    limit: i64,
    order: Option<Order>,
    #[serde(default)]
    flag: bool,
    #[schemars(extend("format" = "date-time"))]
    when: Option<String>,
    #[serde(default)]
    ids: Vec<Uuid>,
    need: String,
    #[serde(default)]
    ratio: f64,
    colour: Option<AOrB>,
}

#[derive(Deserialize, JsonSchema)]
struct Headers {
    #[serde(rename = "X-Key", default)]
    #[schemars(length(max = 3))]
    key: String,
}

/// What was read, so that nothing in it goes unread.
fn weigh(all: &Everything) -> usize {
    let Everything {
        title,
        count,
        ratio,
        on,
        colour,
        mode,
        only,
        id,
        when,
        tags,
        numbers,
        ..
    } = all;
    let inners = all
        .inners
        .iter()
        .chain(&all.inner)
        .chain(all.pairs.values());
    let names: usize = inners
        .map(|inner| inner.name.len() + inner.depth as usize)
        .sum();
    let pet = match &all.pet {
        Some(Pet::Cat(cat)) => cat.lives as usize,
        Some(Pet::Dog(dog)) => dog.name.len(),
        None => 0,
    };
    let content: usize = all
        .content
        .iter()
        .map(|content| match content {
            Content::Text(text) => text.text.len() + usize::from(text.kind.is_some()),
            Content::Image(image) => image.urls.len() + usize::from(image.kind.is_some()),
        })
        .sum();
    let either = match &all.either {
        Some(Either::Text(text)) => text.len(),
        Some(Either::Number(number)) => *number as usize,
        None => 0,
    };
    let colour = match colour {
        Colour::Red => 0,
        Colour::Green => 1,
    };
    let mode = match mode {
        Mode::A | Mode::B => 0,
        Mode::C => 1,
    };
    let (Only::X, strict) = (only, all.strict.as_ref().map(|strict| strict.name.len()));
    let given = [
        title.len(),
        tags.len(),
        numbers.len(),
        all.code.len(),
        names,
        pet,
        content,
        either,
    ];
    let few =
        usize::from(*on) + usize::from(id.is_some()) + usize::from(when.is_some()) + colour + mode;
    let rest = *count as usize + *ratio as usize + strict.unwrap_or(0) + few;
    let last = all.api_key.as_ref().map_or(0, String::len) + usize::from(all.anything.is_null());
    given.iter().sum::<usize>() + rest + last
}

fn api() -> Api<()> {
    let everything = |(), Body(all): Body<Everything>| async move { Ok(Json::ok(weigh(&all))) };
    let list = |(), Body(ids): Body<Vec<Uuid>>| async move { Ok(Json::ok(ids.len())) };
    let optional =
        |(), Optional(inner): Optional<Inner>| async move { Ok(Json::ok(inner.is_some())) };
    let all = |(),
               (Path(path), Query(query), Header(headers), Body(body)): (
        Path<Numbered>,
        Query<Asked>,
        Header<Headers>,
        Body<Inner>,
    )| async move {
        let order = matches!(query.order, Some(Order::Up) | None)
            || !matches!(query.order, Some(Order::Down));
        let colour = matches!(query.colour, Some(AOrB::A | AOrB::B));
        Ok::<_, Error>(Json::ok(json!([
            path.id,
            path.number,
            query.limit,
            order,
            query.flag,
            query.when,
            query.ids,
            query.need,
            query.ratio,
            colour,
            headers.key,
            body.name,
            body.depth,
        ])))
    };
    Api::tagged("")
        .post("/everything", "everything", everything)
        .post("/list", "list", list)
        .post("/optional", "optional", optional)
        .post("/all/{id}/{number}", "all", all)
}

/// Floats that no JSON can hold are refused here; Python has them, and integers of any size.
fn differs_on_purpose(case: &Value) -> bool {
    let path = case["path"].as_str().unwrap();
    let endless = case["body"]
        .as_str()
        .unwrap()
        .contains("10000000000000000000000000");
    endless || path.ends_with("ratio=nan") || path.ends_with("ratio=1e400")
}

/// A text under the name of a secret is hidden here; the original shows it.
fn hidden(answer: &mut Value) {
    for fault in answer["detail"].as_array_mut().into_iter().flatten() {
        if fault["loc"] == json!(["header", "X-Key"]) {
            fault["input"] = "<redacted>".into();
        }
    }
}

/// Large integers are floats here; both say the same of them.
fn approximately(value: &mut Value) {
    match value {
        Value::Number(number) if number.as_f64().is_some_and(|n| n.abs() > 1e18) => {
            *value = "large".into();
        }
        Value::Array(items) => items.iter_mut().for_each(approximately),
        Value::Object(fields) => fields.values_mut().for_each(approximately),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn told_as_fastapi_tells_them() {
    let world = World::of(api().finish().whole()).await;
    let recorded = include_str!("../golden/faults.jsonl");
    let mut wrong = Vec::new();
    for line in recorded.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        if differs_on_purpose(&case) {
            continue;
        }
        let mut request = world
            .ask("POST", case["path"].as_str().unwrap())
            .header("content-type", "application/json")
            .body(case["body"].as_str().unwrap().to_owned());
        for (name, value) in case["headers"].as_object().into_iter().flatten() {
            request = request.header(name, value.as_str().unwrap());
        }
        let (status, mut answer) = told(request).await;
        let mut expected = case["answer"].clone();
        hidden(&mut expected);
        approximately(&mut expected);
        approximately(&mut answer);
        let same = status == case["status"] && (status == 200 || answer == expected);
        if !same {
            wrong.push(format!(
                "{} {}\n  recorded {} {expected}\n  answered {status} {answer}",
                case["path"], case["body"], case["status"]
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
