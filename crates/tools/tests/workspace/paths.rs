//! Paths that lead where they should not.

use std::os::unix::fs::symlink;

use domain::{
    ArchiveFormat, ArchiveRequest, ExecuteBashRequest, GitSides, SubdirectorySearch, Workspace,
    WorkspaceError, WorkspaceResult,
};

use super::ground::{Ground, Pieces, whole};

/// A workspace in `root`, a secret beside it, and ways that seem to lead there.
fn trap() -> (Ground, Vec<String>) {
    let ground = Ground::new();
    ground.write("secret/file", "secret");
    ground.write("root-twin/file", "secret");
    ground.write("root/inside/file", "fine");
    symlink(
        ground.path().join("secret"),
        ground.path().join("root/link"),
    )
    .unwrap();
    symlink("../../secret", ground.path().join("root/inside/relative")).unwrap();
    symlink("loop", ground.path().join("root/loop")).unwrap();
    let ways = [
        ground.at("secret"),
        ground.at("root/../secret"),
        ground.at("root/inside/../../secret"),
        ground.at("root/missing/../../secret"),
        ground.at("root/link"),
        ground.at("root/link/."),
        ground.at("root/inside/relative"),
        ground.at("root-twin"),
        "/".to_owned(),
        "/etc".to_owned(),
        "/proc/self/root/etc".to_owned(),
        "..".to_owned(),
        "root".to_owned(),
        String::new(),
    ];
    (ground, ways.into())
}

fn is_outside<T>(result: WorkspaceResult<T>, parameter: &str) -> bool {
    matches!(result, Err(WorkspaceError::Outside(named)) if named == parameter)
}

#[tokio::test]
async fn no_parameter_leads_out_of_a_directory() {
    let (ground, ways) = trap();
    let at = ground.scoped("root");
    for way in ways {
        let file = format!("{way}/file");
        assert!(
            is_outside(at.download(file.clone()).await, "path"),
            "{file}"
        );
        assert!(
            is_outside(at.upload(file.clone(), Pieces::of(b"x")).await, "path"),
            "{file}"
        );
        assert!(
            is_outside(at.create_directory(file.clone()).await, "path"),
            "{file}"
        );
        assert!(is_outside(
            at.git_diff(file.clone(), GitSides::Now(None)).await,
            "path"
        ));
        assert!(
            is_outside(at.git_changes(way.clone(), None).await, "path"),
            "{way}"
        );
        assert!(
            is_outside(at.git_commits(way.clone(), 1).await, "path"),
            "{way}"
        );
        let changes = at.git_commit_changes(way.clone(), "abcd".to_owned());
        assert!(is_outside(changes.await, "path"), "{way}");
        let search = SubdirectorySearch {
            path: way.clone(),
            page: None,
            limit: 1,
            include_hidden: true,
        };
        assert!(is_outside(at.subdirectories(search).await, "path"), "{way}");
        for format in [ArchiveFormat::TarGz, ArchiveFormat::GitDelta] {
            let request = ArchiveRequest {
                path: way.clone(),
                format,
                base: None,
                use_default_excludes: false,
                exclude: Vec::new(),
            };
            assert!(is_outside(at.archive(request).await, "path"), "{way}");
        }
        if way.is_empty() {
            continue;
        }
        let command = ExecuteBashRequest {
            cwd: Some(way.clone()),
            ..ExecuteBashRequest::new("true")
        };
        assert!(
            is_outside(at.execute(command.clone()).await, "cwd"),
            "{way}"
        );
        assert!(is_outside(at.start(command).await, "cwd"), "{way}");
    }
    assert_eq!(
        std::fs::read(ground.path().join("secret/file")).unwrap(),
        b"secret"
    );
    let fine = at
        .download(ground.at("root/inside/../inside/file"))
        .await
        .unwrap();
    assert_eq!(whole(fine).await, b"fine");
}

#[tokio::test]
async fn pages_stay_below_their_root() {
    let (ground, _) = trap();
    let at = ground.local();
    let root = ground.path().join("root");
    symlink(
        ground.path().join("secret/file"),
        root.join("inside/index.html"),
    )
    .unwrap();
    let outside = [
        "../secret/file",
        "inside/../../secret/file",
        "/etc/passwd",
        "link/file",
        "inside/relative/file",
        "inside",
        "inside/index.html",
        "../root-twin/file",
    ];
    for path in outside {
        let refused = at.page(root.clone(), path.to_owned()).await;
        let said = "Path is outside the workspace".to_owned();
        assert_eq!(
            refused.map(|_| ()),
            Err(WorkspaceError::Refused(said)),
            "{path}"
        );
    }
    for path in [
        "missing",
        "loop",
        "inside/file/",
        "inside/file/x",
        "a\0b",
        "..%2fsecret",
        "%2e%2e/secret/file",
    ] {
        let refused = at.page(root.clone(), path.to_owned()).await.map(|_| ());
        if path == "inside/file/" {
            assert_eq!(refused, Ok(()));
            continue;
        }
        let said = "File not found".to_owned();
        assert_eq!(refused, Err(WorkspaceError::NotFound(said)), "{path}");
    }
    let empty = at.page(root.clone(), String::new()).await.map(|_| ());
    let said = "No index.html in directory".to_owned();
    assert_eq!(empty, Err(WorkspaceError::NotFound(said)));
    ground.write("root/index.html", "<p>");
    let index = at.page(root.clone(), String::new()).await.unwrap();
    assert_eq!(index.name, "index.html");
    assert_eq!(whole(index).await, b"<p>");
    symlink("inside/file", root.join("fine")).unwrap();
    let link = at.page(root, "fine".to_owned()).await.unwrap();
    assert_eq!(whole(link).await, b"fine");
    let gone = at.page(ground.path().join("missing"), String::new()).await;
    let said = "Workspace directory does not exist".to_owned();
    assert_eq!(gone.map(|_| ()), Err(WorkspaceError::NotFound(said)));
}

#[tokio::test]
async fn a_pipe_is_no_page_and_no_download() {
    let ground = Ground::new();
    let at = ground.local();
    let made = super::ground::run(&at, &format!("mkfifo {}", ground.at("pipe"))).await;
    assert_eq!(made.exit_code, Some(0));
    assert!(
        at.page(ground.path().to_owned(), "pipe".to_owned())
            .await
            .is_err()
    );
    assert!(at.download(ground.at("pipe")).await.is_err());
}
