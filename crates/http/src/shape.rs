//! What a request must look like: the forms of its parts, made once when its operation is listed.

use crate::form::Form;

/// The forms of the parts of one operation's request.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// The parameters in the path.
    pub path: Option<Form>,
    /// The parameters in the query.
    pub query: Option<Form>,
    /// The headers that the operation reads.
    pub header: Option<Form>,
    /// The body.
    pub body: Option<Form>,
}
