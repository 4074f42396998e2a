//! Everybody comes back at once: five thousand lines that broke, each with what it had seen. The floor is a loop that does
//! nothing but let in.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use domain::place::Bounds;
use domain::wire::live::{Frame, Known, Seen};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::held::{Clients, Listening, Server, listen};
use super::line::{Greeting, Lines, asked};
use super::speech::{Cut, frame};
use super::work::{Work, greeting, look, start};
use crate::measure::{Length, ROUNDS, median};
use crate::report::Row;

const CLIENTS: usize = 5_000;
/// Handshakes under way at once: no server's queue of the system is longer.
const AT_ONCE: usize = 100;
const LONGEST: Duration = Duration::from_secs(60);
const LEAST_OF_FLOOR: f64 = 0.7;
const MOST_KB: f64 = 20.0;
const PEERS: [&str; 3] = ["bun", "ws", "socket.io"];

pub fn run(_: Length) -> Result<Vec<Row>, String> {
    let mut ours = Side::start("ours").map_err(|why| format!("ours: {why}"))?;
    let mut floor = Side::start("floor").map_err(|why| format!("the floor: {why}"))?;
    let mut peers = Vec::new();
    for name in PEERS {
        let side = Side::start(name).map_err(|why| format!("{name}: {why}"))?;
        peers.push((name, side, Vec::new()));
    }
    let mut own = Vec::new();
    for _ in 0..ROUNDS {
        let (us, bare) = (ours.storm()?, floor.storm()?);
        for (name, side, costs) in &mut peers {
            let peer = side.storm().map_err(|why| format!("{name}: {why}"))?;
            costs.push((us.cost_us, peer.cost_us));
        }
        own.push((us, bare));
    }
    let of = |what: fn(&(Storm, Storm)) -> f64| median(&own.iter().map(what).collect::<Vec<_>>());
    let share = of(|(us, bare)| bare.cost_us / us.cost_us);
    let each_kb = ours.each_kb;
    let mut rows = vec![
        Row::new(
            &format!("{CLIENTS} come back, ours"),
            format!(
                "{:.0} µs each, {share:.2} of the rate of an accept loop at {:.0}; all told within {:.1} s",
                of(|(us, _)| us.cost_us),
                of(|(_, bare)| bare.cost_us),
                of(|(us, _)| us.took_s)
            ),
            "≥ 0.7",
            share >= LEAST_OF_FLOOR,
        ),
        Row::new(
            "memory of a line, ours",
            format!("{each_kb:.1} kB"),
            "≤ 20 kB",
            each_kb <= MOST_KB,
        ),
    ];
    for (name, side, costs) in &peers {
        let times: Vec<f64> = costs.iter().map(|(own, peer)| peer / own).collect();
        let peer: Vec<f64> = costs.iter().map(|(_, peer)| *peer).collect();
        rows.push(Row::new(
            &format!("{CLIENTS} come back, {name}"),
            format!(
                "{:.0} µs each, {:.2} × ours; {:.1} kB a line",
                median(&peer),
                median(&times),
                side.each_kb
            ),
            "shown",
            true,
        ));
    }
    Ok(rows)
}

struct Side {
    server: Server,
    clients: Clients,
    each_kb: f64,
}

struct Storm {
    cost_us: f64,
    took_s: f64,
}

impl Side {
    fn start(name: &str) -> Result<Self, String> {
        let server = start(name, Work::Storm)?;
        let port = server.port.to_string();
        let clients = Clients::start(&["storm", name, &port, &CLIENTS.to_string()])?;
        let mut side = Self {
            server,
            clients,
            each_kb: 0.0,
        };
        let before = side.server.memory_bytes()?;
        side.clients.ask("come")?;
        side.each_kb = (side.server.memory_bytes()? - before) / CLIENTS as f64 / 1_024.0;
        Ok(side)
    }

    /// All lines break, something happens, and all come back.
    fn storm(&mut self) -> Result<Storm, String> {
        self.clients.ask("leave")?;
        self.server.order("go")?;
        std::thread::sleep(Duration::from_millis(300));
        self.server.order("stop")?;
        std::thread::sleep(Duration::from_millis(500));
        let spent = self.server.cpu_us()?;
        let told = self.clients.ask("come")?;
        let spent = self.server.cpu_us()? - spent;
        match told[..] {
            [took_s] => Ok(Storm {
                cost_us: spent / CLIENTS as f64,
                took_s,
            }),
            _ => Err("nobody knows how long it took".into()),
        }
    }
}

pub fn hold(name: &str, to: SocketAddr, count: usize) -> Result<(), String> {
    let mut crowd = Returning {
        greeting: greeting(name, Work::Storm),
        looks: name == "ours",
        to,
        seen: vec![None; count],
        lines: Vec::new(),
    };
    listen(&mut Lines::none()?, &mut crowd)
}

