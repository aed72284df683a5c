//! Conversations of the original come in, go out, and come in again as they were.
//!
//! That the original opens what is written here was tried by hand, with openhands-sdk and openhands-agent-server
//! 1.58.2: see `the_golden_conversation_goes_in_and_out_unchanged`, and `EXPORT_TO` there.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use domain::{
    Body, Event, EventId, Fact, Glance, Journal, Log, LogError, Secret, SecretSource, Source,
    Start, Status, Vault,
};
use serde_json::{Value, json};
use store::layout::{self, LayoutError};
use store::{Cipher, Files, NoVault};

const GOLDEN: &str = "d95490f5b2974952a5aa9b4f8988e014";

fn golden() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/persisted");
    root.join(GOLDEN)
}

/// A place for logs and one for directories of the original.
struct Desk {
    dir: tempfile::TempDir,
    files: Files,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::open(&dir.path().join("ours")).unwrap();
        Self { dir, files }
    }

    /// A copy of the golden conversation that may be changed.
    fn copy(&self) -> PathBuf {
        let to = self.path(GOLDEN);
        fs::create_dir_all(to.join("events")).unwrap();
        for from in [golden(), golden().join("events")] {
            for entry in fs::read_dir(&from).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let below = path.strip_prefix(golden()).unwrap();
                    fs::copy(&path, to.join(below)).unwrap();
                }
            }
        }
        to
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    async fn import(&self, dir: &Path) -> Result<layout::Imported, LayoutError> {
        layout::import(dir, &self.files, &NoVault).await
    }

    /// What the error says about a directory from which nothing may come.
    async fn refused(&self, dir: &Path) -> String {
        let error = self.import(dir).await.unwrap_err();
        assert_eq!(self.files.list().unwrap(), [], "something is left behind");
        let ours = self.path("ours/conversations");
        assert_eq!(
            fs::read_dir(ours).unwrap().count(),
            0,
            "a directory is left behind"
        );
        error.to_string()
    }
}

/// All records of a log.
fn records(log: &dyn Log) -> Vec<(Option<Bytes>, Option<Fact>)> {
    let mut all = Vec::new();
    log.replay(&mut |record| {
        let fact = record.fact.map(|fact| Fact::parse(&fact).unwrap());
        all.push((record.event.map(|entry| entry.json), fact));
        Ok(())
    })
    .unwrap();
    all
}

/// What the engine would say of a log at a glance.
fn glance(log: &dyn Log) -> Glance {
    let mut start: Option<Start> = None;
    let mut glance_of = (Status::Idle, Arc::default(), None, None);
    let (status, stats, leaf, last_user_message) = &mut glance_of;
    for (event, fact) in records(log) {
        match fact {
            Some(Fact::Created { start: created }) => start = Some(*created),
            Some(Fact::Stats { stats: all }) => *stats = Arc::new(all),
            Some(Fact::Head { event }) => *leaf = event,
            Some(other) => panic!("{other:?}"),
            None => {}
        }
        let Some(event) = event.map(|json| Event::parse(&json).unwrap()) else {
            continue;
        };
        if event.body.moves_leaf() {
            *leaf = Some(event.id.clone());
        }
        if event.source == Source::User && matches!(event.body, Body::Message(_)) {
            *last_user_message = Some(event.id.clone());
        }
        if let Body::StateUpdate(update) = &event.body
            && update.key == "execution_status"
        {
            *status = serde_json::from_value(update.value.clone()).unwrap();
        }
    }
    let (status, stats, leaf, last_user_message) = glance_of;
    Glance {
        status,
        stats,
        start: Arc::new(start.unwrap()),
        leaf,
        last_user_message,
        updated_at: 1_795_175_166_742_929,
        head_is_empty: false,
        ledger: std::sync::Arc::default(),
        goal: None,
    }
}

fn value(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn event_files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir.join("events")).unwrap();
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect()
}

