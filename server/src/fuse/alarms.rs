//! Raises and clears alarms (ISA-18.2 states), and makes evidence of each. Whether a threshold is broken is decided
//! in `readings`.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::account::Actor;
use domain::alarm::course::{self, Rising};
use domain::alarm::point::PointKey;
use domain::alarm::{Alarm, AlarmCause, AlarmState};
use domain::category::{CategoryCode, Severity};
use domain::ids::{AlarmId, AlarmRuleId, EvidenceId, IncidentId, ObservationId, ThingId};
use domain::incident::{CategoryReason, Evidence, EvidenceKind, Happening};
use domain::observation::{Body, Observation};
use domain::partition;
use domain::picture::WatchKey;
use domain::place::Position;
use domain::turn::Turn;
use domain::unit::{Sensor, Suspect};

use super::incidents::{self, Whereabouts, join, place_of};
use super::readings::sensor_name;
use super::{Fuse, is_history, known, opens};

/// Everything needed to raise an alarm.
pub struct Raised {
    pub cause: AlarmCause,
    pub category: CategoryCode,
    pub category_reason: CategoryReason,
    pub severity: Severity,
    pub position: Option<Position>,
    pub text: String,
    pub thing: Option<ThingId>,
    pub suspect: Option<Suspect>,
    pub opens: bool,
}

/// Raises an alarm, or brings back that of the same point, and joins it to an incident as evidence. What only chatters is
/// neither told nor evidence once more.
pub fn raise(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    observation: &Observation,
    raised: Raised,
    moved: &mut BTreeSet<IncidentId>,
) -> (AlarmId, Option<EvidenceId>) {
    let latching = latches(turn, &raised);
    let new = Alarm {
        thing: raised.thing.clone(),
        category: Some(raised.category),
        position: raised.position,
        town: raised.position.and_then(|place| turn.places.town(place)),
        drill: observation.drill,
        text: raised.text.clone(),
        raised_at: observation.time,
        latching,
        // What is of long ago calls nobody.
        history: is_history(observation, turn.now),
        silenced: is_history(observation, turn.now),
        ..Alarm::risen(
            AlarmId::from_bits(0),
            observation.source.clone(),
            raised.cause.clone(),
            raised.severity,
            turn.now,
        )
    };
    let rising = course::rising(turn, PointKey::of(&new).as_ref(), observation.time);
    let mut alarm = match rising {
        Rising::New => born(turn, new),
        Rising::Again(id) => stands_again(turn, id, new, observation),
        Rising::Held(id) => {
            rise(turn, id, raised.severity, moved);
            return (id, None);
        }
    };
    let id = alarm.id;
    if !raised.opens || alarm.state == AlarmState::OutOfService {
        turn.put_alarm(alarm);
        return (id, None);
    }
    let evidence_id = turn.new_evidence_id();
    let evidence = Evidence {
        id: evidence_id,
        incident: IncidentId::from_bits(0),
        kind: match raised.cause {
            AlarmCause::Silence(_) => EvidenceKind::Silence(id),
            _ => EvidenceKind::Alarm(id),
        },
        source: observation.source.clone(),
        observation: observation.id.clone(),
        thing: raised.thing,
        time: observation.time,
        position: raised.position,
        said: None,
        accuracy_m: observation.accuracy_m,
        category: Some(raised.category),
        category_reason: raised.category_reason,
        severity: raised.severity,
        text: raised.text,
        suspect: raised.suspect,
        reporter: None,
        drill: observation.drill,
        link: None,
    };
    // The alarm stands before its evidence, so that merging can find it.
    turn.picture.alarms.insert(id, Arc::new(alarm.clone()));
    join(fuse, turn, evidence, moved);
    alarm.incident = turn
        .picture
        .evidence
        .get(&evidence_id)
        .map(|evidence| evidence.incident);
    turn.put_alarm(alarm);
    (id, Some(evidence_id))
}

fn born(turn: &mut Turn<'_>, new: Alarm) -> Alarm {
    let id = turn.new_alarm_id();
    let mut alarm = Alarm {
        id,
        told_in: turn.block,
        ..new
    };
    course::born(turn, &mut alarm);
    alarm
}

/// The alarm of before with what is said of it now.
fn stands_again(turn: &mut Turn<'_>, id: AlarmId, new: Alarm, observation: &Observation) -> Alarm {
    let before = &turn.picture.alarms[&id];
    let mut alarm = Alarm {
        cause: new.cause,
        severity: new.severity,
        category: new.category,
        position: new.position,
        town: new.town,
        text: new.text,
        latching: new.latching,
        ..(**before).clone()
    };
    course::stand_again(turn, &mut alarm, observation.time);
    alarm
}

