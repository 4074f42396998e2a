//! One thing in a frame of the binary stream, by its dense number: the server gives each thing one that all viewers share.
//!
//! A record begins with a byte: its two lowest bits say what it is, the others belong to it. Then the number, then
//! - `0` moved: millionths of a degree to the east and north (signed); heading in degrees if bit 2; speed in tenths of a metre a
//!   second if bit 4; milliseconds from being heard to the frame's `now`; tenths of a second from being observed to being heard
//!   (signed). Bit 3: the heading is no longer known; bit 5: nor is the speed. Otherwise both stay
//! - `1` whole: postcard of [`Whole`]
//! - `2` an incident changed: how many bytes follow, then a mask of the fields and their values, in the order of `FIELDS`. With bit 2
//!   it is a sensor that has measured ([`super::measured`])
//! - `3` gone: bits 2 and 3 say why (gone, left the view, filtered)

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::measured::{ALARM_TURNS, MEASURED, Measured, put_measured};
use super::{AlarmView, IncidentView, Layer, RemovedWhy, SensorView, UnitView};
use crate::ids::{SourceId, ThingId};
use crate::place::Position;
use crate::policy::Audience;
use crate::time::Timestamp;

const MOVED: u8 = 0;
const WHOLE: u8 = 1;
pub(super) const CHANGED: u8 = 2;
const GONE: u8 = 3;
const KIND: u8 = 3;

const HEADING: u8 = 1 << 2;
const NO_HEADING: u8 = 1 << 3;
const SPEED: u8 = 1 << 4;
const NO_SPEED: u8 = 1 << 5;

const SPEED_STEPS: f32 = 10.0;
const OBSERVED_STEP_MS: i64 = 100;

/// A thing as a whole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Whole {
    Incident(Arc<IncidentView>),
    Alarm(Arc<AlarmView>),
    Unit(Arc<UnitView>),
    Sensor(Arc<SensorView>),
}

impl Whole {
    pub fn layer(&self) -> Layer {
        match self {
            Self::Incident(_) => Layer::Incidents,
            Self::Alarm(_) => Layer::Alarms,
            Self::Unit(_) => Layer::Units,
            Self::Sensor(_) => Layer::Sensors,
        }
    }

    /// Whether an audience may see it, as far as what is shown of it decides (`Audience::may_see`).
    pub fn may_be_seen_by(&self, audience: &Audience) -> Option<bool> {
        let town_code = match self {
            Self::Unit(unit) => unit.town_code.as_deref(),
            _ => None,
        };
        audience.may_see(self.layer(), town_code)
    }

    /// As it is told to those who are told of every change.
    pub fn brief(&self) -> Self {
        match self {
            Self::Incident(view) => Self::Incident(Arc::new(view.brief())),
            other => other.clone(),
        }
    }
}

#[derive(Clone, PartialEq, Debug)]
pub enum Record<'a> {
    Moved(u32, Moved),
    Whole(u32, Whole),
    Changed(u32, Changed<'a>),
    Measured(u32, Measured<'a>),
    Gone(u32, RemovedWhy),
}

/// How a unit is other than before.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Moved {
    east_e6: i32,
    north_e6: i32,
    heading: Change<u16>,
    speed: Change<f32>,
    heard_ago_ms: i64,
    observed_before_ms: i64,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Change<T> {
    Stays,
    Lost,
    Is(T),
}

impl<T> Change<T> {
    fn on(self, value: &mut Option<T>) {
        match self {
            Self::Stays => {}
            Self::Lost => *value = None,
            Self::Is(new) => *value = Some(new),
        }
    }
}

impl Moved {
    /// Millionths of a degree to the east and north.
    pub fn by_e6(self) -> [i32; 2] {
        [self.east_e6, self.north_e6]
    }

    /// Before the `now` of its frame.
    pub fn heard_ago_ms(self) -> i64 {
        self.heard_ago_ms
    }

    /// None where it would leave the globe: the frame was not meant for this unit.
    pub fn on(self, unit: &mut UnitView, now: Timestamp) -> Option<()> {
        unit.position = Position::from_e6(
            unit.position.lon_e6().checked_add(self.east_e6)?,
            unit.position.lat_e6().checked_add(self.north_e6)?,
        )
        .ok()?;
        self.heading.on(&mut unit.heading_deg);
        self.speed.on(&mut unit.speed_mps);
        unit.heard_at = now.plus_millis(-self.heard_ago_ms);
        unit.observed_at = unit.heard_at.plus_millis(-self.observed_before_ms);
        Some(())
    }
}

/// Where a unit is and how it moves: all that a move tells.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Whereabouts {
    pub position: Position,
    pub heading_deg: Option<u16>,
    pub speed_mps: Option<f32>,
    pub observed_at: Timestamp,
    pub heard_at: Timestamp,
}

