//! What a theme (八大主题应用) shows, as it goes over the wire: figures with unit, trend and age, each with a way down
//! to what it was counted from. Shapes only; computing is the server's, drawing the page's.

use serde::{Deserialize, Serialize};

use crate::category::CategoryCode;
use crate::time::Timestamp;

/// A theme as the list of themes names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ThemeName {
    pub id: String,
    pub name: String,
    pub name_en: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ThemeList {
    pub themes: Vec<ThemeName>,
}

/// One theme with its figures as of `at`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ThemeView {
    pub id: String,
    pub name: String,
    pub name_en: String,
    /// Layers of the live map that belong to it: `incidents`, `alarms`, `units`, `sensors`.
    pub layers: Vec<String>,
    /// The kinds of incident that belong to it; empty for all.
    pub categories: Vec<CategoryCode>,
    pub at: Timestamp,
    /// The journal's block the figures are as of.
    pub position: u64,
    pub indicators: Vec<IndicatorView>,
}

/// One figure. `value` is null where nothing has arrived to compute it from, and `missing` then says what is lacking.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct IndicatorView {
    pub id: String,
    pub name: String,
    pub name_en: String,
    pub value: Option<f64>,
    pub unit: String,
    pub unit_en: String,
    /// Digits behind the point.
    pub decimals: u8,
    /// Against the same time yesterday; null where nothing is known of yesterday.
    pub trend: Option<Trend>,
    /// Since the newest of what it was computed from, in milliseconds; null where it has no value. A figure counted
    /// from the city's own incidents is as old as the position.
    pub age_ms: Option<i64>,
    /// What is expected between two updates; a figure ages after one, is stale after two and gone after three.
    pub period_ms: Option<i64>,
    pub freshness: Freshness,
    /// The course of today and of yesterday at the same times, oldest first.
    pub series: Vec<Point>,
    pub yesterday: Vec<Point>,
    /// Below and above which a gauge has no sense; null for what has no bounds.
    pub bounds: Option<(f64, f64)>,
    /// The list or the readings behind the figure: a path of the public interface.
    pub drill: Option<String>,
    pub missing: Option<Missing>,
}

#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Trend {
    /// The figure at the same time yesterday.
    pub before: f64,
    pub change: f64,
}

#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Point {
    pub at: Timestamp,
    pub value: f64,
}

/// The course of one sensor's readings as a page draws it, oldest first; means where they are gathered.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct CourseView {
    pub unit: String,
    pub points: Vec<Point>,
}

/// Why a figure has no value, in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Missing {
    pub zh: String,
    pub en: String,
}

/// How old something is against what is expected of it (PRODUCT.md: nothing stale looks live).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    Live,
    /// Older than one expected period.
    Ageing,
    /// Older than two.
    Stale,
    /// Older than three, or never there.
    Gone,
}

impl Freshness {
    pub fn of(age_ms: i64, period_ms: i64) -> Self {
        let period_ms = period_ms.max(1);
        match age_ms {
            age if age <= period_ms => Self::Live,
            age if age <= 2 * period_ms => Self::Ageing,
            age if age <= 3 * period_ms => Self::Stale,
            _ => Self::Gone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Freshness;

    #[test]
    fn a_figure_ages_by_its_own_period() {
        let minute = 60_000;
        let seen = [0, 1, 2, 3].map(|periods| Freshness::of(periods * minute + 1, minute));
        assert_eq!(
            seen,
            [
                Freshness::Live,
                Freshness::Ageing,
                Freshness::Stale,
                Freshness::Gone
            ]
        );
        assert_eq!(
            Freshness::of(minute, minute),
            Freshness::Live,
            "not before it is due"
        );
    }
}
