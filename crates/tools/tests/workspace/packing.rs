//! Archives of workspaces that change, lie deep, or hold what must not leave.

use domain::{ArchiveFormat, ArchiveRequest, Workspace, WorkspaceError};

use super::ground::{Ground, run, whole};

fn request(path: String, format: ArchiveFormat) -> ArchiveRequest {
    ArchiveRequest {
        path,
        format,
        base: None,
        use_default_excludes: true,
        exclude: Vec::new(),
    }
}

#[tokio::test]
async fn the_only_repository_below_is_meant() {
    let ground = Ground::new();
    let at = ground.local();
    let begin = format!(
        "cd {}; mkdir -p w/group; git init -q -b main w/group/only; cd w/group/only; echo 1 > a; git add .; \
         git -c user.name=A -c user.email=a@b commit -qm one; git remote add origin https://me:tok@host.invalid/r.git; echo 2 > b",
        ground.path().display()
    );
    assert_eq!(run(&at, &begin).await.exit_code, Some(0));
    for format in [ArchiveFormat::GitDelta, ArchiveFormat::TarGz] {
        let archive = at.archive(request(ground.at("w"), format)).await.unwrap();
        assert_eq!(archive.file.name, format!("only{}", format.suffix()));
        assert_eq!(
            archive.origin.remote.as_deref(),
            Some("https://****@host.invalid/r.git")
        );
        assert_eq!(archive.origin.branch.as_deref(), Some("main"));
        assert!(archive.origin.root.unwrap().ends_with("/w/group/only"));
        assert_eq!(
            archive.origin.base_commit, None,
            "the branch is on no remote"
        );
    }
    let patch = at
        .archive(request(ground.at("w"), ArchiveFormat::GitDelta))
        .await
        .unwrap();
    let patch = String::from_utf8(whole(patch.file).await).unwrap();
    assert!(
        patch.contains("+++ b/a") && patch.contains("+++ b/b"),
        "{patch}"
    );
    assert_eq!(
        run(&at, &format!("git init -q {}", ground.at("w/second")))
            .await
            .exit_code,
        Some(0)
    );
    let ambiguous = at
        .archive(request(ground.at("w"), ArchiveFormat::GitDelta))
        .await;
    assert!(
        matches!(ambiguous.map(|_| ()), Err(WorkspaceError::Refused(said)) if said.starts_with("Not a git repository"))
    );
}

#[tokio::test]
async fn a_bad_base_is_the_callers_mistake() {
    let ground = Ground::new();
    let at = ground.local();
    run(&at, &format!("git init -q {}", ground.at("r"))).await;
    for (base, said) in [
        ("--output=x", "base_ref must not start with '-'"),
        ("nope", "base_ref 'nope' could not be resolved"),
    ] {
        let mut request = request(ground.at("r"), ArchiveFormat::GitDelta);
        request.base = Some(base.to_owned());
        let refused = at.archive(request).await.map(|_| ());
        assert_eq!(refused, Err(WorkspaceError::Refused(said.to_owned())));
    }
}

#[tokio::test]
async fn nothing_is_left_beside_the_workspace() {
    let ground = Ground::new();
    let at = ground.local();
    ground.write("w/a", "1");
    let archive = at
        .archive(request(ground.at("w"), ArchiveFormat::TarGz))
        .await
        .unwrap();
    let length = archive.file.length;
    assert_eq!(whole(archive.file).await.len() as u64, length);
    let names: Vec<_> = std::fs::read_dir(ground.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["w"]);
}
