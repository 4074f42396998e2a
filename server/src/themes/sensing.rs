//! Figures of what is heard: alarms, units, sensors and what they measured last. What is older than three of its periods
//! is gone and does not count; what was never heard is said to be missing.

use std::collections::BTreeMap;

use domain::alarm::AlarmState;
use domain::category::Severity;
use domain::choice::{AlarmChoice, Path, SensorChoice, UnitChoice, escaped};
use domain::ids::{Property, ThingId};
use domain::indicator::{SensorMeasure, Statistic};
use domain::theme::{Missing, Point};
use domain::time::Timestamp;
use domain::wire::{MeasuredView, SensorView};

use super::day::{DAY_MS, Day, day_before};
use super::facts::{ANY_UNIT, Facts, Sought};
use super::{Computed, missing};

pub fn alarms(
    facts: &Facts<'_>,
    day: &Day,
    categories: &[String],
    severities: &[Severity],
) -> Computed {
    let Some(alarms) = &facts.alarms else {
        return Computed {
            missing: missing("报警只在值班室可见", "alarms belong to the duty room"),
            ..Computed::default()
        };
    };
    let standing = AlarmState::ALL
        .into_iter()
        .filter(|state| state.is_active());
    let choice = AlarmChoice {
        states: standing.collect(),
        categories: categories.to_vec(),
        severities: severities.to_vec(),
        drill: Some(false),
        ..AlarmChoice::default()
    };
    let count = alarms.iter().filter(|alarm| choice.fits(alarm)).count();
    let phases = facts.alarm_phases.iter();
    let meant: Vec<_> = phases
        .filter(|phase| choice.is_about(phase.facets))
        .collect();
    let stood = |at: Timestamp| {
        let known = facts.alarms_from.is_some_and(|from| from <= at);
        known.then(|| meant.iter().filter(|phase| phase.is_at(at)).count() as f64)
    };
    let point = |at: Timestamp| stood(at).map(|value| Point { at, value });
    let times = || day.hours.iter().copied();
    Computed {
        value: Some(count as f64),
        before: stood(day_before(day.now)),
        series: times().filter_map(point).collect(),
        yesterday: times()
            .chain([day.now])
            .filter_map(|at| point(day_before(at)))
            .collect(),
        age_ms: Some(facts.lag_ms),
        drill: Some(choice.path()),
        missing: None,
    }
    .with_now(day)
}

pub fn units(facts: &Facts<'_>, statuses: &[String], kinds: &[String], within_ms: i64) -> Computed {
    let all = UnitChoice {
        heard_since: None,
        statuses: Vec::new(),
        kinds: kinds.to_vec(),
        drill: Some(false),
        near: None,
    };
    let of_kind = facts.units.iter().filter(|unit| all.fits(unit));
    let Some(newest) = of_kind.map(|unit| unit.heard_at).max() else {
        return Computed {
            missing: missing(
                "还没有这类力量上报位置",
                "no such unit has reported its position yet",
            ),
            ..Computed::default()
        };
    };
    let choice = UnitChoice {
        heard_since: Some(facts.now.plus_millis(-within_ms)),
        statuses: statuses.to_vec(),
        ..all
    };
    let count = facts.units.iter().filter(|unit| choice.fits(unit)).count();
    Computed {
        value: Some(count as f64),
        age_ms: Some(facts.now.since(newest).max(0)),
        drill: Some(choice.path()),
        ..Computed::default()
    }
}

/// Those of a sensor's values that are meant; none if the sensor is not.
fn meant<'f>(
    facts: &'f Facts<'_>,
    choice: &SensorChoice,
) -> Vec<(&'f SensorView, Vec<&'f MeasuredView>)> {
    let sensors = facts.sensors.iter();
    sensors
        .filter_map(|sensor| Some((&**sensor, choice.of(facts.city, sensor)?)))
        .collect()
}

fn newest_of(found: &[(&SensorView, Vec<&MeasuredView>)]) -> Option<Timestamp> {
    let measured = found.iter().flat_map(|(_, measured)| measured);
    measured.map(|measured| measured.observed_at).max()
}

