//! Thresholds with hysteresis, hold and silence, by the pack's rules. Observation time decides; silence alone goes by
//! the server's clock. A late reading may raise, never clear.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::alarm::AlarmCause;
use domain::category::Severity;
use domain::change::Change;
use domain::city::AlarmRule;
use domain::ids::{IncidentId, ObservationId, SourceId, ThingId};
use domain::incident::CategoryReason;
use domain::observation::{Body, Fingerprint, Observation, Reading};
use domain::picture::{Picture, Timer, Watch, WatchKey};
use domain::place::Position;
use domain::time::Timestamp;
use domain::turn::Turn;
use domain::unit::{Measured, Sensor, Suspect};

use super::alarms::{Raised, clear, raise, rise, set_in_alarm};
use super::suspect::{Look, suspect};
use super::units::name_apart;
use super::{Fuse, HISTORY_MS, opens};

/// One sensor measures few things; more is a mistake of the feed.
const MOST_PROPERTIES: usize = 64;

pub fn reading(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    observation: &Observation,
    moved: &mut BTreeSet<IncidentId>,
) {
    let Body::Reading {
        thing,
        property,
        value,
        unit,
    } = &observation.body
    else {
        return;
    };
    let city = turn.city.clone();
    let judging: Vec<(&AlarmRule, Option<Severity>)> = city
        .alarm_rules
        .iter()
        .filter(|rule| rule.judges(property, unit))
        .map(|rule| (rule, level(rule, *value)))
        .collect();
    let id = sensor_name(turn.picture, &observation.source, thing);
    turn.changes.push(Change::Reading(Arc::new(Reading {
        source: observation.source.clone(),
        thing: id.clone(),
        property: property.clone(),
        unit: unit.clone(),
        value: *value,
        time: observation.time,
        drill: observation.drill,
    })));
    let before = turn.picture.sensors.get(&id).cloned();
    let suspect = suspect(
        &city,
        turn.picture,
        &fuse.stations,
        &Look {
            sensor: &id,
            property,
            unit,
            value: *value,
            observed_at: observation.time,
            position: observation
                .position
                .or(before.as_ref().and_then(|sensor| sensor.position)),
            before: before
                .as_ref()
                .filter(|sensor| sensor.drill == observation.drill)
                .and_then(|sensor| {
                    sensor
                        .latest
                        .iter()
                        .find(|known| known.property == *property)
                }),
            matters: judging.iter().any(|(_, level)| level.is_some()),
        },
    );
    let measured = Measured {
        property: property.clone(),
        value: *value,
        unit: unit.clone(),
        observed_at: observation.time,
        suspect,
    };
    let position = remember(fuse, turn, observation, thing, &id, measured);
    let judged = Judged {
        observation,
        value: *value,
        position,
        suspect,
    };
    for (rule, level) in judging {
        let key = WatchKey {
            source: observation.source.clone(),
            thing: thing.clone(),
            rule: rule.id.clone(),
            drill: observation.drill,
        };
        spoke(turn, &key, rule, observation);
        // What cannot have been measured raises nothing and clears nothing.
        if suspect != Some(Suspect::OutOfRange) {
            judge(fuse, turn, &judged, (rule, level), &key, moved);
        }
    }
}

/// The id of a source's sensor: its own name, unless another source had that name first.
pub fn sensor_name(picture: &Picture, source: &SourceId, thing: &ThingId) -> ThingId {
    match picture.sensors.get(thing) {
        Some(sensor) if sensor.source != *source => name_apart(source, thing),
        _ => thing.clone(),
    }
}

