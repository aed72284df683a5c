//! The OpenAPI document, gathered from the operations as they are listed.

use axum::http::StatusCode;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::shape::Shape;

/// The document of one face.
pub struct Document {
    paths: Map<String, Value>,
    /// What requests look like.
    asked: SchemaGenerator,
    /// What answers look like.
    answered: SchemaGenerator,
}

impl Default for Document {
    fn default() -> Self {
        let openapi = || {
            SchemaSettings::openapi3().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
            })
        };
        Self {
            paths: Map::new(),
            asked: openapi().for_deserialize().into_generator(),
            answered: openapi().for_serialize().into_generator(),
        }
    }
}

/// One operation while it is being written down.
pub struct Sketch<'a> {
    document: &'a mut Document,
    pub(crate) shape: Shape,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Map<String, Value>,
}

impl Document {
    /// Starts to write down an operation.
    pub fn sketch(&mut self) -> Sketch<'_> {
        Sketch {
            document: self,
            shape: Shape::default(),
            parameters: Vec::new(),
            body: None,
            answers: Map::new(),
        }
    }

    pub(crate) fn enter(&mut self, path: &str, method: &str, operation: Value) {
        let methods = self
            .paths
            .entry(path.to_owned())
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(methods) = methods {
            methods.insert(method.to_owned(), operation);
        }
    }

    /// The whole document.
    pub fn finish(mut self, info: Value) -> Value {
        let mut schemas = Map::new();
        for (name, schema) in self.answered.take_definitions(true) {
            schemas.insert(name, schema);
        }
        for (name, schema) in self.asked.take_definitions(true) {
            schemas.entry(name).or_insert(schema);
        }
        json!({
            "openapi": "3.1.0",
            "info": info,
            "paths": self.paths,
            "components": {"schemas": schemas},
        })
    }
}

impl Sketch<'_> {
    /// The request has these parameters, one for each field of `T`.
    pub fn asks_parameters<T: JsonSchema>(&mut self, place: &str) {
        let schema = Shape::of::<T>();
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let inner = self.document.asked.root_schema_for::<T>().to_value();
        for (name, property) in inner
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            self.parameters.push(json!({
                "name": name,
                "in": place,
                "required": place == "path" || required.contains(&name.as_str()),
                "schema": property,
            }));
        }
        let kept = match place {
            "path" => &mut self.shape.path,
            "query" => &mut self.shape.query,
            _ => &mut self.shape.header,
        };
        *kept = Some(schema);
    }

    /// The request has a JSON body.
    pub fn asks_json<T: JsonSchema>(&mut self, required: bool) {
        let schema = self.document.asked.subschema_for::<T>().to_value();
        self.shape.body = Some(Shape::of::<T>());
        self.asks(required, "application/json", schema);
    }

    /// The request has a body.
    pub fn asks(&mut self, required: bool, content_type: &str, schema: Value) {
        let mut content = Map::new();
        content.insert(content_type.to_owned(), json!({ "schema": schema }));
        self.body = Some(json!({"required": required, "content": content}));
    }

    /// It is answered with JSON.
    pub fn answers_json<T: JsonSchema>(&mut self) {
        let schema = self.document.answered.subschema_for::<T>().to_value();
        self.answers_with(StatusCode::OK, "application/json", schema);
    }

    /// It may be answered with content.
    pub fn answers_with(&mut self, status: StatusCode, content_type: &str, schema: Value) {
        let mut content = Map::new();
        content.insert(content_type.to_owned(), json!({ "schema": schema }));
        self.answers.insert(
            status.as_str().to_owned(),
            json!({"description": "Successful Response", "content": content}),
        );
    }

    /// It may be answered with a status and nothing that needs a description.
    pub fn answers(&mut self, status: StatusCode, description: &str) {
        self.answers.insert(
            status.as_str().to_owned(),
            json!({ "description": description }),
        );
    }

    /// Closes the sketch: the operation for the document, and the shape of its requests.
    pub(crate) fn close(self, heading: Map<String, Value>) -> (Value, Shape) {
        let mut operation = heading;
        if !self.parameters.is_empty() {
            operation.insert("parameters".to_owned(), self.parameters.into());
        }
        if let Some(body) = self.body {
            operation.insert("requestBody".to_owned(), body);
        }
        operation.insert("responses".to_owned(), self.answers.into());
        (operation.into(), self.shape)
    }
}
