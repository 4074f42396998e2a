//! Units as they are heard: by one source or by several, under one name or under many. Whether two are one is decided
//! in `tracks`, by the pack's table, or by a name they share where that can be true.

use domain::ids::{SourceId, ThingId};
use domain::observation::{Motion, Observation};
use domain::place::Position;
use domain::turn::Turn;
use domain::unit::{HeardAs, Unit};

use super::{Fuse, tracks};

/// Faster than anything a city sends out, in metres a second: two sources that are farther apart than this speed
/// allows do not speak of one unit.
const FASTEST_MPS: f64 = 60.0;
/// How far two sources may be apart on the same unit at the same moment.
const SLACK_M: f64 = 500.0;
/// One unit has few ears; more is a feed that uses one name for many.
const MOST_HEARD: usize = 8;

/// A unit was heard; an older position than the one we have changes nothing, and practice nothing of a real unit.
pub fn heard(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    observation: &Observation,
    thing: &ThingId,
    motion: &Motion,
    position: Position,
) {
    let id = unit_of(turn, observation, thing, position);
    let known = turn.picture.units.get(&id).cloned();
    if let Some(unit) = &known {
        let older = unit.observed_at > observation.time && unit.drill == observation.drill;
        if older || (observation.drill && !unit.drill) {
            return;
        }
    }
    let before = known.filter(|unit| unit.drill == observation.drill);
    let mut ears = before
        .as_ref()
        .map_or_else(Vec::new, |unit| unit.heard.clone());
    let source = heard_by(&mut ears, observation, thing, position);
    let unit = Unit {
        id,
        source,
        position,
        motion: motion.clone(),
        observed_at: observation.time,
        heard_at: turn.now,
        town: turn.places.town(position),
        drill: observation.drill,
        heard: ears,
    };
    turn.put_unit(unit.clone());
    if !unit.drill {
        tracks::moved(fuse, turn, before.as_deref(), &unit);
    }
}

/// Notes a source's last word under the names that are known already, so that each is held once; gives that of the source.
fn heard_by(
    ears: &mut Vec<HeardAs>,
    observation: &Observation,
    thing: &ThingId,
    position: Position,
) -> SourceId {
    let same = |one: &HeardAs| one.source == observation.source && one.thing == *thing;
    let known = ears.iter().find(|one| same(one));
    let (source, thing) = known.map_or_else(
        || (observation.source.clone(), thing.clone()),
        |one| (one.source.clone(), one.thing.clone()),
    );
    ears.retain(|one| !same(one));
    ears.truncate(MOST_HEARD - 1);
    ears.reserve_exact(1);
    ears.push(HeardAs {
        source: source.clone(),
        thing,
        position,
        observed_at: observation.time,
    });
    ears.sort_by(|a, b| (&a.source, &a.thing).cmp(&(&b.source, &b.thing)));
    source
}

/// The unit that a source's name means: by what was decided before, by the pack's table, else by the name itself.
fn unit_of(
    turn: &mut Turn<'_>,
    observation: &Observation,
    thing: &ThingId,
    position: Position,
) -> ThingId {
    let name = (observation.source.clone(), thing.clone());
    if let Some(known) = turn.picture.unit_names.get(&name) {
        return known.clone();
    }
    let id = match turn.city.identities.get(&name) {
        Some(unit) => unit.clone(),
        None => match turn.picture.units.get(thing) {
            Some(other) if !can_be(other, observation, position) => {
                name_apart(&observation.source, thing)
            }
            _ => thing.clone(),
        },
    };
    turn.picture.unit_names.insert(name, id.clone());
    id
}

/// Whether a unit of that name, known from another source, can be where this one is.
fn can_be(unit: &Unit, observation: &Observation, position: Position) -> bool {
    if unit.source == observation.source || unit.drill != observation.drill {
        return true;
    }
    let apart_s = observation.time.since(unit.observed_at).unsigned_abs() as f64 / 1000.0;
    unit.position.distance_m(position) <= SLACK_M + FASTEST_MPS * apart_s
}

/// A name for what shares its own with something of another source.
pub fn name_apart(source: &SourceId, thing: &ThingId) -> ThingId {
    ThingId::new(&format!("{source}:{thing}")).unwrap_or_else(|_| thing.clone())
}
