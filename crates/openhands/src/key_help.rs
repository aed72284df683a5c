//! What to do when there is no model or no key: a clear choice. Text only.

/// No model, no key, nothing.
pub const NOTHING_SET: &str = "\
no model is set up yet. Choose one of these:

  look around first, offline    openhands run --model demo
  a provider's key              export ANTHROPIC_API_KEY=...   (or OPENAI_API_KEY, GEMINI_API_KEY, ...)
  a model of your own           openhands run --model ollama/qwen3 \"...\"

Keys and models can also live in config.toml: see `openhands config --help`.";

/// A key or an address, but no model.
pub const WHICH_MODEL: &str = "\
which model? There is a key or an address, but nothing that names the model. Say it with --model NAME, with LLM_MODEL, \
or with `model` in the [llm] part of config.toml; `--model demo` works without any of that.";

/// A model whose provider refuses to work without a key.
pub fn no_key(model: &str, variables: &[String]) -> String {
    let variable = variables.first().map_or("LLM_API_KEY", String::as_str);
    format!(
        "\
{model} needs a key, and none is set. Choose one of these:

  set it for this shell         export {variable}=...
  keep it in config.toml        [llm]
                                api_key = \"...\"
  look around first, offline    openhands run --model demo

LLM_API_KEY works for any provider. `openhands config` shows what is set and from where."
    )
}
