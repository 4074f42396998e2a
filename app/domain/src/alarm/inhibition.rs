//! Suppression by design: while an alarm that says it all stands, those it explains are recorded and are evidence, but
//! call nobody. Goes by what stands, not by what is shown, so that the order of arrival does not matter: a muted alarm
//! mutes on, and a pack whose rules mute in a circle is not taken.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::category::{CategoryCode, Severity};
use crate::city::{AlarmPick, City, Inhibit, Reach};
use crate::ids::{AlarmId, JurisdictionCode};
use crate::picture::{Picture, Timer};
use crate::place::Position;
use crate::time::Timestamp;
use crate::turn::Turn;

use super::{Alarm, AlarmCause, AlarmState, Suppression, course};

/// An alarm that mutes others: what decides which, and since when it no longer stands, if so.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Inhibitor {
    pub gone_since: Option<Timestamp>,
    category: Option<CategoryCode>,
    severity: Severity,
    town: Option<JurisdictionCode>,
    position: Option<Position>,
}

impl Inhibitor {
    fn of(alarm: &Alarm, gone_since: Option<Timestamp>) -> Self {
        Self {
            gone_since,
            category: alarm.category,
            severity: alarm.severity,
            town: alarm.town.clone(),
            position: alarm.position,
        }
    }
}

/// Looks at what has moved since the last time, and mutes and brings back what follows from it.
pub fn settle(turn: &mut Turn<'_>) {
    let moved = std::mem::take(&mut turn.alarms_moved);
    if moved.is_empty() || (turn.city.inhibits.is_empty() && turn.picture.inhibiting.is_empty()) {
        return;
    }
    let city = turn.city.clone();
    let mut turned = BTreeSet::new();
    for id in &moved {
        if takes_part(turn, &city, *id) {
            turned.insert(*id);
        }
    }
    let mut concerned = moved;
    if !turned.is_empty() {
        concerned.extend(around(turn, &city, &turned));
    }
    for id in concerned {
        judge(turn, &city, id);
    }
    // To mute and to bring back changes nothing of what stands.
    turn.alarms_moved.clear();
}

/// The rules are others: everything is looked at again.
pub fn settle_anew(turn: &mut Turn<'_>) {
    let city = turn.city.clone();
    let unrest = turn.picture.unrest.clone();
    for id in &unrest {
        takes_part(turn, &city, *id);
    }
    let picture = &mut *turn.picture;
    let alarms = &picture.alarms;
    picture
        .inhibiting
        .retain(|id, _| alarms.get(id).is_some_and(|alarm| mutes_any(&city, alarm)));
    for id in unrest {
        judge(turn, &city, id);
    }
    turn.alarms_moved.clear();
}

/// A while after it has cleared, an alarm mutes no longer.
pub fn lingered(turn: &mut Turn<'_>, id: AlarmId) {
    let city = turn.city.clone();
    let over = match turn.picture.inhibiting.get(&id) {
        Some(Inhibitor {
            gone_since: Some(gone),
            ..
        }) => {
            let alarm = turn.picture.alarms.get(&id);
            let longest_ms = longest_linger_ms(&city, alarm.map(AsRef::as_ref));
            turn.now.since(*gone) >= longest_ms
        }
        _ => false,
    };
    if over {
        turn.picture.inhibiting.remove(&id);
    }
    let concerned: Vec<AlarmId> = turn
        .picture
        .unrest
        .iter()
        .filter(|one| {
            let alarm = turn.picture.alarms.get(one);
            let by = alarm.and_then(|alarm| alarm.suppressed.as_ref());
            by.is_some_and(|by| by.by == id)
        })
        .copied()
        .collect();
    for one in concerned {
        judge(turn, &city, one);
    }
}

/// Brings the list of those that mute up to date with one alarm; whether that changed it.
fn takes_part(turn: &mut Turn<'_>, city: &City, id: AlarmId) -> bool {
    let Some(alarm) = turn.picture.alarms.get(&id).cloned() else {
        return false;
    };
    let known = turn.picture.inhibiting.get(&id);
    let may = alarm.state != AlarmState::OutOfService && !alarm.history;
    if !may || !mutes_any(city, &alarm) {
        return turn.picture.inhibiting.remove(&id).is_some();
    }
    let gone_since = match (alarm.stands(), known) {
        (true, _) => None,
        // It had ended before it was looked at.
        (false, None) => return false,
        (false, Some(known)) => Some(known.gone_since.unwrap_or(turn.now)),
    };
    let next = Inhibitor::of(&alarm, gone_since);
    if known == Some(&next) {
        return false;
    }
    if gone_since == Some(turn.now) {
        let rules = city.inhibits.iter();
        for rule in rules.filter(|rule| picks_source(rule, &alarm)) {
            let linger_ms = i64::from(rule.linger_minutes) * 60_000;
            turn.set_timer(turn.now.plus_millis(linger_ms), Timer::InhibitEnds(id));
        }
    }
    turn.picture.inhibiting.insert(id, next);
    true
}