impl Whereabouts {
    pub fn of(unit: &UnitView) -> Self {
        Self {
            position: unit.position,
            heading_deg: unit.heading_deg,
            speed_mps: unit.speed_mps,
            observed_at: unit.observed_at,
            heard_at: unit.heard_at,
        }
    }

    /// As exact as a move tells it.
    pub fn rounded(self) -> Self {
        let observed_before = steps_before(&self) * OBSERVED_STEP_MS;
        let speed = |mps| speed_steps(mps) as f32 / SPEED_STEPS;
        Self {
            speed_mps: self.speed_mps.map(speed),
            observed_at: self.heard_at.plus_millis(-observed_before),
            ..self
        }
    }

    /// The same unit there.
    pub fn on(self, unit: &UnitView) -> UnitView {
        let Self {
            position,
            heading_deg,
            speed_mps,
            observed_at,
            heard_at,
        } = self;
        UnitView {
            position,
            heading_deg,
            speed_mps,
            observed_at,
            heard_at,
            ..unit.clone()
        }
    }
}

/// As exact as a move tells it, so that whoever comes later sees the same as whoever was there.
pub fn rounded(unit: &UnitView) -> UnitView {
    Whereabouts::of(unit).rounded().on(unit)
}

fn speed_steps(mps: f32) -> u32 {
    (mps * SPEED_STEPS).round() as u32
}

fn steps_before(unit: &Whereabouts) -> i64 {
    unit.heard_at
        .since(unit.observed_at)
        .div_euclid(OBSERVED_STEP_MS)
}

pub fn put_whole(out: &mut Vec<u8>, number: u32, whole: &Whole) {
    out.push(WHOLE);
    put(out, &number);
    put(out, whole);
}

/// Of the variants of [`Whole`], a unit's.
const UNIT: u32 = 2;

/// The fields of [`UnitView`], borrowed, in its order.
#[derive(Serialize)]
struct UnitThere<'a> {
    id: &'a ThingId,
    source: &'a SourceId,
    position: Position,
    heading_deg: Option<u16>,
    speed_mps: Option<f32>,
    status: Option<&'a str>,
    kind: Option<&'a str>,
    observed_at: Timestamp,
    heard_at: Timestamp,
    town: Option<&'a str>,
    town_code: Option<&'a str>,
    drill: bool,
    sources: &'a [SourceId],
}

/// A unit as a whole that is elsewhere than its view says, written without making that view first: units move all the time.
pub fn put_whole_unit(out: &mut Vec<u8>, number: u32, view: &UnitView, there: Whereabouts) {
    out.push(WHOLE);
    put_number(out, u64::from(number));
    put_number(out, u64::from(UNIT));
    put(
        out,
        &UnitThere {
            id: &view.id,
            source: &view.source,
            position: there.position,
            heading_deg: there.heading_deg,
            speed_mps: there.speed_mps,
            status: view.status.as_deref(),
            kind: view.kind.as_deref(),
            observed_at: there.observed_at,
            heard_at: there.heard_at,
            town: view.town.as_deref(),
            town_code: view.town_code.as_deref(),
            drill: view.drill,
            sources: &view.sources,
        },
    );
}

pub fn put_gone(out: &mut Vec<u8>, number: u32, why: RemovedWhy) {
    out.push(GONE | (why as u8) << 2);
    put(out, &number);
}

