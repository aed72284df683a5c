//! What a request must look like: the schemas of its parts, made once when its operation is listed.

use std::sync::Arc;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The schemas of the parts of one operation's request, each complete in itself.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// The parameters in the path.
    pub path: Option<Arc<Value>>,
    /// The parameters in the query.
    pub query: Option<Arc<Value>>,
    /// The headers that the operation reads.
    pub header: Option<Arc<Value>>,
    /// The body.
    pub body: Option<Arc<Value>>,
}

impl Shape {
    /// The schema that a value must meet to be read as a `T`.
    pub fn of<T: JsonSchema>() -> Arc<Value> {
        let generator = SchemaSettings::draft2020_12()
            .for_deserialize()
            .into_generator();
        Arc::new(generator.into_root_schema_for::<T>().to_value())
    }
}
