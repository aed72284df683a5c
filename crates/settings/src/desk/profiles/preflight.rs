//! Asks a model one word before its profile is kept, so that a mistake shows at once.

use std::sync::Arc;

use domain::{Content, LlmError, LlmErrorKind, LlmSpec, Map, Message, Prompt, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Desk;
use crate::error::Error;
use crate::model::llm::Llm;

/// How long the model may take, in seconds.
const LONGEST: u64 = 15;

/// A model to try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ValidateProfileRequest {
    #[schemars(with = "Llm")]
    pub llm: Map,
}

/// Why a model does not work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ValidateProfileError {
    pub r#type: String,
    pub message: String,
}

/// Whether a model works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ValidateProfileResponse {
    pub valid: bool,
    #[serde(default)]
    pub error: Option<ValidateProfileError>,
}

impl Desk {
    /// Whether a model answers. Limits that pass are no fault of the profile.
    pub async fn validate_profile(
        &self,
        request: ValidateProfileRequest,
    ) -> Result<ValidateProfileResponse, Error> {
        let mut spec = self.given_llm(request.llm)?;
        spec.num_retries = 1;
        spec.timeout = Some(spec.timeout.map_or(LONGEST, |given| given.min(LONGEST)));
        spec.max_output_tokens = Some(16);
        let error = match self.ask(&spec).await {
            Ok(()) => None,
            Err(error) if passes(error.kind) => None,
            Err(error) => Some(ValidateProfileError {
                r#type: error.kind.code().to_owned(),
                message: error.to_string(),
            }),
        };
        Ok(ValidateProfileResponse {
            valid: error.is_none(),
            error,
        })
    }

    async fn ask(&self, spec: &LlmSpec) -> Result<(), LlmError> {
        let llm = self.ports.outfit.llm(spec)?;
        let said = |role, text: &str| Arc::new(Message::new(role, vec![Content::text(text)]));
        let prompt = Prompt {
            messages: Arc::new(vec![
                said(Role::System, "Answer with one word."),
                said(Role::User, "Hello."),
            ]),
            tools: Arc::from([]),
            cache_marks: Vec::new(),
            cache_key: None,
            stream: spec.stream,
        };
        llm.complete(prompt, &|_| {}).await.map(drop)
    }
}

/// Whether it would work another time.
fn passes(kind: LlmErrorKind) -> bool {
    matches!(
        kind,
        // A reply that was cut short is a reply.
        LlmErrorKind::RateLimit | LlmErrorKind::Timeout | LlmErrorKind::NoResponse
    )
}
