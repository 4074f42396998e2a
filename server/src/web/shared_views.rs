//! Saved views shared by role: read by those of the role, given by those who lead the shift.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use domain::account::Role;
use domain::change::Outcome;
use domain::command::Input;
use domain::shared_views::{MAY_SHARE, SharedView, SharedViewList, SharedViews, faults};
use serde::Deserialize;

use super::Office;
use super::forms::one;
use super::problem::{Pointed, Problem};

/// Those of the asker's role; of all roles for whoever gives them.
pub async fn shown(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let identity = office.who(&headers)?;
    let Some(account) = identity.person() else {
        return Err(Problem::forbidden(
            "Views are those of people; a key has none.",
        ));
    };
    let mut shared = office.back.shared_views();
    if !MAY_SHARE.contains(&account.role) {
        shared.retain(|views| views.role == account.role);
    }
    Ok(one(&headers, &SharedViewList { shared }))
}

#[derive(Deserialize)]
struct Given {
    views: Vec<SharedView>,
}

/// All views of a role at once; an empty list takes them away.
pub async fn give(
    State(office): State<Arc<Office>>,
    method: Method,
    headers: HeaderMap,
    Path(role): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let (account, _) = office.acting(&method, &headers)?;
    let role: Role = role
        .parse()
        .map_err(|error| Problem::not_found(format!("{error}.")))?;
    if !MAY_SHARE.contains(&account.role) {
        return Err(Problem::forbidden(format!(
            "A {} does not give views to others.",
            account.role
        )));
    }
    let given: Given = serde_json::from_slice(&body).map_err(|error| {
        Problem::unreadable(format!("The body needs a list of views: {error}."))
    })?;
    let wrong = faults(&given.views);
    if !wrong.is_empty() {
        let pointed = wrong
            .into_iter()
            .map(|(pointer, reason)| Pointed { pointer, reason });
        return Err(Problem::invalid(pointed.collect()));
    }
    let views = SharedViews {
        role,
        views: given.views,
        by: account.name.clone(),
        at: office.back.now(),
    };
    let taken = office
        .back
        .carry_out(vec![Input::SharedViews(Box::new(views.clone()))])
        .await?;
    match taken.outcomes.first() {
        Some(Outcome::Taken) => Ok(one(&headers, &views)),
        _ => Err(Problem::failed("the views were not taken")),
    }
}
