//! The same bytes to everybody twenty times a second: what one message to one client costs a server's processor. Ours sends what
//! the live map sends, a few moved units; the floor is a loop that does nothing but send.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{TryRecvError, sync_channel};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::get;
use domain::change::{Change, Stepped};
use domain::ids::{BlockNumber, SourceId, ThingId};
use domain::observation::Motion;
use domain::picture::Picture;
use domain::place::{Bounds, Position};
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::unit::{HeardAs, Unit};
use domain::wire::live::{Ask, Known, Look, ask};
use domain::wire::{Layer, PROTOCOL_BINARY};
use gulou::city::Source;
use gulou::stream::{Crowd, Hub, Right, asks_for_binary, seat};

use crate::line::{Greeting, Lines, Sent};
use crate::machine;
use crate::measure::{Length, ROUNDS, median, times_ours};
use crate::report::Row;

const TICK: Duration = Duration::from_millis(50);
/// So many moved units are about 200 bytes.
const UNITS: usize = 16;
const CLIENTS: [usize; 2] = [1_000, 5_000];

/// Servers that can be held up to ours, and how many times as much they must need.
const PEERS: [(&str, &[&str], f64); 2] = [
    ("bun", &[BUN, "server/benches/peers/fanout-bun.mjs"], 1.0),
    ("ws", &["node", "server/benches/peers/fanout-ws.mjs"], 1.25),
];
const BUN: &str = "server/benches/peers/node_modules/.bin/bun";

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for clients in CLIENTS {
        rows.extend(with(length, clients)?);
    }
    Ok(rows)
}

fn with(length: Length, clients: usize) -> Result<Vec<Row>, String> {
    let own = own()?;
    let mut ours = Held::start(&[&own, "hold", "ours"], "ours", clients)?;
    // What ours sends decides how long everybody's messages are.
    let bytes = ours.message_bytes()?;
    let mut floor = Held::start(
        &[&own, "hold", "floor", &bytes.to_string()],
        "plain",
        clients,
    )?;
    let mut peers = Vec::new();
    for (name, command, least) in PEERS {
        let mut command = command.to_vec();
        let length = bytes.to_string();
        command.push(&length);
        peers.push((name, least, Held::start(&command, "plain", clients)?));
    }
    let (mut own_costs, mut floor_costs) = (Vec::new(), Vec::new());
    let mut peer_costs = vec![Vec::new(); peers.len()];
    for _ in 0..ROUNDS {
        own_costs.push(ours.cost(length)?);
        floor_costs.push(floor.cost(length)?);
        for ((_, _, peer), costs) in peers.iter_mut().zip(&mut peer_costs) {
            costs.push(peer.cost(length)?);
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

/// A server in a process of its own on the first processor, and its clients in another on the second.
struct Held {
    server: Child,
    clients: Child,
    /// It sends while it is told to, so that those whose turn it is not are still.
    orders: ChildStdin,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Held {
    fn start(command: &[&str], greeting: &str, count: usize) -> Result<Self, String> {
        let (server, orders, mut said) = piped("0", command)?;
        let port = line_of(&mut said)?;
        let own = own()?;
        let count = count.to_string();
        let clients = [&own, "hold", "clients", greeting, port.trim(), &count];
        let (clients, asks, mut answers) = piped("1", &clients)?;
        line_of(&mut answers)?;
        Ok(Self {
            server,
            clients,
            orders,
            asks,
            answers,
        })
    }

    fn order(&mut self, order: &str) -> Result<(), String> {
        writeln!(self.orders, "{order}")
            .and_then(|()| self.orders.flush())
            .map_err(|error| format!("the server takes no orders: {error}"))
    }

    /// What the clients were sent until now.
    fn sent(&mut self) -> Result<Sent, String> {
        writeln!(self.asks)
            .and_then(|()| self.asks.flush())
            .map_err(|error| format!("the clients do not listen: {error}"))?;
        let said = line_of(&mut self.answers)?;
        let mut numbers = said.split_whitespace().map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(messages)), Some(Ok(bytes))) => Ok(Sent { messages, bytes }),
            _ => Err(format!("the clients said {said:?}")),
        }
    }

    /// Sends for a while; what was sent, and the processor's microseconds for it.
    fn turn(&mut self, during: Duration) -> Result<(Sent, f64), String> {
        let (before, spent) = (self.sent()?, machine::cpu_us(self.server.id())?);
        self.order("go")?;
        std::thread::sleep(during);
        self.order("stop")?;
        // What is still under way belongs to this turn.
        std::thread::sleep(Duration::from_millis(200));
        let (after, spent) = (self.sent()?, machine::cpu_us(self.server.id())? - spent);
        let sent = Sent {
            messages: after.messages - before.messages,
            bytes: after.bytes - before.bytes,
        };
        if sent.messages == 0 {
            return Err("nothing was sent".into());
        }
        Ok((sent, spent))
    }

    fn cost(&mut self, length: Length) -> Result<f64, String> {
        let (sent, spent) = self.turn(length.of_a_turn())?;
        Ok(spent / sent.messages as f64)
    }

    fn message_bytes(&mut self) -> Result<u64, String> {
        // At first everything is new, and therefore longer.
        self.turn(Duration::from_millis(500))?;
        let (sent, _) = self.turn(Duration::from_millis(500))?;
        Ok((sent.bytes as f64 / sent.messages as f64).round() as u64)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for child in [&mut self.clients, &mut self.server] {
            // It ends with its input anyway.
            let _ended = child.kill();
            let _known = child.wait();
        }
    }
}

fn own() -> Result<String, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    Ok(own.to_string_lossy().into_owned())
}