/// Whether it waits for a reset: its rule says so, or of what a source decided its kind.
fn latches(turn: &Turn<'_>, raised: &Raised) -> bool {
    match &raised.cause {
        AlarmCause::Rule(id) => {
            let mut rules = turn.city.alarm_rules.iter();
            rules.any(|rule| rule.id == *id && rule.latch)
        }
        AlarmCause::Source(_) => {
            let mut kinds = turn.city.alarm_ways.latch.iter();
            kinds.any(|beginning| raised.category.is_under(beginning))
        }
        AlarmCause::Silence(_) | AlarmCause::Ourselves(_) => false,
    }
}

/// The source itself decided.
pub fn raise_by_source(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    observation: &Observation,
    before: Option<EvidenceId>,
    moved: &mut BTreeSet<IncidentId>,
) {
    let Body::Alarm {
        thing,
        category,
        severity,
        text,
    } = &observation.body
    else {
        return;
    };
    let severity = severity.unwrap_or_else(|| incidents::usual_severity(turn, Some(*category)));
    if let Some(evidence) = before {
        let reason = CategoryReason::Source(observation.source.clone());
        incidents::correct(
            fuse,
            turn,
            evidence,
            observation,
            Some(*category),
            reason,
            severity,
            text,
            Whereabouts {
                position: place_of(observation),
                accuracy_m: observation.accuracy_m,
                said: None,
            },
            moved,
        );
        if let Some(evidence) = turn.picture.evidence.get(&evidence).cloned()
            && let EvidenceKind::Alarm(alarm) = evidence.kind
        {
            correct_alarm(turn, alarm, &evidence);
        }
        return;
    }
    let name = (observation.source.clone(), observation.id.clone());
    if let Some(earlier) = turn.picture.source_alarms.remove(&name) {
        // It was history and opened nothing: the newer version stands in its place.
        clear(turn, earlier, observation.time);
    }
    let known_place = thing
        .as_ref()
        .map(|thing| sensor_name(turn.picture, &observation.source, thing))
        .and_then(|id| turn.picture.sensors.get(&id))
        .and_then(|sensor| sensor.position);
    let raised = Raised {
        cause: AlarmCause::Source(observation.id.clone()),
        category: *category,
        category_reason: CategoryReason::Source(observation.source.clone()),
        severity,
        position: place_of(observation).or(known_place),
        text: text.clone(),
        thing: thing.clone(),
        suspect: None,
        opens: opens(observation, turn.now),
    };
    let (alarm, evidence) = raise(fuse, turn, observation, raised, moved);
    turn.picture.source_alarms.insert(name, alarm);
    if let Some(evidence) = evidence {
        known::became(turn.picture, observation, evidence);
    }
    refresh_sensor(turn, alarm);
}

/// What a newer version says of the evidence holds for the alarm behind it.
fn correct_alarm(turn: &mut Turn<'_>, id: AlarmId, evidence: &Evidence) {
    let Some(alarm) = turn.picture.alarms.get(&id) else {
        return;
    };
    let mut alarm = (**alarm).clone();
    alarm.category = evidence.category;
    alarm.severity = evidence.severity;
    alarm.position = evidence.position;
    alarm.town = evidence.position.and_then(|place| turn.places.town(place));
    alarm.text.clone_from(&evidence.text);
    turn.put_alarm(alarm);
}

/// A standing alarm that reaches a worse level takes it; it never sinks before it clears.
pub fn rise(
    turn: &mut Turn<'_>,
    id: AlarmId,
    severity: Severity,
    moved: &mut BTreeSet<IncidentId>,
) {
    let Some(alarm) = turn.picture.alarms.get(&id) else {
        return;
    };
    if severity >= alarm.severity {
        return;
    }
    let mut alarm = (**alarm).clone();
    course::worsen(turn, &mut alarm, severity);
    let incident = alarm.incident;
    turn.put_alarm(alarm);
    let Some(incident) = incident else { return };
    let pieces = turn.evidence_of(incident);
    let newest = pieces
        .iter()
        .rev()
        .find(|piece| piece.kind == EvidenceKind::Alarm(id));
    let Some(evidence) = newest else { return };
    let mut next = (**evidence).clone();
    next.severity = severity;
    turn.put_evidence(next);
    partition::bring_up(turn, incident);
    moved.insert(incident);
}

