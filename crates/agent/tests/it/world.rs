//! A place to try a conversation in: everything real but the model, the hands, the disk and the clock.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use agent::{Local, Ports};
use domain::{
    AgentSpec, Body, CommandError, ConfirmationPolicy, Conversation, ConversationId,
    Conversations as _, Event, Executor, Fut, Llm, LlmError, LlmSpec, Lookup, LookupError, Outfit,
    Secret, SecretSource, Start, Status, Vault, WorkspaceSpec,
};
use testkit::clock::Frozen;
use testkit::hands::{Called, Scripted, Tool};
use testkit::log::Memory;
use testkit::model::{InProcess, Script};
use uuid::Uuid;

pub(crate) struct World {
    pub(crate) model: Arc<InProcess>,
    pub(crate) hands: Arc<Scripted>,
    pub(crate) journal: Arc<Memory>,
    pub(crate) local: Local,
    pub(crate) start: Start,
    clock: Arc<Frozen>,
    /// Models beside the agent's own, by whose use they are for.
    others: BTreeMap<String, Arc<InProcess>>,
    lookup: Option<Arc<dyn Lookup>>,
}

struct Fixed {
    lookup: Option<Arc<dyn Lookup>>,
    model: Arc<dyn Llm>,
    others: BTreeMap<String, Arc<InProcess>>,
    hands: Arc<Scripted>,
}

impl Outfit for Fixed {
    fn llm(&self, spec: &LlmSpec) -> Result<Arc<dyn Llm>, LlmError> {
        let other = self.others.get(&spec.usage_id);
        Ok(other.map_or_else(
            || Arc::clone(&self.model),
            |other| Arc::clone(other) as Arc<dyn Llm>,
        ))
    }

    fn lookup(&self) -> Option<Arc<dyn Lookup>> {
        self.lookup.clone()
    }

    fn executor(&self, _: &Start, _: &Path) -> Result<Arc<dyn Executor>, CommandError> {
        Ok(Arc::clone(&self.hands) as Arc<dyn Executor>)
    }
}

/// Gives what it was told to for every address it knows, and remembers who asked.
#[derive(Default)]
pub(crate) struct Addresses {
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) asked: Mutex<Vec<String>>,
}

impl Lookup for Addresses {
    fn fetch<'a>(
        &'a self,
        url: &'a str,
        headers: &'a BTreeMap<String, Secret>,
    ) -> Fut<'a, Result<Secret, LookupError>> {
        let keys: Vec<&str> = headers.values().filter_map(Secret::expose).collect();
        let asked = format!("{url} {}", keys.join(","));
        self.asked.lock().unwrap().push(asked);
        let value = self
            .values
            .get(url)
            .map(|value| Secret::from(value.as_str()));
        Box::pin(async move { value.ok_or_else(|| LookupError("nobody there".to_owned())) })
    }
}

/// Turns the text around: enough to see whether something was sealed.
pub(crate) struct Mirror;

impl Vault for Mirror {
    fn seal(&self, plain: &str) -> Option<String> {
        Some(format!("gAAAAA{}", plain.chars().rev().collect::<String>()))
    }

    fn unseal(&self, token: &str) -> Option<String> {
        token
            .strip_prefix("gAAAAA")
            .map(|text| text.chars().rev().collect())
    }
}

impl World {
    /// With a tool that echoes and one that finishes.
    pub(crate) fn new(script: Script) -> Self {
        Self::with(
            script,
            Scripted::new()
                .with(Tool::echo("echo"))
                .with(Tool::finish()),
        )
    }

