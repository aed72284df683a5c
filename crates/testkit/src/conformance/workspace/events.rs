//! Events of commands: in pages, by name, live, and gone.

use std::collections::HashSet;

use domain::{
    BashEvent, BashEventKind, BashEventSortOrder, BashOutput, BashPlace, BashSearch, Moment,
};

use super::{Ground, Outcome};

async fn all(ground: Ground<'_>, mut search: BashSearch) -> anyhow::Result<Vec<BashEvent>> {
    let mut events = Vec::new();
    loop {
        let page = ground.workspace.bash_events(search.clone()).await?;
        anyhow::ensure!(page.items.len() <= search.limit);
        anyhow::ensure!(
            !page.items.is_empty() || page.next_page_id.is_none(),
            "an empty page"
        );
        events.extend(page.items);
        match page.next_page_id {
            Some(next) => search.page = Some(next),
            None => return Ok(events),
        }
    }
}

async fn ran(ground: Ground<'_>, count: usize) -> anyhow::Result<Vec<BashOutput>> {
    let mut outputs = Vec::new();
    for n in 0..count {
        outputs.push(ground.run(&format!("echo {n}")).await?);
    }
    Ok(outputs)
}

pub(super) async fn pages(ground: Ground<'_>) -> Outcome {
    ground.workspace.clear_bash_events().await?;
    ran(ground, 5).await?;
    let small = |sort| BashSearch {
        sort,
        limit: 3,
        ..BashSearch::default()
    };
    let forth = all(ground, small(BashEventSortOrder::Timestamp)).await?;
    anyhow::ensure!(forth.len() == 10, "{} events", forth.len());
    let names: HashSet<_> = forth.iter().map(BashEvent::id).collect();
    anyhow::ensure!(names.len() == 10, "names are used once");
    anyhow::ensure!(forth.is_sorted_by_key(BashEvent::timestamp));
    let mut back = all(ground, small(BashEventSortOrder::TimestampDesc)).await?;
    back.reverse();
    anyhow::ensure!(back == forth, "both directions tell the same");
    let unknown = BashSearch {
        page: Some("nowhere".to_owned()),
        ..BashSearch::default()
    };
    anyhow::ensure!(
        all(ground, unknown).await? == forth,
        "an unknown page is the first"
    );
    Ok(())
}

pub(super) async fn sifted(ground: Ground<'_>) -> Outcome {
    ground.workspace.clear_bash_events().await?;
    let outputs = ran(ground, 3).await?;
    let plain = BashSearch::default;
    let commands = BashSearch {
        kind: Some(BashEventKind::BashCommand),
        ..plain()
    };
    let commands = all(ground, commands).await?;
    anyhow::ensure!(
        commands.len() == 3
            && commands
                .iter()
                .all(|event| matches!(event, BashEvent::Command(_)))
    );
    for output in &outputs {
        let of = BashSearch {
            command: Some(output.command_id),
            limit: 1,
            ..plain()
        };
        let found = all(ground, of.clone()).await?;
        anyhow::ensure!(found == [BashEvent::Output(output.clone())], "{found:?}");
        let later = BashSearch {
            after_order: Some(0),
            ..of
        };
        anyhow::ensure!(
            all(ground, later).await?.is_empty(),
            "nothing came after the last"
        );
    }
    let second = commands
        .get(1)
        .map(BashEvent::timestamp)
        .unwrap_or(Moment(0));
    let since = BashSearch {
        since: Some(second),
        ..plain()
    };
    let until = BashSearch {
        until: Some(second),
        ..plain()
    };
    anyhow::ensure!(all(ground, since).await?.len() == 4);
    anyhow::ensure!(all(ground, until).await?.len() == 2);
    let after = BashSearch {
        after_order: Some(0),
        ..plain()
    };
    anyhow::ensure!(
        all(ground, after).await? == commands,
        "commands have no order"
    );
    Ok(())
}

pub(super) async fn by_name(ground: Ground<'_>) -> Outcome {
    let output = ground.run("echo found").await?;
    let ids = vec![
        output.id.to_string(),
        "00".to_owned(),
        output.command_id.to_string(),
    ];
    let found = ground.workspace.bash_events_by_id(ids).await?;
    match found.as_slice() {
        [
            Some(BashEvent::Output(one)),
            None,
            Some(BashEvent::Command(two)),
        ] => {
            anyhow::ensure!(*one == output && two.id == output.command_id);
            anyhow::ensure!(two.command == "echo found" && two.timeout == 300);
            Ok(())
        }
        other => anyhow::bail!("{other:?}"),
    }
}

pub(super) async fn followed(ground: Ground<'_>) -> Outcome {
    ground.workspace.clear_bash_events().await?;
    ran(ground, 2).await?;
    let mut whole = ground.workspace.follow_bash(BashPlace::First).await?;
    let mut fresh = ground.workspace.follow_bash(BashPlace::Next).await?;
    // Neither of them reads while this goes on.
    ran(ground, 40).await?;
    let told = all(ground, BashSearch::default()).await?;
    anyhow::ensure!(told.len() == 84, "{} events", told.len());
    for event in &told {
        anyhow::ensure!(whole.next().await?.as_ref() == Some(event));
    }
    for event in told.iter().skip(4) {
        anyhow::ensure!(fresh.next().await?.as_ref() == Some(event));
    }
    let (heard, ran) = tokio::join!(fresh.next(), ground.run("true"));
    ran?;
    anyhow::ensure!(
        matches!(heard?, Some(BashEvent::Command(command)) if command.command == "true")
    );
    Ok(())
}

pub(super) async fn cleared(ground: Ground<'_>) -> Outcome {
    ground.workspace.clear_bash_events().await?;
    let outputs = ran(ground, 3).await?;
    anyhow::ensure!(ground.workspace.clear_bash_events().await? == 6);
    anyhow::ensure!(all(ground, BashSearch::default()).await?.is_empty());
    let ids = outputs.iter().map(|output| output.id.to_string()).collect();
    let found = ground.workspace.bash_events_by_id(ids).await?;
    anyhow::ensure!(found.iter().all(Option::is_none), "{found:?}");
    anyhow::ensure!(ground.workspace.clear_bash_events().await? == 0);
    ran(ground, 1).await?;
    anyhow::ensure!(all(ground, BashSearch::default()).await?.len() == 2);
    Ok(())
}
