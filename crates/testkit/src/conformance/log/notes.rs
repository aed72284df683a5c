//! Notes beside a log: what they sum up need not be read again, and nothing else is ever skipped.

use anyhow::{bail, ensure};
use bytes::Bytes;
use domain::{ConversationId, Journal, LogError, Mark, Past, Reached};

use super::{Outcome, events, fresh, json, put};

/// What is recalled of a log: the note, the numbers of the events since, and how far that went.
struct Recalled {
    note: Option<Bytes>,
    since: Vec<u64>,
    reached: Reached,
}

fn recall(journal: &dyn Journal, id: ConversationId) -> anyhow::Result<Recalled> {
    let (mut note, mut since) = (None, Vec::new());
    let mut odd = None;
    let reached = journal.recall(id, &mut |past| {
        match past {
            Past::Note(words) if note.is_none() && since.is_empty() => note = Some(words),
            Past::Record(record) => since.extend(record.event.map(|entry| {
                let right = entry.json == json(entry.seq);
                odd = odd.take().or((!right).then(|| entry.clone()));
                entry.seq
            })),
            Past::Note(words) => bail_in(&words)?,
        }
        Ok(())
    })?;
    ensure!(odd.is_none(), "another event than was written: {odd:?}");
    Ok(Recalled {
        note,
        since,
        reached,
    })
}

fn bail_in(words: &Bytes) -> Result<(), LogError> {
    Err(LogError::Closed(format!(": a note too late: {words:?}")))
}

pub(super) async fn left_by_the_writer(journal: &dyn Journal) -> Outcome {
    let id = fresh();
    let log = journal.create(id)?;
    put(&log, events(0..5)).await?;
    let bare = recall(journal, id)?;
    ensure!(bare.note.is_none() && bare.since == [0, 1, 2, 3, 4]);

    // Batches are counted as the log counts them: only it knows what its marks mean.
    let (mark, _) = log.append(events(5..7))?;
    log.note(mark, Bytes::from_static(b"seven"));
    log.close().await?;
    let noted = recall(journal, id)?;
    ensure!(noted.note.as_deref() == Some(b"seven"), "{:?}", noted.note);
    ensure!(noted.since.is_empty(), "{:?}", noted.since);

    let log = journal.open(id)?;
    put(&log, events(7..9)).await?;
    let since = recall(journal, id)?;
    ensure!(since.note.as_deref() == Some(b"seven") && since.since == [7, 8]);
    log.close().await?;
    let since = recall(journal, id)?;
    ensure!(since.note.as_deref() == Some(b"seven") && since.since == [7, 8]);
    Ok(())
}

pub(super) async fn overtaken(journal: &dyn Journal) -> Outcome {
    let id = fresh();
    let log = journal.create(id)?;
    let early = Mark(put(&log, events(0..3)).await?);
    put(&log, events(3..4)).await?;
    log.note(early, Bytes::from_static(b"too early"));
    log.close().await?;
    let since = recall(journal, id)?;
    ensure!(
        since.note.is_none() && since.since == [0, 1, 2, 3],
        "a note hides what it does not sum up: {:?}",
        since.note
    );
    Ok(())
}

pub(super) async fn left_by_a_reader(journal: &dyn Journal) -> Outcome {
    let id = fresh();
    let log = journal.create(id)?;
    put(&log, events(0..3)).await?;
    log.close().await?;
    let edition = |journal: &dyn Journal| -> anyhow::Result<u64> {
        let listed = journal.survey()?;
        match listed.iter().find(|listed| listed.id == id) {
            Some(listed) => Ok(listed.edition),
            None => bail!("it is not listed"),
        }
    };
    let before = edition(journal)?;
    let all = recall(journal, id)?;
    ensure!(all.note.is_none() && all.since == [0, 1, 2]);
    journal.note(id, &all.reached, Bytes::from_static(b"three"))?;
    let noted = recall(journal, id)?;
    ensure!(noted.note.as_deref() == Some(b"three") && noted.since.is_empty());
    ensure!(
        edition(journal)? != before,
        "another note is another edition"
    );
    let log = journal.open(id)?;
    ensure!(log.len() == 3 && journal.is_open(id)?);
    log.close().await?;
    ensure!(!journal.is_open(id)?);
    let gone = journal.recall(fresh(), &mut |_| Ok(())).err();
    ensure!(matches!(gone, Some(LogError::NotFound(_))), "{gone:?}");
    Ok(())
}