    pub(crate) fn with(script: Script, hands: Scripted) -> Self {
        let (model, hands) = (Arc::new(InProcess::new(script)), Arc::new(hands));
        let (journal, clock) = (Arc::new(Memory::new()), Arc::new(Frozen::new(7)));
        let spec = AgentSpec::new(
            LlmSpec {
                model: "scripted".to_owned(),
                ..LlmSpec::default()
            },
            Vec::new(),
        );
        let start = Start::new(
            ConversationId(Uuid::from_u128(1)),
            spec,
            WorkspaceSpec::local("/work"),
        );
        let others = BTreeMap::new();
        let local = local(
            &(Arc::clone(&model) as _),
            &others,
            None,
            &hands,
            &journal,
            &clock,
        );
        Self {
            lookup: None,
            others,
            model,
            hands,
            journal,
            local,
            start,
            clock,
        }
    }

    pub(crate) fn confirming(script: Script) -> Self {
        let mut world = Self::new(script);
        world.start.confirmation_policy = ConfirmationPolicy::AlwaysConfirm;
        world
    }

    /// From now on another model answers.
    pub(crate) fn replace_model(&mut self, model: Arc<dyn Llm>) {
        self.local = local(
            &model,
            &self.others,
            self.lookup.clone(),
            &self.hands,
            &self.journal,
            &self.clock,
        );
    }

    /// Another model answers what is asked for that use.
    pub(crate) fn beside(mut self, usage_id: &str, model: InProcess) -> Self {
        self.others.insert(usage_id.to_owned(), Arc::new(model));
        self.replace_model(Arc::clone(&self.model) as _);
        self
    }

    /// Secrets may be fetched.
    pub(crate) fn fetching(mut self, lookup: Arc<dyn Lookup>) -> Self {
        self.lookup = Some(lookup);
        self.replace_model(Arc::clone(&self.model) as _);
        self
    }

    /// A model beside the agent's own.
    pub(crate) fn other(&self, usage_id: &str) -> &InProcess {
        &self.others[usage_id]
    }

    pub(crate) fn at_once(mut self, limit: u32) -> Self {
        self.start.agent.tool_concurrency_limit = limit;
        self
    }

    pub(crate) fn with_secret(mut self, name: &str, value: &str) -> Self {
        let source = SecretSource::StaticSecret {
            description: None,
            value: Some(value.into()),
        };
        self.start.secrets = BTreeMap::from([(name.to_owned(), source)]);
        self
    }

    pub(crate) fn fresh_id(&self) -> ConversationId {
        ConversationId(Uuid::from_u128(2))
    }

    pub(crate) async fn start(&self) -> Arc<dyn Conversation> {
        self.local.create(self.start.clone()).await.unwrap()
    }

    /// The machine goes down and comes up again; the conversation is opened anew.
    pub(crate) async fn crash_and_reopen(&mut self) -> Arc<dyn Conversation> {
        self.journal.crash();
        self.reopen().await
    }

    /// The machine comes up again.
    pub(crate) async fn reopen(&mut self) -> Arc<dyn Conversation> {
        self.journal.restart();
        self.replace_model(Arc::clone(&self.model) as _);
        self.local.open(self.start.id).await.unwrap()
    }

    /// Waits until nothing is under way.
    pub(crate) async fn settled(&self, conversation: &dyn Conversation) -> Status {
        let settled = conversation.settled(&|status| status != Status::Running);
        patient(settled, "nothing settles").await
    }

    /// Waits until the model was asked so often.
    pub(crate) async fn asked(&self, times: usize) {
        let asked = async {
            while self.model.asked() < times {
                tokio::task::yield_now().await;
            }
        };
        patient(asked, "the model is not asked").await;
    }

    /// Waits until something holds.
    pub(crate) async fn until_true(&self, holds: impl Fn() -> bool) {
        let holding = async {
            while !holds() {
                tokio::task::yield_now().await;
            }
        };
        patient(holding, "it does not come true").await;
    }

    /// Waits for an event of a kind.
    pub(crate) async fn grown_to(&self, conversation: &dyn Conversation, kind: &str) {
        let log = conversation.log();
        let mut seen = 0;
        while self.count(conversation, kind) == 0 {
            seen = patient(log.grown(seen), "the log does not grow")
                .await
                .unwrap();
        }
    }

