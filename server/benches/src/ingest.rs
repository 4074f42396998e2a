//! Durable ingest: readings, 500 a POST, each answered only when the disk has it. Beside it rows of SQLite with the same two indexes,
//! PostgreSQL's COPY and Redis with an append file synced always. Afterwards all answer: is (source, id) known, the last 100 of X.
//! Everybody has the whole machine, whoever sends included.

mod peers;

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::door::{Door, Trouble};
use crate::machine;
use crate::measure::{Length, ROUNDS, median, times_ours};
use crate::report::Row;
use crate::running::{Folder, Gulou};

pub const BATCH: usize = 500;
/// Senders at once: whoever waits for the disk waits together.
pub const SENDERS: usize = 8;
const THINGS: u64 = 5_000;

/// One reading, made of its number, the same for everybody.
pub struct Sample {
    pub id: String,
    pub thing: String,
    pub time_ms: i64,
    pub value: f64,
}

pub const SOURCE: &str = "meters";

/// Each sender has things of its own, and each thing measures once a second.
pub fn sample(begun_ms: i64, sender: u64, number: u64) -> Sample {
    let thing = number % (THINGS / SENDERS as u64) * SENDERS as u64 + sender;
    Sample {
        id: format!("{sender}-{number}"),
        thing: format!("meter-{thing:05}"),
        time_ms: begun_ms + (number / (THINGS / SENDERS as u64)) as i64 * 1_000,
        value: (number.wrapping_mul(2_654_435_761) % 900) as f64 / 10.0,
    }
}

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    let (mut own, mut own_rates, mut own_acks, mut syncs) = (vec![], vec![], vec![], vec![]);
    let mut peers = peers::all()?;
    let mut costs = vec![Vec::new(); peers.len()];
    let mut rates = vec![Vec::new(); peers.len()];
    let folder = Folder::new("ingest")?;
    let ours = Ours::start(&folder)?;
    for round in 0..ROUNDS {
        syncs.push(sync_ms(&folder)?);
        let (turn, ack_p99_ms) = ours.turn(length.of_a_turn())?;
        own.push(turn.cpu_ns());
        own_rates.push(turn.rate());
        own_acks.push(ack_p99_ms / syncs[round]);
        for (index, peer) in peers.iter_mut().enumerate() {
            let turn = peer.turn(length.of_a_turn())?;
            costs[index].push(turn.cpu_ns());
            rates[index].push(turn.rate());
        }
    }
    ours.answers()?;
    let rate = median(&own_rates);
    let a_core = 1e9 / median(&own);
    rows.push(Row::new(
        "ours",
        format!(
            "{rate:.0} readings/s, {a_core:.0} a core-second; {:.0} MB",
            machine::memory_mb(ours.gulou.process(), "VmHWM")?
        ),
        "≥ 300,000/s",
        rate >= 300_000.0,
    ));
    let ack = median(&own_acks);
    rows.push(Row::new(
        "ack p99",
        format!("{ack:.1} × an fsync of {:.2} ms", median(&syncs)),
        "≤ 20 × the fsync of the same run",
        ack <= 20.0,
    ));
    for (index, peer) in peers.iter_mut().enumerate() {
        peer.answers()?;
        let by_rate = 1.0 / times_ours(&own_rates, &rates[index]);
        let by_cpu = times_ours(&own, &costs[index]);
        rows.push(Row::new(
            peer.name(),
            format!(
                "{:.0}/s, ours {by_rate:.1} × that; {by_cpu:.1} × our processor time; same answers",
                median(&rates[index])
            ),
            &format!("≥ {} ×", peer.least()),
            by_rate >= peer.least(),
        ));
    }
    drop(ours);
    rows.push(lost(length)?);
    Ok(rows)
}

/// What one side took in a turn.
pub struct Turn {
    pub taken: u64,
    pub seconds: f64,
    pub cpu_s: f64,
}

impl Turn {
    fn rate(&self) -> f64 {
        self.taken as f64 / self.seconds
    }

    fn cpu_ns(&self) -> f64 {
        self.cpu_s * 1e9 / self.taken.max(1) as f64
    }
}

