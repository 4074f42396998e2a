//! Our protocol at work: 50,000 moves a second to everybody who looks at the whole city. Peers send the same moves in one batch
//! a tick. What counts is how many moves reach how many viewers for a second of the server's processor, and how old they are.

use std::collections::{HashMap, VecDeque};

use domain::wire::live::Frame;
use domain::wire::record::{Record, Records, Whole};

use super::fleet;
use super::held::{Clients, Listening, Server};
use super::line::Lines;
use super::ours::UNITS;
use super::work::{Work, start};
use crate::measure::{Length, ROUNDS, median};
use crate::report::Row;

const VIEWERS: usize = 1_000;
const PEERS: [&str; 5] = ["bun", "ws", "socket.io", "nats", "nchan"];
const LEAST_A_SECOND: f64 = 8e6;
const LEAST_TIMES: f64 = 3.0;
const OLDEST_MS: f64 = 75.0;
/// Ages are counted by the millisecond.
const AGES: usize = 2_000;

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let mut all = Side::start("ours", VIEWERS)?;
    let turns = (0..ROUNDS)
        .map(|_| all.turn(length))
        .collect::<Result<Vec<_>, _>>()?;
    drop(all);
    let own = median(&turns.iter().map(|turn| turn.a_second).collect::<Vec<_>>());
    let old = median(&turns.iter().map(|turn| turn.p99_ms).collect::<Vec<_>>());
    let told = median(&turns.iter().map(|turn| turn.told).collect::<Vec<_>>());
    let mut rows = vec![
        Row::new(
            &format!("{VIEWERS} viewers, 50000 moves/s, ours"),
            format!(
                "{:.1} M updates a core-second ({:.1} M told a second)",
                own / 1e6,
                told / 1e6
            ),
            "≥ 8 M",
            own >= LEAST_A_SECOND,
        ),
        Row::new(
            &format!("{VIEWERS} viewers, 50000 moves/s, ours, age"),
            format!("p99 {old:.0} ms from the writer to the client"),
            "≤ 75 ms",
            old <= OLDEST_MS,
        ),
    ];
    let mut ours = Side::start("ours", VIEWERS)?;
    let mut sides = Vec::new();
    for name in PEERS {
        let side = Side::start(name, VIEWERS).map_err(|why| format!("{name}: {why}"))?;
        sides.push((name, side, Vec::new(), Vec::new()));
    }
    for _ in 0..ROUNDS {
        let own = ours.turn(length)?;
        for (name, side, rates, ages) in &mut sides {
            let turn = side.turn(length).map_err(|why| format!("{name}: {why}"))?;
            rates.push((own.a_second, turn.a_second));
            ages.push(turn.p99_ms);
        }
    }
    for (name, _, rates, ages) in &sides {
        let times: Vec<f64> = rates.iter().map(|(own, peer)| own / peer).collect();
        let peer: Vec<f64> = rates.iter().map(|(_, peer)| *peer).collect();
        let times = median(&times);
        rows.push(Row::new(
            &format!("{VIEWERS} viewers, 50000 moves/s, {name}"),
            format!(
                "{:.1} M updates a core-second, ours {times:.1} ×; p99 {:.0} ms",
                median(&peer) / 1e6,
                median(ages)
            ),
            &format!("≥ {LEAST_TIMES} ×"),
            times >= LEAST_TIMES,
        ));
    }
    Ok(rows)
}

struct Side {
    server: Server,
    clients: Clients,
}

struct Turn {
    a_second: f64,
    told: f64,
    p99_ms: f64,
}

impl Side {
    fn start(name: &str, count: usize) -> Result<Self, String> {
        let server = start(name, Work::Moves)?;
        let port = server.port.to_string();
        let clients = Clients::start(&["moves", name, &port, &count.to_string()])?;
        let mut side = Self { server, clients };
        // Everybody has the picture before anybody is measured.
        side.server.order("go")?;
        std::thread::sleep(std::time::Duration::from_millis(1_500));
        side.server.order("stop")?;
        side.clients.settle()?;
        Ok(side)
    }

