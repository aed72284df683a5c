//! One conversation of a server, as if it were here.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{
    Body, Command, CommandError, Conversation, ConversationId, Fut, Glance, Heard, Listener, Live,
    Log, LogError, Map, Message, Reply, Source, Status,
};
use serde_json::Value;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;

use super::copy::Copy;
use super::follow::follow;
use super::line::{Fault, Line};
use super::mirror::Mirror;
use super::wording;

/// How many pieces a slow listener may lag behind.
const LAG: usize = 4_096;

/// What is held of one conversation.
pub(super) struct Held {
    pub(super) id: ConversationId,
    pub(super) line: Line,
    pub(super) copy: Arc<Copy>,
    mirror: Mutex<Mirror>,
    /// The last glance that could be read.
    last: Mutex<Glance>,
    status: watch::Sender<Status>,
    /// How many events there were when the socket was opened.
    synced: watch::Sender<Option<u64>>,
    /// How many events were taken in with all that follows from them.
    taken: watch::Sender<u64>,
    voices: broadcast::Sender<Heard>,
}

impl Held {
    fn new(line: Line, id: ConversationId, shown: Map) -> Result<Self, CommandError> {
        let home = shown.get("persistence_dir").and_then(Value::as_str);
        let outputs = PathBuf::from(home.unwrap_or_default());
        let mirror = Mirror::new(shown);
        let status = mirror.status();
        let glance = mirror.glance(status).map_err(|error| {
            CommandError::Invalid(format!(
                "what the server shows of conversation {id} cannot be read: {error}; it may be of another version"
            ))
        })?;
        Ok(Self {
            id,
            line,
            copy: Arc::new(Copy::new(outputs)),
            mirror: Mutex::new(mirror),
            last: Mutex::new(glance),
            status: watch::Sender::new(Status::Idle),
            synced: watch::Sender::new(None),
            taken: watch::Sender::new(0),
            voices: broadcast::Sender::new(LAG),
        })
    }

    pub(super) fn mirror(&self) -> MutexGuard<'_, Mirror> {
        self.mirror.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the listeners hear something.
    pub(super) fn say(&self, heard: Heard) {
        // Nobody has to listen.
        let _ = self.voices.send(heard);
    }

    /// The socket is open, and will tell that many events at once.
    pub(super) fn synced(&self, len: u64) {
        self.synced.send_replace(Some(len));
    }

    /// Everything that follows from the events so far shows.
    pub(super) fn taken(&self) {
        self.taken.send_replace(self.copy.len());
    }

    /// Resolves once that many events are here, and all that follows from them.
    async fn reach(&self, len: u64) -> Result<(), LogError> {
        let mut taken = self.taken.subscribe();
        let here = async {
            // The sender lives as long as this borrow of it.
            let _ = taken.wait_for(|taken| *taken >= len).await;
        };
        tokio::select! {
            () = here => return Ok(()),
            () = self.copy.over() => {}
        }
        self.copy.reach(len).await
    }

    /// The status moved.
    pub(super) fn moved(&self, status: Status) {
        self.status.send_replace(status);
        self.say(Heard::Live(Live::Status(status)));
    }

    fn address(&self, operation: &str) -> String {
        format!("/api/conversations/{}{operation}", self.id)
    }

    /// Takes a new look.
    async fn look(&self) -> Result<(), Fault> {
        if let Value::Object(shown) = self.line.get(&self.address("?include_skills=true")).await? {
            self.mirror().renew(shown);
        }
        Ok(())
    }

    /// Resolves once everything that the server has recorded so far is here.
    async fn catch_up(&self) -> Result<(), CommandError> {
        let count = self.line.get(&self.address("/events/count")).await?;
        self.reach(count.as_u64().unwrap_or(0)).await?;
        Ok(())
    }

    /// Resolves once everything is here that there was when the socket was opened first.
    async fn begun(&self) -> Result<(), LogError> {
        let mut synced = self.synced.subscribe();
        let len = tokio::select! {
            len = synced.wait_for(Option::is_some) => len.ok().and_then(|len| *len),
            () = self.copy.over() => None,
        };
        self.reach(len.unwrap_or(u64::MAX)).await
    }
}

/// One conversation of a server.
pub(super) struct Remote {
    held: Arc<Held>,
    /// Ends with the conversation.
    _following: JoinSet<()>,
}

impl Remote {
    /// Opens one: everything that is recorded of it is here then.
    pub(super) async fn open(line: Line, id: ConversationId) -> Result<Self, CommandError> {
        let path = format!("/api/conversations/{id}?include_skills=true");
        let shown = match line.get(&path).await {
            Ok(Value::Object(shown)) => shown,
            Ok(_) => Map::new(),
            Err(fault) if fault.is_missing() => return Err(LogError::NotFound(id).into()),
            Err(fault) => return Err(fault.into()),
        };
        let held = Arc::new(Held::new(line, id, shown)?);
        let mut following = JoinSet::new();
        following.spawn(follow(Arc::clone(&held)));
        held.begun().await?;
        Ok(Self {
            held,
            _following: following,
        })
    }

    /// Whether it is still followed.
    pub(super) fn lives(&self) -> bool {
        self.held.copy.goes_on()
    }

