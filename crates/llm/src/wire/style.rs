//! How messages are written for one model. Knows no message.

use std::borrow::Cow;

use domain::ThinkingBlock;

use super::text::THOUGHT;
use crate::dialect::Dialect;
use crate::plan::Plan;
use crate::tweaks::Tweaks;

/// What the writing of a message depends on besides the message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a separate habit of a provider"
)]
pub(crate) struct Style {
    pub dialect: Dialect,
    pub vision: bool,
    /// Where to cache is marked.
    pub marks: bool,
    pub strings: bool,
    pub reasoning_back: bool,
    /// Even where there was no reasoning, something is sent back.
    pub blank_reasoning: bool,
    pub thinking_blocks: bool,
    pub thoughts_from: usize,
    pub tool_images: bool,
    pub tool_name: bool,
    pub longest_text: usize,
    ids: Ids,
}

/// What ids of tool calls may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ids {
    Any,
    /// With the signature of a thought, which goes elsewhere.
    Gemini,
    /// Letters, digits, `_` and `-`.
    Anthropic,
    /// Nine letters or digits.
    Mistral,
}

impl Style {
    pub fn new(plan: &Plan, tweaks: &Tweaks) -> Self {
        let traits = &plan.traits;
        let provider = plan.provider;
        let claude = plan.spec.model.to_lowercase().contains("claude");
        Self {
            dialect: plan.dialect,
            vision: traits.vision,
            marks: traits.marks && !tweaks.unmarked && plan.dialect != Dialect::Responses,
            strings: traits.strings || tweaks.strings,
            reasoning_back: traits.reasoning_back,
            blank_reasoning: traits.reasoning_back && provider.name == "deepseek",
            thinking_blocks: plan.dialect == Dialect::Anthropic || provider.gateway && claude,
            thoughts_from: tweaks.thoughts_from,
            tool_images: provider.tool_images,
            tool_name: provider.tool_name,
            longest_text: plan.spec.max_message_chars,
            ids: match (plan.dialect, provider.name) {
                (Dialect::Anthropic, _) => Ids::Anthropic,
                (_, "gemini") => Ids::Gemini,
                (_, "mistral") => Ids::Mistral,
                _ => Ids::Any,
            },
        }
    }

    /// The id of a call as this provider takes it; the same for the call and its result.
    pub fn id<'a>(&self, id: &'a str) -> Cow<'a, str> {
        let plain = id.split_once(THOUGHT).map_or(id, |(plain, _)| plain);
        let safe = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        match self.ids {
            Ids::Any | Ids::Gemini => Cow::Borrowed(plain),
            Ids::Anthropic if plain.chars().all(safe) && !plain.is_empty() => Cow::Borrowed(plain),
            Ids::Anthropic => {
                let safe = plain.chars().map(|c| if safe(c) { c } else { '_' });
                Cow::Owned(safe.chain(plain.is_empty().then_some('_')).collect())
            }
            Ids::Mistral if plain.len() == 9 && plain.chars().all(char::is_alphanumeric) => {
                Cow::Borrowed(plain)
            }
            Ids::Mistral => Cow::Owned(nine_letters(plain)),
        }
    }

    /// The signature of the thought that led to a call, for the one provider that wants it back.
    pub fn signature<'a>(&self, id: &'a str) -> Option<&'a str> {
        let signature = id.split_once(THOUGHT).map(|(_, signature)| signature);
        signature.filter(|s| self.ids == Ids::Gemini && !s.is_empty())
    }

    /// The thoughts of a message that go back to who made them.
    pub fn thoughts<'a>(
        &self,
        index: usize,
        blocks: &'a [ThinkingBlock],
    ) -> impl Iterator<Item = &'a ThinkingBlock> {
        let sent = self.thinking_blocks && index >= self.thoughts_from;
        blocks.iter().filter(move |b| sent && is_signed(b))
    }
}

/// Thoughts without a signature are refused.
pub(super) fn is_signed(block: &ThinkingBlock) -> bool {
    match block {
        ThinkingBlock::Thinking { signature, .. } => {
            signature.as_ref().is_some_and(|s| !s.is_empty())
        }
        ThinkingBlock::RedactedThinking { data } => !data.is_empty(),
    }
}

/// A short name that is the same every time (FNV-1a).
fn nine_letters(id: &str) -> String {
    const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let letter = |_| {
        let digit = DIGITS[usize::try_from(hash % 36).unwrap_or_default()];
        hash /= 36;
        char::from(digit)
    };
    (0..9).map(letter).collect()
}