    fn turn(&mut self, length: Length) -> Result<Turn, String> {
        let during = length.of_a_turn();
        self.clients.ask("begin")?;
        let spent = self.server.cpu_us()?;
        self.server.order("go")?;
        std::thread::sleep(during);
        self.server.order("stop")?;
        let counted = self.clients.settle()?;
        let spent = (self.server.cpu_us()? - spent) / 1e6;
        match counted[..] {
            [updates, p99_ms] if updates > 0.0 => Ok(Turn {
                a_second: updates / spent,
                told: updates / during.as_secs_f64(),
                p99_ms,
            }),
            ref other => Err(format!("the clients counted {other:?}")),
        }
    }
}

/// The bytes of a message, and what was counted from them.
type Known = (Vec<u8>, Vec<(u64, u64)>);

/// Counts by age; every message that says the same bytes as one before it is the same.
struct Tally {
    known: VecDeque<Known>,
    ages: Vec<u64>,
    wrong: Option<String>,
}

impl Tally {
    fn new() -> Self {
        Self {
            known: VecDeque::new(),
            ages: vec![0; AGES],
            wrong: None,
        }
    }

    /// Counts a message; `read` says of what is new how many things were heard at which millisecond.
    fn take(&mut self, body: &[u8], read: impl FnOnce(&[u8]) -> Result<Vec<(u64, u64)>, String>) {
        let now = fleet::now_us() / 1_000;
        if !self.known.iter().any(|(known, _)| known == body) {
            match read(body) {
                Ok(heard) => self.known.push_front((body.to_vec(), heard)),
                Err(why) => return self.wrong = self.wrong.take().or(Some(why)),
            }
            self.known.truncate(8);
        }
        let same = self.known.iter().find(|(known, _)| known == body);
        for (heard, count) in same.map(|(_, heard)| heard).into_iter().flatten() {
            let age = now.saturating_sub(*heard) as usize;
            self.ages[age.min(AGES - 1)] += count;
        }
    }

    fn said(&mut self, question: &str) -> String {
        if question == "begin" {
            self.ages.fill(0);
        }
        let all: u64 = self.ages.iter().sum();
        let mut below = 0;
        let p99 = self.ages.iter().position(|count| {
            below += count;
            below * 100 >= all * 99
        });
        self.wrong
            .take()
            .unwrap_or_else(|| format!("{all} {}", p99.unwrap_or(AGES)))
    }
}

/// Our pages. All look at the whole city and are told the same bytes; one of them is read in full and held against the fleet.
pub struct Pages {
    tally: Tally,
    /// Up to where each was told.
    at: Vec<u64>,
    units: HashMap<u32, (u32, [i64; 2])>,
    read_up_to: u64,
    is_whole: bool,
}

impl Pages {
    pub fn of(count: usize) -> Self {
        Self {
            tally: Tally::new(),
            at: vec![0; count],
            units: HashMap::new(),
            read_up_to: 0,
            is_whole: false,
        }
    }
}

impl Listening for Pages {
    fn hears(&mut self, line: usize, body: &[u8]) {
        let frame = Frame::read(body);
        match &frame {
            Ok(Frame::Part(head, records)) => {
                self.at[line] = head.position;
                if line == 0 {
                    self.apply(records);
                    self.read_up_to = head.position;
                    self.is_whole = head.whole;
                }
            }
            Ok(Frame::Delta(head, records)) => {
                if head.from != self.at[line] && self.at[line] != 0 {
                    self.tally.wrong = Some(format!(
                        "client {line} was told of {} from {}",
                        self.at[line], head.from
                    ));
                }
                self.at[line] = head.from + head.ahead;
                if line == 0 {
                    self.apply(records);
                    self.read_up_to = self.at[0];
                }
                let now = head.now.millis() as u64;
                self.tally.take(body, |_| heard_at(records, now));
            }
            _ => self.tally.wrong = Some(format!("client {line} was told {frame:?}")),
        }
    }

