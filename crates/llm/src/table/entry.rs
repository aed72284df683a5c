//! One model of the table: as litellm writes it, as a line of ours, and in memory. Knows no lookup.

use serde_json::Value;

/// What a token costs, in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Price {
    /// Going in, not cached.
    pub input: Option<f64>,
    /// Coming out.
    pub output: Option<f64>,
    /// Going in, read from a cache.
    pub cache_read: Option<f64>,
    /// Going in, written to a cache.
    pub cache_write: Option<f64>,
}

/// Prices of long prompts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tier {
    /// They hold for prompts of more tokens than this.
    pub above: u64,
    /// The prices.
    pub price: Price,
}

/// What is known of a model; `None` where nobody said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Who serves it.
    pub provider: String,
    /// It sees images.
    pub vision: Option<bool>,
    /// It reasons before it answers.
    pub reasoning: Option<bool>,
    /// Prompts can be cached.
    pub caching: Option<bool>,
    /// It decides for itself how long to think.
    pub adaptive: Option<bool>,
    /// It takes a temperature.
    pub sampling: Option<bool>,
    /// It is served over the Responses interface.
    pub responses: Option<bool>,
    /// How many tokens it can take.
    pub max_input: Option<u64>,
    /// How many tokens it can make.
    pub max_output: Option<u64>,
    /// What it costs.
    pub price: Price,
    /// What long prompts cost.
    pub tier: Option<Tier>,
}

/// A legacy limit that may mean the whole window is not trusted beyond this.
const UNCLEAR_LIMIT: u64 = 16_384;

/// Whether an entry of litellm's table is a model one can talk to.
pub(super) fn talks(entry: &Value) -> bool {
    matches!(
        entry.get("mode").and_then(Value::as_str),
        None | Some("chat" | "responses" | "completion")
    )
}

impl Model {
    /// Reads an entry of litellm's table.
    pub(super) fn from_json(entry: &Value) -> Result<Self, String> {
        if !entry.is_object() {
            return Err("it is not a JSON object".to_owned());
        }
        let flag = |key: &str| entry.get(key).and_then(Value::as_bool);
        let unclear = tokens(entry, "max_tokens")?.map(|n| n.min(UNCLEAR_LIMIT));
        Ok(Self {
            provider: text(entry, "litellm_provider"),
            vision: flag("supports_vision"),
            reasoning: flag("supports_reasoning"),
            caching: flag("supports_prompt_caching"),
            adaptive: flag("supports_adaptive_thinking"),
            sampling: flag("supports_sampling_params"),
            responses: speaks_responses(entry),
            max_input: tokens(entry, "max_input_tokens")?,
            max_output: tokens(entry, "max_output_tokens")?.or(unclear),
            price: price(entry, "")?,
            tier: tier(entry)?,
        })
    }

    /// Reads a line of ours.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.split('\t').skip(1).collect();
        let cell = |i: usize| cells.get(i).copied().unwrap_or_default();
        let flags = cell(1);
        let flag = |yes: char| match (flags.contains(yes), yes.to_ascii_uppercase()) {
            (true, _) => Some(true),
            (false, no) if flags.contains(no) => Some(false),
            (false, _) => None,
        };
        let price_at = |i: usize| Price {
            input: dollars(cell(i)),
            output: dollars(cell(i + 1)),
            cache_read: dollars(cell(i + 2)),
            cache_write: dollars(cell(i + 3)),
        };
        Some(Self {
            provider: (*cells.first()?).to_owned(),
            vision: flag('v'),
            reasoning: flag('r'),
            caching: flag('p'),
            adaptive: flag('a'),
            sampling: flag('s'),
            responses: flag('e'),
            max_input: cell(2).parse().ok(),
            max_output: cell(3).parse().ok(),
            price: price_at(4),
            tier: cell(8).parse().ok().map(|above| Tier {
                above,
                price: price_at(9),
            }),
        })
    }

    /// Writes a line of ours.
    pub(super) fn line(&self, name: &str) -> String {
        let count = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
        let mut cells = vec![
            name.to_owned(),
            self.provider.clone(),
            self.flags(),
            count(self.max_input),
            count(self.max_output),
        ];
        cells.extend(self.price.cells());
        if let Some(tier) = &self.tier {
            cells.push(tier.above.to_string());
            cells.extend(tier.price.cells());
        }
        cells.join("\t").trim_end_matches('\t').to_owned()
    }

    fn flags(&self) -> String {
        let known = [
            ('v', self.vision),
            ('r', self.reasoning),
            ('p', self.caching),
            ('a', self.adaptive),
            ('s', self.sampling),
            ('e', self.responses),
        ];
        known
            .iter()
            .filter_map(|(letter, flag)| {
                flag.map(|yes| {
                    if yes {
                        *letter
                    } else {
                        letter.to_ascii_uppercase()
                    }
                })
            })
            .collect()
    }

    /// This entry, completed from another.
    pub(super) fn or(self, other: Self) -> Self {
        let provider = if self.provider.is_empty() {
            other.provider
        } else {
            self.provider
        };
        Self {
            provider,
            vision: self.vision.or(other.vision),
            reasoning: self.reasoning.or(other.reasoning),
            caching: self.caching.or(other.caching),
            adaptive: self.adaptive.or(other.adaptive),
            sampling: self.sampling.or(other.sampling),
            responses: self.responses.or(other.responses),
            max_input: self.max_input.or(other.max_input),
            max_output: self.max_output.or(other.max_output),
            price: self.price.or(other.price),
            tier: self.tier.or(other.tier),
        }
    }
}

