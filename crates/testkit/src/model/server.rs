//! The scripted model as a server: real HTTP on a port of the loopback, on a thread of its own.

mod answers;
mod control;
mod state;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::dialect::Dialect;
use super::http::{Answer, Connection, Speed};
use super::library::Library;
use super::recorded::Request;
use answers::answer;
use state::State;

/// A model server; dropping it ends it and every connection.
#[derive(Debug)]
pub struct Model {
    address: SocketAddr,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Model {
    /// A server without scripts; [`play`](Self::play) gives it some.
    pub async fn start() -> Self {
        Self::playing(Library::new()).await
    }

    /// A server that plays a script, or a library of them.
    #[expect(
        clippy::expect_used,
        reason = "a test without a loopback port cannot go on"
    )]
    pub async fn playing(scripts: impl Into<Library>) -> Self {
        Self::bind(scripts).expect("a free port on 127.0.0.1")
    }

    /// The same, for those who have no runtime or want the error.
    pub fn bind(scripts: impl Into<Library>) -> io::Result<Self> {
        Self::bind_to(0, scripts)
    }

    /// The same on a port of the loopback that others know beforehand.
    pub fn bind_to(port: u16, scripts: impl Into<Library>) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let state = Arc::new(State::new(scripts.into()));
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&state);
        let thread = std::thread::Builder::new()
            .name("scripted-model".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = serve(listener, served) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            address,
            state,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Plays other scripts from now on, from their start.
    pub fn play(&self, scripts: impl Into<Library>) {
        self.state.play(scripts.into());
    }

    /// Plays these to whoever asks for a model of this name (or brings it as the key), from their start. Requests
    /// without tools get a title if the scripts have no words for them. Over HTTP: `POST /_script/{name}`.
    pub fn learn(&self, name: impl Into<String>, scripts: impl Into<Library>) {
        self.state.learn(name.into(), scripts.into());
    }

    /// Answers only to this key; with any other, in the provider's words.
    #[must_use]
    pub fn requiring_key(self, key: impl Into<String>) -> Self {
        self.state.rules(|rules| rules.key = Some(key.into()));
        self
    }

    /// Answers even what the real provider would refuse.
    #[must_use]
    pub fn lenient(self) -> Self {
        self.state.rules(|rules| rules.strict = false);
        self
    }

    /// For speed: keeps no requests, and looks into none that need not be looked into.
    #[must_use]
    pub fn forgetful(self) -> Self {
        self.state.rules(|rules| {
            rules.strict = false;
            rules.records = false;
        });
        self
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Where it listens: `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base URL as users of that interface write it: with `/v1` for OpenAI's, without for Anthropic's.
    pub fn base_url(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::Chat | Dialect::Responses => format!("{}/v1", self.url()),
            Dialect::Anthropic => self.url(),
        }
    }

    /// What it was sent so far, in the order in which it came. Over HTTP: `GET /_requests/{name}`.
    pub fn requests(&self) -> Vec<Request> {
        self.state.requests()
    }

    /// Resolves with all requests once there are so many.
    pub async fn asked(&self, count: usize) -> Vec<Request> {
        self.state.until(|counts| counts.asked >= count).await;
        self.requests()
    }

    /// Resolves once clients have given up so many requests before they were answered whole.
    pub async fn abandoned(&self, count: usize) {
        self.state.until(|counts| counts.abandoned >= count).await;
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(listener: std::net::TcpListener, state: Arc<State>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            client = listener.accept() => {
                let (stream, _) = client?;
                clients.spawn(talk(stream, Arc::clone(&state)));
            }
            Some(_) = clients.join_next() => {}
        }
    }
}

/// Answers one client until either has had enough. What goes wrong on the way is the client's to notice.
async fn talk(stream: TcpStream, state: Arc<State>) -> io::Result<()> {
    let mut connection = Connection::new(stream)?;
    while let Some(incoming) = connection.next().await? {
        let plan = match control::answer(&state, &incoming) {
            Some(answer) => answer.into(),
            None => {
                state.record(&incoming);
                answer(&state, &incoming)
            }
        };
        if !reply(&mut connection, plan, &state).await? {
            break;
        }
    }
    Ok(())
}

/// What to send, and what to wait for before.
struct Plan {
    answer: Answer,
    speed: Speed,
    gate: Option<crate::gate::Gate>,
}

impl From<Answer> for Plan {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            speed: Speed::default(),
            gate: None,
        }
    }
}

async fn reply(connection: &mut Connection, plan: Plan, state: &State) -> io::Result<bool> {
    if let Some(gate) = plan.gate {
        tokio::select! {
            () = gate.wait() => {}
            () = connection.gone() => {
                state.abandon();
                return Ok(false);
            }
        }
    }
    let sent = connection.answer(plan.answer, plan.speed).await;
    if sent.is_err() {
        state.abandon();
    }
    sent
}
