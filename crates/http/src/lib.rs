//! What every HTTP face shares: typed operations that document themselves, errors, keys and limits. Knows no conversation.
//!
//! A face lists its operations in an [`Api`]. An operation is a function of the face's state and its [`Input`] (a tuple of
//! [`Path`], [`Query`], [`Header`], [`Body`], ..) to an [`Output`]. The same types read the request, check it and write
//! the OpenAPI document, so the document cannot drift from the code.

mod answer;
mod api;
mod body;
mod decode;
mod document;
mod error;
mod form;
mod input;
mod key;
mod operation;
mod redact;
mod routes;
mod shape;
mod upload;
mod variants;

pub use answer::{Done, Json, NoContent, Output, Prepared, Raw};
pub use api::{Api, Served};
pub use document::{Document, Sketch};
pub use error::{Detail, Error, Place};
pub use form::Form;
pub use input::{Asked, Body, Header, Input, Optional, Path, Query, Refusal, Rest, Upgrade};
pub use key::Keys;
pub use operation::Route;
pub use shape::Shape;
pub use upload::Upload;
