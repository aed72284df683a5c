//! The agent server over real HTTP: everything behind it is real but the model, the journal and the clock.

#[cfg(test)]
mod bash;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod extensions;
#[cfg(test)]
mod files;
#[cfg(test)]
mod git;
#[cfg(test)]
mod openai;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod place;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod wire;
