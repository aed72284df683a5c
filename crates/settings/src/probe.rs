//! Tries servers of the model context protocol before they are set up. There is no client for them yet, and that is what
//! is said.

use domain::Map;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::error::Error;
use crate::fault::Faults;
use crate::model::hidden::Hidden;
use crate::model::mcp::McpAuth;
use crate::model::named::Named;

/// Why nothing is tried.
const MISSING: &str = "This server cannot connect to MCP servers yet, so it cannot tell whether this \
    one works; it can be saved all the same";

/// A server to try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPTestRequest")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct McpTestRequest {
    #[serde(default = "test_server")]
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
    pub server: McpTestServer,
    #[serde(default = "fifteen")]
    #[schemars(range(max = 120), extend("exclusiveMinimum" = 0))]
    pub timeout: f64,
    #[serde(default)]
    pub tool_call: Option<McpToolCall>,
}

fn test_server() -> String {
    "test-server".to_owned()
}

fn fifteen() -> f64 {
    15.0
}

/// A server by a program or by an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum McpTestServer {
    /// By a program.
    Stdio(StdioServer),
    /// By an address.
    Remote(Box<RemoteServer>),
}

/// A server by a program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "_StdioMCPServerSpec")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct StdioServer {
    #[serde(default)]
    pub r#type: StdioKind,
    #[schemars(length(min = 1))]
    pub command: String,
    #[serde(default)]
    pub args: Vec<String>,
    #[serde(default)]
    #[schemars(with = "Named<String>")]
    pub env: Named<Hidden>,
    #[serde(default)]
    pub cwd: Option<String>,
}

/// How a program is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum StdioKind {
    /// By its input and output.
    #[default]
    Stdio,
}

/// A server by an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "_RemoteMCPServerSpec")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct RemoteServer {
    #[serde(default, alias = "transport")]
    pub r#type: RemoteKind,
    #[schemars(length(min = 1))]
    pub url: String,
    #[serde(default)]
    #[schemars(with = "Named<String>")]
    pub headers: Named<Hidden>,
    #[serde(default)]
    pub auth: Option<McpAuth>,
    #[serde(default)]
    pub timeout: Option<f64>,
    #[serde(default)]
    pub sse_read_timeout: Option<f64>,
    #[serde(default)]
    pub keep_alive: Option<bool>,
}

/// How an address is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
#[expect(missing_docs, reason = "variants carry the names of the wire")]
pub enum RemoteKind {
    #[default]
    Http,
    Shttp,
    StreamableHttp,
    Sse,
}

/// A tool to call once the server answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPToolCallSpec")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct McpToolCall {
    #[schemars(length(min = 1))]
    pub name: String,
    #[serde(default)]
    pub arguments: Map,
}

/// What a tool answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPToolCallResult")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct McpToolResult {
    pub is_error: bool,
    pub text: String,
}

/// Why a server did not answer, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "variants carry the names of the wire")]
pub enum ErrorKind {
    Timeout,
    Connection,
    Unknown,
}

/// What a login left behind, for the client to keep.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPOAuthStateResponse")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct OauthStateResponse {
    #[serde(default)]
    pub tokens: Option<Map>,
    #[serde(default)]
    pub client_info: Option<Map>,
    #[serde(default)]
    pub token_expires_at: Option<f64>,
}

/// Whether a server answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum McpTestResponse {
    /// It did.
    Success(Box<McpTestSuccess>),
    /// It did not.
    Failure(McpTestFailure),
}

/// A server answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPTestSuccess")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct McpTestSuccess {
    #[serde(default)]
    #[schemars(extend("const" = true, "default" = true))]
    pub ok: bool,
    #[serde(default)]
    pub tools: Vec<String>,
    #[serde(default)]
    pub tool_result: Option<McpToolResult>,
    #[serde(default)]
    pub resolved_mcp_servers: Option<Vec<Map>>,
    #[serde(default)]
    pub oauth_state: Option<OauthStateResponse>,
}

/// A server did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPTestFailure")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct McpTestFailure {
    #[serde(default)]
    #[schemars(extend("const" = false))]
    pub ok: bool,
    pub error: String,
    pub error_kind: ErrorKind,
}

/// How to log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPOAuthStartResponse")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct McpOauthStartResponse {
    pub ok: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_kind: Option<ErrorKind>,
}

/// How far a login is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "variants carry the names of the wire")]
pub enum OauthStatus {
    Pending,
    Authorizing,
    Succeeded,
    Failed,
}

/// What became of a login.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPOAuthStatusResponse")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct McpOauthStatusResponse {
    pub ok: bool,
    pub status: OauthStatus,
    pub job_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_url: Option<String>,
    #[serde(default)]
    pub callback_ready: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_result: Option<McpToolResult>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth_state: Option<OauthStateResponse>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_kind: Option<ErrorKind>,
}

/// Where a browser was sent after a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPOAuthCallbackRequest")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct McpOauthCallbackRequest {
    #[schemars(length(min = 1))]
    pub callback_url: String,
}

impl Desk {
    /// Tries a server.
    pub fn try_server(&self, request: &McpTestRequest) -> Result<McpTestResponse, Error> {
        request.check()?;
        Ok(McpTestResponse::Failure(McpTestFailure {
            ok: false,
            error: MISSING.to_owned(),
            error_kind: ErrorKind::Unknown,
        }))
    }

    /// Begins a login to a server.
    pub fn begin_server_login(
        &self,
        request: &McpTestRequest,
    ) -> Result<McpOauthStartResponse, Error> {
        request.check()?;
        let by_login = match &request.server {
            McpTestServer::Remote(server) => matches!(server.auth, Some(McpAuth::Oauth2(_))),
            McpTestServer::Stdio(_) => false,
        };
        if !by_login {
            return Err(Error::Refused(
                "MCP OAuth start requires auth.strategy='oauth2'".to_owned(),
            ));
        };
        Ok(McpOauthStartResponse {
            ok: false,
            job_id: None,
            authorization_url: None,
            error: Some(MISSING.to_owned()),
            error_kind: Some(ErrorKind::Unknown),
        })
    }

    /// What became of a login: none was begun.
    pub fn server_login(&self, _: &str) -> Result<McpOauthStatusResponse, Error> {
        Err(Error::NotFound("MCP OAuth job not found".to_owned()))
    }
}

impl McpTestRequest {
    fn check(&self) -> Result<(), Error> {
        let McpTestServer::Remote(server) = &self.server else {
            return Ok(());
        };
        let mut headers = server.headers.iter().map(|(name, _)| name);
        if server.auth.is_some() && headers.any(|it| it.eq_ignore_ascii_case("authorization")) {
            let said = "'auth' cannot be combined with an explicit top-level 'Authorization' \
                header; use auth.strategy='header' instead.";
            return Err(Faults::at("body.server.http", said).into());
        }
        Ok(())
    }
}
