//! What the session keeps in mind of the events that went by: enough to end with the right word and to ask the right
//! question. A fold; changes nothing.

use std::collections::HashSet;

use domain::{Action, ActionEvent, Body, ConversationError, Event, EventId, Role, Source, Stats};

/// What is kept in mind.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// How many replies the model gave.
    pub steps: usize,
    /// What everything used so far.
    pub stats: Stats,
    /// The agent's last word: of its finish, or of its last message.
    pub last_word: Option<String>,
    /// The error that stopped the last run.
    pub error: Option<ConversationError>,
    /// Calls without a result, in order.
    pub pending: Vec<(EventId, ActionEvent)>,
    replies: HashSet<String>,
}

impl Account {
    /// Takes in one event.
    pub fn take(&mut self, event: &Event) {
        match &event.body {
            Body::Message(message) => {
                let words = message.llm_message.text();
                if event.source == Source::User {
                    self.error = None;
                } else if message.llm_message.role == Role::Assistant && !words.trim().is_empty() {
                    self.last_word = Some(words);
                }
                self.count(message.llm_response_id.as_deref());
            }
            Body::Action(action) => {
                if let Some(Action::Finish(finish)) = &action.action {
                    self.last_word = Some(finish.message.clone());
                }
                self.count(Some(&action.llm_response_id));
                if action.action.is_some() {
                    self.pending.push((event.id.clone(), (**action).clone()));
                }
            }
            Body::Observation(result) => self.settle(&result.tool_call_id),
            Body::Rejected(refusal) => self.settle(&refusal.tool_call_id),
            Body::AgentError(error) => self.settle(&error.tool_call_id),
            Body::ConversationError(error) => self.error = Some(error.clone()),
            Body::StateUpdate(update) => match update.key.as_str() {
                "stats" => {
                    if let Ok(stats) = serde_json::from_value(update.value.clone()) {
                        self.stats = stats;
                    }
                }
                "execution_status" if update.value == "running" => self.error = None,
                _ => {}
            },
            Body::SystemPrompt(_)
            | Body::Condensation(_)
            | Body::CondensationRequest(_)
            | Body::CondensationSummary(_)
            | Body::ServerError(_)
            | Body::Pause(_)
            | Body::Interrupt(_)
            | Body::Hook(_)
            | Body::SecurityAnalysis(_)
            | Body::Token(_)
            | Body::StreamingDelta(_)
            | Body::CompletionLog(_)
            | Body::AcpToolCall(_)
            | Body::Foreign { .. } => {}
        }
    }

    fn count(&mut self, reply: Option<&str>) {
        if let Some(reply) = reply
            && self.replies.insert(reply.to_owned())
        {
            self.steps += 1;
        }
    }

    fn settle(&mut self, call: &str) {
        self.pending
            .retain(|(_, action)| action.tool_call_id != call);
    }

    /// Whether the last run ended at a limit of its own.
    pub fn hit_limit(&self) -> bool {
        self.error.as_ref().is_some_and(|error| {
            matches!(
                error.code.as_str(),
                "MaxIterationsReached" | "MaxBudgetReached"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(name: &str) -> Account {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/events");
        let text = std::fs::read_to_string(format!("{folder}/{name}.jsonl")).unwrap();
        let mut account = Account::default();
        for line in text.lines() {
            account.take(&Event::parse(line.as_bytes()).unwrap());
        }
        account
    }

    #[test]
    fn a_finished_run_is_summed_up() {
        let account = recorded("run-basic");
        assert_eq!(account.steps, 4);
        assert_eq!(account.last_word.as_deref(), Some("All done."));
        assert!(account.pending.is_empty() && account.error.is_none());
        let tokens = account.stats.usage_to_metrics["agent"]
            .accumulated_token_usage
            .as_ref();
        assert_eq!(tokens.unwrap().prompt_tokens, 506);
    }

    #[test]
    fn a_limit_is_told_from_an_error() {
        assert!(recorded("run-iter").hit_limit());
        let account = recorded("run-error");
        assert!(account.error.is_some() && !account.hit_limit());
    }

    #[test]
    fn what_waits_is_known() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/events");
        let text = std::fs::read_to_string(format!("{folder}/run-confirm.jsonl")).unwrap();
        let mut account = Account::default();
        let mut asked = 0;
        for line in text.lines() {
            let event = Event::parse(line.as_bytes()).unwrap();
            account.take(&event);
            if line.contains("\"value\": \"waiting_for_confirmation\"") {
                assert_eq!(account.pending.len(), 1);
                asked += 1;
            }
        }
        assert_eq!(asked, 2);
        assert!(account.pending.is_empty());
    }
}
