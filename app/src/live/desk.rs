//! What the desk shows and what a person has chosen on it. Panels read its signals; nothing that arrives
//! from outside ever changes a choice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::ids::IncidentId;
use domain::lifecycle::CommandName;
use domain::place::Position;
use domain::theme::Freshness;
use domain::time::Timestamp;
use domain::wire::{IncidentDetail, IncidentView, Layer};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::ages::Ages;
use super::call::Call;
use super::calls::Calls;
use super::feed::FeedState;
use super::kept::{self, SavedView};
use super::lists::{Lists, Tab, rings};
use super::notices::Noticed;
use super::past::{self, Past};
use super::picture::Changes;
use super::refusal::Refusal;
use super::rows::{Row, Rows};
use super::sound::Sound;
use super::undo::{OFFERED_MS, Undo};
use crate::on_demand::Part;
use crate::requests;
use crate::settings::Settings;
use crate::start::{Counts, Start};

/// Which of the four sheets a narrow screen shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sheet {
    Queue,
    Map,
    Detail,
    Me,
}

impl Sheet {
    pub fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Map => "map",
            Self::Detail => "detail",
            Self::Me => "me",
        }
    }
}

/// Who waits for a point on the map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PointFor {
    Command,
    Intake,
}

/// More than this at once nobody has looked at.
pub const MOST_IN_BATCH: usize = 50;

#[derive(Clone, Copy)]
pub struct Desk {
    pub start: StoredValue<Arc<Start>>,
    pub settings: Settings,
    /// Incidents and alarms of the whole scope.
    pub feed: FeedState,
    /// Units and sensors where the map looks.
    pub things: FeedState,
    rows: StoredValue<Rows>,
    pub lists: RwSignal<Lists>,
    pub counts: RwSignal<Counts>,
    /// Moves whenever an incident of the picture changed: for the map and the time bar.
    pub incidents_moved: RwSignal<u64>,
    pub tab: RwSignal<Tab>,
    /// The ids the queue shows now: the list of the tab, or what a search found. It holds still under a hand.
    pub shown: RwSignal<Vec<IncidentId>>,
    /// The row the keys stand on.
    pub cursor: RwSignal<Option<IncidentId>>,
    /// What was just done, in one sentence.
    pub notice: RwSignal<Option<String>>,
    pub selected: RwSignal<Option<IncidentId>>,
    pub detail: RwSignal<Option<Arc<IncidentDetail>>>,
    pub no_detail: RwSignal<Option<NoDetail>>,
    /// Counts requests for details, so that a late answer of an earlier one is dropped.
    detail_asked: StoredValue<u64>,
    /// The moment of the details; none is the present.
    detail_at: StoredValue<Option<Timestamp>>,
    pub open_command: RwSignal<Option<CommandName>>,
    pub intake_open: RwSignal<bool>,
    pub call: RwSignal<Call>,
    pub keys_open: RwSignal<bool>,
    pub point_for: RwSignal<Option<PointFor>>,
    pub point: RwSignal<Option<Position>>,
    pub sheet: RwSignal<Sheet>,
    /// A wish of a person to see a place; the only thing besides gestures that moves the camera.
    pub show_on_map: RwSignal<Option<Position>>,
    pub found: RwSignal<Option<Found>>,
    /// The way back from what was just done, while it is offered.
    pub undo: RwSignal<Option<Undo>>,
    /// Rows chosen for a command to all of them.
    pub batch: RwSignal<BTreeSet<IncidentId>>,
    pub palette_open: RwSignal<bool>,
    pub views: RwSignal<Vec<SavedView>>,
    pub naming_view: RwSignal<bool>,
    /// Suggestions put aside in this browser, as `here other`.
    pub aside: RwSignal<Vec<String>>,
    pub sound: RwSignal<Sound>,
    /// Counts new incidents that ring.
    pub rung: RwSignal<u64>,
    pub calls: RwSignal<Calls>,
    /// Moves whenever an alarm of the picture changed.
    pub alarms_moved: RwSignal<u64>,
    pub notices: RwSignal<Noticed>,
    /// The list that lies over the queue: of alarms, or of notices.
    pub drawer: RwSignal<Option<Part>>,
    pub past: Past,
    /// What of the city the map draws now.
    pub drawn: RwSignal<Vec<Layer>>,
    /// A wish of a person to see a box (west, south, east, north).
    pub frame_on_map: RwSignal<Option<[f64; 4]>>,
}

/// Why the details of the selected incident as they are, or were, are not there.
#[derive(Clone, PartialEq, Debug)]
pub enum NoDetail {
    /// At the moment that is shown it had not happened.
    NotYet,
    Failed(requests::Problem),
}

