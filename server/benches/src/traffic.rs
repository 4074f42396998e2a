//! What a city sends in a second, from as many gateways as wanted: units that drive, sensors that measure, people who call.
//! Units and callers are those of a scenario's day; what is sent when is remembered, so that arrival can be timed.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use domain::ids::ThingId;
use domain::place::Position;
use domain::time::{CivilDate, Timestamp};
use gulou::scenario::{Body, Options, Scenario};

/// Of a hundred observations: a demo city's share of positions; all but a few of the rest are readings.
const POSITIONS_PERCENT: usize = 79;
/// A unit goes to and fro, so many seconds each way.
const STRAIGHT_S: i64 = 60;
/// One reading in so many is beyond what is allowed.
const ALARMING: u64 = 20_000;
const SEED: u64 = 11;

/// A unit on a straight road.
struct Driving {
    id: ThingId,
    kind: &'static str,
    from: Position,
    /// Millionths of a degree a second.
    east_e6: f64,
    north_e6: f64,
    heading_deg: u16,
    speed_mps: f64,
}

struct Station {
    id: String,
    position: Position,
    base: f64,
}

/// What a caller says.
struct Call {
    position: Position,
    text: String,
}

/// A city's day, ready to be sent.
pub struct City {
    units: Vec<Driving>,
    stations: Vec<Station>,
    calls: Vec<Call>,
    begun: Timestamp,
    pub sent: Arc<SentLog>,
}

/// Where each unit was said to be lately, and when that was sent; and each caller.
pub struct SentLog {
    units: Vec<Mutex<Vec<(Position, Instant)>>>,
    calls: Mutex<HashMap<Position, Instant>>,
}

/// What is remembered of one unit.
const MOST_REMEMBERED: usize = 16;

impl SentLog {
    /// When a unit was said to be there.
    pub fn of_unit(&self, unit: usize, position: Position) -> Option<Instant> {
        let lately = held(self.units.get(unit)?);
        let found = lately.iter().rev().find(|(at, _)| *at == position);
        found.map(|(_, sent)| *sent)
    }

