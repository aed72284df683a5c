//! The document says what FastAPI would say of the same types.

use std::collections::BTreeMap;

use http_kit::{Api, Body, Json, NoContent, Path, Query, Upload};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Cat {
    lives: u32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Dog {
    name: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Pet {
    Cat(Cat),
    Dog(Dog),
}

/// How it is.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Mood {
    /// Well.
    Good,
    /// Not so well.
    Bad,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Home {
    pets: Vec<Pet>,
    #[serde(default)]
    rooms: Vec<String>,
    mood: Mood,
    size: f64,
    #[serde(default = "five")]
    page_size: u64,
    notes: BTreeMap<String, Value>,
}

fn five() -> u64 {
    5
}

#[derive(Deserialize, JsonSchema)]
struct One {
    home_id: Uuid,
}

#[derive(Deserialize, JsonSchema)]
struct Asked {
    limit: Option<i64>,
}

fn document() -> Value {
    let change =
        |(), (Path(one), Query(asked), Body(home)): (Path<One>, Query<Asked>, Body<Home>)| async move {
            tracing::trace!("{} {:?}", one.home_id, asked.limit);
            Ok(Json::ok(home))
        };
    Api::<()>::tagged("Homes")
        .put("/homes/{home_id}", "change_home", change)
        .or(404, "No such home")
        .described("Changes a home.")
        .post(
            "/files/{*path}",
            "send_file",
            |(), file: Upload| async move {
                tracing::trace!("{file:?}");
                Ok(NoContent)
            },
        )
        .with(204)
        .keyed("Key")
        .get("/secret", "secret", |(), ()| async { Ok(NoContent) })
        .hidden()
        .finish()
        .document
        .scheme(
            "Key",
            json!({"type": "apiKey", "in": "header", "name": "X-Key"}),
        )
        .finish(json!({"title": "Homes", "version": "1"}))
}

#[test]
fn operations_are_written_as_fastapi_writes_them() {
    let document = document();
    let operation = &document["paths"]["/homes/{home_id}"]["put"];
    assert_eq!(operation["operationId"], "change_home_homes__home_id__put");
    assert_eq!(operation["summary"], "Change Home");
    assert_eq!(operation["description"], "Changes a home.");
    assert_eq!(operation["tags"], json!(["Homes"]));
    assert_eq!(operation["security"], json!([{"Key": []}]));
    assert_eq!(
        operation["parameters"],
        json!([
            {"name": "home_id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid", "title": "Home Id"}},
            {"name": "limit", "in": "query", "required": false,
             "schema": {"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "Limit"}},
        ])
    );
    let json = |schema: &str| json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{schema}")}}});
    assert_eq!(
        operation["requestBody"],
        json!({"content": json("Home-Input"), "required": true})
    );
    assert_eq!(
        operation["responses"]["200"]["content"],
        json("Home-Output")
    );
    assert_eq!(
        operation["responses"]["404"],
        json!({"description": "No such home"})
    );
    assert_eq!(
        operation["responses"]["422"]["content"],
        json("HTTPValidationError")
    );
    assert!(document["paths"].get("/secret").is_none());
    let upload = &document["paths"]["/files/{path}"]["post"];
    let form = json!({"$ref": "#/components/schemas/Body_send_file_files__path__post"});
    assert_eq!(
        upload["requestBody"]["content"],
        json!({"multipart/form-data": {"schema": form}})
    );
    let statuses: Vec<&String> = upload["responses"].as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["204", "422"]);
}

#[test]
fn components_are_written_as_fastapi_writes_them() {
    let document = document();
    let components = &document["components"]["schemas"];
    let names: Vec<&str> = components
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    for pair in ["Cat", "Dog", "Pet", "Home"] {
        assert!(names.contains(&&*format!("{pair}-Input")), "{names:?}");
        assert!(names.contains(&&*format!("{pair}-Output")), "{names:?}");
    }
    assert!(names.contains(&"Mood"), "{names:?}");
    let mood = &components["Mood"];
    assert_eq!(
        (&mood["type"], &mood["enum"]),
        (&json!("string"), &json!(["good", "bad"]))
    );
    let mapping =
        json!({"Cat": "#/components/schemas/Cat-Input", "Dog": "#/components/schemas/Dog-Input"});
    assert_eq!(
        components["Pet-Input"],
        json!({
            "title": "Pet",
            "oneOf": [{"$ref": "#/components/schemas/Cat-Input"}, {"$ref": "#/components/schemas/Dog-Input"}],
            "discriminator": {"propertyName": "kind", "mapping": mapping},
        })
    );
    let kind = json!({"type": "string", "const": "Dog", "title": "Kind"});
    let name = json!({"anyOf": [{"type": "string"}, {"type": "null"}], "title": "Name"});
    assert_eq!(
        components["Dog-Input"]["properties"],
        json!({"name": name, "kind": kind})
    );
    assert_eq!(components["Dog-Input"].get("required"), None);
    assert_eq!(components["Dog-Output"]["required"], json!(["kind"]));
    let home = &components["Home-Input"];
    assert_eq!(home["additionalProperties"], false);
    assert_eq!(home["required"], json!(["pets", "mood", "size", "notes"]));
    let properties = &home["properties"];
    assert_eq!(
        properties["pets"],
        json!({"type": "array", "items": {"$ref": "#/components/schemas/Pet-Input"}, "title": "Pets"})
    );
    assert_eq!(
        properties["rooms"],
        json!({"type": "array", "items": {"type": "string"}, "title": "Rooms"})
    );
    assert_eq!(
        properties["mood"],
        json!({"$ref": "#/components/schemas/Mood"})
    );
    assert_eq!(
        properties["size"],
        json!({"type": "number", "title": "Size"})
    );
    assert_eq!(
        properties["page_size"],
        json!({"type": "integer", "minimum": 0, "default": 5, "title": "Page Size"})
    );
    assert_eq!(
        properties["notes"],
        json!({"type": "object", "additionalProperties": true, "title": "Notes"})
    );
    assert_eq!(
        document["components"]["securitySchemes"]["Key"]["name"],
        "X-Key"
    );
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(
            document["components"]["schemas"].get(name).is_some(),
            "{name}"
        );
    }
    assert!(!text.contains("\"x-"), "{text}");
    assert!(!text.contains("$defs"), "{text}");
}
