//! Lets go of conversations that nobody has used for a while; the next request brings them back.

use std::time::Duration;

use domain::ConversationId;

use crate::app::App;

/// How often to look, at most.
const LOOK: Duration = Duration::from_secs(60);

/// How often a release is tried, and how long to wait in between.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// Releases what is not used, for ever.
pub(crate) async fn release(app: &App) {
    let age = app.config().conversation_idle_ttl_seconds;
    let Some(Ok(age)) = age.map(Duration::try_from_secs_f64) else {
        return;
    };
    if age.is_zero() {
        return;
    }
    let mut clock = tokio::time::interval(age.min(LOOK));
    loop {
        clock.tick().await;
        if let Err(error) = release_older(app, age).await {
            tracing::warn!(%error, "cannot look for unused conversations");
        }
    }
}

async fn release_older(app: &App, age: Duration) -> Result<(), domain::CommandError> {
    let age = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
    let before = app.clock().micros() - age;
    for card in app.conversations().catalogue().await? {
        if card.updated_at < before && app.conversations().is_open(card.id) {
            app.webhooks().leave(card.id);
            // One that works, or that somebody follows, is refused: it is used, and told of as before.
            let released = let_go(app, card.id).await;
            if !released && app.conversations().is_open(card.id) {
                let _ = app.open(card.id).await;
            }
            tracing::debug!(conversation = %card.id, released, "unused");
        }
    }
    Ok(())
}

/// Releases a conversation. Whoever told its events needs a moment to let go of it.
async fn let_go(app: &App, id: ConversationId) -> bool {
    for _ in 0..TRIES {
        if app.conversations().release(id).await.is_ok() {
            return true;
        }
        tokio::time::sleep(PAUSE).await;
    }
    false
}
