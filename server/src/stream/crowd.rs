//! All viewers of the binary stream on plain sockets, held by one thread: no task, no buffer and no waking for each of them.
//! At a tick every one gets its frame by one write; a line that takes no more keeps the rest of that one frame and is told
//! again, of what is then the latest, when it can take it.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use domain::policy::Audience;
use mio::event::Event;
use mio::{Events, Interest, Poll, Token, Waker};
use slab::Slab;

use self::frames::{Ear, Head, Said};
use self::rights::Lease;
use super::hub::Hub;
use super::seat::{Parcel, Seat};
use super::serve::{MOST_MISTAKES, PING_EVERY, RIGHT_EVERY, Right, SILENT};

mod frames;
mod rights;

const WAKE: Token = Token(usize::MAX);
/// Sockets on their way in; whoever comes when it is full is turned away.
const MOST_COMING: usize = 4_096;
/// Events taken from the system at once.
const EVENTS: usize = 1_024;
const READ_BYTES: usize = 16 * 1024;
/// Reads of one line before the others have their turn.
const MOST_READS: usize = 4;
/// Control frames that wait for a blocked line.
const MOST_CONTROLS: usize = 8;

/// Lines held at once; whoever comes then is told to come later.
const MOST_MEMBERS: usize = 16_384;

/// The way into the crowd.
pub struct Crowd {
    coming: SyncSender<Newcomer>,
    waker: Arc<Waker>,
    taken: Arc<AtomicUsize>,
}

/// Somebody whose line has just become a WebSocket.
pub struct Newcomer {
    pub stream: TcpStream,
    /// What it sent together with its request.
    pub sent: Vec<u8>,
    pub right: Box<dyn Right>,
    /// As whom it was let in.
    pub audience: Audience,
}

impl Crowd {
    /// The returned closures hold the viewers and watch over their rights, each on a thread, until the `Crowd` is dropped.
    pub fn gather(hub: Hub) -> io::Result<(Self, impl FnOnce() + Send, impl FnOnce() + Send)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (coming, newcomers) = sync_channel(MOST_COMING);
        let (leases, let_in) = sync_channel(MOST_COMING);
        let (rings, warns) = (waker.clone(), waker.clone());
        hub.at_every_tick(move || rings.wake().is_ok());
        let taken = Arc::new(AtomicUsize::new(0));
        let hall = Hall {
            hub,
            poll,
            newcomers,
            leases,
            taken: taken.clone(),
            members: Slab::new(),
            unread: Vec::new(),
        };
        let crowd = Self {
            coming,
            waker,
            taken,
        };
        let watch = move || rights::watch(&let_in, &warns);
        Ok((crowd, move || hall.hold(), watch))
    }

    pub fn has_room(&self) -> bool {
        self.taken.load(Ordering::Relaxed) < MOST_MEMBERS
    }

    /// False if too many are coming at once.
    pub fn join(&self, newcomer: Newcomer) -> bool {
        let joined = self.coming.try_send(newcomer).is_ok();
        joined && self.waker.wake().is_ok()
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let (nobody, _) = sync_channel(0);
        self.coming = nobody;
        // The thread may have ended already.
        let _ended = self.waker.wake();
    }
}

struct Hall {
    hub: Hub,
    poll: Poll,
    newcomers: Receiver<Newcomer>,
    leases: SyncSender<Lease>,
    taken: Arc<AtomicUsize>,
    members: Slab<Member>,
    /// Those who had sent more than was read of them at once.
    unread: Vec<usize>,
}

struct Member {
    stream: mio::net::TcpStream,
    seat: Seat,
    /// It may no longer look.
    over: Arc<AtomicBool>,
    ear: Ear,
    /// Pings and answers to pings, to be written between two frames.
    controls: VecDeque<Vec<u8>>,
    /// What could not be written at once.
    rest: Option<Sending>,
    blocked_since: Instant,
    heard: Instant,
}

/// A frame, and how much of it has been written.
struct Sending {
    head: Option<Head>,
    parcel: Parcel,
    written: usize,
}

