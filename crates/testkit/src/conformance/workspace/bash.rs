//! Commands: what they say, how they end, and who ends them.

use domain::{BashId, BashSearch, ExecuteBashRequest, WorkspaceError};
use uuid::Uuid;

use super::{Ground, Outcome, refused};

pub(super) async fn says(ground: Ground<'_>) -> Outcome {
    let output = ground.run("printf 'ö'; printf '\\377' >&2; exit 3").await?;
    anyhow::ensure!(output.exit_code == Some(3), "{output:?}");
    anyhow::ensure!(output.order == 0, "{output:?}");
    anyhow::ensure!(output.stdout.as_deref() == Some("ö"), "{output:?}");
    anyhow::ensure!(output.stderr.as_deref() == Some("\u{FFFD}"), "{output:?}");
    let silent = ground.run("true").await?;
    anyhow::ensure!(
        silent.stdout.is_none() && silent.stderr.is_none(),
        "{silent:?}"
    );
    // Every command has a shell of its own.
    ground.well("export left=behind; cd /").await?;
    let after = ground.well("echo \"$left$PWD\"").await?;
    anyhow::ensure!(
        after.trim_end() == ground.directory.to_string_lossy(),
        "{after}"
    );
    let read = ground.run("read line").await?;
    anyhow::ensure!(read.exit_code == Some(1), "nobody types: {read:?}");
    Ok(())
}

pub(super) async fn starts(ground: Ground<'_>) -> Outcome {
    let missing = ExecuteBashRequest {
        cwd: Some(ground.path("missing")),
        ..ExecuteBashRequest::new("echo a")
    };
    let output = ground.workspace.execute(missing).await?;
    let said = format!(
        "Error executing command: [Errno 2] No such file or directory: '{}'",
        ground.path("missing")
    );
    anyhow::ensure!(output.exit_code == Some(-1), "{output:?}");
    anyhow::ensure!(output.stdout.is_none(), "{output:?}");
    anyhow::ensure!(output.stderr == Some(said), "{output:?}");
    Ok(())
}

pub(super) async fn pieces(ground: Ground<'_>) -> Outcome {
    const PIECE: usize = 1 << 20;
    let count = 2 * PIECE + 7;
    let output = ground
        .run(&format!("head -c {count} /dev/zero | tr '\\0' x"))
        .await?;
    anyhow::ensure!(
        output.order == 2 && output.exit_code == Some(0),
        "{}",
        output.order
    );
    anyhow::ensure!(output.stdout.as_deref().map(str::len) == Some(count));
    let search = BashSearch {
        command: Some(output.command_id),
        ..BashSearch::default()
    };
    let mut sizes = Vec::new();
    for event in ground.workspace.bash_events(search).await?.items {
        let domain::BashEvent::Output(piece) = event else {
            anyhow::bail!("{event:?}");
        };
        let last = piece.order == 2;
        anyhow::ensure!(
            piece.exit_code == last.then_some(0),
            "{:?}",
            piece.exit_code
        );
        sizes.push((piece.order, piece.stdout.map_or(0, |text| text.len())));
    }
    anyhow::ensure!(sizes == [(0, PIECE), (1, PIECE), (2, 7)], "{sizes:?}");
    Ok(())
}

pub(super) async fn late(ground: Ground<'_>) -> Outcome {
    let request = ExecuteBashRequest {
        timeout: 1,
        ..ground.command("echo a; sleep 600 & sleep 600")
    };
    let output = ground.workspace.execute(request).await?;
    anyhow::ensure!(output.exit_code == Some(-1), "{output:?}");
    anyhow::ensure!(output.stdout.as_deref() == Some("a\n"), "{output:?}");
    Ok(())
}

pub(super) async fn stopped(ground: Ground<'_>) -> Outcome {
    let nobody = BashId(Uuid::nil());
    refused(ground.workspace.stop(nobody).await, |error| {
        matches!(error, WorkspaceError::NotFound(_))
    })?;
    let script =
        "mkfifo ready; (trap '' TERM; exec sleep 600) & echo $! > child; echo > ready; wait";
    let command = ground.workspace.start(ground.command(script)).await?;
    let child = ground
        .well("until [ -p ready ]; do :; done; read line < ready; cat child")
        .await?;
    ground.workspace.stop(command.id).await?;
    let gone = format!(
        "for i in $(seq 100); do kill -0 {} 2>/dev/null || exit 0; sleep 0.05; done; exit 1",
        child.trim()
    );
    ground.well(&gone).await?;
    // Once more is fine.
    ground.workspace.stop(command.id).await?;
    Ok(())
}

pub(super) async fn together(ground: Ground<'_>) -> Outcome {
    ground.well("mkfifo a b").await?;
    let (first, second) = tokio::join!(
        ground.well("echo first > a; cat b"),
        ground.well("cat a; echo second > b")
    );
    anyhow::ensure!(first? == "second\n" && second? == "first\n");
    let many = (0..32).map(|n| async move {
        ground
            .well(&format!("echo {n}"))
            .await
            .map(|said| (n, said))
    });
    for done in futures(many).await {
        let (n, said) = done?;
        anyhow::ensure!(said == format!("{n}\n"), "{n}: {said}");
    }
    Ok(())
}

/// Drives all of them at once.
async fn futures<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = all.map(|future| (Some(Box::pin(future)), None)).collect();
    std::future::poll_fn(|context| {
        for (future, done) in &mut waiting {
            if let Some(polled) = future.as_mut().map(|future| future.as_mut().poll(context))
                && let std::task::Poll::Ready(value) = polled
            {
                (*future, *done) = (None, Some(value));
            }
        }
        if waiting.iter().all(|(future, _)| future.is_none()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    waiting.into_iter().filter_map(|(_, done)| done).collect()
}