/// With `EXPORT_TO=<directory>` the exported conversation stays there, for the original to open:
///
/// ```python
/// from openhands.sdk.conversation.state import ConversationState
/// from openhands.sdk.utils.cipher import Cipher
/// import openhands.tools.preset.default, uuid
/// state = ConversationState.create(
///     id=uuid.UUID(HEX), agent=None, workspace=WORKSPACE, persistence_dir=f"{EXPORT_TO}/{HEX}", cipher=Cipher(KEY))
/// len(state.events), [e.kind for e in state.events], state.execution_status, len(state.view.events)
/// ```
///
/// and `OH_CONVERSATIONS_PATH=$EXPORT_TO python -m openhands.agent_server` lists it and serves its events.
#[tokio::test]
async fn the_golden_conversation_goes_in_and_out_unchanged() {
    let desk = Desk::new();
    let imported = desk.import(&golden()).await.unwrap();
    assert_eq!(imported.id.hex(), GOLDEN);
    assert_eq!((imported.events, &imported.notes[..]), (41, &[][..]));

    let log = desk.files.peek(imported.id).unwrap();
    assert_eq!(log.len(), 41);
    let (_, first) = &records(&*log)[0];
    assert!(matches!(first, Some(Fact::Created { .. })));
    let glance = glance(&*log);
    assert_eq!(glance.status, Status::Finished);
    assert_eq!(glance.start.created_at, 1_795_174_961_043_844);
    assert_eq!(glance.start.title.as_deref(), Some("New"));

    let kept = std::env::var_os("EXPORT_TO").map(PathBuf::from);
    let out = kept.unwrap_or_else(|| desk.path("out")).join(GOLDEN);
    layout::export(&*log, &glance, &out, &NoVault).unwrap();

    assert_eq!(event_files(&out), event_files(&golden()));
    assert_eq!(
        value(&out.join("meta.json")),
        value(&golden().join("meta.json"))
    );
    let mut state = value(&out.join("base_state.json"));
    let mut original = value(&golden().join("base_state.json"));
    let here = state.as_object_mut().unwrap().remove("persistence_dir");
    assert_eq!(here.unwrap().as_str(), Some(&*out.display().to_string()));
    original.as_object_mut().unwrap().remove("persistence_dir");
    assert_eq!(state, original);

    let again = Desk::new();
    again.import(&out).await.unwrap();
    let twice = again.files.peek(imported.id).unwrap();
    assert_eq!(records(&*twice), records(&*log));
}

#[tokio::test]
async fn only_the_sdk_was_here() {
    let desk = Desk::new();
    let dir = desk.copy();
    fs::remove_file(dir.join("meta.json")).unwrap();
    let mut base = value(&dir.join("base_state.json"));
    base["leaf_event_id"] = json!("927979dd-ecf7-43ef-b207-4d8bfd786f6b");
    fs::write(dir.join("base_state.json"), base.to_string()).unwrap();
    let id = desk.import(&dir).await.unwrap().id;
    let log = desk.files.open(id).unwrap();
    let glance = glance(&*log);
    assert!(glance.start.created_at > 0);
    assert_eq!(glance.start.title, None);
    assert_eq!(
        glance.leaf,
        Some(EventId::new("927979dd-ecf7-43ef-b207-4d8bfd786f6b"))
    );

    let out = desk.path("out").join(GOLDEN);
    layout::export(&*log, &glance, &out, &NoVault).unwrap();
    let meta = value(&out.join("meta.json"));
    assert_eq!(meta["id"], GOLDEN);
    let modules = &meta["tool_module_qualnames"];
    assert_eq!(modules["terminal"], "openhands.tools.terminal.definition");
    let again = Desk::new();
    again.import(&out).await.unwrap();
    let glance_again = self::glance(&*again.files.peek(id).unwrap());
    assert_eq!(glance_again.leaf, glance.leaf);
    assert_eq!(glance_again.start.agent, glance.start.agent);
    assert_eq!(glance_again.start.created_at, glance.start.created_at);
}