/// What a search brought.
#[derive(Clone, PartialEq, Debug)]
pub struct Found {
    pub words: String,
    /// A list with a name, that no words find again.
    pub named: bool,
    pub answer: Option<Result<Vec<IncidentId>, requests::Problem>>,
}

impl Desk {
    /// Why what the lists or the map look at was refused; reactive.
    pub fn refused(self) -> Option<Refusal> {
        let of_map = || self.things.refused.get();
        self.feed.refused.get().or_else(of_map)
    }

    pub fn new(start: &Arc<Start>, settings: Settings) -> Self {
        let mut rows = Rows::default();
        for view in &start.incidents {
            rows.put(Arc::new(view.clone()));
        }
        let lists = Lists::of(start.incidents.iter(), start.me.as_ref(), start.now);
        let detail = start
            .detail
            .as_ref()
            .map(|detail| Arc::new((**detail).clone()));
        Self {
            start: StoredValue::new(Arc::clone(start)),
            settings,
            feed: FeedState::new(),
            things: FeedState::new(),
            rows: StoredValue::new(rows),
            counts: RwSignal::new(start.counts),
            incidents_moved: RwSignal::new(0),
            tab: RwSignal::new(Tab::default()),
            shown: RwSignal::new(lists.list(Tab::default()).to_vec()),
            cursor: RwSignal::new(detail.as_ref().map(|detail| detail.incident.id)),
            notice: RwSignal::new(None),
            selected: RwSignal::new(detail.as_ref().map(|detail| detail.incident.id)),
            sheet: RwSignal::new(if detail.is_some() {
                Sheet::Detail
            } else {
                Sheet::Queue
            }),
            detail: RwSignal::new(detail),
            no_detail: RwSignal::new(None),
            detail_asked: StoredValue::new(0),
            detail_at: StoredValue::new(None),
            open_command: RwSignal::new(None),
            lists: RwSignal::new(lists),
            intake_open: RwSignal::new(false),
            call: RwSignal::new(Call::default()),
            keys_open: RwSignal::new(false),
            point_for: RwSignal::new(None),
            point: RwSignal::new(None),
            show_on_map: RwSignal::new(None),
            found: RwSignal::new(None),
            undo: RwSignal::new(None),
            batch: RwSignal::new(BTreeSet::new()),
            palette_open: RwSignal::new(false),
            views: RwSignal::new(Vec::new()),
            naming_view: RwSignal::new(false),
            aside: RwSignal::new(Vec::new()),
            sound: RwSignal::new(Sound::default()),
            rung: RwSignal::new(0),
            calls: RwSignal::new(Calls::default()),
            alarms_moved: RwSignal::new(0),
            notices: RwSignal::new(Noticed::default()),
            drawer: RwSignal::new(None),
            past: Past::new(),
            drawn: RwSignal::new(Layer::ALL.to_vec()),
            frame_on_map: RwSignal::new(None),
        }
    }

    /// How old everything listed is: an idle line is asked every 20 s, so half a minute of silence is no quiet city.
    pub fn freshness(self) -> Freshness {
        const PERIOD_MS: i64 = 30_000;
        match (self.feed.heard_at.get(), self.settings.clock.get()) {
            (Some(heard), Some(_)) => {
                Freshness::of(self.settings.present().since(heard), PERIOD_MS)
            }
            _ => Freshness::Live,
        }
    }

    /// How old the newest word of a sensor or unit is; none where the map does not show it.
    pub fn thing_age(self, thing: &str) -> Option<(Freshness, Timestamp)> {
        let now = self.settings.clock.get()?;
        self.things.picture.with_value(|picture| {
            let (source, heard) = picture.heard(thing)?;
            let start = self.start();
            Some((Ages::at(&start.city.periods, now).of(source, heard), heard))
        })
    }

    /// Opens a list over the queue in another's place, or closes it.
    pub fn open_or_close(self, list: Part) {
        self.drawer
            .update(|open| *open = (*open != Some(list)).then_some(list));
    }

    /// Whose browser storage it is.
    pub fn account(self) -> String {
        self.start()
            .me
            .as_ref()
            .map(|me| me.name.clone())
            .unwrap_or_default()
    }

    /// Takes up what this browser remembers for the account; call from an effect.
    pub fn recall(self) {
        let account = self.account();
        if let Some(views) = kept::kept("views", &account) {
            self.views.set(kept::read_views(&views));
        }
        if let Some(aside) = kept::kept("aside", &account) {
            self.aside.set(aside.lines().map(str::to_owned).collect());
        }
    }

