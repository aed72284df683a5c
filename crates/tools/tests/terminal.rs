//! The terminal tool, driving real shells and real programs.

#[path = "terminal/desk.rs"]
mod desk;

#[path = "terminal/commands.rs"]
mod commands;
#[path = "terminal/interaction.rs"]
mod interaction;
#[path = "terminal/interruption.rs"]
mod interruption;
#[path = "terminal/long_output.rs"]
mod long_output;
#[path = "terminal/shell_end.rs"]
mod shell_end;
#[path = "terminal/trust.rs"]
mod trust;
#[path = "terminal/waits.rs"]
mod waits;
