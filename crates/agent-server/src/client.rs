//! The twin of the face: the conversations of an agent server, as the port. Decides nothing; what it says, the server said.

mod copy;
mod follow;
mod line;
mod mirror;
mod remote;
mod wording;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{
    Card, CommandError, Conversation, ConversationId, Conversations, Fork, Fut, Glance, LogError,
    Map, Setting, Start, Status,
};
use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};

use line::Line;
use mirror::Mirror;
use remote::Remote;

/// How many conversations are listed at once.
const PAGE: usize = 100;

/// The conversations of an agent server.
pub struct Client {
    line: Line,
    open: Mutex<HashMap<ConversationId, Arc<Remote>>>,
    /// Held while one is opened, so that none is opened twice.
    opening: tokio::sync::Mutex<()>,
}

impl Client {
    /// Of the server at an address, opened with its session key if it has one. Its sockets need HTTP/1.1.
    pub fn new(
        http: reqwest::Client,
        address: Url,
        key: Option<&str>,
    ) -> Result<Self, CommandError> {
        Ok(Self {
            line: Line::new(http, address, key)?,
            open: Mutex::default(),
            opening: tokio::sync::Mutex::default(),
        })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<ConversationId, Arc<Remote>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that is open, unless it came to its end.
    fn opened(&self, id: ConversationId) -> Option<Arc<Remote>> {
        let mut held = self.held();
        let found = held.get(&id).filter(|remote| remote.lives()).cloned();
        if found.is_none() {
            held.remove(&id);
        }
        found
    }

    async fn enter(&self, id: ConversationId) -> Result<Arc<dyn Conversation>, CommandError> {
        let _opening = self.opening.lock().await;
        if let Some(remote) = self.opened(id) {
            return Ok(remote);
        }
        let remote = Arc::new(Remote::open(self.line.clone(), id).await?);
        self.held().insert(id, Arc::clone(&remote));
        Ok(remote)
    }

    async fn begin(&self, start: Start) -> Result<Arc<dyn Conversation>, CommandError> {
        let body = wording::start(&start)?;
        let sent = self.line.send(Method::POST, "/api/conversations", &body);
        let (status, _) = sent.await?;
        if status != StatusCode::CREATED {
            return Err(LogError::Exists(start.id).into());
        }
        let conversation = self.enter(start.id).await?;
        if let Some(title) = start.title {
            let named = domain::Command::Update(Setting::Title(title));
            conversation.command(named).await?;
        }
        Ok(conversation)
    }

    async fn copy(&self, fork: Fork) -> Result<Arc<dyn Conversation>, CommandError> {
        let path = format!("/api/conversations/{}/fork", fork.from);
        let body = json!({
            "id": fork.to,
            "title": fork.title,
            "tags": fork.tags,
            "reset_metrics": !fork.keep_stats,
            "from_event_id": fork.at,
        });
        self.line.send(Method::POST, &path, &body).await?;
        self.enter(fork.to).await
    }

    /// What the server shows of all, those made last first.
    async fn all(&self) -> Result<Vec<Map>, CommandError> {
        let mut all = Vec::new();
        let mut page: Option<String> = None;
        loop {
            let from = page.map(|page| format!("&page_id={page}"));
            let from = from.unwrap_or_default();
            let path = format!("/api/conversations/search?limit={PAGE}{from}");
            let mut found = self.line.get(&path).await?;
            if let Some(Value::Array(items)) = found.get_mut("items").map(Value::take) {
                all.extend(items.into_iter().filter_map(|item| {
                    let Value::Object(shown) = item else {
                        return None;
                    };
                    Some(shown)
                }));
            }
            page = match found.get("next_page_id").and_then(Value::as_str) {
                Some(next) => Some(next.to_owned()),
                None => return Ok(all),
            };
        }
    }

    async fn remove(&self, id: ConversationId) -> Result<(), CommandError> {
        let path = format!("/api/conversations/{id}");
        let gone = self.line.send(Method::DELETE, &path, &json!({})).await;
        let remote = self.held().remove(&id);
        if let Some(remote) = remote {
            remote.close().await?;
        }
        match gone {
            Ok(_) => Ok(()),
            Err(fault) if fault.is_missing() => Err(LogError::NotFound(id).into()),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn look(&self, id: ConversationId) -> Result<Glance, CommandError> {
        if let Some(remote) = self.opened(id) {
            return Ok(remote.glance());
        }
        let path = format!("/api/conversations/{id}?include_skills=true");
        let shown = match self.line.get(&path).await {
            Ok(Value::Object(shown)) => shown,
            Ok(_) => Map::new(),
            Err(fault) if fault.is_missing() => return Err(LogError::NotFound(id).into()),
            Err(fault) => return Err(fault.into()),
        };
        glance_of(shown)
    }

    /// Lets one go that nobody needs.
    fn let_go(&self, id: ConversationId) -> Result<(), CommandError> {
        let mut held = self.held();
        let Some(remote) = held.get(&id) else {
            return Ok(());
        };
        let why = if remote.glance().status == Status::Running {
            "it works"
        } else if Arc::strong_count(remote) > 1 {
            "somebody holds it"
        } else if remote.is_heard() {
            "somebody listens to it"
        } else {
            held.remove(&id);
            return Ok(());
        };
        Err(CommandError::Conflict(format!(
            "conversation {id} cannot be let go: {why}"
        )))
    }
}

fn glance_of(shown: Map) -> Result<Glance, CommandError> {
    let mirror = Mirror::new(shown);
    mirror.glance(mirror.status()).map_err(|error| {
        CommandError::Invalid(format!(
            "what the server shows of a conversation cannot be read: {error}; it may be of another version"
        ))
    })
}

/// The name of a conversation as the server shows it.
fn id_of(shown: &Map) -> Option<ConversationId> {
    ConversationId::parse(shown.get("id")?.as_str()?)
}

impl Conversations for Client {
    fn create(&self, start: Start) -> Fut<'_, Result<Arc<dyn Conversation>, CommandError>> {
        Box::pin(self.begin(start))
    }

    fn open(&self, id: ConversationId) -> Fut<'_, Result<Arc<dyn Conversation>, CommandError>> {
        Box::pin(self.enter(id))
    }

    fn fork(&self, fork: Fork) -> Fut<'_, Result<Arc<dyn Conversation>, CommandError>> {
        Box::pin(self.copy(fork))
    }

