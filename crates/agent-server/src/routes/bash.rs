//! Commands in a workspace: run, started, stopped, and their events.

use std::collections::BTreeMap;

use domain::{
    BashCommand, BashEvent, BashEventKind, BashEventPage, BashEventSortOrder, BashId, BashOutput,
    BashSearch, ExecuteBashRequest, Moment,
};
use http_kit::{Api, Body, Done, Error, Json, Path, Query};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::place::{Scope, answer, twins};
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    twins(operations)
}

fn operations() -> Api<App> {
    let all = "/api/bash/bash_events";
    Api::tagged("Bash")
        .get(&format!("{all}/search"), "search_bash_events", search)
        .get(&format!("{all}/{{event_id}}"), "get_bash_event", get)
        .or(404, "Item not found")
        .get(&format!("{all}/"), "batch_get_bash_events", batch)
        .post("/api/bash/start_bash_command", "start_bash_command", start)
        .post(
            "/api/bash/execute_bash_command",
            "execute_bash_command",
            execute,
        )
        .delete(all, "clear_all_bash_events", clear)
        .post(
            "/api/bash/bash_commands/{command_id}/stop",
            "stop_bash_command",
            stop,
        )
        .or(404, "Item not found")
}

#[derive(Deserialize, JsonSchema)]
struct Search {
    #[serde(rename = "kind__eq")]
    kind: Option<BashEventKind>,
    #[serde(rename = "command_id__eq")]
    command: Option<Uuid>,
    #[serde(rename = "timestamp__gte")]
    since: Option<Moment>,
    #[serde(rename = "timestamp__lt")]
    until: Option<Moment>,
    /// Only returns BashOutput events with order > this value. Useful for polling to fetch only new events since the last poll.
    #[schemars(title = "Filter to events with order greater than this value")]
    #[serde(rename = "order__gt")]
    after_order: Option<i64>,
    #[serde(default)]
    sort_order: BashEventSortOrder,
    #[schemars(title = "Optional next_page_id from the previously returned page")]
    page_id: Option<String>,
    #[serde(default = "hundred")]
    #[schemars(
        range(max = 100),
        extend("exclusiveMinimum" = 0),
        title = "The max number of results in the page"
    )]
    limit: usize,
}

fn hundred() -> usize {
    100
}

impl From<Search> for BashSearch {
    fn from(asked: Search) -> Self {
        Self {
            kind: asked.kind,
            command: asked.command.map(BashId),
            since: asked.since,
            until: asked.until,
            after_order: asked.after_order,
            sort: asked.sort_order,
            page: asked.page_id,
            limit: asked.limit,
        }
    }
}

async fn search(
    app: App,
    (Path(scope), Query(asked)): (Path<Scope>, Query<Search>),
) -> Result<Json<BashEventPage>, Error> {
    let page = scope.workspace(&app).await?.bash_events(asked.into()).await;
    page.map(Json::ok).map_err(answer)
}

/// Which event.
#[derive(Deserialize, JsonSchema)]
struct One {
    event_id: String,
    #[serde(flatten)]
    #[schemars(skip)]
    scope: Scope,
}

async fn get(app: App, Path(one): Path<One>) -> Result<Json<BashEvent>, Error> {
    let workspace = one.scope.workspace(&app).await?;
    let found = workspace.bash_events_by_id(vec![one.event_id]).await;
    let event = found.map_err(answer)?.pop().flatten();
    event
        .map(Json::ok)
        .ok_or_else(|| Error::not_found("Not Found"))
}

async fn batch(
    app: App,
    (Path(scope), Body(ids)): (Path<Scope>, Body<Vec<String>>),
) -> Result<Json<Vec<Option<BashEvent>>>, Error> {
    let found = scope.workspace(&app).await?.bash_events_by_id(ids).await;
    found.map(Json::ok).map_err(answer)
}

async fn start(
    app: App,
    (Path(scope), Body(asked)): (Path<Scope>, Body<ExecuteBashRequest>),
) -> Result<Json<BashCommand>, Error> {
    let command = scope.workspace(&app).await?.start(asked).await;
    command.map(Json::ok).map_err(answer)
}

async fn execute(
    app: App,
    (Path(scope), Body(asked)): (Path<Scope>, Body<ExecuteBashRequest>),
) -> Result<Json<BashOutput>, Error> {
    let output = scope.workspace(&app).await?.execute(asked).await;
    output.map(Json::ok).map_err(answer)
}

async fn clear(
    app: App,
    Path(scope): Path<Scope>,
) -> Result<Json<BTreeMap<&'static str, u64>>, Error> {
    let count = scope.workspace(&app).await?.clear_bash_events().await;
    let count = count.map_err(answer)?;
    Ok(Json::ok(BTreeMap::from([("cleared_count", count)])))
}

/// Which command.
#[derive(Deserialize, JsonSchema)]
struct Running {
    command_id: Uuid,
    #[serde(flatten)]
    #[schemars(skip)]
    scope: Scope,
}

async fn stop(app: App, Path(one): Path<Running>) -> Result<Json<Done>, Error> {
    let workspace = one.scope.workspace(&app).await?;
    let stopped = workspace.stop(BashId(one.command_id)).await;
    stopped.map(|()| Done::ok()).map_err(answer)
}