impl Price {
    fn cells(&self) -> [String; 4] {
        let cell = |p: Option<f64>| p.map(per_million).unwrap_or_default();
        [
            cell(self.input),
            cell(self.output),
            cell(self.cache_read),
            cell(self.cache_write),
        ]
    }

    fn or(self, other: Self) -> Self {
        Self {
            input: self.input.or(other.input),
            output: self.output.or(other.output),
            cache_read: self.cache_read.or(other.cache_read),
            cache_write: self.cache_write.or(other.cache_write),
        }
    }
}

/// Dollars a million tokens, as short as exact.
fn per_million(price: f64) -> String {
    let text = format!("{:.9}", price * 1e6);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn dollars(cell: &str) -> Option<f64> {
    cell.parse::<f64>().ok().map(|price| price / 1e6)
}

fn text(entry: &Value, key: &str) -> String {
    let text = entry.get(key).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "token counts are small; some entries write them as 1e6"
)]
fn tokens(entry: &Value, key: &str) -> Result<Option<u64>, String> {
    match entry.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(n)) if n.as_f64().is_some_and(|n| n >= 0.0) => {
            Ok(n.as_u64().or_else(|| n.as_f64().map(|n| n as u64)))
        }
        Some(other) => Err(format!("`{key}` should be a number of tokens, not {other}")),
    }
}

fn price(entry: &Value, suffix: &str) -> Result<Price, String> {
    let cost = |key: &str| {
        let key = format!("{key}{suffix}");
        match entry.get(&key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(n)) if n.as_f64().is_some_and(|n| n >= 0.0) => Ok(n.as_f64()),
            Some(other) => Err(format!("`{key}` should be a price, not {other}")),
        }
    };
    Ok(Price {
        input: cost("input_cost_per_token")?,
        output: cost("output_cost_per_token")?,
        cache_read: cost("cache_read_input_token_cost")?,
        cache_write: cost("cache_creation_input_token_cost")?,
    })
}

/// `input_cost_per_token_above_200k_tokens` and its kin.
fn tier(entry: &Value) -> Result<Option<Tier>, String> {
    let Some(fields) = entry.as_object() else {
        return Ok(None);
    };
    let above = fields.keys().find_map(|key| {
        let rest = key.strip_prefix("input_cost_per_token_above_")?;
        rest.strip_suffix("k_tokens")?.parse::<u64>().ok()
    });
    let Some(thousands) = above else {
        return Ok(None);
    };
    Ok(Some(Tier {
        above: thousands * 1000,
        price: price(entry, &format!("_above_{thousands}k_tokens"))?,
    }))
}

/// A list of endpoints is the last word, including what it leaves out.
fn speaks_responses(entry: &Value) -> Option<bool> {
    let endpoints = entry.get("supported_endpoints").and_then(Value::as_array);
    let listed = endpoints.map(|list| list.iter().any(|e| e == "/v1/responses"));
    listed.or_else(|| (text(entry, "mode") == "responses").then_some(true))
}
