//! The same news in other forms, each with its best settings: the stream's own JSON, the same under deflate with what was said
//! before as its dictionary (as WebSockets do), and only what changed in MessagePack and protobuf.

use std::sync::Arc;
use std::time::Instant;

use domain::time::Timestamp;
use domain::wire::record::Whole;
use domain::wire::{IncidentView, SensorView, UnitView};
use flate2::{Compress, Compression, FlushCompress};
use prost::Message;
use serde::Serialize;
use serde_json::json;

use crate::measure::median;

/// A sensor before and after it measured, and the frame's moment.
pub type Measured = (u32, Arc<SensorView>, Arc<SensorView>, Timestamp);

/// What one frame told.
pub struct Told {
    from: u64,
    to: u64,
    moved: Vec<(u32, Arc<UnitView>, Arc<UnitView>)>,
    incidents: Vec<(u32, Arc<IncidentView>, Arc<IncidentView>)>,
    measured: Vec<Measured>,
    whole: Vec<(u32, Whole)>,
    gone: Vec<u32>,
}

impl Told {
    pub fn new(from: u64, to: u64) -> Self {
        Self {
            from,
            to,
            moved: Vec::new(),
            incidents: Vec::new(),
            measured: Vec::new(),
            whole: Vec::new(),
            gone: Vec::new(),
        }
    }

    pub fn moved(&mut self, number: u32, before: Arc<UnitView>, after: Arc<UnitView>) {
        self.moved.push((number, before, after));
    }

    pub fn incident(&mut self, number: u32, before: Arc<IncidentView>, after: Arc<IncidentView>) {
        self.incidents.push((number, before, after));
    }

    pub fn measured(&mut self, measured: Measured) {
        self.measured.push(measured);
    }

    pub fn all_measured(&self) -> &[Measured] {
        &self.measured
    }

    pub fn whole(&mut self, number: u32, whole: Whole) {
        self.whole.push((number, whole));
    }

    pub fn gone(&mut self, number: u32) {
        self.gone.push(number);
    }
}

/// Bytes of all messages, and nanoseconds to write them.
pub struct Written {
    pub bytes: usize,
    pub ns: f64,
}

pub struct Json(Vec<Vec<u8>>);

impl Json {
    pub fn bytes(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }
}

/// Deltas as API.md has them: each thing that changed as it is now.
pub fn json(told: &[Told]) -> Json {
    let messages = told.iter().map(|one| {
        let mut units: Vec<&UnitView> = one.moved.iter().map(|(_, _, after)| &**after).collect();
        let mut incidents: Vec<&IncidentView> =
            one.incidents.iter().map(|(_, _, after)| &**after).collect();
        let mut alarms = Vec::new();
        let measured = one.measured.iter();
        let mut sensors: Vec<&SensorView> = measured.map(|(_, _, after, _)| &**after).collect();
        for (_, whole) in &one.whole {
            match whole {
                Whole::Unit(unit) => units.push(unit),
                Whole::Incident(incident) => incidents.push(incident),
                Whole::Alarm(alarm) => alarms.push(alarm),
                Whole::Sensor(sensor) => sensors.push(sensor),
            }
        }
        let removed: Vec<_> = one
            .gone
            .iter()
            .map(|number| json!({"layer": "units", "id": number.to_string(), "why": "gone"}))
            .collect();
        let delta = json!({"delta": {"from": one.from, "to": one.to, "resume": "0123456789abcdef",
            "incidents": incidents, "alarms": alarms, "units": units, "sensors": sensors, "removed": removed}});
        serde_json::to_vec(&delta).unwrap_or_default()
    });
    Json(messages.collect())
}

/// One stream over all messages, flushed after each.
pub fn deflated(json: &Json) -> Result<Written, String> {
    let (mut bytes, mut took) = (0, Vec::new());
    for _ in 0..3 {
        let mut packer = Compress::new(Compression::new(6), false);
        let mut out = Vec::new();
        bytes = 0;
        let begun = Instant::now();
        for message in &json.0 {
            out.clear();
            out.reserve(message.len() + 64);
            let before = packer.total_in();
            while (packer.total_in() - before) < message.len() as u64 || out.len() == out.capacity()
            {
                let taken = (packer.total_in() - before) as usize;
                if out.len() == out.capacity() {
                    out.reserve(4096);
                }
                packer
                    .compress_vec(&message[taken..], &mut out, FlushCompress::Sync)
                    .map_err(|error| error.to_string())?;
            }
            bytes += out.len();
        }
        took.push(begun.elapsed().as_nanos() as f64);
    }
    Ok(Written {
        bytes,
        ns: median(&took),
    })
}

/// What of a unit changed, as short as it can be said without knowing what was said before.
#[derive(Serialize)]
struct Move {
    number: u32,
    lon: i32,
    lat: i32,
    heading: Option<u16>,
    speed: Option<u32>,
    heard: i64,
    observed: i64,
}

impl Move {
    fn of((number, before, after): &(u32, Arc<UnitView>, Arc<UnitView>)) -> Self {
        let speed = |unit: &UnitView| unit.speed_mps.map(|mps| (mps * 10.0).round() as u32);
        Self {
            number: *number,
            lon: after.position.lon_e6(),
            lat: after.position.lat_e6(),
            heading: after
                .heading_deg
                .filter(|_| after.heading_deg != before.heading_deg),
            speed: speed(after).filter(|_| speed(after) != speed(before)),
            heard: after.heard_at.millis(),
            observed: after.observed_at.millis(),
        }
    }
}

