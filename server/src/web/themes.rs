//! Themes: which there are, and one with its figures, counted for whoever asks.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use domain::theme::ThemeView;
use serde_json::{Value, json};

use super::Office;
use super::incidents::reading;
use super::problem::Problem;

pub async fn list(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    office.who(&headers)?;
    Ok(Json(json!({ "themes": office.back.themes() })))
}

pub async fn one(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<ThemeView>, Problem> {
    let audience = office.who(&headers)?.audience(&office.back.city());
    let named = id.clone();
    let office_again = office.clone();
    let found = reading(&office, move |records| {
        // Read after everything acknowledged has settled, so that what came before the question counts.
        records.theme(&named, &audience, office_again.back.now())
    })
    .await?
    .map_err(Problem::failed)?;
    found
        .map(Json)
        .ok_or_else(|| Problem::not_found(format!("There is no theme \"{id}\".")))
}
