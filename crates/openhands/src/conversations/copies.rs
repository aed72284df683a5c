//! Conversations out to, and in from, the folders of the Python OpenHands.

use std::path::Path;

use domain::{ConversationId, Journal as _};
use store::layout;

use super::{done, glance};
use crate::clock::System;
use crate::exit::{Exit, Failure};
use crate::render::counted;
use crate::wiring::{House, short};
use crate::{key, process, stdout};

/// Writes a conversation into a directory of its own below `to`.
pub fn export(
    house: &House,
    files: &store::Files,
    id: ConversationId,
    to: &Path,
    salvage: bool,
) -> Result<Exit, Failure> {
    let log = if salvage {
        let salvaged = files.salvage(id)?;
        for damage in &salvaged.damage {
            stdout::aside(&format!(
                "lost: {} bytes of {} from byte {}\n",
                damage.len, damage.path, damage.offset
            ));
        }
        salvaged.log
    } else {
        files.peek(id)?
    };
    let glance = glance::read(&*log, id)?;
    let dir = to.join(id.hex());
    layout::export(&*log, &glance, &dir, &vault(house)?)
        .map_err(|error| Failure::error(error.to_string()))?;
    let events = counted(log.len(), "event");
    done(&format!("wrote {events} to {}", dir.display()))
}

/// Takes over a conversation from its directory.
pub fn import(house: &House, files: &store::Files, from: &Path) -> Result<Exit, Failure> {
    let vault = vault(house)?;
    let imported = process::runtime()?
        .block_on(layout::import(from, files, &vault))
        .map_err(|error| Failure::error(error.to_string()))?;
    for note in &imported.notes {
        stdout::aside(&format!("{note}\n"));
    }
    let events = counted(imported.events, "event");
    let name = short(imported.id);
    done(&format!(
        "took over {events} as {name}; go on with: openhands run --resume {name}"
    ))
}

fn vault(house: &House) -> Result<store::Cipher, Failure> {
    let keys = key::find_or_make(&house.config.home, &house.env, &System)?;
    Ok(store::Cipher::new(&keys.current, &keys.older))
}
