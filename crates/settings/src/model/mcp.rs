//! A server of the model context protocol, as a person sets it up. Connects to none.

use domain::Map;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::hidden::Hidden;
use super::named::Named;
use crate::fault::Faults;
use crate::measure;

/// How bytes reach a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Transport {
    /// A program's input and output.
    Stdio,
    /// Streamable HTTP.
    Http,
    /// Streamable HTTP, by its other name.
    StreamableHttp,
    /// Server-sent events.
    Sse,
}

/// One server, by a program or an address. Keys it does not know are faults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MCPServer")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct McpServer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<Transport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub command: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "bare")]
    pub env: Option<Named<Hidden>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sse_read_timeout: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<bool>,
    #[serde(default, skip_serializing_if = "bare")]
    pub headers: Option<Named<Hidden>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<McpAuth>,
    /// Whether agents are given it; off, it stays as it is set up.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// Servers by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "MCPConfig")]
pub struct McpConfig(pub Named<McpServer>);

/// What is to change of servers by name; null takes one away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "MCPConfigPatch")]
pub struct McpConfigPatch(pub Named<Option<McpServerPatch>>);

/// Part of a server that is to change; null takes a key away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "MCPServerPatch")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct McpServerPatch {
    #[schemars(length(min = 1))]
    pub url: Option<String>,
    pub transport: Option<Transport>,
    #[schemars(length(min = 1))]
    pub command: Option<String>,
    pub args: Option<Vec<String>>,
    pub env: Option<Named<Option<Hidden>>>,
    pub cwd: Option<String>,
    pub description: Option<String>,
    pub icon: Option<String>,
    pub timeout: Option<f64>,
    pub sse_read_timeout: Option<f64>,
    pub keep_alive: Option<bool>,
    pub headers: Option<Named<Option<Hidden>>>,
    pub auth: Option<McpAuth>,
    /// Off or on; null is on.
    pub enabled: Option<bool>,
}

/// How a server knows who asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "strategy", rename_all = "snake_case")]
#[schemars(inline)]
pub enum McpAuth {
    /// Not at all.
    None(NoneAuth),
    /// By a key in a header.
    ApiKey(ApiKeyAuth),
    /// By a bearer token.
    Bearer(BearerAuth),
    /// By name and password.
    Basic(BasicAuth),
    /// By headers of its own.
    Header(HeaderAuth),
    /// By a login in a browser.
    Oauth2(Box<OauthAuth>),
}

/// Nothing is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPNoneAuthCredential")]
pub struct NoneAuth {}

/// A key in a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPApiKeyAuthCredential")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ApiKeyAuth {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Hidden>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_name: Option<String>,
}

/// A bearer token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPBearerAuthCredential")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct BearerAuth {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Hidden>,
}

/// A name and a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPBasicAuthCredential")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct BasicAuth {
    pub username: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Hidden>,
}

/// Headers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPHeaderAuthCredential")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct HeaderAuth {
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub headers: Named<Hidden>,
}

/// A login in a browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPOAuthAuthCredential")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct OauthAuth {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<OauthAuthentication>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<OauthState>,
}

/// How to log in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MCPOAuthAuthentication")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct OauthAuthentication {
    pub r#type: OauthType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_auth_method: Option<ClientAuthMethod>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Scopes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_metadata_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Hidden>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_client_metadata: Option<Map>,
}

/// The one kind of login there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum OauthType {
    /// OAuth.
    Oauth,
}

/// How a client proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[expect(missing_docs, reason = "variants carry the names of the wire")]
pub enum ClientAuthMethod {
    None,
    ClientSecretPost,
    ClientSecretBasic,
    PrivateKeyJwt,
}

/// What may be done, as one text or a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Scopes {
    /// Separated by blanks.
    Text(String),
    /// One each.
    List(Vec<String>),
}

/// What a login left behind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPOAuthState")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct OauthState {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<OauthTokens>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_info: Option<OauthClient>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_expires_at: Option<f64>,
}

/// The tokens of a login, and what came with them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPOAuthTokenState")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct OauthTokens {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<Hidden>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Hidden>,
    #[serde(flatten)]
    pub rest: Map,
}

/// The client a login was made for, and what came with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MCPOAuthClientInfoState")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct OauthClient {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Hidden>,
    #[serde(flatten)]
    pub rest: Map,
}

impl McpServer {
    /// Reads what a client says.
    pub fn read(given: Map) -> Result<Self, Faults> {
        let mut server: Self = measure::read(given)?;
        server.check()?;
        if let Some(McpAuth::Oauth2(login)) = &mut server.auth
            && login.state.as_ref().is_some_and(OauthState::is_empty)
        {
            login.state = None;
        }
        Ok(server)
    }

    /// What no single key can be blamed for.
    pub(crate) fn check(&self) -> Result<(), Faults> {
        match self.transport {
            Some(Transport::Stdio) if self.command.is_none() => {
                Err(Faults::at("", "stdio MCP servers require 'command'"))
            }
            Some(Transport::Http | Transport::StreamableHttp | Transport::Sse)
                if self.url.is_none() =>
            {
                Err(Faults::at("", "remote MCP servers require 'url'"))
            }
            Some(_) | None if self.auth.is_some() && self.authorizes_itself() => Err(Faults::at(
                "",
                "'auth' cannot be combined with an explicit top-level 'Authorization' header; \
                 use auth.strategy='header' instead.",
            )),
            Some(_) | None => Ok(()),
        }
    }

    fn authorizes_itself(&self) -> bool {
        let headers = self.headers.iter().flat_map(Named::iter);
        headers
            .map(|(name, _)| name)
            .any(|name| name.eq_ignore_ascii_case("authorization"))
    }
}

impl OauthState {
    fn is_empty(&self) -> bool {
        let token = self.tokens.as_ref().and_then(|it| it.access_token.as_ref());
        let client = self.client_info.as_ref().map(measure::object);
        token.is_none()
            && client.is_none_or(|client| client.values().all(Value::is_null))
            && self.token_expires_at.is_none()
    }
}

fn yes() -> bool {
    true
}

fn bare(map: &Option<Named<Hidden>>) -> bool {
    map.as_ref().is_none_or(Named::is_empty)
}
