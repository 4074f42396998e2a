//! Views that move: each client looks at one to twenty hundredths of the city and moves five times a second, while 10,000 units
//! move once a second each. Peers divide the city into cells, each a topic or a room. What counts is the server's time for an
//! event that somebody can use: a unit told of inside the box that was asked for.

use std::time::{Duration, Instant};

use super::held::{Clients, Listening, Server};
use super::work::{Work, start};
use crate::measure::{Length, ROUNDS, median};
use crate::report::Row;

use super::cells::Subscribers;
use super::views::Views;

const VIEWERS: usize = 1_000;
/// Peers, and how many viewers each can carry on one processor, so that none is measured drowning.
const PEERS: [(&str, usize); 3] = [("nats", 1_000), ("mosquitto", 200), ("socket.io", 200)];
const LEAST_TIMES: f64 = 4.0;
const LATEST_MS: f64 = 50.0;
const SETTLES: Duration = Duration::from_secs(10);

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
    for (name, viewers) in PEERS {
        let mut ours = Side::start("ours", viewers)?;
        let mut side = Side::start(name, viewers).map_err(|why| format!("{name}: {why}"))?;
        let mut costs = Vec::new();
        for _ in 0..ROUNDS {
            let own = ours.turn(length)?;
            let peer = side.turn(length).map_err(|why| format!("{name}: {why}"))?;
            costs.push((own.cost_us, peer.cost_us));
        }
        let of = |what: fn(&(f64, f64)) -> f64| median(&costs.iter().map(what).collect::<Vec<_>>());
        let times = of(|(own, peer)| peer / own);
        rows.push(Row::new(
            &format!("{viewers} viewers, 5 view moves/s, {name}"),
            format!(
                "{:.2} µs a useful event, {times:.1} × ours of {:.2}",
                of(|(_, peer)| *peer),
                of(|(own, _)| *own)
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
        let begun = Instant::now();
        loop {
            std::thread::sleep(Duration::from_millis(500));
            let spent = self.server.cpu_us()? - spent;
            let said = self.clients.ask("how many")?;
            if said.last() == Some(&0.0) || begun.elapsed() > SETTLES {
                return Ok((spent, said));
            }
        }
    }

    fn turn(&mut self, length: Length) -> Result<Turn, String> {
        let during = length.of_a_turn();
        let (spent, said) = self.during(during)?;
        match said[..] {
            [useful, answered_p99_ms, compared, missed, stray, 0.0] if useful > 0.0 => Ok(Turn {
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
