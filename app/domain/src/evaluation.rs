//! The evaluation (考核评价): indicators and a score as a city pack states them, and what they come to over some cases.
//! Formulas are the pack's; here is only how a set of cases is counted, divided and ranked.

pub mod closing;
mod counting;
pub mod moves;
pub mod rows;
pub mod view;

use serde::{Deserialize, Serialize};

use crate::case::{Case, CaseAt, Count, Moment};
use crate::filter::Filter;
use crate::time::Timestamp;

pub use counting::{Counted, Part, Tally, Weighed, is_part};

/// What a pack says in `evaluation.toml`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Evaluation {
    /// What is a case at all; it holds for every indicator.
    pub cases: Rule,
    pub indicators: Vec<Indicator>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Indicator {
    pub id: String,
    pub name: String,
    pub name_en: String,
    pub unit: String,
    pub unit_en: String,
    pub decimals: u8,
    pub measure: Measure,
    /// The denominator: of which cases.
    pub of: Rule,
    /// A case counts in the period in which this happened.
    pub counts_in: Moment,
    pub better: Better,
    /// Standard and term, and how we read it.
    pub source: String,
    pub source_en: String,
    /// Its share in the score; 0: none.
    pub weight: u32,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Measure {
    /// In percent: those of the denominator for which this holds too.
    Share(Rule),
    /// How often a case, on average.
    Mean(Count),
    /// In minutes by the clock on the wall: within which this many percent of the cases got from one moment to another.
    /// By nearest rank, so that it is the time of one of them.
    Percentile {
        percent: u8,
        from: Moment,
        to: Moment,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    Higher,
    Lower,
}

/// A set of cases: the words of the pack, and the condition they state.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rule {
    pub words: String,
    pub filter: Filter,
}

impl Rule {
    pub fn holds(&self, case: &CaseAt<'_>) -> bool {
        self.filter.matches(case)
    }
}

/// From a moment to before another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Period {
    pub since: Timestamp,
    pub until: Timestamp,
}

impl Period {
    pub fn holds(self, at: Timestamp) -> bool {
        self.since <= at && at < self.until
    }

    /// As long, and right before it.
    pub fn before(self) -> Self {
        let length = self.until.since(self.since);
        Self {
            since: self.since.plus_millis(-length),
            until: self.since,
        }
    }
}

impl Evaluation {
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.id == id)
    }

    /// Each indicator over some cases, in the order of the pack.
    pub fn counted<'a>(
        &self,
        cases: impl IntoIterator<Item = &'a Case>,
        period: Period,
        at: Timestamp,
    ) -> Vec<Counted> {
        let mut tally = Tally::new(self);
        for case in cases {
            tally.take(case, period, at);
        }
        tally.counted()
    }

    /// Of 100, and the weights that could be judged: what has nothing to count is left out, not guessed.
    pub fn score(&self, counted: &[Counted]) -> Score {
        let mut points = 0.0;
        let mut weight = 0;
        for (indicator, counted) in self.indicators.iter().zip(counted) {
            let Some(share) = counted.value().filter(|_| indicator.weight > 0) else {
                continue;
            };
            let good = match indicator.better {
                Better::Higher => share,
                Better::Lower => 100.0 - share,
            };
            points += good * f64::from(indicator.weight);
            weight += indicator.weight;
        }
        Score {
            value: (weight > 0).then(|| points / f64::from(weight)),
            weight,
            of: self.indicators.iter().map(|one| one.weight).sum(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Score {
    pub value: Option<f64>,
    /// Of the indicators that had something to count.
    pub weight: u32,
    pub of: u32,
}
