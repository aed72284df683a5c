//! Descriptions of wire types that are made elsewhere: events, agents, models. Knows no value of them.
//!
//! A field that holds such a thing as JSON says so: `#[schemars(with = "As<Event>")] event: Value`. [`As`] describes it and
//! has it checked, [`Shown`] only describes it.

mod library;
mod notation;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use library::Writer;

/// Something that `schemas/*.txt` describe under a name.
pub(crate) trait Described {
    /// The name of the component.
    const NAME: &'static str;
}

/// A `T` on the wire: described, and checked where it is part of a request.
pub(crate) struct As<T>(PhantomData<fn() -> T>);

/// A `T` on the wire that is only described: its own reader takes more than the description says.
pub(crate) struct Shown<T>(PhantomData<fn() -> T>);

impl<T: Described> JsonSchema for As<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        described::<T>(generator)
    }
}

impl<T: Described> JsonSchema for Shown<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Shown{}", T::NAME).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = described::<T>(generator);
        schema.insert("x-unchecked".to_owned(), true.into());
        schema
    }
}

/// One of two things that nothing but their looks tells apart.
pub(crate) struct OneOf<A, B>(PhantomData<fn() -> (A, B)>);

impl<A: JsonSchema, B: JsonSchema> JsonSchema for OneOf<A, B> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}Or{}", A::schema_name(), B::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let branches = [
            generator.subschema_for::<A>(),
            generator.subschema_for::<B>(),
        ];
        schemars::json_schema!({ "anyOf": branches })
    }
}

fn described<T: Described>(generator: &mut SchemaGenerator) -> Schema {
    let place = generator.settings().definitions_path.clone().into_owned();
    let place = place.trim_end_matches('/');
    let writer = Writer {
        answers: generator.contract().is_serialize(),
        place,
    };
    let definitions = generator.definitions_mut();
    if !definitions.contains_key(T::NAME) {
        for (name, schema) in library::with_all_it_mentions(T::NAME, writer) {
            definitions.entry(name).or_insert(schema);
        }
    }
    Schema::try_from(writer.reference(T::NAME)).unwrap_or_default()
}

/// One event.
pub(crate) enum Event {}
/// An agent of either kind.
pub(crate) enum Agent {}
/// A model and how to reach it.
pub(crate) enum Llm {}
/// A conversation as REST shows it.
pub(crate) enum ConversationInfo {}
/// Where a conversation works.
pub(crate) enum LocalWorkspace {}
/// What an agent may do without asking.
pub(crate) enum ConfirmationPolicy {}
/// What judges how risky an action is.
pub(crate) enum SecurityAnalyzer {}
/// Where a secret comes from.
pub(crate) enum SecretSource {}
/// A tool that a client carries out.
pub(crate) enum ClientTool {}
/// What is run before and after things happen.
pub(crate) enum HookConfig {}
/// A server of the model context protocol.
pub(crate) enum McpServer {}
/// What keeps a history short.
pub(crate) enum Condenser {}

/// A text in a message.
pub(crate) enum TextContent {}

impl Described for TextContent {
    const NAME: &'static str = "TextContent";
}

/// Images in a message.
pub(crate) enum ImageContent {}

impl Described for ImageContent {
    const NAME: &'static str = "ImageContent";
}

/// An agent that others can be told to use.
pub(crate) enum AgentDefinition {}

impl Described for AgentDefinition {
    const NAME: &'static str = "AgentDefinition";
}

/// Where a plugin comes from.
pub(crate) enum PluginSource {}

impl Described for PluginSource {
    const NAME: &'static str = "PluginSource";
}

/// Something that is passed on to whoever traces.
pub(crate) enum TraceMetadataValue {}

impl Described for TraceMetadataValue {
    const NAME: &'static str = "TraceMetadataValue";
}

impl Described for Event {
    const NAME: &'static str = "Event";
}

impl Described for Agent {
    const NAME: &'static str = "AgentBase";
}

impl Described for Llm {
    const NAME: &'static str = "LLM";
}

impl Described for ConversationInfo {
    const NAME: &'static str = "ConversationInfo";
}

impl Described for LocalWorkspace {
    const NAME: &'static str = "LocalWorkspace";
}

impl Described for ConfirmationPolicy {
    const NAME: &'static str = "ConfirmationPolicyBase";
}

impl Described for SecurityAnalyzer {
    const NAME: &'static str = "SecurityAnalyzerBase";
}

impl Described for SecretSource {
    const NAME: &'static str = "SecretSource";
}

impl Described for ClientTool {
    const NAME: &'static str = "ClientToolSpec";
}

impl Described for HookConfig {
    const NAME: &'static str = "HookConfig";
}

impl Described for McpServer {
    const NAME: &'static str = "MCPServer";
}

impl Described for Condenser {
    const NAME: &'static str = "CondenserBase";
}
