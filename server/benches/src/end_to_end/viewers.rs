//! Many viewers of the live stream on one thread. All are read; some also read what they are told, and time its way.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::place::Position;
use domain::wire::live::{Ask, Frame, Known, Look, ask};
use domain::wire::record::{Record, Records, Whole};
use domain::wire::{Layer, PROTOCOL_BINARY, UnitView};
use mio::{Events, Interest, Poll, Token};

use crate::stream::line::{Greeting, frame_of, greet};
use crate::stream::speech::Speech;
use crate::traffic::{SentLog, number_of};

const BINARY: u8 = 0x82;
const PING: u8 = 0x89;
/// Empty, and under a mask of zeros.
const PONG: [u8; 6] = [0x8a, 0x80, 0, 0, 0, 0];
/// One in so many times the way of what it is told.
pub const LOOKS_CLOSELY: usize = 20;

/// What the viewers together were told.
#[derive(Default)]
pub struct Heard {
    pub frames: u64,
    pub bytes: u64,
    /// Milliseconds from sending to the viewer's socket, of those that look closely.
    pub ages_ms: Vec<f64>,
    /// The same of incidents that callers opened.
    pub incident_ages_ms: Vec<f64>,
    /// Records that could not be read, gaps, and starts anew.
    pub mistakes: u64,
}

struct Viewer {
    stream: mio::net::TcpStream,
    waiting: Vec<u8>,
    close: Option<Close>,
}

/// What one that looks closely holds.
#[derive(Default)]
struct Close {
    units: HashMap<u32, UnitView>,
    position: u64,
}

pub struct Viewers {
    poll: Poll,
    viewers: Vec<Viewer>,
    sent: Arc<SentLog>,
}

impl Viewers {
    /// Each looks at a box of its own.
    pub fn open(
        to: SocketAddr,
        key: &str,
        boxes: &[[f64; 4]],
        sent: Arc<SentLog>,
    ) -> Result<Self, String> {
        let wrong = |error: std::io::Error| format!("a viewer could not connect: {error}");
        let poll = Poll::new().map_err(wrong)?;
        let mut viewers = Vec::new();
        for (index, bbox) in boxes.iter().enumerate() {
            let look = Look {
                bbox: *bbox,
                zoom: 12.0,
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
                path: "/api/v1/live",
                headers: format!(
                    "Sec-WebSocket-Protocol: {PROTOCOL_BINARY}\r\nAuthorization: Bearer {key}\r\n"
                ),
                says: vec![ask(&Ask::Look(look))],
            };
            let stream = greet(to, &greeting).map_err(wrong)?;
            stream.set_nonblocking(true).map_err(wrong)?;
            let mut stream = mio::net::TcpStream::from_std(stream);
            poll.registry()
                .register(&mut stream, Token(index), Interest::READABLE)
                .map_err(wrong)?;
            viewers.push(Viewer {
                stream,
                waiting: Vec::new(),
                close: index.is_multiple_of(LOOKS_CLOSELY).then(Close::default),
            });
        }
        Ok(Self {
            poll,
            viewers,
            sent,
        })
    }

    /// Reads until told to stop; what is told before `from` is not counted.
    pub fn listen(mut self, from: Instant, stop: &AtomicBool) -> Result<Heard, String> {
        let mut events = Events::with_capacity(1_024);
        let mut heard = Heard::default();
        let mut buffer = vec![0; 256 * 1024];
        let mut counts = false;
        while !stop.load(Ordering::Relaxed) {
            self.poll
                .poll(&mut events, Some(Duration::from_millis(20)))
                .map_err(|error| error.to_string())?;
            if !counts && Instant::now() >= from {
                (counts, heard) = (true, Heard::default());
            }
            for event in &events {
                if let Some(viewer) = self.viewers.get_mut(event.token().0) {
                    viewer.read(&mut buffer, &self.sent, &mut heard)?;
                }
            }
        }
        Ok(heard)
    }
}

impl Viewer {
    fn read(&mut self, buffer: &mut [u8], sent: &SentLog, heard: &mut Heard) -> Result<(), String> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err("the server closed a viewer's line".into()),
                Ok(count) => {
                    heard.bytes += count as u64;
                    self.waiting.extend_from_slice(&buffer[..count]);
                    self.take_frames(sent, heard);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(format!("a viewer's line broke: {error}")),
            }
        }
    }

    fn take_frames(&mut self, sent: &SentLog, heard: &mut Heard) {
        let mut begin = 0;
        while let Some((head, length)) = frame_of(&self.waiting[begin..]) {
            let Some(body) = self.waiting.get(begin + head..begin + head + length) else {
                break;
            };
            if self.waiting[begin] == PING {
                // One whose line takes no pong is found out by the server.
                let _sent = self.stream.write(&PONG);
            }
            if self.waiting[begin] == BINARY {
                heard.frames += 1;
                if let Some(close) = &mut self.close {
                    close.take(body, sent, heard);
                }
            }
            begin += head + length;
        }
        self.waiting.drain(..begin);
    }
}

impl Close {
    fn take(&mut self, frame: &[u8], sent: &SentLog, heard: &mut Heard) {
        let now = Instant::now();
        let (records, at) = match Frame::read(frame) {
            Ok(Frame::Part(head, records)) => {
                if head.anew {
                    self.units.clear();
                }
                self.position = head.position;
                (Records::of(records), head.now)
            }
            Ok(Frame::Delta(head, records)) => {
                heard.mistakes += u64::from(head.from != self.position);
                self.position = head.from + head.ahead;
                (Records::of(records), head.now)
            }
            Ok(Frame::Said(_) | Frame::Heat(_)) | Err(_) => {
                heard.mistakes += 1;
                return;
            }
        };
        for record in records {
            match record {
                Record::Moved(number, moved) => {
                    let Some(unit) = self.units.get_mut(&number) else {
                        heard.mistakes += 1;
                        continue;
                    };
                    let known = moved.on(unit, at).and_then(|()| {
                        let number = number_of(unit.id.as_str())?;
                        sent.of_unit(number, unit.position)
                    });
                    match known {
                        Some(sent) => heard.ages_ms.push(millis(now - sent)),
                        None => heard.mistakes += 1,
                    }
                }
                Record::Whole(number, Whole::Unit(unit)) => {
                    self.units.insert(number, (*unit).clone());
                }
                Record::Whole(_, Whole::Incident(incident)) => {
                    let first = incident.evidence_count == 1;
                    let known = incident.position.and_then(|at| sent.of_call(at));
                    if let Some(sent) = known.filter(|_| first) {
                        heard.incident_ages_ms.push(millis(now - sent));
                    }
                }
                Record::Gone(number, _) => {
                    self.units.remove(&number);
                }
                Record::Whole(..) | Record::Changed(..) => {}
            }
        }
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Boxes of viewers over a city: one in twenty looks at all of it, the others at 1 to 20 % around where something is.
pub fn boxes(city: [f64; 4], centres: &[Position], count: usize) -> Vec<[f64; 4]> {
    let [west, south, east, north] = city;
    (0..count)
        .map(|index| {
            if index % 20 == 7 {
                return city;
            }
            let share = 0.01 + 0.19 * (index % 20) as f64 / 19.0;
            let side = share.sqrt() / 2.0;
            let centre = centres[index * 37 % centres.len()];
            let (lon, lat) = (centre.longitude(), centre.latitude());
            let (wide, high) = ((east - west) * side, (north - south) * side);
            [lon - wide, lat - high, lon + wide, lat + high]
        })
        .collect()
}
