//! What a conversation has used, in the JSON that clients and billing read. Arithmetic only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Tokens of one call, or the sum of many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenUsage {
    /// The model.
    pub model: String,
    /// What went in, cached or not.
    pub prompt_tokens: u64,
    /// What came out.
    pub completion_tokens: u64,
    /// Of what went in, read from a cache.
    pub cache_read_tokens: u64,
    /// Of what went in, written to a cache.
    pub cache_write_tokens: u64,
    /// Of what came out, reasoning.
    pub reasoning_tokens: u64,
    /// How much the model can hold.
    pub context_window: u64,
    /// What the last call took.
    pub per_turn_token: u64,
    /// The call; empty in a sum.
    pub response_id: String,
}

impl TokenUsage {
    fn add(&mut self, other: &Self) {
        self.prompt_tokens += other.prompt_tokens;
        self.completion_tokens += other.completion_tokens;
        self.cache_read_tokens += other.cache_read_tokens;
        self.cache_write_tokens += other.cache_write_tokens;
        self.reasoning_tokens += other.reasoning_tokens;
        self.context_window = self.context_window.max(other.context_window);
        self.per_turn_token = other.per_turn_token;
    }
}

/// What one call cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// The model.
    pub model: String,
    /// In US dollars.
    pub cost: f64,
    /// Seconds since the Unix epoch.
    #[serde(default)]
    pub timestamp: f64,
}

/// How long one call took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The model.
    pub model: String,
    /// In seconds.
    pub latency: f64,
    /// The call.
    pub response_id: String,
}

/// One call to a model: what is recorded beside the event it led to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Whose call it was: `default`, `condenser`, `ask-agent-llm`, `task:<id>`...
    pub usage_id: String,
    /// Its tokens; `response_id` names the call.
    pub tokens: TokenUsage,
    /// In US dollars.
    pub cost: f64,
    /// In seconds.
    pub latency: f64,
    /// When it ended, in seconds since the Unix epoch.
    pub timestamp: f64,
}

/// What one user of models has used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// The model.
    #[serde(default = "default_model")]
    pub model_name: String,
    /// In US dollars.
    #[serde(default)]
    pub accumulated_cost: f64,
    /// The bound, if there is one.
    #[serde(default)]
    pub max_budget_per_task: Option<f64>,
    /// The sum of all calls.
    #[serde(default)]
    pub accumulated_token_usage: Option<TokenUsage>,
    /// Each call that cost something.
    #[serde(default)]
    pub costs: Vec<Cost>,
    /// Each call's time.
    #[serde(default)]
    pub response_latencies: Vec<Latency>,
    /// Each call's tokens.
    #[serde(default)]
    pub token_usages: Vec<TokenUsage>,
}

fn default_model() -> String {
    "default".to_owned()
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new("default")
    }
}

impl Metrics {
    /// Nothing used yet.
    pub fn new(model: &str) -> Self {
        Self {
            model_name: model.to_owned(),
            accumulated_cost: 0.0,
            max_budget_per_task: None,
            accumulated_token_usage: None,
            costs: Vec::new(),
            response_latencies: Vec::new(),
            token_usages: Vec::new(),
        }
    }

    /// Adds one call.
    pub fn record(&mut self, usage: &Usage) {
        let model = usage.tokens.model.clone();
        self.accumulated_cost += usage.cost;
        let sum = self
            .accumulated_token_usage
            .get_or_insert_with(|| TokenUsage {
                model: model.clone(),
                ..TokenUsage::default()
            });
        sum.add(&usage.tokens);
        if usage.cost > 0.0 {
            self.costs.push(Cost {
                model: model.clone(),
                cost: usage.cost,
                timestamp: usage.timestamp,
            });
        }
        self.response_latencies.push(Latency {
            model,
            latency: usage.latency,
            response_id: usage.tokens.response_id.clone(),
        });
        self.token_usages.push(usage.tokens.clone());
    }

    /// The sums without the lists: what state updates carry.
    pub fn snapshot(&self) -> Snapshot<'_> {
        Snapshot {
            model_name: &self.model_name,
            accumulated_cost: self.accumulated_cost,
            max_budget_per_task: self.max_budget_per_task,
            accumulated_token_usage: self.accumulated_token_usage.as_ref(),
        }
    }
}

/// The sums of `Metrics`, borrowed. Nulls stay, as the original keeps them here.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Snapshot<'a> {
    model_name: &'a str,
    accumulated_cost: f64,
    max_budget_per_task: Option<f64>,
    accumulated_token_usage: Option<&'a TokenUsage>,
}

/// What a conversation has used, by usage id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// By usage id.
    #[serde(default)]
    pub usage_to_metrics: BTreeMap<String, Metrics>,
}

impl Stats {
    /// Adds one call.
    pub fn record(&mut self, usage: &Usage) {
        self.usage_to_metrics
            .entry(usage.usage_id.clone())
            .or_insert_with(|| Metrics::new(&usage.tokens.model))
            .record(usage);
    }

    /// What everything cost together, in US dollars.
    pub fn cost(&self) -> f64 {
        self.usage_to_metrics
            .values()
            .map(|m| m.accumulated_cost)
            .sum()
    }

    /// All sums without the lists.
    pub fn snapshot(&self) -> serde_json::Value {
        let by_id: BTreeMap<&String, Snapshot<'_>> = self
            .usage_to_metrics
            .iter()
            .map(|(id, m)| (id, m.snapshot()))
            .collect();
        serde_json::json!({ "usage_to_metrics": by_id })
    }
}
