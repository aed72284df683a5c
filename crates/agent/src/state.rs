//! The fold of the log: the only thing that changes, and it changes only in `apply`.
//! Knows no clock, no port and no model.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use bytes::Bytes;
use domain::{
    ConfirmationPolicy, Draft, EventId, Fact, Glance, GoalStatus, Ledger, Source, Start, Stats,
    Status,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::glimpse::{Glimpse, Sight};
use crate::stuck::Circles;
use crate::tree::Tree;

#[cfg(test)]
mod tests;

/// Everything that is known of a conversation.
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) start: Arc<Start>,
    pub(crate) status: Status,
    pub(crate) tree: Tree,
    pub(crate) pending: Vec<Pending>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) goal: Option<Arc<GoalStatus>>,
    pub(crate) circles: Circles,
    pub(crate) last_user_message: Option<EventId>,
    /// The place of the first.
    pub(crate) first_user_message: Option<u64>,
    /// When it last changed, as far as the log says: microseconds since the Unix epoch.
    pub(crate) touched: i64,
    /// The place of the last event that speaks for the person or the engine, and whether it holds images.
    pub(crate) last_words: Option<LastWords>,
    /// Replies of the model since the run began.
    pub(crate) iterations: u32,
    last_reply: Option<String>,
    /// Names of calls and replies that are taken, hashed.
    names: HashSet<u64>,
    /// Where standing instructions stand.
    systems: Vec<u64>,
    /// Whether the history is to be shortened before the model is asked again.
    pub(crate) condensation_requested: bool,
    /// Whether the branch has its standing instructions.
    pub(crate) prompted: bool,
    /// Grows whenever the active branch changed other than by growing.
    pub(crate) upheavals: u64,
}

/// A call on the active branch that has no result yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The event of the action.
    pub id: EventId,
    /// The tool.
    pub tool: String,
    /// The model's name for the call.
    pub call: String,
    /// The event, as it was recorded.
    pub(crate) json: Bytes,
}

/// The last thing said to the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastWords {
    pub place: u64,
    pub images: bool,
}

impl State {
    /// Before the first record.
    pub fn new(start: Start) -> Self {
        Self {
            touched: start.created_at,
            start: Arc::new(start),
            status: Status::Idle,
            tree: Tree::default(),
            pending: Vec::new(),
            stats: Arc::default(),
            ledger: Arc::default(),
            goal: None,
            circles: Circles::default(),
            last_user_message: None,
            first_user_message: None,
            last_words: None,
            iterations: 0,
            last_reply: None,
            names: HashSet::new(),
            systems: Vec::new(),
            condensation_requested: false,
            prompted: false,
            upheavals: 0,
        }
    }

    /// As a note has it: everything but the events.
    pub(crate) fn noted(glance: &Glance) -> Self {
        let mut state = Self::new(Start::clone(&glance.start));
        state.status = glance.status;
        state.stats = Arc::clone(&glance.stats);
        state.ledger = Arc::clone(&glance.ledger);
        state.goal.clone_from(&glance.goal);
        state
            .last_user_message
            .clone_from(&glance.last_user_message);
        state.touched = glance.updated_at;
        state
    }

    /// At a glance, as far as the log says.
    pub(crate) fn glance(&self) -> Glance {
        Glance {
            status: self.status,
            stats: Arc::clone(&self.stats),
            start: Arc::clone(&self.start),
            leaf: self.leaf().cloned(),
            last_user_message: self.last_user_message.clone(),
            updated_at: self.touched,
            head_is_empty: self.tree.head_is_empty(),
            ledger: Arc::clone(&self.ledger),
            goal: self.goal.clone(),
        }
    }

    /// What the conversation is doing.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Calls without a result.
    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    /// How many events there are.
    pub fn len(&self) -> u64 {
        self.tree.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tree.len() == 0
    }

    /// The leaf of the active branch.
    pub fn leaf(&self) -> Option<&EventId> {
        self.tree.leaf()
    }