#[tokio::test]
async fn the_head_may_be_before_every_event() {
    let desk = Desk::new();
    let dir = desk.copy();
    let mut base = value(&dir.join("base_state.json"));
    base.as_object_mut().unwrap().remove("leaf_event_id");
    base["head_is_empty"] = json!(true);
    fs::write(dir.join("base_state.json"), base.to_string()).unwrap();
    let id = desk.import(&dir).await.unwrap().id;
    let log = desk.files.peek(id).unwrap();
    let glance = glance(&*log);
    assert_eq!(glance.leaf, None);
    let out = desk.path("out");
    fs::create_dir(&out).unwrap();
    layout::export(&*log, &glance, &out, &NoVault).unwrap();
    let state = value(&out.join("base_state.json"));
    assert_eq!(state["head_is_empty"], true);
    assert_eq!(state.get("leaf_event_id"), None);
}

#[tokio::test]
async fn holes_cut_files_repeats_and_stale_markers_lose_nothing_else() {
    let desk = Desk::new();
    let dir = desk.copy();
    let events = dir.join("events");
    let files = event_files(&dir);
    let numbered = |n: usize| {
        files
            .iter()
            .find(|(name, _)| name.starts_with(&format!("event-{n:05}")))
            .unwrap()
    };
    fs::remove_file(events.join(numbered(7).0)).unwrap();
    let (last, whole) = numbered(40);
    fs::write(events.join(last), &whole[..whole.len() / 2]).unwrap();
    let (_, repeated) = numbered(3);
    fs::write(events.join("event-00041-00000000-aaaa.json"), repeated).unwrap();
    let foreign = r#"{"id":"0f0f0f0f","timestamp":"2026-01-01T00:00:00","source":"agent","kind":"NewEvent","new":[1]}"#;
    fs::write(events.join("event-00042-0f0f0f0f.json"), foreign).unwrap();
    fs::write(events.join(".eventlog-len-3.marker"), "").unwrap();
    fs::write(events.join("notes.txt"), "not an event").unwrap();
    // A cut file is forgiven only at the end.
    assert!(desk.refused(&dir).await.contains(last.as_str()));
    fs::remove_file(events.join(last)).unwrap();
    fs::write(events.join("event-00043-12345678.json"), &whole[..9]).unwrap();

    let imported = desk.import(&dir).await.unwrap();
    let log = desk.files.peek(imported.id).unwrap();
    let expected: Vec<Vec<u8>> = (0..40)
        .filter(|n| *n != 7)
        .map(|n| numbered(n).1.clone())
        .chain([foreign.as_bytes().to_vec()])
        .collect();
    let read: Vec<Vec<u8>> = log
        .read(0, 100)
        .unwrap()
        .iter()
        .map(|e| e.json.to_vec())
        .collect();
    assert_eq!(read, expected);
    let [hole, later, repeat, cut] = &imported.notes[..] else {
        panic!("{:?}", imported.notes)
    };
    assert!(hole.contains("7 to 7 are missing"), "{hole}");
    assert!(later.contains("40 to 40 are missing"), "{later}");
    assert!(repeat.contains("event-00041"), "{repeat}");
    assert!(
        cut.contains("event-00043") && cut.contains("cut short"),
        "{cut}"
    );
}

#[tokio::test]
async fn events_on_several_lines_end_on_one() {
    let desk = Desk::new();
    let dir = desk.copy();
    let events = dir.join("events");
    let (name, bytes) = event_files(&dir)
        .remove_entry("event-00005-927979dd-ecf7-43ef-b207-4d8bfd786f6b.json")
        .unwrap();
    let event: Value = serde_json::from_slice(&bytes).unwrap();
    let tricky = json!({"a b": "c \" \\ d"});
    let mut spread = event.clone();
    spread["value"] = tricky.clone();
    fs::write(
        events.join(name),
        serde_json::to_string_pretty(&spread).unwrap(),
    )
    .unwrap();
    let id = desk.import(&dir).await.unwrap().id;
    let read = desk.files.peek(id).unwrap().read(5, 1).unwrap();
    assert_eq!(read[0].json, spread.to_string());
}

