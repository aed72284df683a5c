//! The examples and notes below each help page. Every line that starts with `$ openhands` must parse; a test sees to it.

/// Below `openhands --help`.
pub const TOP: &str = "\
Start here:
  $ openhands run --model demo
        watch the whole loop offline in a few seconds: no key, no network
  $ openhands doctor
        see whether this machine has everything
  $ ANTHROPIC_API_KEY=... openhands run \"make the tests pass\"
        let the agent work in this directory
  $ openhands
        talk with it

Every command explains itself: openhands run --help";

/// Below `openhands run --help`.
pub const RUN: &str = "\
Examples:
  $ openhands run \"add a --verbose flag and a test for it\"
  $ openhands run --model ollama/qwen3 --workspace ~/shop \"why is checkout slow?\"
  $ git diff | openhands run --json - > review.jsonl
        (the task is what is piped in; one JSON event a line comes out)
  $ openhands run --confirm --budget 0.50 \"upgrade the dependencies\"
  $ openhands run --resume last
        goes on where the last conversation stopped, after a crash too
  $ OPENHANDS_SERVER_KEY=... openhands run --server https://agents.example.com \"update the docs\"
        works on an agent server, in the directory of the same name there
  $ openhands run --resume 3f2a \"now add documentation\"

Keys and models:
  The model comes from --model, LLM_MODEL or `model` in the [llm] part of config.toml.
  The key comes from --api-key, LLM_API_KEY, the provider's own variable (ANTHROPIC_API_KEY,
  OPENAI_API_KEY, ...) or `api_key` in config.toml.
  Flags win over the environment, and the environment over the file.
  `openhands config` shows what is set and from where.

While it works:
  Ctrl-C stops the agent and asks how to go on; a second Ctrl-C leaves.
  Nothing is lost: --resume goes on.

With --json:
  Every line but the last is an event, as it is stored. The last one has the kind RunResult, and
  conversation_id, status, exit_code, message, steps, tokens, cost, error and resume.
  Everything else that is worth saying goes to standard error.

Exit codes:
    0  the agent finished
    1  an error stopped it
    2  the command line or the configuration is wrong
    3  the agent went in circles
    4  a limit was reached (--max-iterations, --budget)
    5  something waits for confirmation and nobody is there to ask (see --approve and --reject)
  129, 130, 143  hung up, interrupted, terminated";

/// Below `openhands conversations --help`.
pub const CONVERSATIONS: &str = "\
Examples:
  $ openhands conversations list
  $ openhands conversations show last
  $ openhands conversations delete 3f2a

An id can be shortened to any beginning that only one conversation has; `last` is the newest
one.";

/// Below `openhands conversations list --help`.
pub const LIST: &str = "\
Examples:
  $ openhands conversations list --limit 5
  $ openhands conversations list --json";

/// Below `openhands conversations show --help`.
pub const SHOW: &str = "\
Examples:
  $ openhands conversations show last
  $ openhands conversations show --full 3f2a
  $ openhands conversations show --json last";

/// Below `openhands conversations export --help`.
pub const EXPORT: &str = "\
Examples:
  $ openhands conversations export last backups
  $ openhands conversations export --salvage 3f2a";

/// Below `openhands conversations import --help`.
pub const IMPORT: &str = "\
Examples:
  $ openhands conversations import workspace/conversations/9d164c20efb34813aa7855c2f7b68007";

/// Below `openhands conversations delete --help`.
pub const DELETE: &str = "\
Examples:
  $ openhands conversations delete 3f2a
  $ openhands conversations delete --yes 3f2a 81bc";

/// Below `openhands doctor --help`.
pub const DOCTOR: &str = "\
Examples:
  $ openhands doctor
  $ openhands doctor --online --model gpt-5.6

The exit code is 0 when nothing failed; warnings do not count.";

/// Below `openhands config --help`.
pub const CONFIG: &str = "\
Examples:
  $ openhands config
  $ openhands config --all
  $ LLM_MODEL=gpt-5.6 openhands config

The file is ~/.openhands/config.toml, or config.toml in $OPENHANDS_HOME, or what --config names:

  [llm]
  model = \"anthropic/claude-sonnet-5-5\"
  api_key = \"...\"
  base_url = \"http://127.0.0.1:11434/v1\"   # only for servers of your own

  [run]
  max_iterations = 200
  budget = 2.50
  confirm = true

Every setting of [llm] can also be given as LLM_<NAME>, such as LLM_TEMPERATURE=0.2.";

/// After the help of `serve`.
pub const SERVE: &str = "\
Examples:
  $ openhands serve
        the web interface on http://127.0.0.1:3000, opened in the browser
  $ openhands serve --port 8080 --no-browser
  $ OH_SESSION_API_KEYS_0=\"$(cat key)\" openhands serve --host 0.0.0.0
        for other machines; whoever opens the page is asked for the key

With a provider's key in the environment its model is ready to use. Without one the demo model is offered: it needs no
key and no network. Conversations are those of `openhands run`, in both directions.";

/// After the help of `agent`.
pub const AGENT: &str = "\
Examples:
  $ openhands agent
        for programs on this machine, on http://127.0.0.1:8000
  $ SESSION_API_KEY=\"$(cat key)\" OH_CONVERSATIONS_PATH=/data/conversations openhands agent --port 8000
        for others: every request must carry the key

The environment variables and the configuration file are those of the original agent server: OH_<FIELD>, for example
OH_MAX_CONCURRENT_RUNS, OH_SECRET_KEY or OH_WEBHOOKS_0_BASE_URL. /openapi.json describes every operation, and
/metrics shows figures for Prometheus.";
