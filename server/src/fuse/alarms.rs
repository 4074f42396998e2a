//! Raises and clears alarms (ISA-18.2 states), and makes evidence of each. Whether a threshold is broken is decided
//! in `readings`.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::account::Actor;
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
use super::{Fuse, known, opens};

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

/// Raises an alarm and joins it to an incident as evidence.
pub fn raise(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    observation: &Observation,
    raised: Raised,
    moved: &mut BTreeSet<IncidentId>,
) -> (AlarmId, Option<EvidenceId>) {
    let id = turn.new_alarm_id();
    let mut alarm = Alarm {
        id,
        source: observation.source.clone(),
        thing: raised.thing.clone(),
        cause: raised.cause.clone(),
        category: Some(raised.category),
        severity: raised.severity,
        state: AlarmState::ActiveUnacknowledged,
        silenced: false,
        position: raised.position,
        raised_at: observation.time,
        cleared_at: None,
        incident: None,
        drill: observation.drill,
        text: raised.text.clone(),
    };
    if !raised.opens {
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
    alarm.text.clone_from(&evidence.text);
    turn.put_alarm(alarm);
}

/// A standing alarm is worse than it was.
pub fn worsen(
    turn: &mut Turn<'_>,
    id: EvidenceId,
    severity: Severity,
    moved: &mut BTreeSet<IncidentId>,
) {
    let Some(evidence) = turn.picture.evidence.get(&id).cloned() else {
        return;
    };
    let mut next = (*evidence).clone();
    next.severity = severity;
    turn.put_evidence(next);
    if let EvidenceKind::Alarm(alarm) = evidence.kind
        && let Some(alarm) = turn.picture.alarms.get(&alarm)
    {
        let mut alarm = (**alarm).clone();
        alarm.severity = severity;
        turn.put_alarm(alarm);
    }
    partition::bring_up(turn, evidence.incident);
    moved.insert(evidence.incident);
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

/// An alarm is back to normal; its incident is told, and stays with people.
pub fn clear(turn: &mut Turn<'_>, id: AlarmId, at: domain::time::Timestamp) {
    let Some(alarm) = turn.picture.alarms.get(&id) else {
        return;
    };
    if alarm.cleared_at.is_some() {
        return;
    }
    let mut alarm = (**alarm).clone();
    alarm.state = alarm.state.cleared();
    alarm.cleared_at = Some(at);
    let incident = alarm.incident;
    turn.put_alarm(alarm);
    if let Some(incident) = incident {
        turn.log(incident, Actor::Machine, None, Happening::AlarmCleared(id));
    }
}

/// A shelved alarm comes back by itself.
pub fn unshelve(turn: &mut Turn<'_>, id: AlarmId) {
    let Some(alarm) = turn.picture.alarms.get(&id) else {
        return;
    };
    if alarm.state != AlarmState::Shelved {
        return;
    }
    let mut alarm = (**alarm).clone();
    alarm.state = match alarm.cleared_at {
        Some(_) => AlarmState::ClearedUnacknowledged,
        None => AlarmState::ActiveUnacknowledged,
    };
    turn.put_alarm(alarm);
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
