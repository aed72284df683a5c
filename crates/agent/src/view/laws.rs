//! What makes a history lawful for every provider. Drops what breaks a law; never invents anything.

use std::collections::{HashMap, HashSet};

use domain::{Condensation, EventId, Role};

use super::item::{Item, Part};

/// Applies a condensation: what is forgotten goes, its summary stands in its place.
pub(crate) fn condense(
    mut items: Vec<Item>,
    condensation: &Condensation,
    id: &EventId,
) -> Vec<Item> {
    let forgotten: HashSet<&EventId> = condensation.forgotten_event_ids.iter().collect();
    items.retain(|item| !forgotten.contains(&item.event) || matches!(item.part, Part::System(_)));
    if let (Some(summary), Some(offset)) = (&condensation.summary, condensation.summary_offset) {
        let at = usize::try_from(offset).unwrap_or(0).min(items.len());
        items.insert(at, Item::summary(id, summary));
    }
    items
}

/// Drops parts until every law holds: one result a call, no call without result, no result without call,
/// batches whole or gone.
pub(crate) fn enforce(mut items: Vec<Item>) -> Vec<Item> {
    one_result_each(&mut items);
    loop {
        let before = items.len();
        pair_calls_with_results(&mut items);
        if items.len() == before {
            return items;
        }
    }
}

/// Where a history can be cut without tearing apart what belongs together, ascending; 0 and its length are among them.
pub(crate) fn cuts(items: &[Item]) -> Vec<usize> {
    let outline: Vec<Outline> = items.iter().map(Outline::of).collect();
    let places: HashMap<&EventId, usize> = items
        .iter()
        .enumerate()
        .map(|(at, item)| (&item.event, at))
        .collect();
    let answers: HashMap<&str, usize> = items
        .iter()
        .enumerate()
        .filter_map(|(at, item)| match &item.part {
            Part::Result { call, .. } => Some((call.as_str(), at)),
            Part::System(_) | Part::Words(_) | Part::Call { .. } => None,
        })
        .collect();
    let mut inside = vec![false; items.len() + 1];
    for members in signed_loops(&outline).into_iter().chain(batches(&outline)) {
        let own = members.iter().filter_map(|id| places.get(id)).copied();
        let answered = own.clone().filter_map(|at| match &items[at].part {
            Part::Call { call, .. } => answers.get(call.id.as_str()).copied(),
            Part::System(_) | Part::Words(_) | Part::Result { .. } => None,
        });
        let all = || own.clone().chain(answered.clone());
        if let (Some(first), Some(last)) = (all().min(), all().max()) {
            inside[first + 1..=last].fill(true);
        }
    }
    (0..=items.len()).filter(|at| !inside[*at]).collect()
}

/// Whether the last batch may only be waiting for its results.
pub(crate) fn can_still_be_answered(items: &[Item]) -> bool {
    let answered: HashSet<&str> = results(items).collect();
    let last_words = items
        .iter()
        .rposition(|item| matches!(&item.part, Part::Words(m) if m.role == Role::Assistant));
    items.iter().enumerate().any(|(at, item)| match &item.part {
        Part::Call { call, .. } => {
            !answered.contains(call.id.as_str()) && last_words.is_none_or(|words| words < at)
        }
        Part::System(_) | Part::Words(_) | Part::Result { .. } => false,
    })
}

/// What belongs together stays whole or goes whole: the calls of one reply, and a turn of signed thoughts with its
/// calls, for providers check the signatures.
pub(crate) fn keep_whole(everything: &[Outline], kept: Vec<Item>) -> Vec<Item> {
    let alive: HashSet<&EventId> = kept.iter().map(|item| &item.event).collect();
    let mut doomed: HashSet<EventId> = HashSet::new();
    for members in signed_loops(everything)
        .into_iter()
        .chain(batches(everything))
    {
        if members.iter().any(|id| alive.contains(id))
            && members.iter().any(|id| !alive.contains(id))
        {
            doomed.extend(members.into_iter().cloned());
        }
    }
    if doomed.is_empty() {
        return kept;
    }
    let rest = enforce(
        kept.into_iter()
            .filter(|item| !doomed.contains(&item.event))
            .collect(),
    );
    // What went may have been a part of something larger.
    keep_whole(everything, rest)
}

