//! A wire that can be cut: everything that is said through it stops, and new connections work again.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    carried: Arc<Mutex<JoinSet<()>>>,
    _listening: JoinSet<()>,
}

impl Wire {
    /// To a server.
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let carried = Arc::new(Mutex::new(JoinSet::new()));
        let mut listening = JoinSet::new();
        let carries = Arc::clone(&carried);
        listening.spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                carries.lock().unwrap().spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(server).await {
                        // A connection that breaks has ended.
                        let _ = copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        });
        Self {
            address,
            carried,
            _listening: listening,
        }
    }

    /// Cuts every connection there is.
    pub(crate) fn cut(&self) {
        self.carried.lock().unwrap().abort_all();
    }
}
