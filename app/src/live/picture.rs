//! The picture as this browser knows it: parts of the whole, then numbered deltas, by the rules of `wire::live`.
//! Plain Rust. A gap is answered with a new picture, never with a guess.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::ids::{IncidentId, SourceId};
use domain::interest::{Cell, Cover};
use domain::place::Position;
use domain::time::Timestamp;
use domain::wire::heat::Heat;
use domain::wire::live::{DeltaHead, Frame, FrameError, PartHead, Said, Seen, Visit};
use domain::wire::record::{Record, Records, Whole};
use domain::wire::{
    AlarmView, Digest, IncidentView, Layer, Problem, SensorView, UnitView, digest_line,
};
use sha2::{Digest as _, Sha256};

use crate::numbered::Numbered;
use crate::order;

/// Half an hour of it.
const MOST_HEAT: usize = 900;

/// Everything one subscription shows.
#[derive(Clone, Default, Debug)]
pub struct LivePicture {
    shown: Stand,
    /// A picture that is being taken anew, part by part; the old one is shown until it is whole.
    coming: Option<Box<Stand>>,
    /// What was told of heat and nobody has taken yet, in its bytes; none where some of it is missing, and of the past.
    heat: Option<Vec<Vec<u8>>>,
}

/// What is known at one position of the journal.
#[derive(Clone, Default, Debug)]
struct Stand {
    position: Option<u64>,
    now: Option<Timestamp>,
    visit: Visit,
    cover: Option<Cover>,
    /// Nothing of the cover is missing.
    whole: bool,
    /// By the server's dense numbers.
    things: Numbered<Whole>,
    incidents: BTreeMap<IncidentId, u32>,
}

/// What a message did.
#[derive(Clone, PartialEq, Debug)]
pub enum Applied {
    Changed(Changes),
    /// The message does not follow what is known, or cannot be read: subscribe anew.
    Gap,
    /// The server starts the picture anew; its parts follow.
    Resyncing,
    /// It belongs to a picture that was given up; the new one is on its way.
    Late,
    /// The digest is ours too.
    Confirmed,
    /// Same position, other content: subscribe anew.
    Differs,
    Problem(Problem),
}

/// Which things are to be drawn again.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Changes {
    /// The picture was replaced: what is not among `incidents` is gone.
    pub whole: bool,
    pub incidents: BTreeSet<IncidentId>,
    pub removed_incidents: BTreeSet<IncidentId>,
    pub alarms: bool,
    pub heat: bool,
    /// The numbers of all things that are other, new or gone; may hold one twice. Of a whole picture, none: it is all other.
    pub touched: Vec<u32>,
}

impl Changes {
    /// Another picture stands in the place of the one before; whoever draws it looks at all of it.
    pub fn everything() -> Self {
        Self {
            whole: true,
            alarms: true,
            heat: true,
            ..Self::default()
        }
    }

    pub fn join(&mut self, later: Changes) {
        self.heat |= later.heat;
        if later.whole {
            let heat = self.heat;
            *self = later;
            self.heat = heat;
            return;
        }
        self.touched.extend(later.touched);
        for id in later.incidents {
            self.removed_incidents.remove(&id);
            self.incidents.insert(id);
        }
        for id in later.removed_incidents {
            self.incidents.remove(&id);
            self.removed_incidents.insert(id);
        }
        self.alarms |= later.alarms;
    }
}

/// What a map has not drawn yet.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Undrawn {
    pub everything: bool,
    pub touched: Vec<u32>,
}

impl Undrawn {
    /// A page may have no map, or one that nobody sees.
    const MOST: usize = 65_536;

    pub fn note(&mut self, changes: &Changes) {
        self.touched.extend_from_slice(&changes.touched);
        if changes.whole || self.touched.len() > Self::MOST {
            self.everything = true;
            self.touched.clear();
        }
    }
}

impl LivePicture {
    /// The journal position everything here belongs to; none before the first part.
    pub fn position(&self) -> Option<u64> {
        self.shown.position
    }

    /// What need not be told again after a line broke.
    pub fn seen(&self) -> Option<Seen> {
        let stand = Some(&self.shown).filter(|stand| stand.whole && self.coming.is_none())?;
        Some(Seen {
            visit: stand.visit,
            position: stand.position?,
            cover: stand.cover?,
        })
    }

    /// The server's clock at the latest frame that told it.
    pub fn now(&self) -> Option<Timestamp> {
        self.shown.now
    }

    pub fn incidents(&self) -> impl Iterator<Item = &Arc<IncidentView>> {
        let numbers = self.shown.incidents.values();
        numbers.filter_map(|number| self.shown.incident(*number))
    }

    pub fn incident(&self, id: IncidentId) -> Option<&Arc<IncidentView>> {
        self.shown.incident(*self.shown.incidents.get(&id)?)
    }

    /// Everything, by the server's numbers.
    pub fn things(&self) -> impl Iterator<Item = (u32, &Whole)> {
        self.shown.things.iter()
    }

