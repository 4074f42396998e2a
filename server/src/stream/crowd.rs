//! All viewers of the binary stream on plain sockets, held by one thread: no task, no buffer and no waking for each of them.
//! At a tick every one gets its frame by one write; a line that takes no more keeps the rest of that one frame and is told
//! again, of what is then the latest, when it can take it. Whoever asks for much waits until all others have been told.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};

use domain::policy::Audience;
use mio::event::Event;
use mio::{Events, Interest, Poll, Token, Waker};
use slab::Slab;

use self::member::{Heard, Member, Told, Why};
use self::rights::{Fresh, Lease, Watch};
use super::hub::Hub;
use super::room::{MOST_LINES, Place, Room};
use super::round::Round;
use super::seat::Seat;
use super::serve::{PING_EVERY, RIGHT_EVERY, Right};

mod member;
mod rights;

const WAKE: Token = Token(usize::MAX);
/// Sockets on their way in; whoever comes when it is full is turned away.
const MOST_COMING: usize = 4_096;
/// Events taken from the system at once.
const EVENTS: usize = 1_024;
const READ_BYTES: usize = 16 * 1024;
/// Reads of one line before the others have their turn.
const MOST_READS: usize = 4;
/// Much is looked at for about so long, then sockets and ticks have their turn.
const LOOKS_FOR: Duration = Duration::from_millis(5);

/// The way into the crowd.
pub struct Crowd {
    /// Held by each of the two threads for as long as it lives.
    threads: Weak<()>,
    coming: SyncSender<Newcomer>,
    /// It has been told that somebody is coming.
    called: Arc<AtomicBool>,
    waker: Arc<Waker>,
    room: Room,
}

/// Somebody whose line has just become a WebSocket.
pub struct Newcomer {
    pub stream: TcpStream,
    /// What it sent together with its request.
    pub sent: Vec<u8>,
    pub right: Box<dyn Right>,
    /// As whom it was let in.
    pub audience: Audience,
    pub place: Place,
}

