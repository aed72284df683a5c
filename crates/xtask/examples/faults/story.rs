//! A whole conversation whose machine dies again and again, and what must hold of it each time.
//!
//! Everything is real but the disk, the model and the tools. The model counts replies, so it goes on where the log
//! says; the tools remember across every crash what they were made to do.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agent::{Local, Ports};
use bytes::Bytes;
use domain::{
    AgentSpec, Body, Command, CommandError, Conversation, ConversationId, Conversations as _,
    Entry, EventId, Executor, Journal, Llm, LlmError, LlmSpec, Log, LogError, Outfit, Reply,
    Resources, Start, Status, WorkspaceSpec,
};
use serde_json::json;
use store::{Files, Options, Writing};
use testkit::clock::Frozen;
use testkit::disk::{Dice, SimDisk};
use testkit::hands::{Scripted, Tool, told};
use testkit::model::{InProcess, Script};
use uuid::Uuid;

const ID: ConversationId = ConversationId(Uuid::from_u128(7));

/// Longer than any round takes, however slow the machine: what is not over then never will be.
const FOREVER: Duration = Duration::from_secs(60);

/// Tells the story of a seed; says how often the machine died, or what was wrong.
pub fn tell(seed: u64) -> Result<u64, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| format!("no runtime: {error}"))?;
    let mut story = Story::new(seed);
    let most = 2 + story.dice.below(8);
    let mut crashes = 0;
    while crashes < most && !story.finished {
        story.set_traps();
        story.round(&runtime)?;
        story.restart();
        crashes += 1;
    }
    story.calm = true;
    story.round(&runtime)?;
    story.end()?;
    Ok(crashes)
}

struct Story {
    dice: Dice,
    disk: SimDisk,
    script: Script,
    at_once: u32,
    done: Arc<Ledger>,
    /// What was acknowledged, in order.
    seen: Vec<Bytes>,
    created: bool,
    said: Option<EventId>,
    finished: bool,
    /// The last life: nothing breaks and nobody cuts in.
    calm: bool,
}

/// How often each call was carried out, in all lives.
#[derive(Default)]
struct Ledger(Mutex<BTreeMap<String, u32>>);