/// Keeps what a sensor last said; an older value than the one we have changes nothing but what was missing.
fn remember(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    observation: &Observation,
    thing: &ThingId,
    id: &ThingId,
    new: Measured,
) -> Option<Position> {
    let mut sensor = match turn.picture.sensors.get(id) {
        // Practice is judged, but never shown as what a real station says.
        Some(sensor) if observation.drill && !sensor.drill => {
            return observation.position.or(sensor.position);
        }
        Some(sensor) if observation.drill == sensor.drill => (**sensor).clone(),
        _ => Sensor {
            id: id.clone(),
            thing: thing.clone(),
            source: observation.source.clone(),
            position: None,
            town: None,
            latest: Vec::new(),
            heard_at: turn.now,
            in_alarm: false,
            drill: observation.drill,
        },
    };
    sensor.heard_at = turn.now;
    if let Some(position) = observation.position
        && sensor.position != Some(position)
    {
        sensor.position = Some(position);
        sensor.town = turn.places.town(position);
    }
    fuse.stations.note(&sensor, &new.property);
    let room = sensor.latest.len() < MOST_PROPERTIES;
    match sensor
        .latest
        .iter_mut()
        .find(|measured| measured.property == new.property)
    {
        Some(measured) if measured.observed_at <= new.observed_at => {
            // The same name is held once.
            let property = measured.property.clone();
            *measured = Measured { property, ..new };
        }
        Some(_) => {}
        None if room => {
            sensor.latest.reserve_exact(1);
            sensor.latest.push(new);
        }
        None => {}
    }
    let position = sensor.position;
    turn.put_sensor(sensor);
    position
}

/// The sensor is not silent: its alarm of silence ends, and the wait begins anew. An archive is no sign of life.
fn spoke(turn: &mut Turn<'_>, key: &WatchKey, rule: &AlarmRule, observation: &Observation) {
    if turn.now.since(observation.time) > HISTORY_MS {
        return;
    }
    let mut watch = turn.picture.watches.get(key).cloned().unwrap_or_default();
    if let Some(due) = watch.silence_due.take() {
        turn.clear_timer(due, Timer::Silence(key.clone()));
    }
    if let Some(silent) = watch.silent.take() {
        clear(turn, silent, turn.now);
    }
    if let Some(silence) = &rule.silence {
        let due = turn.now.plus_minutes(i64::from(silence.minutes));
        watch.silence_due = Some(due);
        turn.set_timer(due, Timer::Silence(key.clone()));
    }
    turn.picture.watches.insert(key.clone(), watch);
}

/// The worst level a value reaches, if it breaks the rule at all.
fn level(rule: &AlarmRule, value: f64) -> Option<Severity> {
    rule.levels
        .iter()
        .filter(|level| rule.direction.beyond(value, level.raise))
        .map(|level| level.severity)
        .min()
}

/// A reading with what is known of it.
struct Judged<'a> {
    observation: &'a Observation,
    value: f64,
    position: Option<Position>,
    suspect: Option<Suspect>,
}

/// One reading against one rule, and the level it reaches by that.
fn judge(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    judged: &Judged<'_>,
    (rule, level): (&AlarmRule, Option<Severity>),
    key: &WatchKey,
    moved: &mut BTreeSet<IncidentId>,
) {
    let (observation, value) = (judged.observation, judged.value);
    let mut watch = turn.picture.watches.get(key).cloned().unwrap_or_default();
    let late = watch.latest.is_some_and(|latest| observation.time < latest);
    if !late {
        watch.latest = Some(observation.time);
    }
    match level {
        Some(severity) => {
            let held =
                run_ms(&mut watch, observation.time) >= i64::from(rule.hold_minutes) * 60_000;
            match watch.active {
                Some(alarm) => rise(turn, alarm, severity, moved),
                None if held => {
                    let raised = broken(rule, judged, severity, key, turn.now);
                    let (alarm, _) = raise(fuse, turn, observation, raised, moved);
                    watch.active = Some(alarm);
                }
                None => {}
            }
        }
        None if late => calm(&mut watch, observation.time),
        None => {
            calm(&mut watch, observation.time);
            if watch.active.is_none() || !rule.direction.beyond(value, rule.clear) {
                watch.beyond_since = None;
            }
            if let Some(alarm) = watch.active
                && !rule.direction.beyond(value, rule.clear)
            {
                watch.active = None;
                clear(turn, alarm, observation.time);
            }
        }
    }
    let active = watch.active.is_some();
    turn.picture.watches.insert(key.clone(), watch);
    set_in_alarm(turn, key, active);
}