/// A child on one processor, with a way in and a way out.
fn piped(
    processor: &str,
    command: &[&str],
) -> Result<(Child, ChildStdin, BufReader<ChildStdout>), String> {
    let mut child = Command::new("taskset")
        .args(["-c", processor])
        .args(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{} was not started: {error}", command.join(" ")))?;
    match (child.stdin.take(), child.stdout.take()) {
        (Some(input), Some(output)) => Ok((child, input, BufReader::new(output))),
        _ => Err("no pipe to a child".into()),
    }
}

fn line_of(output: &mut BufReader<ChildStdout>) -> Result<String, String> {
    let mut said = String::new();
    match output.read_line(&mut said) {
        Ok(0) => Err("a child ended before it said anything".into()),
        Ok(_) => Ok(said),
        Err(error) => Err(error.to_string()),
    }
}

/// `hold clients ours|plain PORT COUNT`: says when all have come, and after every line it reads what they were sent.
fn hold_clients(greeting: &Greeting, port: &str, count: &str) -> Result<(), String> {
    let port: u16 = port.parse().map_err(|_| format!("{port} is no port"))?;
    let count = count.parse().map_err(|_| format!("{count} is no number"))?;
    let mut lines = Lines::open(SocketAddr::from(([127, 0, 0, 1], port)), count, greeting)?;
    println!("here");
    let (asks, asked) = sync_channel(8);
    std::thread::spawn(move || {
        for _ in std::io::stdin().lines().map_while(Result::ok) {
            if asks.send(()).is_err() {
                return;
            }
        }
    });
    let mut sent = Sent::default();
    loop {
        let more = lines.listen(Duration::from_millis(20))?;
        sent.messages += more.messages;
        sent.bytes += more.bytes;
        match asked.try_recv() {
            Ok(()) => println!("{} {}", sent.messages, sent.bytes),
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return Ok(()),
        }
    }
}

fn plain() -> Greeting {
    Greeting {
        path: "/",
        headers: String::new(),
        says: Vec::new(),
    }
}

fn hello() -> Greeting {
    let look = Look {
        bbox: Bounds::WORLD.degrees(),
        zoom: 10.0,
        layers: vec![Layer::Units],
        filter: None,
        known: Known::Nothing,
    };
    Greeting {
        path: "/",
        headers: format!("Sec-WebSocket-Protocol: {PROTOCOL_BINARY}\r\n"),
        says: vec![ask(&Ask::Look(look))],
    }
}

/// What this program itself is for a bench: a server, the floor, or clients.
pub fn hold(arguments: &[String]) -> Result<(), String> {
    match arguments {
        [which] if which == "ours" => hold_ours(),
        [which, bytes] if which == "floor" => {
            let bytes = bytes.parse().map_err(|_| format!("{bytes} is no length"))?;
            hold_floor(bytes)
        }
        [which, greeting, port, count] if which == "clients" => {
            let greeting = if greeting == "ours" { hello() } else { plain() };
            hold_clients(&greeting, port, count)
        }
        _ => {
            Err("usage: gulou-bench hold ours | floor BYTES | clients ours|plain PORT COUNT".into())
        }
    }
}

/// Calls every tick while the orders say so; returns when there are no more.
fn obey(mut every_tick: impl FnMut()) -> Result<(), String> {
    let (orders, heard) = sync_channel::<bool>(8);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if orders.send(line == "go").is_err() {
                return;
            }
        }
    });
    let mut going = false;
    loop {
        match going {
            true => match heard.recv_timeout(TICK) {
                Ok(goes) => going = goes,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => every_tick(),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
            },
            false => match heard.recv() {
                Ok(goes) => going = goes,
                Err(_) => return Ok(()),
            },
        }
    }
}

