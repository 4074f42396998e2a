//! Units of two sources that keep going the same way at the same time are one unit under two names; those that part are
//! two again. Gated by distance, by the way gone together and by how often they were met on it.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::ThingId;
use domain::picture::{Company, Picture};
use domain::place::Position;
use domain::time::Timestamp;
use domain::turn::Turn;
use domain::unit::{HeardAs, Unit};

use super::Fuse;
use super::units::name_apart;

/// How far off the other's way a position may lie: two receivers in one vehicle, each 10 to 15 m off.
const GATE_M: f64 = 35.0;
/// Met so often, and this far from where they first met, they are one: longer than two buses stay bumper to bumper.
const MET_TIMES: u16 = 10;
const TOGETHER_M: f64 = 1_000.0;
/// Two words on one unit this far apart at one moment show that there are two.
const APART_M: f64 = 300.0;
/// What is held to be one moment.
const MOMENT_MS: i64 = 20_000;
/// A longer silence between two positions says nothing of the way between them.
const LONGEST_STEP_MS: i64 = 60_000;
/// What stands still keeps company with everything parked beside it.
const SHORTEST_STEP_M: f64 = 15.0;
/// More companions at once are a convoy or a depot.
const MOST_COMPANY: usize = 8;
/// Cells of about 200 m.
const CELL_E6: i64 = 2_000;

/// Units by where they are. Rebuilt from the Picture.
#[derive(Default)]
pub struct Tracks {
    cells: BTreeMap<(i64, i64), BTreeSet<ThingId>>,
    cell_of: BTreeMap<ThingId, (i64, i64)>,
}

impl Tracks {
    pub fn of(picture: &Picture) -> Self {
        let mut tracks = Self::default();
        for unit in picture.units.values().filter(|unit| !unit.drill) {
            tracks.put(&unit.id, unit.position);
        }
        tracks
    }

    fn put(&mut self, id: &ThingId, position: Position) {
        let cell = cell(position);
        if self.cell_of.get(id) == Some(&cell) {
            return;
        }
        self.take(id);
        self.cell_of.insert(id.clone(), cell);
        self.cells.entry(cell).or_default().insert(id.clone());
    }

    fn take(&mut self, id: &ThingId) {
        if let Some(before) = self.cell_of.remove(id)
            && let Some(units) = self.cells.get_mut(&before)
        {
            units.remove(id);
            if units.is_empty() {
                self.cells.remove(&before);
            }
        }
    }

    fn around(&self, position: Position) -> Vec<ThingId> {
        let (column, row) = cell(position);
        let mut found = Vec::new();
        for column in column - 1..=column + 1 {
            for row in row - 1..=row + 1 {
                found.extend(
                    self.cells
                        .get(&(column, row))
                        .into_iter()
                        .flatten()
                        .cloned(),
                );
            }
        }
        found
    }
}

fn cell(position: Position) -> (i64, i64) {
    (
        i64::from(position.lon_e6()).div_euclid(CELL_E6),
        i64::from(position.lat_e6()).div_euclid(CELL_E6),
    )
}

/// A unit has moved from where it was: with whom, and is it that one?
pub fn moved(fuse: &mut Fuse, turn: &mut Turn<'_>, before: Option<&Unit>, unit: &Unit) {
    fuse.tracks.put(&unit.id, unit.position);
    if unit.heard.len() > 1 && part(fuse, turn, unit) {
        return;
    }
    let Some(before) = before else {
        return;
    };
    let step_ms = unit.observed_at.since(before.observed_at);
    if step_ms > LONGEST_STEP_MS {
        turn.picture.company.remove(&unit.id);
        return;
    }
    if before.position.distance_m(unit.position) < SHORTEST_STEP_M {
        return;
    }
    let others = fuse.tracks.around(unit.position);
    if let Some(other) = meet(turn, before, unit, &others) {
        unite(fuse, turn, &unit.id, &other);
    }
}

/// Counts whom it met on its last step, forgets whom it did not meet though they spoke, and names one that it must be.
fn meet(turn: &mut Turn<'_>, before: &Unit, unit: &Unit, others: &[ThingId]) -> Option<ThingId> {
    let mut company = turn.picture.company.remove(&unit.id).unwrap_or_default();
    company.retain(|one| others.contains(&one.with));
    for id in others {
        let Some(other) = turn
            .picture
            .units
            .get(id)
            .filter(|other| may_be_one(unit, other))
        else {
            continue;
        };
        let spoke_between =
            before.observed_at <= other.observed_at && other.observed_at <= unit.observed_at;
        if !spoke_between {
            continue;
        }
        let here = on_the_way(before, unit, other.observed_at);
        let met = here.distance_m(other.position) <= GATE_M;
        let known = company.iter().position(|one| one.with == *id);
        match (known, met) {
            (Some(index), false) => {
                company.remove(index);
            }
            (Some(index), true) if company[index].counted < other.observed_at => {
                company[index].times += 1;
                company[index].counted = other.observed_at;
            }
            (None, true) if company.len() < MOST_COMPANY => company.push(Company {
                with: id.clone(),
                met_at: other.position,
                times: 1,
                counted: other.observed_at,
            }),
            _ => {}
        }
    }
    let found = company
        .iter()
        .find(|one| one.times >= MET_TIMES && one.met_at.distance_m(unit.position) >= TOGETHER_M)
        .map(|one| one.with.clone());
    if found.is_none() && !company.is_empty() {
        // Most keep company with one; there is a list for each unit of a city.
        company.shrink_to_fit();
        turn.picture.company.insert(unit.id.clone(), company);
    }
    found
}

