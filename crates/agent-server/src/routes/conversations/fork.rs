//! Copies of conversations.

use std::collections::BTreeMap;

use domain::{ConversationId, EventId, Fork};
use http_kit::{Error, Json, Optional, Path, Query};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{One, Shown, check_tags, info};
use crate::app::{App, refused};
use crate::info::ConversationInfo;

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ForkConversationRequest")]
pub(super) struct Asked {
    id: Option<Uuid>,
    #[schemars(length(max = 200))]
    title: Option<String>,
    tags: Option<BTreeMap<String, String>>,
    #[serde(default = "yes")]
    reset_metrics: bool,
    from_event_id: Option<String>,
}

fn yes() -> bool {
    true
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            id: None,
            title: None,
            tags: None,
            reset_metrics: true,
            from_event_id: None,
        }
    }
}

pub(super) async fn fork(
    app: App,
    (Path(one), Query(shown), Optional(asked)): (Path<One>, Query<Shown>, Optional<Asked>),
) -> Result<Json<ConversationInfo>, Error> {
    let asked = asked.unwrap_or_default();
    let to = asked.id.unwrap_or_else(|| app.clock().uuid());
    let tags = asked.tags.unwrap_or_default();
    check_tags(&tags)?;
    let fork = Fork {
        at: asked.from_event_id.as_deref().map(EventId::new),
        title: asked.title,
        tags,
        keep_stats: !asked.reset_metrics,
        ..Fork::new(one.id(), ConversationId(to))
    };
    let made = app.conversations().fork(fork).await.map_err(refused)?;
    let mut shown = info(&app, made.id(), shown.include_skills).await?;
    shown.is_new();
    Ok(Json::created(shown))
}
