//! An answer that is not what was asked for: RFC 9457, or no answer at all.

use domain::language::Language;
use serde::Deserialize;

use crate::text::{Message, filled, text};

#[derive(Clone, PartialEq, Debug)]
pub struct Problem {
    /// None: the server was not reached.
    pub status: Option<u16>,
    pub detail: Option<String>,
    pub errors: Vec<FieldProblem>,
}

#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct FieldProblem {
    #[serde(default)]
    pub pointer: String,
    #[serde(default)]
    pub reason: String,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    errors: Vec<FieldProblem>,
}

impl Problem {
    pub fn network(why: &str) -> Self {
        leptos::logging::warn!("failed to reach the server: {why}");
        Self {
            status: None,
            detail: None,
            errors: Vec::new(),
        }
    }

    pub fn unreadable(status: u16) -> Self {
        Self {
            status: Some(status),
            detail: None,
            errors: Vec::new(),
        }
    }

    pub fn read(status: u16, body: &str) -> Self {
        match serde_json::from_str::<Body>(body) {
            Ok(body) => Self {
                status: Some(status),
                detail: body.detail.or(body.title),
                errors: body.errors,
            },
            Err(_) => Self::unreadable(status),
        }
    }

    /// A conflict: the state or the revision moved meanwhile.
    pub fn is_conflict(&self) -> bool {
        self.status == Some(409)
    }

    /// One sentence for a person, without its full stop: it stands inside another.
    pub fn said(&self, language: Language) -> String {
        let mut said = match (&self.detail, self.status) {
            (Some(detail), _) => detail.trim_end_matches(['.', '。']).to_owned(),
            (None, None) => text(language, Message::ProblemNetwork).to_owned(),
            (None, Some(status)) => filled(
                language,
                Message::ProblemUnreadable,
                &[("status", &status.to_string())],
            ),
        };
        for error in &self.errors {
            if !said.contains(&error.reason) {
                let join = if said.is_empty() { "" } else { "; " };
                said = format!(
                    "{said}{join}{}: {}",
                    error.pointer.trim_start_matches('/'),
                    error.reason.trim_end_matches(['.', '。'])
                );
            }
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_said_in_the_servers_words_with_its_fields() {
        let body = r#"{"type":"about:blank","title":"Invalid","status":422,"detail":"The body is invalid.",
                       "errors":[{"pointer":"/reason","reason":"is missing"}]}"#;
        let problem = Problem::read(422, body);
        assert_eq!(
            problem.said(Language::En),
            "The body is invalid; reason: is missing"
        );
        assert!(!problem.is_conflict());
    }

    #[test]
    fn what_is_no_problem_document_is_said_by_its_status() {
        assert!(
            Problem::read(502, "<html>")
                .said(Language::Zh)
                .contains("502")
        );
    }
}
