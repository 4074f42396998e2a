//! The page of the evaluation: its address says period and scope, the page asks for the figures.

use std::sync::Arc;

use app::start::{EvaluationStart, Page};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use domain::time::Timestamp;
use serde::Deserialize;

use super::Office;
use super::wall_pages::signed_in;

#[derive(Deserialize)]
pub struct EvaluationQuery {
    by: Option<String>,
    since: Option<String>,
    until: Option<String>,
    category: Option<String>,
    town: Option<String>,
    department: Option<String>,
}

pub async fn evaluation(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<EvaluationQuery>,
) -> Response {
    let at = |text: Option<String>| text.and_then(|text| Timestamp::parse_rfc3339(&text).ok());
    let page = Page::Evaluation(Box::new(EvaluationStart {
        by: query.by,
        since: at(query.since),
        until: at(query.until),
        category: query.category,
        town: query.town,
        department: query.department,
    }));
    signed_in(&office, &headers, &uri, page).await
}