/// How long the run of values beyond the threshold is to which one at `time` belongs. A late peak before a calm value
/// stands alone: it neither begins nor lengthens a run that may be going on.
fn run_ms(watch: &mut Watch, time: Timestamp) -> i64 {
    if watch.calm_at.is_some_and(|calm| calm > time) {
        return 0;
    }
    let since = watch.beyond_since.map_or(time, |since| since.min(time));
    watch.beyond_since = Some(since);
    watch.latest.unwrap_or(time).since(since)
}

fn calm(watch: &mut Watch, time: Timestamp) {
    watch.calm_at = Some(watch.calm_at.map_or(time, |calm| calm.max(time)));
}

fn broken(
    rule: &AlarmRule,
    judged: &Judged<'_>,
    severity: Severity,
    key: &WatchKey,
    now: Timestamp,
) -> Raised {
    let value = judged.value;
    Raised {
        cause: AlarmCause::Rule(rule.id.clone()),
        category: rule.category,
        category_reason: CategoryReason::Rule(rule.id.clone()),
        severity,
        position: judged.position,
        text: format!(
            "{} {} {value} {}（{}）",
            key.thing, rule.property, rule.unit, rule.name
        ),
        thing: Some(key.thing.clone()),
        suspect: judged.suspect,
        opens: opens(judged.observation, now),
    }
}

/// The time of a watch's silence has come. A timer that was moved meanwhile says nothing.
pub fn fell_silent(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    due: Timestamp,
    key: &WatchKey,
    moved: &mut BTreeSet<IncidentId>,
) {
    let city = turn.city.clone();
    let watching = city.alarm_rules.iter().find(|rule| rule.id == key.rule);
    let Some((rule, silence)) = watching.and_then(|rule| Some((rule, rule.silence.as_ref()?)))
    else {
        return;
    };
    let Some(watch) = turn.picture.watches.get(key).cloned() else {
        return;
    };
    if watch.silence_due != Some(due) || watch.silent.is_some() {
        return;
    }
    let position = turn
        .picture
        .sensors
        .get(&sensor_name(turn.picture, &key.source, &key.thing))
        .and_then(|sensor| sensor.position);
    let observation = not_said(key, due, position);
    let raised = Raised {
        cause: AlarmCause::Silence(rule.id.clone()),
        category: silence.category,
        category_reason: CategoryReason::Rule(rule.id.clone()),
        severity: Severity::Minor,
        position,
        text: format!(
            "{} 已 {} 分钟没有上报 {}",
            key.thing, silence.minutes, rule.property
        ),
        thing: Some(key.thing.clone()),
        suspect: None,
        opens: true,
    };
    let (alarm, _) = raise(fuse, turn, &observation, raised, moved);
    let watch = Watch {
        silent: Some(alarm),
        silence_due: None,
        ..watch
    };
    turn.picture.watches.insert(key.clone(), watch);
    set_in_alarm(turn, key, true);
}

/// What was not said, as an observation of ours.
fn not_said(key: &WatchKey, due: Timestamp, position: Option<Position>) -> Observation {
    Observation {
        source: key.source.clone(),
        id: ObservationId::new(&format!("silence-{}", due.millis()))
            .expect("a short word is an id"),
        version: 0,
        fingerprint: Fingerprint {
            identity: 0,
            content: 0,
        },
        time: due,
        position,
        area: None,
        accuracy_m: None,
        body: Body::Report {
            text: String::new(),
            category: None,
            severity: None,
        },
        drill: key.drill,
        backfill: false,
        reporter: None,
        attributes: std::collections::BTreeMap::new(),
    }
}
