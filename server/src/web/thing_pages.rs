//! Pages of the lists behind figures: `/sensors`, `/units`, `/alarms`, with the queries of the public interface.

use std::sync::Arc;

use app::live::ages::Periods;
use app::start::{Page, ThingKind, ThingRow, ThingsStart};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use domain::alarm::load::Entry;
use domain::city::City;
use domain::language::Language;
use domain::policy::Audience;
use domain::wire::{AlarmView, SensorView, UnitView};

use super::Office;
use super::alarms::alarms_of;
use super::choice_query::{AlarmQuery, LogQuery, SensorQuery, UnitQuery};
use super::identity::Identity;
use super::incidents::reading;
use super::pages::{language, render};
use super::problem::Problem;
use super::things::units_of;
use super::wall_pages::{bare, to_sign_in};

/// More is not read row by row, and the page stays light.
const MOST: usize = 400;

pub async fn sensors(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<SensorQuery>,
) -> Result<Response, Problem> {
    let Some(identity) = office.person(&headers) else {
        return Ok(to_sign_in(&uri));
    };
    let choice = query.checked().map_err(Problem::invalid)?;
    let city = office.back.city();
    let periods = Periods::of(&city);
    let all = reading(&office, |records| records.sensors()).await?;
    let rows = all
        .iter()
        .filter_map(|sensor| {
            let meant = choice.of(&city, sensor)?;
            Some(sensor_row(sensor, &meant, &periods))
        })
        .collect();
    Ok(page(&office, &headers, &identity, ThingKind::Sensors, rows).await)
}

fn sensor_row(
    sensor: &SensorView,
    meant: &[&domain::wire::MeasuredView],
    periods: &Periods,
) -> ThingRow {
    let said = meant.iter().map(|measured| {
        let value = app::charts::written::number(measured.value, decimals(measured.value));
        format!("{} {value} {}", measured.property, measured.unit)
    });
    let link = meant.first().map(|measured| {
        format!(
            "/readings/{}?property={}",
            app::pages::escaped(sensor.id.as_str()),
            app::pages::escaped(&measured.property)
        )
    });
    ThingRow {
        name: sensor.id.to_string(),
        said: said.collect::<Vec<_>>().join(" · "),
        town: sensor.town.clone(),
        at: sensor.heard_at,
        period_ms: Some(periods.ms(sensor.source.as_str())),
        in_alarm: sensor.in_alarm,
        suspect: meant.iter().any(|measured| measured.suspect.is_some()),
        drill: sensor.drill,
        link,
    }
}

/// As many as tell small values apart.
fn decimals(value: f64) -> u8 {
    match value.abs() {
        ..1.0 => 3,
        1.0..100.0 => 1,
        _ => 0,
    }
}

pub async fn units(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<UnitQuery>,
) -> Result<Response, Problem> {
    let Some(identity) = office.person(&headers) else {
        return Ok(to_sign_in(&uri));
    };
    let choice = query.checked().map_err(Problem::invalid)?;
    let city = office.back.city();
    let audience = identity.audience(&city);
    let periods = Periods::of(&city);
    let units = units_of(&office, &audience, &choice).await?;
    let rows = units.iter().map(|unit| unit_row(unit, &periods)).collect();
    Ok(page(&office, &headers, &identity, ThingKind::Units, rows).await)
}

fn unit_row(unit: &UnitView, periods: &Periods) -> ThingRow {
    let said = [unit.kind.as_deref(), unit.status.as_deref()];
    ThingRow {
        name: unit.id.to_string(),
        said: said.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        town: unit.town.clone(),
        at: unit.heard_at,
        period_ms: Some(periods.ms(unit.source.as_str())),
        in_alarm: false,
        suspect: false,
        drill: unit.drill,
        link: None,
    }
}

