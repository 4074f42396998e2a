//! Half an hour of the demo city's rainy afternoon as a viewer of the whole city is told it, second by second, by the product's own
//! hub over a real line: bytes a move and a changed incident, and the same told in JSON, JSON under deflate, MessagePack, protobuf.

mod others;

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Instant;

use domain::change::{Change, Stepped};
use domain::city::City;
use domain::ids::{IncidentId, ThingId};
use domain::place::Bounds;
use domain::time::Timestamp;
use domain::view;
use domain::wire::live::{Ask, Frame, Known, Look, ask};
use domain::wire::measured::put_measured;
use domain::wire::record::{Record, Records, Whole, put_changed, put_moved};
use domain::wire::{IncidentView, Layer, PROTOCOL_BINARY, UnitView};
use gulou::scenario::Options;
use gulou::stream::Hub;

use crate::day;
use crate::measure::{Length, median};
use crate::report::Row;
use crate::stream::line::{Greeting, frame_of, greet};
use crate::stream::ours;
use crate::stream::speech::Speech;

use others::Told;

const SEED: u64 = 441_900;
/// When the storm begins; what the city says until half an hour later is known before anybody looks.
const FROM: &str = "14:00";
const BEFORE_MINUTES: usize = 45;
const MINUTES: u16 = 30;
/// First bytes of whole WebSocket frames, and an empty answer under a mask of zeros.
const BINARY: u8 = 0x82;
const PING: u8 = 0x89;
const PONG: [u8; 6] = [0x8a, 0x80, 0, 0, 0, 0];

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let seconds = match length {
        Length::Quick => 200,
        Length::Full => i64::from(MINUTES) * 60,
    };
    let heard = listen(seconds)?;
    let written = heard.written_again()?;
    let json = others::json(&heard.told);
    let deflated = others::deflated(&json)?;
    let packed = others::message_pack(&heard.told)?;
    let buffered = others::protobuf(&heard.told);
    let all = heard.frame_bytes as f64;
    let times = |bytes: usize| bytes as f64 / all;
    let a_move = heard.moves.bytes as f64 / heard.moves.count.max(1) as f64;
    let a_change = heard.changes.bytes as f64 / heard.changes.count.max(1) as f64;
    let a_reading = heard.measured.bytes as f64 / heard.measured.count.max(1) as f64;
    let smaller = times(json.bytes());
    let cheaper = deflated.ns / written;
    Ok(vec![
        Row::new(
            "a move",
            format!("{a_move:.1} B, {} of them", heard.moves.count),
            "≤ 12 B",
            a_move <= 12.0,
        ),
        Row::new(
            "a changed incident",
            format!("{a_change:.1} B, {} of them", heard.changes.count),
            "≤ 40 B",
            a_change <= 40.0,
        ),
        Row::new(
            "what a sensor measured",
            format!("{a_reading:.1} B, {} of them", heard.measured.count),
            "≤ 20 B",
            a_reading <= 20.0,
        ),
        Row::new(
            "the stream's own JSON (gulou.v1.json)",
            format!(
                "{smaller:.1} × ours ({:.0} kB in {seconds} s of the city; {:.0} kB of it new things told whole)",
                all / 1_000.0,
                heard.whole.bytes as f64 / 1_000.0
            ),
            "≥ 20 ×",
            smaller >= 20.0,
        ),
        Row::new(
            "JSON under deflate",
            format!(
                "{:.1} × ours in bytes; {cheaper:.0} × ours in processor time, {:.1} ms of its and {:.2} ms of ours",
                times(deflated.bytes),
                deflated.ns / 1e6,
                written / 1e6
            ),
            "≥ 20 × the processor time",
            cheaper >= 20.0,
        ),
        Row::new(
            "MessagePack, only what changed",
            format!(
                "{:.1} × ours, {:.1} × our time",
                times(packed.bytes),
                packed.ns / written
            ),
            "≥ 1 ×",
            times(packed.bytes) >= 1.0,
        ),
        Row::new(
            "protobuf, only what changed",
            format!(
                "{:.1} × ours, {:.1} × our time",
                times(buffered.bytes),
                buffered.ns / written
            ),
            "≥ 1 ×",
            times(buffered.bytes) >= 1.0,
        ),
    ])
}