#[tokio::test]
async fn outputs_and_the_task_list_come_along() {
    let desk = Desk::new();
    let dir = desk.copy();
    fs::create_dir_all(dir.join("observations/deep")).unwrap();
    fs::write(dir.join("observations/deep/one.txt"), "a lot").unwrap();
    fs::write(dir.join("TASKS.json"), "[]").unwrap();
    let id = desk.import(&dir).await.unwrap().id;
    let log = desk.files.peek(id).unwrap();
    assert_eq!(
        fs::read_to_string(log.outputs().join("deep/one.txt")).unwrap(),
        "a lot"
    );
    let out = desk.path("out");
    layout::export(&*log, &glance(&*log), &out, &NoVault).unwrap();
    assert_eq!(
        fs::read_to_string(out.join("observations/deep/one.txt")).unwrap(),
        "a lot"
    );
    assert_eq!(fs::read_to_string(out.join("TASKS.json")).unwrap(), "[]");
}

#[tokio::test]
async fn sealed_secrets_stay_sealed_and_plain_ones_never_rest() {
    let desk = Desk::new();
    let dir = desk.copy();
    let vault = Cipher::new("the key", &[]);
    let sealed = vault.seal("sk-sealed").unwrap();
    let mut base = value(&dir.join("base_state.json"));
    base["agent"]["llm"]["api_key"] = json!(sealed);
    let sources = &mut base["secret_registry"]["secret_sources"];
    sources["PLAIN"] = json!({"kind": "StaticSecret", "value": "in the clear"});
    sources["ODD"] = json!({"kind": "VaultSecret", "path": "x/y"});
    fs::write(dir.join("base_state.json"), base.to_string()).unwrap();
    let id = layout::import(&dir, &desk.files, &vault).await.unwrap().id;
    let segment = desk.files.home(id).join("log/00000000.seg");
    let bytes = fs::read(segment).unwrap();
    assert!(!bytes.windows(12).any(|w| w == b"in the clear"));

    let log = desk.files.peek(id).unwrap();
    let glance = glance(&*log);
    assert_eq!(
        glance.start.agent.llm.api_key,
        Some(Secret::Sealed(sealed.clone()))
    );
    let SecretSource::StaticSecret {
        value: Some(plain), ..
    } = &glance.start.secrets["PLAIN"]
    else {
        panic!("{:?}", glance.start.secrets)
    };
    assert_eq!(
        plain.opened(&vault),
        Secret::Plain("in the clear".to_owned())
    );

    // The engine holds secrets open; on the way out they are sealed again, or masked.
    let mut open = Start::clone(&glance.start);
    for secret in open.secrets_mut() {
        *secret = secret.opened(&vault);
    }
    let open = Glance {
        start: Arc::new(open),
        ..glance
    };
    let (with_key, without) = (desk.path("with"), desk.path("without"));
    layout::export(&*log, &open, &with_key, &vault).unwrap();
    layout::export(&*log, &open, &without, &NoVault).unwrap();
    let with_key = value(&with_key.join("base_state.json"));
    let token = with_key["agent"]["llm"]["api_key"].as_str().unwrap();
    assert_eq!(vault.unseal(token).as_deref(), Some("sk-sealed"));
    let sources = &with_key["secret_registry"]["secret_sources"];
    assert_eq!(
        sources["ODD"],
        json!({"kind": "VaultSecret", "path": "x/y"})
    );
    let without = value(&without.join("base_state.json"));
    assert_eq!(without["agent"]["llm"]["api_key"], domain::MASK);
}

