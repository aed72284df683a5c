//! From words to the agent's last ones: one run of one conversation. Knows neither interface.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use domain::{
    Command, Content, Conversation, ConversationId, Map, Message, Role, Start, Status,
    WorkspaceSpec,
};
use http_kit::Error;
use settings::{AgentLaunchAdditions, ConversationSettings, Desk, Exposure};
use uuid::Uuid;

use super::PREFIX;
use crate::app::App;
use crate::routes::conversations::{begin, go, info};
use crate::routes::desk::{at, told};
use crate::routes::events::last_words;

/// How long a client waits for the end of a run.
const PATIENCE: Duration = Duration::from_secs(120);
/// How many letters instructions may have.
const LONGEST_INSTRUCTIONS: usize = 32_768;

/// What is asked of an agent.
pub(super) struct Question {
    /// The model that the client names.
    pub(super) model: String,
    /// What it is told beforehand.
    pub(super) instructions: Option<String>,
    /// The words of the person.
    pub(super) words: Vec<Content>,
    /// The conversation to go on with, or to make under that name.
    pub(super) conversation: Option<ConversationId>,
    /// What is kept for whoever traces it.
    pub(super) traced: Map,
}

/// What came of it.
pub(super) struct Outcome {
    pub(super) conversation: ConversationId,
    pub(super) words: String,
    pub(super) tokens: Tokens,
}

/// What the conversation has used so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) prompt: u64,
    pub(super) completion: u64,
    pub(super) cached: u64,
    pub(super) reasoning: u64,
}

/// How an agent is started for a model.
struct Recipe {
    agent: Uuid,
    additions: AgentLaunchAdditions,
    settings: ConversationSettings,
}

/// Asks, and waits for the last words.
pub(super) async fn ask(app: &App, question: Question) -> Result<Outcome, Error> {
    let recipe = recipe(app, &question).await?;
    let conversation = match question.conversation {
        None => None,
        Some(id) => match app.open(id).await {
            Ok(known) => Some(known),
            Err(refused) if refused.status() == StatusCode::NOT_FOUND => None,
            Err(refused) => return Err(refused),
        },
    };
    let conversation = match conversation {
        Some(known) => {
            let message = Message::new(Role::User, question.words);
            say(app, known, message).await?
        }
        None => start(app, question, recipe).await?,
    };
    let status = ended(app, &*conversation).await?;
    if status != Status::Finished {
        return Err(unfinished(status));
    }
    Ok(Outcome {
        conversation: conversation.id(),
        words: last_words(conversation.log()).await?,
        tokens: tokens(&*conversation),
    })
}

/// Which agent answers for the model.
async fn recipe(app: &App, question: &Question) -> Result<Recipe, Error> {
    let model = &question.model;
    let profile = model.strip_prefix(PREFIX).filter(|name| !name.is_empty());
    let Some(profile) = profile.map(str::to_owned) else {
        let said = format!("Unknown OpenHands model '{model}'. Use GET /v1/models.");
        return Err(Error::not_found(said));
    };
    let name = profile.clone();
    at(app, move |desk| desk.profile(&name, Exposure::Masked)).await?;
    let Some((agent, runs_own_model)) = at(app, active).await? else {
        let said = "No active Agent Profile; activate one to use the gateway";
        return Err(Error::conflict(said));
    };
    let instructions = question.instructions.clone();
    let length = instructions
        .as_deref()
        .map_or(0, |text| text.chars().count());
    if length > LONGEST_INSTRUCTIONS {
        return Err(Error::bad("System instructions are too long"));
    }
    let settings = at(app, |desk| desk.settings(Exposure::Masked)).await?;
    let settings = ConversationSettings::read(settings.conversation_settings);
    Ok(Recipe {
        agent,
        additions: AgentLaunchAdditions {
            system_message_suffix_append: instructions,
            skills: None,
            llm_profile_ref: (!runs_own_model).then_some(profile),
        },
        settings: settings.map_err(|faults| told(faults.into()))?,
    })
}