    fn beats(&mut self, _: &mut Lines) -> Result<(), String> {
        Ok(())
    }

    fn answers(&mut self, question: &str) -> String {
        if question == "begin" && self.at.iter().any(|at| *at != self.read_up_to) {
            self.tally.wrong = Some("not everybody was told of the last block".into());
        }
        if self.is_whole {
            let known: HashMap<u32, [i64; 2]> = self.units.values().copied().collect();
            let is_lost =
                |unit: &u32| known.get(unit) != Some(&fleet::place(*unit, self.read_up_to));
            if let Some(unit) = (0..UNITS).find(is_lost) {
                self.tally.wrong = Some(format!("unit {unit} is elsewhere"));
            }
        }
        self.tally.said(question)
    }
}

impl Pages {
    fn apply(&mut self, records: &[u8]) {
        for record in Records::of(records) {
            match record {
                Record::Whole(number, Whole::Unit(unit)) => {
                    let place = [
                        i64::from(unit.position.lon_e6()),
                        i64::from(unit.position.lat_e6()),
                    ];
                    let name = fleet::number_of(unit.id.as_str()).unwrap_or(u32::MAX);
                    self.units.insert(number, (name, place));
                }
                Record::Moved(number, moved) => {
                    let [east, north] = moved.by_e6();
                    if let Some((_, [lon, lat])) = self.units.get_mut(&number) {
                        *lon += i64::from(east);
                        *lat += i64::from(north);
                    }
                }
                _ => {}
            }
        }
    }
}

/// How many moves were heard at which millisecond.
fn heard_at(records: &[u8], now: u64) -> Result<Vec<(u64, u64)>, String> {
    let mut heard: HashMap<u64, u64> = HashMap::new();
    let mut all = Records::of(records);
    for record in &mut all {
        let ago = match &record {
            Record::Moved(_, moved) => moved.heard_ago_ms(),
            Record::Whole(_, Whole::Unit(unit)) => now as i64 - unit.heard_at.millis(),
            _ => continue,
        };
        *heard.entry(now.saturating_add_signed(-ago)).or_default() += 1;
    }
    match all.is_broken() {
        true => Err("a record cannot be read".into()),
        false => Ok(heard.into_iter().collect()),
    }
}

/// Clients of peers. One batch is read in full, those of the others must be the same bytes.
pub struct Batches {
    tally: Tally,
}

impl Batches {
    pub fn of(_: usize) -> Self {
        Self {
            tally: Tally::new(),
        }
    }
}

impl Listening for Batches {
    fn hears(&mut self, _: usize, body: &[u8]) {
        self.tally.take(body, |body| {
            let (beat, now, rows) = read_batch(body)?;
            for (unit, place) in &rows {
                if fleet::place(*unit, beat) != *place {
                    return Err(format!("unit {unit} is elsewhere at beat {beat}"));
                }
            }
            Ok(vec![(now, rows.len() as u64)])
        });
    }

    fn beats(&mut self, _: &mut Lines) -> Result<(), String> {
        Ok(())
    }

    fn answers(&mut self, question: &str) -> String {
        self.tally.said(question)
    }
}

type Batch = (u64, u64, Vec<(u32, [i64; 2])>);

/// A batch of a peer: its beat, when it was made, and which units are where.
pub fn read_batch(body: &[u8]) -> Result<Batch, String> {
    type Row = (u32, i64, i64, u16, u32, u32, u32);
    let wrong = |error: serde_json::Error| format!("a batch cannot be read: {error}");
    let (beat, now, rows): (u64, u64, Vec<Row>) = match body.starts_with(b"[\"m\"") {
        // socket.io sends a name and a text.
        true => {
            let (_, text): (String, String) = serde_json::from_slice(body).map_err(wrong)?;
            serde_json::from_str(&text).map_err(wrong)?
        }
        false => serde_json::from_slice(body).map_err(wrong)?,
    };
    let rows = rows.into_iter().map(|row| (row.0, [row.1, row.2]));
    Ok((beat, now, rows.collect()))
}
