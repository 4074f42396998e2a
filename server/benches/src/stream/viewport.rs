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
/// So many of them are in a process of their own, and their answers are timed: the others share a processor, and would time how
/// busy that is.
const TIMED: usize = 20;
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
        let goal = format!("≥ {LEAST_TIMES} ×");
        let what = format!("{viewers} viewers, 5 view moves/s, {name}");
        let costs = match beside(name, viewers, length) {
            Ok(costs) => costs,
            Err(why) => {
                rows.push(Row::new(&what, format!("no figure: {why}"), &goal, false));
                continue;
            }
        };
        let of = |what: fn(&(f64, f64)) -> f64| median(&costs.iter().map(what).collect::<Vec<_>>());
        let times = of(|(own, peer)| peer / own);
        rows.push(Row::new(
            &what,
            format!(
                "{:.2} µs a useful event, {times:.1} × ours of {:.2}",
                of(|(_, peer)| *peer),
                of(|(own, _)| *own)
            ),
            &goal,
            times >= LEAST_TIMES,
        ));
    }
    Ok(rows)
}

/// Our costs and a peer's, in turns.
fn beside(name: &str, viewers: usize, length: Length) -> Result<Vec<(f64, f64)>, String> {
    let (mut ours, mut side) = (Side::start("ours", viewers)?, Side::start(name, viewers)?);
    let mut costs = Vec::new();
    for _ in 0..ROUNDS {
        costs.push((ours.turn(length)?.cost_us, side.turn(length)?.cost_us));
    }
    Ok(costs)
}

struct Side {
    server: Server,
    clients: [Clients; 2],
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
        let clients = |count: usize| Clients::start(&["cells", name, &port, &count.to_string()]);
        let clients = [clients(count - TIMED)?, clients(TIMED)?];
        let mut side = Self { server, clients };
        // Everybody has his first view before anybody is measured.
        side.during(Duration::from_millis(1_500))?;
        Ok(side)
    }

    fn ask(&mut self, question: &str) -> Result<[Vec<f64>; 2], String> {
        let [most, timed] = &mut self.clients;
        Ok([most.ask(question)?, timed.ask(question)?])
    }

    /// The microseconds of the processor in a while of moves, and what the clients counted.
    fn during(&mut self, during: Duration) -> Result<(f64, [Vec<f64>; 2]), String> {
        self.ask("begin")?;
        let spent = self.server.cpu_us()?;
        self.server.order("go")?;
        std::thread::sleep(during);
        self.ask("rest")?;
        std::thread::sleep(Duration::from_millis(100));
        self.server.order("stop")?;
        let begun = Instant::now();
        loop {
            std::thread::sleep(Duration::from_millis(500));
            let spent = self.server.cpu_us()? - spent;
            let said = self.ask("how many")?;
            let have_all = said.iter().all(|said| said.last() == Some(&0.0));
            if have_all || begun.elapsed() > SETTLES {
                return Ok((spent, said));
            }
        }
    }

    fn turn(&mut self, length: Length) -> Result<Turn, String> {
        let during = length.of_a_turn();
        let (spent, said) = self.during(during)?;
        match said.each_ref().map(Vec::as_slice) {
            [
                [useful, _, compared, missed, stray, 0.0],
                [
                    also_useful,
                    answered_p99_ms,
                    also_compared,
                    also_missed,
                    also_stray,
                    0.0,
                ],
            ] if *useful > 0.0 => Ok(Turn {
                cost_us: spent / (useful + also_useful),
                busy: spent / 1e6 / during.as_secs_f64(),
                answered_p99_ms: *answered_p99_ms,
                compared: compared + also_compared,
                missed: missed + also_missed,
                stray: stray + also_stray,
            }),
            other => Err(format!("the clients counted {other:?}")),
        }
    }
}

pub fn clients(name: &str, count: usize) -> Box<dyn Listening> {
    match name {
        "ours" => Box::new(Views::of(count)),
        other => Box::new(Subscribers::of(other, count)),
    }
}
