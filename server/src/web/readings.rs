//! What one sensor measured: one by one, or gathered over minutes, hours or days.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::every::Every;
use domain::ids::Property;
use domain::theme::{CourseView, Point};
use domain::time::Timestamp;
use domain::wire::SensorView;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Office;
use super::back::{ReadingsAsked, ReadingsFound};
use super::forms::{Form, binary};
use super::incidents::reading;
use super::list_query::{flag, moment, one};
use super::problem::{Pointed, Problem};

/// Points of one answer.
pub const MOST: usize = 100_000;
const USUAL_MS: i64 = 24 * 3_600_000;
/// As far ahead as the door lets an observation be.
const AHEAD_MS: i64 = 5 * 60_000;

#[derive(Clone, Debug, Default, Deserialize)]
pub struct ReadingsQuery {
    property: Option<String>,
    since: Option<String>,
    until: Option<String>,
    every: Option<String>,
    drill: Option<String>,
}

pub async fn of_sensor(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<ReadingsQuery>,
) -> Result<Response, Problem> {
    let identity = office.who(&headers)?;
    let sensors = reading(&office, |records| records.sensors()).await?;
    let sensor = sensors
        .iter()
        .find(|sensor| sensor.id.as_str() == id)
        .ok_or_else(|| Problem::not_found(format!("There is no sensor \"{id}\".")))?;
    let asked = asked(sensor, &query, office.back.now()).map_err(Problem::invalid)?;
    let (property, unit, every) = (asked.property.clone(), asked.unit.clone(), asked.every);
    let found = reading(&office, move |records| records.readings(&asked))
        .await?
        .map_err(Problem::failed)?;
    if Form::wanted(&headers) == Form::Binary {
        return Ok(binary(&course(&found, unit, every)?));
    }
    let csv = Form::wanted(&headers) == Form::Csv;
    if csv {
        office.exported(&identity, Form::Csv, "readings").await?;
    }
    let rows: Vec<Value> = match &found {
        ReadingsFound::TooMany => return Err(too_many(every)),
        ReadingsFound::Raw(readings) if csv => {
            let rows = readings
                .iter()
                .map(|(at, value)| format!("{},{value}\n", at.to_rfc3339_utc()));
            return Ok(table("time,value\n", rows));
        }
        ReadingsFound::Gathered(readings) if csv => {
            let rows = readings.iter().map(|one| {
                let begins = one.begins.to_rfc3339_utc();
                format!(
                    "{begins},{},{},{},{}\n",
                    one.mean, one.min, one.max, one.count
                )
            });
            return Ok(table("time,mean,min,max,count\n", rows));
        }
        ReadingsFound::Raw(readings) => readings
            .iter()
            .map(|(at, value)| json!([at, value]))
            .collect(),
        ReadingsFound::Gathered(readings) => readings
            .iter()
            .map(|one| json!([one.begins, one.mean, one.min, one.max, one.count]))
            .collect(),
    };
    Ok(Json(json!({
        "sensor": sensor.id,
        "property": property,
        "unit": unit,
        "every": every.map(|every| every.to_string()),
        "readings": rows,
    }))
    .into_response())
}

/// As our own page draws it.
fn course(
    found: &ReadingsFound,
    unit: String,
    every: Option<Every>,
) -> Result<CourseView, Problem> {
    let points = match found {
        ReadingsFound::TooMany => return Err(too_many(every)),
        ReadingsFound::Raw(readings) => readings
            .iter()
            .map(|(at, value)| Point {
                at: *at,
                value: *value,
            })
            .collect(),
        ReadingsFound::Gathered(readings) => readings
            .iter()
            .map(|one| Point {
                at: one.begins,
                value: one.mean,
            })
            .collect(),
    };
    Ok(CourseView { unit, points })
}

fn asked(
    sensor: &SensorView,
    query: &ReadingsQuery,
    now: Timestamp,
) -> Result<ReadingsAsked, Vec<Pointed>> {
    let mut mistakes = Vec::new();
    let m = &mut mistakes;
    let until =
        moment(m, "until", query.until.as_deref()).unwrap_or_else(|| now.plus_millis(AHEAD_MS));
    let since =
        moment(m, "since", query.since.as_deref()).unwrap_or_else(|| until.plus_millis(-USUAL_MS));
    let every = one(m, "every", query.every.as_deref(), str::parse::<Every>);
    let drill = one(m, "drill", query.drill.as_deref(), flag).unwrap_or(sensor.drill);
    if mistakes.is_empty() && since >= until {
        mistakes.push(Pointed {
            pointer: "?since".into(),
            reason: "lies not before until".into(),
        });
    }
    let measured = match measured(sensor, query.property.as_deref()) {
        Ok(measured) => measured,
        Err(mistake) => {
            mistakes.push(mistake);
            return Err(mistakes);
        }
    };
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let (property, unit) = measured;
    Ok(ReadingsAsked {
        thing: sensor.id.clone(),
        property,
        unit,
        drill,
        since,
        until,
        every,
        most: MOST,
    })
}

/// The property that is asked for, in the unit it was last measured in; the only one where none is named.
fn measured(sensor: &SensorView, named: Option<&str>) -> Result<(Property, String), Pointed> {
    let wrong = |reason: String| Pointed {
        pointer: "?property".into(),
        reason,
    };
    let known = || {
        let names: Vec<&str> = sensor
            .latest
            .iter()
            .map(|measured| measured.property.as_str())
            .collect();
        names.join(", ")
    };
    let found = match (
        named.filter(|name| !name.is_empty()),
        sensor.latest.as_slice(),
    ) {
        (None, [only]) => only,
        (None, _) => {
            return Err(wrong(format!(
                "is missing; this sensor measures {}",
                known()
            )));
        }
        (Some(name), latest) => latest
            .iter()
            .find(|measured| measured.property == name)
            .ok_or_else(|| {
                wrong(format!(
                    "\"{name}\" is not measured here; this sensor measures {}",
                    known()
                ))
            })?,
    };
    let property = Property::new(&found.property).map_err(|error| wrong(error.to_string()))?;
    Ok((property, found.unit.clone()))
}

fn too_many(every: Option<Every>) -> Problem {
    let (pointer, instead) = match every {
        None => (
            "?since",
            "ask for a shorter time, or gather them with every",
        ),
        Some(_) => (
            "?every",
            "ask for a shorter time, or gather over a longer one",
        ),
    };
    Problem::invalid(vec![Pointed {
        pointer: pointer.into(),
        reason: format!("more than {MOST} points; {instead}"),
    }])
}

fn table(head: &str, rows: impl Iterator<Item = String>) -> Response {
    let mut body = head.to_owned();
    for row in rows {
        body.push_str(&row);
    }
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}
