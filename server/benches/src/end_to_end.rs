//! From a feed's POST to the sockets of 500 viewers: the real program under the load of a large city, durable all the way. How old
//! what a viewer sees is, what it costs; and how far the stack gets that a user would assemble for the same. Both have the whole machine,
//! whoever sends and looks included.

mod stack;
mod viewers;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::place::Bounds;

use crate::door::{Door, Trouble};
use crate::machine;
use crate::measure::Length;
use crate::report::Row;
use crate::running::{Folder, Gulou};
use crate::traffic::{City, Gateway};

use stack::Stack;
use viewers::{Heard, Viewers};

const RATE: usize = 20_000;
const GATEWAYS: usize = 8;
/// Each gateway sends so many observations at a time.
const BATCH: usize = 100;
const UNITS: usize = 16_000;
const STATIONS: usize = 12_000;
const VIEWERS: usize = 500;
/// Somebody calls in one batch of so many: ten a second.
const CALL_EVERY: usize = 20;
/// Observations a second that each is asked to stand, one after the other, for as long as it does.
const OUR_RATES: [usize; 4] = [20_000, 40_000, 60_000, 80_000];
const STACK_RATES: [usize; 7] = [250, 500, 750, 1_000, 1_500, 2_500, 4_000];
const MOST_AGE_MS: f64 = 150.0;
/// Until all is known once and memory has found its size.
const WARM_UP: Duration = Duration::from_secs(5);

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let during = match length {
        Length::Quick => Duration::from_secs(10),
        Length::Full => Duration::from_secs(60),
    };
    let stack = Stack::assemble()?;
    let agreed = agreed(&stack)?;
    let found = ours(RATE, during)?;
    let all = found.rate() / RATE as f64;
    let box_percent = found.cores / cores() * 100.0;
    let mut rows = vec![
        Row::new(
            "p99 from send to a viewer's socket",
            format!(
                "{:.0} ms (p50 {:.0} ms, incidents p99 {:.0} ms) at {:.0}/s, {:.1} % accepted, {} of what was told wrong; the journal's commits p99 {:.0} ms",
                percentile(&found.heard.ages_ms, 0.99),
                percentile(&found.heard.ages_ms, 0.5),
                percentile(&found.heard.incident_ages_ms, 0.99),
                found.rate(),
                all * 100.0,
                found.heard.mistakes,
                found.commit_p99_ms,
            ),
            "≤ 150 ms",
            percentile(&found.heard.ages_ms, 0.99) <= MOST_AGE_MS
                && all >= 0.99
                && found.heard.mistakes == 0
                && !found.heard.ages_ms.is_empty(),
        ),
        Row::new(
            "processor",
            format!(
                "{:.2} of {} cores ({box_percent:.0} %), {:.1} M frames, {:.0} MB/s to viewers",
                found.cores,
                cores(),
                found.heard.frames as f64 / 1e6,
                found.heard.bytes as f64 / found.seconds / 1e6,
            ),
            "≤ 60 % of the box",
            box_percent <= 60.0,
        ),
        Row::new(
            "memory",
            format!("{:.0} MB", found.memory_mb),
            "≤ 200 MB",
            found.memory_mb <= 200.0,
        ),
    ];
    rows.push(beside(&stack, length, &found, agreed)?);
    Ok(rows)
}

/// Both take a sample and give the same answers.
fn agreed(stack: &Stack) -> Result<usize, String> {
    let folder = Folder::new("sample")?;
    let gulou = Gulou::start(&folder.path().join("data"), "0-1")?;
    gulou.ready()?;
    stack.agrees_with(&gulou, &gulou.key(false)?, &gulou.key(true)?)
}

/// The highest rates at which ours and the stack tell their viewers within 150 ms.
fn beside(stack: &Stack, length: Length, usual: &Found, agreed: usize) -> Result<Row, String> {
    let during = match length {
        Length::Quick => Duration::from_secs(5),
        Length::Full => Duration::from_secs(20),
    };
    let own = climb(&OUR_RATES, |rate| ours(rate, during))?;
    let other = climb(&STACK_RATES, |rate| stack.at(rate, during))?;
    // A stack that stands none of them is held to stand half of the lowest.
    let (rate, each_core) = other
        .highest
        .as_ref()
        .map_or((STACK_RATES[0] as f64 / 2.0, f64::NAN), |found| {
            (found.rate(), found.rate_a_core())
        });
    let best = own.highest.as_ref().unwrap_or(usual);
    let times = best.rate() / rate;
    Ok(Row::new(
        "mosquitto + PostGIS + Redis + socket.io",
        format!(
            "{rate:.0}/s within 150 ms ({}); ours {:.0}/s ({}), {times:.1} × that rate, {:.1} × for a second of processor; {:.1} × at {RATE}/s; {agreed} units the same",
            other.said.join("; "),
            best.rate(),
            own.said.join("; "),
            best.rate_a_core() / each_core,
            usual.rate() / rate,
        ),
        "≥ 30 ×",
        times >= 30.0,
    ))
}

