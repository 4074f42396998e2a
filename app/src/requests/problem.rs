//! An answer that is not what was asked for: RFC 9457, or no answer at all.

use domain::language::Language;
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};

use crate::text::{Message, filled, text};

#[derive(Clone, PartialEq, Debug)]
pub struct Problem {
    /// None: the server was not reached.
    pub status: Option<u16>,
    pub detail: Option<String>,
    pub errors: Vec<FieldProblem>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct FieldProblem {
    pub pointer: String,
    pub reason: String,
}

/// The members of a problem document.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Told {
    pub title: Option<String>,
    pub detail: Option<String>,
    pub errors: Vec<FieldProblem>,
}

impl Told {
    /// By the browser's own reader, which the page brings along anyway; what is no JSON says nothing.
    pub fn read(body: &str) -> Self {
        let Ok(body) = js_sys::JSON::parse(body) else {
            return Self::default();
        };
        let errors = Reflect::get(&body, &"errors".into())
            .ok()
            .and_then(|errors| errors.dyn_into::<js_sys::Array>().ok())
            .unwrap_or_default();
        Self {
            title: word(&body, "title"),
            detail: word(&body, "detail"),
            errors: errors
                .iter()
                .map(|error| FieldProblem {
                    pointer: word(&error, "pointer").unwrap_or_default(),
                    reason: word(&error, "reason").unwrap_or_default(),
                })
                .collect(),
        }
    }
}

fn word(value: &JsValue, name: &str) -> Option<String> {
    // Fails only for what is no object.
    Reflect::get(value, &name.into()).ok()?.as_string()
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

    /// Nothing was sent: the past is shown.
    pub fn in_the_past(page_language: &str) -> Self {
        let language = match page_language {
            "en" => Language::En,
            _ => Language::Zh,
        };
        Self {
            status: None,
            detail: Some(text(language, Message::PastReadOnly).to_owned()),
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

    /// What a refusal says of itself (RFC 9457); a body that says nothing is known by its status.
    pub fn told(status: u16, told: Told) -> Self {
        Self {
            status: Some(status),
            detail: told.detail.or(told.title),
            errors: told.errors,
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
        let told = Told {
            title: Some("Invalid".into()),
            detail: Some("The body is invalid.".into()),
            errors: vec![FieldProblem {
                pointer: "/reason".into(),
                reason: "is missing".into(),
            }],
        };
        let problem = Problem::told(422, told);
        assert_eq!(
            problem.said(Language::En),
            "The body is invalid; reason: is missing"
        );
        assert!(!problem.is_conflict());
    }

    #[test]
    fn what_is_no_problem_document_is_said_by_its_status() {
        let problem = Problem::told(502, Told::default());
        assert!(problem.said(Language::Zh).contains("502"));
    }
}