fn hold_floor(bytes: usize) -> Result<(), String> {
    let wrong = |error: std::io::Error| error.to_string();
    let listener = TcpListener::bind("127.0.0.1:0").map_err(wrong)?;
    println!("{}", listener.local_addr().map_err(wrong)?.port());
    let mut frame = vec![0x82, 126];
    frame.extend((bytes as u16).to_be_bytes());
    frame.resize(4 + bytes, 7);
    let (new, coming) = sync_channel::<TcpStream>(8_192);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answered = answer(&stream);
            if answered.is_err() || new.send(stream).is_err() {
                return;
            }
        }
    });
    let mut streams: Vec<TcpStream> = Vec::new();
    obey(|| {
        streams.extend(coming.try_iter());
        for mut stream in &streams {
            // A client that has gone is found out by those who count.
            let _sent = stream.write(&frame);
        }
    })
}

/// The handshake, with the answer to the one key our clients send.
fn answer(mut stream: &TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    stream.set_nodelay(true)?;
    stream.write_all(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    )
}

struct Everybody;

impl Right for Everybody {
    fn audience(&self) -> Option<Audience> {
        Some(Audience::City)
    }
}

fn hold_ours() -> Result<(), String> {
    let wrong = |error: std::io::Error| error.to_string();
    let city = gulou::city::load(&Source::Embedded).map_err(|mistakes| format!("{mistakes:?}"))?;
    let mut picture = Picture::empty();
    picture.city = Some(Arc::new(city.city));
    let (hub, follow) = Hub::start(&picture, 1);
    let (steps, stepped) = sync_channel::<Arc<Stepped>>(64);
    std::thread::spawn(move || follow(stepped));
    let (crowd, hold, watch) = Crowd::gather(hub).map_err(wrong)?;
    std::thread::spawn(hold);
    std::thread::spawn(watch);
    let crowd = Arc::new(crowd);
    let listener = TcpListener::bind("127.0.0.1:0").map_err(wrong)?;
    listener.set_nonblocking(true).map_err(wrong)?;
    println!("{}", listener.local_addr().map_err(wrong)?.port());
    std::thread::spawn(move || welcome(listener, crowd));
    let mut block = 0;
    obey(|| {
        block += 1;
        // The hub is behind only if it is too slow, and then the figure says so.
        let _told = steps.send(Arc::new(moves(block)));
    })
}

fn welcome(listener: TcpListener, crowd: Arc<Crowd>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let listener =
            tokio::net::TcpListener::from_std(listener).map_err(|error| error.to_string())?;
        let seated = |State(crowd): State<Arc<Crowd>>, request: Request| async move {
            let good = asks_for_binary(&request);
            good.then(|| seat(crowd, request, Everybody))
                .flatten()
                .unwrap_or_default()
        };
        let router = Router::new().route("/", get(seated)).with_state(crowd);
        axum::serve(listener, router)
            .await
            .map_err(|error| error.to_string())
    })
}

/// Sixteen buses on their way, fifty metres on.
fn moves(block: u64) -> Stepped {
    let now = Timestamp::from_millis(1_800_000_000_000 + block as i64 * TICK.as_millis() as i64);
    let source = SourceId::new("buses").ok();
    let changes = (0..UNITS).filter_map(|index| {
        let source = source.clone()?;
        let thing = ThingId::new(&format!("bus-{index}")).ok()?;
        let there = 113_700_000 + index as i32 * 3_000 + (block % 40) as i32 * 480;
        let position = Position::from_e6(there, 23_000_000 + index as i32 * 700).ok()?;
        Some(Change::Unit(Arc::new(Unit {
            id: thing.clone(),
            source: source.clone(),
            position,
            motion: Motion {
                heading_deg: Some((block % 360) as u16),
                speed_cmps: Some(900 + (block % 7) as u32 * 10),
                ..Motion::default()
            },
            observed_at: now.plus_millis(-1_100),
            heard_at: now.plus_millis(-20),
            town: None,
            drill: false,
            heard: vec![HeardAs {
                source,
                thing,
                position,
                observed_at: now,
            }],
        })))
    });
    Stepped {
        block: BlockNumber(block),
        now,
        changes: changes.collect(),
        outcomes: Vec::new(),
    }
}
