//! Errors as RFC 9457 `application/problem+json`: what happened, what to do, and where in the body.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::command::{AlarmRefusal, Refusal};
use domain::explain;
use domain::language::Language;
use serde::Serialize;

use super::back::NotTaken;

#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
    errors: Vec<Pointed>,
    retry_after_s: Option<u32>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Pointed {
    pub pointer: String,
    pub reason: String,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[Pointed]>::is_empty")]
    errors: &'a [Pointed],
}

impl Problem {
    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_s: None,
        }
    }

    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "not signed in",
            "Sign in at /login, or send a key as `Authorization: Bearer KEY`.",
        )
    }

    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not found", what)
    }

    pub fn forbidden(why: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not allowed", why)
    }

    pub fn unreadable(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unreadable", why)
    }

    pub fn conflict(why: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", why)
    }

    /// Arguments that are missing or wrong.
    pub fn invalid(errors: Vec<Pointed>) -> Self {
        let detail = errors
            .iter()
            .map(|error| format!("{}: {}", error.pointer, error.reason))
            .collect::<Vec<_>>()
            .join("; ");
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
        }
    }

    pub fn failed(why: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", why)
    }

    pub fn busy(why: impl Into<String>) -> Self {
        Self {
            retry_after_s: Some(2),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", why)
        }
    }

    pub fn too_many(why: impl Into<String>, retry_after_s: u32) -> Self {
        Self {
            retry_after_s: Some(retry_after_s),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too many attempts", why)
        }
    }

    /// For one answer among many: the status, and what is said.
    pub fn brief(self) -> (u16, String) {
        (self.status.as_u16(), self.detail)
    }

    /// A refused command, in the order of the contract.
    pub fn refused(refusal: &Refusal, language: Language) -> Self {
        let said = explain::refusal(language, refusal);
        match refusal {
            Refusal::UnknownIncident
            | Refusal::OutOfScope
            | Refusal::OfAlarm(AlarmRefusal::Unknown) => Self::not_found(said),
            Refusal::WrongRole { .. }
            | Refusal::NotYourIncident
            | Refusal::OfAlarm(AlarmRefusal::WrongRole) => Self::forbidden(said),
            Refusal::Invalid { pointer, reason } => Self::invalid(vec![Pointed {
                pointer: pointer.clone(),
                reason: reason.clone(),
            }]),
            Refusal::WrongState { .. }
            | Refusal::NotNow { .. }
            | Refusal::RevisionMoved { .. }
            | Refusal::EarlierMissing(_)
            | Refusal::OfAlarm(_) => Self::conflict(said),
        }
    }
}

/// What an extractor refuses before a handler sees it (a body too large, a query that cannot be read, a method that is not
/// served) is answered like everything else under `/api/`.
pub async fn said_as_problem(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !(api && failed && plain) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let said = axum::body::to_bytes(body, LONGEST_DETAIL)
        .await
        .unwrap_or_default();
    let title = status.canonical_reason().unwrap_or("refused");
    let mut answer = Problem::new(status, title, String::from_utf8_lossy(&said)).into_response();
    if let Some(allow) = parts.headers.get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}

/// The words of an extractor are short.
const LONGEST_DETAIL: usize = 4 * 1024;

impl From<NotTaken> for Problem {
    fn from(not_taken: NotTaken) -> Self {
        match not_taken {
            NotTaken::Full => {
                Self::busy("The server has too much to do; nothing was taken. Try again.")
            }
            NotTaken::Unavailable(why) => Self::busy(format!(
                "The journal cannot be written ({why}); nothing was taken. Try again."
            )),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            r#type: "about:blank".to_owned(),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
        };
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        let kind = [(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        )];
        let mut response = (self.status, kind, bytes).into_response();
        if let Some(seconds) = self.retry_after_s {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
