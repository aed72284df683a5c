//! Every `openhands` command in the documents is one that the program itself understands.

use xtask::Root;
use xtask::tidy::{Tree, unknown_commands};

#[test]
fn documented_commands_exist() -> anyhow::Result<()> {
    let tree = Tree::read(&Root::find()?)?;
    let unknown = unknown_commands(&tree, "openhands", &openhands::cli::command());
    anyhow::ensure!(unknown.is_empty(), "\n{}", unknown.join("\n"));
    Ok(())
}
