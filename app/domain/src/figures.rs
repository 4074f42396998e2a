//! The city's statistics as they go over the wire: each figure with the list that it counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A figure, and the list it is counted from; the value is null where there is nothing to count it from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Figure {
    pub value: Option<f64>,
    /// How many incidents the list holds, where the figure itself is no count.
    pub of: Option<u64>,
    pub drill: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Figures {
    pub at: Timestamp,
    /// Since when today counts: midnight by the city's clock.
    pub day_begins: Timestamp,
    pub open: Figure,
    pub tray: Figure,
    pub overdue: Figure,
    pub opened_today: Figure,
    pub closed_today: Figure,
    /// 按期处置率: of a hundred closed today whose work had a deadline.
    pub in_time: Figure,
    /// Minutes from the report, of those first dispatched today.
    pub median_to_dispatch: Figure,
    /// Dispatches to a lead for each order first dispatched today.
    pub hops: Figure,
    /// 准确派遣率: of a hundred first dispatched today, those neither given back nor done again.
    pub accurate: Figure,
    /// Open ones.
    pub by_severity: BTreeMap<String, Figure>,
    pub by_town: BTreeMap<String, Figure>,
    /// Led or supported; one of several departments counts with each.
    pub by_department: BTreeMap<String, Figure>,
}
