//! The desk of the person who owns this place: everything is read and changed here. Knows no file, program or protocol.

pub(crate) mod agent_profiles;
pub(crate) mod connections;
pub(crate) mod meta_profiles;
pub(crate) mod person;
pub(crate) mod profiles;
pub(crate) mod secrets;
pub(crate) mod workspaces;

use std::sync::Arc;

use domain::{Clock, Held, Map, Outfit, Shelf, Vault};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::offers::Offers;

pub use agent_profiles::{
    ActivateAgentProfileResponse, AgentProfileDetailResponse, AgentProfileInfo,
    AgentProfileListResponse, AgentProfileMutationResponse, RenameAgentProfileRequest,
};
pub use connections::{
    ProviderConnectionCreateRequest, ProviderConnectionResponse, ProviderConnectionUpdateRequest,
};
pub use meta_profiles::{
    ActivateMetaProfileResponse, MetaProfileDetailResponse, MetaProfileInfo,
    MetaProfileListResponse, MetaProfileMutationResponse,
};
pub use person::{SettingsResponse, SettingsUpdateRequest};
pub use profiles::{
    ActivateProfileResponse, ProfileDetailResponse, ProfileInfo, ProfileListResponse,
    ProfileMutationResponse, RenameProfileRequest, SaveProfileRequest, ValidateProfileError,
    ValidateProfileRequest, ValidateProfileResponse,
};
pub use secrets::{SecretCreateRequest, SecretItemResponse, SecretsListResponse};
pub use workspaces::{
    AddWorkspaceParentsRequest, AddWorkspacesRequest, DeleteResponse, WorkspaceItem,
    WorkspaceParentItem, WorkspacesListResponse,
};

/// What the desk works with.
pub struct Ports {
    /// Where settings, secrets, profiles and connections are kept.
    pub shelf: Arc<dyn Shelf>,
    /// Where the list of workspaces is kept; the original keeps it elsewhere unless told otherwise.
    pub workspaces: Arc<dyn Shelf>,
    /// What seals secrets.
    pub vault: Arc<dyn Vault>,
    /// Time and fresh ids.
    pub clock: Arc<dyn Clock>,
    /// What makes models, to ask them whether they work and how much they hold.
    pub outfit: Arc<dyn Outfit>,
    /// What there is to choose from.
    pub offers: Offers,
    /// The skills that agents started from a profile may be taught, as JSON.
    pub skills: Arc<dyn Fn() -> Vec<Map> + Send + Sync>,
}

/// The desk of the person who owns this place. Its calls are short and touch the disk.
pub struct Desk {
    pub(crate) ports: Ports,
}

impl Desk {
    /// A desk over these ports.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// What there is to choose from.
    pub fn offers(&self) -> &Offers {
        &self.ports.offers
    }

    /// Now, as agents are told.
    pub(crate) fn now(&self) -> String {
        moment(self.ports.clock.micros())
    }

    /// Now, in seconds since the Unix epoch.
    pub(crate) fn seconds(&self) -> i64 {
        self.ports.clock.micros().div_euclid(1_000_000)
    }

    pub(crate) fn vault(&self) -> &dyn Vault {
        &*self.ports.vault
    }

    pub(crate) fn read(&self, document: &str) -> Result<Option<Map>, Error> {
        read(&*self.ports.shelf, document)
    }

    pub(crate) fn hold(&self, lock: &str) -> Result<Box<dyn Held + '_>, Error> {
        Ok(self.ports.shelf.hold(lock)?)
    }
}

/// A document as JSON; nothing if there is none.
pub(crate) fn read(shelf: &dyn Shelf, document: &str) -> Result<Option<Map>, Error> {
    let Some(bytes) = shelf.read(document)? else {
        return Ok(None);
    };
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(map)) => Ok(Some(map)),
        Ok(_) => Err(damaged(document, "it does not hold a JSON object")),
        Err(error) => Err(damaged(document, &format!("it is not JSON: {error}"))),
    }
}

/// A document cannot be read; it is left as it is.
pub(crate) fn damaged(document: &str, reason: &str) -> Error {
    Error::Damaged(format!(
        "cannot read {document}: {reason}; it is left as it is: mend it, or move it away to begin anew"
    ))
}

/// Writes a document the way the original does, so that people can read it.
pub(crate) fn put(held: &dyn Held, document: &str, content: &impl Serialize) -> Result<(), Error> {
    let bytes = serde_json::to_vec_pretty(content)
        .map_err(|error| Error::Damaged(format!("cannot write {document}: {error}")))?;
    Ok(held.put(document, &bytes)?)
}

/// A moment in the form agents are told: UTC, microseconds.
fn moment(micros: i64) -> String {
    match Timestamp::from_microsecond(micros) {
        Ok(moment) => moment.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
        Err(_) => String::new(),
    }
}

/// Says that documents are in use, in other words than profiles do.
pub(crate) fn busy(error: Error, said: &str) -> Error {
    if matches!(error, Error::Busy(_)) {
        Error::Busy(said.to_owned())
    } else {
        error
    }
}