pub async fn alarms(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<AlarmQuery>,
) -> Result<Response, Problem> {
    let Some(identity) = office.person(&headers) else {
        return Ok(to_sign_in(&uri));
    };
    let choice = query.checked().map_err(Problem::invalid)?;
    let city = office.back.city();
    if uri.query().is_none() {
        // Nothing is chosen: how they do altogether.
        let account = identity.person().map(AsRef::as_ref);
        let start = bare(&office, &headers, Page::AlarmLoad, account);
        return Ok(render(&office, start, StatusCode::OK).await);
    }
    let alarms = alarms_of(&office, &identity.audience(&city), &choice).await?;
    let language = language(&headers);
    let rows = alarms
        .iter()
        .map(|alarm| alarm_row(alarm, &city, language))
        .collect();
    Ok(page(&office, &headers, &identity, ThingKind::Alarms, rows).await)
}

/// The lines of the log behind a figure of load.
pub async fn alarm_log(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<LogQuery>,
) -> Result<Response, Problem> {
    let Some(identity) = office.person(&headers) else {
        return Ok(to_sign_in(&uri));
    };
    let (choice, most) = query.checked().map_err(Problem::invalid)?;
    let city = office.back.city();
    let mut lines = Vec::new();
    // Alarms belong to the duty room.
    if identity.audience(&city) == Audience::City {
        let found = reading(&office, move |records| records.alarm_lines(&choice, most)).await?;
        lines = found.map_err(Problem::failed)?.0;
    }
    let language = language(&headers);
    let rows = lines.iter().map(|line| line_row(line, &city, language));
    let rows = rows.collect();
    Ok(page(&office, &headers, &identity, ThingKind::Alarms, rows).await)
}

fn line_row(line: &Entry, city: &City, language: Language) -> ThingRow {
    let thing = line.thing.as_ref().map(ToString::to_string);
    let kind = line.category.and_then(|code| city.category(code));
    let said = [
        Some(domain::explain::severity_mark(line.severity).to_owned()),
        kind.map(|kind| match language {
            Language::Zh => kind.name.clone(),
            Language::En => kind.name_en.clone(),
        }),
        Some(domain::explain::alarm_happening(language, line.what).to_owned()),
        line.by.clone(),
        Some(line.alarm.to_string()),
    ];
    let town = line.town.as_deref().and_then(|code| {
        let towns = city.towns.iter();
        let mut named = towns.filter(|town| town.code.as_str() == code);
        named.next().map(|town| town.name.clone())
    });
    ThingRow {
        name: thing.unwrap_or_else(|| line.source.to_string()),
        said: said.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        town,
        at: line.at,
        period_ms: None,
        in_alarm: false,
        suspect: false,
        drill: false,
        link: None,
    }
}

fn alarm_row(alarm: &AlarmView, city: &City, language: Language) -> ThingRow {
    let kind = alarm.category.and_then(|code| city.category(code));
    let kind = kind.map(|kind| match language {
        Language::Zh => kind.name.clone(),
        Language::En => kind.name_en.clone(),
    });
    let thing = alarm.thing.as_ref().map(ToString::to_string);
    let mark = domain::explain::severity_mark(alarm.severity).to_owned();
    ThingRow {
        name: thing.unwrap_or_else(|| alarm.id.to_string()),
        said: [Some(mark), kind, Some(alarm.text.clone())]
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
        town: None,
        at: alarm.raised_at,
        period_ms: None,
        in_alarm: alarm.cleared_at.is_none(),
        suspect: false,
        drill: alarm.drill,
        link: alarm.incident.map(|id| format!("/desk?incident={id}")),
    }
}

async fn page(
    office: &Office,
    headers: &HeaderMap,
    identity: &Identity,
    kind: ThingKind,
    mut rows: Vec<ThingRow>,
) -> Response {
    let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    rows.sort_by(|a, b| {
        let order = |row: &ThingRow| (!row.in_alarm, row.name.clone());
        order(a).cmp(&order(b))
    });
    rows.truncate(MOST);
    let things = Box::new(ThingsStart { kind, total, rows });
    let account = identity.person().map(AsRef::as_ref);
    let start = bare(office, headers, Page::Things(things), account);
    render(office, start, StatusCode::OK).await
}
