//! The city as its pack describes it: outlines, basemap, departments, kinds, and the table of commands.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::city::Level;
use domain::language::Language;
use domain::lifecycle::{Outcome, TABLE};
use domain::wire::PlaceView;
use domain::{explain, place_search};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Office;
use super::forms::{Form, answer};
use super::packed::packed;
use super::problem::{Pointed, Problem};

pub async fn city(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    office.who(&headers)?;
    let city = office.back.city();
    Ok(Json(json!({
        "id": city.id,
        "name": city.name,
        "name_en": city.name_en,
        "code": city.code,
        "timezone": city.zone.name(),
        "bounds": city.bounds.degrees(),
        "center": city.center,
        "zoom": city.zoom,
        "boundaries_note": city.boundaries_note,
        "boundaries_note_en": city.boundaries_note_en,
        "sample": city.sample,
        "sample_note": city.sample_note,
        "attribution": city.attribution,
        "towns": city.towns.iter().map(|town| json!({
            "code": town.code, "name": town.name, "name_en": town.name_en, "kind": town.kind, "point": town.point,
            "outline": city.outlines.iter().any(|outline| outline.code == town.code),
        })).collect::<Vec<_>>(),
        "villages": city.villages.len(),
        "demo": office.back.demo(),
    })))
}

#[derive(Deserialize)]
pub struct NameQuery {
    q: Option<String>,
}

/// Places by name: what the pack has of towns, villages and named places, the best fit first.
pub async fn named(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<NameQuery>,
) -> Result<Response, Problem> {
    const MOST: usize = 12;
    const LONGEST: usize = 1_000;
    office.who(&headers)?;
    let asked = query.q.unwrap_or_default();
    if asked.chars().count() > LONGEST {
        return Err(Problem::invalid(vec![Pointed {
            pointer: "?q".into(),
            reason: format!("longer than {LONGEST} characters"),
        }]));
    }
    let city = office.back.city();
    let places: Vec<PlaceView> = place_search::find(&city, &asked, MOST)
        .into_iter()
        .map(|place| PlaceView {
            town: place
                .town
                .as_ref()
                .map(|code| explain::town_name(&city, Language::Zh, code).to_owned()),
            name: place.name,
            name_en: place.name_en,
            kind: place.kind,
            position: place.position,
        })
        .collect();
    Ok(answer(
        Form::wanted(&headers),
        "places",
        &places,
        |place| place.position,
        None,
    ))
}

pub async fn departments(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    office.who(&headers)?;
    let city = office.back.city();
    Ok(Json(json!({
        "departments": city.departments.values().map(|department| json!({
            "id": department.id, "name": department.name, "name_en": department.name_en,
            "kind": department.kind, "town": department.town, "phone": department.phone, "sample": department.sample,
        })).collect::<Vec<_>>(),
    })))
}

pub async fn categories(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    office.who(&headers)?;
    let city = office.back.city();
    Ok(Json(
        json!({ "categories": city.categories.values().collect::<Vec<_>>() }),
    ))
}

/// The table of commands as data: what the documentation shows is what the server does.
pub async fn lifecycle() -> Json<Value> {
    let rows: Vec<Value> = TABLE
        .iter()
        .map(|row| {
            json!({
                "command": row.command,
                "from": row.from,
                "to": match row.outcome {
                    Outcome::Stays => json!("same"),
                    Outcome::Becomes(state) => json!([state]),
                    other => json!(other.targets(domain::lifecycle::State::Registered)),
                },
                "roles": row.roles,
                "department": row.department.name(),
                "second": row.second,
                "arguments": row.arguments.iter()
                    .map(|argument| json!({"name": argument.name, "required": argument.required}))
                    .collect::<Vec<_>>(),
            })
        })
        .collect();
    Json(json!({ "commands": rows }))
}

#[derive(Deserialize)]
pub struct LevelQuery {
    level: Option<String>,
}

pub async fn jurisdictions(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<LevelQuery>,
) -> Result<Response, Problem> {
    office.who(&headers)?;
    let level = match query.level.as_deref().unwrap_or("town") {
        "city" => Level::City,
        "town" => Level::Town,
        "village" => Level::Village,
        "grid" => Level::Grid,
        other => {
            return Err(Problem::invalid(vec![Pointed {
                pointer: "?level".into(),
                reason: format!("\"{other}\" is not one of city, town, village, grid"),
            }]));
        }
    };
    Ok(packed(geojson(office.back.outlines(level)), &headers).await)
}

pub async fn basemap(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Path(layer): Path<String>,
) -> Result<Response, Problem> {
    office.who(&headers)?;
    let name = layer.strip_suffix(".geojson").unwrap_or(&layer);
    match office.back.basemap(name) {
        Some(bytes) => Ok(packed(geojson(bytes), &headers).await),
        None => Err(Problem::not_found(format!(
            "The city pack has no basemap layer \"{name}\"."
        ))),
    }
}

fn geojson(bytes: Vec<u8>) -> Response {
    let kind = HeaderValue::from_static("application/geo+json");
    let keep = HeaderValue::from_static("private, max-age=300");
    (
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)],
        bytes,
    )
        .into_response()
}
