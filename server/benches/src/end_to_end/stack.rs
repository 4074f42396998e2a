//! The stack a user would assemble for the same: mosquitto takes what feeds send, a consumer correlates it in PostGIS and tells
//! Redis, a gateway tells socket.io's rooms. Sought is the rate it stands.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::city::Level;
use domain::place::{Bounds, Position};
use mio::{Events, Interest, Poll, Token};
use serde_json::Value;

use super::{BATCH, CALL_EVERY, Found, GATEWAYS, STATIONS, UNITS, VIEWERS, WARM_UP, viewers};
use crate::door::Door;
use crate::machine;
use crate::running::Gulou;
use crate::servers::{self, Psql, Server};
use crate::stream::line::{Greeting, frame_of, greet};
use crate::stream::speech::Speech;
use crate::traffic::{City, Gateway, SentLog, number_of};

/// Degrees: the rooms of the stack are squares of this side.
const ROOM: f64 = 0.05;
const SCHEMA: &str = "
    CREATE EXTENSION postgis;
    CREATE TABLE towns (code text PRIMARY KEY, area geometry(Geometry, 4326) NOT NULL);
    CREATE INDEX ON towns USING gist (area);
    CREATE TABLE responsibilities (category text, town text, department text, PRIMARY KEY (category, town));
    CREATE TABLE units (id text PRIMARY KEY, position geometry(Point, 4326), heading int, speed float8, kind text, status text,
        observed timestamptz, town text) WITH (fillfactor = 70);
    CREATE TABLE readings (source text, id text, thing text, property text, value float8, unit text, observed timestamptz,
        PRIMARY KEY (source, id));
    CREATE INDEX ON readings (thing, property, observed);
    CREATE TABLE incidents (id bigserial PRIMARY KEY, category text, place geography(Point, 4326), opened timestamptz,
        evidence int, open boolean, town text, department text, text text);
    CREATE INDEX ON incidents USING gist (place);
    CREATE INDEX ON incidents (category, opened) WHERE open;
";

struct NodeProgram {
    child: Child,
    /// It ends when this does.
    _input: ChildStdin,
}

impl Drop for NodeProgram {
    fn drop(&mut self) {
        // It ends with its input anyway.
        let _ended = self.child.kill();
        let _known = self.child.wait();
    }
}

fn node(arguments: &[&str]) -> Result<(NodeProgram, String), String> {
    let mut child = Command::new("node")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("node was not started: {error}"))?;
    let input = child.stdin.take().ok_or("no pipe to node")?;
    let output = child.stdout.take().ok_or("no pipe to node")?;
    let mut said = String::new();
    BufReader::new(output)
        .read_line(&mut said)
        .map_err(|error| error.to_string())?;
    let running = NodeProgram {
        child,
        _input: input,
    };
    match said.trim() {
        "" => Err(format!("{arguments:?} ended")),
        said => Ok((running, said.to_owned())),
    }
}

pub struct Stack {
    postgres: Server,
    mosquitto: Server,
    redis: Server,
    consumer: NodeProgram,
    gateway: NodeProgram,
    gateway_port: u16,
}

impl Stack {
    pub fn assemble() -> Result<Self, String> {
        let all = "0-1";
        let postgres = servers::postgres(all)?;
        let redis = servers::redis(all, false)?;
        let mosquitto = servers::mosquitto(all)?;
        let mut psql = Psql::open(&postgres, all)?;
        psql.run(SCHEMA)?;
        psql.run(&towns()?)?;
        psql.run("ANALYZE;")?;
        let (consumer, _) = node(&[
            "server/benches/peers/end-to-end-consumer.mjs",
            &mosquitto.port.to_string(),
            &postgres.port.to_string(),
            &redis.port.to_string(),
        ])?;
        let (gateway, port) = node(&[
            "server/benches/peers/end-to-end-gateway.mjs",
            &redis.port.to_string(),
        ])?;
        let gateway_port = port.parse().map_err(|_| format!("{port} is no port"))?;
        Ok(Self {
            postgres,
            mosquitto,
            redis,
            consumer,
            gateway,
            gateway_port,
        })
    }

    /// What all its processes have had of the processors.
    fn spent_s(&self) -> Result<f64, String> {
        let processes = [
            self.postgres.process(),
            self.mosquitto.process(),
            self.redis.process(),
            self.consumer.child.id(),
            self.gateway.child.id(),
        ];
        processes.into_iter().map(machine::tree_spent_s).sum()
    }

    fn memory_mb(&self) -> Result<f64, String> {
        let processes = [
            self.mosquitto.process(),
            self.redis.process(),
            self.consumer.child.id(),
            self.gateway.child.id(),
        ];
        processes
            .into_iter()
            .map(|process| machine::memory_mb(process, "VmHWM"))
            .sum()
    }

