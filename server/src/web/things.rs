//! Units, sensors, feeds, figures, and who one is.

use std::sync::Arc;

use app::live::ages::Periods;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use domain::choice::{Near, SensorChoice, UnitChoice};
use domain::feed_health;
use domain::ids::SourceId;
use domain::place::Position;
use domain::policy::Audience;
use domain::theme::Freshness;
use domain::time::Timestamp;
use domain::wire::UnitView;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Office;
use super::choice_query::{SensorQuery, UnitQuery};
use super::forms::{Form, answer, binary};
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
    Query(query): Query<UnitQuery>,
) -> Result<Response, Problem> {
    let identity = office.who(&headers)?;
    let audience = identity.audience(&office.back.city());
    let choice = query.checked().map_err(Problem::invalid)?;
    office
        .exported(&identity, Form::wanted(&headers), "units")
        .await?;
    if let Some(near) = choice.near {
        return nearest(&office, &headers, audience, choice, near).await;
    }
    let units = units_of(&office, &audience, &choice).await?;
    Ok(aged(&office, &headers, "units", &units, |unit| Heard {
        source: &unit.source,
        at: unit.heard_at,
        place: Some(unit.position),
    }))
}

/// A row of the nearest.
#[derive(Serialize)]
struct At {
    #[serde(flatten)]
    unit: Arc<UnitView>,
    /// Along the great circle, in whole metres.
    distance_m: u32,
}

async fn nearest(
    office: &Arc<Office>,
    headers: &HeaderMap,
    audience: Audience,
    choice: UnitChoice,
    near: Near,
) -> Result<Response, Problem> {
    let found = reading(office, move |records| {
        records.nearest_units(near, &|unit| {
            audience.may_see_in(unit.town_code.as_deref()) && choice.fits(unit)
        })
    })
    .await?;
    fn heard(unit: &UnitView) -> Heard<'_> {
        Heard {
            source: &unit.source,
            at: unit.heard_at,
            place: Some(unit.position),
        }
    }
    if Form::wanted(headers) == Form::Binary {
        let units: Vec<Arc<UnitView>> = found.into_iter().map(|(unit, _)| unit).collect();
        return Ok(aged(office, headers, "units", &units, |unit| heard(unit)));
    }
    let rows: Vec<At> = found
        .into_iter()
        .map(|(unit, distance_m)| At {
            unit,
            distance_m: distance_m.round() as u32,
        })
        .collect();
    Ok(aged(office, headers, "units", &rows, |at| heard(&at.unit)))
}

/// Those of the choice that the audience may see.
pub(super) async fn units_of(
    office: &Arc<Office>,
    audience: &Audience,
    choice: &UnitChoice,
) -> Result<Vec<Arc<UnitView>>, Problem> {
    let mut units = reading(office, |records| records.units()).await?;
    units.retain(|unit| audience.may_see_in(unit.town_code.as_deref()) && choice.fits(unit));
    Ok(units)
}

pub async fn sensors(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<SensorQuery>,
) -> Result<Response, Problem> {
    let identity = office.who(&headers)?;
    let choice = query.checked().map_err(Problem::invalid)?;
    office
        .exported(&identity, Form::wanted(&headers), "sensors")
        .await?;
    let mut sensors = reading(&office, |records| records.sensors()).await?;
    if choice != SensorChoice::default() {
        let city = office.back.city();
        sensors.retain(|sensor| choice.of(&city, sensor).is_some());
    }
    Ok(aged(&office, &headers, "sensors", &sensors, |sensor| {
        Heard {
            source: &sensor.source,
            at: sensor.heard_at,
            place: sensor.position,
        }
    }))
}

/// What is heard of again and again, and is old when it is not.
struct Heard<'a> {
    source: &'a SourceId,
    at: Timestamp,
    place: Option<Position>,
}

/// A row of a list with its age by the expected period of its source.
#[derive(Serialize)]
struct Aged<'a, T> {
    #[serde(flatten)]
    row: &'a T,
    age_ms: i64,
    period_ms: i64,
    freshness: Freshness,
}

fn aged<T: Serialize>(
    office: &Office,
    headers: &HeaderMap,
    name: &str,
    rows: &[T],
    heard: impl Fn(&T) -> Heard<'_>,
) -> Response {
    let form = Form::wanted(headers);
    if form == Form::Binary {
        // Our own pages know the periods and let what they show grow old by themselves.
        return answer(form, name, rows, |row| heard(row).place, None);
    }
    let (periods, now) = (Periods::of(&office.back.city()), office.back.now());
    let rows: Vec<Aged<'_, T>> = rows
        .iter()
        .map(|row| {
            let heard = heard(row);
            let period_ms = periods.ms(heard.source.as_str());
            let age_ms = now.since(heard.at).max(0);
            Aged {
                row,
                age_ms,
                period_ms,
                freshness: Freshness::of(age_ms, period_ms),
            }
        })
        .collect();
    answer(form, name, &rows, |aged| heard(aged.row).place, None)
}

pub async fn feeds(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    office.who(&headers)?;
    let feeds = office.back.feeds();
    let sources = feeds.iter().map(|feed| feed.source.as_str());
    let not_heard = feed_health::not_heard(&office.back.city(), sources);
    Ok(match Form::wanted(&headers) {
        Form::Binary => binary(&feeds),
        _ => Json(json!({ "feeds": feeds, "not_heard": not_heard })).into_response(),
    })
}

/// Figures, each with the list it is counted from.
pub async fn stats(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let audience = office.who(&headers)?.audience(&office.back.city());
    let office_again = office.clone();
    let (figures, counted) = reading(&office, move |records| {
        let now = office_again.back.now();
        let figures = records.figures(&audience, now)?;
        Ok::<_, String>((figures, records.counted(&audience, now)?))
    })
    .await?
    .map_err(Problem::failed)?;
    let by_state: Map<String, Value> = counted
        .by_state
        .iter()
        .map(|(state, count)| {
            let drill = format!("/api/v1/incidents?drill=false&state={state}");
            let figure = json!({ "value": count, "of": null, "drill": drill });
            (state.name().to_owned(), figure)
        })
        .collect();
    let mut stats =
        serde_json::to_value(figures).map_err(|error| Problem::failed(error.to_string()))?;
    if let Value::Object(stats) = &mut stats {
        stats.insert("by_state".to_owned(), Value::Object(by_state));
    }
    Ok(Json(stats))
}
