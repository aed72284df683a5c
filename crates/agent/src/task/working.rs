//! Carrying out the calls of a batch, and taking in their results in call order.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::equipment::Whose;
use super::flight::{Assigned, Flight, Outcome, Working};
use super::secrets::Fetcher;
use super::{Task, lock};
use crate::client;
use crate::mask::{HIDDEN, Veil};
use crate::reply::FINISH;
use crate::skills::{self, Recalled};
use crate::state::Pending;
use domain::{
    Action, ActionEvent, AgentError, Body, Call, Classification, Event, EventId, Executor, Live,
    Observation, ObservationEvent, Rejected, RejectionSource, Resources, Source, Status,
    TextContent, ToolError,
};
use serde_json::json;

/// What an agent is told of a call that is recorded, but not in a form that can be carried out.
const UNREADABLE: &str = "This call was not carried out: what is recorded of it after a restart is not all it said, for \
                          instance because a secret in it was hidden. Make the call again if it is still needed.";

impl Task {
    /// Keeps an action as the model wrote it: what is recorded has its secrets hidden.
    pub(crate) fn remember(&mut self, id: EventId, action: ActionEvent) {
        self.fresh_actions.insert(id, Arc::new(action));
    }

    /// Starts to carry out everything that waits.
    pub(crate) fn work(&mut self) {
        let outputs = self.scribe.log().outputs().to_owned();
        let executor = match self.equipment.executor(&outputs) {
            Ok(executor) => executor,
            Err(error) => return self.fail("ToolSetupError", error.to_string(), None),
        };
        let pending: Vec<Pending> = self.state().runnable().into_iter().cloned().collect();
        let mut calls = Vec::with_capacity(pending.len());
        for waiting in &pending {
            match self.assign(waiting, &*executor) {
                Some(call) => calls.push(call),
                None => self.report(waiting, UNREADABLE),
            }
        }
        self.fresh_actions.clear();
        self.commit();
        if calls.is_empty() {
            return;
        }
        let mut working = Working::new(calls, Arc::clone(&self.hands));
        self.hands = Arc::clone(&working.hands);
        self.start_free(&mut working, &executor);
        self.flight = Flight::Working(working);
    }

    fn assign(&self, pending: &Pending, executor: &dyn Executor) -> Option<Assigned> {
        let event = match self.fresh_actions.get(&pending.id) {
            Some(event) => Arc::clone(event),
            None => {
                let Body::Action(event) = Event::parse(&pending.json).ok()?.body else {
                    return None;
                };
                if event.tool_call.arguments.contains(HIDDEN) {
                    return None;
                }
                Arc::new(*event)
            }
        };
        let action = event.action.as_ref()?;
        let resources = match self.equipment.whose(&event.tool_name) {
            Whose::Hands => executor.resources(&event.tool_name, action),
            Whose::Engine | Whose::Client => Resources::None,
        };
        let read_only = self
            .equipment
            .tools()
            .iter()
            .any(|tool| tool.name == event.tool_name && tool.read_only());
        Some(Assigned {
            id: pending.id.clone(),
            action: event,
            resources,
            read_only,
        })
    }

    fn start_free(&self, working: &mut Working, executor: &Arc<dyn Executor>) {
        let limit = self.state().start.agent.tool_concurrency_limit.max(1) as usize;
        let waiting: Vec<usize> = working.queue.iter().copied().collect();
        for index in waiting {
            if working.running.len() >= limit {
                break;
            }
            if working.free(index) {
                let call = working.calls[index].clone();
                let work = self.carry_out(index, call, Arc::clone(executor), working);
                working.start(index, work);
            }
        }
    }

    /// One call. What may change something waits until its action is durable, so that no crash can hide that it ran.
    fn carry_out(
        &self,
        index: usize,
        call: Assigned,
        executor: Arc<dyn Executor>,
        working: &Working,
    ) -> impl Future<Output = (usize, Outcome)> + Send + use<> {
        let log = Arc::clone(self.scribe.log());
        let mark = self.scribe.mark();
        let named = self.equipment.named_in(&call.action.tool_call.arguments);
        let fetcher = Fetcher {
            lookup: self
                .equipment
                .lookup()
                .filter(|_| !named.elsewhere.is_empty()),
            failures: self.equipment.failures(),
            clock: Arc::clone(&self.clock),
            hider: self.scribe.hider(),
        };
        let bus = self.bus.clone();
        let answered_here = self.answered_here(&call.action);
        let veil: Mutex<Veil> = Mutex::new(self.scribe.veil());
        let (held, before) = (working.hands.subscribe(), Arc::clone(&working.before));
        async move {
            let _held = held;
            before.closed().await;
            if !call.read_only
                && let Err(error) = log.durable(mark).await
            {
                return (index, Err(ToolError(error.to_string())).into());
            }
            let Some(action) = &call.action.action else {
                let why = "there is no action to carry out".to_owned();
                return (index, Err(ToolError(why)).into());
            };
            if let Some(observation) = answered_here {
                return (index, Ok(observation).into());
            }
            let (env, notes) = fetcher.gather(named).await;
            let tool = call.action.tool_name.as_str();
            let say = |text: &str| {
                let text = lock(&veil).push(text);
                if !text.is_empty() {
                    let _ = bus.send(Live::Output {
                        action: call.id.clone(),
                        text,
                    });
                }
            };
            let result = executor
                .run(
                    Call {
                        id: &call.action.tool_call_id,
                        tool,
                        action,
                        env: &env,
                    },
                    &say,
                )
                .await;
            let rest = lock(&veil).finish();
            if !rest.is_empty() {
                let _ = bus.send(Live::Output {
                    action: call.id.clone(),
                    text: rest,
                });
            }
            (index, Outcome { result, notes })
        }
    }

