//! History of a workspace, asked of the program git. Knows no request.

mod changes;
mod commits;
mod diff;
mod errand;
mod origin;
mod program;
mod repository;
mod since;
mod worktree;

pub(super) use changes::{changes, commit_changes};
pub(super) use commits::commits;
pub(super) use diff::{commit_diff, diff};
pub use errand::{Errand, ErrandError, Errands};
pub(super) use origin::origin;
pub(super) use program::{Failure, Git};
pub(super) use repository::{EMPTY_TREE, Repository};
pub(super) use since::export;
pub(super) use worktree::{prepare, worktree};
