//! `workspaces.json`: the directories a person works in, and those that hold several. Looks into none.

use domain::Shelf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Desk, put, read};
use crate::error::Error;
use crate::migrate;

const VERSION: u64 = 1;
const DOCUMENT: &str = "workspaces.json";
const LOCK: &str = ".workspaces.lock";
const DAMAGED: &str = "Workspaces file is corrupted";

/// A directory a person works in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct WorkspaceItem {
    #[schemars(length(min = 1, max = 4096))]
    pub id: String,
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    #[schemars(length(min = 1, max = 4096))]
    pub path: String,
    #[serde(
        rename = "parentPath",
        alias = "parent_path",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(length(max = 4096))]
    pub parent_path: Option<String>,
}

/// A directory that holds several to work in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct WorkspaceParentItem {
    #[schemars(length(min = 1, max = 4096))]
    pub id: String,
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    #[schemars(length(min = 1, max = 4096))]
    pub path: String,
}

/// All directories.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct WorkspacesListResponse {
    #[serde(default)]
    pub workspaces: Vec<WorkspaceItem>,
    #[serde(rename = "workspaceParents", alias = "workspace_parents", default)]
    pub workspace_parents: Vec<WorkspaceParentItem>,
}

/// Directories to remember.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AddWorkspacesRequest {
    pub workspaces: Vec<WorkspaceItem>,
}

/// Directories that hold several, to remember.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AddWorkspaceParentsRequest {
    pub parents: Vec<WorkspaceParentItem>,
}

/// Whether something was there to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct DeleteResponse {
    #[serde(default = "yes")]
    pub deleted: bool,
}

fn yes() -> bool {
    true
}

/// As it is written.
#[derive(Serialize)]
struct Written<'a> {
    schema_version: u64,
    #[serde(flatten)]
    lists: &'a WorkspacesListResponse,
}

impl Desk {
    /// All directories.
    pub fn workspaces(&self) -> Result<WorkspacesListResponse, Error> {
        load(&*self.ports.workspaces)
    }

    /// Remembers directories, each path once.
    pub fn add_workspaces(
        &self,
        request: AddWorkspacesRequest,
    ) -> Result<WorkspacesListResponse, Error> {
        self.change_workspaces(|lists| {
            for item in request.workspaces {
                if !lists.workspaces.iter().any(|known| known.path == item.path) {
                    lists.workspaces.push(item);
                }
            }
        })
    }

    /// Remembers directories that hold several, each path once.
    pub fn add_workspace_parents(
        &self,
        request: AddWorkspaceParentsRequest,
    ) -> Result<WorkspacesListResponse, Error> {
        self.change_workspaces(|lists| {
            for item in request.parents {
                let parents = &mut lists.workspace_parents;
                if !parents.iter().any(|known| known.path == item.path) {
                    parents.push(item);
                }
            }
        })
    }

    /// Forgets a directory.
    pub fn remove_workspace(&self, path: &str) -> Result<DeleteResponse, Error> {
        let mut deleted = false;
        self.change_workspaces(|lists| {
            let before = lists.workspaces.len();
            lists.workspaces.retain(|known| known.path != path);
            deleted = lists.workspaces.len() < before;
        })?;
        forgotten(deleted, "Workspace not found")
    }

    /// Forgets a directory that holds several.
    pub fn remove_workspace_parent(&self, path: &str) -> Result<DeleteResponse, Error> {
        let mut deleted = false;
        self.change_workspaces(|lists| {
            let before = lists.workspace_parents.len();
            lists.workspace_parents.retain(|known| known.path != path);
            deleted = lists.workspace_parents.len() < before;
        })?;
        forgotten(deleted, "Workspace parent not found")
    }

    fn change_workspaces(
        &self,
        change: impl FnOnce(&mut WorkspacesListResponse),
    ) -> Result<WorkspacesListResponse, Error> {
        let shelf = &*self.ports.workspaces;
        let held = shelf.hold(LOCK)?;
        let before = load(shelf)?;
        let mut lists = before.clone();
        change(&mut lists);
        if lists != before {
            let written = Written {
                schema_version: VERSION,
                lists: &lists,
            };
            put(&*held, DOCUMENT, &written)?;
        }
        Ok(lists)
    }
}

fn forgotten(deleted: bool, otherwise: &str) -> Result<DeleteResponse, Error> {
    if deleted {
        Ok(DeleteResponse { deleted })
    } else {
        Err(Error::NotFound(otherwise.to_owned()))
    }
}

fn load(shelf: &dyn Shelf) -> Result<WorkspacesListResponse, Error> {
    let conflict = |reason: String| {
        tracing::error!(reason, "the list of workspaces cannot be read");
        Error::Conflict(DAMAGED.to_owned())
    };
    let map = match read(shelf, DOCUMENT) {
        Ok(Some(map)) => map,
        Ok(None) => return Ok(WorkspacesListResponse::default()),
        Err(Error::Damaged(reason)) => return Err(conflict(reason)),
        Err(other) => return Err(other),
    };
    migrate::version(&map, VERSION, "PersistedWorkspaces")
        .map_err(|faults| conflict(faults.to_string()))?;
    serde_json::from_value(Value::Object(map)).map_err(|error| conflict(error.to_string()))
}