/// The active agent profile, and whether its agent is a program with a model of its own.
fn active(desk: &Desk) -> Result<Option<(Uuid, bool)>, settings::Error> {
    let known = desk.agent_profiles()?;
    let Some(id) = known.active_agent_profile_id else {
        return Ok(None);
    };
    let mut profiles = known.profiles.iter();
    let found = profiles.find(|profile| profile.id.as_deref() == Some(&id));
    Ok(found.and_then(|profile| {
        let id = Uuid::parse_str(&id).ok()?;
        Some((id, profile.agent_kind == "acp"))
    }))
}

/// Makes a conversation and says the words to it.
async fn start(
    app: &App,
    question: Question,
    recipe: Recipe,
) -> Result<Arc<dyn Conversation>, Error> {
    let Recipe {
        agent,
        additions,
        settings,
    } = recipe;
    let launch = at(app, move |desk| {
        desk.launch_profile(agent, Some(&additions))
    })
    .await?;
    let id = question.conversation;
    let id = id.unwrap_or_else(|| ConversationId(app.clock().uuid()));
    let directory = std::path::absolute(&app.config().workspace_path)
        .map_err(|error| Error::internal(&error))?;
    let workspace = WorkspaceSpec::local(directory.display().to_string());
    let mut start = Start::new(id, launch.agent, workspace);
    start.secrets = launch.secrets;
    start.confirmation_policy = settings.policy();
    start.security_analyzer = settings.analyzer();
    start.max_iterations = settings.max_iterations.try_into().unwrap_or(u32::MAX);
    start.rest = question.traced;
    if let Some(profile) = launch.profile {
        let profile = serde_json::to_value(profile).unwrap_or_default();
        start
            .rest
            .insert("launched_agent_profile".to_owned(), profile);
    }
    let place = app.runs().enter()?;
    let message = Message::new(Role::User, question.words);
    let first = Some((true, message.clone()));
    match begin(app, start, first, Some(place)).await? {
        Some(()) => {
            let made = info(app, id, false).await?;
            app.webhooks().changed(&made);
            app.open(id).await
        }
        // Somebody else made it meanwhile: it is gone on with.
        None => say(app, app.open(id).await?, message).await,
    }
}

/// Says more words to a conversation there is.
async fn say(
    app: &App,
    conversation: Arc<dyn Conversation>,
    message: Message,
) -> Result<Arc<dyn Conversation>, Error> {
    let say = Command::Say {
        message,
        sender: None,
        run: true,
    };
    go(app, Arc::clone(&conversation), say).await?;
    Ok(conversation)
}

/// How the run ended. Whoever stops waiting leaves it at work: it can be gone on with under its name.
async fn ended(app: &App, conversation: &dyn Conversation) -> Result<Status, Error> {
    let rests = |status| status != Status::Running;
    tokio::select! {
        status = conversation.settled(&rests) => Ok(status),
        () = tokio::time::sleep(PATIENCE) => {
            Err(Error::new(StatusCode::GATEWAY_TIMEOUT, "Agent run timed out"))
        }
        () = app.stop().cancelled() => {
            Err(Error::unavailable("The server stops; ask again when it is back"))
        }
    }
}

/// How a run is answered that did not come to its end.
fn unfinished(status: Status) -> Error {
    let said = format!("Agent run ended with status: {}", status.as_str());
    let fault = StatusCode::INTERNAL_SERVER_ERROR;
    match status {
        Status::Error | Status::Stuck => Error::new(fault, said),
        Status::Paused | Status::WaitingForConfirmation => Error::conflict(said),
        Status::Idle | Status::Running | Status::Finished | Status::Deleting => {
            let said = format!(
                "Agent run ended with unexpected status: {}",
                status.as_str()
            );
            Error::new(fault, said)
        }
    }
}

fn tokens(conversation: &dyn Conversation) -> Tokens {
    let stats = conversation.glance().stats;
    let sums = stats.usage_to_metrics.values();
    let sums = sums.filter_map(|metrics| metrics.accumulated_token_usage.as_ref());
    sums.fold(Tokens::default(), |tokens, used| Tokens {
        prompt: tokens.prompt + used.prompt_tokens,
        completion: tokens.completion + used.completion_tokens,
        cached: tokens.cached + used.cache_read_tokens,
        reasoning: tokens.reasoning + used.reasoning_tokens,
    })
}