    /// The same city at some rate, to as many viewers.
    pub fn at(&self, rate: usize, during: Duration) -> Result<Found, String> {
        let city = Arc::new(City::of(UNITS, STATIONS)?);
        let bounds = Bounds::around(city.starts()).ok_or("a city without units")?;
        let boxes = viewers::boxes(bounds.degrees(), &city.starts(), VIEWERS);
        let to = SocketAddr::from(([127, 0, 0, 1], self.gateway_port));
        let viewers = Rooms::open(to, &boxes, city.sent.clone())?;
        let stop = AtomicBool::new(false);
        let from = Instant::now() + WARM_UP;
        std::thread::scope(|threads| {
            let listening = threads.spawn(|| viewers.listen(from, &stop));
            let gateways: Vec<_> = (0..GATEWAYS)
                .map(|number| {
                    let gateway = Gateway::new(&city, number, GATEWAYS);
                    let stop = &stop;
                    threads.spawn(move || publish(self.mosquitto.port, gateway, rate, from, stop))
                })
                .collect();
            std::thread::sleep(WARM_UP);
            let (begun, spent) = (Instant::now(), self.spent_s()?);
            std::thread::sleep(during);
            let seconds = begun.elapsed().as_secs_f64();
            let cores = (self.spent_s()? - spent) / seconds;
            stop.store(true, Ordering::Relaxed);
            let mut accepted = 0;
            for gateway in gateways {
                accepted += gateway.join().map_err(|_| "a gateway ended badly")??;
            }
            let heard = listening.join().map_err(|_| "the viewers ended badly")??;
            Ok(Found {
                heard,
                accepted,
                seconds,
                cores,
                memory_mb: self.memory_mb()?,
                commit_p99_ms: f64::NAN,
            })
        })
    }

    /// Sends a sample to both: each unit is in the same place and town, each reading there, here and there. How many were compared.
    pub fn agrees_with(&self, gulou: &Gulou, writes: &str, reads: &str) -> Result<usize, String> {
        let city = Arc::new(City::of(400, 100)?);
        let mut gateway = Gateway::new(&city, 0, 1);
        let batch = gateway.batch(500, false);
        Door::open(gulou.address, writes)?.post(&batch.body)?;
        let mut line = mqtt(self.mosquitto.port)?;
        for one in batch
            .body
            .split(|byte| *byte == b'\n')
            .filter(|one| !one.is_empty())
        {
            line.write_all(&publication(one))
                .map_err(|error| error.to_string())?;
        }
        let mut psql = Psql::open(&self.postgres, "0-1")?;
        let units = gulou.read("/api/v1/units?limit=10000", reads)?;
        let units = units["units"].as_array().ok_or("no units")?;
        let mut own: Vec<String> = units
            .iter()
            .map(|unit| {
                let at = |index: usize| unit["position"][index].as_f64().unwrap_or_default();
                let town = unit["town_code"].as_str().unwrap_or_default();
                let id = unit["id"].as_str().unwrap_or_default();
                format!("{id}|{:.6}|{:.6}|{town}", at(0), at(1))
            })
            .collect();
        own.sort();
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let theirs = psql.run(
                "SELECT id, to_char(ST_X(position), 'FM990.000000'), to_char(ST_Y(position), 'FM990.000000'), coalesce(town, '')
                 FROM units ORDER BY id COLLATE \"C\";",
            )?;
            if theirs == own && !own.is_empty() {
                return Ok(own.len());
            }
            if Instant::now() > until {
                let differs = own.iter().zip(&theirs).find(|(one, other)| one != other);
                return Err(format!(
                    "the stack knows {} units, we {}; the first that differs: {differs:?}",
                    theirs.len(),
                    own.len()
                ));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// The pack's towns as PostGIS reads them.
fn towns() -> Result<String, String> {
    let city = gulou::city::load(&gulou::city::Source::Embedded)
        .map_err(|mistakes| format!("{mistakes:?}"))?
        .city;
    let mut statements = String::new();
    for outline in &city.outlines {
        if outline.level != Level::Town {
            continue;
        }
        let ring = |corners: &[Position]| {
            let corners = corners.iter().chain(corners.first());
            let texts = corners.map(|at| format!("{:.6} {:.6}", at.longitude(), at.latitude()));
            format!("({})", texts.collect::<Vec<_>>().join(","))
        };
        let polygons = outline.area.polygons().iter().map(|polygon| {
            let rings = std::iter::once(polygon.exterior()).chain(polygon.holes());
            let rings: Vec<String> = rings.map(|one| ring(one.corners())).collect();
            format!("({})", rings.join(","))
        });
        statements.push_str(&format!(
            "INSERT INTO towns VALUES ('{}', ST_GeomFromText('MULTIPOLYGON({})', 4326));\n",
            outline.code,
            polygons.collect::<Vec<_>>().join(",")
        ));
    }
    statements.push_str(
        "INSERT INTO responsibilities SELECT c, t.code, 'department-' || c FROM towns t, unnest(ARRAY['E0402','E0403','E0401',
         'E0202','E0105','E0101','E0301','E0305','E0306','E0404','E0000']) c;\n",
    );
    Ok(statements)
}

/// A line to the broker; what it answers is read and let go of.
fn mqtt(port: u16) -> Result<TcpStream, String> {
    let wrong = |error: std::io::Error| format!("mosquitto: {error}");
    let mut line = TcpStream::connect(("127.0.0.1", port)).map_err(wrong)?;
    line.set_nodelay(true).map_err(wrong)?;
    // CONNECT of MQTT 3.1.1, clean session, no keep-alive, no client id.
    line.write_all(&[0x10, 12, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 0, 0, 0])
        .map_err(wrong)?;
    let mut answer = [0; 4];
    line.read_exact(&mut answer).map_err(wrong)?;
    if answer != [0x20, 2, 0, 0] {
        return Err(format!("mosquitto said {answer:?}"));
    }
    let mut acknowledged = line.try_clone().map_err(wrong)?;
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while matches!(acknowledged.read(&mut buffer), Ok(count) if count > 0) {}
    });
    Ok(line)
}