    /// Takes in one record: its fact first, then its event.
    pub fn apply(&mut self, draft: &Draft) -> Result<(), serde_json::Error> {
        if let Some(fact) = &draft.fact {
            self.apply_fact(Fact::parse(fact)?);
        }
        if let Some((_, json)) = &draft.event {
            let glimpse = Glimpse::parse(json)?;
            self.apply_event(&glimpse, json);
        }
        Ok(())
    }

    fn apply_fact(&mut self, fact: Fact) {
        match fact {
            Fact::Created { start } => {
                self.start = Arc::from(start);
            }
            Fact::Used { usage } => {
                self.touched = self.touched.max((usage.timestamp * 1e6) as i64);
                Arc::make_mut(&mut self.stats).record(&usage);
            }
            Fact::Stats { stats } => self.stats = Arc::new(stats),
            Fact::Head { event } => {
                let moves = self.tree.leaf() != event.as_ref();
                if moves && self.tree.navigate(event.as_ref()) {
                    self.change_branch();
                }
            }
            Fact::Llm { spec, condenser } => {
                let agent = &mut self.start_mut().agent;
                agent.llm = *spec;
                if condenser.is_some() {
                    agent.condenser = condenser;
                }
            }
            Fact::Secrets { secrets } => self.start_mut().secrets.extend(secrets),
            Fact::Title { title } => self.start_mut().title = Some(title),
            Fact::Context {
                agent_context,
                mcp_config,
                hook_config,
            } => {
                let start = self.start_mut();
                start.agent.agent_context = agent_context;
                start.agent.mcp_config = mcp_config;
                start.hook_config = hook_config;
            }
            Fact::Limits {
                max_iterations,
                max_budget_per_run,
            } => {
                let start = self.start_mut();
                start.max_iterations = max_iterations;
                start.max_budget_per_run = max_budget_per_run;
            }
        }
    }

    fn apply_event(&mut self, glimpse: &Glimpse<'_>, json: &Bytes) {
        let place = self.tree.len();
        let continues = !glimpse.moves_leaf() || self.follows_leaf(glimpse);
        self.tree.grow(
            glimpse.id.clone(),
            glimpse.parent.as_ref(),
            glimpse.moves_leaf(),
        );
        if !continues {
            self.change_branch();
        }
        match &glimpse.sight {
            Sight::System => {
                self.systems.push(place);
                self.prompted = true;
            }
            Sight::Message {
                images,
                reply,
                skills,
            } => {
                for name in skills {
                    let ledger = Arc::make_mut(&mut self.ledger);
                    add(&mut ledger.activated_knowledge_skills, name);
                }
                if let Some(reply) = reply {
                    self.count_reply(reply);
                }
                self.apply_words(glimpse, place, *images);
            }
            Sight::Action {
                call,
                tool,
                valid,
                print,
                reply,
            } => {
                self.count_reply(reply);
                self.names.insert(hashed(call));
                self.circles.action(*print, tool);
                let json = if *valid { json.clone() } else { Bytes::new() };
                self.pending.push(Pending {
                    id: glimpse.id.clone(),
                    tool: tool.to_string(),
                    call: call.to_string(),
                    json,
                });
            }
            Sight::Result {
                call,
                action,
                failed,
                print,
                skill,
            } => {
                if let Some(name) = skill {
                    add(&mut Arc::make_mut(&mut self.ledger).invoked_skills, name);
                }
                self.circles.result(*print, *failed, glimpse.id.clone());
                self.pending
                    .retain(|p| action.as_ref() != Some(&p.id) && p.call != **call);
            }
            Sight::Condensation => {
                self.upheavals += 1;
                self.condensation_requested = false;
            }
            Sight::CondensationRequest => self.condensation_requested = true,
            Sight::State { key, value } => self.apply_setting(key, value),
            Sight::Other => {}
        }
    }

    /// The active branch is another one: what was known of the old one does not hold.
    fn change_branch(&mut self) {
        self.upheavals += 1;
        self.pending.clear();
        self.circles.person_words();
        self.condensation_requested = false;
        self.last_words = None;
        let branch = self.tree.branch();
        self.prompted = self
            .systems
            .iter()
            .any(|place| branch.binary_search(place).is_ok());
    }