#[derive(Clone, Copy, Default)]
struct Tally {
    count: usize,
    bytes: usize,
}

impl Tally {
    fn add(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += bytes;
    }
}

/// What one viewer of the whole city was told, and what it was about.
#[derive(Default)]
struct Heard {
    frame_bytes: usize,
    moves: Tally,
    changes: Tally,
    measured: Tally,
    whole: Tally,
    moved: Vec<(u32, Arc<UnitView>, Arc<UnitView>, Timestamp)>,
    changed: Vec<(u32, Arc<IncidentView>, Arc<IncidentView>)>,
    told: Vec<Told>,
}

impl Heard {
    /// Nanoseconds to write all moves and changes down again, the same to the byte.
    fn written_again(&self) -> Result<f64, String> {
        let mut took = Vec::new();
        for _ in 0..5 {
            let begun = Instant::now();
            let (mut moved, mut changed, mut measured) = (Vec::new(), Vec::new(), Vec::new());
            for (number, before, after, now) in &self.moved {
                if !put_moved(&mut moved, *number, before, after, *now) {
                    return Err("a move is none".into());
                }
            }
            for (number, before, after) in &self.changed {
                put_changed(&mut changed, *number, before, after);
            }
            for (number, before, after, now) in self.told.iter().flat_map(Told::all_measured) {
                if !put_measured(&mut measured, *number, before, after, *now) {
                    return Err("a reading is none".into());
                }
            }
            took.push(begun.elapsed().as_nanos() as f64);
            let told = [self.moves.bytes, self.changes.bytes, self.measured.bytes];
            let again = [moved.len(), changed.len(), measured.len()];
            if told != again {
                return Err(format!("{told:?} bytes were told, {again:?} written again"));
            }
        }
        Ok(median(&took))
    }
}

/// Plays the city, a block a second of it, each as soon as the one before was told.
fn listen(seconds: i64) -> Result<Heard, String> {
    let city = day::city()?;
    let hour = FROM.parse().map_err(|_| "no hour")?;
    let options = Options {
        from: hour,
        ..day::usual()?
    };
    let mut scenario = day::scenario(&city, SEED, &options)?;
    let start = scenario
        .start()
        .plus_millis(14 * 3_600_000 + BEFORE_MINUTES as i64 * 60_000);
    let mut machine = day::machine(&city);
    let mut known = Views::default();
    let before: Vec<_> = scenario.by_ref().take(BEFORE_MINUTES).collect();
    for minute in before.into_iter().map(|minute| minute.observations) {
        let Some(now) = minute.iter().map(|one| one.sent_at).max() else {
            continue;
        };
        let block = day::block(&machine, now, day::inputs(&city, &minute, now)?);
        known.take(&city, &machine.step(&block));
    }
    // Everybody has been heard once; what follows is news.
    let positions = scenario.positions();
    let begun = day::block(&machine, start, day::inputs(&city, &positions, start)?);
    known.take(&city, &machine.step(&begun));
    let (hub, follow) = Hub::start(machine.picture(), 1);
    let (steps, stepped) = sync_channel::<Arc<Stepped>>(4);
    std::thread::spawn(move || follow(stepped));
    let mut viewer = Viewer::open(hub)?;
    let mut heard = Heard::default();
    let mut coming = scenario.flat_map(|minute| minute.observations).peekable();
    for second in 1..=seconds {
        let now = start.plus_millis(second * 1_000);
        let mut sent = Vec::new();
        while let Some(one) = coming.next_if(|one| one.sent_at < now) {
            sent.push(one);
        }
        let block = day::block(&machine, now, day::inputs(&city, &sent, now)?);
        let stepped = Arc::new(machine.step(&block));
        let news = known.take(&city, &stepped);
        step(&steps, stepped)?;
        if news.is_empty() {
            continue;
        }
        viewer.hear(block.number.0, &news, &mut heard)?;
    }
    Ok(heard)
}