/// The median of what it takes to have 16 kB on the disk.
fn sync_ms(folder: &Folder) -> Result<f64, String> {
    let wrong = |error: std::io::Error| error.to_string();
    let mut file = File::create(folder.path().join("sync")).map_err(wrong)?;
    let mut took = Vec::new();
    for _ in 0..50 {
        file.write_all(&[7; 16 * 1024]).map_err(wrong)?;
        let begun = Instant::now();
        file.sync_data().map_err(wrong)?;
        took.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(median(&took))
}

/// Bodies are made before the clock runs: what is measured is the server, not who feeds it.
pub fn body(begun_ms: i64, sender: u64, first: u64) -> Vec<u8> {
    let mut body = Vec::with_capacity(BATCH * 160);
    for number in first..first + BATCH as u64 {
        let one = sample(begun_ms, sender, number);
        let time = domain::time::Timestamp::from_millis(one.time_ms).to_rfc3339_utc();
        // Writing to memory cannot fail.
        let _ = writeln!(
            body,
            "{{\"source\":\"{SOURCE}\",\"id\":\"{}\",\"kind\":\"reading\",\"time\":\"{time}\",\"thing\":\"{}\",\
             \"property\":\"level\",\"value\":{:.1},\"unit\":\"m\"}}",
            one.id, one.thing, one.value
        );
    }
    body
}

struct Ours {
    gulou: Gulou,
    writes: String,
    reads: String,
    begun_ms: i64,
    /// Of each sender the first number not sent yet.
    next: Vec<AtomicU64>,
}

impl Ours {
    fn start(folder: &Folder) -> Result<Self, String> {
        let gulou = Gulou::start(&folder.path().join("data"), "0-1")?;
        gulou.ready()?;
        Ok(Self {
            writes: gulou.key(false)?,
            reads: gulou.key(true)?,
            gulou,
            begun_ms: begun_ms(),
            next: (0..SENDERS).map(|_| AtomicU64::new(0)).collect(),
        })
    }

    /// A turn, and how long 99 of 100 answers took at most, in milliseconds.
    fn turn(&self, during: Duration) -> Result<(Turn, f64), String> {
        let stop = AtomicBool::new(false);
        let spent = machine::spent_s(self.gulou.process())?;
        let begun = Instant::now();
        let sent = std::thread::scope(|threads| {
            let senders: Vec<_> = (0..SENDERS)
                .map(|sender| {
                    let stop = &stop;
                    threads.spawn(move || self.send(sender, stop))
                })
                .collect();
            std::thread::sleep(during);
            stop.store(true, Ordering::Relaxed);
            let mut sent: Vec<(u64, Vec<f64>)> = Vec::new();
            for sender in senders {
                sent.push(sender.join().map_err(|_| "a sender ended badly")??);
            }
            Ok::<_, String>(sent)
        })?;
        let seconds = begun.elapsed().as_secs_f64();
        let mut acks: Vec<f64> = sent.iter().flat_map(|(_, acks)| acks.clone()).collect();
        acks.sort_by(f64::total_cmp);
        let place = (acks.len() as f64 * 0.99) as usize;
        let turn = Turn {
            taken: sent.iter().map(|(taken, _)| taken).sum(),
            seconds,
            cpu_s: machine::spent_s(self.gulou.process())? - spent,
        };
        Ok((turn, acks.get(place).copied().unwrap_or(f64::NAN)))
    }

    /// Until told to stop; how many were taken, and how long each answer took.
    fn send(&self, sender: usize, stop: &AtomicBool) -> Result<(u64, Vec<f64>), String> {
        let mut door = Door::open(self.gulou.address, &self.writes)?;
        let (mut taken, mut acks) = (0, Vec::new());
        while !stop.load(Ordering::Relaxed) {
            let first = self.next[sender].load(Ordering::Relaxed);
            let body = body(self.begun_ms, sender as u64, first);
            let begun = Instant::now();
            match door.post(&body) {
                // After a kill one batch may have been taken without an answer: sent again it is known.
                Ok(receipt) if (receipt.accepted + receipt.duplicates) as usize == BATCH => {
                    taken += receipt.accepted;
                    acks.push(begun.elapsed().as_secs_f64() * 1_000.0);
                    self.next[sender].fetch_add(BATCH as u64, Ordering::Relaxed);
                }
                Ok(receipt) => return Err(format!("of {BATCH} were taken {receipt:?}")),
                Err(Trouble::Busy) => std::thread::sleep(Duration::from_millis(5)),
                Err(trouble) => return Err(trouble.into()),
            }
        }
        Ok((taken, acks))
    }

    /// Every tenth batch again is a duplicate to the last; the last hundred of a thing are those that were sent.
    fn answers(&self) -> Result<(), String> {
        known(
            self.gulou.address,
            &self.writes,
            self.begun_ms,
            &self.next,
            10,
        )?;
        let sent = self.next[3].load(Ordering::Relaxed);
        let thing = sample(self.begun_ms, 3, 0).thing;
        let mut own: Vec<(i64, f64)> = (0..sent)
            .step_by(THINGS as usize / SENDERS)
            .map(|number| sample(self.begun_ms, 3, number))
            .filter(|one| one.thing == thing)
            .map(|one| (one.time_ms, one.value))
            .collect();
        own.drain(..own.len().saturating_sub(100));
        let since = own.first().map_or(0, |(at, _)| *at);
        let path = format!(
            "/api/v1/sensors/{thing}/readings?property=level&since={}&until={}",
            domain::time::Timestamp::from_millis(since).to_rfc3339_utc(),
            crate::traffic::now().to_rfc3339_utc(),
        );
        let answer = self.gulou.read(&path, &self.reads)?;
        let found = points(&answer)?;
        match found == own {
            true => Ok(()),
            false => Err(format!(
                "the last readings of {thing}: {} sent, {} found: {}",
                own.len(),
                found.len(),
                answer.to_string().chars().take(300).collect::<String>()
            )),
        }
    }
}

fn points(answer: &serde_json::Value) -> Result<Vec<(i64, f64)>, String> {
    let readings = answer["readings"].as_array().ok_or_else(|| {
        let said: String = answer.to_string().chars().take(300).collect();
        format!("no readings in {said}")
    })?;
    readings
        .iter()
        .map(|one| {
            let time = one[0].as_str().unwrap_or_default();
            let time = domain::time::Timestamp::parse_rfc3339(time)
                .map_err(|error| format!("{time}: {error}"))?;
            Ok((time.millis(), one[1].as_f64().unwrap_or(f64::NAN)))
        })
        .collect()
}

/// All of what was acknowledged is known when it is sent again; one batch in so many is asked for.
fn known(
    to: std::net::SocketAddr,
    key: &str,
    begun_ms: i64,
    next: &[AtomicU64],
    one_in: u64,
) -> Result<u64, String> {
    let mut door = Door::open(to, key)?;
    let mut missing = 0;
    for (sender, next) in (0..).zip(next) {
        let sent = next.load(Ordering::Relaxed);
        for first in (0..sent).step_by(BATCH * one_in as usize) {
            let receipt = loop {
                match door.post(&body(begun_ms, sender, first)) {
                    Err(Trouble::Busy) => std::thread::sleep(Duration::from_millis(5)),
                    answer => break answer?,
                }
            };
            missing += BATCH as u64 - receipt.duplicates;
        }
    }
    Ok(missing)
}

/// Kept well behind the present, so that nothing is ahead of the clock however fast it is sent.
pub fn begun_ms() -> i64 {
    let now = crate::traffic::now().millis();
    now - now % 3_600_000 - 20 * 3_600_000
}

/// Killed in the middle of it, three times: every reading that was acknowledged is there afterwards.
fn lost(length: Length) -> Result<Row, String> {
    let folder = Folder::new("lost")?;
    let mut ours = Ours::start(&folder)?;
    let (mut acknowledged, mut missing) = (0, 0);
    for _ in 0..3 {
        let stop = Arc::new(AtomicBool::new(false));
        let during = length.of_a_turn();
        let killed = std::thread::scope(|threads| {
            let ours = &ours;
            let senders: Vec<_> = (0..SENDERS)
                .map(|sender| {
                    let stop = stop.clone();
                    threads.spawn(move || ours.send(sender, &stop))
                })
                .collect();
            std::thread::sleep(during);
            let killed = machine::kill(ours.gulou.process());
            std::thread::sleep(Duration::from_millis(100));
            stop.store(true, Ordering::Relaxed);
            for sender in senders {
                // Their lines broke; what was answered before is counted in `next`.
                let _broken = sender.join();
            }
            killed
        });
        killed?;
        ours.gulou = Gulou::start(&folder.path().join("data"), "0-1")?;
        ours.gulou.ready()?;
        acknowledged = ours
            .next
            .iter()
            .map(|next| next.load(Ordering::Relaxed))
            .sum();
        missing += known(
            ours.gulou.address,
            &ours.writes,
            ours.begun_ms,
            &ours.next,
            1,
        )?;
    }
    Ok(Row::new(
        "killed three times in the middle",
        format!("{missing} lost of {acknowledged} acknowledged"),
        "0 lost",
        missing == 0,
    ))
}