    /// Whoever shows it takes it as it comes. Where nobody does, only so much of it waits, and then all is asked for anew.
    fn hear_heat(&mut self, told: &[u8]) -> Applied {
        if Heat::is_anew(told) {
            self.heat = Some(Vec::new());
        }
        if let Some(heat) = &mut self.heat {
            if heat.len() >= MOST_HEAT {
                self.heat = None;
                return Applied::Gap;
            }
            heat.push(told.to_vec());
        }
        Applied::Changed(Changes {
            heat: true,
            ..Changes::default()
        })
    }

    /// What was told since it was last taken; none where some of that is missing.
    pub fn take_heat(&mut self) -> Option<Vec<Vec<u8>>> {
        self.heat.as_mut().map(std::mem::take)
    }

    pub fn thing(&self, number: u32) -> Option<&Whole> {
        self.shown.things.get(number)
    }

    pub fn number_of(&self, incident: IncidentId) -> Option<u32> {
        self.shown.incidents.get(&incident).copied()
    }

    /// Of a sensor or unit that this subscription shows: who speaks of it, and when it was last heard.
    pub fn heard(&self, thing: &str) -> Option<(&SourceId, Timestamp)> {
        let sensor = self.sensors().find(|sensor| sensor.id.as_str() == thing);
        sensor
            .map(|sensor| (&sensor.source, sensor.heard_at))
            .or_else(|| {
                let unit = self.units().find(|unit| unit.id.as_str() == thing)?;
                Some((&unit.source, unit.heard_at))
            })
    }

    pub fn units(&self) -> impl Iterator<Item = &Arc<UnitView>> {
        self.shown
            .things
            .iter()
            .filter_map(|(_, thing)| match thing {
                Whole::Unit(unit) => Some(unit),
                _ => None,
            })
    }

    pub fn sensors(&self) -> impl Iterator<Item = &Arc<SensorView>> {
        self.shown
            .things
            .iter()
            .filter_map(|(_, thing)| match thing {
                Whole::Sensor(sensor) => Some(sensor),
                _ => None,
            })
    }

    pub fn alarms(&self) -> impl Iterator<Item = &Arc<AlarmView>> {
        self.shown
            .things
            .iter()
            .filter_map(|(_, thing)| match thing {
                Whole::Alarm(alarm) => Some(alarm),
                _ => None,
            })
    }

    /// The next subscription is answered with a whole picture; until then this one is shown.
    pub fn start_anew(&mut self) {
        self.shown.position = None;
        self.shown.whole = false;
        self.coming = None;
    }

    /// `bytes` are one frame.
    pub fn apply(&mut self, bytes: &[u8]) -> Applied {
        match Frame::read(bytes) {
            Ok(Frame::Part(head, records)) => self.part(head, records),
            Ok(Frame::Delta(head, records)) => self.delta(head, records),
            Ok(Frame::Said(Said::Resync(_))) => {
                self.start_anew();
                Applied::Resyncing
            }
            Ok(Frame::Said(Said::Digest(theirs))) => self.compare(theirs),
            Ok(Frame::Said(Said::Error(problem))) => Applied::Problem(problem),
            Ok(Frame::Heat(told)) => self.hear_heat(told),
            Err(FrameError::Version | FrameError::Broken) => Applied::Gap,
        }
    }

    fn part(&mut self, head: PartHead, records: &[u8]) -> Applied {
        let whole = head.whole;
        if head.anew {
            self.coming = Some(Box::default());
        }
        let Some(coming) = &mut self.coming else {
            let Some(known) = self.shown.position else {
                return Applied::Late;
            };
            let follows = head.position >= known;
            return match follows
                .then(|| self.shown.take_part(head, records))
                .flatten()
            {
                Some(changes) => Applied::Changed(changes),
                None => Applied::Gap,
            };
        };
        if coming.take_part(head, records).is_none() {
            return Applied::Gap;
        }
        if !whole {
            return Applied::Changed(Changes::default());
        }
        self.shown = self.coming.take().map(|coming| *coming).unwrap_or_default();
        Applied::Changed(Changes {
            whole: true,
            incidents: self.shown.incidents.keys().copied().collect(),
            alarms: true,
            ..Changes::default()
        })
    }

    fn delta(&mut self, head: DeltaHead, records: &[u8]) -> Applied {
        let stand = self.coming.as_deref_mut().unwrap_or(&mut self.shown);
        match stand.position {
            None => return Applied::Late,
            Some(known) if known != head.from => return Applied::Gap,
            Some(_) => {}
        }
        stand.position = Some(head.from + head.ahead);
        stand.now = Some(head.now);
        match (stand.take_records(records, head.now), &self.coming) {
            (None, _) => Applied::Gap,
            (Some(changes), None) => Applied::Changed(changes),
            (Some(_), Some(_)) => Applied::Changed(Changes::default()),
        }
    }

    fn compare(&self, theirs: Digest) -> Applied {
        if self.shown.position != Some(theirs.position) {
            // A frame is on its way between the two; the next digest will tell.
            return Applied::Confirmed;
        }
        if self.digest() == theirs {
            Applied::Confirmed
        } else {
            Applied::Differs
        }
    }

