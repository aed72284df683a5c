//! What is left of a request's body when its answer is there: read and dropped, so that a client that still writes hears it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;

/// How much is read of a body that nobody wanted.
const MOST: usize = 64 << 20;
/// For how long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a body is left by whoever stops to read it.
type Place<B> = Arc<Mutex<Option<B>>>;

/// A body that is kept for [`Remains`] when its reader has had enough.
pub(crate) struct Lent<B: Body> {
    body: Option<B>,
    place: Place<B>,
}

/// What is left of a lent body.
pub(crate) struct Remains<B>(Place<B>);

/// Lends a body to a reader.
pub(crate) fn lend<B: Body>(body: B) -> (Lent<B>, Remains<B>) {
    let place = Place::default();
    let lent = Lent {
        body: Some(body),
        place: Arc::clone(&place),
    };
    (lent, Remains(place))
}

impl<B: Body<Data = Bytes> + Unpin> Remains<B> {
    /// Reads what is left, up to a bound.
    pub(crate) async fn drop_all(self) {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut body) = left else {
            return;
        };
        let reading = async {
            let mut read = 0;
            while let Some(Ok(frame)) = body.frame().await {
                read += frame.data_ref().map_or(0, Bytes::len);
                if read > MOST {
                    return;
                }
            }
        };
        if tokio::time::timeout(PATIENCE, reading).await.is_err() {
            tracing::debug!("a client takes too long to send what is not wanted");
        }
    }
}

impl<B: Body + Unpin> Body for Lent<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let Some(body) = self.body.as_mut() else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.body.as_ref();
        body.map_or_else(|| SizeHint::with_exact(0), B::size_hint)
    }
}

impl<B: Body> Drop for Lent<B> {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
            *place = Some(body);
        }
    }
}
