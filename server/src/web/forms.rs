//! The other forms of a list: GeoJSON for maps, CSV for tables, by the `Accept` header.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::place::Position;
use domain::wire::{BINARY_VERSION, MEDIA_BINARY};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::problem::Problem;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    Json,
    GeoJson,
    Csv,
    /// For our own pages (`domain::wire::MEDIA_BINARY`).
    Binary,
}

impl Form {
    /// The first form of the header that we speak; JSON where none is named.
    pub fn wanted(headers: &HeaderMap) -> Self {
        let accept = headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        for part in accept.split(',') {
            match part.split(';').next().unwrap_or_default().trim() {
                "application/geo+json" => return Self::GeoJson,
                "text/csv" => return Self::Csv,
                MEDIA_BINARY => return Self::Binary,
                "application/json" => return Self::Json,
                _ => {}
            }
        }
        Self::Json
    }
}

/// One value: JSON unless our own page asks.
pub fn one<T: Serialize>(headers: &HeaderMap, value: &T) -> Response {
    match Form::wanted(headers) {
        Form::Binary => binary(value),
        _ => axum::Json(value).into_response(),
    }
}

/// `BINARY_VERSION`, then the value in postcard.
pub fn binary<T: Serialize>(value: &T) -> Response {
    let mut body = vec![BINARY_VERSION];
    match postcard::to_allocvec(value) {
        Ok(bytes) => body.extend(bytes),
        Err(error) => {
            return Problem::failed(format!("an answer could not be written: {error}"))
                .into_response();
        }
    }
    let kind = HeaderValue::from_static(MEDIA_BINARY);
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// A list under its name, in the form that was asked for.
pub fn answer<T: Serialize>(
    form: Form,
    name: &str,
    rows: &[T],
    place: impl Fn(&T) -> Option<Position>,
    next: Option<&str>,
) -> Response {
    match form {
        Form::Json => axum::Json(json!({ name: rows, "next": next })).into_response(),
        Form::Binary => binary(&(rows, next)),
        Form::GeoJson => {
            let features: Vec<Value> = rows
                .iter()
                .map(|row| {
                    let properties = serde_json::to_value(row).unwrap_or_default();
                    json!({
                        "type": "Feature",
                        "id": properties.get("id").cloned().unwrap_or_default(),
                        "geometry": place(row).map(|at| json!({"type": "Point", "coordinates": at})),
                        "properties": properties,
                    })
                })
                .collect();
            let body = json!({"type": "FeatureCollection", "features": features, "next": next});
            typed("application/geo+json", body.to_string(), next)
        }
        Form::Csv => typed("text/csv; charset=utf-8", csv_of(rows), next),
    }
}

pub fn typed(kind: &'static str, body: String, next: Option<&str>) -> Response {
    let mut response = (
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind))],
        body,
    )
        .into_response();
    if let Some(next) = next.and_then(|next| HeaderValue::from_str(next).ok()) {
        response.headers_mut().insert("x-next-cursor", next);
    }
    response
}

/// One column a field of the first row's shape; what is nested stands as JSON. A cell that a spreadsheet would take for
/// a formula is led by an apostrophe.
fn csv_of<T: Serialize>(rows: &[T]) -> String {
    let rows: Vec<Map<String, Value>> = rows
        .iter()
        .filter_map(|row| match serde_json::to_value(row) {
            Ok(Value::Object(fields)) => Some(fields),
            _ => None,
        })
        .collect();
    let columns: Vec<&String> = rows
        .first()
        .map(|row| row.keys().collect())
        .unwrap_or_default();
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory cannot fail.
    let _header = writer.write_record(columns.iter().map(|column| column.as_str()));
    for row in &rows {
        let cells = columns.iter().map(|column| match row.get(*column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => guarded(text),
            Some(other) => other.to_string(),
        });
        let _row = writer.write_record(cells);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// Signs that a spreadsheet may begin a formula with (OWASP ASVS 1.2.10), line ends, and the full-width signs, which Excel
/// takes for them where people write with full-width signs.
const BEGIN_FORMULAS: [char; 12] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠',
];

pub fn guarded(text: &str) -> String {
    if text.starts_with(BEGIN_FORMULAS) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_never_runs_what_a_caller_wrote() {
        #[derive(Serialize)]
        struct Row {
            title: &'static str,
        }
        let csv = csv_of(&[
            Row {
                title: "=cmd|' /C calc'!A0",
            },
            Row {
                title: "积水, 很深",
            },
        ]);
        assert_eq!(csv, "title\n'=cmd|' /C calc'!A0\n\"积水, 很深\"\n");
    }
}
