//! Conversations here, and the same ones behind a server.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent_server::{Client, Config, Courier, Ports, Server};
use bytes::Bytes;
use domain::{Clock, Conversations, Fut, Outfit, Vault};
use extensions::{Extensions, Git, GitEnd, GitFault};
use reqwest::Url;
use settings::{Desk, Offers};
use store::{Cipher, Documents};
use tempfile::TempDir;
use testkit::clock::Frozen;
use testkit::conformance::{Place, World};
use testkit::log::Memory;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tools::workspace::Places;

/// The key that opens the servers.
pub(crate) const KEY: &str = "sk-twin-session";

/// Conversations of this process.
pub(crate) struct Here;

impl World for Here {
    fn open(&self, outfit: Arc<dyn Outfit>) -> Fut<'_, anyhow::Result<Place>> {
        Box::pin(async move {
            let all = local(outfit, clock());
            Ok(Place {
                conversations: Arc::clone(&all),
                beside: all,
            })
        })
    }
}

/// Conversations behind servers, which end with it.
#[derive(Default)]
pub(crate) struct Behind(Mutex<Vec<Serving>>);

impl World for Behind {
    fn open(&self, outfit: Arc<dyn Outfit>) -> Fut<'_, anyhow::Result<Place>> {
        Box::pin(async move {
            let serving = Serving::start(outfit).await;
            let place = Place {
                conversations: client(serving.address),
                beside: client(serving.address),
            };
            self.0.lock().unwrap().push(serving);
            Ok(place)
        })
    }
}

/// A client of the server at an address.
pub(crate) fn client(address: SocketAddr) -> Arc<Client> {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = Url::parse(&format!("http://{address}")).unwrap();
    Arc::new(Client::new(http, address, Some(KEY)).unwrap())
}

/// A server on a port of its own.
pub(crate) struct Serving {
    pub(crate) address: SocketAddr,
    /// Ends with it.
    _serving: JoinSet<()>,
    _directory: TempDir,
}

impl Serving {
    pub(crate) async fn start(outfit: Arc<dyn Outfit>) -> Self {
        let directory = TempDir::new().unwrap();
        let config = Config {
            session_api_keys: vec![KEY.to_owned()],
            conversations_path: directory.path().join("conversations"),
            conversation_worktree_root: directory.path().join("worktrees"),
            ..Config::default()
        };
        let ports = ports(directory.path(), outfit);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let opener: agent_server::Opener = Arc::new(move |_| {
            let ports = ports.clone();
            Box::pin(async move { Ok(ports) })
        });
        let server = Server::start(config, opener).await.unwrap();
        let app = server.router(None).unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            address,
            _serving: serving,
            _directory: directory,
        }
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(Frozen::new(7).ticking(Duration::from_micros(1)))
}

fn local(outfit: Arc<dyn Outfit>, clock: Arc<dyn Clock>) -> Arc<dyn Conversations> {
    Arc::new(agent::Local::new(agent::Ports {
        journal: Arc::new(Memory::new()),
        outfit,
        clock,
        vault: Arc::new(Cipher::new("a key", &[])),
    }))
}

fn ports(directory: &Path, outfit: Arc<dyn Outfit>) -> Ports {
    let clock = clock();
    let vault: Arc<dyn Vault> = Arc::new(Cipher::new("a key", &[]));
    let home = directory.join("home");
    let shelf = Arc::new(Documents::new(home.join(".openhands")));
    let desk = Desk::new(settings::Ports {
        shelf: Arc::clone(&shelf) as _,
        workspaces: shelf,
        vault: Arc::clone(&vault),
        clock: Arc::clone(&clock),
        outfit: Arc::clone(&outfit),
        offers: Offers::default(),
        skills: Arc::new(Vec::new),
    });
    let mut workspaces = tools::workspace::Config::new(directory.join("bash_events"), home.clone());
    workspaces.environment = vec![
        ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
        ("HOME".to_owned(), home.display().to_string()),
    ];
    let places = extensions::Places::of_home(&home);
    Ports {
        conversations: local(outfit, Arc::clone(&clock)),
        workspaces: Arc::new(Places::new(workspaces, Arc::clone(&clock))),
        desk: Arc::new(desk),
        extensions: Extensions::new(places, Vec::new(), Arc::new(Nobody), Arc::clone(&clock)),
        vault,
        courier: Arc::new(Nobody),
        clock,
    }
}

/// Nobody to fetch from, and nobody to tell.
struct Nobody;

impl Git for Nobody {
    fn run(&self, _: &[&str], _: &Path, _: Duration) -> Result<GitEnd, GitFault> {
        Ok(GitEnd::default())
    }
}

impl Courier for Nobody {
    fn post<'a>(
        &'a self,
        _: &'a str,
        _: &'a BTreeMap<String, String>,
        _: Bytes,
        _: Duration,
    ) -> Fut<'a, Result<u16, String>> {
        Box::pin(async { Err("there is nobody to be told".to_owned()) })
    }
}
