//! Any commands in any order, while models hesitate, tools break, disks fill up and machines go down: whatever
//! happens, what was promised holds. Seeded; `PROPTEST_RNG_SEED` tries another weather.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use agent::State;
use domain::{
    Body, ClientTool, Command, CommandError, Condenser, ConfirmationPolicy, Conversation,
    Conversations as _, Draft, Event, EventId, Goal, LlmSpec, Reply, Role, SecretSource, Setting,
    Status, Summarizing,
};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use serde_json::json;
use testkit::gate::Gate;
use testkit::hands::{Scripted, Tool};
use testkit::log::Crash;
use testkit::model::{Cause, InProcess, Script};
use tokio::task::JoinSet;

use crate::world::World;

/// What the model does when it is asked.
#[derive(Clone, Debug)]
enum Turn {
    Counts(u8),
    Hesitates,
    Waits,
    Breaks,
    AsksClient,
    FinishesAtOnce,
    Finishes,
    Says,
    SaysLate,
    Thinks,
    Raves,
    Fails(Cause),
}

/// What the person, the disk or the machine does.
#[derive(Clone, Debug)]
enum Step {
    Say { run: bool },
    Run,
    Pause,
    Interrupt,
    Confirm { accept: bool },
    Policy { asks: bool },
    Secret,
    Model,
    Navigate(Option<u8>),
    Ask,
    Condense,
    Goal(Goal),
    Title,
    Breathe(u8),
    Pass,
    Hold,
    Release,
    ReleaseOne,
    FullDisk,
    CrashSoon(u8, Crash),
    Reopen,
    Close,
}

#[derive(Clone, Debug)]
struct Plan {
    turns: Vec<Turn>,
    steps: Vec<Step>,
    at_once: u32,
}

fn any_turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        4 => (1_u8..4).prop_map(Turn::Counts),
        2 => Just(Turn::Hesitates),
        3 => Just(Turn::Waits),
        1 => Just(Turn::Breaks),
        1 => Just(Turn::AsksClient),
        1 => Just(Turn::FinishesAtOnce),
        2 => Just(Turn::Finishes),
        1 => Just(Turn::Says),
        2 => Just(Turn::SaysLate),
        1 => Just(Turn::Thinks),
        1 => Just(Turn::Raves),
        1 => prop_oneof![
            Just(Cause::Auth), Just(Cause::ContentPolicy), Just(Cause::MalformedHistory), Just(Cause::ContextWindow),
        ].prop_map(Turn::Fails),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<bool>().prop_map(|lazy| Step::Say { run: !lazy }),
        3 => Just(Step::Run),
        3 => Just(Step::Pause),
        3 => Just(Step::Interrupt),
        3 => any::<bool>().prop_map(|accept| Step::Confirm { accept }),
        2 => any::<bool>().prop_map(|asks| Step::Policy { asks }),
        1 => Just(Step::Secret),
        1 => Just(Step::Model),
        3 => prop::option::weighted(0.8, any::<u8>()).prop_map(Step::Navigate),
        2 => Just(Step::Ask),
        2 => Just(Step::Condense),
        2 => any_goal().prop_map(Step::Goal),
        1 => Just(Step::Title),
        8 => (0_u8..60).prop_map(Step::Breathe),
        4 => Just(Step::Pass),
        2 => Just(Step::Hold),
        2 => Just(Step::Release),
        2 => Just(Step::ReleaseOne),
        1 => Just(Step::FullDisk),
        1 => (0_u8..8, prop_oneof![Just(Crash::Lost), Just(Crash::Unacknowledged)])
            .prop_map(|(batches, crash)| Step::CrashSoon(batches, crash)),
        1 => Just(Step::Reopen),
        1 => Just(Step::Close),
    ]
}

fn any_goal() -> impl Strategy<Value = Goal> {
    let start = (1_u32..4).prop_map(|max_iterations| Goal::Start {
        objective: "all of it".to_owned(),
        max_iterations,
    });
    prop_oneof![3 => start, 1 => Just(Goal::Stop), 1 => Just(Goal::Resume)]
}