    /// Waits until something holds of the calls of the hands.
    pub(crate) async fn until(&self, holds: impl Fn(&[Called]) -> bool) -> Vec<Called> {
        patient(self.hands.until(holds), "the hands do not get there").await
    }

    /// Waits until so many calls have begun.
    pub(crate) async fn begun(&self, count: usize) -> Vec<Called> {
        self.until(|calls| calls.len() >= count).await
    }

    pub(crate) fn events(&self, conversation: &dyn Conversation) -> Vec<Event> {
        let entries = conversation.log().read(0, usize::MAX).unwrap();
        entries.iter().map(|entry| entry.event().unwrap()).collect()
    }

    pub(crate) fn count(&self, conversation: &dyn Conversation, kind: &str) -> usize {
        self.events(conversation)
            .iter()
            .filter(|event| event.body.kind() == kind)
            .count()
    }

    pub(crate) fn texts(&self, conversation: &dyn Conversation) -> Vec<String> {
        let words = |event: Event| {
            if let Body::Message(words) = event.body {
                Some(words.llm_message.text())
            } else {
                None
            }
        };
        self.events(conversation)
            .into_iter()
            .filter_map(words)
            .collect()
    }

    /// Compares the whole log, one line an event.
    #[track_caller]
    pub(crate) fn expect(&self, conversation: &dyn Conversation, wanted: &str) {
        let lines: Vec<String> = self.events(conversation).iter().map(line).collect();
        assert_eq!(lines.join("\n"), trimmed(wanted).join("\n"));
    }

    /// Compares the end of the log.
    #[track_caller]
    pub(crate) fn expect_end(&self, conversation: &dyn Conversation, wanted: &str) {
        let lines: Vec<String> = self.events(conversation).iter().map(line).collect();
        let wanted = trimmed(wanted);
        let from = lines.len().saturating_sub(wanted.len());
        assert_eq!(lines[from..].join("\n"), wanted.join("\n"));
    }
}

fn local(
    model: &Arc<dyn Llm>,
    others: &BTreeMap<String, Arc<InProcess>>,
    lookup: Option<Arc<dyn Lookup>>,
    hands: &Arc<Scripted>,
    journal: &Arc<Memory>,
    clock: &Arc<Frozen>,
) -> Local {
    Local::new(Ports {
        journal: Arc::clone(journal) as _,
        outfit: Arc::new(Fixed {
            lookup,
            model: Arc::clone(model),
            others: others.clone(),
            hands: Arc::clone(hands),
        }),
        clock: Arc::clone(clock) as _,
        vault: Arc::new(Mirror),
    })
}

fn trimmed(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).collect()
}

fn line(event: &Event) -> String {
    let who = format!("{:?}", event.source).to_lowercase();
    match &event.body {
        Body::StateUpdate(update) if update.key == "execution_status" => {
            format!("state execution_status {}", update.value.as_str().unwrap())
        }
        Body::StateUpdate(update) => format!("state {}", update.key),
        Body::Message(words) => format!("MessageEvent {who} {}", words.llm_message.text()),
        Body::Action(action) => format!(
            "ActionEvent {} {}",
            action.tool_name,
            action.summary.as_deref().unwrap_or("-")
        ),
        Body::Observation(result) => format!("ObservationEvent {}", result.tool_name),
        Body::AgentError(error) => format!("AgentErrorEvent {} {}", error.tool_name, error.error),
        Body::ConversationError(error) => {
            format!("ConversationErrorEvent {} {}", error.code, error.detail)
        }
        other => format!("{} {who}", other.kind()),
    }
}

/// A test that waits in vain ends with the reason instead of never.
async fn patient<T>(what: impl Future<Output = T>, otherwise: &str) -> T {
    match tokio::time::timeout(std::time::Duration::from_secs(30), what).await {
        Ok(done) => done,
        Err(_) => panic!("{otherwise}"),
    }
}
