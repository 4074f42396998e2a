//! Units, sensors, feeds, figures, and who one is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::policy::Audience;
use serde_json::{Value, json};

use super::Office;
use super::forms::{Form, answer};
use super::identity::Identity;
use super::incidents::reading;
use super::problem::Problem;

pub async fn me(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    Ok(Json(match office.who(&headers)? {
        Identity::Person { account, .. } => json!({
            "name": account.name,
            "role": account.role,
            "department": account.department,
            "town": account.town,
            "demo": account.demo,
        }),
        Identity::Reader { .. } => json!({ "key": true, "read": true }),
    }))
}

pub async fn units(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let audience = office.who(&headers)?.audience(&office.back.city());
    let mut units = reading(&office, |records| records.units()).await?;
    units.retain(|unit| match &audience {
        Audience::City => true,
        Audience::Town(town)
        | Audience::Department {
            town: Some(town), ..
        } => unit.town_code.as_deref() == Some(town.as_str()),
        Audience::Department { town: None, .. } | Audience::Nothing => false,
    });
    Ok(answer(
        Form::wanted(&headers),
        "units",
        &units,
        |unit| Some(unit.position),
        None,
    ))
}

pub async fn sensors(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    office.who(&headers)?;
    let sensors = reading(&office, |records| records.sensors()).await?;
    Ok(answer(
        Form::wanted(&headers),
        "sensors",
        &sensors,
        |sensor| sensor.position,
        None,
    ))
}

pub async fn feeds(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    office.who(&headers)?;
    Ok(Json(json!({ "feeds": office.back.feeds() })))
}

/// Figures, each with the list it is counted from.
pub async fn stats(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let audience = office.who(&headers)?.audience(&office.back.city());
    let now = office.back.now();
    let counted = reading(&office, move |records| records.counted(&audience, now))
        .await?
        .map_err(Problem::failed)?;
    let figure = |value: u64, drill: String| json!({ "value": value, "drill": drill });
    let open = "reported,registered,dispatched,acknowledged,handling,resolved,checked";
    let by_state: serde_json::Map<String, Value> = counted
        .by_state
        .iter()
        .map(|(state, count)| {
            let drill = format!("/api/v1/incidents?state={state}");
            (state.name().to_owned(), figure(*count, drill))
        })
        .collect();
    let by_severity: serde_json::Map<String, Value> = counted
        .by_severity
        .iter()
        .map(|(level, count)| {
            let drill = format!("/api/v1/incidents?state={open}&severity={level}");
            (level.to_string(), figure(*count, drill))
        })
        .collect();
    Ok(Json(json!({
        "at": now,
        "open": figure(counted.open, format!("/api/v1/incidents?state={open}")),
        "tray": figure(counted.tray, "/api/v1/incidents?tray=true".into()),
        "overdue": figure(counted.overdue, "/api/v1/incidents?overdue=true".into()),
        "by_state": by_state,
        "by_severity": by_severity,
    })))
}
