//! Views that move: each client looks at one to twenty hundredths of the city and moves five times a second, while 10,000 units
//! move once a second each. Peers divide the city into cells, each a topic or a room. What counts is the server's time for an
//! event that somebody can use: a unit told of inside the box that was asked for.

use std::time::Duration;

use super::held::{Clients, Listening, Server};
use super::work::{Work, start};
use crate::measure::{Length, ROUNDS, median};
use crate::report::Row;

use super::cells::Subscribers;
use super::views::Views;

const VIEWERS: usize = 1_000;
/// As many as every peer can carry on one processor, so that none is measured drowning.
const BESIDE_PEERS: usize = 200;
const PEERS: [(&str, f64); 3] = [("nats", 4.0), ("mosquitto", 4.0), ("socket.io", 4.0)];
const LATEST_MS: f64 = 50.0;

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let mut all = Side::start("ours", VIEWERS)?;
    let turns = (0..ROUNDS)
        .map(|_| all.turn(length))
        .collect::<Result<Vec<_>, _>>()?;
    drop(all);
    let of = |what: fn(&Turn) -> f64| median(&turns.iter().map(what).collect::<Vec<_>>());
    let (missed, stray) = turns.iter().fold((0.0, 0.0), |(missed, stray), turn| {
        (missed + turn.missed, stray + turn.stray)
    });
    let compared: f64 = turns.iter().map(|turn| turn.compared).sum();
    let late = of(|turn| turn.answered_p99_ms);
    let mut rows = vec![
        Row::new(
            &format!("{VIEWERS} viewers, 5 view moves/s, ours"),
            format!(
                "{missed} missed, {stray} stray in {compared} pictures; {:.2} µs a useful event, {:.0} % of a processor",
                of(|turn| turn.cost_us),
                of(|turn| turn.busy) * 100.0
            ),
            "0 missed, 0 stray",
            missed == 0.0 && stray == 0.0 && compared > 0.0,
        ),
        Row::new(
            &format!("{VIEWERS} viewers, answer to a moved view, ours"),
            format!("p99 {late:.0} ms"),
            "≤ 50 ms",
            late <= LATEST_MS,
        ),
    ];
    let mut ours = Side::start("ours", BESIDE_PEERS)?;
    let mut sides = Vec::new();
    for (name, least) in PEERS {
        let side = Side::start(name, BESIDE_PEERS).map_err(|why| format!("{name}: {why}"))?;
        sides.push((name, least, side, Vec::new()));
    }
    for _ in 0..ROUNDS {
        let own = ours.turn(length)?;
        for (name, _, side, costs) in &mut sides {
            let turn = side.turn(length).map_err(|why| format!("{name}: {why}"))?;
            costs.push((own.cost_us, turn.cost_us));
        }
    }
    for (name, least, _, costs) in &sides {
        let times: Vec<f64> = costs.iter().map(|(own, peer)| peer / own).collect();
        let peer: Vec<f64> = costs.iter().map(|(_, peer)| *peer).collect();
        let own: Vec<f64> = costs.iter().map(|(own, _)| *own).collect();
        rows.push(Row::new(
            &format!("{BESIDE_PEERS} viewers, 5 view moves/s, {name}"),
            format!(
                "{:.2} µs a useful event, {:.1} × ours of {:.2}",
                median(&peer),
                median(&times),
                median(&own)
            ),
            &format!("≥ {least} ×"),
            median(&times) >= *least,
        ));
    }
    Ok(rows)
}

struct Side {
    server: Server,
    clients: Clients,
}

struct Turn {
    cost_us: f64,
    busy: f64,
    answered_p99_ms: f64,
    compared: f64,
    missed: f64,
    stray: f64,
}

impl Side {
    fn start(name: &str, count: usize) -> Result<Self, String> {
        let server = start(name, Work::Cells)?;
        let port = server.port.to_string();
        let clients = Clients::start(&["cells", name, &port, &count.to_string()])?;
        let mut side = Self { server, clients };
        // Everybody has his first view before anybody is measured.
        side.during(Duration::from_millis(1_500))?;
        Ok(side)
    }

    /// The microseconds of the processor in a while of moves.
    fn during(&mut self, during: Duration) -> Result<(f64, Vec<f64>), String> {
        self.clients.ask("begin")?;
        let spent = self.server.cpu_us()?;
        self.server.order("go")?;
        std::thread::sleep(during);
        self.clients.ask("rest")?;
        std::thread::sleep(Duration::from_millis(100));
        self.server.order("stop")?;
        std::thread::sleep(Duration::from_millis(500));
        let spent = self.server.cpu_us()? - spent;
        Ok((spent, self.clients.ask("how many")?))
    }

    fn turn(&mut self, length: Length) -> Result<Turn, String> {
        let during = length.of_a_turn();
        let (spent, said) = self.during(during)?;
        match said[..] {
            [useful, answered_p99_ms, compared, missed, stray] if useful > 0.0 => Ok(Turn {
                cost_us: spent / useful,
                busy: spent / 1e6 / during.as_secs_f64(),
                answered_p99_ms,
                compared,
                missed,
                stray,
            }),
            ref other => Err(format!("the clients counted {other:?}")),
        }
    }
}

pub fn clients(name: &str, count: usize) -> Box<dyn Listening> {
    match name {
        "ours" => Box::new(Views::of(count)),
        other => Box::new(Subscribers::of(other, count)),
    }
}