enum Wrote {
    All,
    Some,
}

fn hears(event: &Event) -> bool {
    event.is_readable() || event.is_read_closed() || event.is_error()
}

impl Hall {
    fn hold(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        let mut buffer = vec![0; READ_BYTES];
        let (mut checked, mut pinged) = (Instant::now(), Instant::now());
        loop {
            // Whoever still has something to be read is not told of again by the system.
            let patience = if self.unread.is_empty() {
                RIGHT_EVERY
            } else {
                Duration::ZERO
            };
            if let Err(error) = self.poll.poll(&mut events, Some(patience))
                && error.kind() != ErrorKind::Interrupted
            {
                tracing::error!("the crowd's sockets cannot be watched: {error}");
                return;
            }
            let mut woken = false;
            for index in std::mem::take(&mut self.unread) {
                self.hear(index, &mut buffer);
            }
            for event in &events {
                match event.token() {
                    WAKE => woken = true,
                    Token(index) if event.is_writable() && !hears(event) => self.tell(index),
                    Token(index) => self.hear(index, &mut buffer),
                }
            }
            if woken {
                if !self.welcome() {
                    return self.farewell();
                }
                self.every(Self::tell);
            }
            if checked.elapsed() >= RIGHT_EVERY {
                checked = Instant::now();
                self.every(Self::check);
            }
            if pinged.elapsed() >= PING_EVERY {
                pinged = Instant::now();
                self.every(Self::ping);
            }
        }
    }

    fn every(&mut self, what: fn(&mut Self, usize)) {
        for index in 0..self.members.capacity() {
            if self.members.contains(index) {
                what(self, index);
            }
        }
    }

