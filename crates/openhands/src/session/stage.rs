//! The conversation of a session: a plan until the first words, open from then on. So a session that is opened and left
//! leaves nothing behind, and its first prompt waits for no disk.

use std::sync::Arc;

use domain::{Command, CommandError, ConversationId, Conversations, Setting, Start, Stats, Status};

use super::watch::Watch;

/// The conversation of a session.
pub enum Stage {
    /// Nothing was said yet.
    Planned(Box<Start>),
    /// It is open.
    Open(Watch),
}

impl Stage {
    /// Its name.
    pub fn id(&self) -> ConversationId {
        match self {
            Self::Planned(start) => start.id,
            Self::Open(watch) => watch.conversation().id(),
        }
    }

    /// What it is started with.
    pub fn start(&self) -> Arc<Start> {
        match self {
            Self::Planned(start) => Arc::new((**start).clone()),
            Self::Open(watch) => watch.conversation().glance().start,
        }
    }

    /// What it is doing.
    pub fn status(&self) -> Status {
        match self {
            Self::Planned(_) => Status::Idle,
            Self::Open(watch) => watch.conversation().glance().status,
        }
    }

    /// What it used.
    pub fn stats(&self) -> Arc<Stats> {
        match self {
            Self::Planned(_) => Arc::default(),
            Self::Open(watch) => watch.conversation().glance().stats,
        }
    }

    /// How many events it has.
    pub fn events(&self) -> u64 {
        match self {
            Self::Planned(_) => 0,
            Self::Open(watch) => watch.conversation().log().len(),
        }
    }

    /// Whether the person said anything yet.
    pub fn spoken(&self) -> bool {
        match self {
            Self::Planned(_) => false,
            Self::Open(watch) => watch.conversation().glance().last_user_message.is_some(),
        }
    }

    /// Opens it, if it is not open yet; says whether it began just now.
    pub async fn begin(&mut self, all: &dyn Conversations) -> Result<bool, CommandError> {
        let Self::Planned(start) = self else {
            return Ok(false);
        };
        let conversation = all.create((**start).clone()).await?;
        *self = Self::Open(Watch::new(&conversation, 0));
        Ok(true)
    }

    /// Changes a setting.
    pub async fn change(&mut self, setting: Setting) -> Result<(), CommandError> {
        match self {
            Self::Planned(start) => {
                replan(start, setting);
                Ok(())
            }
            Self::Open(watch) => {
                let command = Command::Update(setting);
                watch.conversation().command(command).await.map(|_| ())
            }
        }
    }
}

fn replan(start: &mut Start, setting: Setting) {
    match setting {
        Setting::ConfirmationPolicy(policy) => start.confirmation_policy = policy,
        Setting::SecurityAnalyzer(analyzer) => start.security_analyzer = analyzer,
        Setting::Secrets(secrets) => start.secrets.extend(secrets),
        Setting::Llm(spec) => start.agent.llm = *spec,
        Setting::Context {
            agent_context,
            mcp_config,
            hook_config,
        } => {
            start.agent.agent_context = agent_context;
            start.agent.mcp_config = mcp_config;
            start.hook_config = hook_config;
        }
        Setting::Tags(tags) => start.tags = tags,
        Setting::Title(title) => start.title = Some(title),
        Setting::MaxIterations(limit) => start.max_iterations = limit,
        Setting::Budget(budget) => start.max_budget_per_run = budget,
    }
}
