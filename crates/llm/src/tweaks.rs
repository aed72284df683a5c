//! What a provider refused about a request, and is therefore left out of the next. Knows no dialect.

use crate::failure::Failure;
use domain::LlmErrorKind;

/// Departures from the request as it would be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tweaks {
    /// Nothing is marked for caching.
    pub unmarked: bool,
    /// Text goes as strings.
    pub strings: bool,
    /// Thoughts of messages before this one stay out.
    pub thoughts_from: usize,
    /// The temperature is raised, since the reply at zero was empty.
    pub warm: bool,
    /// More than this cannot be written.
    pub most: Option<u64>,
    /// Parameters that stay out.
    pub dropped: Vec<&'static str>,
}

/// Parameters that a request can do without.
const OPTIONAL: &[&str] = &[
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
    "reasoning",
    "stream_options",
    "max_completion_tokens",
    "max_output_tokens",
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "thinking",
    "output_config",
    "session_id",
    "include",
    "usage",
];

const REFUSALS: &[&str] = &[
    "unsupported",
    "unrecognized",
    "unknown parameter",
    "unknown field",
    "not permitted",
    "not supported",
    "not allowed",
    "does not support",
    "unexpected keyword",
    "deprecated for this model",
];

const STRINGS_ONLY: &[&str] = &[
    "should be a valid string",
    "content must be a string",
    "expected a string",
];

impl Tweaks {
    /// What the next request leaves out after this failure; nothing if that would not help.
    ///
    /// `parameters` are those that were sent, `messages` how many messages.
    pub fn after(&self, failure: &Failure, parameters: &[String], messages: usize) -> Option<Self> {
        if failure.kind != LlmErrorKind::BadRequest {
            return None;
        }
        let clues = failure.clues.as_str();
        let mut next = self.clone();
        if clues.contains("minimum token count to start caching") || clues.contains("cache_control")
        {
            next.unmarked = true;
        } else if clues.contains("signature") && clues.contains("thinking") {
            next.thoughts_from = messages;
        } else if let Some(most) = most(clues).filter(|n| self.most.is_none_or(|now| *n < now)) {
            next.most = Some(most);
        } else if STRINGS_ONLY.iter().any(|words| clues.contains(words)) {
            next.strings = true;
        } else if REFUSALS.iter().any(|words| clues.contains(words)) {
            let sent = OPTIONAL
                .iter()
                .filter(|p| parameters.iter().any(|s| s == *p));
            next.dropped.extend(sent.filter(|p| names(clues, p)));
        }
        (next != *self).then_some(next)
    }

    /// What is worth remembering for later requests.
    pub fn lasting(&self) -> Self {
        Self {
            unmarked: false,
            warm: false,
            ..self.clone()
        }
    }
}

/// How much can be written, if less was allowed than asked for: `max_tokens: 9 > 5, which is..` or `supports at most 5
/// completion tokens`.
fn most(text: &str) -> Option<u64> {
    let limit = match text.split_once("max_tokens: ") {
        Some((_, rest)) if rest.contains("maximum allowed") => rest.split_once("> ")?.1,
        _ if text.contains("completion tokens") => text.split_once("at most ")?.1,
        _ => return None,
    };
    let digits = limit.find(|c: char| !c.is_ascii_digit());
    let limit = limit[..digits.unwrap_or(limit.len())].parse().ok()?;
    (limit > 0).then_some(limit)
}

/// Whether the text names a parameter, as a word of its own.
fn names(text: &str, parameter: &str) -> bool {
    text.match_indices(parameter).any(|(at, _)| {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let before = text[..at].chars().next_back();
        let after = text[at + parameter.len()..].chars().next();
        let plain = !before.is_some_and(part) && !after.is_some_and(part);
        let quoted = before.is_some_and(|c| "'\"`.".contains(c)) || after == Some(':');
        plain && (quoted || parameter.contains('_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(message: &str) -> Option<Tweaks> {
        let failure = Failure::new(LlmErrorKind::BadRequest, message);
        let sent = [
            "model",
            "temperature",
            "reasoning",
            "prompt_cache_key",
            "max_completion_tokens",
        ];
        Tweaks::default().after(&failure, &sent.map(str::to_owned), 7)
    }

    #[test]
    fn a_refused_parameter_is_left_out() {
        for (message, dropped) in [
            (
                "Unsupported parameter: 'temperature' is not supported with this model.",
                "temperature",
            ),
            (
                "property 'prompt_cache_key' is unsupported",
                "prompt_cache_key",
            ),
            (
                "body.prompt_cache_key: Extra inputs are not permitted",
                "prompt_cache_key",
            ),
            (
                "Unrecognized request argument supplied: max_completion_tokens",
                "max_completion_tokens",
            ),
            ("`temperature` is deprecated for this model.", "temperature"),
            ("Unsupported parameter: 'reasoning.effort'", "reasoning"),
        ] {
            assert_eq!(after(message).unwrap().dropped, [dropped], "{message}");
        }
    }

    #[test]
    fn other_refusals_change_nothing() {
        for message in [
            "Unsupported parameter: 'top_k'",
            "the temperature of this place is not supported",
            "reasoning is not supported here",
            "my_temperature is not permitted",
            "bad request",
        ] {
            assert_eq!(after(message), None, "{message}");
        }
        let auth = Failure::new(LlmErrorKind::Auth, "'temperature' is not supported");
        assert_eq!(
            Tweaks::default().after(&auth, &["temperature".to_owned()], 1),
            None
        );
    }

    #[test]
    fn marks_thoughts_and_blocks_can_be_refused() {
        let cold = after("The minimum token count to start caching is 4096.").unwrap();
        assert!(cold.unmarked && !cold.lasting().unmarked);
        let foreign =
            after("messages.1.content.0: Invalid `signature` in `thinking` block").unwrap();
        assert_eq!(foreign.lasting().thoughts_from, 7);
        assert!(
            after("messages.2.content: Input should be a valid string")
                .unwrap()
                .strings
        );
    }

    #[test]
    fn a_smaller_output_is_asked_for_where_it_was_too_large() {
        for message in [
            "max_tokens: 16384 > 4096, which is the maximum allowed number of output tokens for x",
            "max_tokens is too large: 16384. This model supports at most 4096 completion tokens.",
        ] {
            assert_eq!(
                after(message).unwrap().lasting().most,
                Some(4096),
                "{message}"
            );
        }
        assert_eq!(after("max_tokens: must be > 0"), None);
        assert_eq!(after("at most four completion tokens"), None);
    }

    #[test]
    fn nothing_is_left_out_twice() {
        let failure = Failure::new(
            LlmErrorKind::BadRequest,
            "minimum token count to start caching",
        );
        let once = Tweaks::default().after(&failure, &[], 1).unwrap();
        assert_eq!(once.after(&failure, &[], 1), None);
    }
}
