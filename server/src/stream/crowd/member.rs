//! One line of the crowd: whose seat it is, what of it has been heard, and what of one frame is still to be written.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use mio::net::TcpStream;

use crate::stream::frames::{Broken, Ear, Framed, Said};
use crate::stream::room::Place;
use crate::stream::round::Round;
use crate::stream::seat::{Seat, Turn};
use crate::stream::serve::{MOST_HEARD, MOST_MISTAKES, SILENT};

/// Control frames that wait for a blocked line.
const MOST_CONTROLS: usize = 8;

pub struct Member {
    pub stream: TcpStream,
    seat: Seat,
    /// What could not be written at once.
    rest: Option<Sending>,
    /// Pings and answers to pings, to be written between two frames.
    controls: VecDeque<Arc<Framed>>,
    /// It waits for its turn to have much looked at.
    pub waits: bool,
    _place: Place,
    /// It may no longer look.
    over: Arc<AtomicBool>,
    ear: Ear,
    /// Frames since the last ping.
    heard_frames: u32,
    heard: Instant,
    /// Since when the line has taken nothing.
    blocked_since: Instant,
}

/// A frame, and how much of it has been written.
struct Sending {
    framed: Arc<Framed>,
    written: usize,
}

/// What was read of a line at once.
pub enum Heard {
    /// There may be more.
    More,
    /// All that had come.
    All,
    Nothing,
}

/// How far somebody has been told.
pub enum Told {
    /// As far as there is something to say, or as the line takes it.
    Enough,
    /// To say more, much would have to be looked at.
    AsksMuch,
}

/// Why a line is at its end.
pub type Why = &'static str;

impl Member {
    pub fn new(
        stream: TcpStream,
        seat: Seat,
        place: Place,
        over: Arc<AtomicBool>,
        sent: &[u8],
    ) -> Self {
        let now = Instant::now();
        let mut ear = Ear::default();
        ear.hear(sent);
        Self {
            stream,
            seat,
            rest: None,
            controls: VecDeque::new(),
            waits: false,
            _place: place,
            over,
            ear,
            heard_frames: 0,
            heard: now,
            blocked_since: now,
        }
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Reads once and understands it.
    pub fn hear(&mut self, buffer: &mut [u8]) -> Result<Heard, Why> {
        match self.stream.read(buffer) {
            Ok(0) => Err("closed"),
            Ok(count) => {
                self.heard = Instant::now();
                self.ear.hear(&buffer[..count]);
                self.understand()?;
                Ok(match count < buffer.len() {
                    true => Heard::All,
                    false => Heard::More,
                })
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Heard::Nothing),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(Heard::More),
            Err(_) => Err("broken"),
        }
    }

    pub fn understand(&mut self) -> Result<(), Why> {
        loop {
            let said = self.ear.next();
            self.heard_frames += self.ear.frames_since();
            if self.heard_frames > MOST_HEARD {
                return Err("talkative");
            }
            match said {
                Ok(None) => return Ok(()),
                Ok(Some(Said::Binary(bytes))) => self.seat.hear(&bytes),
                Ok(Some(Said::Text)) => {
                    self.seat.mistake("unreadable", "gulou.v1 is binary".into());
                }
                Ok(Some(Said::Ping(body))) => self.interject(Framed::pong(&body)),
                Ok(Some(Said::Pong)) => {}
                Ok(Some(Said::Close)) => return Err("closed"),
                Err(Broken) => return Err("broken"),
            }
            if self.seat.mistakes > MOST_MISTAKES {
                return Err("mistakes");
            }
        }
    }

    /// A control frame has its place between two others; who sends more pings than he takes answers gets the first few.
    fn interject(&mut self, frame: Framed) {
        if self.controls.len() < MOST_CONTROLS {
            self.controls.push_back(Arc::new(frame));
        }
    }

    pub fn ping(&mut self) {
        self.heard_frames = 0;
        self.interject(Framed::ping());
    }

    /// Gone without a word, or takes nothing any more.
    pub fn is_lost(&self) -> Option<Why> {
        if self.heard.elapsed() > SILENT {
            Some("silent")
        } else if self.rest.is_some() && self.blocked_since.elapsed() > SILENT {
            Some("slow")
        } else {
            None
        }
    }

    /// What all are told in this round, by one write, and heat now and then; whoever stands elsewhere is told for itself.
    pub fn tell_in(&mut self, round: &mut Round) -> io::Result<Told> {
        if self.rest.is_some() || !self.controls.is_empty() {
            return self.tell(0);
        }
        let begun = round.begun;
        match self.seat.next_in(round) {
            Turn::Nothing => Ok(Told::Enough),
            Turn::Other => self.tell(0),
            Turn::Frame(framed) => {
                let written = write(&mut self.stream, framed.bytes())?;
                if written < framed.bytes().len() {
                    let framed = framed.clone();
                    self.rest = Some(Sending { framed, written });
                    self.blocked_since = begun;
                    return Ok(Told::Enough);
                }
                match self.seat.owes_heat(round) {
                    true => self.tell(0),
                    false => Ok(Told::Enough),
                }
            }
        }
    }

    /// Everything there is to say, as far as the line takes it; with so many looks at much.
    pub fn tell(&mut self, mut looks: u32) -> io::Result<Told> {
        loop {
            if let Some(rest) = &mut self.rest {
                let bytes = &rest.framed.bytes()[rest.written..];
                let written = write(&mut self.stream, bytes)?;
                if written > 0 {
                    self.blocked_since = Instant::now();
                }
                if written < bytes.len() {
                    rest.written += written;
                    return Ok(Told::Enough);
                }
                self.rest = None;
            }
            let framed = match self.controls.pop_front() {
                Some(frame) => Some(frame),
                None if !self.seat.asks_much() => self.seat.next(),
                None if looks == 0 => return Ok(Told::AsksMuch),
                None => {
                    looks -= 1;
                    self.seat.next()
                }
            };
            let Some(framed) = framed else {
                return Ok(Told::Enough);
            };
            self.rest = Some(Sending { framed, written: 0 });
        }
    }

    pub fn says_farewell(&mut self) {
        if self.rest.is_none() {
            // It may be gone already.
            let _gone = self.stream.write(Framed::close().bytes());
        }
    }
}

/// As much as the line takes.
fn write(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let mut written = 0;
    while written < bytes.len() {
        match stream.write(&bytes[written..]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}