/// Sums up, or does not.
fn condenser() -> Script {
    let body = Script::new()
        .repeat(2, Script::new().says("what happened"))
        .fails_for(Cause::Overloaded)
        .then()
        .says_nothing();
    Script::new().forever(body)
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let turns = prop::collection::vec(any_turn(), 0..12);
    let steps = prop::collection::vec(any_step(), 1..30);
    (turns, steps, 1_u32..4).prop_map(|(turns, steps, at_once)| Plan {
        turns,
        steps,
        at_once,
    })
}

fn script(turns: &[Turn], gate: &Gate) -> Script {
    let finish = || json!({"message": "done"});
    let script = turns.iter().fold(Script::new(), |script, turn| {
        let script = script.then();
        match turn {
            Turn::Counts(times) => (0..*times).fold(script, |s, _| s.calls("count", json!({}))),
            Turn::Hesitates => script.calls("count", json!({})).waits_at(gate),
            Turn::Waits => script.calls("slow", json!({})).calls("count", json!({})),
            Turn::Breaks => script.calls("count", json!({})).calls("breaks", json!({})),
            Turn::AsksClient => script.calls("show", json!({"what": "it"})),
            Turn::FinishesAtOnce => script.calls("count", json!({})).calls("finish", finish()),
            Turn::Finishes => script.calls("finish", finish()),
            Turn::Says => script.says("So be it."),
            Turn::SaysLate => script.says("At last.").waits_at(gate),
            Turn::Thinks => script.thinks("hm"),
            Turn::Raves => script
                .calls_raw("count", "{\"a\": ")
                .calls("bogus", json!({})),
            Turn::Fails(cause) => script.fails_for(*cause),
        }
    });
    script.forever(Script::new().calls("finish", finish()))
}

/// Soon too long.
fn summarizing() -> Condenser {
    let llm = LlmSpec {
        usage_id: "condenser".to_owned(),
        ..LlmSpec::default()
    };
    Condenser::Summarizing(Box::new(Summarizing {
        max_size: 10,
        ..Summarizing::new(llm)
    }))
}

/// Resolves in time, or says what does not.
async fn within<T>(what: &str, future: impl Future<Output = T>) -> Result<T, TestCaseError> {
    tokio::time::timeout(Duration::from_secs(5), future)
        .await
        .map_err(|_| TestCaseError::fail(format!("{what} never ends")))
}

struct Storm {
    world: World,
    gate: Gate,
    conversation: Arc<dyn Conversation>,
    answers: JoinSet<Result<Reply, CommandError>>,
}

impl Storm {
    async fn gather(plan: &Plan) -> Result<Self, TestCaseError> {
        let gate = Gate::new();
        let hands = Scripted::new()
            .with(Tool::counting("count"))
            .with(Tool::slow("slow", &gate))
            .with(Tool::answering("breaks", |_| panic!("a tool that panics")))
            .with(Tool::finish());
        let mut world = World::with(script(&plan.turns, &gate), hands)
            .at_once(plan.at_once)
            .beside("condenser", InProcess::new(condenser()));
        world.start.agent.condenser = Some(summarizing());
        world.start.autotitle = true;
        world.start.client_tools = vec![ClientTool {
            name: "show".to_owned(),
            description: "Shows something.".to_owned(),
            parameters: json!({"type": "object", "properties": {"what": {"type": "string"}}}),
            annotations: None,
        }];
        let conversation = within("starting", world.start()).await?;
        Ok(Self {
            world,
            gate,
            conversation,
            answers: JoinSet::new(),
        })
    }

    fn command(&mut self, command: Command) {
        let conversation = Arc::clone(&self.conversation);
        self.answers
            .spawn(async move { conversation.command(command).await });
    }

