//! What [`domain::Conversations`] and [`domain::Conversation`] promise, with a scripted model and scripted hands.

mod places;
mod steering;
mod talk;
mod watching;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::{
    AgentSpec, Body, Command, CommandError, Conversation, ConversationId, Conversations, Event,
    Executor, Fut, Llm, LlmError, LlmSpec, Log, LogError, Outfit, Reply, Start, Status,
    WorkspaceSpec,
};
use uuid::Uuid;

use crate::hands::{Scripted, Tool};
use crate::model::{InProcess, Script};

type Outcome = anyhow::Result<()>;

/// How long a suite may take: one that waits for what never comes must end as well.
const PATIENCE: Duration = Duration::from_secs(60);

/// Opens places with conversations that nobody else uses.
pub trait World: Send + Sync {
    /// One whose conversations are made with this outfit.
    fn open(&self, outfit: Arc<dyn Outfit>) -> Fut<'_, anyhow::Result<Place>>;
}

/// A place with conversations, reached in two ways. It stays open for as long as the world does.
#[derive(Clone)]
pub struct Place {
    /// The conversations.
    pub conversations: Arc<dyn Conversations>,
    /// The same ones, as somebody else sees them.
    pub beside: Arc<dyn Conversations>,
}

/// A suite and its name.
type Suite = (&'static str, fn(&dyn World) -> Fut<'_, Outcome>);

/// Runs every suite, each at a place of its own.
pub async fn conversations(world: &dyn World) -> anyhow::Result<()> {
    for (name, suite) in conversations_suites() {
        tokio::time::timeout(PATIENCE, suite(world))
            .await
            .unwrap_or_else(|late| Err(late.into()))
            .with_context(|| format!("conformance::conversations: {name}"))?;
    }
    Ok(())
}

/// Every suite with its name, for those who want them one by one.
pub fn conversations_suites() -> impl Iterator<Item = Suite> {
    let all: [Suite; 20] = [
        ("a conversation begins idle and empty of words", |w| {
            Box::pin(places::begins(w))
        }),
        ("what is not there is not found", |w| {
            Box::pin(places::unknown(w))
        }),
        ("a name is taken once", |w| Box::pin(places::taken(w))),
        ("the newest is listed first", |w| {
            Box::pin(places::listed(w))
        }),
        ("what is deleted is gone", |w| Box::pin(places::deleted(w))),
        ("one that nobody needs is let go, and comes back", |w| {
            Box::pin(places::released(w))
        }),
        ("a closed one is opened again", |w| {
            Box::pin(places::closed(w))
        }),
        ("a copy has what the original had", |w| {
            Box::pin(places::copied(w))
        }),
        ("a copy ends where it is told to", |w| {
            Box::pin(places::copied_to_a_point(w))
        }),
        ("words lead to work, and work to an end", |w| {
            Box::pin(talk::works(w))
        }),
        ("words are recorded when they are acknowledged", |w| {
            Box::pin(talk::recorded(w))
        }),
        ("a question leaves no trace", |w| Box::pin(talk::asked(w))),
        ("a log reads the same from any point", |w| {
            Box::pin(watching::windows(w))
        }),
        ("two readers see the same", |w| Box::pin(watching::two(w))),
        ("a reply is heard while it is made", |w| {
            Box::pin(watching::heard(w))
        }),
        ("a late listener hears only what comes", |w| {
            Box::pin(watching::late(w))
        }),
        ("a pause lets a tool finish, an interrupt does not", |w| {
            Box::pin(steering::stopped(w))
        }),
        ("nothing is done without a word if one is asked for", |w| {
            Box::pin(steering::confirmed(w))
        }),
        ("settings show once they are acknowledged", |w| {
            Box::pin(steering::changed(w))
        }),
        ("the head can be moved", |w| Box::pin(steering::moved(w))),
    ];
    all.into_iter()
}

/// A place, and what its conversations are made with.
struct Ground {
    place: Place,
    model: Arc<InProcess>,
    hands: Arc<Scripted>,
    directory: tempfile::TempDir,
}