/// False, and nothing is written, where more than its place has changed: then it is to be told whole.
pub fn put_moved(
    out: &mut Vec<u8>,
    number: u32,
    before: &UnitView,
    after: &UnitView,
    now: Timestamp,
) -> bool {
    let same = before.town_code == after.town_code
        && before.town == after.town
        && before.status == after.status
        && before.kind == after.kind
        && before.drill == after.drill
        && before.source == after.source
        && before.sources == after.sources;
    if same {
        let (before, after) = (Whereabouts::of(before), Whereabouts::of(after));
        put_move(out, number, &before, &after, now);
    }
    same
}

/// How far a unit has moved, of which nothing else has changed.
pub fn put_move(
    out: &mut Vec<u8>,
    number: u32,
    before: &Whereabouts,
    after: &Whereabouts,
    now: Timestamp,
) {
    let (mut marks, mut heading, mut speed) = (MOVED, None, None);
    if after.heading_deg != before.heading_deg {
        heading = after.heading_deg;
        marks |= if heading.is_some() {
            HEADING
        } else {
            NO_HEADING
        };
    }
    if after.speed_mps != before.speed_mps {
        speed = after.speed_mps.map(speed_steps);
        marks |= if speed.is_some() { SPEED } else { NO_SPEED };
    }
    out.push(marks);
    put_number(out, u64::from(number));
    put_signed(
        out,
        (after.position.lon_e6() - before.position.lon_e6()).into(),
    );
    put_signed(
        out,
        (after.position.lat_e6() - before.position.lat_e6()).into(),
    );
    if let Some(degrees) = heading {
        put_number(out, u64::from(degrees));
    }
    if let Some(steps) = speed {
        put_number(out, u64::from(steps));
    }
    put_signed(out, now.since(after.heard_at));
    put_signed(out, steps_before(after));
}

/// Postcard's varint, without going through it: most of all that is told are moves.
pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// The same for signed numbers, zigzag.
pub(super) fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_number(out, ((number << 1) ^ (number >> 63)).cast_unsigned());
}

/// An incident's fields by place in the mask. A field may be added at the end, never moved.
macro_rules! fields {
    ($($bit:literal $field:ident),* $(,)?) => {
        const FIELDS: &[(u32, &str)] = &[$(($bit, stringify!($field))),*];

        fn fields_that_differ(before: &IncidentView, after: &IncidentView) -> (u32, Vec<u8>) {
            let (mut mask, mut values) = (0, Vec::new());
            $(if before.$field != after.$field {
                mask |= 1 << $bit;
                put(&mut values, &after.$field);
            })*
            (mask, values)
        }

        fn take_fields(view: &mut IncidentView, mask: u32, mut values: &[u8]) -> Option<()> {
            $(if mask & (1 << $bit) != 0 {
                view.$field = take(&mut values)?;
            })*
            values.is_empty().then_some(())
        }
    };
}

fields! {
    0 revision, 1 state, 2 updated_at, 3 evidence_count, 4 confidence, 5 severity, 6 category, 7 lead, 8 supporting,
    9 claimed_by, 10 deadline, 11 hops, 12 suspended, 13 tray, 14 merged_into, 15 position, 16 title, 17 title_en, 18 town,
    19 town_code, 20 village, 21 grid, 22 number, 23 opened_at, 24 drill, 25 waiting, 26 urged, 27 escalated_to,
}

/// The fields of an incident that are other than before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Changed<'a> {
    mask: u32,
    values: &'a [u8],
}

impl Changed<'_> {
    /// None where the bytes do not say what the mask promises.
    pub fn on(self, incident: &mut IncidentView) -> Option<()> {
        let known = FIELDS.iter().fold(0, |mask, (bit, _)| mask | 1 << bit);
        (self.mask & !known == 0).then_some(())?;
        take_fields(incident, self.mask, self.values)
    }
}

