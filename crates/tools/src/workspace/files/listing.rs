//! Directories in a directory, as a person picks one. Reads no file.

use std::io;
use std::path::Path;

use domain::{
    FileBrowserEntry, HomeResponse, SubdirectoryEntry, SubdirectoryPage, SubdirectorySearch,
    WorkspaceError, WorkspaceResult,
};

use super::super::path::said_of;

/// How many directories of a home are offered.
const FAVORITES: usize = 50;

/// Where a person looks first.
pub(in super::super) fn home(home: &Path, include_hidden: bool) -> HomeResponse {
    // A home that cannot be read has nothing to offer.
    let mut names = names(home, include_hidden).unwrap_or_default();
    names.sort_by_cached_key(|name| name.to_lowercase());
    names.truncate(FAVORITES);
    let entry = |name: String| FileBrowserEntry {
        path: below(home, &name),
        label: name,
    };
    HomeResponse {
        home: home.to_string_lossy().into_owned(),
        favorites: names.into_iter().map(entry).collect(),
        locations: vec![FileBrowserEntry {
            label: "/".to_owned(),
            path: "/".to_owned(),
        }],
    }
}

/// A page of the directories in a directory.
pub(in super::super) fn subdirectories(
    directory: &Path,
    search: &SubdirectorySearch,
) -> WorkspaceResult<SubdirectoryPage> {
    let mut names = names(directory, search.include_hidden).map_err(|e| refused(&e, directory))?;
    names.sort_by_cached_key(|name| (name.to_lowercase(), name.clone()));
    let from = search.page.as_deref().map_or(0, |page| first(&names, page));
    let mut rest = names.into_iter().skip(from);
    let entry = |name: String| SubdirectoryEntry {
        path: below(directory, &name),
        name,
    };
    let items = rest.by_ref().take(search.limit).map(entry).collect();
    Ok(SubdirectoryPage {
        items,
        next_page_id: rest.next(),
    })
}

/// Where a page begins: at that name, else at one that differs in case only, else at the beginning.
fn first(names: &[String], page: &str) -> usize {
    let exact = names.iter().position(|name| name == page);
    exact
        .or_else(|| names.iter().position(|name| name.to_lowercase() == page))
        .unwrap_or(0)
}

/// The directories in a directory; links are none.
fn names(directory: &Path, include_hidden: bool) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let hidden = name.starts_with('.') && !include_hidden;
        if !hidden && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            names.push(name);
        }
    }
    Ok(names)
}

fn below(directory: &Path, name: &str) -> String {
    directory.join(name).to_string_lossy().into_owned()
}

fn refused(error: &io::Error, directory: &Path) -> WorkspaceError {
    let said = said_of(error, directory);
    if error.kind() == io::ErrorKind::PermissionDenied {
        WorkspaceError::Forbidden(said)
    } else {
        WorkspaceError::Broken(format!("Failed to list directory: {said}"))
    }
}
