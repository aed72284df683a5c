//! Files: in, out, made, listed and packed.

use domain::{ArchiveFormat, ArchiveRequest, SubdirectorySearch, WorkspaceError};

use super::{Ground, Outcome, Ready, refused, whole};

pub(super) async fn round_trip(ground: Ground<'_>) -> Outcome {
    let path = ground.path("new/ü and more/file.bin");
    for bytes in [vec![7; 3_000_000], b"short".to_vec(), Vec::new()] {
        let done = ground
            .workspace
            .upload(path.clone(), Ready::new(&bytes))
            .await?;
        anyhow::ensure!(
            done.success && done.file_size == bytes.len() as u64,
            "{done:?}"
        );
        let back = ground.workspace.download(path.clone()).await?;
        anyhow::ensure!(back.name == "file.bin" && back.length == bytes.len() as u64);
        anyhow::ensure!(whole(back).await? == bytes, "other bytes");
    }
    let listed = ground.well("ls -A 'new/ü and more'").await?;
    anyhow::ensure!(listed == "file.bin\n", "left behind: {listed}");
    Ok(())
}

pub(super) async fn refusals(ground: Ground<'_>) -> Outcome {
    let wrong = |error: &WorkspaceError| matches!(error, WorkspaceError::Refused(_));
    let missing = |error: &WorkspaceError| matches!(error, WorkspaceError::NotFound(_));
    let at = ground.workspace;
    for path in ["", "relative", "../up", "./here"] {
        refused(at.upload(path.to_owned(), Ready::new(b"x")).await, wrong)?;
        refused(at.download(path.to_owned()).await, wrong)?;
        refused(at.create_directory(path.to_owned()).await, wrong)?;
    }
    let here = ground.path("");
    refused(at.upload(here.clone(), Ready::new(b"x")).await, wrong)?;
    refused(at.download(here).await, wrong)?;
    refused(at.download(ground.path("missing")).await, missing)?;
    at.upload(ground.path("file"), Ready::new(b"x")).await?;
    refused(
        at.upload(ground.path("file/below"), Ready::new(b"x")).await,
        wrong,
    )?;
    refused(at.create_directory(ground.path("file")).await, wrong)?;
    refused(at.create_directory(ground.path("file/below")).await, wrong)?;
    Ok(())
}

pub(super) async fn window(ground: Ground<'_>) -> Outcome {
    let path = ground.path("numbers");
    let bytes: Vec<u8> = (0..2_000_000_u32).flat_map(u32::to_le_bytes).collect();
    ground
        .workspace
        .upload(path.clone(), Ready::new(&bytes))
        .await?;
    for (skip, take) in [
        (0, 10),
        (1_500_001, 2_000_000),
        (7_999_999, 5),
        (9_000_000, 1),
    ] {
        let mut part = ground.workspace.download(path.clone()).await?;
        part.body.narrow(skip as u64, take as u64).await?;
        let expected = bytes.get(skip..).unwrap_or_default();
        let expected = expected.get(..take.min(expected.len())).unwrap_or_default();
        anyhow::ensure!(whole(part).await? == expected, "{skip} {take}");
    }
    Ok(())
}

pub(super) async fn directories(ground: Ground<'_>) -> Outcome {
    for name in ["b/deep", "A", "c", ".hidden", "a"] {
        ground.workspace.create_directory(ground.path(name)).await?;
        ground.workspace.create_directory(ground.path(name)).await?;
    }
    ground.well("echo > file; ln -s b link").await?;
    let mut search = SubdirectorySearch {
        path: ground.path(""),
        page: None,
        limit: 2,
        include_hidden: false,
    };
    let mut names = Vec::new();
    loop {
        let page = ground.workspace.subdirectories(search.clone()).await?;
        names.extend(page.items.into_iter().map(|entry| entry.name));
        search.page = page.next_page_id;
        if search.page.is_none() {
            break;
        }
    }
    anyhow::ensure!(names == ["A", "a", "b", "c"], "{names:?}");
    search.include_hidden = true;
    let page = ground.workspace.subdirectories(search.clone()).await?;
    let first = page.items.first().map(|entry| entry.path.clone());
    anyhow::ensure!(first == Some(ground.path(".hidden")), "{first:?}");
    search.path = ground.path("file");
    let is_file = ground.workspace.subdirectories(search.clone()).await;
    refused(is_file, |error| matches!(error, WorkspaceError::Refused(_)))?;
    search.path = ground.path("missing");
    let missing = ground.workspace.subdirectories(search).await;
    refused(missing, |error| {
        matches!(error, WorkspaceError::NotFound(_))
    })
}

pub(super) async fn archive(ground: Ground<'_>) -> Outcome {
    let made = "mkdir -p p/a/empty p/build p/node_modules/x p/.git && echo 1 > p/a/ü.txt && echo 2 > p/build/x \
                && echo 3 > p/node_modules/x/y && ln -s /etc/passwd p/link && echo secret > p/.git/config && echo > p/build.txt";
    ground.well(made).await?;
    let mut request = ArchiveRequest {
        path: ground.path("p"),
        format: ArchiveFormat::TarGz,
        base: None,
        use_default_excludes: true,
        exclude: Vec::new(),
    };
    let listed = async |request: ArchiveRequest| {
        let archive = ground.workspace.archive(request).await?;
        anyhow::ensure!(archive.file.name == "p.tar.gz", "{}", archive.file.name);
        let bytes = whole(archive.file).await?;
        let packed = ground.path("packed");
        ground.workspace.upload(packed, Ready::new(&bytes)).await?;
        ground
            .well("LC_ALL=C.UTF-8 tar --quoting-style=literal -tzf packed | sort")
            .await
    };
    let lean = listed(request.clone()).await?;
    let expected = [
        "p/",
        "p/a/",
        "p/a/empty/",
        "p/a/ü.txt",
        "p/archive_manifest.json",
        "p/build.txt",
        "",
    ];
    anyhow::ensure!(lean == expected.join("\n"), "{lean}");
    request.use_default_excludes = false;
    request.exclude.push("*.txt".to_owned());
    let full = listed(request.clone()).await?;
    anyhow::ensure!(
        full.contains("p/node_modules/x/y\n") && !full.contains(".txt"),
        "{full}"
    );
    anyhow::ensure!(!full.contains("config") && !full.contains("link"), "{full}");
    request.path = ground.path("missing");
    let missing = ground.workspace.archive(request).await;
    refused(missing.map(|_| ()), |error| {
        matches!(error, WorkspaceError::NotFound(_))
    })
}
