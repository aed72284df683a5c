//! Models and providers to choose from, and subscriptions that pay for models.

use http_kit::{Api, Body, Error, Json, Query};
use schemars::JsonSchema;
use serde::Deserialize;
use settings::{
    ModelsResponse, ProvidersResponse, SubscriptionDevicePollRequest,
    SubscriptionDeviceStartResponse, SubscriptionModelsResponse, SubscriptionStatusResponse,
    VerifiedModelsResponse,
};

use super::desk::told;
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("LLM")
        .get("/api/llm/providers", "list_providers", providers)
        .get("/api/llm/models", "list_models", models)
        .get("/api/llm/models/verified", "list_verified_models", verified)
        .get(
            "/api/llm/subscription/openai/models",
            "list_openai_subscription_models",
            subscription_models,
        )
        .get(
            "/api/llm/subscription/openai/status",
            "get_openai_subscription_status",
            subscription,
        )
        .post(
            "/api/llm/subscription/openai/device/start",
            "start_openai_subscription_device_login",
            begin,
        )
        .post(
            "/api/llm/subscription/openai/device/poll",
            "poll_openai_subscription_device_login",
            poll,
        )
        .post(
            "/api/llm/subscription/openai/logout",
            "logout_openai_subscription",
            subscription,
        )
}

async fn providers(app: App, (): ()) -> Result<Json<ProvidersResponse>, Error> {
    Ok(Json::ok(app.ports().desk.offers().providers()))
}

#[derive(Deserialize, JsonSchema)]
struct Whose {
    /// Filter models by provider (e.g., 'openai', 'anthropic')
    #[serde(default)]
    provider: Option<String>,
}

async fn models(app: App, Query(whose): Query<Whose>) -> Result<Json<ModelsResponse>, Error> {
    let models = app.ports().desk.offers().models(whose.provider.as_deref());
    Ok(Json::ok(models))
}

async fn verified(app: App, (): ()) -> Result<Json<VerifiedModelsResponse>, Error> {
    Ok(Json::ok(app.ports().desk.offers().verified()))
}

async fn subscription_models(app: App, (): ()) -> Result<Json<SubscriptionModelsResponse>, Error> {
    Ok(Json::ok(app.ports().desk.subscription_models()))
}

/// Nobody is logged in, before and after a logout.
async fn subscription(app: App, (): ()) -> Result<Json<SubscriptionStatusResponse>, Error> {
    Ok(Json::ok(app.ports().desk.subscription()))
}

async fn begin(app: App, (): ()) -> Result<Json<SubscriptionDeviceStartResponse>, Error> {
    let begun = app.ports().desk.begin_subscription();
    begun.map(Json::ok).map_err(told)
}

async fn poll(
    app: App,
    Body(request): Body<SubscriptionDevicePollRequest>,
) -> Result<Json<SubscriptionStatusResponse>, Error> {
    let polled = app.ports().desk.poll_subscription(&request);
    polled.map(Json::ok).map_err(told)
}
