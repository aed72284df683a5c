//! How an MCP server is signed in to; knows no server and shows no secret.

use std::collections::BTreeMap;

use domain::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How a server is signed in to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "strategy", rename_all = "snake_case")]
pub enum McpAuth {
    /// Not at all.
    None {},
    /// With a key.
    ApiKey {
        /// The key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Secret>,
        /// The header it goes in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header_name: Option<String>,
    },
    /// With a token.
    Bearer {
        /// The token.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Secret>,
    },
    /// With a name and a password.
    Basic {
        /// The name.
        username: String,
        /// The password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password: Option<Secret>,
    },
    /// With headers.
    Header {
        /// The headers.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, Secret>,
    },
    /// With OAuth.
    #[serde(rename = "oauth2")]
    Oauth {
        /// How the sign-in is made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authentication: Option<Box<McpOauth>>,
        /// What came of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<McpOauthState>,
    },
}

/// How an OAuth sign-in is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct McpOauth {
    /// Always `oauth`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How the client proves itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_auth_method: Option<String>,
    /// What is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Value>,
    /// What the client calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// Where the client describes itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_metadata_url: Option<String>,
    /// The client's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The client's secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// Whatever else the client says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_client_metadata: Option<Map<String, Value>>,
}

/// What came of an OAuth sign-in. An extension has no business bringing one, so it is shown as there or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct McpOauthState {
    /// When it ends, in seconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_expires_at: Option<f64>,
}
