//! What a request must look like: the forms of its parts, each made when it is first needed.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;

use crate::form::Form;

/// The forms of the parts of one operation's request.
#[derive(Clone, Default)]
pub struct Shape {
    /// The parameters in the path.
    pub path: Option<Lazy>,
    /// The parameters in the query.
    pub query: Option<Lazy>,
    /// The headers that the operation reads.
    pub header: Option<Lazy>,
    /// The body.
    pub body: Option<Lazy>,
}

/// A form that is made when it is first looked at: a server starts before it knows all of its forms.
#[derive(Clone)]
pub struct Lazy(Arc<Making>);

struct Making {
    made: OnceLock<Form>,
    make: Box<dyn Fn() -> Form + Send + Sync>,
}

impl Lazy {
    /// The form of a `T`.
    pub fn of<T: JsonSchema>() -> Self {
        let make: fn() -> Form = Form::of::<T>;
        Self::new(make)
    }

    fn new(make: impl Fn() -> Form + Send + Sync + 'static) -> Self {
        Self(Arc::new(Making {
            made: OnceLock::new(),
            make: Box::new(make),
        }))
    }

    /// The form of a model with the fields of both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self::new(move || Form::clone(&self).and(Form::clone(&other)))
    }
}

impl Deref for Lazy {
    type Target = Form;

    fn deref(&self) -> &Form {
        self.0.made.get_or_init(|| (self.0.make)())
    }
}
