//! One operation while it is served: reads its input, runs its handler, renders its answer, and outlives its panics.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::Request;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::answer::Output;
use crate::error::Error;
use crate::input::{Asked, Input, Refusal};
use crate::routes::Template;
use crate::shape::Shape;

/// An operation that can be served.
pub(crate) struct Operation<S> {
    pub method: Method,
    pub template: Template,
    pub shape: Arc<Shape>,
    pub limit: Option<usize>,
    pub patience: Duration,
    pub guard: Option<Guard<S>>,
    pub run: Run<S>,
}

/// Answers a request whose path has these parameters.
pub(crate) type Run<S> =
    Arc<dyn Fn(S, Arc<Operation<S>>, Vec<(String, String)>, Request) -> Answering + Send + Sync>;

/// Lets a request in, by its head.
pub(crate) type Guard<S> = Arc<dyn Fn(&S, &Parts) -> Result<(), Error> + Send + Sync>;

/// An answer on its way.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// The path of an operation as it is listed, on every answer to it: for whoever counts or logs.
#[derive(Clone, Debug)]
pub struct Route(pub Arc<str>);

/// A handler as something that answers requests.
pub(crate) fn run<S, I, O, F, R>(handler: F) -> Run<S>
where
    S: Send + Sync + 'static,
    F: Fn(S, I) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<O, Error>> + Send + 'static,
    I: Input + 'static,
    O: Output + 'static,
{
    Arc::new(move |state, operation, params, request| {
        let handler = handler.clone();
        Box::pin(async move {
            let route = Route(operation.template.label());
            let mut response =
                Survivor(Box::pin(answer(handler, state, operation, params, request))).await;
            response.extensions_mut().insert(route);
            response
        })
    })
}

async fn answer<S, I, O, F, R>(
    handler: F,
    state: S,
    operation: Arc<Operation<S>>,
    params: Vec<(String, String)>,
    request: Request,
) -> Response
where
    F: Fn(S, I) -> R,
    R: Future<Output = Result<O, Error>>,
    I: Input,
    O: Output,
{
    let (parts, body) = request.into_parts();
    if let Some(guard) = &operation.guard
        && let Err(refusal) = guard(&state, &parts)
    {
        return refusal.into_response();
    }
    let mut asked = Asked {
        parts,
        body: Some(body),
        shape: &operation.shape,
        params,
        limit: operation.limit,
        patience: operation.patience,
    };
    let input = I::read(&mut asked).await;
    drop(asked);
    match input {
        Ok(input) => match handler(state, input).await {
            Ok(output) => output.respond(),
            Err(error) => error.into_response(),
        },
        Err(Refusal::Faults(faults)) => Error::invalid(faults).into_response(),
        Err(Refusal::Stop(error)) => error.into_response(),
    }
}

/// An answer whose panic becomes a 500, so that the connection and its other requests live on.
struct Survivor<F>(Pin<Box<F>>);

impl<F: Future<Output = Response>> Future for Survivor<F> {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response> {
        let inner = self.0.as_mut();
        match catch_unwind(AssertUnwindSafe(|| inner.poll(context))) {
            Ok(polled) => polled,
            Err(panic) => {
                let text = panic
                    .downcast_ref::<&str>()
                    .map(|text| (*text).to_owned())
                    .or_else(|| panic.downcast_ref::<String>().cloned())
                    .unwrap_or_else(|| "a panic that says nothing".to_owned());
                Poll::Ready(Error::internal(&text).into_response())
            }
        }
    }
}
