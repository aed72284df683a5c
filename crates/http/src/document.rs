//! The OpenAPI document, gathered from the operations as they are listed.

mod dialect;
mod pairs;

use axum::http::StatusCode;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::shape::{Lazy, Shape};

pub(crate) use dialect::titled;

/// The document of one face.
pub struct Document {
    /// Whether anything is written down: a server that only answers need not.
    written: bool,
    paths: Map<String, Value>,
    schemes: Map<String, Value>,
    /// Components that no type has.
    named: Map<String, Value>,
    /// What requests look like.
    asked: SchemaGenerator,
    /// What answers look like.
    answered: SchemaGenerator,
    /// What answers would look like if somebody sent them to us: what is required then is promised.
    promised: SchemaGenerator,
}

impl Default for Document {
    fn default() -> Self {
        let openapi = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
            })
        };
        Self {
            written: true,
            paths: Map::new(),
            schemes: Map::new(),
            named: Map::new(),
            asked: openapi().for_deserialize().into_generator(),
            answered: openapi().for_serialize().into_generator(),
            promised: openapi().for_deserialize().into_generator(),
        }
    }
}

/// One operation while it is being written down.
pub struct Sketch<'a> {
    document: &'a mut Document,
    pub(crate) shape: Shape,
    parameters: Vec<Value>,
    body: Option<Value>,
    form: Option<Value>,
    usual: StatusCode,
    answers: Map<String, Value>,
}

impl Document {
    /// A document into which nothing is written.
    pub(crate) fn blank() -> Self {
        Self {
            written: false,
            ..Self::default()
        }
    }

    /// Starts to write down an operation.
    pub fn sketch(&mut self) -> Sketch<'_> {
        Sketch {
            document: self,
            shape: Shape::default(),
            parameters: Vec::new(),
            body: None,
            form: None,
            usual: StatusCode::OK,
            answers: Map::new(),
        }
    }

    /// Writes down a way to show that one may ask.
    #[must_use]
    pub fn scheme(mut self, name: &str, scheme: Value) -> Self {
        self.schemes.insert(name.to_owned(), scheme);
        self
    }

    pub(crate) fn enter(&mut self, path: &str, method: &str, operation: Value) {
        let methods = self
            .paths
            .entry(path.to_owned())
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(methods) = methods {
            methods.insert(method.to_ascii_lowercase(), operation);
        }
    }

    /// The whole document.
    pub fn finish(mut self, info: Value) -> Value {
        let promised = self.promised.take_definitions(true);
        let asked = self.asked.take_definitions(true);
        let asked = dialect::components(asked, &Map::new(), dialect::Side::Asked);
        let answered = self.answered.take_definitions(true);
        let answered = dialect::components(answered, &promised, dialect::Side::Answered);
        let mut paths = Value::Object(self.paths);
        let mut schemas = pairs::join(asked, answered, &mut paths);
        for (name, schema) in self.named {
            schemas.entry(name).or_insert(schema);
        }
        for (name, schema) in faults() {
            schemas.entry(name).or_insert(schema);
        }
        let mut components = Map::new();
        components.insert("schemas".to_owned(), schemas.into());
        if !self.schemes.is_empty() {
            components.insert("securitySchemes".to_owned(), self.schemes.into());
        }
        json!({
            "openapi": "3.1.0",
            "info": info,
            "paths": paths,
            "components": components,
        })
    }
}

