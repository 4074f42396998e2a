//! How work is judged: rows of figures and moves of powers, as JSON, CSV and XLSX.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use domain::evaluation::rows::{Choice, Question, brief, view};
use domain::evaluation::view::{By, EvaluationView, MovesView};
use domain::evaluation::{Period, moves};
use serde_json::{Value, json};

use super::Office;
use super::evaluation_query::{Asking, EvaluationQuery};
use super::evaluation_sheet::{csv, wants_xlsx, xlsx};
use super::forms::{self, Form};
use super::incidents::reading;
use super::pages::{encoded, language};
use super::problem::Problem;

const MOST_DAYS: u32 = 366;
const USUAL_DAYS: u32 = 30;

pub async fn evaluated(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<EvaluationQuery>,
) -> Result<Response, Problem> {
    let Asking {
        identity,
        judged,
        city,
        evaluation,
        now,
        mut read,
    } = Asking::of(&office, &headers, &query)?;
    let by = match query.by.as_deref() {
        None => By::default(),
        Some(name) => By::named(name).unwrap_or_else(|| {
            read.wrong(
                "by",
                "is not one of department, town, category, month".into(),
            );
            By::default()
        }),
    };
    if !matches!(query.form.as_deref(), None | Some("csv" | "xlsx")) {
        read.wrong("form", "is not one of csv, xlsx".into());
    }
    let period = read.period(&city, now);
    let at = read.moment("at", query.at.as_ref()).unwrap_or(now);
    let choice = read.choice();
    read.done()?;
    let chosen = choice.clone();
    let view = reading(&office, move |records| -> Result<_, String> {
        let question = Question {
            evaluation: &evaluation,
            city: &city,
            by,
            period,
            choice: &chosen,
            judged: &judged,
            at,
        };
        let (position, cases) = records.cases(question.whole())?;
        Ok(view(&question, &cases, position))
    })
    .await?
    .map_err(Problem::failed)?;
    let language = language(&headers);
    let form = query.form.as_deref();
    if form == Some("xlsx") || (form.is_none() && wants_xlsx(&headers)) {
        office.left(&identity, "evaluation", "XLSX").await?;
        return xlsx(&view, language);
    }
    let form = match form {
        Some("csv") => Form::Csv,
        _ => Form::wanted(&headers),
    };
    office.exported(&identity, form, "evaluation").await?;
    Ok(match form {
        Form::Binary => forms::binary(&view),
        Form::Csv => forms::typed("text/csv; charset=utf-8", csv(&view, language), None),
        _ => axum::Json(with_links(&view, &choice)).into_response(),
    })
}

/// Each cell with the lists that hold exactly its cases. What is told of others only together has none.
fn with_links(view: &EvaluationView, choice: &Choice) -> Value {
    let mut value = json!(view);
    let link = |row: &Value, indicator: &str, part: &str, of_row: bool| {
        let mut query = vec![
            ("indicator", indicator.to_owned()),
            ("part", part.to_owned()),
            ("since", text_at(row, "since")),
            ("until", text_at(row, "until")),
            ("at", view.at.to_rfc3339_utc()),
        ];
        let key = row["key"].as_str().unwrap_or_default();
        for (name, chosen, by) in [
            ("department", &choice.department, By::Department),
            ("town", &choice.town, By::Town),
            ("category", &choice.category, By::Category),
        ] {
            match (of_row && view.by == by, chosen) {
                (true, _) => query.push((name, key.to_owned())),
                (false, Some(chosen)) => query.push((name, chosen.clone())),
                (false, None) => {}
            }
        }
        let query: Vec<String> = query
            .into_iter()
            .map(|(name, value)| format!("{name}={}", encoded(&value)))
            .collect();
        format!("/api/v1/evaluation/cases?{}", query.join("&"))
    };
    let add = |row: &mut Value, of_row: bool| {
        let whole = row.clone();
        let cells = row["cells"].as_array_mut().into_iter().flatten();
        for (cell, indicator) in cells.zip(&view.indicators) {
            let parts = ["numerator", "denominator", "exempted"];
            let links = parts.map(|part| {
                (
                    part.to_owned(),
                    json!(link(&whole, &indicator.id, part, of_row)),
                )
            });
            cell["cases"] = Value::Object(links.into_iter().collect());
            cell["indicator"] = json!(indicator.id);
        }
    };
    for row in value["rows"].as_array_mut().into_iter().flatten() {
        add(row, true);
    }
    add(&mut value["total"], false);
    value
}

fn text_at(row: &Value, name: &str) -> String {
    row["period"][name].as_str().unwrap_or_default().to_owned()
}

pub async fn moves_of_powers(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<EvaluationQuery>,
) -> Result<Response, Problem> {
    const HALF_A_YEAR_MS: i64 = 183 * 86_400_000;
    let Asking {
        identity: _,
        judged,
        city,
        evaluation,
        now,
        mut read,
    } = Asking::of(&office, &headers, &query)?;
    let since = read.moment("since", query.since.as_ref());
    let until = read.moment("until", query.until.as_ref());
    let period = Period {
        since: since.unwrap_or_else(|| now.plus_millis(-HALF_A_YEAR_MS)),
        until: until.unwrap_or_else(|| now.plus_millis(1)),
    };
    let days = read.number(
        "days",
        query.days.as_ref(),
        USUAL_DAYS as usize,
        MOST_DAYS as usize,
    );
    let days = u32::try_from(days).unwrap_or(USUAL_DAYS);
    read.done()?;
    let view = reading(&office, move |records| -> Result<_, String> {
        let found = moves::moves(&city, period, now);
        let stretches: Vec<Period> = found.iter().map(|one| one.stretch(days, now)).collect();
        let whole = Period {
            since: stretches.iter().map(|one| one.since).min().unwrap_or(now),
            until: stretches.iter().map(|one| one.until).max().unwrap_or(now),
        };
        let (position, cases) = records.cases(whole)?;
        Ok(MovesView {
            at: now,
            position,
            indicators: evaluation.indicators.iter().map(brief).collect(),
            moves: found
                .iter()
                .map(|one| one.view(&evaluation, &city, &judged, &cases, days, now))
                .collect(),
        })
    })
    .await?
    .map_err(Problem::failed)?;
    Ok(forms::one(&headers, &view))
}

/// The media type a header asks for first.
pub(super) fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains(kind))
}