/// No source knows both, and what kind they are does not speak against it.
fn may_be_one(unit: &Unit, other: &Unit) -> bool {
    if unit.id == other.id || other.drill {
        return false;
    }
    let knows = |source| unit.heard.iter().any(|one| one.source == source);
    let strangers = !other.heard.iter().any(|one| knows(one.source.clone()));
    let kinds = (&unit.motion.kind, &other.motion.kind);
    strangers && (kinds.0.is_none() || kinds.1.is_none() || kinds.0 == kinds.1)
}

/// Where a unit was between two of its positions, if it went straight and evenly.
fn on_the_way(before: &Unit, unit: &Unit, at: Timestamp) -> Position {
    let whole_ms = unit.observed_at.since(before.observed_at).max(1);
    let part = at.since(before.observed_at) as f64 / whole_ms as f64;
    let between = |from: i32, to: i32| from + ((f64::from(to - from)) * part) as i32;
    Position::from_e6(
        between(before.position.lon_e6(), unit.position.lon_e6()),
        between(before.position.lat_e6(), unit.position.lat_e6()),
    )
    .unwrap_or(unit.position)
}

/// Makes one unit of two; it keeps the name that comes first.
fn unite(fuse: &mut Fuse, turn: &mut Turn<'_>, one: &ThingId, two: &ThingId) {
    let (stays, goes) = if one < two { (one, two) } else { (two, one) };
    let (Some(kept), Some(gone)) = (
        turn.picture.units.get(stays).cloned(),
        turn.picture.units.get(goes).cloned(),
    ) else {
        return;
    };
    for ear in &gone.heard {
        let name = (ear.source.clone(), ear.thing.clone());
        turn.picture.unit_names.insert(name, stays.clone());
    }
    let newest = if kept.observed_at >= gone.observed_at {
        &kept
    } else {
        &gone
    };
    let mut unit = (**newest).clone();
    unit.id = stays.clone();
    unit.heard = kept.heard.iter().chain(&gone.heard).cloned().collect();
    unit.heard
        .sort_by(|a, b| (&a.source, &a.thing).cmp(&(&b.source, &b.thing)));
    unit.motion.kind = kept
        .motion
        .kind
        .clone()
        .or_else(|| gone.motion.kind.clone());
    for id in [stays, goes] {
        turn.picture.company.remove(id);
    }
    fuse.tracks.take(goes);
    turn.remove_unit(goes);
    turn.put_unit(unit);
}

/// Two sources that say at one moment that it is in two places speak of two units: the last to speak gets its own.
fn part(fuse: &mut Fuse, turn: &mut Turn<'_>, unit: &Unit) -> bool {
    let last = |one: &&HeardAs| one.source == unit.source && one.observed_at == unit.observed_at;
    let Some(speaker) = unit.heard.iter().find(last) else {
        return false;
    };
    let contradicted = unit.heard.iter().any(|one| {
        one.source != speaker.source
            && speaker.observed_at.since(one.observed_at).abs() <= MOMENT_MS
            && one.position.distance_m(speaker.position) > APART_M
    });
    if !contradicted {
        return false;
    }
    let taken = unit.id == speaker.thing || turn.picture.units.contains_key(&speaker.thing);
    let own = if taken {
        name_apart(&speaker.source, &speaker.thing)
    } else {
        speaker.thing.clone()
    };
    let name = (speaker.source.clone(), speaker.thing.clone());
    turn.picture.unit_names.insert(name, own.clone());
    let mut rest = unit.clone();
    rest.heard.retain(|one| one != speaker);
    if let Some(newest) = rest.heard.iter().max_by_key(|one| one.observed_at).cloned() {
        rest.source = newest.source;
        rest.position = newest.position;
        rest.observed_at = newest.observed_at;
        rest.town = turn.places.town(newest.position);
    }
    let mut parted = unit.clone();
    parted.id = own;
    parted.heard = vec![speaker.clone()];
    fuse.tracks.put(&rest.id, rest.position);
    fuse.tracks.put(&parted.id, parted.position);
    turn.put_unit(rest);
    turn.put_unit(parted);
    true
}