    pub fn of_call(&self, position: Position) -> Option<Instant> {
        held(&self.calls).get(&position).copied()
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number in a unit's name.
pub fn number_of(unit: &str) -> Option<usize> {
    unit.strip_prefix("unit-")?.parse().ok()
}

impl City {
    /// Where its units set out.
    pub fn starts(&self) -> Vec<Position> {
        self.units.iter().map(|unit| unit.from).collect()
    }

    pub fn of(units: usize, stations: usize) -> Result<Self, String> {
        let loaded = gulou::city::load(&gulou::city::Source::Embedded)
            .map_err(|mistakes| format!("{mistakes:?}"))?;
        let city = Arc::new(loaded.city);
        let date: CivilDate = "2026-11-23".parse().map_err(|_| "no date")?;
        let at = |hour: &str| hour.parse().map_err(|_| format!("{hour} is no hour"));
        let options = Options {
            from: at("14:30")?,
            units,
            sensors: 0,
            ..Options::on(date)
        };
        let mut scenario =
            Scenario::of(city.clone(), SEED, &options).ok_or("the pack has no outline")?;
        let units: Vec<Driving> = scenario
            .positions()
            .into_iter()
            .enumerate()
            .filter_map(|(number, heard)| driving(number, &heard.body, heard.position?))
            .collect();
        let stations = (0..stations).map(|number| Station {
            id: format!("station-{number:05}"),
            position: units[number * 7 % units.len()].from.offset_m(40.0, 60.0),
            base: 12.0 + (number % 23) as f64,
        });
        let stations = stations.collect();
        let whole_day = Options {
            units: 20,
            sensors: 0,
            ..Options::on(date)
        };
        scenario = Scenario::of(city, SEED, &whole_day).ok_or("the pack has no outline")?;
        let calls = scenario
            .flat_map(|minute| minute.observations)
            .filter_map(|said| match (&said.body, said.position) {
                (Body::Report { text, .. }, Some(position)) if !said.drill => Some(Call {
                    position,
                    text: text.clone(),
                }),
                _ => None,
            })
            .collect();
        let sent = SentLog {
            units: units.iter().map(|_| Mutex::default()).collect(),
            calls: Mutex::default(),
        };
        Ok(Self {
            units,
            stations,
            calls,
            begun: now(),
            sent: Arc::new(sent),
        })
    }
}

fn driving(number: usize, body: &Body, from: Position) -> Option<Driving> {
    let Body::Position { kind, moved, .. } = body else {
        return None;
    };
    // Everybody is out and about: what stands still costs nothing.
    let speed_mps = moved.speed_mps.max(4.0 + (number % 9) as f64);
    // Those who start from one depot do not stay together: nobody takes two for one.
    let from = from.offset_m(
        (number * 7_919 % 800) as f64 - 400.0,
        (number * 6_007 % 800) as f64 - 400.0,
    );
    let heading_deg = ((usize::from(moved.heading_deg) + number * 37) % 360) as u16;
    let towards = f64::from(heading_deg).to_radians();
    Some(Driving {
        id: ThingId::new(&format!("unit-{number:05}")).ok()?,
        kind: kind.name(),
        from,
        east_e6: speed_mps * towards.sin() * 9.77,
        north_e6: speed_mps * towards.cos() * 9.0,
        heading_deg,
        speed_mps,
    })
}

impl Driving {
    fn at(&self, since_begin_ms: i64) -> (Position, u16) {
        let into_ms = since_begin_ms.rem_euclid(2 * STRAIGHT_S * 1_000);
        let back = into_ms >= STRAIGHT_S * 1_000;
        let along_ms = match back {
            true => 2 * STRAIGHT_S * 1_000 - into_ms,
            false => into_ms,
        };
        let along_s = along_ms as f64 / 1_000.0;
        let moved = Position::from_e6(
            self.from.lon_e6() + (self.east_e6 * along_s) as i32,
            self.from.lat_e6() + (self.north_e6 * along_s) as i32,
        );
        let heading = self.heading_deg + if back { 180 } else { 0 };
        (moved.unwrap_or(self.from), heading % 360)
    }
}

pub fn now() -> Timestamp {
    gulou::assemble::wall_clock()
}

/// One of several that send for the city.
pub struct Gateway {
    city: Arc<City>,
    number: usize,
    of: usize,
    turn: u64,
    next_unit: usize,
    next_station: usize,
    next_call: usize,
}

/// What is to be sent, a line an observation.
pub struct Batch {
    pub body: Vec<u8>,
}

impl Gateway {
    pub fn new(city: &Arc<City>, number: usize, of: usize) -> Self {
        Self {
            city: city.clone(),
            number,
            of,
            turn: 0,
            next_unit: number,
            next_station: number,
            next_call: number,
        }
    }

    pub fn number(&self) -> usize {
        self.number
    }

    /// So many observations as of now; a caller is among them if `call`.
    pub fn batch(&mut self, observations: usize, call: bool) -> Batch {
        let mut body = String::with_capacity(observations * 260);
        let (now, instant) = (now(), Instant::now());
        let time = now.to_rfc3339_utc();
        let calls = usize::from(call);
        let positions = (observations - calls) * POSITIONS_PERCENT / 100;
        for _ in 0..positions {
            self.position(&mut body, now, &time, instant);
        }
        for _ in positions + calls..observations {
            self.reading(&mut body, &time);
        }
        if call {
            self.call(&mut body, &time, instant);
        }
        self.turn += 1;
        Batch {
            body: body.into_bytes(),
        }
    }

    fn position(&mut self, body: &mut String, now: Timestamp, time: &str, instant: Instant) {
        let city = &self.city;
        let index = self.next_unit;
        self.next_unit += self.of;
        if self.next_unit >= city.units.len() {
            self.next_unit = self.number;
        }
        let unit = &city.units[index];
        let (at, heading) = unit.at(now.since(city.begun));
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(
            body,
            "{{\"source\":\"gps-{}\",\"id\":\"{}-{}\",\"kind\":\"position\",\"time\":\"{time}\",\"thing\":\"{}\",\
             \"position\":[{:.6},{:.6}],\"attributes\":{{\"kind\":\"{}\",\"heading_deg\":{heading},\"speed_mps\":{:.1},\
             \"status\":\"in_service\"}}}}",
            self.number,
            unit.id,
            now.millis(),
            unit.id,
            f64::from(at.lon_e6()) / 1e6,
            f64::from(at.lat_e6()) / 1e6,
            unit.kind,
            unit.speed_mps,
        );
        let mut lately = held(&city.sent.units[index]);
        if lately.len() == MOST_REMEMBERED {
            lately.remove(0);
        }
        lately.push((at, instant));
    }

    fn reading(&mut self, body: &mut String, time: &str) {
        let city = &self.city;
        let station = &city.stations[self.next_station];
        self.next_station += self.of;
        if self.next_station >= city.stations.len() {
            self.next_station = self.number;
        }
        let odd = (self.turn * 131 + self.next_station as u64) * 2_654_435_761 % ALARMING;
        let value = match odd {
            0 => 128.0,
            odd => station.base + (odd % 50) as f64 / 10.0,
        };
        let _ = writeln!(
            body,
            "{{\"source\":\"air-{}\",\"id\":\"{}-{}-{}\",\"kind\":\"reading\",\"time\":\"{time}\",\"thing\":\"{}\",\
             \"position\":[{:.6},{:.6}],\"property\":\"PM2.5\",\"value\":{value:.1},\"unit\":\"ug/m3\"}}",
            self.number,
            station.id,
            self.turn,
            self.next_station,
            station.id,
            f64::from(station.position.lon_e6()) / 1e6,
            f64::from(station.position.lat_e6()) / 1e6,
        );
    }

    fn call(&mut self, body: &mut String, time: &str, instant: Instant) {
        let city = &self.city;
        let call = &city.calls[self.next_call % city.calls.len()];
        let text = serde_json::to_string(&call.text).unwrap_or_default();
        let _ = writeln!(
            body,
            "{{\"source\":\"hotline-{}\",\"id\":\"call-{}-{}\",\"kind\":\"report\",\"time\":\"{time}\",\
             \"position\":[{:.6},{:.6}],\"accuracy_m\":20,\"text\":{text}}}",
            self.number,
            self.turn,
            self.next_call,
            f64::from(call.position.lon_e6()) / 1e6,
            f64::from(call.position.lat_e6()) / 1e6,
        );
        held(&city.sent.calls).insert(call.position, instant);
        self.next_call += self.of;
    }
}
