//! The terminal tool, driving real shells and real programs.

#[cfg(test)]
#[path = "terminal/desk.rs"]
mod desk;

#[cfg(test)]
#[path = "terminal/commands.rs"]
mod commands;
#[cfg(test)]
#[path = "terminal/interaction.rs"]
mod interaction;
#[cfg(test)]
#[path = "terminal/interruption.rs"]
mod interruption;
#[cfg(test)]
#[path = "terminal/long_output.rs"]
mod long_output;
#[cfg(test)]
#[path = "terminal/shell_end.rs"]
mod shell_end;
#[cfg(test)]
#[path = "terminal/trust.rs"]
mod trust;
#[cfg(test)]
#[path = "terminal/waits.rs"]
mod waits;
