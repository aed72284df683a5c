//! What a conversation works with: its model and its tools, made when first needed and again when changed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use domain::{
    CommandError, Executor, Llm, LlmError, LlmSpec, Lookup, MASK, Map, Outfit, Secret,
    SecretSource, Start, Summarizing, ToolSchema, ToolSpec,
};
use serde_json::Value;

use super::secrets::{Failures, Named, Wanted};
use crate::{client, prompt, schema, skills};

/// Who carries out a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The executor.
    Hands,
    /// This room.
    Engine,
    /// The client; it is only told of the call.
    Client,
}

pub(crate) struct Equipment {
    outfit: Arc<dyn Outfit>,
    /// With secrets open; never written.
    start: Arc<Start>,
    llm: Option<Arc<dyn Llm>>,
    executor: Option<Arc<dyn Executor>>,
    /// What the model may call: the executor's tools, then the client's.
    tools: Arc<[ToolSpec]>,
    schemas: Option<Arc<[ToolSchema]>>,
    /// What shortens long histories, in order.
    condensers: Arc<[Arc<Summarizing>]>,
    failures: Failures,
    /// The last model beside the agent's own, and what it was made from.
    side: Option<(LlmSpec, Arc<dyn Llm>)>,
}

impl Equipment {
    pub(crate) fn new(outfit: Arc<dyn Outfit>, start: Arc<Start>) -> Self {
        Self {
            condensers: condensers(&start),
            side: None,
            failures: Failures::default(),
            outfit,
            start,
            llm: None,
            executor: None,
            tools: Arc::default(),
            schemas: None,
        }
    }

    pub(crate) fn start(&self) -> &Start {
        &self.start
    }

    /// The model.
    pub(crate) fn llm(&mut self) -> Result<Arc<dyn Llm>, LlmError> {
        if self.llm.is_none() {
            self.llm = Some(self.outfit.llm(&self.start.agent.llm)?);
        }
        match &self.llm {
            Some(llm) => Ok(Arc::clone(llm)),
            None => self.outfit.llm(&self.start.agent.llm),
        }
    }

    /// A model beside the agent's own.
    pub(crate) fn llm_of(&mut self, spec: &LlmSpec) -> Result<Arc<dyn Llm>, LlmError> {
        if let Some((_, llm)) = self
            .side
            .as_ref()
            .filter(|(made_from, _)| made_from == spec)
        {
            return Ok(Arc::clone(llm));
        }
        let llm = self.outfit.llm(spec)?;
        self.side = Some((spec.clone(), Arc::clone(&llm)));
        Ok(llm)
    }

    /// What shortens long histories, in order.
    pub(crate) fn condensers(&self) -> Arc<[Arc<Summarizing>]> {
        Arc::clone(&self.condensers)
    }

    /// The tools.
    pub(crate) fn executor(&mut self, outputs: &Path) -> Result<Arc<dyn Executor>, CommandError> {
        match &self.executor {
            Some(executor) => Ok(Arc::clone(executor)),
            None => {
                let executor = self.outfit.executor(&self.start, outputs)?;
                self.tools = self.offer(&*executor);
                self.executor = Some(Arc::clone(&executor));
                Ok(executor)
            }
        }
    }

    fn offer(&self, executor: &dyn Executor) -> Arc<[ToolSpec]> {
        let own = skills::on_demand(self.context()).then(skills::spec);
        client::offer(executor.tools(), own, &self.start.client_tools).into()
    }

    /// The agent's context.
    pub(crate) fn context(&self) -> Option<&Value> {
        self.start.agent.agent_context.as_deref()
    }

    /// The hands, if they were made.
    pub(crate) fn ready_executor(&self) -> Option<Arc<dyn Executor>> {
        self.executor.clone()
    }

    /// What the model may call; empty until the executor was made.
    pub(crate) fn tools(&self) -> Arc<[ToolSpec]> {
        Arc::clone(&self.tools)
    }

    /// Who carries out a tool.
    pub(crate) fn whose(&self, tool: &str) -> Whose {
        let hands = self.executor.as_ref();
        let of_hands = hands.is_some_and(|hands| hands.tools().iter().any(|t| t.name == tool));
        let clients = &self.start.client_tools;
        if of_hands {
            Whose::Hands
        } else if tool == skills::INVOKE && skills::on_demand(self.context()) {
            Whose::Engine
        } else if clients.iter().any(|client| client.name == tool) {
            Whose::Client
        } else {
            Whose::Hands
        }
    }

