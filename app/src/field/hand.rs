//! What the pages on phones have in common: which sheet is up, what is being written, the outbox, and how the line is.
//! Nothing that arrives changes what a person has opened or typed.

use std::sync::Arc;
use std::time::Duration;

use domain::ids::IncidentId;
use domain::lifecycle::CommandName;
use domain::place::Position;
use domain::time::Timestamp;
use domain::wire::IncidentView;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::form::give_at_once;
use super::outbox::{Given, Outbox, Photo};
use super::queue::MOST;
use super::words::Word;
use crate::json::Json;
use crate::live::connection::Link;
use crate::panels::fields;
use crate::settings::Settings;
use crate::start::Start;

#[wasm_bindgen(raw_module = "./offline.js")]
extern "C" {
    fn begin(newer: &Closure<dyn Fn()>, send: &Closure<dyn Fn()>, installable: &Closure<dyn Fn()>);
    #[wasm_bindgen(js_name = takeNewer)]
    pub fn take_newer();
    pub fn install();
    #[wasm_bindgen(js_name = forgetAnswers)]
    pub fn forget_answers() -> js_sys::Promise;
}

/// The four sheets of the bottom bar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sheet {
    /// The orders, or the city.
    Main,
    /// What waits: to be sent, or for a decision.
    Second,
    Map,
    Me,
}

impl Sheet {
    pub fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Second => "second",
            Self::Map => "map",
            Self::Me => "me",
        }
    }
}

/// Something to be drawn on the map.
#[derive(Clone, PartialEq, Debug)]
pub struct Marked {
    pub id: IncidentId,
    pub place: Position,
    pub level: u8,
    pub late: bool,
    pub title: String,
}

#[derive(Clone, Copy)]
pub struct Hand {
    start: StoredValue<Arc<Start>>,
    pub settings: Settings,
    pub outbox: Outbox,
    pub sheet: RwSignal<Sheet>,
    /// The command that is being written, and to what.
    pub form: RwSignal<Option<(IncidentId, CommandName)>>,
    /// Whose details are open.
    pub open: RwSignal<Option<IncidentId>>,
    /// They were opened from this page, so the way back leads to it.
    opened_here: StoredValue<bool>,
    pub notice: RwSignal<Option<String>>,
    /// There is a newer build than this page's.
    pub newer: RwSignal<bool>,
    pub installable: RwSignal<bool>,
    /// How the line is, as people are told.
    pub line: RwSignal<Link>,
    /// When what is shown was true.
    pub heard_at: RwSignal<Option<Timestamp>>,
    /// A wish to see a place.
    pub look_at: RwSignal<Option<Position>>,
    shown: StoredValue<Option<Shown>>,
}

/// The revision a page shows of an incident.
type Shown = StoredValue<Box<dyn Fn(IncidentId) -> Option<u32>>, LocalStorage>;

impl Hand {
    pub fn new(start: &Arc<Start>, settings: Settings) -> Self {
        let account = start.me.as_ref().map(|me| me.name.clone());
        Self {
            start: StoredValue::new(Arc::clone(start)),
            settings,
            outbox: Outbox::new(&account.unwrap_or_default(), settings),
            sheet: RwSignal::new(Sheet::Main),
            form: RwSignal::new(None),
            open: RwSignal::new(None),
            opened_here: StoredValue::new(false),
            notice: RwSignal::new(None),
            newer: RwSignal::new(false),
            installable: RwSignal::new(false),
            line: RwSignal::new(Link::Off),
            heard_at: RwSignal::new(None),
            look_at: RwSignal::new(None),
            shown: StoredValue::new(None),
        }
    }

    pub fn start(self) -> Arc<Start> {
        self.start.get_value()
    }

    /// Begins what only a browser has: the outbox, the worker, the phone's way back. Call from an effect.
    pub fn begin(self, heard: impl Fn(IncidentView) + 'static) {
        self.outbox.begin(heard);
        let newer = Closure::<dyn Fn()>::new(move || {
            self.newer.try_set(true);
        });
        let send = Closure::<dyn Fn()>::new(move || self.outbox.send());
        let installable = Closure::<dyn Fn()>::new(move || {
            self.installable.try_set(true);
        });
        begin(&newer, &send, &installable);
        // The worker speaks to the page as long as it is there.
        for told in [newer, send, installable] {
            told.forget();
        }
        self.read_address();
        let back = window_event_listener_untyped("hashchange", move |_| self.read_address());
        on_cleanup(move || back.remove());
    }

