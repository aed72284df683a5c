//! Whom an agent can hand work to.

use std::borrow::Cow;

use extensions::{SubAgentInfo, SubAgentsRequest};
use http_kit::{Api, Body, Error, Json};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::Value;

use super::extension::failed;
use crate::app::App;
use crate::schemas::{As, Condenser, McpServer};

/// The tool that sub-agents need which read the web.
const BROWSER: &str = "browser_tool_set";

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("Sub Agents").post("/api/sub-agents", "get_sub_agents", list)
}

/// The sub-agents there are.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SubAgentsResponse")]
struct Agents {
    agents: Vec<One>,
}

/// What a client sees of a sub-agent.
#[derive(Serialize)]
struct One(SubAgentInfo);

impl JsonSchema for One {
    fn schema_name() -> Cow<'static, str> {
        SubAgentInfo::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = SubAgentInfo::json_schema(generator);
        let server = generator.subschema_for::<As<McpServer>>();
        let servers = json_schema!({
            "anyOf": [
                { "type": "object", "additionalProperties": server },
                { "type": "null" },
            ],
        });
        let condenser = generator.subschema_for::<Option<As<Condenser>>>();
        let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
        if let Some(fields) = fields {
            let mut former = servers.clone();
            former.insert("deprecated".to_owned(), true.into());
            fields.insert("mcp_config".to_owned(), servers.into());
            fields.insert("mcp_servers".to_owned(), former.into());
            fields.insert("condenser".to_owned(), condenser.into());
        }
        schema
    }
}

async fn list(app: App, Body(asked): Body<SubAgentsRequest>) -> Result<Json<Agents>, Error> {
    let tools = &app.config().about.usable_tools;
    let browser = tools.iter().any(|tool| tool == BROWSER);
    let listed = app.extensions().sub_agents(asked, browser).await;
    let agents = listed.map_err(failed)?.agents;
    Ok(Json::ok(Agents {
        agents: agents.into_iter().map(One).collect(),
    }))
}
