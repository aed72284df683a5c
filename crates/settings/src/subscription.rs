//! Subscriptions that pay for models in place of a key. Nobody can log in to one here yet, and that is what is said.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::error::Error;

/// The models a subscription of OpenAI pays for.
const MODELS: [&str; 8] = [
    "gpt-5.5",
    "gpt-5.6-luna",
    "gpt-5.6-sol",
    "gpt-5.6-terra",
    "gpt-6-astra",
    "gpt-6-luna",
    "gpt-6-sol",
    "gpt-6.1-sol",
];

/// Whether a subscription is logged in to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SubscriptionStatusResponse {
    #[serde(default = "openai")]
    pub vendor: String,
    pub connected: bool,
    #[serde(default)]
    pub account_email: Option<String>,
    #[serde(default)]
    pub expires_at: Option<i64>,
}

/// The models a subscription pays for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SubscriptionModelsResponse {
    #[serde(default = "openai")]
    pub vendor: String,
    pub models: Vec<String>,
}

/// How to log in with another device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SubscriptionDeviceStartResponse {
    pub device_code: String,
    pub user_code: String,
    pub verification_uri: String,
    #[serde(default)]
    pub verification_uri_complete: Option<String>,
    pub expires_at: i64,
    pub interval_seconds: i64,
}

/// Which login is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SubscriptionDevicePollRequest {
    pub device_code: String,
}

fn openai() -> String {
    "openai".to_owned()
}

impl Desk {
    /// Whether a subscription is logged in to: none is.
    pub fn subscription(&self) -> SubscriptionStatusResponse {
        SubscriptionStatusResponse {
            vendor: openai(),
            connected: false,
            account_email: None,
            expires_at: None,
        }
    }

    /// The models a subscription pays for.
    pub fn subscription_models(&self) -> SubscriptionModelsResponse {
        SubscriptionModelsResponse {
            vendor: openai(),
            models: MODELS.map(str::to_owned).to_vec(),
        }
    }

    /// Begins a login.
    pub fn begin_subscription(&self) -> Result<SubscriptionDeviceStartResponse, Error> {
        Err(Error::Missing(
            "Signing in with a ChatGPT subscription is not built in yet; use an API key".to_owned(),
        ))
    }

    /// What became of a login: none was begun.
    pub fn poll_subscription(
        &self,
        _: &SubscriptionDevicePollRequest,
    ) -> Result<SubscriptionStatusResponse, Error> {
        Err(Error::NotFound(
            "Subscription device login not found or expired".to_owned(),
        ))
    }
}