impl Crowd {
    /// The returned closures hold the viewers and watch over their rights, each on a thread, until the `Crowd` is dropped.
    pub fn gather(hub: Hub) -> io::Result<(Self, impl FnOnce() + Send, impl FnOnce() + Send)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (coming, newcomers) = sync_channel(MOST_COMING);
        let (stays_open, open) = sync_channel(0);
        let leases = Fresh::default();
        let rings = waker.clone();
        hub.at_every_tick(move || rings.wake().is_ok());
        let called = Arc::new(AtomicBool::new(false));
        let some_over = Arc::new(AtomicBool::new(false));
        let alive = Arc::new(());
        let threads = Arc::downgrade(&alive);
        let watch_lives = Arc::new(());
        let watched = Arc::downgrade(&watch_lives);
        let watch = Watch {
            _alive: (alive.clone(), watch_lives),
            fresh: leases.clone(),
            open,
            some_over: some_over.clone(),
            hall: waker.clone(),
        };
        let room = hub.room().clone();
        let hall = Hall {
            _alive: alive,
            watched,
            told_up_to: hub.read(|scene| scene.position),
            hub,
            poll,
            newcomers,
            leases,
            _stays_open: stays_open,
            called: called.clone(),
            some_over,
            members: Slab::new(),
            unread: Vec::new(),
            curious: VecDeque::new(),
        };
        let crowd = Self {
            threads,
            coming,
            called,
            waker,
            room,
        };
        Ok((crowd, move || hall.hold(), move || watch.go_on()))
    }

    /// False when a thread of it has ended: whoever comes is to be served in another way, or he would wait for ever.
    pub fn is_held(&self) -> bool {
        self.threads.strong_count() == 2
    }

    pub fn room(&self) -> &Room {
        &self.room
    }

    /// False if too many are coming at once.
    pub fn join(&self, newcomer: Newcomer) -> bool {
        let joined = self.coming.try_send(newcomer).is_ok();
        joined && (self.called.swap(true, Ordering::AcqRel) || self.waker.wake().is_ok())
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
    _alive: Arc<()>,
    /// Gone when nobody watches over rights any more.
    watched: Weak<()>,
    hub: Hub,
    poll: Poll,
    newcomers: Receiver<Newcomer>,
    leases: Fresh,
    _stays_open: SyncSender<()>,
    called: Arc<AtomicBool>,
    /// Set when somebody may no longer look.
    some_over: Arc<AtomicBool>,
    members: Slab<Member>,
    /// Up to where everybody was told in the last round.
    told_up_to: u64,
    /// Those who had sent more than was read of them at once.
    unread: Vec<usize>,
    /// Those for whom much is to be looked at, in turn.
    curious: VecDeque<usize>,
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
            let patience = match self.unread.is_empty() && self.curious.is_empty() {
                true => RIGHT_EVERY,
                false => Duration::ZERO,
            };
            if let Err(error) = self.poll.poll(&mut events, Some(patience))
                && error.kind() != ErrorKind::Interrupted
            {
                tracing::error!("the crowd's sockets cannot be watched: {error}");
                return;
            }
            let mut woken = false;
            for index in std::mem::take(&mut self.unread) {
                self.hear(index, true, &mut buffer);
            }
            for event in &events {
                match event.token() {
                    WAKE => woken = true,
                    Token(index) if event.is_writable() && !hears(event) => self.tell(index),
                    Token(index) => self.hear(index, event.is_read_closed(), &mut buffer),
                }
            }
            if woken && !self.welcome() {
                return self.farewell();
            }
            if self.some_over.swap(false, Ordering::Acquire) {
                self.end_all(|member| member.is_over().then_some("right"));
            }
            let is_due = checked.elapsed() >= RIGHT_EVERY;
            if is_due {
                checked = Instant::now();
                if self.watched.strong_count() == 0 {
                    tracing::error!(
                        "nobody watches over rights any more: all viewers are shown out"
                    );
                    return self.farewell();
                }
                self.end_all(Member::is_lost);
            }
            if pinged.elapsed() >= PING_EVERY {
                pinged = Instant::now();
                self.members.iter_mut().for_each(|(_, one)| one.ping());
            }
            if is_due || self.told_up_to != self.hub.read(|scene| scene.position) {
                self.go_round();
            }
            self.look_up();
        }
    }

    /// Takes in who has come; false when nobody will come any more.
    fn welcome(&mut self) -> bool {
        self.called.store(false, Ordering::Release);
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
        let mut leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner);
        if leases.len() >= MOST_LINES {
            tracing::warn!("nobody watches over rights: a viewer is not let in");
            return;
        }
        leases.push(lease);
        drop(leases);
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
        let (place, sent) = (newcomer.place, newcomer.sent);
        let seat = Seat::new(self.hub.clone(), newcomer.audience).held_by(place.holder());
        let member = entry.insert(Member::new(stream, seat, place, over, &sent));
        let understood = member.understand();
        match understood {
            Ok(()) => self.tell(index),
            Err(why) => self.end(index, why),
        }
    }

    /// Reads some of what one has sent; nobody is read for so long that the others wait. Who `closes` is read to the end.
    fn hear(&mut self, index: usize, closes: bool, buffer: &mut [u8]) {
        let Some(member) = self.members.get_mut(index) else {
            return;
        };
        for turn in 0.. {
            if turn == MOST_READS {
                if !self.unread.contains(&index) {
                    self.unread.push(index);
                }
                break;
            }
            match member.hear(buffer) {
                Ok(Heard::More) => {}
                // The system tells of whatever comes after this; of an end that has come already it has told.
                Ok(Heard::All) if closes => {}
                Ok(Heard::All | Heard::Nothing) => break,
                Err(why) => return self.end(index, why),
            }
        }
        self.tell(index);
    }

    /// What is to be said to one without looking at much.
    fn tell(&mut self, index: usize) {
        let Some(member) = self.members.get_mut(index) else {
            return;
        };
        if member.is_over() {
            return self.end(index, "right");
        }
        match member.tell(0) {
            Ok(Told::Enough) => {}
            Ok(Told::AsksMuch) => queue_up(&mut self.curious, index, member),
            Err(error) => self.end(index, why(&error)),
        }
    }

    /// Tells everybody what is new.
    fn go_round(&mut self) {
        let mut round = Round::begin(&self.hub);
        self.told_up_to = round.position;
        let mut ended = Vec::new();
        for (index, member) in &mut self.members {
            match member.tell_in(&mut round) {
                Ok(Told::Enough) => {}
                Ok(Told::AsksMuch) => queue_up(&mut self.curious, index, member),
                Err(error) => ended.push((index, why(&error))),
            }
        }
        for (index, why) in ended {
            self.end(index, why);
        }
    }

    /// Looks at much for those who asked for it, one after the other; who has not got all of it waits for his next turn.
    fn look_up(&mut self) {
        let begun = Instant::now();
        while let Some(index) = self.curious.pop_front() {
            if let Some(member) = self.members.get_mut(index).filter(|one| one.waits) {
                member.waits = false;
                match member.tell(1) {
                    Ok(Told::Enough) => {}
                    Ok(Told::AsksMuch) => queue_up(&mut self.curious, index, member),
                    Err(error) => self.end(index, why(&error)),
                }
                if begun.elapsed() >= LOOKS_FOR {
                    return;
                }
            }
        }
    }

    fn end_all(&mut self, is_at_its_end: impl Fn(&Member) -> Option<Why>) {
        let ended: Vec<(usize, Why)> = self
            .members
            .iter()
            .filter_map(|(index, member)| Some((index, is_at_its_end(member)?)))
            .collect();
        for (index, why) in ended {
            self.end(index, why);
        }
    }

    fn end(&mut self, index: usize, why: Why) {
        let Some(mut member) = self.members.try_remove(index) else {
            return;
        };
        member.says_farewell();
        // Fails only for what was never registered.
        let _known = self.poll.registry().deregister(&mut member.stream);
        metrics::counter!("gulou_viewers_ended_total", "why" => why).increment(1);
    }

    fn farewell(&mut self) {
        self.end_all(|_| Some("stopping"));
    }
}

/// Nobody stands in the queue twice.
fn queue_up(curious: &mut VecDeque<usize>, index: usize, member: &mut Member) {
    if !std::mem::replace(&mut member.waits, true) {
        curious.push_back(index);
    }
}

fn why(error: &io::Error) -> Why {
    match error.kind() {
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => "closed",
        _ => "broken",
    }
}