struct Returning {
    greeting: Greeting,
    /// Whether a client says what it has seen.
    looks: bool,
    to: SocketAddr,
    seen: Vec<Option<Seen>>,
    lines: Vec<Coming>,
}

/// A line on its way in.
struct Coming {
    stream: TcpStream,
    came: Vec<u8>,
    asked: bool,
    open: bool,
    told: bool,
}

impl Listening for Returning {
    fn hears(&mut self, _: usize, _: &[u8]) {}

    fn beats(&mut self, _: &mut Lines) -> Result<(), String> {
        Ok(())
    }

    fn answers(&mut self, question: &str) -> String {
        self.lines.clear();
        match question {
            "come" => self.come().map_or_else(|why| why, |took| took.to_string()),
            _ => "0".to_owned(),
        }
    }
}

impl Returning {
    /// Everybody comes and is told something; how many seconds it took.
    fn come(&mut self) -> Result<f64, String> {
        let wrong = |error: std::io::Error| format!("a client could not come: {error}");
        let begun = Instant::now();
        let mut poll = Poll::new().map_err(wrong)?;
        let mut events = Events::with_capacity(1_024);
        let mut told = 0;
        while told < self.seen.len() {
            if begun.elapsed() > LONGEST {
                return Err(format!("only {told} were told within a minute"));
            }
            while self.lines.len() < self.seen.len() && self.lines.len() - told < AT_ONCE {
                let mut stream = TcpStream::connect(self.to).map_err(wrong)?;
                let both = Interest::READABLE | Interest::WRITABLE;
                poll.registry()
                    .register(&mut stream, Token(self.lines.len()), both)
                    .map_err(wrong)?;
                self.lines.push(Coming {
                    stream,
                    came: Vec::new(),
                    asked: false,
                    open: false,
                    told: false,
                });
            }
            poll.poll(&mut events, Some(Duration::from_millis(100)))
                .map_err(wrong)?;
            for event in &events {
                told += usize::from(self.goes_on(event.token().0)?);
            }
        }
        Ok(begun.elapsed().as_secs_f64())
    }

    /// True when it has been told something for the first time.
    fn goes_on(&mut self, index: usize) -> Result<bool, String> {
        let wrong = |error: std::io::Error| format!("a client could not come: {error}");
        let line = &mut self.lines[index];
        if line.told {
            return Ok(false);
        }
        if !line.asked {
            let request = asked(self.to, &self.greeting);
            match line.stream.write(&request) {
                Ok(_) => line.asked = true,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::NotConnected => return Ok(false),
                Err(error) => return Err(wrong(error)),
            }
        }
        let mut buffer = [0; 16 * 1024];
        loop {
            match line.stream.read(&mut buffer) {
                Ok(0) => return Err("a client was turned away".into()),
                Ok(count) => line.came.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(wrong(error)),
            }
        }
        if !line.open {
            let Some(end) = line.came.windows(4).position(|part| part == b"\r\n\r\n") else {
                return Ok(false);
            };
            if !line.came.starts_with(b"HTTP/1.1 101") {
                return Err("a client was turned away".into());
            }
            line.came.drain(..end + 4);
            line.open = true;
            if self.looks {
                let known = self.seen[index].map_or(Known::Nothing, Known::Before);
                let look = frame(2, &look(Bounds::WORLD.degrees(), known));
                line.stream.write_all(&look).map_err(wrong)?;
            }
        }
        loop {
            match self.greeting.speech.cut(&line.came) {
                Cut::Partly => return Ok(false),
                Cut::Other(end) => drop(line.came.drain(..end)),
                Cut::Answer(answer, end) => {
                    line.came.drain(..end);
                    line.stream.write_all(&answer).map_err(wrong)?;
                }
                Cut::Message(body, _) => {
                    line.told = true;
                    if self.looks {
                        remember(&mut self.seen[index], &line.came[body])?;
                    }
                    return Ok(true);
                }
            }
        }
    }
}

/// What a client has seen, from what it is told; whoever comes back must be told what he missed, and nothing else.
fn remember(seen: &mut Option<Seen>, body: &[u8]) -> Result<(), String> {
    match (Frame::read(body), seen) {
        (Ok(Frame::Part(head, _)), seen @ None) => {
            *seen = Some(Seen {
                visit: head.visit,
                position: head.position,
                cover: head.cover,
            });
            Ok(())
        }
        (Ok(Frame::Delta(head, _)), Some(seen)) if head.from == seen.position => {
            seen.position += head.ahead;
            Ok(())
        }
        (other, seen) => Err(format!("who had seen {seen:?} was told {other:?}")),
    }
}
