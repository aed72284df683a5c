//! The scripted model as a program, for tests in other languages: `scripted-model [--port N]`.
//!
//! Prints one line, `{"port": N}`, and serves until it is ended. Tests give it scripts and read what it was asked over
//! HTTP (`POST /_script/{name}`, `GET /_requests/{name}`) and then ask for the model `name` in any dialect. The model
//! `instant` is there from the start and always has the same short answer.

use std::io::Write;

use anyhow::{Context, bail};
use testkit::model::{Library, Model, parse};

fn main() -> anyhow::Result<()> {
    let port = port(std::env::args().skip(1))?;
    let model = Model::bind_to(port, Library::new())
        .with_context(|| format!("cannot listen on 127.0.0.1:{port}"))?;
    model.learn("instant", parse("forever\n  says Done.")?);
    let mut out = std::io::stdout();
    writeln!(out, "{}", serde_json::json!({"port": model.port()}))?;
    out.flush()?;
    loop {
        std::thread::park();
    }
}

/// The port that was asked for; 0 lets the system choose.
fn port(mut args: impl Iterator<Item = String>) -> anyhow::Result<u16> {
    let Some(arg) = args.next() else {
        return Ok(0);
    };
    if arg != "--port" {
        bail!("{arg:?} is not understood; write `scripted-model [--port N]`");
    }
    let port = args.next().context("which port? Write `--port N`")?;
    port.parse()
        .with_context(|| format!("{port:?} is no port number"))
}
