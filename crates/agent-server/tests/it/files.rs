//! Files over REST: in, out, listed and packed.

use serde_json::json;

use super::place::{KEY, Place};
use super::wire::{Answer, escaped, form};

async fn upload(place: &Place, at: &str, path: &str, content: &[u8]) -> Answer {
    let (body, kind) = form("file", content);
    let path = format!("{at}/file/upload?path={}", escaped(path));
    place
        .raw("POST", &path, &[kind, ("x-session-api-key", KEY)], &body)
        .await
}

#[tokio::test]
async fn a_large_file_goes_in_and_comes_out() {
    let place = Place::new().await;
    let content: Vec<u8> = (0..20_u32 << 20).map(|n| (n % 251) as u8).collect();
    let path = place.at("new/ü x.bin");
    let done = upload(&place, "/api", &path, &content).await;
    assert_eq!(
        done.json(),
        json!({"success": true, "file_size": content.len()})
    );
    let back = place.about("GET", "/api/file/download", &path).await;
    assert!(back.body == content, "{} bytes", back.body.len());
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        (
            "content-disposition",
            "attachment; filename*=utf-8''%C3%BC%20x.bin",
        ),
        ("content-length", "20971520"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(back.header(name), Some(value), "{name}");
    }
    let tag = back.header("etag").unwrap().to_owned();
    let download = format!("/api/file/download?path={}", escaped(&path));
    let key = ("x-session-api-key", KEY);
    for (more, status, length) in [
        ([("range", "bytes=5-14"), ("if-range", &*tag)], 206, 10),
        (
            [("range", "bytes=-7"), ("if-range", "\"other\"")],
            200,
            content.len(),
        ),
        ([("range", "bytes=99999999-"), key], 416, 0),
        ([("range", "bytes=3-1"), key], 400, 41),
    ] {
        let part = place
            .raw("GET", &download, &[more[0], more[1], key], b"")
            .await;
        assert_eq!((part.status, part.body.len()), (status, length), "{more:?}");
        if status == 206 {
            assert_eq!(part.body, content[5..15]);
            assert_eq!(part.header("content-range"), Some("bytes 5-14/20971520"));
        }
    }
}

#[tokio::test]
async fn wrong_paths_are_answered_as_recorded() {
    let place = Place::new().await;
    place.write("file", "x");
    let told = |said: &str| json!({ "detail": said });
    for (path, status, said) in [
        ("rel.txt", 400, "Path must be absolute"),
        (&*place.at(""), 400, "Path is a directory"),
        (
            &place.at("file/x"),
            400,
            "A parent of the path is not a directory",
        ),
        (
            &place.at("file/x/y"),
            400,
            "A parent of the path is not a directory",
        ),
    ] {
        let answer = upload(&place, "/api", path, b"x").await;
        assert_eq!(
            (answer.status, answer.json()),
            (status, told(said)),
            "{path}"
        );
    }
    for (path, status, said) in [
        ("rel", 400, "Path must be absolute"),
        (&*place.at("none"), 404, "File not found"),
        (&place.at(""), 400, "Path is not a file"),
    ] {
        let answer = place.about("GET", "/api/file/download", path).await;
        assert_eq!(
            (answer.status, answer.json()),
            (status, told(said)),
            "{path}"
        );
    }
    for (path, status, said) in [
        ("rel", 400, told("Path must be absolute")),
        (
            &*place.at("file"),
            400,
            told("Path exists and is not a directory"),
        ),
        (
            &place.at("file/x"),
            400,
            told("Path exists and is not a directory"),
        ),
        (&place.at("made/deep"), 200, json!({"success": true})),
        (&place.at("made/deep"), 200, json!({"success": true})),
    ] {
        let answer = place
            .about("POST", "/api/file/create_directory", path)
            .await;
        assert_eq!((answer.status, answer.json()), (status, said), "{path}");
    }
    let (body, kind) = form("other", b"x");
    let key = ("x-session-api-key", KEY);
    let lost = place
        .raw("POST", "/api/file/upload", &[kind, key], &body)
        .await;
    assert_eq!(lost.status, 422);
    let faults = lost.json();
    assert_eq!(
        faults["detail"][0]["loc"],
        json!(["query", "path"]),
        "{faults}"
    );
    assert_eq!(
        faults["detail"][1]["loc"],
        json!(["body", "file"]),
        "{faults}"
    );
}