    /// Keeps the list as it is shown under a name; the oldest makes room.
    pub fn keep_view(self, name: &str) {
        let words = untrack(|| self.searched());
        let view = SavedView::new(name, self.tab.get_untracked(), &words.unwrap_or_default());
        let Some(view) = view else { return };
        self.views.update(|views| {
            views.retain(|known| known.name != view.name);
            if views.len() == kept::MOST_VIEWS {
                views.remove(0);
            }
            views.push(view);
        });
        self.remember_views();
    }

    pub fn forget_view(self, name: &str) {
        self.views
            .update(|views| views.retain(|known| known.name != name));
        self.remember_views();
    }

    fn remember_views(self) {
        let text = self.views.with_untracked(|views| kept::write_views(views));
        kept::keep("views", &self.account(), &text);
    }

    pub fn show_view(self, view: &SavedView) {
        self.tab.set(view.tab);
        self.search(view.words.clone());
        self.sheet.set(Sheet::Queue);
    }

    /// Puts a suggestion aside in this browser; others still see it.
    pub fn put_aside(self, here: IncidentId, other: IncidentId) {
        const MOST: usize = 200;
        self.aside.update(|aside| {
            aside.push(format!("{here} {other}"));
            let many = aside.len().saturating_sub(MOST);
            aside.drain(..many);
        });
        let text = self.aside.with_untracked(|aside| aside.join("\n"));
        kept::keep("aside", &self.account(), &text);
    }

    pub fn toggle_in_batch(self, id: IncidentId) {
        if !self
            .batch
            .try_update(|batch| batch.remove(&id))
            .unwrap_or(false)
        {
            self.choose([id]);
        }
    }

    /// Adds to the batch as long as there is room; the form says when there is none.
    pub fn choose(self, ids: impl IntoIterator<Item = IncidentId>) {
        self.batch.update(|batch| {
            for id in ids {
                if batch.len() < MOST_IN_BATCH {
                    batch.insert(id);
                }
            }
        });
    }

    /// Everything between the row the keys stand on and this one.
    pub fn choose_up_to(self, id: IncidentId) {
        let shown = self.shown.read_untracked();
        let at = |id| shown.iter().position(|shown| *shown == id);
        let Some(there) = at(id) else { return };
        let here = self.cursor.get_untracked().and_then(at).unwrap_or(there);
        let (first, last) = (here.min(there), here.max(there));
        self.choose(shown[first..=last].iter().copied());
        self.cursor.set(Some(id));
    }

    /// Offers a way back for a while; the newest offer counts.
    pub fn offer(self, undo: Option<Undo>) {
        self.undo.set(undo.clone());
        let Some(undo) = undo else { return };
        let over = Duration::from_millis(u64::from(OFFERED_MS));
        set_timeout(
            move || {
                if self.undo.try_get_untracked().flatten().as_ref() == Some(&undo) {
                    self.undo.set(None);
                }
            },
            over,
        );
    }

    pub fn start(self) -> Arc<Start> {
        self.start.get_value()
    }

    pub fn row(self, id: IncidentId) -> Option<Row> {
        self.rows.with_value(|rows| rows.get(id))
    }

    /// Brings rows and lists up to date with the picture, once per frame.
    pub fn take(self, changes: &Changes) {
        if changes.whole || changes.alarms {
            self.alarms_moved.update(|moved| *moved += 1);
        }
        if !changes.whole && changes.incidents.is_empty() && changes.removed_incidents.is_empty() {
            return;
        }
        let replayed = self.settings.past.get_untracked().is_some();
        self.feed.picture.with_value(|picture| {
            self.rows.update_value(|rows| {
                if changes.whole {
                    for view in picture.incidents() {
                        rows.put(Arc::clone(view));
                    }
                }
                for id in &changes.incidents {
                    if let Some(view) = picture.incident(*id) {
                        // A whole picture brings what was there before; only what comes after it is new.
                        if !changes.whole && !replayed && rows.get(*id).is_none() && rings(view) {
                            self.rung.update(|rung| *rung += 1);
                        }
                        rows.put(Arc::clone(view));
                    }
                }
                for id in &changes.removed_incidents {
                    rows.remove(*id);
                }
                if changes.whole {
                    rows.keep(|id| picture.incident(id).is_some());
                }
            });
        });
        self.order_lists();
        self.incidents_moved.update(|moved| *moved += 1);
        if let Some(id) = self.selected.get_untracked()
            && (changes.whole || changes.incidents.contains(&id))
        {
            self.fetch_detail(id);
        }
    }

    /// Also when only time has passed: what was due is now late.
    pub fn order_lists(self) {
        let start = self.start.get_value();
        let now = self.settings.now();
        let lists = self.feed.picture.with_value(|picture| {
            picture.position().map(|_| {
                Lists::of(
                    picture.incidents().map(AsRef::as_ref),
                    start.me.as_ref(),
                    now,
                )
            })
        });
        let Some(lists) = lists else { return };
        let counts = lists.counts();
        if self.counts.get_untracked() != counts {
            self.counts.set(counts);
        }
        if *self.lists.read_untracked() != lists {
            self.lists.set(lists);
        }
    }