    /// Whether somebody listens.
    pub(super) fn is_heard(&self) -> bool {
        self.held.voices.receiver_count() > 0
    }

    async fn ask(&self, command: Command) -> Result<Reply, CommandError> {
        if !self.lives() {
            return Err(CommandError::Closed);
        }
        if let Command::Ask(question) = command {
            return self.question(question).await;
        }
        let asks = self.status() == Status::WaitingForConfirmation;
        if matches!(command, Command::Confirm { .. }) && !asks {
            let why = "nothing waits for confirmation".to_owned();
            return Err(CommandError::Conflict(why));
        }
        let Command::Say { message, .. } = &command else {
            return self.send(command).await.map(|()| Reply::Done);
        };
        let (message, from) = (message.clone(), self.held.copy.len());
        self.send(command).await?;
        Ok(self.said(&message, from))
    }

    async fn send(&self, command: Command) -> Result<(), CommandError> {
        let held = &self.held;
        let long = matches!(command, Command::Condense);
        let asked = wording::command(command)?;
        let path = held.address(asked.operation);
        let sent = if long {
            held.line.consult(&path, &asked.body).await.map(|_| ())
        } else {
            let sent = held.line.send(asked.method, &path, &asked.body).await;
            sent.map(|_| ())
        };
        sent.map_err(|fault| self.refused(fault))?;
        self.settle_in().await
    }

    /// Resolves once what was asked shows here as well.
    async fn settle_in(&self) -> Result<(), CommandError> {
        self.held.catch_up().await?;
        self.held.look().await?;
        Ok(())
    }

    async fn question(&self, question: String) -> Result<Reply, CommandError> {
        let asked = wording::command(Command::Ask(question))?;
        let path = self.held.address(asked.operation);
        let answer = self
            .held
            .line
            .consult(&path, &asked.body)
            .await
            .map_err(|fault| self.refused(fault))?;
        self.settle_in().await?;
        let answer = answer.get("response").and_then(Value::as_str);
        Ok(Reply::Answer(answer.unwrap_or_default().to_owned()))
    }

    fn refused(&self, fault: Fault) -> CommandError {
        if let Fault::Refused { detail, .. } = &fault
            && fault.is_missing()
            && detail == "Not Found"
        {
            return LogError::NotFound(self.held.id).into();
        }
        fault.into()
    }

    /// The event that words became: the first with them since.
    fn said(&self, message: &Message, from: u64) -> Reply {
        let entries = self.held.copy.read(from, usize::MAX).unwrap_or_default();
        let found = entries.iter().find_map(|entry| {
            let event = entry.event().ok()?;
            let Body::Message(said) = event.body else {
                return None;
            };
            let same = said.llm_message.content == message.content;
            (same && event.source == Source::User).then_some(event.id)
        });
        found.map_or(Reply::Done, Reply::Said)
    }

    async fn moved(&self, until: &(dyn Fn(Status) -> bool + Send + Sync)) {
        let mut status = self.held.status.subscribe();
        // The sender lives as long as this borrow of it.
        let _ = status.wait_for(|status| until(*status)).await;
    }

    fn status(&self) -> Status {
        *self.held.status.borrow()
    }
}

impl Conversation for Remote {
    fn id(&self) -> ConversationId {
        self.held.id
    }

    fn command(&self, command: Command) -> Fut<'_, Result<Reply, CommandError>> {
        Box::pin(self.ask(command))
    }

    fn log(&self) -> Arc<dyn Log> {
        Arc::clone(&self.held.copy) as _
    }

    fn glance(&self) -> Glance {
        let glance = self.held.mirror().glance(self.status());
        let mut last = self
            .held
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match glance {
            Ok(glance) => *last = glance,
            Err(_) => last.status = self.status(),
        }
        last.clone()
    }

    fn settled<'a>(&'a self, until: &'a (dyn Fn(Status) -> bool + Send + Sync)) -> Fut<'a, Status> {
        Box::pin(async move {
            let holds = tokio::select! {
                biased;
                () = self.moved(until) => true,
                () = self.held.copy.over() => false,
            };
            // What it used shows at the end of a run; whoever waited for that looks at it next.
            if holds && let Err(fault) = self.held.look().await {
                tracing::debug!(?fault, "no new look at a conversation");
            }
            self.status()
        })
    }

    fn listen(&self) -> Box<dyn Listener> {
        Box::new(Ear {
            voices: self.held.voices.subscribe(),
            held: Arc::clone(&self.held),
        })
    }

    fn close(&self) -> Fut<'_, Result<(), LogError>> {
        // It goes on where it is: only this end lets go of it.
        self.held.copy.close()
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.held.copy.end(LogError::Closed(String::new()));
    }
}

struct Ear {
    voices: broadcast::Receiver<Heard>,
    held: Arc<Held>,
}

impl Listener for Ear {
    fn hear(&mut self) -> Fut<'_, Option<Heard>> {
        Box::pin(async move {
            tokio::select! {
                biased;
                heard = self.voices.recv() => match heard {
                    Ok(heard) => Some(heard),
                    Err(broadcast::error::RecvError::Lagged(missed)) => Some(Heard::Missed(missed)),
                    Err(broadcast::error::RecvError::Closed) => None,
                },
                () = self.held.copy.over() => None,
            }
        })
    }
}