impl Ledger {
    fn calls(&self) -> MutexGuard<'_, BTreeMap<String, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        Self {
            disk: SimDisk::new(dice.any()),
            script: script(&mut dice),
            at_once: 1 + u32::from(dice.one_in(2)) * 2,
            done: Arc::default(),
            seen: Vec::new(),
            created: false,
            said: None,
            finished: false,
            calm: false,
            dice,
        }
    }

    fn set_traps(&mut self) {
        let crash = 1 + self.dice.below(40);
        self.disk.crash_in(crash);
        if self.dice.one_in(5) {
            let sync = 1 + self.dice.below(20);
            self.disk.fail_sync_in(sync);
        }
        if self.dice.one_in(6) {
            let room = self.dice.below(20_000);
            self.disk.set_room(Some(room));
        }
    }

    fn restart(&mut self) {
        self.disk = if self.dice.one_in(3) {
            self.disk.kill()
        } else {
            self.disk.cut_power()
        };
    }

    /// One life: opens the conversation, checks it, and lets it work until it rests or the machine dies.
    fn round(&mut self, runtime: &tokio::runtime::Runtime) -> Result<(), String> {
        runtime.block_on(async {
            match tokio::time::timeout(FOREVER, self.live()).await {
                Ok(lived) => lived,
                Err(_) => Err("it hangs".to_owned()),
            }
        })
    }

    async fn live(&mut self) -> Result<(), String> {
        let Some(place) = self.place()? else {
            return Ok(());
        };
        let conversation = match place.open(ID).await {
            Err(CommandError::Log(LogError::NotFound(_))) if !self.created => {
                match place.create(self.start()).await {
                    Ok(conversation) => conversation,
                    Err(error) => return fault(error),
                }
            }
            Ok(conversation) => conversation,
            Err(error) => return fault(error),
        };
        self.created = true;
        let log = conversation.log();
        self.check(&*log)?;
        let orders = 1 + self.dice.below(3);
        for _ in 0..orders {
            if self.finished || !self.order(&*conversation).await? {
                break;
            }
            if !self.watch(&*conversation, &*log).await? {
                break;
            }
        }
        self.check(&*log)
    }

    /// The conversations on the disk as it is now; nothing if a fault comes first.
    fn place(&mut self) -> Result<Option<Local>, String> {
        let options = Options {
            segment_bytes: 2_000 + self.dice.below(20_000),
            reserve_least: self.dice.below(3) * 1_000,
            reserve_most: 8_000,
            writing: Writing::Inline,
        };
        let disk = Arc::new(self.disk.clone());
        let files = match Files::with(Path::new("/home"), disk, options) {
            Ok(files) => files,
            Err(LogError::Io { .. }) => return Ok(None),
            Err(error) => return Err(format!("the place cannot be opened: {error}")),
        };
        Ok(Some(Local::new(Ports {
            journal: Arc::new(files) as Arc<dyn Journal>,
            outfit: Arc::new(Outfitter {
                script: self.script.clone(),
                done: Arc::clone(&self.done),
            }),
            clock: Arc::new(Frozen::new(self.dice.any())),
            vault: Arc::new(store::NoVault),
        })))
    }

    fn start(&self) -> Start {
        let mut agent = AgentSpec::new(LlmSpec::default(), Vec::new());
        agent.tool_concurrency_limit = self.at_once;
        Start {
            stuck_detection: false,
            ..Start::new(ID, agent, WorkspaceSpec::local("/workspace"))
        }
    }

    /// Asks it to work; says whether it does.
    async fn order(&mut self, conversation: &dyn Conversation) -> Result<bool, String> {
        let fresh = conversation.glance().last_user_message.is_none();
        let command = if fresh {
            Command::say("Go.")
        } else {
            Command::Run
        };
        match conversation.command(command).await {
            Ok(Reply::Said(id)) => self.said = Some(id),
            Ok(Reply::Done | Reply::Answer(_)) => {}
            // It finished, and only the machine died before anyone heard of it.
            Err(CommandError::Conflict(_)) if conversation.glance().status == Status::Finished => {
                self.finished = true;
                return Ok(false);
            }
            Err(error) => {
                fault(error)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads what becomes durable until it rests; sometimes cuts in. Says whether the log still works.
    async fn watch(
        &mut self,
        conversation: &dyn Conversation,
        log: &dyn Log,
    ) -> Result<bool, String> {
        let cut_in = self.seen.len() as u64 + self.dice.below(24);
        let mut cuts = !self.calm && self.dice.one_in(2);
        let rests = |status| !matches!(status, Status::Idle | Status::Running);
        loop {
            let past = self.seen.len() as u64;
            let status = tokio::select! {
                biased;
                grown = log.grown(past) => match grown {
                    Ok(_) => None,
                    Err(_) => return Ok(false),
                },
                status = conversation.settled(&rests) => Some(status),
            };
            if !self.hear(log)? {
                return Ok(false);
            }
            if let Some(status) = status {
                self.finished = status == Status::Finished;
                return Ok(true);
            }
            if cuts && self.seen.len() as u64 >= cut_in {
                cuts = false;
                let command = if self.dice.one_in(2) {
                    Command::Pause
                } else {
                    Command::Interrupt
                };
                match conversation.command(command).await {
                    Ok(_) | Err(CommandError::Conflict(_)) => {}
                    Err(error) => return fault(error).map(|()| false),
                }
            }
        }
    }

    /// Takes in what is durable beyond what was seen. Says whether it could be read.
    fn hear(&mut self, log: &dyn Log) -> Result<bool, String> {
        match log.read(self.seen.len() as u64, usize::MAX) {
            Ok(entries) => {
                self.seen
                    .extend(entries.into_iter().map(|entry| entry.json));
                Ok(true)
            }
            Err(LogError::Io { .. } | LogError::Closed(_)) => Ok(false),
            Err(error) => Err(format!("reading on: {error}")),
        }
    }

    /// All that was ever acknowledged is there, where it was and as it was.
    fn check(&mut self, log: &dyn Log) -> Result<(), String> {
        if self.disk.is_dead() {
            return Ok(());
        }
        let entries = match log.read(0, usize::MAX) {
            Ok(entries) => entries,
            Err(LogError::Io { .. } | LogError::Closed(_)) => return Ok(()),
            Err(error) => return Err(format!("reading: {error}")),
        };
        if entries.len() < self.seen.len() {
            let lost = self.seen.len() - entries.len();
            return Err(format!("{lost} acknowledged events are lost"));
        }
        for (at, (entry, seen)) in entries.iter().zip(&self.seen).enumerate() {
            if entry.json != *seen || entry.seq != at as u64 {
                return Err(format!("event {at} is not what it was"));
            }
        }
        if let Some(said) = &self.said
            && !matches!(log.find(said), Ok(Some(_)))
        {
            return Err("an acknowledged message is lost".to_owned());
        }
        self.seen = entries.into_iter().map(|entry| entry.json).collect();
        self.each_call_ran_once()
    }

    fn each_call_ran_once(&self) -> Result<(), String> {
        let calls = self.done.calls();
        match calls.iter().find(|(_, times)| **times > 1) {
            Some((call, times)) => Err(format!("{call} was carried out {times} times")),
            None => Ok(()),
        }
    }

    /// After the last life: the conversation got to its end, and what was done is what it says was done.
    fn end(&self) -> Result<(), String> {
        if !self.finished {
            return Err("it does not finish although nothing is broken any more".to_owned());
        }
        let mut results: BTreeMap<String, u32> = BTreeMap::new();
        let mut actions = Vec::new();
        for (at, json) in self.seen.iter().enumerate() {
            let entry = Entry {
                seq: at as u64,
                json: json.clone(),
            };
            let event = entry
                .event()
                .map_err(|error| format!("event {at}: {error}"))?;
            if let Body::Action(action) = event.body {
                actions.push(action.tool_call_id);
            } else if let Body::Observation(result) = event.body {
                *results.entry(result.tool_call_id).or_default() += 1;
            } else if let Body::AgentError(result) = event.body {
                *results.entry(result.tool_call_id).or_default() += 1;
            }
        }
        if let Some(call) = actions.iter().find(|call| results.get(*call) != Some(&1)) {
            let times = results.get(call).copied().unwrap_or_default();
            return Err(format!("{call} has {times} results"));
        }
        if let Some(call) = self
            .done
            .calls()
            .keys()
            .find(|call| !actions.contains(call))
        {
            return Err(format!("{call} was carried out, and nothing says so"));
        }
        Ok(())
    }
}

/// A refusal that a broken disk explains; any other is wrong.
fn fault(error: CommandError) -> Result<(), String> {
    let broken = matches!(
        error,
        CommandError::Log(LogError::Io { .. } | LogError::Closed(_)) | CommandError::Closed
    );
    if broken {
        Ok(())
    } else {
        Err(format!("refused: {error}"))
    }
}

/// A few replies of one to three calls each, none like another, and an end that can be asked for again.
fn script(dice: &mut Dice) -> Script {
    let mut script = Script::new().by_history();
    for step in 0..2 + dice.below(8) {
        for call in 0..1 + dice.below(3) {
            script = script.calls("mark", json!({ "mark": format!("{step}.{call}") }));
        }
        script = script.then();
    }
    script.forever(Script::new().calls("finish", json!({"message": "Done."})))
}

/// Makes the model and the tools of each life.
struct Outfitter {
    script: Script,
    done: Arc<Ledger>,
}

impl Outfit for Outfitter {
    fn llm(&self, _: &LlmSpec) -> Result<Arc<dyn Llm>, LlmError> {
        Ok(Arc::new(InProcess::new(self.script.clone()).forgetful()))
    }

    fn executor(&self, _: &Start, _: &Path) -> Result<Arc<dyn Executor>, CommandError> {
        let done = Arc::clone(&self.done);
        let mark = Tool::new("mark", move |call, _| {
            *done.calls().entry(call.id.to_owned()).or_default() += 1;
            Box::pin(async {
                // The machine may die while it runs.
                tokio::task::yield_now().await;
                Ok(told("MarkObservation", "marked"))
            })
        });
        let hands = Scripted::new()
            .with(mark.with_resources(Resources::None))
            .with(Tool::finish());
        Ok(Arc::new(hands))
    }
}
