//! One signal per row, so that a change of one among ten thousand costs one row.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ids::IncidentId;
use domain::wire::IncidentView;
use leptos::prelude::*;

pub type Row = ArcRwSignal<Arc<IncidentView>>;

/// Bounded by the picture: rows leave with their incidents.
#[derive(Default)]
pub struct Rows {
    rows: BTreeMap<IncidentId, Row>,
}

impl Rows {
    pub fn get(&self, id: IncidentId) -> Option<Row> {
        self.rows.get(&id).cloned()
    }

    pub fn put(&mut self, view: Arc<IncidentView>) {
        match self.rows.get(&view.id) {
            Some(row) if *row.read_untracked() == view => {}
            Some(row) => row.set(view),
            None => {
                self.rows.insert(view.id, ArcRwSignal::new(view));
            }
        }
    }

    pub fn remove(&mut self, id: IncidentId) {
        self.rows.remove(&id);
    }

    /// Drops what the picture no longer holds.
    pub fn keep(&mut self, holds: impl Fn(IncidentId) -> bool) {
        self.rows.retain(|id, _| holds(*id));
    }
}