pub fn put_changed(out: &mut Vec<u8>, number: u32, before: &IncidentView, after: &IncidentView) {
    let (mask, values) = fields_that_differ(before, after);
    out.push(CHANGED);
    put(out, &number);
    let mut body = Vec::new();
    put(&mut body, &mask);
    body.extend(values);
    put(out, &(body.len() as u32));
    out.extend(body);
}

/// How a thing differs from what whoever reads this knows of it: in as few bytes as it takes.
pub fn put_difference(
    out: &mut Vec<u8>,
    number: u32,
    before: Option<&Whole>,
    after: &Whole,
    now: Timestamp,
) {
    match (before, after) {
        (Some(Whole::Unit(was)), Whole::Unit(is)) => {
            if was.id != is.id || !put_moved(out, number, was, is, now) {
                put_whole(out, number, after);
            }
        }
        (Some(Whole::Incident(was)), Whole::Incident(is)) if was.id == is.id => {
            put_changed(out, number, was, is);
        }
        (Some(Whole::Sensor(was)), Whole::Sensor(is)) => {
            if !put_measured(out, number, was, is, now) {
                put_whole(out, number, after);
            }
        }
        _ => put_whole(out, number, after),
    }
}

/// The records of a frame, one after the other; ends with the first that cannot be read.
pub struct Records<'a> {
    rest: &'a [u8],
    broken: bool,
}

impl<'a> Records<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            broken: false,
        }
    }

    /// Bytes that were not read yet.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Whether it ended before the bytes did.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    fn read(&mut self) -> Option<Record<'a>> {
        let marks: u8 = take(&mut self.rest)?;
        let number: u32 = take(&mut self.rest)?;
        Some(match marks & KIND {
            MOVED => Record::Moved(number, self.moved(marks)?),
            WHOLE => Record::Whole(number, take(&mut self.rest)?),
            CHANGED => {
                let length: u32 = take(&mut self.rest)?;
                let (mut body, rest) = self.rest.split_at_checked(length as usize)?;
                self.rest = rest;
                if marks & MEASURED != 0 {
                    let alarm_turns = marks & ALARM_TURNS != 0;
                    return Some(Record::Measured(number, Measured { alarm_turns, body }));
                }
                let mask = take(&mut body)?;
                Record::Changed(number, Changed { mask, values: body })
            }
            _ => Record::Gone(number, why(marks >> 2)?),
        })
    }

    fn moved(&mut self, marks: u8) -> Option<Moved> {
        let rest = &mut self.rest;
        let (east_e6, north_e6) = (take(rest)?, take(rest)?);
        let heading = match (marks & HEADING != 0, marks & NO_HEADING != 0) {
            (true, _) => Change::Is(take(rest)?),
            (false, true) => Change::Lost,
            (false, false) => Change::Stays,
        };
        let speed = match (marks & SPEED != 0, marks & NO_SPEED != 0) {
            (true, _) => Change::Is(take::<u32>(rest)? as f32 / SPEED_STEPS),
            (false, true) => Change::Lost,
            (false, false) => Change::Stays,
        };
        Some(Moved {
            east_e6,
            north_e6,
            heading,
            speed,
            heard_ago_ms: take(rest)?,
            observed_before_ms: take::<i64>(rest)?.checked_mul(OBSERVED_STEP_MS)?,
        })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        if self.rest.is_empty() || self.broken {
            return None;
        }
        let record = self.read();
        self.broken = record.is_none();
        record
    }
}

fn why(bits: u8) -> Option<RemovedWhy> {
    [RemovedWhy::Gone, RemovedWhy::LeftView, RemovedWhy::Filtered]
        .into_iter()
        .find(|why| *why as u8 == bits)
}

fn put(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    // Writing into memory cannot fail; the vector is taken and given back.
    let taken = std::mem::take(out);
    *out = postcard::to_extend(value, taken).unwrap_or_default();
}

pub(super) fn take<'a, T: Deserialize<'a>>(rest: &mut &'a [u8]) -> Option<T> {
    let (value, behind) = postcard::take_from_bytes(rest).ok()?;
    *rest = behind;
    Some(value)
}