    async fn play(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Say { run } => self.command(Command::Say {
                message: domain::Message::user("go"),
                sender: None,
                run: *run,
            }),
            Step::Run => self.command(Command::Run),
            Step::Pause => self.command(Command::Pause),
            Step::Interrupt => self.command(Command::Interrupt),
            Step::Confirm { accept } => self.command(Command::Confirm {
                accept: *accept,
                reason: "no".to_owned(),
            }),
            Step::Policy { asks } => {
                let policy = if *asks {
                    ConfirmationPolicy::AlwaysConfirm
                } else {
                    ConfirmationPolicy::NeverConfirm
                };
                self.command(Command::Update(Setting::ConfirmationPolicy(policy)));
            }
            Step::Secret => {
                let source = SecretSource::StaticSecret {
                    description: None,
                    value: Some("count-me-out".into()),
                };
                let secrets = [("TOKEN".to_owned(), source)].into();
                self.command(Command::Update(Setting::Secrets(secrets)));
            }
            Step::Model => {
                self.command(Command::Update(Setting::Llm(Box::default())));
            }
            Step::Navigate(to) => {
                let to = to.map(|share| self.event_at(share));
                self.command(Command::Navigate(to));
            }
            Step::Ask => self.command(Command::Ask("how far?".to_owned())),
            Step::Condense => self.command(Command::Condense),
            Step::Goal(goal) => self.command(Command::Goal(goal.clone())),
            Step::Title => self.command(Command::Title {
                llm: None,
                max_length: 20,
            }),
            Step::Breathe(times) => {
                for _ in 0..*times {
                    tokio::task::yield_now().await;
                }
            }
            Step::Pass => self.gate.pass_one(),
            Step::Hold => self.world.journal.hold(),
            Step::Release => self.world.journal.release(),
            Step::ReleaseOne => self.world.journal.release_one(),
            Step::FullDisk => self
                .world
                .journal
                .fail_next(std::io::ErrorKind::StorageFull),
            Step::CrashSoon(batches, crash) => {
                let now = self.world.journal.written();
                self.world
                    .journal
                    .crash_at(now + u64::from(*batches), *crash);
            }
            Step::Reopen => {
                self.conversation = within("reopening", self.world.reopen()).await?;
            }
            Step::Close => {
                self.world.journal.release();
                // A log that failed says so again.
                let _ = within("closing", self.conversation.close()).await?;
                let after = within(
                    "a command after the end",
                    self.conversation.command(Command::Run),
                );
                prop_assert!(matches!(after.await?, Err(CommandError::Closed)));
                if let Ok(again) =
                    within("opening", self.world.local.open(self.world.start.id)).await?
                {
                    self.conversation = again;
                }
            }
        }
        Ok(())
    }

    fn event_at(&self, share: u8) -> EventId {
        let entries = self
            .conversation
            .log()
            .read(0, usize::MAX)
            .unwrap_or_default();
        let at = entries.len() * usize::from(share) / 256;
        entries
            .get(at)
            .and_then(|entry| entry.event().ok())
            .map_or_else(|| EventId::new("nowhere"), |event| event.id)
    }

    /// The weather clears, everybody gets an answer, and the conversation comes to its end.
    async fn settle(mut self) -> Result<(), TestCaseError> {
        self.world.journal.release();
        self.gate.open();
        let mut said = Vec::new();
        while let Some(answer) = within("an answer", self.answers.join_next()).await? {
            if let Ok(Reply::Said(id)) = answer.unwrap() {
                said.push(id);
            }
        }
        self.conversation = within("reopening", self.world.reopen()).await?;
        if self.conversation.glance().status == Status::WaitingForConfirmation {
            within("refusing", self.conversation.command(Command::reject()))
                .await?
                .unwrap();
        }
        within("the last run", async {
            self.conversation
                .command(Command::say("end"))
                .await
                .unwrap();
            let over = |status| status != Status::Running;
            while self.conversation.settled(&over).await == Status::WaitingForConfirmation {
                self.conversation.command(Command::Run).await.unwrap();
            }
        })
        .await?;
        let events = self.world.events(&*self.conversation);
        self.check_words(&events, &said)?;
        self.check_calls(&events)?;
        self.check_prompts()?;
        self.check_fold()?;
        let mut ear = self.conversation.listen();
        let closed = within("closing", self.conversation.close()).await?;
        prop_assert!(closed.is_ok(), "{closed:?}");
        within("listening", async { while ear.hear().await.is_some() {} }).await?;
        prop_assert!(self.world.hands.is_closed());
        Ok(())
    }

    fn check_words(&self, events: &[Event], said: &[EventId]) -> Result<(), TestCaseError> {
        let known: HashSet<&EventId> = events.iter().map(|event| &event.id).collect();
        for id in said {
            prop_assert!(known.contains(id), "acknowledged words {id} are lost");
        }
        Ok(())
    }

    fn check_calls(&self, events: &[Event]) -> Result<(), TestCaseError> {
        let mut results: HashMap<String, usize> = HashMap::new();
        for event in events {
            match &event.body {
                Body::Action(action) => {
                    let before = results.insert(action.tool_call_id.clone(), 0);
                    prop_assert!(before.is_none(), "two calls {}", action.tool_call_id);
                }
                Body::Observation(domain::ObservationEvent { tool_call_id, .. })
                | Body::AgentError(domain::AgentError { tool_call_id, .. })
                | Body::Rejected(domain::Rejected { tool_call_id, .. }) => {
                    *results.entry(tool_call_id.clone()).or_default() += 1;
                }
                _ => {}
            }
        }
        let wrong: Vec<_> = results.iter().filter(|(_, count)| **count != 1).collect();
        prop_assert!(
            wrong.is_empty(),
            "calls and how many results they have: {wrong:?}"
        );
        let mut done = HashSet::new();
        for call in self.world.hands.calls() {
            let most = self.world.start.agent.tool_concurrency_limit as usize;
            prop_assert!(
                call.beside <= most,
                "{} ran beside {} others",
                call.tool,
                call.beside - 1
            );
            prop_assert!(
                done.insert(call.id.clone()),
                "{} {} ran twice",
                call.tool,
                call.id
            );
            let known = call.tool == "finish" || results.contains_key(&call.id);
            prop_assert!(known, "{} {} ran and nobody knows", call.tool, call.id);
        }
        Ok(())
    }

    fn check_prompts(&self) -> Result<(), TestCaseError> {
        for prompt in self.world.model.prompts() {
            let mut open: Vec<&str> = Vec::new();
            let mut last = Role::System;
            for message in prompt.messages.iter() {
                if message.role == Role::Tool {
                    let id = message.tool_call_id.as_deref().unwrap_or_default();
                    let at = open.iter().position(|call| *call == id);
                    prop_assert!(at.is_some(), "a result of no call: {message:?}");
                    open.remove(at.unwrap_or_default());
                } else {
                    prop_assert!(open.is_empty(), "{open:?} have no results");
                    prop_assert!(
                        (last, message.role) != (Role::User, Role::User),
                        "two in a row"
                    );
                    open = message
                        .calls()
                        .iter()
                        .map(|call| call.id.as_str())
                        .collect();
                }
                last = message.role;
            }
            prop_assert!(open.is_empty(), "{open:?} have no results");
            prop_assert!(
                last != Role::Assistant,
                "the model is asked to go on talking"
            );
        }
        Ok(())
    }

    fn check_fold(&self) -> Result<(), TestCaseError> {
        let mut state = State::new(self.world.start.clone());
        let log = self.conversation.log();
        let folded = log.replay(&mut |record| {
            let event = record.event.map(|entry| (EventId::root(), entry.json));
            let draft = Draft {
                event,
                fact: record.fact,
            };
            state.apply(&draft).unwrap();
            Ok(())
        });
        prop_assert!(folded.is_ok(), "{folded:?}");
        let now = self.conversation.glance();
        prop_assert_eq!(state.status(), now.status);
        prop_assert_eq!(state.leaf(), now.leaf.as_ref());
        prop_assert_eq!(state.pending(), &[]);
        Ok(())
    }
}

#[test]
fn whatever_happens_what_was_promised_holds() {
    let mut config = ProptestConfig {
        cases: 300,
        failure_persistence: None,
        max_shrink_time: 60_000,
        ..ProptestConfig::default()
    };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    let outcome = TestRunner::new(config).run(&any_plan(), |plan| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut storm = Storm::gather(&plan).await?;
            for step in &plan.steps {
                storm.play(step).await?;
            }
            storm.settle().await
        })
    });
    if let Err(broken) = outcome {
        panic!("{broken}");
    }
}