    /// What comes of a call that no hands carry out.
    fn answered_here(&self, call: &ActionEvent) -> Option<Observation> {
        match (self.equipment.whose(&call.tool_name), &call.action) {
            (Whose::Client, _) => Some(client::dispatched()),
            (Whose::Engine, Some(Action::InvokeSkill(asked))) => {
                let workspace = &self.equipment.start().workspace.working_dir;
                let context = self.equipment.context();
                Some(skills::invoke(context, &asked.name, workspace))
            }
            (Whose::Engine | Whose::Hands, _) => None,
        }
    }

    pub(crate) fn absorb_result(&mut self, index: usize, outcome: Outcome) {
        let Flight::Working(mut working) = std::mem::replace(&mut self.flight, Flight::None) else {
            return;
        };
        working.done.insert(index, outcome);
        while let Some(outcome) = working.done.remove(&working.written) {
            let call = working.calls[working.written].clone();
            working.written += 1;
            self.write_result(&call, outcome);
        }
        if working.written == working.calls.len() {
            if working
                .calls
                .iter()
                .any(|call| call.action.tool_name == FINISH)
            {
                self.finish();
            }
        } else {
            if let Some(executor) = self.equipment.ready_executor() {
                self.start_free(&mut working, &executor);
            }
            self.flight = Flight::Working(working);
        }
        self.commit();
    }

    fn write_result(&mut self, call: &Assigned, outcome: Outcome) {
        let (tool_name, tool_call_id) = (
            call.action.tool_name.clone(),
            call.action.tool_call_id.clone(),
        );
        match outcome.result {
            Ok(observation) => {
                let recalled = self.recalled_by(&call.action);
                let notes = outcome.notes.into_iter().map(TextContent::new);
                let recalls = recalled.iter().map(|r| r.content.clone());
                let extended_content = notes.chain(recalls).collect();
                let result = ObservationEvent {
                    tool_name,
                    tool_call_id,
                    observation,
                    action_id: call.id.clone(),
                    extended_content,
                };
                self.scribe
                    .write(Source::Environment, Body::Observation(result));
                if let Some(recalled) = recalled {
                    let mut rules = self.state().ledger.activated_path_rules.clone();
                    rules.extend(recalled.names);
                    self.scribe.update("activated_path_rules", json!(rules));
                }
            }
            Err(ToolError(reason)) => {
                let error = format!("Error executing tool '{tool_name}': {reason}");
                let classification = Some(Classification::agent_mistake());
                let error = AgentError {
                    tool_name,
                    tool_call_id,
                    error,
                    classification,
                };
                self.scribe.write(Source::Agent, Body::AgentError(error));
            }
        }
    }

    /// The rules that the file of a call brings to mind.
    fn recalled_by(&self, call: &ActionEvent) -> Option<Recalled> {
        let context = self.equipment.context();
        if !skills::watch_files(context) {
            return None;
        }
        let action = serde_json::to_value(call.action.as_ref()?).ok()?;
        let path = Path::new(action.get("path")?.as_str()?);
        let root = &self.equipment.start().workspace.working_dir;
        let path = if path.is_absolute() {
            path.strip_prefix(root).ok()?
        } else {
            path
        };
        let before = self.state().ledger.activated_path_rules.clone();
        skills::recalled_by_file(context, path.to_str()?, &before)
    }

    /// Stops whatever is under way. Results that came in count; calls that were cut off are reported as such.
    pub(crate) fn cut_off(&mut self, by_person: Option<()>) -> bool {
        let flight = std::mem::replace(&mut self.flight, Flight::None);
        let mut active = true;
        match flight {
            Flight::None => active = false,
            Flight::Condensing(_) => self.stop_condensing(),
            Flight::Thinking(thinking) => {
                let _ = self.bus.send(Live::Aborted {
                    item: thinking.item,
                    reason: "cancelled".to_owned(),
                });
            }
            Flight::Working(mut working) => {
                for (index, outcome) in working.cut_off() {
                    let call = working.calls[index].clone();
                    self.write_result(&call, outcome);
                }
            }
        }
        let (status, pending) = {
            let state = self.state();
            (state.status(), !state.pending().is_empty())
        };
        let asks = status == Status::WaitingForConfirmation;
        let stops = active || status == Status::Running || (asks && by_person.is_some());
        if stops || (pending && !asks) {
            self.report_interrupted(
                "Tool call interrupted before completion. The conversation was paused.",
            );
        }
        if stops {
            self.set_status(Status::Paused);
        }
        stops
    }

    /// Every call without a result gets one that says it was cut off.
    pub(crate) fn report_interrupted(&mut self, error: &str) {
        let pending = self.state().pending.clone();
        for waiting in &pending {
            self.report(waiting, error);
        }
        self.fresh_actions.clear();
    }

    fn report(&mut self, waiting: &Pending, error: &str) {
        let error = AgentError {
            tool_name: waiting.tool.clone(),
            tool_call_id: waiting.call.clone(),
            error: error.to_owned(),
            classification: Some(Classification::agent_mistake()),
        };
        self.scribe.write(Source::Agent, Body::AgentError(error));
    }

    /// Every call without a result gets one that says it was refused.
    pub(crate) fn reject(&mut self, reason: &str) {
        let pending = self.state().pending.clone();
        for Pending { id, tool, call, .. } in pending {
            let refusal = Rejected {
                tool_name: tool,
                tool_call_id: call,
                rejection_reason: reason.to_owned(),
                rejection_source: RejectionSource::User,
                action_id: id,
            };
            self.scribe
                .write(Source::Environment, Body::Rejected(refusal));
        }
        self.fresh_actions.clear();
    }
}
