//! Many conversations at once: pages of them, how many there are, several by name.

use std::sync::Arc;

use axum::http::StatusCode;
use domain::{Card, ConversationId, Status};
use http_kit::{Error, Json, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::info;
use crate::app::{App, refused};
use crate::info::ConversationInfo;

/// What a conversation is doing, on the wire.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "ConversationExecutionStatus")]
#[serde(rename_all = "snake_case")]
enum Doing {
    Idle,
    Running,
    Paused,
    WaitingForConfirmation,
    Finished,
    Error,
    Stuck,
    Deleting,
}

impl Doing {
    fn status(self) -> Status {
        match self {
            Self::Idle => Status::Idle,
            Self::Running => Status::Running,
            Self::Paused => Status::Paused,
            Self::WaitingForConfirmation => Status::WaitingForConfirmation,
            Self::Finished => Status::Finished,
            Self::Error => Status::Error,
            Self::Stuck => Status::Stuck,
            Self::Deleting => Status::Deleting,
        }
    }
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[schemars(rename = "ConversationSortOrder")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Order {
    CreatedAt,
    UpdatedAt,
    #[default]
    CreatedAtDesc,
    UpdatedAtDesc,
}

#[derive(Deserialize, JsonSchema)]
pub(super) struct Search {
    page_id: Option<String>,
    #[serde(default = "hundred")]
    #[schemars(range(max = 100), extend("exclusiveMinimum" = 0))]
    limit: usize,
    status: Option<Doing>,
    #[serde(default)]
    sort_order: Order,
    #[serde(default)]
    include_skills: bool,
}

fn hundred() -> usize {
    100
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConversationPage")]
pub(super) struct Page {
    items: Vec<ConversationInfo>,
    next_page_id: Option<String>,
}

pub(super) async fn search(app: App, Query(asked): Query<Search>) -> Result<Json<Page>, Error> {
    let mut cards = cards(&app, asked.status).await?;
    match asked.sort_order {
        Order::CreatedAtDesc => {}
        Order::CreatedAt => cards.reverse(),
        Order::UpdatedAt => cards.sort_by_key(|card| card.updated_at),
        Order::UpdatedAtDesc => cards.sort_by_key(|card| std::cmp::Reverse(card.updated_at)),
    }
    let first = asked
        .page_id
        .and_then(|page| cards.iter().position(|card| card.id.hex() == page))
        .unwrap_or(0);
    let mut items = Vec::new();
    for card in cards.iter().skip(first).take(asked.limit) {
        match info(&app, card.id, asked.include_skills).await {
            Ok(shown) => items.push(shown),
            // Removed since it was listed, or unreadable: the others are shown all the same.
            Err(fault) => tracing::debug!(conversation = %card.id, ?fault, "not listed"),
        }
    }
    let next = cards.get(first + asked.limit).map(|card| card.id.hex());
    Ok(Json::ok(Page {
        items,
        next_page_id: next,
    }))
}

#[derive(Deserialize, JsonSchema)]
pub(super) struct Count {
    status: Option<Doing>,
}

pub(super) async fn count(app: App, Query(asked): Query<Count>) -> Result<Json<usize>, Error> {
    cards(&app, asked.status)
        .await
        .map(|cards| Json::ok(cards.len()))
}

async fn cards(app: &App, doing: Option<Doing>) -> Result<Vec<Arc<Card>>, Error> {
    let mut cards = app.conversations().catalogue().await.map_err(refused)?;
    if let Some(doing) = doing {
        cards.retain(|card| card.status == doing.status());
    }
    Ok(cards)
}

#[derive(Deserialize, JsonSchema)]
pub(super) struct Batch {
    #[schemars(length(max = 99))]
    ids: Vec<Uuid>,
    #[serde(default)]
    include_skills: bool,
}

pub(super) async fn batch(
    app: App,
    Query(asked): Query<Batch>,
) -> Result<Json<Vec<Option<ConversationInfo>>>, Error> {
    let mut shown = Vec::new();
    for id in asked.ids {
        let id = ConversationId(id);
        shown.push(match info(&app, id, asked.include_skills).await {
            Ok(shown) => Some(shown),
            Err(error) if error.status() == StatusCode::NOT_FOUND => None,
            Err(error) => return Err(error),
        });
    }
    Ok(Json::ok(shown))
}
