//! The city's statistics as they go over the wire: each figure with the list that it counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use crate::time::Timestamp;

/// A figure, and the list it is counted from; the value is null where there is nothing to count it from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Figure {
    #[serde(serialize_with = "plainly")]
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

/// A count is written as a whole number, as lists of counts always were.
fn plainly<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(whole) if whole.fract() == 0.0 && whole.abs() < 9e15 => {
            serializer.serialize_i64(*whole as i64)
        }
        other => other.serialize(serializer),
    }
}

#[cfg(test)]
mod tests {
    use super::Figure;

    #[test]
    fn a_count_is_a_whole_number_and_a_share_keeps_its_digits() {
        let figure = |value| Figure {
            value,
            of: None,
            drill: String::new(),
        };
        let text = |value| serde_json::to_string(&figure(value)).expect("written");
        assert_eq!(text(Some(25.0)), r#"{"value":25,"of":null,"drill":""}"#);
        assert!(text(Some(62.5)).contains("62.5") && text(None).contains("null"));
    }
}