fn step(steps: &SyncSender<Arc<Stepped>>, stepped: Arc<Stepped>) -> Result<(), String> {
    steps
        .send(stepped)
        .map_err(|_| "the hub has ended".to_owned())
}

/// Things as they are shown, before and after a block.
#[derive(Default)]
struct Views {
    units: HashMap<ThingId, Arc<UnitView>>,
    incidents: HashMap<IncidentId, Arc<IncidentView>>,
}

/// What a block changed of what is shown.
#[derive(Default)]
struct News {
    units: HashMap<ThingId, (Arc<UnitView>, Arc<UnitView>)>,
    /// Every state, as it is told.
    incidents: HashMap<IncidentId, Vec<Arc<IncidentView>>>,
    anything: bool,
}

impl News {
    fn is_empty(&self) -> bool {
        !self.anything
    }
}

impl Views {
    fn take(&mut self, city: &City, stepped: &Stepped) -> News {
        let mut news = News::default();
        let mut latest: HashMap<IncidentId, Arc<IncidentView>> = HashMap::new();
        for change in &stepped.changes {
            match change {
                Change::Unit(unit) => {
                    let after = Arc::new(view::unit(city, unit));
                    let before = self.units.insert(unit.id.clone(), after.clone());
                    if let Some(before) = before {
                        let before = match news.units.remove(&unit.id) {
                            // Twice in one block is once told.
                            Some((first, _)) => first,
                            None => before,
                        };
                        news.units.insert(unit.id.clone(), (before, after));
                    }
                    news.anything = true;
                }
                Change::Incident(incident) => {
                    let brief = view::incident(city, incident, stepped.now).brief();
                    latest.insert(incident.id, Arc::new(brief));
                    news.anything = true;
                }
                Change::UnitGone(id) => {
                    self.units.remove(id);
                    news.anything = true;
                }
                Change::Sensor(_) | Change::Alarm(_) => news.anything = true,
                _ => {}
            }
        }
        for (id, after) in latest {
            let before = self.incidents.insert(id, after.clone());
            let states = before.into_iter().chain([after]);
            news.incidents.insert(id, states.collect());
        }
        news
    }
}

/// A viewer of everything, on a line of its own.
struct Viewer {
    stream: TcpStream,
    waiting: Vec<u8>,
    things: HashMap<u32, Whole>,
}

impl Viewer {
    fn open(hub: Hub) -> Result<Self, String> {
        let wrong = |error: std::io::Error| error.to_string();
        let to = ours::welcomes(hub)?;
        let look = Look {
            bbox: Bounds::WORLD.degrees(),
            zoom: 10.0,
            layers: vec![
                Layer::Incidents,
                Layer::Alarms,
                Layer::Units,
                Layer::Sensors,
            ],
            filter: None,
            known: Known::Nothing,
        };
        let greeting = Greeting {
            speech: Speech::WebSocket,
            path: "/",
            headers: format!("Sec-WebSocket-Protocol: {PROTOCOL_BINARY}\r\n"),
            says: vec![ask(&Ask::Look(look))],
        };
        let stream = greet(to, &greeting).map_err(wrong)?;
        let mut viewer = Self {
            stream,
            waiting: Vec::new(),
            things: HashMap::new(),
        };
        loop {
            let frame = viewer.next()?;
            if let Ok(Frame::Part(head, records)) = Frame::read(&frame) {
                for record in Records::of(records) {
                    if let Record::Whole(number, whole) = record {
                        viewer.things.insert(number, whole);
                    }
                }
                if head.whole {
                    return Ok(viewer);
                }
            }
        }
    }