pub fn sensors(
    facts: &Facts<'_>,
    day: &Day,
    measure: SensorMeasure,
    property: Option<&Property>,
    within_ms: i64,
) -> Result<Computed, String> {
    let all = SensorChoice {
        property: property.cloned(),
        drill: Some(false),
        ..SensorChoice::default()
    };
    let known = meant(facts, &all);
    let Some(newest) = newest_of(&known) else {
        return Ok(Computed {
            missing: never_measured(property.map(Property::as_str)),
            ..Computed::default()
        });
    };
    let since = Some(facts.now.plus_millis(-within_ms));
    let choice = match measure {
        SensorMeasure::Reporting => SensorChoice {
            observed_since: since,
            ..all
        },
        SensorMeasure::Silent => SensorChoice {
            observed_until: since,
            ..all
        },
        SensorMeasure::InAlarm => SensorChoice {
            in_alarm: Some(true),
            ..all
        },
    };
    let past = match (measure, property) {
        (SensorMeasure::Reporting, Some(property)) => {
            let count = |values: &BTreeMap<ThingId, f64>, _| match values.len() {
                0 => None,
                count => Some(count as f64),
            };
            Some(past(facts, day, any_unit(property), within_ms, &count)?)
        }
        (SensorMeasure::Silent, Some(property)) => {
            let since = day_before(day.begins);
            let first = facts.history.first_at(any_unit(property), since)?;
            let count = |values: &BTreeMap<ThingId, f64>, until| {
                let known = first.values().filter(|first| **first <= until).count();
                (known > 0).then(|| known.saturating_sub(values.len()) as f64)
            };
            Some(past(facts, day, any_unit(property), within_ms, &count)?)
        }
        // How many there were to be in alarm, or of whatever property, is not kept, and not guessed.
        _ => None,
    };
    let is_known = past.is_some();
    let computed = Computed {
        value: Some(meant(facts, &choice).len() as f64),
        age_ms: Some(facts.now.since(newest).max(0)),
        drill: Some(choice.path()),
        ..past.unwrap_or_default()
    };
    Ok(match is_known {
        true => computed.with_now(day),
        false => computed,
    })
}

fn any_unit(property: &Property) -> Sought<'_> {
    Sought {
        property,
        unit: ANY_UNIT,
    }
}

pub fn readings(
    facts: &Facts<'_>,
    day: &Day,
    statistic: Statistic,
    sought: Sought<'_>,
    within_ms: i64,
) -> Result<Computed, String> {
    let all = SensorChoice {
        property: Some(sought.property.clone()),
        unit: Some(sought.unit.to_owned()),
        drill: Some(false),
        ..SensorChoice::default()
    };
    let known = meant(facts, &all);
    let Some(newest) = newest_of(&known) else {
        return Ok(Computed {
            missing: never_measured(Some(sought.property.as_str())),
            ..Computed::default()
        });
    };
    let choice = SensorChoice {
        observed_since: Some(facts.now.plus_millis(-within_ms)),
        ..all
    };
    let values: Vec<f64> = meant(facts, &choice)
        .into_iter()
        .filter_map(|(_, measured)| newest_value(&measured))
        .collect();
    let of_values = |values: &BTreeMap<ThingId, f64>, _| {
        over(statistic, &values.values().copied().collect::<Vec<_>>())
    };
    let value = over(statistic, &values);
    Ok(Computed {
        value,
        age_ms: Some(facts.now.since(newest).max(0)),
        drill: Some(choice.path()),
        missing: too_old(value),
        ..past(facts, day, sought, within_ms, &of_values)?
    }
    .with_now(day))
}