/// The source says that it is over.
pub fn clear_by_source(
    turn: &mut Turn<'_>,
    observation: &Observation,
    thing: Option<&ThingId>,
    category: CategoryCode,
    clears: Option<&ObservationId>,
) {
    let source = &observation.source;
    let ended: Vec<(ObservationId, AlarmId)> = turn
        .picture
        .source_alarms
        .range((source.clone(), ObservationId::first())..)
        .take_while(|((of, _), _)| of == source)
        .filter(|((_, named), alarm)| match clears {
            Some(clears) => named == clears,
            None => turn.picture.alarms.get(alarm).is_some_and(|alarm| {
                alarm.thing.as_ref() == thing
                    && alarm.category == Some(category)
                    && alarm.drill == observation.drill
            }),
        })
        .map(|((_, named), alarm)| (named.clone(), *alarm))
        .collect();
    for (named, alarm) in ended {
        turn.picture.source_alarms.remove(&(source.clone(), named));
        clear(turn, alarm, observation.time);
        refresh_sensor(turn, alarm);
    }
}

/// An alarm no longer stands; its incident is told, and stays with people.
pub fn clear(turn: &mut Turn<'_>, id: AlarmId, at: domain::time::Timestamp) {
    if course::clear(turn, id, at) {
        say_cleared(turn, id);
    }
}

/// What chattered may be quiet.
pub fn quiet(turn: &mut Turn<'_>, due: domain::time::Timestamp, key: &PointKey) {
    if let Some(id) = course::quiet(turn, due, key) {
        say_cleared(turn, id);
    }
}

fn say_cleared(turn: &mut Turn<'_>, id: AlarmId) {
    let alarm = turn.picture.alarms.get(&id);
    if let Some(incident) = alarm.and_then(|alarm| alarm.incident) {
        turn.log(incident, Actor::Machine, None, Happening::AlarmCleared(id));
    }
}

/// After an alarm of a source was raised or cleared: is the thing it speaks of in alarm?
fn refresh_sensor(turn: &mut Turn<'_>, id: AlarmId) {
    let Some(alarm) = turn.picture.alarms.get(&id).cloned() else {
        return;
    };
    if let Some(thing) = &alarm.thing {
        let key = WatchKey {
            source: alarm.source.clone(),
            thing: thing.clone(),
            rule: AlarmRuleId::first(),
            drill: alarm.drill,
        };
        set_in_alarm(turn, &key, alarm.cleared_at.is_none());
    }
}

/// Marks a thing of a source as in alarm; it stays so while any of its alarms stands.
pub fn set_in_alarm(turn: &mut Turn<'_>, key: &WatchKey, raised: bool) {
    let id = sensor_name(turn.picture, &key.source, &key.thing);
    let Some(sensor) = turn.picture.sensors.get(&id) else {
        return;
    };
    if sensor.in_alarm == raised || sensor.source != key.source || sensor.drill != key.drill {
        return;
    }
    if !raised && (watched_in_alarm(turn, sensor) || said_in_alarm(turn, sensor)) {
        return;
    }
    let mut sensor = (**sensor).clone();
    sensor.in_alarm = raised;
    turn.put_sensor(sensor);
}

/// Whether any rule watching a sensor has an alarm standing.
fn watched_in_alarm(turn: &Turn<'_>, sensor: &Sensor) -> bool {
    let first = WatchKey {
        source: sensor.source.clone(),
        thing: sensor.thing.clone(),
        rule: AlarmRuleId::first(),
        drill: false,
    };
    turn.picture
        .watches
        .range(first..)
        .take_while(|(key, _)| key.source == sensor.source && key.thing == sensor.thing)
        .filter(|(key, _)| key.drill == sensor.drill)
        .any(|(_, watch)| watch.active.is_some() || watch.silent.is_some())
}

/// Whether its source has raised an alarm of it that still stands.
fn said_in_alarm(turn: &Turn<'_>, sensor: &Sensor) -> bool {
    turn.picture
        .source_alarms
        .range((sensor.source.clone(), ObservationId::first())..)
        .take_while(|((source, _), _)| *source == sensor.source)
        .filter_map(|(_, alarm)| turn.picture.alarms.get(alarm))
        .any(|alarm| alarm.thing.as_ref() == Some(&sensor.thing) && alarm.drill == sensor.drill)
}