struct Played {
    model: Arc<InProcess>,
    hands: Arc<Scripted>,
}

impl Outfit for Played {
    fn llm(&self, _: &LlmSpec) -> Result<Arc<dyn Llm>, LlmError> {
        Ok(Arc::clone(&self.model) as _)
    }

    fn executor(&self, _: &Start, _: &Path) -> Result<Arc<dyn Executor>, CommandError> {
        Ok(Arc::clone(&self.hands) as _)
    }
}

impl Ground {
    /// With a tool that echoes and one that finishes.
    async fn new(world: &dyn World, script: Script) -> anyhow::Result<Self> {
        let hands = Scripted::new()
            .with(Tool::echo("echo"))
            .with(Tool::finish());
        Self::with(world, script, hands).await
    }

    async fn with(world: &dyn World, script: Script, hands: Scripted) -> anyhow::Result<Self> {
        let (model, hands) = (Arc::new(InProcess::new(script)), Arc::new(hands));
        let outfit = Played {
            model: Arc::clone(&model),
            hands: Arc::clone(&hands),
        };
        Ok(Self {
            place: world.open(Arc::new(outfit)).await?,
            model,
            hands,
            directory: tempfile::TempDir::new()?,
        })
    }

    fn all(&self) -> &dyn Conversations {
        &*self.place.conversations
    }

    /// What the conversation of that number is started with.
    fn start(&self, number: u128) -> Start {
        let llm = LlmSpec {
            model: "openai/scripted".to_owned(),
            stream: true,
            ..LlmSpec::default()
        };
        let directory: PathBuf = self.directory.path().join("w");
        let workspace = WorkspaceSpec::local(directory.to_string_lossy());
        Start::new(id(number), AgentSpec::new(llm, Vec::new()), workspace)
    }

    async fn begin(&self) -> anyhow::Result<Arc<dyn Conversation>> {
        Ok(self.all().create(self.start(1)).await?)
    }
}

fn id(number: u128) -> ConversationId {
    ConversationId(Uuid::from_u128(number))
}

fn say(text: &str, run: bool) -> Command {
    Command::Say {
        message: domain::Message::user(text),
        sender: None,
        run,
    }
}

/// Says something and waits for the end of the work it leads to.
async fn work(conversation: &dyn Conversation, text: &str) -> anyhow::Result<Status> {
    conversation.command(Command::say(text)).await?;
    Ok(rest(conversation).await)
}

async fn rest(conversation: &dyn Conversation) -> Status {
    conversation
        .settled(&|status| status != Status::Running)
        .await
}

fn events(log: &dyn Log) -> anyhow::Result<Vec<Event>> {
    let mut events = Vec::new();
    for (place, entry) in log.read(0, usize::MAX)?.into_iter().enumerate() {
        anyhow::ensure!(
            entry.seq == place as u64,
            "event {place} is at {}",
            entry.seq
        );
        events.push(entry.event()?);
    }
    Ok(events)
}

fn of_kind(log: &dyn Log, kind: &str) -> anyhow::Result<usize> {
    let events = events(log)?;
    Ok(events
        .iter()
        .filter(|event| event.body.kind() == kind)
        .count())
}

fn said(reply: &Reply) -> anyhow::Result<domain::EventId> {
    let Reply::Said(id) = reply else {
        anyhow::bail!("words became {reply:?}");
    };
    Ok(id.clone())
}

/// Whether something was refused because it is not there.
fn missing<T>(result: &Result<T, CommandError>) -> bool {
    matches!(
        result,
        Err(CommandError::NotFound(_) | CommandError::Log(LogError::NotFound(_)))
    )
}

fn conflict<T>(result: &Result<T, CommandError>) -> bool {
    matches!(result, Err(CommandError::Conflict(_)))
}

fn words(event: &Event) -> Option<String> {
    let Body::Message(message) = &event.body else {
        return None;
    };
    Some(message.llm_message.text())
}