pub fn latest(
    facts: &Facts<'_>,
    day: &Day,
    thing: &ThingId,
    sought: Sought<'_>,
    within_ms: i64,
) -> Result<Computed, String> {
    let choice = SensorChoice {
        property: Some(sought.property.clone()),
        unit: Some(sought.unit.to_owned()),
        drill: Some(false),
        ..SensorChoice::default()
    };
    let mut found = meant(facts, &choice);
    found.retain(|(sensor, _)| sensor.id == *thing);
    let Some(newest) = newest_of(&found) else {
        return Ok(Computed {
            missing: missing(
                format!("监测点 {thing} 还没有上报 {}", sought.property),
                format!("{thing} has not reported {} yet", sought.property),
            ),
            ..Computed::default()
        });
    };
    let fresh = facts.now.since(newest) <= within_ms;
    let value = found
        .iter()
        .find_map(|(_, measured)| newest_value(measured))
        .filter(|_| fresh);
    let path = Path::to(&format!(
        "/api/v1/sensors/{}/readings",
        escaped(thing.as_str())
    ))
    .with("property", Some(sought.property.as_str()))
    .moment("since", Some(facts.now.plus_millis(-within_ms.max(DAY_MS))));
    let of_thing = |values: &BTreeMap<ThingId, f64>, _| values.get(thing).copied();
    Ok(Computed {
        value,
        age_ms: Some(facts.now.since(newest).max(0)),
        drill: Some(path.written()),
        missing: too_old(value),
        ..past(facts, day, sought, within_ms, &of_thing)?
    }
    .with_now(day))
}

/// A sensor may spell one property in two ways; the newest counts.
fn newest_value(measured: &[&MeasuredView]) -> Option<f64> {
    let newest = measured.iter().max_by_key(|measured| measured.observed_at);
    newest.map(|measured| measured.value)
}

fn over(statistic: Statistic, values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let values = values.iter().copied();
    (count > 0.0).then(|| match statistic {
        Statistic::Mean => values.sum::<f64>() / count,
        Statistic::Max => values.fold(f64::NEG_INFINITY, f64::max),
        Statistic::Min => values.fold(f64::INFINITY, f64::min),
        Statistic::ShareAbove(limit) => {
            100.0 * values.filter(|value| *value > limit).count() as f64 / count
        }
    })
}

/// A figure over what each thing had last measured, and the last moment of which that is.
type Figure<'f> = &'f dyn Fn(&BTreeMap<ThingId, f64>, Timestamp) -> Option<f64>;

/// The course of today and of yesterday, and the same time yesterday, from the history of readings.
fn past(
    facts: &Facts<'_>,
    day: &Day,
    sought: Sought<'_>,
    within_ms: i64,
    figure: Figure<'_>,
) -> Result<Computed, String> {
    let before: Vec<Timestamp> = day.hours.iter().map(|at| day_before(*at)).collect();
    let hours: Vec<Timestamp> = before.iter().chain(&day.hours).copied().collect();
    let found = facts.history.last_at_hours(sought, &hours, within_ms)?;
    let mut points = Vec::with_capacity(hours.len());
    for (at, values) in hours.iter().zip(&found) {
        // What was measured on the full hour belongs to the next.
        let value = figure(values, at.plus_millis(-1));
        points.push(value.map(|value| Point { at: *at, value }));
    }
    let series = points.split_off(before.len());
    let same_time = day_before(day.now);
    let newest = facts.history.last_at(sought, same_time, within_ms)?;
    let before = figure(&newest, same_time);
    let mut yesterday: Vec<Point> = points.into_iter().flatten().collect();
    yesterday.extend(before.map(|value| Point {
        at: same_time,
        value,
    }));
    Ok(Computed {
        before,
        series: series.into_iter().flatten().collect(),
        yesterday,
        ..Computed::default()
    })
}

impl Computed {
    /// The course ends with the figure itself.
    fn with_now(mut self, day: &Day) -> Self {
        self.series
            .extend(self.value.map(|value| Point { at: day.now, value }));
        self
    }
}

fn never_measured(property: Option<&str>) -> Option<Missing> {
    match property {
        Some(property) => missing(
            format!("还没有监测点上报 {property}"),
            format!("no sensor has reported {property} yet"),
        ),
        None => missing("还没有监测点上报", "no sensor has reported yet"),
    }
}

fn too_old(value: Option<f64>) -> Option<Missing> {
    match value {
        Some(_) => None,
        None => missing(
            "最近的读数已超过三个周期，不再算数",
            "the newest reading is older than three periods and does not count",
        ),
    }
}