/// PUBLISH with quality 1, as who does not want to lose anything does.
fn publication(body: &[u8]) -> Vec<u8> {
    const TOPIC: &[u8] = b"city/observations";
    let mut length = 2 + TOPIC.len() + 2 + body.len();
    let mut packet = vec![0x32];
    loop {
        let low = (length % 128) as u8;
        length /= 128;
        packet.push(if length > 0 { low | 128 } else { low });
        if length == 0 {
            break;
        }
    }
    packet.extend_from_slice(&(TOPIC.len() as u16).to_be_bytes());
    packet.extend_from_slice(TOPIC);
    packet.extend_from_slice(&[0, 1]);
    packet.extend_from_slice(body);
    packet
}

/// One gateway's part of the rate; how many observations it published from a moment on.
fn publish(
    port: u16,
    mut gateway: Gateway,
    rate: usize,
    from: Instant,
    stop: &AtomicBool,
) -> Result<u64, String> {
    let mut line = mqtt(port)?;
    // Few at a time where the rate is low: nobody gathers for a second.
    let at_once = BATCH.min((rate / GATEWAYS / 25).max(10));
    let every = Duration::from_secs_f64((at_once * GATEWAYS) as f64 / rate as f64);
    let mut due = Instant::now() + every * gateway.number() as u32 / GATEWAYS as u32;
    let (mut published, mut turn) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let begun = Instant::now();
        let calls_every = CALL_EVERY * BATCH / at_once;
        let batch = gateway.batch(
            at_once,
            (turn + gateway.number()).is_multiple_of(calls_every),
        );
        for one in batch
            .body
            .split(|byte| *byte == b'\n')
            .filter(|one| !one.is_empty())
        {
            line.write_all(&publication(one))
                .map_err(|error| format!("mosquitto: {error}"))?;
            published += u64::from(begun >= from);
        }
        turn += 1;
        due = (due + every).max(Instant::now() - Duration::from_secs(1));
    }
    Ok(published)
}

/// Viewers of socket.io on one thread.
struct Rooms {
    poll: Poll,
    lines: Vec<Line>,
    sent: Arc<SentLog>,
}

struct Line {
    stream: mio::net::TcpStream,
    waiting: Vec<u8>,
    close: bool,
}

impl Rooms {
    fn open(to: SocketAddr, boxes: &[[f64; 4]], sent: Arc<SentLog>) -> Result<Self, String> {
        let wrong = |error: std::io::Error| format!("a viewer could not connect: {error}");
        let poll = Poll::new().map_err(wrong)?;
        let mut lines = Vec::new();
        for (index, bbox) in boxes.iter().enumerate() {
            let greeting = Greeting {
                speech: Speech::WebSocket,
                path: "/socket.io/?EIO=4&transport=websocket",
                headers: String::new(),
                says: Vec::new(),
            };
            let mut stream = greet(to, &greeting).map_err(wrong)?;
            // Whoever speaks before he is greeted is not heard.
            told(&mut stream, b"0").map_err(wrong)?;
            stream.write_all(&text("40")).map_err(wrong)?;
            told(&mut stream, b"40").map_err(wrong)?;
            let rooms: Vec<String> = rooms(*bbox).into_iter().collect();
            let look = serde_json::json!(["look", rooms]).to_string();
            stream
                .write_all(&text(&format!("42{look}")))
                .map_err(wrong)?;
            stream.set_nonblocking(true).map_err(wrong)?;
            let mut stream = mio::net::TcpStream::from_std(stream);
            poll.registry()
                .register(&mut stream, Token(index), Interest::READABLE)
                .map_err(wrong)?;
            lines.push(Line {
                stream,
                waiting: Vec::new(),
                close: index.is_multiple_of(viewers::LOOKS_CLOSELY),
            });
        }
        Ok(Self { poll, lines, sent })
    }

