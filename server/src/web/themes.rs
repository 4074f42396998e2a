//! Themes: which there are, and one with its figures, counted for whoever asks.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::theme::ThemeList;

use super::incidents::reading;
use super::problem::Problem;
use super::{Office, forms};

pub async fn list(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    office.who(&headers)?;
    Ok(forms::one(
        &headers,
        &ThemeList {
            themes: office.back.themes(),
        },
    ))
}

pub async fn one(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
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
        .map(|view| forms::one(&headers, &view))
        .ok_or_else(|| Problem::not_found(format!("There is no theme \"{id}\".")))
}
