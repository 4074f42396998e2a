//! Who is nearest: 50,000 units on the move, two moves for every question. Our index as the server keeps it, beside Redis GEO and
//! PostGIS with an index for nearness; none of them writes anything to the disk.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use domain::ids::ThingId;
use domain::nearest::Nearest;
use domain::place::Position;

use crate::machine;
use crate::measure::{Length, ROUNDS, median, times_ours};
use crate::report::Row;
use crate::servers::{self, Psql, Redis, Server};

const UNITS: usize = 50_000;
const WANTED: usize = 5;
/// Moves for each question.
const MOVES: usize = 2;
/// Metres within which five of so many are always found.
const REACH_M: u32 = 2_500;

/// The same walk for everybody: whoever moves, where to, and where somebody asks.
struct Walk {
    names: Vec<ThingId>,
    step: u64,
}

fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Somewhere in a city of 80 by 55 kilometres.
fn somewhere(number: u64) -> Position {
    let (across, up) = (mixed(number) % 800_000, mixed(number ^ 0x5555) % 500_000);
    Position::from_e6(113_500_000 + across as i32, 22_650_000 + up as i32)
        .expect("a place in the south of China")
}

impl Walk {
    fn new() -> Result<Self, String> {
        let names = (0..UNITS).map(|unit| ThingId::new(&format!("unit-{unit:05}")));
        Ok(Self {
            names: names
                .collect::<Result<_, _>>()
                .map_err(|error| error.to_string())?,
            step: 0,
        })
    }

    /// Where a unit is at first, and after each of its steps: some tens of metres on.
    fn place(unit: usize, step: u64) -> Position {
        let gone = (step / UNITS as u64) as f64 * 12.0;
        let towards = (unit % 360) as f64;
        somewhere(unit as u64).offset_m(
            gone * towards.to_radians().sin(),
            gone * towards.to_radians().cos(),
        )
    }

    fn next(&mut self) -> (usize, Position) {
        let unit = (self.step % UNITS as u64) as usize;
        self.step += 1;
        (unit, Self::place(unit, self.step + UNITS as u64))
    }

    fn question(&self, number: u64) -> Position {
        somewhere(number.wrapping_mul(77) ^ 0xabcd_ef00)
    }
}

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let mut ours = Ours::new()?;
    let mut redis = Geo::start()?;
    let mut postgis = Postgis::start()?;
    let compared = agree(&mut ours, &mut redis, &mut postgis)?;
    let (mut own, mut theirs, mut sql) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        own.push(ours.turn(length.of_a_turn())?);
        theirs.push(redis.turn(length.of_a_turn())?);
        sql.push(postgis.turn(length.of_a_turn())?);
    }
    let each = median(&own);
    let (times, sql_times) = (times_ours(&own, &theirs), times_ours(&own, &sql));
    // 10,000 moves and 5,000 questions a second.
    let busy = each * 5_000.0 / 1e9 * 100.0;
    Ok(vec![
        Row::new(
            "ours, a question and two moves",
            format!(
                "{:.2} µs; {busy:.1} % of a core at 5,000 questions and 10,000 moves a second",
                each / 1e3
            ),
            "≤ 50 % of a core",
            busy <= 50.0,
        ),
        Row::new(
            "Redis GEO",
            format!(
                "{:.1} µs of its processor, {times:.1} × ours; {compared} questions, the same units",
                median(&theirs) / 1e3
            ),
            "≥ 10 ×",
            times >= 10.0,
        ),
        Row::new(
            "PostGIS",
            format!(
                "{:.0} µs of its processor, {sql_times:.0} × ours; the same units",
                median(&sql) / 1e3
            ),
            "≥ 100 ×",
            sql_times >= 100.0,
        ),
    ])
}

/// Before anything is timed all three find the same units for some questions, up to what their balls differ by.
fn agree(ours: &mut Ours, redis: &mut Geo, postgis: &mut Postgis) -> Result<usize, String> {
    const ASKED: u64 = 200;
    for number in 0..ASKED {
        let from = ours.walk.question(number);
        let own = ours.nearest.to(from, WANTED + 1);
        let names: Vec<&str> = own.iter().map(|one| one.key.as_str()).collect();
        for (peer, found) in [("Redis", redis.ask(from)?), ("PostGIS", postgis.ask(from)?)] {
            if found.len() != WANTED {
                return Err(format!("{peer} found {} units", found.len()));
            }
            // Where two are as far to a thousandth, another ball may change them.
            let last = own[WANTED - 1].distance_m;
            let odd = found.iter().find(|name| {
                let known = own.iter().find(|one| one.key.as_str() == *name);
                known.is_none_or(|one| one.distance_m > last * 1.006 + 2.0)
            });
            if let Some(odd) = odd {
                return Err(format!("{peer} found {odd} near {from:?}, we {names:?}"));
            }
        }
    }
    Ok(ASKED as usize)
}

struct Ours {
    walk: Walk,
    nearest: Nearest<ThingId>,
    asked: u64,
}

impl Ours {
    fn new() -> Result<Self, String> {
        let walk = Walk::new()?;
        let mut nearest = Nearest::default();
        for (unit, name) in walk.names.iter().enumerate() {
            nearest.put(name, Walk::place(unit, 0));
        }
        Ok(Self {
            walk,
            nearest,
            asked: 0,
        })
    }

