//! How much alarms ask of operators: figures of load, the log behind them, and the few rows that a flood is shown as.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::alarm::flood::{self, Division, Flood, Groups};
use domain::alarm::load::{self, Asked, LoadView, LogChoice, What};
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::wire::AlarmView;
use serde::Serialize;

use super::Office;
use super::alarms::seen_by;
use super::choice_query::{LoadQuery, LogQuery};
use super::forms::{self, Form, answer};
use super::incidents::reading;
use super::problem::Problem;

/// Lines that figures are counted from at most; a city with more in the time asked for is told so by `known_from`.
const MOST_COUNTED: usize = 500_000;
/// A flood that began before the time asked for began within so long of it, or is not a flood any more.
const BEFORE_MS: i64 = 4 * 60 * 60 * 1000;

pub async fn performance(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<LoadQuery>,
) -> Result<Response, Problem> {
    let audience = of_the_duty_room(&office, &headers)?;
    let (since, until, per) = query.checked(office.back.now()).map_err(Problem::invalid)?;
    let choice = LogChoice {
        since: Some(since.plus_millis(-BEFORE_MS)),
        until: Some(until),
        ..LogChoice::default()
    };
    let (lines, known_from) = reading(&office, move |records| {
        records.alarm_lines(&choice, MOST_COUNTED)
    })
    .await?
    .map_err(Problem::failed)?;
    let cut_off = (lines.len() == MOST_COUNTED)
        .then(|| lines.first().map(|first| first.at))
        .flatten();
    let standing = seen_by(&office, &audience).await?;
    let fleeting_seconds = office.back.city().alarm_ways.fleeting_seconds;
    let view: LoadView = load::load(
        &lines,
        standing.iter().map(AsRef::<AlarmView>::as_ref),
        Asked {
            since,
            until,
            per,
            known_from: known_from.max(cut_off),
            fleeting_ms: i64::from(fleeting_seconds) * 1000,
        },
    );
    Ok(forms::one(&headers, &view))
}

pub async fn log(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<LogQuery>,
) -> Result<Response, Problem> {
    of_the_duty_room(&office, &headers)?;
    let (choice, most) = query.checked().map_err(Problem::invalid)?;
    let form = Form::wanted(&headers);
    let identity = office.who(&headers)?;
    office.exported(&identity, form, "alarm log").await?;
    let (lines, _) = reading(&office, move |records| records.alarm_lines(&choice, most))
        .await?
        .map_err(Problem::failed)?;
    Ok(answer(form, "lines", &lines, |_| None, None))
}

/// How it stands, in a few rows.
#[derive(Serialize)]
struct Glance {
    position: u64,
    flood: Flood,
    groups: Groups,
}

pub async fn groups(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let audience = of_the_duty_room(&office, &headers)?;
    let now = office.back.now();
    let told = LogChoice {
        since: Some(now.plus_millis(-BEFORE_MS)),
        what: Some(What::Told),
        ..LogChoice::default()
    };
    let (lines, _) = reading(&office, move |records| {
        records.alarm_lines(&told, MOST_COUNTED)
    })
    .await?
    .map_err(Problem::failed)?;
    let moments: Vec<Timestamp> = lines.iter().map(|line| line.at).collect();
    let position = office.back.position();
    let mut alarms = seen_by(&office, &audience).await?;
    alarms.retain(|alarm| !alarm.drill);
    let glance = Glance {
        position,
        flood: flood::course(&moments, now).now,
        groups: flood::groups(
            alarms.iter().map(AsRef::<AlarmView>::as_ref),
            Division::default(),
        ),
    };
    Ok(forms::one(&headers, &glance))
}

/// Alarms are the duty room's, and so is how it does with them.
fn of_the_duty_room(office: &Office, headers: &HeaderMap) -> Result<Audience, Problem> {
    let audience = office.who(headers)?.audience(&office.back.city());
    match audience {
        Audience::City => Ok(audience),
        _ => Err(Problem::forbidden("Alarms belong to the duty room.")),
    }
}