    fn next(&mut self) -> Result<Vec<u8>, String> {
        let wrong = |error: std::io::Error| format!("a ping could not be answered: {error}");
        let mut buffer = vec![0; 64 * 1024];
        loop {
            if let Some((head, length)) = frame_of(&self.waiting)
                && self.waiting.len() >= head + length
            {
                let kind = self.waiting[0];
                let frame = self.waiting[head..head + length].to_vec();
                self.waiting.drain(..head + length);
                match kind {
                    BINARY => return Ok(frame),
                    // Who never answers is taken for gone after a minute.
                    PING => self.stream.write_all(&PONG).map_err(wrong)?,
                    _ => {}
                }
                continue;
            }
            let count = self
                .stream
                .read(&mut buffer)
                .map_err(|error| format!("nothing was told: {error}"))?;
            if count == 0 {
                return Err("the hub hung up".into());
            }
            self.waiting.extend_from_slice(&buffer[..count]);
        }
    }

    /// The frame of one block.
    fn hear(&mut self, block: u64, news: &News, heard: &mut Heard) -> Result<(), String> {
        let frame = self.next()?;
        let Ok(Frame::Delta(head, records)) = Frame::read(&frame) else {
            return Err("a frame that is no delta".into());
        };
        if head.from + head.ahead != block {
            return Err(format!("block {block} was told with others"));
        }
        heard.frame_bytes += frame.len();
        let mut told = Told::new(head.from, block);
        let mut records = Records::of(records);
        let mut left = records.left();
        let mut changes_of: HashMap<u32, usize> = HashMap::new();
        while let Some(record) = records.next() {
            let bytes = left - records.left();
            left = records.left();
            match record {
                Record::Moved(number, moved) => {
                    heard.moves.add(bytes);
                    let Some(Whole::Unit(unit)) = self.things.get_mut(&number) else {
                        return Err("what moved is not known".into());
                    };
                    moved
                        .on(Arc::make_mut(unit), head.now)
                        .ok_or("it left the globe")?;
                    let (before, after) = news.units.get(&unit.id).ok_or("nothing moved")?;
                    if after.position != unit.position {
                        return Err(format!("{} is not where it is told", unit.id));
                    }
                    heard
                        .moved
                        .push((number, before.clone(), after.clone(), head.now));
                    told.moved(number, before.clone(), after.clone());
                }
                Record::Changed(number, changed) => {
                    heard.changes.add(bytes);
                    let Some(Whole::Incident(incident)) = self.things.get_mut(&number) else {
                        return Err("the incident that changed is not known".into());
                    };
                    changed
                        .on(Arc::make_mut(incident))
                        .ok_or("not to be read")?;
                    let states = news.incidents.get(&incident.id).ok_or("nothing changed")?;
                    let place = changes_of.entry(number).or_default();
                    if let Some([before, after]) = states.get(*place..*place + 2) {
                        heard.changed.push((number, before.clone(), after.clone()));
                        told.incident(number, before.clone(), after.clone());
                    }
                    *place += 1;
                }
                Record::Measured(number, measured) => {
                    heard.measured.add(bytes);
                    let Some(Whole::Sensor(sensor)) = self.things.get_mut(&number) else {
                        return Err("the sensor that measured is not known".into());
                    };
                    let before = sensor.clone();
                    measured
                        .on(Arc::make_mut(sensor), head.now)
                        .ok_or("not to be read")?;
                    told.measured((number, before, sensor.clone(), head.now));
                }
                Record::Whole(number, whole) => {
                    heard.whole.add(bytes);
                    told.whole(number, whole.clone());
                    self.things.insert(number, whole);
                }
                Record::Gone(number, _) => {
                    heard.whole.add(bytes);
                    told.gone(number);
                    self.things.remove(&number);
                }
            }
        }
        heard.told.push(told);
        Ok(())
    }
}
