//! A department's orders as its page shows them. The list holds still under a hand: what arrives changes cards where they are,
//! and what is new waits behind one line until a person wants it.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ids::{DepartmentId, IncidentId};
use domain::wire::field::{OrderView, OrdersView};
use domain::wire::{IncidentDetail, IncidentView};
use leptos::prelude::*;

use super::hand::{Hand, Marked};
use super::tabs::{self, Tab, is_order_late};
use crate::live::feed::FeedState;
use crate::start::OrdersStart;

pub type OrderRow = ArcRwSignal<Arc<OrderView>>;

#[derive(Clone, Copy)]
pub struct Work {
    pub hand: Hand,
    pub feed: FeedState,
    rows: StoredValue<BTreeMap<IncidentId, OrderRow>>,
    pub tab: RwSignal<Tab>,
    /// What the list shows now.
    pub shown: RwSignal<Vec<IncidentId>>,
    /// New in the tab and not shown yet.
    pub held_back: RwSignal<usize>,
    pub counts: RwSignal<[u32; 4]>,
    pub more: RwSignal<bool>,
    /// False until the rest has come of what the page brought along.
    is_whole: StoredValue<bool>,
    /// Moves with every change of an order: for the map.
    pub moved: RwSignal<u64>,
}

impl Work {
    pub fn new(hand: Hand, start: &OrdersStart) -> Self {
        let orders: Vec<Arc<OrderView>> =
            start.first.orders.iter().cloned().map(Arc::new).collect();
        let shown = listed(&orders, Tab::Todo);
        let rows = orders
            .into_iter()
            .map(|order| (order.incident.id, ArcRwSignal::new(order)));
        Self {
            hand,
            feed: FeedState::new(),
            rows: StoredValue::new(rows.collect()),
            tab: RwSignal::new(Tab::Todo),
            shown: RwSignal::new(shown),
            held_back: RwSignal::new(0),
            counts: RwSignal::new(start.counts),
            more: RwSignal::new(start.first.more),
            is_whole: StoredValue::new(start.is_whole),
            moved: RwSignal::new(0),
        }
    }

    pub fn department(self) -> Option<DepartmentId> {
        let start = self.hand.start();
        start.me.as_ref().and_then(|me| me.department.clone())
    }

    pub fn row(self, id: IncidentId) -> Option<OrderRow> {
        self.rows.with_value(|rows| rows.get(&id).cloned())
    }

    pub fn knows(self, id: IncidentId) -> bool {
        self.rows.with_value(|rows| rows.contains_key(&id))
    }

    pub fn ids(self) -> Vec<IncidentId> {
        self.rows.with_value(|rows| rows.keys().copied().collect())
    }

    fn orders(self) -> Vec<Arc<OrderView>> {
        self.rows.with_value(|rows| {
            let rows = rows.values();
            rows.map(|row| Arc::clone(&row.read_untracked())).collect()
        })
    }

    /// All orders anew.
    pub fn take_all(self, told: OrdersView) {
        let ids: Vec<IncidentId> = told.orders.iter().map(|order| order.incident.id).collect();
        self.rows.update_value(|rows| {
            rows.retain(|id, _| ids.contains(id));
            for order in told.orders {
                put(rows, order);
            }
        });
        self.more.set(told.more);
        self.look_again();
        // The rest of the list comes behind what the page brought along; nothing moves.
        if !self.is_whole.get_value() {
            self.is_whole.set_value(true);
            self.settle();
        }
    }

    /// One order as its details tell it.
    pub fn take_detail(self, detail: IncidentDetail) {
        let part = tabs::part_of(&detail.incident, self.department().as_ref());
        let mine = self.department();
        let order = OrderView {
            part,
            assignment: detail
                .work
                .open()
                .assignments
                .into_iter()
                .find(|one| Some(&one.department) == mine.as_ref()),
            why: detail.why.responsibility,
            why_en: detail.why.responsibility_en,
            allowed: detail.allowed,
            incident: detail.incident,
        };
        self.rows.update_value(|rows| put(rows, order));
        self.look_again();
    }

    /// What the live stream, or the answer to a command, says of an incident; sentences it leaves out stay.
    pub fn take_view(self, view: &IncidentView) {
        let Some(row) = self.row(view.id) else { return };
        let known = Arc::clone(&row.read_untracked());
        let mut incident = view.clone();
        if let (Some(fresh), Some(old)) = (&mut incident.deadline, &known.incident.deadline)
            && fresh.explanation.is_empty()
            && fresh.due_at == old.due_at
        {
            fresh.explanation.clone_from(&old.explanation);
            fresh.explanation_en.clone_from(&old.explanation_en);
        }
        if incident == known.incident {
            return;
        }
        let part = tabs::part_of(&incident, self.department().as_ref());
        row.set(Arc::new(OrderView {
            incident,
            part,
            ..(*known).clone()
        }));
        self.look_again();
    }

    /// It is not the department's to see any more.
    pub fn leave(self, id: IncidentId) {
        self.rows.update_value(|rows| drop(rows.remove(&id)));
        self.shown
            .update(|shown| shown.retain(|known| *known != id));
        self.look_again();
    }

    /// Counts follow at once; the list only when a person looks anew, unless there is nothing under his hand.
    fn look_again(self) {
        let orders = self.orders();
        let counts = tabs::counts(&orders);
        if self.counts.get_untracked() != counts {
            self.counts.set(counts);
        }
        let fresh = listed(&orders, self.tab.get_untracked());
        if self.shown.read_untracked().is_empty() {
            if !fresh.is_empty() {
                self.shown.set(fresh);
            }
            self.held_back.set(0);
        } else {
            let new = self
                .shown
                .with_untracked(|shown| fresh.iter().filter(|id| !shown.contains(id)).count());
            if self.held_back.get_untracked() != new {
                self.held_back.set(new);
            }
        }
        self.moved.update(|moved| *moved += 1);
    }

    /// A person looks anew: by deadline, as it stands.
    pub fn settle(self) {
        let fresh = listed(&self.orders(), self.tab.get_untracked());
        if *self.shown.read_untracked() != fresh {
            self.shown.set(fresh);
        }
        self.held_back.set(0);
    }

    pub fn choose(self, tab: Tab) {
        self.tab.set(tab);
        self.settle();
    }

    /// Open orders with a place.
    pub fn marked(self) -> Vec<Marked> {
        self.moved.track();
        let now = self.hand.settings.now();
        let marked = |order: Arc<OrderView>| {
            let view = &order.incident;
            (Tab::of(&order) != Tab::Done).then_some(Marked {
                id: view.id,
                place: view.position?,
                level: view.severity.level(),
                late: is_order_late(&order, now),
                title: view.title.clone(),
            })
        };
        self.orders().into_iter().filter_map(marked).collect()
    }
}

fn put(rows: &mut BTreeMap<IncidentId, OrderRow>, order: OrderView) {
    match rows.get(&order.incident.id) {
        Some(row) if **row.read_untracked() == order => {}
        Some(row) => row.set(Arc::new(order)),
        None => {
            rows.insert(order.incident.id, ArcRwSignal::new(Arc::new(order)));
        }
    }
}

fn listed(orders: &[Arc<OrderView>], tab: Tab) -> Vec<IncidentId> {
    let places = tabs::of_tab(orders, tab);
    places
        .into_iter()
        .map(|at| orders[at].incident.id)
        .collect()
}

pub fn work() -> Work {
    expect_context::<Work>()
}