#[tokio::test]
async fn what_cannot_be_used_is_named_and_leaves_nothing() {
    let desk = Desk::new();
    let nowhere = desk.refused(&desk.path("nowhere")).await;
    assert!(
        nowhere.contains("nowhere") && nowhere.contains("name the directory"),
        "{nowhere}"
    );

    let dir = desk.copy();
    let base = fs::read(dir.join("base_state.json")).unwrap();
    let change = |change: &dyn Fn(&mut Value)| {
        let mut changed: Value = serde_json::from_slice(&base).unwrap();
        change(&mut changed);
        fs::write(dir.join("base_state.json"), changed.to_string()).unwrap();
    };
    let expect = async |parts: &[&str]| {
        let error = desk.refused(&dir).await;
        for part in parts {
            assert!(error.contains(part), "{error} does not say {part}");
        }
    };
    fs::write(dir.join("base_state.json"), &base[..base.len() / 2]).unwrap();
    expect(&["base_state.json", "EOF"]).await;
    fs::write(dir.join("base_state.json"), "[]").unwrap();
    expect(&["base_state.json"]).await;
    change(&|base| base["id"] = json!("not an id"));
    expect(&["base_state.json", "id:"]).await;
    change(&|base| base["id"] = json!("00000000-0000-0000-0000-000000000001"));
    expect(&["meta.json", "belongs to conversation"]).await;
    change(&|base| drop(base.as_object_mut().unwrap().remove("agent")));
    expect(&["base_state.json", "no agent"]).await;
    change(&|base| base["confirmation_policy"] = json!({"kind": "NeverHeardOf"}));
    expect(&["base_state.json", "confirmation_policy", "NeverHeardOf"]).await;
    fs::write(dir.join("base_state.json"), &base).unwrap();

    let mut meta = value(&dir.join("meta.json"));
    meta["created_at"] = json!("yesterday");
    fs::write(dir.join("meta.json"), meta.to_string()).unwrap();
    expect(&["meta.json", "created_at", "yesterday"]).await;
    fs::copy(golden().join("meta.json"), dir.join("meta.json")).unwrap();

    let event = dir.join("events/event-00005-927979dd-ecf7-43ef-b207-4d8bfd786f6b.json");
    let whole = fs::read(&event).unwrap();
    fs::write(&event, "{\"kind\":\"MessageEvent\"}").unwrap();
    expect(&["event-00005", "missing field"]).await;
    fs::write(&event, "").unwrap();
    expect(&["event-00005", "EOF"]).await;
    fs::write(&event, whole).unwrap();

    desk.import(&dir).await.unwrap();
    let again = desk.import(&dir).await.unwrap_err();
    assert!(
        matches!(again, LayoutError::Log(LogError::Exists(_))),
        "{again}"
    );
    assert_eq!(desk.files.list().unwrap().len(), 1);
}

#[tokio::test]
async fn nothing_is_overwritten_and_nothing_half_written() {
    let desk = Desk::new();
    let id = desk.import(&golden()).await.unwrap().id;
    let log = desk.files.open(id).unwrap();
    let glance = glance(&*log);
    let taken = desk.copy();
    let before = event_files(&taken);
    let refused = layout::export(&*log, &glance, &taken, &NoVault).unwrap_err();
    assert!(matches!(refused, LayoutError::Occupied(_)), "{refused}");
    assert_eq!(event_files(&taken), before);
    let file = desk.path("a file");
    fs::write(&file, "x").unwrap();
    let refused = layout::export(&*log, &glance, &file, &NoVault).unwrap_err();
    assert!(matches!(refused, LayoutError::Occupied(_)), "{refused}");

    let odd = EventId::new("../../escape");
    let json = json!({"id": odd, "timestamp": "t", "source": "agent", "kind": "Odd"}).to_string();
    let (mark, _) = log
        .append(vec![domain::Draft {
            event: Some((odd, json.into())),
            fact: None,
        }])
        .unwrap();
    log.durable(mark).await.unwrap();
    let outside = desk.path("exports");
    let refused = layout::export(&*log, &glance, &outside.join("one"), &NoVault).unwrap_err();
    assert!(refused.to_string().contains("event 41"), "{refused}");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}