    /// The server computes the same over its own picture (API.md, "Live", 5).
    pub fn digest(&self) -> Digest {
        let things = self.shown.things.iter();
        let lines: Vec<String> = things.map(|(_, thing)| line_of(thing)).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let lines = order::by_key(&lines, |line| line);
        let sha256 = Sha256::digest(lines.join("\n").as_bytes());
        Digest {
            position: self.shown.position.unwrap_or_default(),
            count: lines.len() as u64,
            sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

impl Stand {
    fn incident(&self, number: u32) -> Option<&Arc<IncidentView>> {
        match self.things.get(number) {
            Some(Whole::Incident(view)) => Some(view),
            _ => None,
        }
    }

    fn take_part(&mut self, head: PartHead, records: &[u8]) -> Option<Changes> {
        let mut changes = Changes::default();
        self.position = Some(head.position);
        self.now = Some(head.now);
        self.visit = head.visit;
        self.cover = Some(head.cover);
        self.whole = head.whole;
        let told_anew = |at: Option<Position>| {
            let cell = at.map_or(Cell::NOWHERE, Cell::of);
            head.runs.iter().any(|run| run.holds(cell))
        };
        let over: Vec<u32> = self
            .things
            .iter()
            .map(|(number, thing)| (number, place_of(thing)))
            .filter(|(_, at)| told_anew(*at) || !head.cover.holds(*at))
            .map(|(number, _)| number)
            .collect();
        for number in over {
            self.remove(number, &mut changes);
        }
        let more = self.take_records(records, head.now)?;
        changes.join(more);
        Some(changes)
    }

    /// None if they cannot be read, or speak of what is not known.
    fn take_records(&mut self, bytes: &[u8], now: Timestamp) -> Option<Changes> {
        let mut changes = Changes::default();
        let mut records = Records::of(bytes);
        for record in records.by_ref() {
            let number = match record {
                Record::Gone(number, _) => {
                    self.remove(number, &mut changes);
                    continue;
                }
                Record::Whole(number, thing) => {
                    if let Whole::Incident(view) = &thing {
                        self.incidents.insert(view.id, number);
                    }
                    self.things.insert(number, thing);
                    number
                }
                Record::Moved(number, moved) => {
                    let Whole::Unit(unit) = self.things.get_mut(number)? else {
                        return None;
                    };
                    moved.on(Arc::make_mut(unit), now)?;
                    number
                }
                Record::Changed(number, changed) => {
                    let Whole::Incident(incident) = self.things.get_mut(number)? else {
                        return None;
                    };
                    changed.on(Arc::make_mut(incident))?;
                    number
                }
                Record::Measured(number, measured) => {
                    let Whole::Sensor(sensor) = self.things.get_mut(number)? else {
                        return None;
                    };
                    measured.on(Arc::make_mut(sensor), now)?;
                    number
                }
            };
            self.note(number, &mut changes);
        }
        (!records.is_broken()).then_some(changes)
    }

    /// After something has changed: it may have left the cover by that.
    fn note(&mut self, number: u32, changes: &mut Changes) {
        let Some(thing) = self.things.get(number) else {
            return;
        };
        let at = place_of(thing);
        if self.cover.is_some_and(|cover| !cover.holds(at)) {
            self.remove(number, changes);
            return;
        }
        changes.touched.push(number);
        match thing {
            Whole::Incident(view) => {
                changes.removed_incidents.remove(&view.id);
                changes.incidents.insert(view.id);
            }
            Whole::Alarm(_) => changes.alarms = true,
            Whole::Unit(_) | Whole::Sensor(_) => {}
        }
    }

    fn remove(&mut self, number: u32, changes: &mut Changes) {
        let Some(thing) = self.things.remove(number) else {
            return;
        };
        changes.touched.push(number);
        match thing {
            Whole::Incident(view) => {
                // It may be here already under another number.
                if self.incidents.get(&view.id) == Some(&number) {
                    self.incidents.remove(&view.id);
                }
                changes.incidents.remove(&view.id);
                changes.removed_incidents.insert(view.id);
            }
            Whole::Alarm(_) => changes.alarms = true,
            Whole::Unit(_) | Whole::Sensor(_) => {}
        }
    }
}

fn place_of(thing: &Whole) -> Option<Position> {
    match thing {
        Whole::Incident(view) => view.position,
        Whole::Alarm(view) => view.position,
        Whole::Unit(view) => Some(view.position),
        Whole::Sensor(view) => view.position,
    }
}

fn line_of(thing: &Whole) -> String {
    let at = place_of(thing);
    match thing {
        Whole::Incident(view) => {
            digest_line(Layer::Incidents, &view.id.to_string(), view.revision, at)
        }
        Whole::Alarm(view) => digest_line(Layer::Alarms, &view.id.to_string(), 0, at),
        Whole::Unit(view) => digest_line(Layer::Units, view.id.as_str(), 0, at),
        Whole::Sensor(view) => digest_line(Layer::Sensors, view.id.as_str(), 0, at),
    }
}

#[cfg(test)]
mod tests;