/// A part without what it says: enough to know what belongs together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outline {
    event: EventId,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    /// Words that end a loop.
    Person,
    Call {
        reply: String,
        signed: bool,
    },
    Result,
    Other,
}

impl Outline {
    pub(crate) fn of(item: &Item) -> Self {
        let shape = match &item.part {
            Part::Words(message) if message.role == Role::User => Shape::Person,
            Part::Call { reply, lead, .. } => Shape::Call {
                reply: reply.clone(),
                signed: !lead.thinking.is_empty(),
            },
            Part::Result { .. } => Shape::Result,
            Part::System(_) | Part::Words(_) => Shape::Other,
        };
        Self {
            event: item.event.clone(),
            shape,
        }
    }
}

fn batches(items: &[Outline]) -> Vec<Vec<&EventId>> {
    let mut batches: Vec<(&str, Vec<&EventId>)> = Vec::new();
    for item in items {
        if let Shape::Call { reply, .. } = &item.shape {
            match batches.last_mut() {
                Some((last, members)) if *last == reply => members.push(&item.event),
                Some(_) | None => batches.push((reply, vec![&item.event])),
            }
        }
    }
    batches.into_iter().map(|(_, members)| members).collect()
}

fn signed_loops(items: &[Outline]) -> Vec<Vec<&EventId>> {
    let mut loops: Vec<Vec<&EventId>> = Vec::new();
    let mut open = false;
    for item in items {
        match &item.shape {
            Shape::Person => open = false,
            Shape::Call { signed: true, .. } if !open => {
                open = true;
                loops.push(Vec::new());
            }
            Shape::Call { .. } | Shape::Result | Shape::Other => {}
        }
        let belongs = matches!(item.shape, Shape::Call { .. } | Shape::Result);
        if let (true, true, Some(members)) = (open, belongs, loops.last_mut()) {
            members.push(&item.event);
        }
    }
    loops
}

fn one_result_each(items: &mut Vec<Item>) {
    let mut seen: HashSet<String> = HashSet::new();
    items.retain(|item| match &item.part {
        Part::Result { call, .. } => seen.insert(call.clone()),
        Part::System(_) | Part::Words(_) | Part::Call { .. } => true,
    });
    let mut called: HashSet<String> = HashSet::new();
    items.retain(|item| match &item.part {
        Part::Call { call, .. } => called.insert(call.id.clone()),
        Part::System(_) | Part::Words(_) | Part::Result { .. } => true,
    });
}

/// A batch with a call that has no result after it goes whole, and so does a result without a call before it.
fn pair_calls_with_results(items: &mut Vec<Item>) {
    let mut asked: HashMap<&str, &str> = HashMap::new();
    let mut answered: HashSet<&str> = HashSet::new();
    for item in items.iter() {
        match &item.part {
            Part::Call { call, reply, .. } => {
                asked.insert(&call.id, reply);
            }
            Part::Result { call, .. } if asked.contains_key(call.as_str()) => {
                answered.insert(call);
            }
            Part::System(_) | Part::Words(_) | Part::Result { .. } => {}
        }
    }
    let broken: HashSet<String> = asked
        .iter()
        .filter(|(call, _)| !answered.contains(*call))
        .map(|(_, reply)| (*reply).to_owned())
        .collect();
    let lost: HashSet<String> = asked
        .iter()
        .filter(|(_, reply)| broken.contains(**reply))
        .map(|(call, _)| (*call).to_owned())
        .collect();
    let answered: HashSet<String> = answered.into_iter().map(str::to_owned).collect();
    items.retain(|item| match &item.part {
        Part::Call { call, .. } => !lost.contains(&call.id),
        Part::Result { call, .. } => answered.contains(call) && !lost.contains(call),
        Part::System(_) | Part::Words(_) => true,
    });
}

fn results(items: &[Item]) -> impl Iterator<Item = &str> {
    items.iter().filter_map(|item| match &item.part {
        Part::Result { call, .. } => Some(call.as_str()),
        Part::System(_) | Part::Words(_) | Part::Call { .. } => None,
    })
}
