//! Serves a script from a file until interrupted: `cargo run -p testkit --example model -- script.txt`.

use std::io::Write;

use anyhow::Context;
use testkit::model::{Dialect, Model, parse};

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).context("which script?")?;
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let model = Model::bind(parse(&text).with_context(|| path.clone())?)?;
    let mut out = std::io::stdout();
    for dialect in Dialect::ALL {
        writeln!(out, "{dialect:?}: {}", model.base_url(dialect))?;
    }
    out.flush()?;
    loop {
        std::thread::park();
    }
}