    /// Calls of one batch share their reply's id.
    fn count_reply(&mut self, reply: &str) {
        if self.last_reply.as_deref() != Some(reply) {
            self.iterations += 1;
            self.last_reply = Some(reply.to_owned());
            self.names.insert(hashed(reply));
        }
    }

    fn follows_leaf(&self, glimpse: &Glimpse<'_>) -> bool {
        match &glimpse.parent {
            Some(parent) if parent.is_root() => self.tree.leaf().is_none(),
            Some(parent) => self.tree.leaf() == Some(parent) || self.tree.place(parent).is_none(),
            None => true,
        }
    }

    fn apply_words(&mut self, glimpse: &Glimpse<'_>, place: u64, images: bool) {
        match glimpse.source {
            Source::User => {
                self.last_user_message = Some(glimpse.id.clone());
                self.first_user_message.get_or_insert(place);
                self.circles.person_words();
                self.last_words = Some(LastWords { place, images });
            }
            Source::Agent => self.circles.agent_words(),
            Source::Environment | Source::Hook => {
                self.circles.engine_words();
                self.last_words = Some(LastWords {
                    place,
                    images: false,
                });
            }
        }
    }

    /// A value that cannot be read changes nothing.
    fn apply_setting(&mut self, key: &str, value: &str) {
        match key {
            "execution_status" => {
                if let Some(status) = read(value) {
                    self.enter(status);
                }
            }
            "confirmation_policy" => {
                if let Some(policy) = read::<ConfirmationPolicy>(value) {
                    self.start_mut().confirmation_policy = policy;
                }
            }
            "security_analyzer" => {
                if let Some(analyzer) = read::<Option<Value>>(value) {
                    self.start_mut().security_analyzer = analyzer;
                }
            }
            "tags" => {
                if let Some(tags) = read::<BTreeMap<String, String>>(value) {
                    self.start_mut().tags = tags;
                }
            }
            "goal" => {
                if let Some(goal) = read::<GoalStatus>(value) {
                    self.goal = Some(Arc::new(goal));
                }
            }
            _ => self.keep_in_ledger(key, value),
        }
    }

    fn keep_in_ledger(&mut self, key: &str, value: &str) {
        let set = |ledger: &mut Arc<Ledger>| {
            let ledger = Arc::make_mut(ledger);
            match key {
                "activated_knowledge_skills" => {
                    ledger.activated_knowledge_skills = read(value)?;
                }
                "activated_path_rules" => ledger.activated_path_rules = read(value)?,
                "invoked_skills" => ledger.invoked_skills = read(value)?,
                "blocked_actions" => ledger.blocked_actions = read(value)?,
                "blocked_messages" => ledger.blocked_messages = read(value)?,
                "agent_state" => ledger.agent_state = read(value)?,
                _ => {}
            }
            Some(())
        };
        set(&mut self.ledger);
    }

    fn enter(&mut self, status: Status) {
        if status == Status::Running && self.status != Status::Running {
            self.iterations = 0;
            if self.status == Status::Stuck {
                // Whoever starts a stuck run again wants it to go on.
                self.circles.person_words();
            }
        }
        self.status = status;
    }

    fn start_mut(&mut self) -> &mut Start {
        Arc::make_mut(&mut self.start)
    }

    /// Whether a call or a reply of that name was seen.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.names.contains(&hashed(name))
    }

    /// Calls that never became actions are reported at once, so only valid ones can be carried out.
    pub(crate) fn runnable(&self) -> Vec<&Pending> {
        self.pending.iter().filter(|p| !p.json.is_empty()).collect()
    }
}

/// Each name once, in the order in which they came.
fn add(names: &mut Vec<String>, name: &str) {
    if names.iter().all(|known| known != name) {
        names.push(name.to_owned());
    }
}

fn read<T: DeserializeOwned>(json: &str) -> Option<T> {
    serde_json::from_str(json).ok()
}

fn hashed(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