#[tokio::test]
async fn a_conversation_reaches_its_own_files_only() {
    let place = Place::new().await;
    let at = place.conversation().await;
    place.write("secret", "s");
    std::os::unix::fs::symlink(place.at(""), place.at("w/link")).unwrap();
    let outside = json!({"detail": "path must be inside the conversation workspace"});
    for path in [
        place.at("secret"),
        place.at("w/../secret"),
        place.at("w/link/secret"),
        "/etc/hostname".to_owned(),
        "rel".to_owned(),
    ] {
        for (method, operation) in [
            ("GET", "file/download"),
            ("POST", "file/create_directory"),
            ("GET", "file/archive"),
            ("GET", "git/changes"),
            ("GET", "git/diff"),
            ("GET", "git/commits"),
            ("GET", "git/commits/abcd/changes"),
        ] {
            let answer = place
                .about(method, &format!("{at}/{operation}"), &path)
                .await;
            assert_eq!(
                (answer.status, answer.json()),
                (422, outside.clone()),
                "{operation} {path}"
            );
        }
        let answer = upload(&place, &at, &path, b"x").await;
        assert_eq!(
            (answer.status, answer.json()),
            (422, outside.clone()),
            "{path}"
        );
    }
    assert_eq!(std::fs::read(place.at("secret")).unwrap(), b"s");
    let fine = upload(&place, &at, &place.at("w/fine"), b"fine").await;
    assert_eq!(fine.status, 200, "{}", fine.text());
    let back = place
        .about("GET", &format!("{at}/file/download"), &place.at("w/fine"))
        .await;
    assert_eq!(back.text(), "fine");
}

#[tokio::test]
async fn directories_are_offered_for_picking() {
    let place = Place::new().await;
    place
        .run("mkdir -p home/.dot home/b home/A home/a; echo > home/file")
        .await;
    let home = place.get("/api/file/home").await.json();
    assert_eq!(home["home"], place.at("home"));
    assert_eq!(home["locations"], json!([{"label": "/", "path": "/"}]));
    let labels: Vec<&str> = home["favorites"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels.len(), 3, "{labels:?}");
    let list = "/api/file/search_subdirs?limit=2";
    let page = place.about("GET", list, &place.at("home")).await.json();
    let entry = |name: &str| json!({"name": name, "path": place.at(&format!("home/{name}"))});
    assert_eq!(
        page,
        json!({"items": [entry("A"), entry("a")], "next_page_id": "b"})
    );
    for (path, status, said) in [
        ("rel".to_owned(), 400, "Path must be absolute"),
        (place.at("none"), 404, "Directory not found"),
        (place.at("home/file"), 400, "Path is not a directory"),
    ] {
        let answer = place.about("GET", list, &path).await;
        assert_eq!(
            (answer.status, answer.json()),
            (status, json!({"detail": said}))
        );
    }
}

