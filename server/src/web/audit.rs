//! The audit log as others read it, and how the web writes into it: first the entry, durable, then the act or its answer.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::audit::{AuditAsked, Note, What, Who};
use domain::ids::IdError;
use domain::policy;
use serde::Deserialize;

use super::Office;
use super::forms::{Form, answer};
use super::identity::Identity;
use super::incidents::may_block;
use super::list_query::{filled, limit, moment, one};
use super::problem::Problem;

const USUAL: usize = 50;

#[derive(Debug, Default, Deserialize)]
pub struct AuditQuery {
    since: Option<String>,
    until: Option<String>,
    actor: Option<String>,
    what: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

impl AuditQuery {
    fn checked(self) -> Result<AuditAsked, Problem> {
        let mut mistakes = Vec::new();
        let asked = AuditAsked {
            since: moment(&mut mistakes, "since", self.since.as_deref()),
            until: moment(&mut mistakes, "until", self.until.as_deref()),
            who: filled(self.actor),
            what: one(
                &mut mistakes,
                "what",
                self.what.as_deref(),
                str::parse::<What>,
            ),
            before: one(&mut mistakes, "cursor", self.cursor.as_deref(), cursor),
            limit: one(&mut mistakes, "limit", self.limit.as_deref(), limit).unwrap_or(USUAL),
        };
        if mistakes.is_empty() {
            Ok(asked)
        } else {
            Err(Problem::invalid(mistakes))
        }
    }
}

fn cursor(text: &str) -> Result<u64, IdError> {
    text.parse()
        .ok()
        .filter(|entry| i64::try_from(*entry).is_ok())
        .ok_or_else(|| IdError(format!("\"{text}\" is not `next` of a page before")))
}

/// Newest first.
pub async fn list(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<AuditQuery>,
) -> Result<Response, Problem> {
    let identity = office.who(&headers)?;
    if !identity
        .actor()
        .is_some_and(|actor| policy::may_read_audit(&actor))
    {
        return Err(Problem::forbidden(
            "The audit log is read by auditors and administrators.",
        ));
    }
    let asked = query.checked()?;
    let form = match Form::wanted(&headers) {
        // Nothing of it has a place.
        Form::GeoJson => Form::Json,
        form => form,
    };
    office.exported(&identity, form, "audit").await?;
    let records = office.back.blocking();
    let page = may_block(move || records.audit(&asked))
        .await?
        .map_err(Problem::failed)?;
    let next = page.next.map(|entry| entry.to_string());
    Ok(answer(
        form,
        "entries",
        &page.entries,
        |_| None,
        next.as_deref(),
    ))
}

impl Office {
    /// Durable when it returns.
    pub async fn note(&self, note: Note) -> Result<(), Problem> {
        self.back.note(note).await.map_err(Problem::from)
    }

    /// Who a request comes from, by the log's names.
    pub fn noted(&self, identity: &Identity) -> Who {
        match identity {
            Identity::Person { account, .. } => Who::Account(account.name.clone()),
            Identity::Reader { secret_sha256 } => self
                .back
                .key(secret_sha256)
                .map_or(Who::Unknown, |key| Who::Key(key.id.clone())),
        }
    }

    /// A list that leaves the system as a file is written down before it goes.
    pub async fn exported(
        &self,
        identity: &Identity,
        form: Form,
        list: &str,
    ) -> Result<(), Problem> {
        let form = match form {
            Form::Csv => "CSV",
            Form::GeoJson => "GeoJSON",
            Form::Json | Form::Binary => return Ok(()),
        };
        self.left(identity, list, form).await
    }

    /// The same for a form that only one list has.
    pub async fn left(&self, identity: &Identity, list: &str, form: &str) -> Result<(), Problem> {
        let detail = format!("{list} as {form}");
        let note = Note::new(self.noted(identity), What::Export, list, detail);
        self.note(note).await
    }
}
