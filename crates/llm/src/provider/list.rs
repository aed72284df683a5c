//! The providers, as data. Knows nothing else.

use super::{Effort, Provider};
use crate::dialect::Dialect;

/// What most of those who imitate OpenAI have in common.
const LIKE_OPENAI: Provider = Provider {
    name: "",
    title: "",
    base: None,
    keys: &[],
    needs_key: true,
    dialect: Dialect::Chat,
    limit: "max_tokens",
    effort: Effort::Known,
    cache_key: false,
    top_k: false,
    responses: false,
    tool_images: false,
    tool_name: true,
    strings: false,
    gateway: false,
    path: "",
};

/// Servers people run themselves.
const LOCAL: Provider = Provider {
    needs_key: false,
    top_k: true,
    path: "/v1",
    ..LIKE_OPENAI
};

/// Gateways that pass on to others.
const PROXY: Provider = Provider {
    needs_key: false,
    limit: "max_completion_tokens",
    top_k: true,
    responses: true,
    tool_images: true,
    gateway: true,
    ..LIKE_OPENAI
};

/// Someone unknown at an address of the user's.
pub(super) const UNKNOWN: Provider = Provider {
    name: "openai-compatible",
    title: "the server",
    needs_key: false,
    responses: true,
    top_k: true,
    ..LIKE_OPENAI
};