    fn listen(mut self, from: Instant, stop: &AtomicBool) -> Result<viewers::Heard, String> {
        let mut events = Events::with_capacity(1_024);
        let mut heard = viewers::Heard::default();
        let mut buffer = vec![0; 256 * 1024];
        let mut counts = false;
        while !stop.load(Ordering::Relaxed) {
            self.poll
                .poll(&mut events, Some(Duration::from_millis(20)))
                .map_err(|error| error.to_string())?;
            if !counts && Instant::now() >= from {
                (counts, heard) = (true, viewers::Heard::default());
            }
            for event in &events {
                if let Some(line) = self.lines.get_mut(event.token().0) {
                    line.read(&mut buffer, &self.sent, &mut heard)?;
                }
            }
        }
        Ok(heard)
    }
}

impl Line {
    fn read(
        &mut self,
        buffer: &mut [u8],
        sent: &SentLog,
        heard: &mut viewers::Heard,
    ) -> Result<(), String> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err("the gateway closed a viewer's line".into()),
                Ok(count) => {
                    heard.bytes += count as u64;
                    self.waiting.extend_from_slice(&buffer[..count]);
                    self.take(sent, heard);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(format!("a viewer's line broke: {error}")),
            }
        }
    }

    fn take(&mut self, sent: &SentLog, heard: &mut viewers::Heard) {
        let mut begin = 0;
        while let Some((head, length)) = frame_of(&self.waiting[begin..]) {
            let Some(body) = self.waiting.get(begin + head..begin + head + length) else {
                break;
            };
            match body {
                // A ping of engine.io; one whose line takes no pong is found out by the gateway.
                b"2" => {
                    let _sent = self.stream.write(&text("3"));
                }
                [b'4', b'2', event @ ..] => {
                    heard.frames += 1;
                    if self.close {
                        time(event, sent, heard);
                    }
                }
                _ => {}
            }
            begin += head + length;
        }
        self.waiting.drain(..begin);
    }
}

fn time(event: &[u8], sent: &SentLog, heard: &mut viewers::Heard) {
    let now = Instant::now();
    let changes = serde_json::from_slice::<Value>(event).ok();
    let changes = changes.and_then(|event| event[1].as_str().map(str::to_owned));
    let changes: Vec<Value> = changes
        .and_then(|changes| serde_json::from_str(&changes).ok())
        .unwrap_or_default();
    for change in changes {
        let at = |index: usize| change["position"][index].as_f64().unwrap_or_default();
        let Ok(position) = Position::from_degrees(at(0), at(1)) else {
            continue;
        };
        let age = |sent: Instant| (now - sent).as_secs_f64() * 1_000.0;
        if let Some(number) = change["id"].as_str().and_then(number_of) {
            match sent.of_unit(number, position) {
                Some(sent) => heard.ages_ms.push(age(sent)),
                None => heard.mistakes += 1,
            }
        } else if change["incident"].is_string()
            && let Some(sent) = sent.of_call(position)
        {
            heard.incident_ages_ms.push(age(sent));
        }
    }
}

/// Reads one short frame, and whether it begins as it should.
fn told(stream: &mut TcpStream, begins: &[u8]) -> std::io::Result<()> {
    let mut head = [0; 2];
    stream.read_exact(&mut head)?;
    let length = match head[1] {
        126 => {
            let mut length = [0; 2];
            stream.read_exact(&mut length)?;
            usize::from(u16::from_be_bytes(length))
        }
        short => usize::from(short),
    };
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    match body.starts_with(begins) {
        true => Ok(()),
        false => Err(std::io::Error::other(
            String::from_utf8_lossy(&body).into_owned(),
        )),
    }
}

/// The rooms a box reaches into.
fn rooms([west, south, east, north]: [f64; 4]) -> BTreeSet<String> {
    let range = |from: f64, to: f64| (from / ROOM).floor() as i64..=(to / ROOM).floor() as i64;
    range(west, east)
        .flat_map(|column| range(south, north).map(move |row| format!("{column}:{row}")))
        .collect()
}

/// A text frame as a client sends it, under a mask of zeros.
fn text(body: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match body.len() {
        short @ 0..=125 => frame.push(0x80 | short as u8),
        long => {
            frame.push(0x80 | 126);
            frame.extend((long as u16).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(body.as_bytes());
    frame
}