    /// The tools as the model is shown them.
    pub(crate) fn schemas(&mut self) -> Arc<[ToolSchema]> {
        let judged = self.judges_risk();
        let schemas = self.schemas.get_or_insert_with(|| {
            self.tools
                .iter()
                .map(|tool| schema::for_model(tool, judged))
                .collect()
        });
        Arc::clone(schemas)
    }

    /// Another model from the next step on. Says whether a condenser follows.
    pub(crate) fn switch_llm(&mut self, spec: LlmSpec) -> bool {
        self.llm = None;
        let followed = Arc::make_mut(&mut self.start).agent.switch_llm(spec);
        self.condensers = condensers(&self.start);
        followed
    }

    /// Another judge of risks from the next step on.
    pub(crate) fn switch_analyzer(&mut self, analyzer: Option<Value>) {
        Arc::make_mut(&mut self.start).security_analyzer = analyzer;
        self.schemas = None;
    }

    /// Other skills, servers and hooks from the next step on.
    pub(crate) fn switch_context(
        &mut self,
        agent_context: Option<Arc<Value>>,
        mcp_config: Map,
        hook_config: Option<Value>,
    ) {
        let start = Arc::make_mut(&mut self.start);
        start.agent.agent_context = agent_context;
        start.agent.mcp_config = mcp_config;
        start.hook_config = hook_config;
        start.adopt_secrets();
        if let Some(executor) = self.executor.clone() {
            self.tools = self.offer(&*executor);
            self.schemas = None;
        }
    }

    pub(crate) fn add_secrets(&mut self, secrets: BTreeMap<String, SecretSource>) {
        Arc::make_mut(&mut self.start).secrets.extend(secrets);
    }

    pub(crate) fn judges_risk(&self) -> bool {
        prompt::judges_risk(&self.start)
    }

    /// Values that must not be seen.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let texts = self.start.texts().into_iter();
        let plain = texts.filter(|text| *text != MASK && !text.starts_with(Secret::SEAL));
        let secrets = self.start.secrets().into_iter();
        secrets.filter_map(Secret::expose).chain(plain)
    }

    /// The secrets whose names stand in a text as words of their own.
    pub(crate) fn named_in(&self, text: &str) -> Named {
        let mut named = Named::default();
        for (name, source) in &self.start.secrets {
            match source {
                SecretSource::StaticSecret { value, .. } => {
                    if let Some(value) = value.as_ref().filter(|_| stands_in(name, text)) {
                        named.known.insert(name.clone(), value.clone());
                    }
                }
                SecretSource::LookupSecret { url, headers, .. } if stands_in(name, text) => {
                    named.elsewhere.push(Wanted {
                        name: name.clone(),
                        url: url.clone(),
                        headers: headers.clone(),
                    });
                }
                SecretSource::LookupSecret { .. } => {}
            }
        }
        named
    }

    /// What fetches secrets that are kept elsewhere.
    pub(crate) fn lookup(&self) -> Option<Arc<dyn Lookup>> {
        self.outfit.lookup()
    }

    /// When secrets could not be fetched.
    pub(crate) fn failures(&self) -> Failures {
        Arc::clone(&self.failures)
    }

    pub(crate) async fn close(&mut self) {
        if let Some(executor) = self.executor.take() {
            executor.close().await;
        }
    }
}

fn condensers(start: &Start) -> Arc<[Arc<Summarizing>]> {
    let all = start.agent.condenser.iter().flat_map(|c| c.summarizing());
    all.cloned().map(Arc::new).collect()
}

fn stands_in(name: &str, text: &str) -> bool {
    let (name, text) = (name.to_lowercase(), text.to_lowercase());
    let word = |c: char| c.is_alphanumeric() || c == '_';
    !name.is_empty()
        && text.match_indices(&name).any(|(at, found)| {
            !text[..at].chars().next_back().is_some_and(word)
                && !text[at + found.len()..].chars().next().is_some_and(word)
        })
}
