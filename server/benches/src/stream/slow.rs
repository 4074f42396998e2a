//! Five in a hundred read a thousand bytes a second while everybody is sent forty thousand: what it costs the others in time, and
//! the server in memory.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use domain::wire::live::Frame;

use super::fleet;
use super::held::{Clients, Listening, Server, listen};
use super::line::{Greeting, Lines, greet_slowly};
use super::work::{Work, greeting, start};
use crate::measure::{Length, ROUNDS, median};
use crate::report::Row;

const HEALTHY: usize = 950;
const SLOW: usize = 50;
const SLOW_BYTES: usize = 1_000;
/// Until the buffers of the system are full and what is left is the server's own.
const FILLS: Duration = Duration::from_secs(6);
const MOST_TIMES: f64 = 1.2;
const MOST_KB: f64 = 64.0;
const STEP_US: u64 = 100;
const STEPS: usize = 20_000;

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for name in ["ours", "ws", "socket.io"] {
        match of(name, length) {
            Ok(found) => rows.extend(found),
            Err(why) if name == "ours" => return Err(format!("{name}: {why}")),
            // A peer that does not keep up even with the healthy ones has no figure, and says so.
            Err(why) => rows.push(Row::new(
                &format!("{SLOW} of {} clients at 1 kB/s, {name}", HEALTHY + SLOW),
                format!("no figure: {why}"),
                "shown",
                true,
            )),
        }
    }
    Ok(rows)
}

fn of(name: &str, length: Length) -> Result<Vec<Row>, String> {
    let (mut with, mut without) = (Side::start(name)?, Side::start(name)?);
    // What a server remembers of what happened is the same on both sides.
    let beside = |with: &Side, without: &Side| -> Result<f64, String> {
        Ok(with.server.memory_bytes()? - without.server.memory_bytes()?)
    };
    let before = beside(&with, &without)?;
    with.clients.ask("slow")?;
    without.work(FILLS)?;
    with.work(FILLS)?;
    let each_kb = (beside(&with, &without)? - before) / SLOW as f64 / 1_024.0;
    let mut ages = Vec::new();
    for _ in 0..ROUNDS {
        let alone = without.during(length.of_a_turn())?;
        ages.push((alone, with.during(length.of_a_turn())?));
    }
    let times: Vec<f64> = ages.iter().map(|(alone, beside)| beside / alone).collect();
    let of =
        |what: fn(&(f64, f64)) -> f64| median(&ages.iter().map(what).collect::<Vec<_>>()) / 1e3;
    let times = median(&times);
    let ours = name == "ours";
    let goal = |goal: &str| {
        if ours {
            goal.to_owned()
        } else {
            "shown".to_owned()
        }
    };
    Ok(vec![
        Row::new(
            &format!("{SLOW} of {} clients at 1 kB/s, {name}", HEALTHY + SLOW),
            format!(
                "healthy p99 {:.1} ms, {times:.2} × the {:.1} without",
                of(|(_, beside)| *beside),
                of(|(alone, _)| *alone)
            ),
            &goal("≤ 1.2 ×"),
            !ours || times <= MOST_TIMES,
        ),
        Row::new(
            &format!("memory of a slow reader, {name}"),
            format!("{each_kb:.0} kB after {} s", FILLS.as_secs()),
            &goal("≤ 64 kB"),
            !ours || each_kb <= MOST_KB,
        ),
    ])
}

struct Side {
    server: Server,
    clients: Clients,
}

impl Side {
    fn start(name: &str) -> Result<Self, String> {
        let server = start(name, Work::Some)?;
        let (port, count) = (server.port.to_string(), HEALTHY.to_string());
        let clients = Clients::start(&["some", name, &port, &count, &SLOW.to_string()])?;
        let mut side = Self { server, clients };
        // Until programs are warm and everybody has had his first messages.
        side.work(Duration::from_secs(1))?;
        Ok(side)
    }

