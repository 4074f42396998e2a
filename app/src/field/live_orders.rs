//! Follows the live stream for a department's page: cards change at once, and what their sentences and buttons say is asked for
//! one after the other. Runs in the browser only.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use domain::ids::IncidentId;
use domain::place::Bounds;
use domain::wire::field::Part;
use domain::wire::live::{Known, Look};
use domain::wire::{IncidentView, Layer};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::tabs::part_of;
use super::work::Work;
use crate::live::connection::Link;
use crate::live::feed::Feed;
use crate::live::picture::Changes;
use crate::requests;

/// More at once than this, and all are asked for in one.
const MANY: usize = 8;

struct Follower {
    work: Work,
    /// Whose details are to be asked for.
    wanted: RefCell<BTreeSet<IncidentId>>,
    busy: Cell<bool>,
    asking_all: Cell<bool>,
}

/// Call from an effect; ends with its owner. Gives the way to ask for the details of one anew.
pub fn follow(work: Work, is_whole: bool) -> Rc<dyn Fn(IncidentId)> {
    let follower = Rc::new(Follower {
        work,
        wanted: RefCell::default(),
        busy: Cell::new(false),
        asking_all: Cell::new(false),
    });
    let look = Look {
        bbox: Bounds::WORLD.degrees(),
        zoom: 12.0,
        layers: vec![Layer::Incidents],
        filter: None,
        known: Known::Told,
    };
    let changed = {
        let follower = Rc::clone(&follower);
        move |changes: &Changes| follower.hear(changes)
    };
    let feed = StoredValue::new_local(Some(Feed::open(
        work.feed,
        work.hand.settings,
        look,
        changed,
    )));
    on_cleanup(move || {
        feed.try_update_value(Option::take);
    });
    Effect::new(move |_| {
        let link = work.feed.link.get();
        work.hand.line.set(link);
        if link == Link::Live {
            work.hand.outbox.signed_in();
        }
    });
    Effect::new(move |_| {
        if let Some(heard) = work.feed.heard_at.get() {
            work.hand.heard_at.set(Some(heard));
        }
    });
    if !is_whole {
        Rc::clone(&follower).ask_all();
    }
    Rc::new(move |id| Rc::clone(&follower).want(id))
}

impl Follower {
    fn hear(self: &Rc<Self>, changes: &Changes) {
        let work = self.work;
        let mine = work.department();
        let views: Vec<std::sync::Arc<IncidentView>> = work.feed.picture.with_value(|picture| {
            if changes.whole {
                picture.incidents().cloned().collect()
            } else {
                let ids = changes.incidents.iter();
                ids.filter_map(|id| picture.incident(*id).cloned())
                    .collect()
            }
        });
        for view in &views {
            let known = work.row(view.id);
            let is_news = known.as_ref().is_none_or(|row| {
                let row = row.read_untracked();
                (row.incident.revision, row.incident.updated_at) != (view.revision, view.updated_at)
            });
            let concerns = known.is_some() || part_of(view, mine.as_ref()) != Part::Former;
            if concerns && is_news {
                work.take_view(view);
                self.wanted.borrow_mut().insert(view.id);
            }
        }
        let gone = changes.removed_incidents.iter().copied();
        let gone: Vec<IncidentId> = gone.filter(|id| work.knows(*id)).collect();
        self.wanted.borrow_mut().extend(gone);
        Rc::clone(self).go_on();
    }

    fn want(self: Rc<Self>, id: IncidentId) {
        self.wanted.borrow_mut().insert(id);
        self.go_on();
    }

    /// One question at a time; what cannot be asked now is told again when the line is back.
    fn go_on(self: Rc<Self>) {
        let many = self.wanted.borrow().len() > MANY;
        if many {
            self.wanted.borrow_mut().clear();
            self.ask_all();
            return;
        }
        if self.busy.get() {
            return;
        }
        let Some(id) = self.wanted.borrow_mut().pop_first() else {
            return;
        };
        self.busy.set(true);
        spawn_local(async move {
            match requests::detail(id).await {
                Ok(detail) => self.work.take_detail(detail),
                Err(problem) if matches!(problem.status, Some(403 | 404)) => self.work.leave(id),
                Err(_) => {}
            }
            self.busy.set(false);
            self.go_on();
        });
    }

    fn ask_all(self: Rc<Self>) {
        if self.asking_all.replace(true) {
            return;
        }
        spawn_local(async move {
            if let Ok(told) = requests::orders().await {
                self.work.take_all(told);
            }
            self.asking_all.set(false);
        });
    }
}
