//! Which variables of our own environment the agent's commands may see. Reads no environment itself.

/// Variables that hold our own keys.
const OURS: [&str; 2] = ["SESSION_API_KEY", "OH_SECRET_KEY"];

/// Beginnings of such variables.
const OUR_PREFIXES: [&str; 2] = ["OH_SESSION_API_KEYS_", "LMNR"];

/// Whoever sells models: `OPENAI` stands for `OPENAI_API_KEY` and its like.
const PROVIDERS: [&str; 37] = [
    "AI21",
    "ANTHROPIC",
    "ANYSCALE",
    "AZURE",
    "AZURE_AI",
    "AZURE_OPENAI",
    "CEREBRAS",
    "CODESTRAL",
    "COHERE",
    "DASHSCOPE",
    "DATABRICKS",
    "DEEPINFRA",
    "DEEPSEEK",
    "FIREWORKS",
    "FIREWORKS_AI",
    "GEMINI",
    "GOOGLE",
    "GOOGLE_AI",
    "GROQ",
    "HUGGINGFACE",
    "LITELLM",
    "LITELLM_PROXY",
    "MINIMAX",
    "MISTRAL",
    "MOONSHOT",
    "NOVITA",
    "NVIDIA_NIM",
    "OPENAI",
    "OPENHANDS",
    "OPENROUTER",
    "PERPLEXITY",
    "PERPLEXITYAI",
    "REPLICATE",
    "SAMBANOVA",
    "TOGETHERAI",
    "XAI",
    "ZAI",
];

/// The environment of the agent's commands: `parent` without our keys and those of model providers, and a name for what runs them.
pub(crate) fn for_commands(parent: &[(String, String)]) -> Vec<(String, String)> {
    let mut kept: Vec<(String, String)> = parent
        .iter()
        .filter(|(name, _)| !is_ours(name) && !is_for_models(name))
        .cloned()
        .collect();
    let named = |(name, value): &(String, String)| name == "AI_AGENT" && !value.trim().is_empty();
    if !kept.iter().any(named) {
        kept.retain(|(name, _)| name != "AI_AGENT");
        kept.push(("AI_AGENT".to_owned(), "openhands".to_owned()));
    }
    kept
}

fn is_ours(name: &str) -> bool {
    OURS.contains(&name)
        || OUR_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || (name.starts_with("OTEL") && name.ends_with("HEADERS"))
}

fn is_for_models(name: &str) -> bool {
    if name.starts_with("LLM_") && name.contains("API_KEY") {
        return true;
    }
    let owner = name
        .strip_suffix("_API_KEY")
        .or_else(|| name.strip_suffix("_AUTH_TOKEN"));
    owner.is_some_and(|owner| PROVIDERS.contains(&owner))
}

#[cfg(test)]
mod tests;