    /// The p99 of the ages of what healthy clients got, in microseconds.
    fn during(&mut self, during: Duration) -> Result<f64, String> {
        let ticks = during.as_millis() as f64 / 50.0;
        match self.work(during)?[..] {
            [least, p99] if least >= ticks * 0.2 => Ok(p99),
            ref other => Err(format!("of {ticks} messages the clients got {other:?}")),
        }
    }

    /// How many messages each client got at least, and the p99 of their ages.
    fn work(&mut self, during: Duration) -> Result<Vec<f64>, String> {
        self.clients.ask("begin")?;
        self.server.order("go")?;
        std::thread::sleep(during);
        self.server.order("stop")?;
        std::thread::sleep(Duration::from_millis(300));
        self.clients.ask("how many")
    }
}

/// Clients of which some, once they are asked for, read so slowly.
struct Readers {
    name: String,
    to: SocketAddr,
    slow_count: usize,
    slow: Vec<TcpStream>,
    read: Instant,
    got: Vec<u64>,
    ages: Vec<u64>,
    wrong: Option<String>,
}

pub fn hold(lines: &mut Lines, name: &str, slow: usize, to: SocketAddr) -> Result<(), String> {
    let mut readers = Readers {
        name: name.to_owned(),
        to,
        slow_count: slow,
        slow: Vec::new(),
        read: Instant::now(),
        got: vec![0; lines.lines.len()],
        ages: vec![0; STEPS],
        wrong: None,
    };
    listen(lines, &mut readers)
}

impl Readers {
    fn open_slow(&mut self) -> Result<(), String> {
        let wrong = |error: std::io::Error| format!("a slow client could not come: {error}");
        let greeting: Greeting = greeting(&self.name, Work::Some);
        for _ in 0..self.slow_count {
            let stream = greet_slowly(self.to, &greeting).map_err(wrong)?;
            stream.set_nonblocking(true).map_err(wrong)?;
            self.slow.push(stream);
        }
        Ok(())
    }
}

/// When a message was made, in microseconds.
fn made_at(body: &[u8]) -> Option<u64> {
    match Frame::read(body) {
        Ok(Frame::Delta(head, _)) => Some(head.from + head.ahead),
        Ok(_) => None,
        Err(_) => {
            let digits = body.iter().skip_while(|byte| !byte.is_ascii_digit());
            let digits = digits.take_while(|byte| byte.is_ascii_digit());
            Some(digits.fold(0, |sum, digit| sum * 10 + u64::from(digit & 0x0f)))
        }
    }
}

impl Listening for Readers {
    fn hears(&mut self, line: usize, body: &[u8]) {
        if let Some(made) = made_at(body) {
            let age = fleet::now_us().saturating_sub(made) / STEP_US;
            self.ages[(age as usize).min(STEPS - 1)] += 1;
            self.got[line] += 1;
        }
    }

    fn beats(&mut self, _: &mut Lines) -> Result<(), String> {
        if self.read.elapsed() >= Duration::from_secs(1) {
            self.read = Instant::now();
            for stream in &mut self.slow {
                // There may be nothing yet.
                let _some = stream.read(&mut [0; SLOW_BYTES]);
            }
        }
        Ok(())
    }

    fn answers(&mut self, question: &str) -> String {
        if question == "slow"
            && let Err(why) = self.open_slow()
        {
            self.wrong = Some(why);
        }
        let all: u64 = self.ages.iter().sum();
        let mut below = 0;
        let p99 = self.ages.iter().position(|count| {
            below += count;
            below * 100 >= all * 99
        });
        let least = self.got.iter().min().copied().unwrap_or(0);
        let p99 = p99.unwrap_or(STEPS) as u64 * STEP_US;
        self.ages.fill(0);
        self.got.fill(0);
        let said = format!("{least} {p99}");
        self.wrong.take().unwrap_or(said)
    }
}
