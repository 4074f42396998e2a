//! What the desk shows and what a person has chosen on it. Panels read its signals; nothing that arrives
//! from outside ever changes a choice.

use std::sync::Arc;

use domain::ids::IncidentId;
use domain::lifecycle::CommandName;
use domain::place::Position;
use domain::wire::{IncidentDetail, IncidentView};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::feed::FeedState;
use super::lists::{Lists, Tab};
use super::picture::Changes;
use super::rows::{Row, Rows};
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

#[derive(Clone, Copy)]
pub struct Desk {
    pub start: StoredValue<Arc<Start>>,
    pub settings: Settings,
    /// Incidents and alarms of the whole scope.
    pub feed: FeedState,
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
    pub detail_problem: RwSignal<Option<requests::Problem>>,
    /// Counts requests for details, so that a late answer of an earlier one is dropped.
    detail_asked: StoredValue<u64>,
    pub open_command: RwSignal<Option<CommandName>>,
    pub intake_open: RwSignal<bool>,
    pub keys_open: RwSignal<bool>,
    pub point_for: RwSignal<Option<PointFor>>,
    pub point: RwSignal<Option<Position>>,
    pub sheet: RwSignal<Sheet>,
    /// A wish of a person to see a place; the only thing besides gestures that moves the camera.
    pub show_on_map: RwSignal<Option<Position>>,
    pub found: RwSignal<Option<Found>>,
}

/// What a search brought.
#[derive(Clone, PartialEq, Debug)]
pub struct Found {
    pub words: String,
    pub answer: Option<Result<Vec<IncidentId>, requests::Problem>>,
}

impl Desk {
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
            detail_problem: RwSignal::new(None),
            detail_asked: StoredValue::new(0),
            open_command: RwSignal::new(None),
            lists: RwSignal::new(lists),
            intake_open: RwSignal::new(false),
            keys_open: RwSignal::new(false),
            point_for: RwSignal::new(None),
            point: RwSignal::new(None),
            show_on_map: RwSignal::new(None),
            found: RwSignal::new(None),
        }
    }

    pub fn start(self) -> Arc<Start> {
        self.start.get_value()
    }

    pub fn row(self, id: IncidentId) -> Option<Row> {
        self.rows.with_value(|rows| rows.get(id))
    }

    /// Brings rows and lists up to date with the picture, once per frame.
    pub fn take(self, changes: &Changes) {
        if !changes.whole && changes.incidents.is_empty() && changes.removed_incidents.is_empty() {
            return;
        }
        self.feed.picture.with_value(|picture| {
            self.rows.update_value(|rows| {
                for id in &changes.incidents {
                    if let Some(view) = picture.incident(*id) {
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
            && changes.incidents.contains(&id)
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
        self.detail_problem.set(None);
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
            match answer {
                Ok(detail) => {
                    self.detail_problem.set(None);
                    if self.detail.read_untracked().as_deref() != Some(&detail) {
                        self.detail.set(Some(Arc::new(detail)));
                    }
                }
                Err(problem) => self.detail_problem.set(Some(problem)),
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
        self.found.set(Some(Found {
            words: words.clone(),
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
            answer: None,
        }));
        spawn_local(async move {
            let answer = requests::incidents(&query).await;
            self.take_found(words, answer);
        });
    }

    /// Unless something else is asked for meanwhile.
    fn take_found(self, words: String, answer: Result<Vec<IncidentView>, requests::Problem>) {
        if self
            .found
            .read_untracked()
            .as_ref()
            .is_none_or(|found| found.words != words)
        {
            return;
        }
        let answer = answer.map(|views| {
            let ids = views.iter().map(|view| view.id).collect();
            self.keep_found(views);
            ids
        });
        self.found.set(Some(Found {
            words,
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