fn timed(mut write: impl FnMut() -> Result<usize, String>) -> Result<Written, String> {
    let (mut bytes, mut took) = (0, Vec::new());
    for _ in 0..5 {
        let begun = Instant::now();
        bytes = write()?;
        took.push(begun.elapsed().as_nanos() as f64);
    }
    Ok(Written {
        bytes,
        ns: median(&took),
    })
}

pub fn message_pack(told: &[Told]) -> Result<Written, String> {
    let wrong = |error: rmp_serde::encode::Error| error.to_string();
    timed(|| {
        let mut bytes = 0;
        for one in told {
            let mut out = Vec::new();
            rmp_serde::encode::write(&mut out, &(one.from, one.to)).map_err(wrong)?;
            for moved in &one.moved {
                rmp_serde::encode::write(&mut out, &Move::of(moved)).map_err(wrong)?;
            }
            for (number, before, after) in &one.incidents {
                rmp_serde::encode::write(&mut out, number).map_err(wrong)?;
                changed(before, after, &mut |field| {
                    rmp_serde::encode::write_named(&mut out, field).map_err(wrong)
                })?;
            }
            for (number, before, after, _) in &one.measured {
                let pairs = before.latest.iter().zip(&after.latest).enumerate();
                let latest: Vec<_> = pairs
                    .filter(|(_, (was, is))| was != is)
                    .map(|(place, (_, is))| (place, is.value, is.observed_at.millis(), is.suspect))
                    .collect();
                let heard = after.heard_at.millis();
                rmp_serde::encode::write(&mut out, &(number, heard, after.in_alarm, latest))
                    .map_err(wrong)?;
            }
            for (number, whole) in &one.whole {
                rmp_serde::encode::write(&mut out, &(number, whole)).map_err(wrong)?;
            }
            rmp_serde::encode::write(&mut out, &one.gone).map_err(wrong)?;
            bytes += out.len();
        }
        Ok(bytes)
    })
}

/// Writes one thing as another format has it.
type WriteOne<'a> =
    dyn FnMut(&serde_json::Map<String, serde_json::Value>) -> Result<(), String> + 'a;

/// The members of an incident that are other than before.
fn changed(
    before: &IncidentView,
    after: &IncidentView,
    write: &mut WriteOne<'_>,
) -> Result<(), String> {
    let tree = |view: &IncidentView| serde_json::to_value(view).map_err(|error| error.to_string());
    let (before, after) = (tree(before)?, tree(after)?);
    let mut differing = serde_json::Map::new();
    for (name, value) in after.as_object().into_iter().flatten() {
        if before.get(name) != Some(value) {
            differing.insert(name.clone(), value.clone());
        }
    }
    write(&differing)
}

#[derive(Clone, PartialEq, Message)]
struct Delta {
    #[prost(uint64, tag = "1")]
    from: u64,
    #[prost(uint64, tag = "2")]
    to: u64,
    #[prost(message, repeated, tag = "3")]
    moves: Vec<MoveMessage>,
    #[prost(bytes = "vec", repeated, tag = "4")]
    others: Vec<Vec<u8>>,
    #[prost(uint32, repeated, tag = "5")]
    gone: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
struct MoveMessage {
    #[prost(uint32, tag = "1")]
    number: u32,
    #[prost(sint32, tag = "2")]
    lon: i32,
    #[prost(sint32, tag = "3")]
    lat: i32,
    #[prost(uint32, optional, tag = "4")]
    heading: Option<u32>,
    #[prost(uint32, optional, tag = "5")]
    speed: Option<u32>,
    #[prost(int64, tag = "6")]
    heard: i64,
    #[prost(int64, tag = "7")]
    observed: i64,
}

/// Moves as messages of their own; everything else inside them as compactly as ours, so that only moves are compared.
pub fn protobuf(told: &[Told]) -> Written {
    let write = || {
        let mut bytes = 0;
        for one in told {
            let moves = one.moved.iter().map(|moved| {
                let moved = Move::of(moved);
                MoveMessage {
                    number: moved.number,
                    lon: moved.lon,
                    lat: moved.lat,
                    heading: moved.heading.map(u32::from),
                    speed: moved.speed,
                    heard: moved.heard,
                    observed: moved.observed,
                }
            });
            let mut others = Vec::new();
            for (number, before, after) in &one.incidents {
                let mut out = Vec::new();
                domain::wire::record::put_changed(&mut out, *number, before, after);
                others.push(out);
            }
            for (number, before, after, now) in &one.measured {
                let mut out = Vec::new();
                domain::wire::measured::put_measured(&mut out, *number, before, after, *now);
                others.push(out);
            }
            for (number, whole) in &one.whole {
                let mut out = Vec::new();
                domain::wire::record::put_whole(&mut out, *number, whole);
                others.push(out);
            }
            let delta = Delta {
                from: one.from,
                to: one.to,
                moves: moves.collect(),
                others,
                gone: one.gone.clone(),
            };
            bytes += delta.encode_to_vec().len();
        }
        Ok(bytes)
    };
    timed(write).unwrap_or(Written {
        bytes: 0,
        ns: f64::NAN,
    })
}