    /// Takes in who has come; false when nobody will come any more.
    fn welcome(&mut self) -> bool {
        loop {
            match self.newcomers.try_recv() {
                Ok(newcomer) => self.seat(newcomer),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn seat(&mut self, newcomer: Newcomer) {
        let over = Arc::new(AtomicBool::new(false));
        let lease = Lease {
            right: newcomer.right,
            audience: newcomer.audience.clone(),
            over: over.clone(),
        };
        if self.leases.try_send(lease).is_err() {
            tracing::warn!("nobody watches over rights: a viewer is not let in");
            return;
        }
        let mut stream = mio::net::TcpStream::from_std(newcomer.stream);
        let entry = self.members.vacant_entry();
        let index = entry.key();
        let both = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self
            .poll
            .registry()
            .register(&mut stream, Token(index), both)
        {
            tracing::warn!("a viewer's socket cannot be watched: {error}");
            return;
        }
        let mut ear = Ear::default();
        ear.hear(&newcomer.sent);
        let now = Instant::now();
        entry.insert(Member {
            stream,
            seat: Seat::new(self.hub.clone(), newcomer.audience),
            over,
            ear,
            controls: VecDeque::new(),
            rest: None,
            blocked_since: now,
            heard: now,
        });
        self.taken.store(self.members.len(), Ordering::Relaxed);
        metrics::gauge!("gulou_viewers").increment(1.0);
        self.understand(index);
    }

    /// Reads some of what one has sent; nobody is read for so long that the others wait.
    fn hear(&mut self, index: usize, buffer: &mut [u8]) {
        for turn in 0.. {
            if turn == MOST_READS {
                if !self.unread.contains(&index) {
                    self.unread.push(index);
                }
                break;
            }
            let Some(member) = self.members.get_mut(index) else {
                return;
            };
            match member.stream.read(buffer) {
                Ok(0) => return self.end(index, "closed"),
                Ok(count) => {
                    member.heard = Instant::now();
                    member.ear.hear(&buffer[..count]);
                    self.understand(index);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return self.end(index, "broken"),
            }
        }
        self.tell(index);
    }

    fn understand(&mut self, index: usize) {
        while let Some(member) = self.members.get_mut(index) {
            match member.ear.next() {
                Ok(None) => return,
                Ok(Some(Said::Binary(bytes))) => member.seat.hear(&bytes),
                Ok(Some(Said::Text)) => {
                    member
                        .seat
                        .mistake("unreadable", "gulou.v1 is binary".into());
                }
                Ok(Some(Said::Ping(body))) => member.interject(frames::pong(&body)),
                Ok(Some(Said::Pong)) => {}
                Ok(Some(Said::Close)) => return self.end(index, "closed"),
                Err(frames::Broken) => return self.end(index, "broken"),
            }
            if member.seat.mistakes > MOST_MISTAKES {
                return self.end(index, "mistakes");
            }
        }
    }

    /// Everything there is to say, as far as the line takes it.
    fn tell(&mut self, index: usize) {
        let Some(member) = self.members.get_mut(index) else {
            return;
        };
        if member.over.load(Ordering::Relaxed) {
            return self.end(index, "right");
        }
        if let Err(error) = member.tell() {
            let why = match error.kind() {
                ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => "closed",
                _ => "broken",
            };
            self.end(index, why);
        }
    }

    fn check(&mut self, index: usize) {
        let Some(member) = self.members.get(index) else {
            return;
        };
        let why = if member.heard.elapsed() > SILENT {
            "silent"
        } else if member.rest.is_some() && member.blocked_since.elapsed() > SILENT {
            "slow"
        } else {
            return self.tell(index);
        };
        self.end(index, why);
    }

    fn ping(&mut self, index: usize) {
        if let Some(member) = self.members.get_mut(index) {
            member.interject(frames::ping());
            self.tell(index);
        }
    }

    fn end(&mut self, index: usize, why: &'static str) {
        let Some(mut member) = self.members.try_remove(index) else {
            return;
        };
        if member.rest.is_none() {
            // It may be gone already.
            let _gone = member.stream.write(&frames::close());
        }
        // Fails only for what was never registered.
        let _known = self.poll.registry().deregister(&mut member.stream);
        self.taken.store(self.members.len(), Ordering::Relaxed);
        metrics::gauge!("gulou_viewers").decrement(1.0);
        metrics::counter!("gulou_viewers_ended_total", "why" => why).increment(1);
    }

    fn farewell(&mut self) {
        self.every(|hall, index| hall.end(index, "stopping"));
    }
}

impl Member {
    /// A control frame has its place between two others; who sends more pings than he takes answers gets the first few.
    fn interject(&mut self, frame: Vec<u8>) {
        if self.controls.len() < MOST_CONTROLS {
            self.controls.push_back(frame);
        }
    }

    fn tell(&mut self) -> io::Result<()> {
        loop {
            if let Some(rest) = &mut self.rest {
                match rest.write(&mut self.stream)? {
                    Wrote::Some => return Ok(()),
                    Wrote::All => self.rest = None,
                }
            }
            let sending = match self.controls.pop_front() {
                Some(frame) => Some(Sending::framed(frame)),
                None => self.seat.next().map(Sending::of),
            };
            let Some(sending) = sending else {
                return Ok(());
            };
            self.blocked_since = Instant::now();
            self.rest = Some(sending);
        }
    }
}

impl Sending {
    fn of(parcel: Parcel) -> Self {
        Self {
            head: Some(Head::binary(parcel.bytes().len())),
            parcel,
            written: 0,
        }
    }

    fn framed(bytes: Vec<u8>) -> Self {
        Self {
            head: None,
            parcel: Parcel::Own(bytes),
            written: 0,
        }
    }

    fn write(&mut self, stream: &mut mio::net::TcpStream) -> io::Result<Wrote> {
        loop {
            let head = self.head.as_ref().map_or(&[][..], Head::bytes);
            let body = self.parcel.bytes();
            let of_head = self.written.min(head.len());
            let of_body = self.written - of_head;
            let written = match (&head[of_head..], &body[of_body..]) {
                ([], []) => return Ok(Wrote::All),
                ([], body) => stream.write(body),
                (head, body) => stream.write_vectored(&[IoSlice::new(head), IoSlice::new(body)]),
            };
            match written {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Wrote::Some),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