/// What was found on the way up some rates.
struct Climb {
    highest: Option<Found>,
    said: Vec<String>,
}

fn climb(
    rates: &[usize],
    mut at: impl FnMut(usize) -> Result<Found, String>,
) -> Result<Climb, String> {
    let mut climb = Climb {
        highest: None,
        said: Vec::new(),
    };
    for &rate in rates {
        let found = at(rate)?;
        let p99 = percentile(&found.heard.ages_ms, 0.99);
        let cores = found.cores;
        climb
            .said
            .push(format!("{rate}/s: {p99:.0} ms, {cores:.2} cores"));
        let right = found.heard.mistakes == 0 && !found.heard.ages_ms.is_empty();
        if !right || p99 > MOST_AGE_MS || found.rate() < 0.97 * rate as f64 {
            break;
        }
        climb.highest = Some(found);
    }
    Ok(climb)
}

fn cores() -> f64 {
    std::thread::available_parallelism().map_or(1, usize::from) as f64
}

struct Found {
    heard: Heard,
    accepted: u64,
    seconds: f64,
    /// Processors kept busy by the server.
    cores: f64,
    memory_mb: f64,
    /// What the journal waited for the disk, 99 times in 100; only ours.
    commit_p99_ms: f64,
}

impl Found {
    /// Observations accepted a second.
    fn rate(&self) -> f64 {
        self.accepted as f64 / self.seconds
    }

    fn rate_a_core(&self) -> f64 {
        self.rate() / self.cores
    }
}

fn ours(rate: usize, during: Duration) -> Result<Found, String> {
    let folder = Folder::new("end-to-end")?;
    let gulou = Gulou::start(&folder.path().join("data"), "0-1")?;
    gulou.ready()?;
    let (writes, reads) = (gulou.key(false)?, gulou.key(true)?);
    let city = Arc::new(City::of(UNITS, STATIONS)?);
    let bounds = Bounds::around(city.starts()).ok_or("a city without units")?;
    let boxes = viewers::boxes(bounds.degrees(), &city.starts(), VIEWERS);
    let viewers = Viewers::open(gulou.address, &reads, &boxes, city.sent.clone())?;
    let stop = AtomicBool::new(false);
    let from = Instant::now() + WARM_UP;
    let (heard, accepted, (seconds, cores, memory_mb)) = std::thread::scope(|threads| {
        let listening = threads.spawn(|| viewers.listen(from, &stop));
        let gateways: Vec<_> = (0..GATEWAYS)
            .map(|number| {
                let gateway = Gateway::new(&city, number, GATEWAYS);
                let door = Door::open(gulou.address, &writes);
                let stop = &stop;
                threads.spawn(move || send(door?, gateway, rate, from, stop))
            })
            .collect();
        std::thread::sleep(WARM_UP);
        let measured = measured(gulou.process(), during);
        stop.store(true, Ordering::Relaxed);
        let mut accepted = 0;
        for gateway in gateways {
            accepted += gateway.join().map_err(|_| "a gateway ended badly")??;
        }
        let heard = listening.join().map_err(|_| "the viewers ended badly")??;
        Ok::<_, String>((heard, accepted, measured?))
    })?;
    let commit_p99 = gulou.metric("gulou_commit_seconds{quantile=\"0.99\"}")?;
    Ok(Found {
        heard,
        accepted,
        seconds,
        cores,
        memory_mb,
        commit_p99_ms: commit_p99 * 1_000.0,
    })
}

/// How long it was, what the server used of the processors, and the most memory it had.
fn measured(process: u32, during: Duration) -> Result<(f64, f64, f64), String> {
    let (begun, spent) = (Instant::now(), machine::spent_s(process)?);
    std::thread::sleep(during);
    let seconds = begun.elapsed().as_secs_f64();
    let cores = (machine::spent_s(process)? - spent) / seconds;
    Ok((seconds, cores, machine::memory_mb(process, "VmHWM")?))
}

/// One gateway's part of the rate; how many observations were accepted from a moment on.
fn send(
    mut door: Door,
    mut gateway: Gateway,
    rate: usize,
    from: Instant,
    stop: &AtomicBool,
) -> Result<u64, String> {
    let every = Duration::from_secs_f64((BATCH * GATEWAYS) as f64 / rate as f64);
    let mut due = Instant::now() + every * gateway.number() as u32 / GATEWAYS as u32;
    let (mut accepted, mut turn) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let begun = Instant::now();
        let batch = gateway.batch(BATCH, (turn + gateway.number()).is_multiple_of(CALL_EVERY));
        match door.post(&batch.body) {
            Ok(taken) if taken.rejected > 0 => {
                return Err(format!("{} observations were rejected", taken.rejected));
            }
            Ok(taken) if begun >= from => accepted += taken.accepted,
            Ok(_) | Err(Trouble::Busy) => {}
            Err(trouble) => return Err(trouble.into()),
        }
        turn += 1;
        // What is late stays late only for so long: a feed does not send an hour's backlog at once.
        due = (due + every).max(Instant::now() - Duration::from_secs(1));
    }
    Ok(accepted)
}

fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() as f64 * share) as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}