    /// A call that was begun comes to nothing.
    pub fn drop_call(self) {
        self.call.set(Call::default());
        self.intake_open.set(false);
    }

    /// A person picks an incident, or none.
    pub fn select(self, id: Option<IncidentId>) {
        if self.selected.get_untracked() == id {
            return;
        }
        self.selected.set(id);
        self.notice.set(None);
        self.intake_open.set(false);
        if id.is_some() {
            self.cursor.set(id);
        }
        self.open_command.set(None);
        self.no_detail.set(None);
        match id {
            Some(id) => self.fetch_detail(id),
            None => self.detail.set(None),
        }
    }

    pub fn fetch_detail(self, id: IncidentId) {
        let asked = self.detail_asked.try_update_value(|asked| {
            *asked += 1;
            *asked
        });
        spawn_local(async move {
            let answer = requests::detail(id).await;
            let still_asked = self
                .detail_asked
                .try_with_value(|latest| Some(*latest) == asked);
            if still_asked != Some(true) || self.selected.get_untracked() != Some(id) {
                return;
            }
            let answer = answer.map_err(NoDetail::Failed);
            let at = self.settings.past.get_untracked();
            match answer.and_then(|detail| past::as_it_stood(self, detail)) {
                Ok(detail) => {
                    self.no_detail.set(None);
                    self.detail_at.set_value(at);
                    if self.detail.read_untracked().as_deref() != Some(&detail) {
                        self.detail.set(Some(Arc::new(detail)));
                    }
                }
                Err(why) => {
                    // How it is at another moment is not told of this one.
                    if why == NoDetail::NotYet || self.detail_at.get_value() != at {
                        self.detail.set(None);
                    }
                    self.no_detail.set(Some(why));
                }
            }
        });
    }

    /// The view of an incident by its number or id, as far as this desk knows it.
    pub fn named(self, text: &str) -> Option<IncidentId> {
        let text = text.trim();
        if let Ok(id) = text.parse() {
            return Some(id);
        }
        self.feed.picture.with_value(|picture| {
            picture
                .incidents()
                .find(|view| view.number.eq_ignore_ascii_case(text))
                .map(|view| view.id)
        })
    }

    /// Asks the server for words; the answer replaces the list until it is cleared.
    pub fn search(self, words: String) {
        let words = words.trim().to_owned();
        if words.is_empty() {
            self.found.set(None);
            return;
        }
        if self.settings.past.read_untracked().is_some() {
            let answer = Some(Ok(past::search(self, &words)));
            self.found.set(Some(Found {
                words,
                named: false,
                answer,
            }));
            return;
        }
        self.found.set(Some(Found {
            words: words.clone(),
            named: false,
            answer: None,
        }));
        spawn_local(async move {
            let answer = requests::search(&words).await;
            self.take_found(words, answer);
        });
    }

    /// Shows a list of the public interface in the queue's place; `words` say what is in it.
    pub fn show_list(self, words: String, query: String) {
        self.found.set(Some(Found {
            words: words.clone(),
            named: true,
            answer: None,
        }));
        spawn_local(async move {
            let answer = requests::incidents(&query).await;
            self.take_found(words, answer);
        });
    }

    /// The words that find what is listed; reactive.
    pub fn searched(self) -> Option<String> {
        self.found.with(|found| {
            let found = found.as_ref().filter(|found| !found.named)?;
            Some(found.words.clone())
        })
    }

    /// Unless something else is asked for meanwhile, or of another moment.
    fn take_found(self, words: String, answer: Result<Vec<IncidentView>, requests::Problem>) {
        let waiting = self.found.with_untracked(|found| {
            let found = found.as_ref();
            found
                .filter(|found| found.words == words && found.answer.is_none())
                .map(|found| found.named)
        });
        let Some(named) = waiting else { return };
        let answer = answer.map(|views| {
            let ids = views.iter().map(|view| view.id).collect();
            self.keep_found(views);
            ids
        });
        self.found.set(Some(Found {
            words,
            named,
            answer: Some(answer),
        }));
    }

    /// What was found may lie outside the picture (closed long ago): it still needs a row.
    fn keep_found(self, views: Vec<IncidentView>) {
        self.rows.update_value(|rows| {
            for view in views {
                if rows.get(view.id).is_none() {
                    rows.put(Arc::new(view));
                }
            }
        });
    }
}

pub fn desk() -> Desk {
    expect_context::<Desk>()
}
