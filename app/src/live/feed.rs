//! A subscription and its picture: what arrives waits in the inbox and is applied once per animation frame.
//! The inbox has a limit; when it is full the picture is asked for anew. While the past is shown the live picture goes on behind.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use domain::ids::IncidentId;
use domain::interest::Cover;
use domain::place::Bounds;
use domain::time::Timestamp;
use domain::wire::live::{Ask, Known, Look};
use leptos::prelude::*;

use super::budget;
use super::connection::{Connection, Link, Listener};
use super::picture::{Applied, Changes, LivePicture, Undrawn};
use super::refusal::{Part, Refusal};
use crate::settings::Settings;

/// 25 s of frames at the server's 20 a second: a tab that slept longer starts anew.
const MOST_WAITING: usize = 512;
/// A hidden page gets no animation frames; then this often.
const HIDDEN_EVERY: Duration = Duration::from_millis(500);

/// The state of a feed that panels show.
#[derive(Clone, Copy)]
pub struct FeedState {
    /// What is shown: the live picture, or a past one.
    pub picture: StoredValue<LivePicture>,
    /// The live picture while a past one is shown.
    behind: StoredValue<Option<LivePicture>>,
    /// Incidents that changed behind a past picture.
    pub missed: RwSignal<BTreeSet<IncidentId>>,
    /// What is looked at.
    pub look: RwSignal<Option<Look>>,
    teller: StoredValue<Option<Teller>>,
    pub link: RwSignal<Link>,
    /// When the latest frame came, by the server's clock.
    pub heard_at: RwSignal<Option<Timestamp>>,
    /// The picture is being taken anew.
    pub resyncing: RwSignal<bool>,
    /// Why what is looked at now was refused: the picture is still that of before.
    pub refused: RwSignal<Option<Refusal>>,
    pub undrawn: StoredValue<Undrawn>,
}

/// Tells whoever draws the picture what has changed of it.
type Teller = StoredValue<Box<dyn Fn(&Changes)>, LocalStorage>;

impl FeedState {
    pub fn new() -> Self {
        Self {
            picture: StoredValue::new(LivePicture::default()),
            behind: StoredValue::new(None),
            missed: RwSignal::new(BTreeSet::new()),
            look: RwSignal::new(None),
            teller: StoredValue::new(None),
            link: RwSignal::new(Link::Off),
            heard_at: RwSignal::new(None),
            resyncing: RwSignal::new(false),
            refused: RwSignal::new(None),
            undrawn: StoredValue::default(),
        }
    }

    /// Shows a past picture in the place of the live one, which goes on behind it; and tells who draws it.
    pub fn show(self, past: LivePicture) {
        let shown = self
            .picture
            .try_update_value(|picture| std::mem::replace(picture, past));
        self.behind.update_value(|behind| {
            if behind.is_none() {
                *behind = shown;
            }
        });
        self.tell(&Changes::everything());
    }

    /// Brings the past picture further.
    pub fn go_on(self, frame: &[u8]) -> Applied {
        let applied = self
            .picture
            .try_update_value(|picture| picture.apply(frame))
            .unwrap_or(Applied::Late);
        if let Applied::Changed(changes) = &applied {
            self.tell(changes);
        }
        applied
    }

    /// Shows the live picture again.
    pub fn return_to_live(self) {
        if let Some(live) = self.behind.try_update_value(Option::take).flatten() {
            self.picture.set_value(live);
            self.tell(&Changes::everything());
        }
    }

    /// Reads the live picture, wherever it is.
    pub fn with_live<T>(self, read: impl FnOnce(&LivePicture) -> T) -> T {
        self.behind.with_value(|behind| match behind {
            Some(live) => read(live),
            None => self.picture.with_value(read),
        })
    }

    /// What was told of heat since it was last taken, wherever the live picture is; none where some of that is missing.
    pub fn take_heat(self) -> Option<Vec<Vec<u8>>> {
        self.update_live(LivePicture::take_heat).flatten()
    }

    /// None once the page is being taken down.
    fn update_live<T>(self, update: impl FnOnce(&mut LivePicture) -> T) -> Option<T> {
        if self.is_behind() {
            let live = |behind: &mut Option<LivePicture>| update(behind.get_or_insert_default());
            self.behind.try_update_value(live)
        } else {
            self.picture.try_update_value(update)
        }
    }

    fn is_behind(self) -> bool {
        self.behind
            .try_with_value(Option::is_some)
            .unwrap_or_default()
    }

    fn tell(self, changes: &Changes) {
        self.undrawn.update_value(|undrawn| undrawn.note(changes));
        if let Some(teller) = self.teller.get_value() {
            teller.try_with_value(|tell| tell(changes));
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
}

/// Breaks the circle between inbox and connection.
struct Ear(std::rc::Weak<Inbox>);

impl Listener for Ear {
    fn greeting(&self) -> Ask {
        let Some(inbox) = self.0.upgrade() else {
            return Ask::Digest;
        };
        inbox.waiting.borrow_mut().clear();
        let seen = inbox.state.with_live(LivePicture::seen);
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
            // Whoever comes back says anew where he looks.
            inbox.state.refused.set(None);
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
        state
            .teller
            .set_value(Some(StoredValue::new_local(Box::new(changed))));
        state.look.set(Some(look.clone()));
        let inbox = Rc::new(Inbox {
            state,
            settings,
            look: RefCell::new(look),
            waiting: RefCell::new(VecDeque::new()),
            scheduled: Cell::new(false),
            connection: RefCell::new(None),
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
        self.inbox.state.look.set(Some(look.clone()));
        self.inbox.state.refused.set(None);
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
            let applied = self.state.update_live(|picture| picture.apply(&frame));
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
                    let refusal = Refusal::of(&problem);
                    if refusal.is_some() {
                        self.state.refused.set(refusal);
                    }
                }
                Some(Applied::Confirmed | Applied::Late) => {}
                // The page is being taken down.
                None => return,
            }
        }
        self.forgive();
        if let Some(now) = self.state.with_live(LivePicture::now)
            && moved
        {
            self.settings.hear_time(now);
        }
        self.state.heard_at.set(Some(self.settings.present()));
        if moved {
            if joined.whole {
                self.state.resyncing.set(false);
            }
            if self.state.is_behind() {
                self.state.missed.set(joined.incidents);
                // Nothing of it is shown, but somebody has to take it.
                if joined.heat {
                    self.state.tell(&Changes {
                        heat: true,
                        ..Changes::default()
                    });
                }
            } else {
                self.state.tell(&joined);
            }
            let ended_ms = js_sys::Date::now();
            let tick = self.state.with_live(LivePicture::now);
            let age_ms = tick.map(|tick| ended_ms as i64 - tick.millis());
            budget::applied(ended_ms - started_ms, age_ms);
        }
    }

    /// A refused extent is forgotten once what is looked at now is there: the refusal may have been that of a look before it.
    fn forgive(&self) {
        let refused = self.state.refused.get_untracked();
        if !refused.is_some_and(|refusal| refusal.part == Part::Extent) {
            return;
        }
        let cover = Bounds::from_degrees(self.look.borrow().bbox).map(Cover::of);
        let seen = self.state.with_live(LivePicture::seen);
        if seen.is_some_and(|seen| cover.is_ok_and(|cover| cover == seen.cover)) {
            self.state.refused.set(None);
        }
    }

    fn ask_anew(&self, why: &str) {
        leptos::logging::log!("taking the picture anew: {why}");
        self.waiting.borrow_mut().clear();
        self.state.resyncing.set(true);
        self.state.update_live(LivePicture::start_anew);
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
