//! A subscription and its picture: what arrives waits in the inbox and is applied once per animation frame.
//! The inbox has a limit; when it is full the picture is asked for anew.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use domain::time::Timestamp;
use domain::wire::live::{Ask, Known, Look};
use leptos::prelude::*;

use super::connection::{Connection, Link, Listener};
use super::picture::{Applied, Changes, LivePicture};
use crate::map::budget;
use crate::settings::Settings;

/// 25 s of frames at the server's 20 a second: a tab that slept longer starts anew.
const MOST_WAITING: usize = 512;
/// A hidden page gets no animation frames; then this often.
const HIDDEN_EVERY: Duration = Duration::from_millis(500);

/// The state of a feed that panels show.
#[derive(Clone, Copy)]
pub struct FeedState {
    pub picture: StoredValue<LivePicture>,
    pub link: RwSignal<Link>,
    /// When the latest frame came, by the server's clock.
    pub heard_at: RwSignal<Option<Timestamp>>,
    /// The picture is being taken anew.
    pub resyncing: RwSignal<bool>,
}

impl FeedState {
    pub fn new() -> Self {
        Self {
            picture: StoredValue::new(LivePicture::default()),
            link: RwSignal::new(Link::Off),
            heard_at: RwSignal::new(None),
            resyncing: RwSignal::new(false),
        }
    }
}

impl Default for FeedState {
    fn default() -> Self {
        Self::new()
    }
}

/// Lives in the browser only. Dropping it ends the connection.
pub struct Feed {
    inbox: Rc<Inbox>,
}

struct Inbox {
    state: FeedState,
    settings: Settings,
    look: RefCell<Look>,
    waiting: RefCell<VecDeque<Vec<u8>>>,
    scheduled: Cell<bool>,
    connection: RefCell<Option<Connection>>,
    changed: Box<dyn Fn(&Changes)>,
}

/// Breaks the circle between inbox and connection.
struct Ear(std::rc::Weak<Inbox>);

impl Listener for Ear {
    fn greeting(&self) -> Ask {
        let Some(inbox) = self.0.upgrade() else {
            return Ask::Digest;
        };
        inbox.waiting.borrow_mut().clear();
        let seen = inbox.state.picture.with_value(LivePicture::seen);
        Ask::Look(Look {
            known: seen.map_or(Known::Nothing, Known::Before),
            ..inbox.look.borrow().clone()
        })
    }

    fn heard(&self, frame: Vec<u8>) {
        if let Some(inbox) = self.0.upgrade() {
            inbox.take(frame);
        }
    }

    fn link_changed(&self, link: Link) {
        if let Some(inbox) = self.0.upgrade() {
            inbox.state.link.set(link);
        }
    }
}

impl Feed {
    pub fn open(
        state: FeedState,
        settings: Settings,
        look: Look,
        changed: impl Fn(&Changes) + 'static,
    ) -> Self {
        let inbox = Rc::new(Inbox {
            state,
            settings,
            look: RefCell::new(look),
            waiting: RefCell::new(VecDeque::new()),
            scheduled: Cell::new(false),
            connection: RefCell::new(None),
            changed: Box::new(changed),
        });
        let connection = Connection::open(Rc::new(Ear(Rc::downgrade(&inbox))));
        inbox.connection.replace(Some(connection));
        Self { inbox }
    }

    /// The view has moved: the server answers with what enters; what leaves it is dropped.
    pub fn look(&self, look: Look) {
        if *self.inbox.look.borrow() == look {
            return;
        }
        self.inbox.look.replace(look.clone());
        self.inbox.send(&Ask::Look(look));
    }

    /// The server is known to answer: an interrupted line is opened anew now.
    pub fn hurry(&self) {
        if self.inbox.state.link.get_untracked() != Link::Live
            && let Some(connection) = self.inbox.connection.borrow().as_ref()
        {
            connection.hurry();
        }
    }

    pub fn looks_at(&self) -> Look {
        self.inbox.look.borrow().clone()
    }
}

impl Inbox {
    fn take(self: Rc<Self>, frame: Vec<u8>) {
        {
            let mut waiting = self.waiting.borrow_mut();
            if waiting.len() >= MOST_WAITING {
                waiting.clear();
                drop(waiting);
                self.ask_anew("the page could not keep up");
                return;
            }
            waiting.push_back(frame);
        }
        if self.scheduled.replace(true) {
            return;
        }
        // Whichever comes first: a page that is hidden meanwhile gets no animation frame.
        let by_time = self.clone();
        set_timeout(move || by_time.apply(), HIDDEN_EVERY);
        if !document().hidden() {
            request_animation_frame(move || self.apply());
        }
    }

    fn apply(&self) {
        if !self.scheduled.replace(false) {
            return;
        }
        let started_ms = js_sys::Date::now();
        let frames = self.waiting.take();
        let mut joined = Changes::default();
        let mut moved = false;
        for frame in frames {
            let applied = self
                .state
                .picture
                .try_update_value(|picture| picture.apply(&frame));
            match applied {
                Some(Applied::Changed(changes)) => {
                    joined.join(changes);
                    moved = true;
                }
                Some(Applied::Gap) => {
                    self.ask_anew("a frame that does not follow");
                    break;
                }
                Some(Applied::Differs) => {
                    self.ask_anew("it differs from the server's");
                    break;
                }
                Some(Applied::Resyncing) => self.state.resyncing.set(true),
                Some(Applied::Problem(problem)) => {
                    leptos::logging::warn!(
                        "the server refused a message: {} {}",
                        problem.code,
                        problem.detail
                    );
                }
                Some(Applied::Confirmed | Applied::Late) => {}
                // The page is being taken down.
                None => return,
            }
        }
        if let Some(now) = self.state.picture.with_value(|picture| picture.now())
            && moved
        {
            self.settings.hear_time(now);
        }
        self.state.heard_at.set(Some(self.settings.now()));
        if moved {
            if joined.whole {
                self.state.resyncing.set(false);
            }
            (self.changed)(&joined);
            let ended_ms = js_sys::Date::now();
            let tick = self.state.picture.with_value(|picture| picture.now());
            let age_ms = tick.map(|tick| ended_ms as i64 - tick.millis());
            budget::applied(ended_ms - started_ms, age_ms);
        }
    }

    fn ask_anew(&self, why: &str) {
        leptos::logging::log!("taking the picture anew: {why}");
        self.waiting.borrow_mut().clear();
        self.state.resyncing.set(true);
        self.state.picture.update_value(LivePicture::start_anew);
        let look = self.look.borrow().clone();
        self.send(&Ask::Look(Look {
            known: Known::Nothing,
            ..look
        }));
    }

    fn send(&self, ask: &Ask) {
        if let Some(connection) = self.connection.borrow().as_ref() {
            connection.send(ask);
        }
    }
}