/// Alarms that those whose part has changed may mute, or have muted.
fn around(turn: &Turn<'_>, city: &City, turned: &BTreeSet<AlarmId>) -> Vec<AlarmId> {
    let sources: Vec<Arc<Alarm>> = turned
        .iter()
        .filter_map(|id| turn.picture.alarms.get(id).cloned())
        .collect();
    let is_concerned = |alarm: &Alarm| match &alarm.suppressed {
        Some(by) => turned.contains(&by.by),
        None => {
            let mut rules = city.inhibits.iter();
            alarm.state.is_active()
                && rules.any(|rule| {
                    picks(&rule.mutes, alarm)
                        && sources.iter().any(|source| reaches(rule, source, alarm))
                })
        }
    };
    let standing = turn.picture.unrest.iter();
    standing
        .filter(|id| {
            turn.picture
                .alarms
                .get(id)
                .is_some_and(|alarm| is_concerned(alarm))
        })
        .copied()
        .collect()
}

/// Mutes an alarm, or brings it back, or leaves it as it is.
fn judge(turn: &mut Turn<'_>, city: &City, id: AlarmId) {
    let Some(alarm) = turn.picture.alarms.get(&id).cloned() else {
        return;
    };
    let muted = alarm.state == AlarmState::SuppressedByDesign;
    if !muted && !alarm.state.is_active() {
        return;
    }
    match (muted, muted_by(turn.picture, city, turn.now, &alarm)) {
        (false, Some(by)) => course::inhibit(turn, (*alarm).clone(), by),
        (true, None) => course::inhibit_ends(turn, (*alarm).clone()),
        (true, Some(by)) => {
            let now = alarm.suppressed.as_ref();
            if now.is_none_or(|now| (&now.rule, now.by) != (&by.rule, by.by)) {
                let mut next = (*alarm).clone();
                next.suppressed = Some(by);
                turn.put_alarm(next);
            }
        }
        (false, None) => {}
    }
}

/// What mutes an alarm: what muted it before, as long as it does, else the first that does. One that stands and is not
/// muted has none, whatever has been told of it.
pub fn muted_by(
    picture: &Picture,
    city: &City,
    now: Timestamp,
    alarm: &Alarm,
) -> Option<Suppression> {
    let by = |source: AlarmId, gone_since: Option<Timestamp>| {
        let one = picture.alarms.get(&source)?;
        let rule = city.inhibits.iter().find(|rule| {
            let linger_ms = i64::from(rule.linger_minutes) * 60_000;
            let mutes_still = gone_since.is_none_or(|gone| now.since(gone) < linger_ms);
            mutes_still && reaches(rule, one, alarm)
        })?;
        Some(Suppression {
            rule: rule.id.clone(),
            by: source,
            at: now,
        })
    };
    let inhibiting = &picture.inhibiting;
    let before = alarm.suppressed.as_ref();
    before
        .and_then(|before| by(before.by, inhibiting.get(&before.by)?.gone_since))
        .or_else(|| {
            inhibiting
                .iter()
                .find_map(|(source, one)| by(*source, one.gone_since))
        })
}

fn mutes_any(city: &City, alarm: &Alarm) -> bool {
    city.inhibits.iter().any(|rule| picks_source(rule, alarm))
}

fn longest_linger_ms(city: &City, alarm: Option<&Alarm>) -> i64 {
    let Some(alarm) = alarm else { return 0 };
    let rules = city.inhibits.iter();
    rules
        .filter(|rule| picks_source(rule, alarm))
        .map(|rule| i64::from(rule.linger_minutes) * 60_000)
        .max()
        .unwrap_or(0)
}

fn picks_source(rule: &Inhibit, alarm: &Alarm) -> bool {
    let serious = rule.by.severity.is_none_or(|least| alarm.severity <= least);
    serious && picks(&rule.by, alarm)
}

/// Whether a rule lets one alarm mute another, by what and where both are.
fn reaches(rule: &Inhibit, source: &Alarm, target: &Alarm) -> bool {
    let mild = rule
        .mutes
        .severity
        .is_none_or(|most| target.severity >= most);
    let there = match rule.reach {
        Reach::City => true,
        Reach::Town => source.town.is_some() && source.town == target.town,
        Reach::Metres(metres) => match (source.position, target.position) {
            (Some(here), Some(there)) => here.distance_m(there) <= f64::from(metres),
            _ => false,
        },
    };
    source.id != target.id
        && source.drill == target.drill
        && there
        && mild
        && picks(&rule.mutes, target)
        && picks_source(rule, source)
}

fn picks(pick: &AlarmPick, alarm: &Alarm) -> bool {
    let of_kind = |beginnings: &[String]| {
        let is = |code: CategoryCode| beginnings.iter().any(|beginning| code.is_under(beginning));
        alarm.category.is_some_and(is)
    };
    let by_cause = match &alarm.cause {
        AlarmCause::Rule(rule) => pick.rules.contains(rule),
        AlarmCause::Source(_) => of_kind(&pick.warnings),
        AlarmCause::Silence(_) | AlarmCause::Ourselves(_) => false,
    };
    by_cause || of_kind(&pick.categories)
}
