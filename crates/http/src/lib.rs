//! What every HTTP face shares: typed operations that document themselves, errors, keys and limits. Knows no conversation.
//!
//! A face lists its operations in an [`Api`]. An operation is a function of the face's state and its [`Input`] (a tuple of
//! [`Path`], [`Query`], [`Header`], [`Body`], ..) to an [`Output`]. The same types read the request, check it and write
//! the OpenAPI document, so the document cannot drift from the code.

mod answer;
mod api;
mod body;
mod cors;
mod decode;
mod document;
mod error;
mod form;
mod front;
mod hosts;
mod input;
mod key;
mod metrics;
mod operation;
mod redact;
mod remains;
mod routes;
mod serve;
mod shape;
mod upload;
mod variants;

pub use answer::{Done, Json, NoContent, Output, Prepared, Raw};
pub use api::{Api, Served};
pub use cors::Cors;
pub use document::{Document, Sketch};
pub use error::{Detail, Error, Place};
pub use form::Form;
pub use front::Front;
pub use hosts::Hosts;
pub use input::{Asked, Body, Header, Input, Optional, Path, Query, Refusal, Rest, Upgrade};
pub use key::Keys;
pub use metrics::{Counter, Gauge, Histogram, Metrics};
pub use operation::Route;
pub use serve::{Serving, Stopped, serve};
pub use shape::{Lazy, Shape};
pub use upload::Upload;