    /// What is open stands behind the `#` of the address, so that the phone's own way back closes it.
    fn read_address(self) {
        let hash = window().location().hash().unwrap_or_default();
        let open = hash.strip_prefix('#').and_then(|id| id.parse().ok());
        let was_closed = self.open.get_untracked().is_none();
        if self.open.get_untracked() != open {
            self.opened_here
                .set_value(was_closed && self.settings.clock.get_untracked().is_some());
            self.open.set(open);
            self.form.set(None);
        }
    }

    /// Closes the details as the phone's way back does.
    pub fn close(self) {
        let Ok(history) = window().history() else {
            return;
        };
        if self.opened_here.get_value() && history.back().is_ok() {
            return;
        }
        // The address was opened with it: there is nothing to go back to.
        let path = window().location().pathname().unwrap_or_default();
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
        self.open.set(None);
        self.form.set(None);
    }

    /// Where the outbox is shown on this page.
    pub fn show_outbox(self) {
        let is_orders = self
            .start
            .with_value(|start| matches!(start.page, crate::start::Page::Orders(_)));
        self.sheet
            .set(if is_orders { Sheet::Second } else { Sheet::Me });
    }

    /// Says something for a while.
    pub fn say(self, text: String) {
        const SHOWN: Duration = Duration::from_secs(6);
        self.notice.set(Some(text.clone()));
        set_timeout(
            move || {
                if self.notice.try_get_untracked().flatten().as_ref() == Some(&text) {
                    self.notice.set(None);
                }
            },
            SHOWN,
        );
    }

    /// Gives a command: it is kept on the device first.
    pub fn give(
        self,
        view: &IncidentView,
        command: CommandName,
        arguments: Vec<(&'static str, Json)>,
        photos: Vec<Photo>,
    ) {
        let given = Given {
            incident: view.id,
            command,
            revision: view.revision,
            title: view.title.clone(),
            arguments,
            photos,
        };
        if self.outbox.give(given).is_err() {
            let language = self.settings.language.get_untracked();
            self.say(Word::QueueFull.filled(language, &[("n", &MOST.to_string())]));
        } else if self.form.get_untracked() == Some((view.id, command)) {
            self.form.set(None);
        }
    }

    /// A refused command once more, for the incident as it stands now.
    pub fn again(self, number: u32) {
        let seen = self.seen(number);
        self.outbox.again(number, seen);
    }

    pub fn let_go(self, number: u32) {
        let seen = self.seen(number);
        self.outbox.drop_row(number, seen);
    }

    /// The revision that this page shows of the incident of a command.
    fn seen(self, number: u32) -> Option<u32> {
        let incident = self
            .outbox
            .queue
            .with_untracked(|queue| queue.row(number).map(|row| row.incident));
        let shown = self.shown.get_value();
        let id = incident?;
        shown?.try_with_value(|shown| shown(id)).flatten()
    }

    /// How a page says which revision it shows.
    pub fn shows(self, shown: impl Fn(IncidentId) -> Option<u32> + 'static) {
        self.shown
            .set_value(Some(StoredValue::new_local(Box::new(shown))));
    }

    /// A button of a command: given at once if nothing has to be said, else its form opens in place.
    pub fn press(self, view: &IncidentView, command: CommandName) {
        let pressed = Some((view.id, command));
        if fields(command).next().is_none() {
            self.form.set(None);
            give_at_once(self, view.clone(), command);
        } else if self.form.get_untracked() == pressed {
            self.form.set(None);
        } else {
            self.form.set(pressed);
        }
    }

    /// Now, or when the page was made as long as nobody has a clock.
    pub fn now(self) -> Timestamp {
        self.settings
            .clock
            .get()
            .unwrap_or_else(|| self.start.with_value(|start| start.now))
    }
}