    fn list(&self) -> Fut<'_, Result<Vec<ConversationId>, CommandError>> {
        Box::pin(async move { Ok(self.all().await?.iter().filter_map(id_of).collect()) })
    }

    fn delete(&self, id: ConversationId) -> Fut<'_, Result<(), CommandError>> {
        Box::pin(self.remove(id))
    }

    fn glance(&self, id: ConversationId) -> Fut<'_, Result<Glance, CommandError>> {
        Box::pin(self.look(id))
    }

    fn catalogue(&self) -> Fut<'_, Result<Vec<Arc<Card>>, CommandError>> {
        Box::pin(async move {
            let cards = self.all().await?.into_iter().filter_map(|shown| {
                let id = id_of(&shown)?;
                let card = match glance_of(shown) {
                    Ok(glance) => glance.card(),
                    Err(fault) => Card::of_damaged(id, fault.to_string()),
                };
                Some(Arc::new(card))
            });
            Ok(cards.collect())
        })
    }

    fn is_open(&self, id: ConversationId) -> bool {
        self.opened(id).is_some()
    }

    fn release(&self, id: ConversationId) -> Fut<'_, Result<(), CommandError>> {
        Box::pin(async move { self.let_go(id) })
    }

    fn flush(&self) -> Fut<'_, Result<(), CommandError>> {
        // What a server has answered for is on its disk.
        Box::pin(async { Ok(()) })
    }

    fn home(&self, _: ConversationId) -> Option<PathBuf> {
        None
    }
}
