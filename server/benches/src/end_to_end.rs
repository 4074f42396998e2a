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
/// Observations a second that the stack is asked to stand, one after the other.
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
    let all = found.accepted as f64 / (RATE as f64 * found.seconds);
    let box_percent = found.cores / cores() * 100.0;
    let mut rows = vec![
        Row::new(
            "p99 from send to a viewer's socket",
            format!(
                "{:.0} ms (p50 {:.0} ms, incidents p99 {:.0} ms) at {:.0}/s, {:.1} % accepted, {} of what was told wrong; the journal's commits p99 {:.0} ms",
                percentile(&found.heard.ages_ms, 0.99),
                percentile(&found.heard.ages_ms, 0.5),
                percentile(&found.heard.incident_ages_ms, 0.99),
                found.accepted as f64 / found.seconds,
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

/// The highest of some rates at which the stack, too, tells its viewers within 150 ms.
fn beside(stack: &Stack, length: Length, ours: &Found, agreed: usize) -> Result<Row, String> {
    let during = match length {
        Length::Quick => Duration::from_secs(5),
        Length::Full => Duration::from_secs(20),
    };
    let mut stood: Option<(usize, Found)> = None;
    let mut said = Vec::new();
    for rate in STACK_RATES {
        let found = stack.at(rate, during)?;
        let p99 = percentile(&found.heard.ages_ms, 0.99);
        let stands =
            p99 <= MOST_AGE_MS && found.accepted as f64 >= 0.97 * rate as f64 * found.seconds;
        said.push(format!("{rate}/s: {p99:.0} ms, {:.2} cores", found.cores));
        if !stands {
            break;
        }
        stood = Some((rate, found));
    }
    let own_rate = ours.accepted as f64 / ours.seconds;
    let (rate, cores) = stood
        .as_ref()
        .map_or((STACK_RATES[0] / 2, f64::NAN), |(rate, found)| {
            (*rate, found.cores)
        });
    let times = own_rate / rate as f64;
    let a_core = (own_rate / ours.cores) / (rate as f64 / cores);
    Ok(Row::new(
        "mosquitto + PostGIS + Redis + socket.io",
        format!(
            "{rate}/s within 150 ms ({}); ours {times:.1} × that rate, {a_core:.1} × for a second of processor; {agreed} units the same",
            said.join("; ")
        ),
        "≥ 30 ×",
        times >= 30.0,
    ))
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
