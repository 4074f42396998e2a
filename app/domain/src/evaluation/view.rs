//! The evaluation as it goes over the wire. Shapes only.

use serde::{Deserialize, Serialize};

use super::{Better, Period, Score};
use crate::case::Moment;
use crate::ids::IncidentId;
use crate::lifecycle::State;
use crate::time::Timestamp;

/// What the rows are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    #[default]
    Department,
    Town,
    Category,
    /// Months of the city's own calendar.
    Month,
}

impl By {
    pub const ALL: [Self; 4] = [Self::Department, Self::Town, Self::Category, Self::Month];

    pub fn name(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::Town => "town",
            Self::Category => "category",
            Self::Month => "month",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }
}

/// Rows of a period, with the period before beside it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EvaluationView {
    pub by: By,
    pub period: Period,
    pub before: Period,
    /// The clock that what is overdue is judged by.
    pub at: Timestamp,
    /// The journal's block the cases are as of.
    pub position: u64,
    pub indicators: Vec<IndicatorBrief>,
    /// By score, best first; what has none last.
    pub rows: Vec<RowView>,
    /// Everything that the asker may see.
    pub total: RowView,
    /// For one department: all the others together.
    pub others: Option<RowView>,
}

/// What an indicator is, in words and as its formula.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct IndicatorBrief {
    pub id: String,
    pub name: String,
    pub name_en: String,
    pub unit: String,
    pub unit_en: String,
    pub decimals: u8,
    pub better: Better,
    pub kind: Kind,
    /// `in_time`, `mean hops`, `p90 opened → closed`.
    pub formula: String,
    pub of: String,
    pub counts_in: Moment,
    pub source: String,
    pub source_en: String,
    pub weight: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Share,
    Mean,
    Percentile,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RowView {
    /// A department, town, category or month (`2026-11`); `-` where a case has none of it.
    pub key: String,
    pub name: String,
    pub name_en: String,
    /// The period of this row: the month's, or the whole.
    pub period: Period,
    pub score: Score,
    pub score_before: Option<f64>,
    /// In the order of the indicators.
    pub cells: Vec<CellView>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CellView {
    /// In the indicator's unit; null where there is nothing to count.
    pub value: Option<f64>,
    /// Cases, or what they sum up to; null for a time.
    pub numerator: Option<u64>,
    /// Cases.
    pub denominator: u32,
    /// Of the denominator, with an exemption beside the fact.
    pub exempted: u32,
    /// The value of the period before.
    pub before: Option<f64>,
}

/// One case behind a figure.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CaseView {
    pub id: IncidentId,
    pub number: String,
    pub title: String,
    pub title_en: String,
    pub category: Option<String>,
    pub town: Option<String>,
    pub department: Option<String>,
    pub state: State,
    pub opened_at: Timestamp,
    pub filed_at: Option<Timestamp>,
    pub dispatched_at: Option<Timestamp>,
    pub handled_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
    pub in_time: Option<bool>,
    pub filed_in_time: Option<bool>,
    pub hops: u32,
    pub returns: u32,
    pub reworks: u32,
    pub extensions: u32,
    pub suspensions: u32,
    pub exempted: bool,
    pub satisfied: Option<bool>,
    /// A feed's source, or the role of who wrote it down.
    pub found_by: Option<String>,
    /// Minutes, for a time: what this case took.
    pub minutes: Option<f64>,
}

/// Moves of powers, each with the days before and the days after.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MovesView {
    pub at: Timestamp,
    pub position: u64,
    pub indicators: Vec<IndicatorBrief>,
    /// The latest first.
    pub moves: Vec<MoveView>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MoveView {
    /// `2026-05-01`: the first day on which it is the other's.
    pub on: String,
    pub at: Timestamp,
    /// A code or the beginning of one.
    pub category: String,
    pub category_name: String,
    pub category_name_en: String,
    /// None: the whole city.
    pub town: Option<String>,
    pub town_name: Option<String>,
    pub town_name_en: Option<String>,
    /// Rows of the table that end, and that begin.
    pub ends: Vec<String>,
    pub begins: Vec<String>,
    pub from: Vec<LeadView>,
    pub to: Vec<LeadView>,
    pub basis: String,
    /// Whole days on each side.
    pub days: u32,
    pub before: RowView,
    pub after: RowView,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LeadView {
    pub id: String,
    pub name: String,
    pub name_en: String,
}
