//! The same bytes to everybody twenty times a second: what one message to one client costs a server's processor. Ours sends what
//! the live map sends, a few moved units; the floor is a loop that does nothing but send.

use std::time::Duration;

use super::held::{Clients, Listening, Server};
use super::line::Lines;
use super::work::{Work, start};
use crate::measure::{Length, ROUNDS, median, times_ours};
use crate::report::Row;

const TRIES: usize = 4;
const CLIENTS: [usize; 2] = [1_000, 5_000];
/// How many times as much as ours each must need.
const PEERS: [(&str, f64); 5] = [
    ("bun", 1.0),
    ("ws", 1.25),
    ("socket.io", 1.25),
    ("nats", 1.0),
    ("nchan", 1.0),
];

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for clients in CLIENTS {
        rows.extend(with(length, clients)?);
    }
    Ok(rows)
}

fn with(length: Length, clients: usize) -> Result<Vec<Row>, String> {
    let mut ours = Side::start("ours", Work::Same(0), clients)?;
    // What ours sends decides how long everybody's messages are.
    let bytes = ours.message_bytes()?;
    let mut floor = Side::start("floor", Work::Same(bytes), clients)?;
    let mut peers = Vec::new();
    for (name, least) in PEERS {
        let side = Side::start(name, Work::Same(bytes), clients);
        peers.push((name, least, side.map_err(|why| format!("{name}: {why}"))?));
    }
    let (mut own_costs, mut floor_costs) = (Vec::new(), Vec::new());
    let mut peer_costs = vec![Vec::new(); peers.len()];
    for _ in 0..ROUNDS {
        own_costs.push(ours.cost(length).map_err(|why| format!("ours: {why}"))?);
        floor_costs.push(
            floor
                .cost(length)
                .map_err(|why| format!("the floor: {why}"))?,
        );
        for ((name, _, peer), costs) in peers.iter_mut().zip(&mut peer_costs) {
            costs.push(peer.cost(length).map_err(|why| format!("{name}: {why}"))?);
        }
    }
    let own = median(&own_costs);
    let over_floor = 1.0 / times_ours(&own_costs, &floor_costs);
    let mut rows = vec![Row::new(
        &format!("{clients} clients, {bytes} B, ours"),
        format!(
            "{own:.2} µs a message, {over_floor:.2} × the floor of {:.2}",
            median(&floor_costs)
        ),
        "≤ 1.12 × the floor",
        over_floor <= 1.12,
    )];
    for ((name, least, _), costs) in peers.iter().zip(&peer_costs) {
        let times = times_ours(&own_costs, costs);
        rows.push(Row::new(
            &format!("{clients} clients, {bytes} B, {name}"),
            format!("{:.2} µs a message, {times:.2} × ours", median(costs)),
            &format!("≥ {least} ×"),
            times >= *least,
        ));
    }
    Ok(rows)
}

/// A server and those who listen to it.
struct Side {
    server: Server,
    clients: Clients,
}

impl Side {
    fn start(name: &str, work: Work, count: usize) -> Result<Self, String> {
        let server = start(name, work)?;
        let clients =
            Clients::start(&["same", name, &server.port.to_string(), &count.to_string()])?;
        Ok(Self { server, clients })
    }

    /// Sends for a while; messages, bytes, and the processor's microseconds for them.
    fn turn(&mut self, during: Duration) -> Result<(f64, f64, f64), String> {
        self.clients.ask("begin")?;
        let spent = self.server.cpu_us()?;
        self.server.order("go")?;
        std::thread::sleep(during);
        self.server.order("stop")?;
        let counted = self.clients.settle()?;
        let spent = self.server.cpu_us()? - spent;
        match counted[..] {
            // Who was too slow for a tick is told of two at once by ours, and so got fewer.
            [messages, bytes, least, most] if least > 0.0 && least >= most * 0.5 => {
                Ok((messages, bytes, spent))
            }
            ref other => Err(format!(
                "messages, bytes, the least and the most of a client: {other:?}"
            )),
        }
    }

    /// Where something else took the machine away, not everybody was sent the same: such a turn is no turn.
    fn cost(&mut self, length: Length) -> Result<f64, String> {
        let mut failed = String::new();
        for _ in 0..TRIES {
            match self.turn(length.of_a_turn()) {
                Ok((messages, _, spent)) => return Ok(spent / messages),
                Err(why) => failed = why,
            }
        }
        Err(failed)
    }

    fn message_bytes(&mut self) -> Result<usize, String> {
        // At first everything is new, and therefore longer.
        self.turn(Duration::from_millis(500))?;
        let (messages, bytes, _) = self.turn(Duration::from_millis(500))?;
        Ok((bytes / messages).round() as usize)
    }
}

/// Counts what each client is sent.
pub struct Counting {
    messages: Vec<u64>,
    bytes: u64,
}

impl Counting {
    pub fn of(count: usize) -> Self {
        Self {
            messages: vec![0; count],
            bytes: 0,
        }
    }
}

impl Listening for Counting {
    fn hears(&mut self, line: usize, body: &[u8]) {
        self.messages[line] += 1;
        self.bytes += body.len() as u64;
    }

    fn beats(&mut self, _: &mut Lines) -> Result<(), String> {
        Ok(())
    }

    fn answers(&mut self, question: &str) -> String {
        if question == "begin" {
            *self = Self::of(self.messages.len());
        }
        let messages: u64 = self.messages.iter().sum();
        let least = self.messages.iter().min().copied().unwrap_or(0);
        let most = self.messages.iter().max().copied().unwrap_or(0);
        format!("{messages} {} {least} {most}", self.bytes)
    }
}
