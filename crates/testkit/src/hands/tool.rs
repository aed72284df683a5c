//! One scripted tool: what it is called, and a closure that does it.

use std::fmt;
use std::sync::Arc;

use domain::{
    Action, Annotations, Call, CmdOutputMetadata, Content, FinishObservation, Fut, Map,
    Observation, Resources, TerminalObservation, ThinkObservation, ToolError, ToolSpec,
};
use serde_json::{Value, json};

use crate::gate::Gate;

type Run = dyn for<'a> Fn(
        Call<'a>,
        &'a (dyn Fn(&str) + Send + Sync),
    ) -> Fut<'a, Result<Observation, ToolError>>
    + Send
    + Sync;

/// A tool and what it does.
#[derive(Clone)]
pub struct Tool {
    pub(super) spec: ToolSpec,
    pub(super) run: Arc<Run>,
    pub(super) resources: Arc<dyn Fn(&Action) -> Resources + Send + Sync>,
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(f)
    }
}

impl Tool {
    /// A tool that does what a closure says. Its actions and observations are of a kind of its own, with any fields.
    pub fn new<F>(name: &str, run: F) -> Self
    where
        F: for<'a> Fn(
                Call<'a>,
                &'a (dyn Fn(&str) + Send + Sync),
            ) -> Fut<'a, Result<Observation, ToolError>>
            + Send
            + Sync
            + 'static,
    {
        let kind = camel(name);
        Self {
            spec: ToolSpec {
                name: name.to_owned(),
                description: format!("The scripted tool {name}.").into(),
                parameters: json!({"type": "object", "properties": {}, "required": []}).into(),
                annotations: None,
                action_kind: format!("{kind}Action"),
                observation_kind: format!("{kind}Observation"),
                kind: format!("{kind}Tool"),
            },
            run: Arc::new(run),
            resources: Arc::new(|_| Resources::None),
        }
    }

    /// A tool that answers at once with what a closure makes of its action.
    pub fn answering(
        name: &str,
        answer: impl Fn(&Action) -> Result<Observation, ToolError> + Send + Sync + 'static,
    ) -> Self {
        let answer = Arc::new(answer);
        Self::new(name, move |call, _| {
            let answer = answer(call.action);
            Box::pin(async { answer })
        })
    }

    /// A tool that answers with its own arguments as JSON.
    pub fn echo(name: &str) -> Self {
        let kind = format!("{}Observation", camel(name));
        Self::answering(name, move |action| {
            let mut fields = serde_json::to_value(action).unwrap_or_default();
            if let Some(fields) = fields.as_object_mut() {
                fields.shift_remove("kind");
            }
            Ok(told(&kind, &fields.to_string()))
        })
    }

    /// A tool that answers with how often it was called.
    pub fn counting(name: &str) -> Self {
        let kind = format!("{}Observation", camel(name));
        let count = std::sync::atomic::AtomicU64::new(0);
        Self::answering(name, move |_| {
            let count = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
            Ok(told(&kind, &count.to_string()))
        })
    }

    /// A tool that breaks.
    pub fn failing(name: &str, why: &str) -> Self {
        let why = why.to_owned();
        Self::answering(name, move |_| Err(ToolError(why.clone())))
    }

    /// A tool that fails by itself: an observation with `is_error`.
    pub fn erring(name: &str, what: &str) -> Self {
        let kind = format!("{}Observation", camel(name));
        let mut observation = told(&kind, what);
        if let Observation::Foreign { fields, .. } = &mut observation {
            fields.insert("is_error".to_owned(), Value::Bool(true));
        }
        Self::answering(name, move |_| Ok(observation.clone()))
    }

    /// A tool that says it has begun, then waits at a gate.
    pub fn slow(name: &str, gate: &Gate) -> Self {
        let kind = format!("{}Observation", camel(name));
        let gate = gate.clone();
        Self::new(name, move |_, progress| {
            let (kind, gate) = (kind.clone(), gate.clone());
            Box::pin(async move {
                progress("begun\n");
                gate.wait().await;
                Ok(told(&kind, "done"))
            })
        })
    }

    /// A terminal whose output is what a closure makes of the command; it always exits with 0.
    pub fn terminal(output: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let mut tool = Self::answering("terminal", move |action| {
            let Action::Terminal(action) = action else {
                return Err(ToolError(format!("{} is for no terminal", action.kind())));
            };
            Ok(Observation::Terminal(TerminalObservation {
                content: vec![Content::text(output(&action.command))],
                is_error: false,
                command: Some(action.command.clone()),
                exit_code: Some(0),
                timeout: false,
                metadata: CmdOutputMetadata {
                    exit_code: 0,
                    ..CmdOutputMetadata::default()
                },
                full_output_save_dir: None,
            }))
        });
        tool.spec.parameters = strings(&["command"]).into();
        tool.with_resources(Resources::Tool)
    }

    /// The tool that ends a task.
    pub fn finish() -> Self {
        let mut tool = Self::answering("finish", |action| {
            let Action::Finish(action) = action else {
                return Err(ToolError(format!("{} finishes nothing", action.kind())));
            };
            Ok(Observation::Finish(FinishObservation {
                content: vec![Content::text(&action.message)],
                is_error: false,
            }))
        });
        tool.spec.parameters = strings(&["message"]).into();
        tool.read_only()
    }

    /// The tool that writes a thought down.
    pub fn think() -> Self {
        let mut tool = Self::answering("think", |_| {
            Ok(Observation::Think(ThinkObservation {
                content: vec![Content::text("Your thought has been logged.")],
                is_error: false,
            }))
        });
        tool.spec.parameters = strings(&["thought"]).into();
        tool.read_only()
    }

    /// What its actions must have to themselves.
    #[must_use]
    pub fn with_resources(mut self, resources: Resources) -> Self {
        self.resources = Arc::new(move |_| resources.clone());
        self
    }

    /// The JSON schema of its parameters.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Value) -> Self {
        self.spec.parameters = parameters.into();
        self
    }

    /// It says it changes nothing.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.spec.annotations = Some(Annotations {
            read_only_hint: true,
            destructive_hint: false,
            idempotent_hint: true,
            open_world_hint: false,
            title: None,
        });
        self
    }
}

/// An observation of a kind of its own that tells one text.
pub fn told(kind: &str, text: &str) -> Observation {
    let mut fields = Map::new();
    let content = vec![Content::text(text)];
    fields.insert("content".to_owned(), json!(content));
    fields.insert("is_error".to_owned(), Value::Bool(false));
    Observation::Foreign {
        kind: kind.to_owned(),
        fields,
    }
}

fn strings(names: &[&str]) -> Value {
    let properties: Map = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"type": "string"})))
        .collect();
    json!({"type": "object", "properties": properties, "required": names})
}

fn camel(name: &str) -> String {
    name.split(['_', '-'])
        .flat_map(|word| {
            let mut chars = word.chars();
            let first = chars.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(chars)
        })
        .collect()
}
