//! What a person's settings are made of: every key clients know, with its default and its bounds.

pub(crate) mod acp;
pub(crate) mod agent;
pub(crate) mod context;
pub(crate) mod conversation;
pub(crate) mod hidden;
pub(crate) mod llm;
pub(crate) mod mcp;
pub(crate) mod meta;
pub(crate) mod named;
pub(crate) mod parts;
pub(crate) mod profile;