pub(super) const PROVIDERS: &[Provider] = &[
    Provider {
        name: "anthropic",
        title: "Anthropic",
        base: Some("https://api.anthropic.com"),
        keys: &["ANTHROPIC_API_KEY"],
        dialect: Dialect::Anthropic,
        top_k: true,
        tool_images: true,
        ..LIKE_OPENAI
    },
    Provider {
        name: "openai",
        title: "OpenAI",
        base: Some("https://api.openai.com/v1"),
        keys: &["OPENAI_API_KEY"],
        limit: "max_completion_tokens",
        effort: Effort::Always,
        cache_key: true,
        responses: true,
        ..LIKE_OPENAI
    },
    Provider {
        name: "openhands",
        title: "OpenHands",
        base: Some("https://llm-proxy.app.all-hands.dev"),
        keys: &["OPENHANDS_API_KEY", "LITELLM_PROXY_API_KEY"],
        needs_key: true,
        ..PROXY
    },
    Provider {
        name: "litellm_proxy",
        title: "the LiteLLM proxy",
        keys: &["LITELLM_PROXY_API_KEY"],
        ..PROXY
    },
    Provider {
        name: "openrouter",
        title: "OpenRouter",
        base: Some("https://openrouter.ai/api/v1"),
        keys: &["OPENROUTER_API_KEY"],
        limit: "max_completion_tokens",
        effort: Effort::Always,
        cache_key: true,
        top_k: true,
        ..LIKE_OPENAI
    },
    Provider {
        name: "gemini",
        title: "Gemini",
        base: Some("https://generativelanguage.googleapis.com/v1beta/openai"),
        keys: &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
        effort: Effort::Always,
        ..LIKE_OPENAI
    },
    Provider {
        name: "deepseek",
        title: "DeepSeek",
        base: Some("https://api.deepseek.com/v1"),
        keys: &["DEEPSEEK_API_KEY"],
        effort: Effort::Switch,
        cache_key: true,
        strings: true,
        ..LIKE_OPENAI
    },
    Provider {
        name: "mistral",
        title: "Mistral",
        base: Some("https://api.mistral.ai/v1"),
        keys: &["MISTRAL_API_KEY"],
        effort: Effort::Never,
        path: "/v1",
        ..LIKE_OPENAI
    },
    Provider {
        name: "groq",
        title: "Groq",
        base: Some("https://api.groq.com/openai/v1"),
        keys: &["GROQ_API_KEY"],
        cache_key: true,
        ..LIKE_OPENAI
    },
    Provider {
        name: "xai",
        title: "xAI",
        base: Some("https://api.x.ai/v1"),
        keys: &["XAI_API_KEY"],
        tool_name: false,
        ..LIKE_OPENAI
    },
    Provider {
        name: "moonshot",
        title: "Moonshot",
        base: Some("https://api.moonshot.ai/v1"),
        keys: &["MOONSHOT_API_KEY"],
        cache_key: true,
        strings: true,
        ..LIKE_OPENAI
    },
    Provider {
        name: "minimax",
        title: "MiniMax",
        base: Some("https://api.minimax.io/v1"),
        keys: &["MINIMAX_API_KEY"],
        limit: "max_completion_tokens",
        effort: Effort::Never,
        cache_key: true,
        path: "/v1",
        ..LIKE_OPENAI
    },
    Provider {
        name: "digitalocean",
        title: "DigitalOcean",
        base: Some("https://inference.do-ai.run/v1"),
        keys: &["DIGITALOCEAN_API_KEY", "GRADIENT_AI_API_KEY"],
        limit: "max_completion_tokens",
        ..LIKE_OPENAI
    },
    Provider {
        name: "ollama",
        title: "Ollama",
        base: Some("http://localhost:11434/v1"),
        keys: &["OLLAMA_API_KEY"],
        ..LOCAL
    },
    Provider {
        name: "lm_studio",
        title: "LM Studio",
        base: Some("http://localhost:1234/v1"),
        keys: &["LM_STUDIO_API_KEY"],
        cache_key: true,
        ..LOCAL
    },
    Provider {
        name: "hosted_vllm",
        title: "vLLM",
        base: Some("http://localhost:8000/v1"),
        keys: &["HOSTED_VLLM_API_KEY"],
        limit: "max_completion_tokens",
        effort: Effort::Always,
        cache_key: true,
        ..LOCAL
    },
    Provider {
        name: "together_ai",
        title: "Together AI",
        base: Some("https://api.together.ai/v1"),
        keys: &["TOGETHER_API_KEY", "TOGETHERAI_API_KEY"],
        cache_key: true,
        ..LIKE_OPENAI
    },
    Provider {
        name: "fireworks_ai",
        title: "Fireworks AI",
        base: Some("https://api.fireworks.ai/inference/v1"),
        keys: &["FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY"],
        cache_key: true,
        top_k: true,
        ..LIKE_OPENAI
    },
    Provider {
        name: "cerebras",
        title: "Cerebras",
        base: Some("https://api.cerebras.ai/v1"),
        keys: &["CEREBRAS_API_KEY"],
        ..LIKE_OPENAI
    },
    Provider {
        name: "dashscope",
        title: "DashScope",
        base: Some("https://dashscope.aliyuncs.com/compatible-mode/v1"),
        keys: &["DASHSCOPE_API_KEY"],
        cache_key: true,
        ..LIKE_OPENAI
    },
    Provider {
        name: "zai",
        title: "Z.AI",
        base: Some("https://api.z.ai/api/paas/v4"),
        keys: &["ZAI_API_KEY"],
        effort: Effort::Never,
        ..LIKE_OPENAI
    },
    Provider {
        name: "deepinfra",
        title: "DeepInfra",
        base: Some("https://api.deepinfra.com/v1/openai"),
        keys: &["DEEPINFRA_API_KEY"],
        ..LIKE_OPENAI
    },
    Provider {
        name: "nvidia_nim",
        title: "NVIDIA NIM",
        base: Some("https://integrate.api.nvidia.com/v1"),
        keys: &["NVIDIA_NIM_API_KEY"],
        effort: Effort::Never,
        ..LIKE_OPENAI
    },
];

/// Prefixes that mean something elsewhere, and are answered with what to do instead.
pub(super) const FOREIGN: &[&str] = &[
    "azure",
    "azure_ai",
    "azure_text",
    "bedrock",
    "bedrock_converse",
    "bedrock_mantle",
    "sagemaker",
    "vertex_ai",
    "vertex_ai_beta",
];

/// Whose a model is by the start of its name, for models newer than the table.
pub(super) const FAMILIES: &[(&str, &str)] = &[
    ("claude", "anthropic"),
    ("gpt-", "openai"),
    ("chatgpt", "openai"),
    ("codex-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("gemini-", "gemini"),
    ("grok-", "xai"),
    ("deepseek-", "deepseek"),
    ("kimi-", "moonshot"),
    ("mistral-", "mistral"),
    ("magistral-", "mistral"),
    ("devstral-", "mistral"),
    ("codestral-", "mistral"),
    ("minimax-", "minimax"),
];
