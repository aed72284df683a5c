//! Uploads that break off, and files that are not plain.

use std::os::unix::fs::{PermissionsExt, symlink};

use domain::{Workspace, WorkspaceError};

use super::ground::{Ground, Pieces};

fn names(ground: &Ground) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(ground.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_upload_that_breaks_off_changes_nothing() {
    let ground = Ground::new();
    ground.write("file", "as it was");
    let broken = Err(WorkspaceError::Broken("the line is dead".to_owned()));
    let body = Pieces(vec![Ok(vec![1; 5_000_000].into()), broken.clone()]);
    let result = ground
        .local()
        .upload(ground.at("file"), Box::new(body))
        .await;
    assert_eq!(result, broken.map(|_: bytes::Bytes| unreachable!()));
    assert_eq!(
        std::fs::read(ground.path().join("file")).unwrap(),
        b"as it was"
    );
    assert_eq!(names(&ground), ["file"]);
}

#[tokio::test]
async fn a_file_keeps_its_mode_and_a_link_its_target() {
    let ground = Ground::new();
    let script = ground.write("script", "#!/bin/sh\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o750)).unwrap();
    symlink("script", ground.path().join("link")).unwrap();
    let at = ground.local();
    at.upload(ground.at("link"), Pieces::of(b"new"))
        .await
        .unwrap();
    assert_eq!(std::fs::read(&script).unwrap(), b"new");
    let mode = std::fs::metadata(&script).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o750);
    assert!(
        std::fs::symlink_metadata(ground.path().join("link"))
            .unwrap()
            .is_symlink()
    );
    at.upload(ground.at("fresh"), Pieces::of(b"x"))
        .await
        .unwrap();
    let fresh = std::fs::metadata(ground.path().join("fresh")).unwrap();
    let plain = std::fs::metadata(ground.write("plain", "")).unwrap();
    assert_eq!(fresh.permissions().mode(), plain.permissions().mode());
}

#[tokio::test]
async fn a_device_takes_an_upload() {
    let ground = Ground::new();
    let at = ground.local();
    let done = at.upload("/dev/null".to_owned(), Pieces::of(b"gone"));
    assert_eq!(done.await.unwrap().file_size, 4);
}

#[tokio::test]
async fn two_uploads_to_one_place_leave_one_of_them() {
    let ground = Ground::new();
    let at = ground.local();
    let (a, b) = (vec![b'a'; 2_000_000], vec![b'b'; 2_000_000]);
    let (first, second) = tokio::join!(
        at.upload(ground.at("file"), Pieces::of(&a)),
        at.upload(ground.at("file"), Pieces::of(&b))
    );
    first.unwrap();
    second.unwrap();
    let left = std::fs::read(ground.path().join("file")).unwrap();
    assert!(left == a || left == b, "a mixture");
}