    /// Nanoseconds of the processor for a question and its moves.
    fn turn(&mut self, during: Duration) -> Result<f64, String> {
        let mut done = 0;
        let begun = Instant::now();
        while begun.elapsed() < during {
            for _ in 0..100 {
                for _ in 0..MOVES {
                    let (unit, place) = self.walk.next();
                    self.nearest.put(&self.walk.names[unit], place);
                }
                self.asked += 1;
                let from = self.walk.question(self.asked);
                std::hint::black_box(self.nearest.to(from, WANTED));
            }
            done += 100;
        }
        Ok(begun.elapsed().as_nanos() as f64 / f64::from(done))
    }
}

struct Geo {
    server: Server,
    line: Redis,
    walk: Walk,
    asked: u64,
}

fn degrees(place: Position) -> (String, String) {
    (
        format!("{:.6}", place.longitude()),
        format!("{:.6}", place.latitude()),
    )
}

impl Geo {
    fn start() -> Result<Self, String> {
        let server = servers::redis("0-1", false)?;
        let mut line = Redis::open(&server)?;
        let walk = Walk::new()?;
        for (unit, name) in walk.names.iter().enumerate() {
            let (lon, lat) = degrees(Walk::place(unit, 0));
            line.gather(&["GEOADD", "units", &lon, &lat, name.as_str()]);
            if unit % 1_000 == 999 {
                line.send()?;
            }
        }
        line.send()?;
        Ok(Self {
            server,
            line,
            walk,
            asked: 0,
        })
    }

    fn gather_question(&mut self, from: Position) {
        let (lon, lat) = degrees(from);
        let (reach, wanted) = (REACH_M.to_string(), WANTED.to_string());
        self.line.gather(&[
            "GEOSEARCH",
            "units",
            "FROMLONLAT",
            &lon,
            &lat,
            "BYRADIUS",
            &reach,
            "m",
            "ASC",
            "COUNT",
            &wanted,
        ]);
    }

    fn ask(&mut self, from: Position) -> Result<Vec<String>, String> {
        self.gather_question(from);
        Ok(self.line.send()?.pop().unwrap_or_default())
    }

    fn turn(&mut self, during: Duration) -> Result<f64, String> {
        let spent = machine::spent_s(self.server.process())?;
        let (begun, mut done) = (Instant::now(), 0);
        while begun.elapsed() < during {
            for _ in 0..100 {
                for _ in 0..MOVES {
                    let (unit, place) = self.walk.next();
                    let (lon, lat) = degrees(place);
                    let name = self.walk.names[unit].clone();
                    self.line
                        .gather(&["GEOADD", "units", &lon, &lat, name.as_str()]);
                }
                self.asked += 1;
                self.gather_question(self.walk.question(self.asked));
            }
            self.line.send()?;
            done += 100;
        }
        let spent = machine::spent_s(self.server.process())? - spent;
        Ok(spent * 1e9 / f64::from(done))
    }
}

struct Postgis {
    server: Server,
    line: Psql,
    walk: Walk,
    asked: u64,
}

impl Postgis {
    fn start() -> Result<Self, String> {
        let server = servers::postgres("0-1")?;
        let mut line = Psql::open(&server, "0-1")?;
        let walk = Walk::new()?;
        let mut load = String::from(
            "CREATE EXTENSION postgis; SET synchronous_commit = off;
             CREATE UNLOGGED TABLE units (id text PRIMARY KEY, at geography(Point, 4326)) WITH (fillfactor = 70);
             COPY units FROM STDIN;\n",
        );
        for (unit, name) in walk.names.iter().enumerate() {
            let (lon, lat) = degrees(Walk::place(unit, 0));
            // Writing to a String cannot fail, here and below.
            let _ = writeln!(load, "{name}\tPOINT({lon} {lat})");
        }
        load.push_str(
            "\\.\nCREATE INDEX ON units USING gist (at); VACUUM ANALYZE units;
             PREPARE move (text[], float8[], float8[]) AS UPDATE units u SET at = ST_MakePoint(m.lon, m.lat)::geography
               FROM unnest($1, $2, $3) m(id, lon, lat) WHERE u.id = m.id;
             PREPARE near (float8, float8) AS SELECT id FROM units ORDER BY at <-> ST_MakePoint($1, $2)::geography LIMIT 5;",
        );
        line.run(&load)?;
        Ok(Self {
            server,
            line,
            walk,
            asked: 0,
        })
    }

    fn ask(&mut self, from: Position) -> Result<Vec<String>, String> {
        let (lon, lat) = degrees(from);
        self.line.run(&format!("EXECUTE near({lon}, {lat});"))
    }

    fn turn(&mut self, during: Duration) -> Result<f64, String> {
        let spent = machine::tree_spent_s(self.server.process())?;
        let (begun, mut done) = (Instant::now(), 0);
        while begun.elapsed() < during {
            let (mut names, mut lons, mut lats) = (Vec::new(), Vec::new(), Vec::new());
            let mut statements = String::new();
            for _ in 0..50 {
                for _ in 0..MOVES {
                    let (unit, place) = self.walk.next();
                    let (lon, lat) = degrees(place);
                    names.push(self.walk.names[unit].to_string());
                    lons.push(lon);
                    lats.push(lat);
                }
                self.asked += 1;
                let (lon, lat) = degrees(self.walk.question(self.asked));
                let _ = writeln!(statements, "EXECUTE near({lon}, {lat});");
            }
            let (names, lons, lats) = (names.join(","), lons.join(","), lats.join(","));
            let _ = writeln!(
                statements,
                "EXECUTE move('{{{names}}}', '{{{lons}}}', '{{{lats}}}');"
            );
            self.line.run(&statements)?;
            done += 50;
        }
        let spent = machine::tree_spent_s(self.server.process())? - spent;
        Ok(spent * 1e9 / f64::from(done))
    }
}