#[tokio::test]
async fn a_workspace_is_taken_away_as_one_file() {
    let place = Place::new().await;
    place.run("git init -q -b main r && cd r && git config user.name A && git config user.email a@b && echo 1 > a && git add . && git commit -qm one && echo 2 > b").await;
    let patch = place
        .about("GET", "/api/file/archive?base_ref=HEAD", &place.at("r"))
        .await;
    assert_eq!(patch.status, 200, "{}", patch.text());
    assert!(
        patch.text().contains("+++ b/b") && !patch.text().contains("b/a"),
        "{}",
        patch.text()
    );
    let head = place.run("git -C r rev-parse HEAD").await;
    for (name, value) in [
        ("content-type", "text/x-patch; charset=utf-8"),
        ("content-disposition", "attachment; filename=\"r.patch\""),
        ("x-archive-branch", "main"),
        ("x-archive-head-commit", head.trim_end()),
        ("x-archive-base-commit", head.trim_end()),
        ("x-archive-base-ref", "HEAD"),
    ] {
        assert_eq!(patch.header(name), Some(value), "{name}");
    }
    assert!(
        patch
            .header("x-archive-repo-root")
            .unwrap()
            .ends_with("%2Fr")
    );
    let packed = place
        .about(
            "GET",
            "/api/file/archive?format=tar.gz&exclude=b",
            &place.at("r"),
        )
        .await;
    assert_eq!(packed.header("content-type"), Some("application/gzip"));
    std::fs::write(place.at("packed"), &packed.body).unwrap();
    let names = place.run("tar -tzf packed | sort").await;
    assert_eq!(names, "r/\nr/a\nr/archive_manifest.json\n");
    for (query, path, status, said) in [
        ("?format=zip", place.at("r"), 422, None),
        ("", "rel".to_owned(), 400, Some("Path must be absolute")),
        ("", place.at("none"), 404, Some("Directory not found")),
        ("", place.at("packed"), 400, Some("Path is not a directory")),
        (
            "?base_ref=-x",
            place.at("r"),
            400,
            Some("base_ref must not start with '-'"),
        ),
        (
            "?base_ref=zz",
            place.at("r"),
            400,
            Some("base_ref 'zz' could not be resolved"),
        ),
    ] {
        let answer = place
            .about("GET", &format!("/api/file/archive{query}"), &path)
            .await;
        assert_eq!(answer.status, status, "{query} {path}");
        if let Some(said) = said {
            assert_eq!(answer.json(), json!({ "detail": said }));
        }
    }
}

#[tokio::test]
async fn a_conversation_is_taken_away_as_one_file() {
    let place = Place::new().await;
    let at = place.conversation().await;
    let id = at.rsplit_once('/').unwrap().1;
    let hex = id.replace('-', "");
    let said = json!({"role": "user", "content": [{"type": "text", "text": "hello there"}]});
    assert_eq!(
        place
            .ask("POST", &format!("{at}/events"), said)
            .await
            .status,
        200
    );
    for path in [
        format!("/api/file/download-trajectory/{id}"),
        format!("{at}/file/download-trajectory/{hex}"),
    ] {
        let packed = place.get(&path).await;
        assert_eq!(packed.status, 200, "{}", packed.text());
        let name = format!("attachment; filename=\"{hex}.zip\"");
        assert_eq!(packed.header("content-disposition"), Some(&*name));
        std::fs::write(place.at("t.zip"), &packed.body).unwrap();
        let look = "python3 -c \"import zipfile; z=zipfile.ZipFile('t.zip'); assert z.testzip() is None; \
                    print('\\n'.join(z.namelist())); print(b''.join(z.read(n) for n in z.namelist()).decode())\"";
        let seen = place.run(look).await;
        for part in [
            format!(
                "{hex}/\n{hex}/base_state.json\n{hex}/events/\n{hex}/meta.json\n{hex}/events/event-00000-"
            ),
            "hello there".to_owned(),
            "\"execution_status\"".to_owned(),
        ] {
            assert!(seen.contains(&part), "{part}: {seen}");
        }
    }
    let nobody = uuid::Uuid::nil();
    let answer = place
        .get(&format!("/api/file/download-trajectory/{nobody}"))
        .await;
    assert_eq!(
        (answer.status, answer.json()),
        (404, json!({"detail": "Conversation not found"}))
    );
    let answer = place
        .get(&format!("{at}/file/download-trajectory/{nobody}"))
        .await;
    let said = json!({"detail": "Trajectory must belong to the selected conversation"});
    assert_eq!((answer.status, answer.json()), (422, said));
}
