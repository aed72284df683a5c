//! The process from its first argument to its exit code: read once, choose a command, say one thing if it failed.

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use serde_json::Value;

use crate::cli::{Cli, Command, Common, Model, Run};
use crate::config::Given;
use crate::environment::Environment;
use crate::exit::{Exit, Failure};
use crate::render::Look;
use crate::wiring::House;
use crate::{agent, conversations, doctor, logging, serve, session, settings, stdout};

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misread(&error),
    };
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if !failure.message.is_empty() {
                stdout::aside(&format!("openhands: {}\n", failure.message));
            }
            failure.exit.into()
        }
    }
}

/// Help, the version, or a mistake on the command line.
fn misread(error: &clap::Error) -> ExitCode {
    // Nobody can be told if even this cannot be printed.
    let _ = error.print();
    if error.kind() == ErrorKind::InvalidSubcommand {
        stdout::aside(
            "\nTo give the agent a task, put it in quotes after `run`:\n\n  openhands run \"make the tests pass\"\n",
        );
    }
    match u8::try_from(error.exit_code()) {
        Ok(code) => code.into(),
        Err(_) => Exit::Usage.into(),
    }
}

fn run(cli: Cli) -> Result<Exit, Failure> {
    let env = Environment::of_process();
    logging::start(&env)?;
    let look = Look::of_stdout(cli.common.color, &env);
    let command = cli.command.unwrap_or_else(|| Command::Run(Box::default()));
    let house = House::enter(&cli.common, flags(&command), env)?;
    if !matches!(command, Command::Config(_) | Command::Doctor(_)) {
        for warning in &house.config.warnings {
            stdout::aside(&format!("openhands: {warning}\n"));
        }
    }
    match command {
        Command::Run(args) => work(&house, &cli.common, &args, look),
        Command::Serve(args) => runtime()?.block_on(Box::pin(serve::run(&house, &args))),
        Command::Agent(args) => runtime()?.block_on(Box::pin(agent::run(&house, &args))),
        Command::Conversations(args) => conversations::run(&house, &args, &look),
        Command::Doctor(args) => runtime()?.block_on(doctor::run(&house, &args, &look)),
        Command::Config(args) => settings::run(&house, &args, &look),
    }
}

fn work(house: &House, common: &Common, args: &Run, look: Look) -> Result<Exit, Failure> {
    let runtime = runtime()?;
    let exit = runtime.block_on(Box::pin(session::run(house, common, args, look)));
    // What still waits, such as a read of the terminal, waits for nobody.
    runtime.shutdown_background();
    exit
}

/// Two threads: one for the conversation, one for the person.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::error(format!("cannot start: {error}")))
}

/// The settings that were given as flags.
fn flags(command: &Command) -> Vec<Given> {
    match command {
        Command::Run(args) => {
            let mut flags = of_model(&args.model);
            let mut give = |name, value: Option<Value>, flag| {
                flags.extend(value.map(|value| (name, value, flag)));
            };
            let workspace = args.workspace.as_ref();
            give(
                "run.workspace",
                workspace.map(|path| path.display().to_string().into()),
                "--workspace",
            );
            give(
                "run.max_iterations",
                args.max_iterations.map(Value::from),
                "--max-iterations",
            );
            give("run.budget", args.budget.map(Value::from), "--budget");
            give(
                "run.confirm",
                args.confirm.then_some(Value::Bool(true)),
                "--confirm",
            );
            flags
        }
        Command::Doctor(args) => of_model(&args.model),
        Command::Config(args) => of_model(&args.model),
        Command::Conversations(_) | Command::Agent(_) | Command::Serve(_) => Vec::new(),
    }
}

fn of_model(model: &Model) -> Vec<Given> {
    [
        ("llm.model", &model.model, "--model"),
        ("llm.api_key", &model.api_key, "--api-key"),
        ("llm.base_url", &model.base_url, "--base-url"),
    ]
    .into_iter()
    .filter_map(|(name, value, flag)| Some((name, Value::from(value.as_deref()?.trim()), flag)))
    .collect()
}