impl Sketch<'_> {
    /// The request has these parameters, one for each field of `T`.
    pub fn asks_parameters<T: JsonSchema>(&mut self, place: &str) {
        let form = Lazy::of::<T>();
        let kept = match place {
            "path" => &mut self.shape.path,
            "query" => &mut self.shape.query,
            _ => &mut self.shape.header,
        };
        *kept = Some(match kept.take() {
            Some(before) => before.and(form),
            None => form,
        });
        if !self.document.written {
            return;
        }
        let schema = self.document.asked.root_schema_for::<T>().to_value();
        let schema = dialect::told(schema, dialect::Side::Asked);
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let mut parameter = json!({
                "name": name,
                "in": place,
                "required": place == "path" || required.contains(&name.as_str()),
                "schema": property,
            });
            if let (Some(text), Value::Object(parameter)) =
                (property.get("description"), &mut parameter)
            {
                parameter.insert("description".to_owned(), text.clone());
            }
            self.parameters.push(parameter);
        }
    }

    /// The request has a JSON body.
    pub fn asks_json<T: JsonSchema>(&mut self, required: bool) {
        self.shape.body = Some(Lazy::of::<T>());
        if !self.document.written {
            return;
        }
        let schema = self.document.asked.subschema_for::<T>().to_value();
        let mut schema = dialect::told(schema, dialect::Side::Asked);
        if !required {
            schema = json!({"anyOf": [schema, {"type": "null"}]});
        }
        self.asks(required, "application/json", schema);
    }

    /// The request has a body.
    pub fn asks(&mut self, required: bool, content_type: &str, schema: Value) {
        let mut content = Map::new();
        content.insert(content_type.to_owned(), json!({ "schema": schema }));
        let mut body = json!({ "content": content });
        if let (true, Value::Object(body)) = (required, &mut body) {
            body.insert("required".to_owned(), true.into());
        }
        self.body = Some(body);
    }

    /// The request has a form as its body; the document names its schema after the operation.
    pub fn asks_form(&mut self, schema: Value) {
        self.form = Some(schema);
    }

    /// It is answered with JSON.
    pub fn answers_json<T: JsonSchema>(&mut self) {
        if !self.document.written {
            return;
        }
        let schema = self.document.answered.subschema_for::<T>().to_value();
        self.document.promised.subschema_for::<T>();
        let schema = dialect::told(schema, dialect::Side::Answered);
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

    /// The usual answer may be a file.
    pub(crate) fn answers_file(&mut self, kind: &str) {
        let usual = self.answers.get_mut("200");
        let content = usual.and_then(|answer| answer.get_mut("content")?.as_object_mut());
        if let Some(content) = content {
            let schema = json!({"schema": {"type": "string", "format": "binary"}});
            content.insert(kind.to_owned(), schema);
        }
    }

    /// It may be answered with a status and nothing that needs a description.
    pub fn answers(&mut self, status: StatusCode, description: &str) {
        self.answers.insert(
            status.as_str().to_owned(),
            json!({ "description": description }),
        );
    }

    /// The usual answer has this status.
    pub(crate) fn answers_usually(&mut self, status: StatusCode) {
        self.usual = status;
    }

    /// Closes the sketch: the operation for the document, and the shape of its requests.
    pub(crate) fn close(
        mut self,
        heading: Map<String, Value>,
        schemes: &[&'static str],
    ) -> (Value, Shape) {
        if !self.document.written {
            return (Value::Null, self.shape);
        }
        let mut operation = heading;
        if let Some(form) = self.form.take() {
            let id = operation.get("operationId").and_then(Value::as_str);
            let name = format!("Body_{}", id.unwrap_or_default());
            let target = json!({"$ref": format!("#/components/schemas/{name}")});
            let mut form = form;
            if let Value::Object(form) = &mut form {
                form.insert("title".to_owned(), name.as_str().into());
            }
            self.document.named.insert(name, form);
            self.asks(true, "multipart/form-data", target);
        }
        if !schemes.is_empty() {
            let schemes: Vec<Value> = schemes.iter().map(|name| json!({ *name: [] })).collect();
            operation.insert("security".to_owned(), schemes.into());
        }
        if self.usual != StatusCode::OK
            && let Some(answer) = self.answers.shift_remove("200")
        {
            self.answers.insert(self.usual.as_str().to_owned(), answer);
        }
        if !self.parameters.is_empty() || self.body.is_some() {
            self.answers.entry("422").or_insert_with(|| {
                json!({
                    "description": "Validation Error",
                    "content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/HTTPValidationError"},
                    }},
                })
            });
        }
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

/// The answer to a request with faults, as FastAPI describes it.
fn faults() -> [(String, Value); 2] {
    let all = json!({
        "properties": {"detail": {
            "items": {"$ref": "#/components/schemas/ValidationError"},
            "type": "array",
            "title": "Detail",
        }},
        "type": "object",
        "title": "HTTPValidationError",
    });
    let one = json!({
        "properties": {
            "loc": {
                "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                "type": "array",
                "title": "Location",
            },
            "msg": {"type": "string", "title": "Message"},
            "type": {"type": "string", "title": "Error Type"},
            "input": {"title": "Input"},
            "ctx": {"type": "object", "title": "Context"},
        },
        "type": "object",
        "required": ["loc", "msg", "type"],
        "title": "ValidationError",
    });
    [
        ("HTTPValidationError".to_owned(), all),
        ("ValidationError".to_owned(), one),
    ]
}
