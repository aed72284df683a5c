//! What a reply used and what that costs. Arithmetic only.

use crate::table::{Price, Tier};
use domain::{LlmSpec, TokenUsage};

/// Tokens of one reply; `prompt` holds the cached ones too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub prompt: u64,
    pub completion: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    pub reasoning: u64,
}

impl Tokens {
    pub fn usage(&self, model: &str, window: Option<u64>, response_id: &str) -> TokenUsage {
        TokenUsage {
            model: model.to_owned(),
            prompt_tokens: self.prompt,
            completion_tokens: self.completion,
            cache_read_tokens: self.cache_read,
            cache_write_tokens: self.cache_write,
            reasoning_tokens: self.reasoning,
            context_window: window.unwrap_or(0),
            per_turn_token: self.prompt + self.completion,
            response_id: response_id.to_owned(),
        }
    }
}

/// The prices of one model.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rates {
    price: Price,
    tier: Option<Tier>,
}

impl Rates {
    /// The table's prices, with those of the configuration in their place where it gives any: they hold for cached
    /// tokens and long prompts too.
    pub fn new(spec: &LlmSpec, price: Price, tier: Option<Tier>) -> Self {
        let own_input = spec.input_cost_per_token;
        let apply = |price: Price| Price {
            input: own_input.or(price.input),
            output: spec.output_cost_per_token.or(price.output),
            cache_read: own_input.or(price.cache_read),
            cache_write: own_input.or(price.cache_write),
        };
        Self {
            price: apply(price),
            tier: tier.map(|t| Tier {
                above: t.above,
                price: apply(t.price),
            }),
        }
    }

    /// In US dollars; zero where no price is known.
    pub fn cost(&self, tokens: &Tokens) -> f64 {
        let long = self.tier.filter(|t| tokens.prompt > t.above);
        let pick = |of: fn(&Price) -> Option<f64>| {
            long.and_then(|t| of(&t.price)).or_else(|| of(&self.price))
        };
        let input = pick(|p| p.input).unwrap_or(0.0);
        let read = pick(|p| p.cache_read).unwrap_or(input);
        let write = pick(|p| p.cache_write).unwrap_or(input);
        let output = pick(|p| p.output).unwrap_or(0.0);
        let cached = tokens.cache_read + tokens.cache_write;
        price(tokens.prompt.saturating_sub(cached), input)
            + price(tokens.cache_read, read)
            + price(tokens.cache_write, write)
            + price(tokens.completion, output)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "token counts are far below 2^52"
)]
fn price(tokens: u64, each: f64) -> f64 {
    tokens as f64 * each
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICE: Price = Price {
        input: Some(4.0),
        output: Some(10.0),
        cache_read: Some(1.0),
        cache_write: Some(5.0),
    };

    fn tokens(prompt: u64) -> Tokens {
        Tokens {
            prompt,
            completion: 3,
            cache_read: 20,
            cache_write: 10,
            reasoning: 2,
        }
    }

    fn cost(spec: &LlmSpec, price: Price, tier: Option<Tier>, prompt: u64) -> f64 {
        Rates::new(spec, price, tier).cost(&tokens(prompt))
    }

    #[test]
    fn cached_tokens_have_their_own_price() {
        let spec = LlmSpec::default();
        assert_eq!(cost(&spec, PRICE, None, 100), 280.0 + 20.0 + 50.0 + 30.0);
        let plain = Price {
            cache_read: None,
            cache_write: None,
            ..PRICE
        };
        assert_eq!(cost(&spec, plain, None, 100), 430.0);
        assert_eq!(cost(&spec, Price::default(), None, 100), 0.0);
        assert_eq!(cost(&spec, PRICE, None, 5), 20.0 + 50.0 + 30.0);
    }

    #[test]
    fn long_prompts_cost_what_their_tier_says() {
        let spec = LlmSpec::default();
        let price = Price {
            input: Some(8.0),
            ..Price::default()
        };
        let tier = Some(Tier { above: 100, price });
        assert_eq!(cost(&spec, PRICE, tier, 100), 380.0);
        assert_eq!(cost(&spec, PRICE, tier, 101), 568.0 + 20.0 + 50.0 + 30.0);
    }

    #[test]
    fn prices_of_the_configuration_win() {
        let mut spec = LlmSpec {
            input_cost_per_token: Some(2.0),
            ..LlmSpec::default()
        };
        assert_eq!(cost(&spec, PRICE, None, 100), 200.0 + 30.0);
        spec.output_cost_per_token = Some(0.0);
        assert_eq!(cost(&spec, PRICE, None, 100), 200.0);
    }
}
