//! Which cases an indicator counts, and what they come to.

use crate::case::{Case, CaseAt};
use crate::time::Timestamp;

use super::{Evaluation, Indicator, Measure, Period};

const MINUTE_MS: f64 = 60_000.0;

/// One indicator over some cases.
#[derive(Clone, PartialEq, Debug)]
pub enum Counted {
    Share {
        part: u32,
        of: u32,
        exempted: u32,
    },
    Mean {
        sum: u64,
        of: u32,
        exempted: u32,
    },
    /// Sorted, in milliseconds.
    Percentile {
        percent: u8,
        times_ms: Vec<i64>,
        exempted: u32,
    },
}

impl Counted {
    /// In the indicator's unit; none where there is nothing to count.
    pub fn value(&self) -> Option<f64> {
        if self.of() == 0 {
            return None;
        }
        let of = f64::from(self.of());
        match self {
            Self::Share { part, .. } => Some(100.0 * f64::from(*part) / of),
            Self::Mean { sum, .. } => Some(*sum as f64 / of),
            Self::Percentile {
                percent, times_ms, ..
            } => {
                // Nearest rank: the smallest time within which at least so many percent are.
                let rank = (usize::from(*percent) * times_ms.len())
                    .div_ceil(100)
                    .max(1);
                times_ms.get(rank - 1).map(|ms| *ms as f64 / MINUTE_MS)
            }
        }
    }

    /// The cases of the numerator, or what they sum up to; none for a time.
    pub fn numerator(&self) -> Option<u64> {
        match self {
            Self::Share { part, .. } => Some(u64::from(*part)),
            Self::Mean { sum, .. } => Some(*sum),
            Self::Percentile { .. } => None,
        }
    }

    /// The cases of the denominator.
    pub fn of(&self) -> u32 {
        match self {
            Self::Share { of, .. } | Self::Mean { of, .. } => *of,
            Self::Percentile { times_ms, .. } => u32::try_from(times_ms.len()).unwrap_or(u32::MAX),
        }
    }

    /// Cases of the denominator with an exemption beside the fact.
    pub fn exempted(&self) -> u32 {
        match self {
            Self::Share { exempted, .. }
            | Self::Mean { exempted, .. }
            | Self::Percentile { exempted, .. } => *exempted,
        }
    }

    fn of_measure(measure: &Measure) -> Self {
        match measure {
            Measure::Share(_) => Self::Share {
                part: 0,
                of: 0,
                exempted: 0,
            },
            Measure::Mean(_) => Self::Mean {
                sum: 0,
                of: 0,
                exempted: 0,
            },
            Measure::Percentile { percent, .. } => Self::Percentile {
                percent: *percent,
                times_ms: Vec::new(),
                exempted: 0,
            },
        }
    }
}

/// Which of an indicator's cases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    Numerator,
    Denominator,
    /// Of the denominator, those with an exemption.
    Exempted,
}

/// Every indicator of an evaluation, while cases are taken in.
pub struct Tally<'a> {
    evaluation: &'a Evaluation,
    counted: Vec<Counted>,
}

impl<'a> Tally<'a> {
    pub fn new(evaluation: &'a Evaluation) -> Self {
        let indicators = evaluation.indicators.iter();
        Self {
            evaluation,
            counted: indicators
                .map(|one| Counted::of_measure(&one.measure))
                .collect(),
        }
    }

    pub fn take(&mut self, case: &Case, period: Period, at: Timestamp) {
        if let Some(weighed) = Weighed::of(self.evaluation, case, period, at) {
            self.add(&weighed, period);
        }
    }

    /// What was weighed for a longer time counts here as far as it lies in the period.
    pub fn add(&mut self, weighed: &Weighed, period: Period) {
        let free = u32::from(weighed.exempted);
        for (weight, counted) in weighed.weights.iter().zip(&mut self.counted) {
            if let Some(weight) = weight.as_ref().filter(|weight| period.holds(weight.at)) {
                count(weight.worth, free, counted);
            }
        }
    }

    pub fn counted(mut self) -> Vec<Counted> {
        for counted in &mut self.counted {
            if let Counted::Percentile { times_ms, .. } = counted {
                times_ms.sort_unstable();
            }
        }
        self.counted
    }
}

/// What one case is to each indicator: its conditions are asked once, however many rows and periods it counts in.
pub struct Weighed {
    exempted: bool,
    /// In the order of the indicators; none where it does not count.
    weights: Vec<Option<Weight>>,
}

struct Weight {
    /// What puts it into a period.
    at: Timestamp,
    worth: Worth,
}

#[derive(Clone, Copy)]
enum Worth {
    /// Whether it is in the numerator.
    Share(bool),
    Mean(u32),
    TimeMs(i64),
}

impl Weighed {
    /// None for what is no case at all. What lies outside of the whole time is not looked at.
    pub fn of(evaluation: &Evaluation, case: &Case, whole: Period, at: Timestamp) -> Option<Self> {
        let case = CaseAt::of(case, at);
        let indicators = evaluation.indicators.iter();
        evaluation.cases.holds(&case).then(|| Self {
            exempted: case.case.exempted,
            weights: indicators.map(|one| weight(one, &case, whole)).collect(),
        })
    }
}

fn weight(indicator: &Indicator, case: &CaseAt<'_>, whole: Period) -> Option<Weight> {
    let at = case.case.moment(indicator.counts_in)?;
    if !whole.holds(at) || !indicator.of.holds(case) {
        return None;
    }
    let worth = match &indicator.measure {
        Measure::Share(rule) => Worth::Share(rule.holds(case)),
        Measure::Mean(what) => Worth::Mean(case.case.count(*what)),
        Measure::Percentile { from, to, .. } => {
            let (from, to) = case.case.moment(*from).zip(case.case.moment(*to))?;
            Worth::TimeMs(to.since(from).max(0))
        }
    };
    Some(Weight { at, worth })
}

fn count(worth: Worth, free: u32, counted: &mut Counted) {
    match (worth, counted) {
        (Worth::Share(is_part), Counted::Share { part, of, exempted }) => {
            *part += u32::from(is_part);
            *of += 1;
            *exempted += free;
        }
        (Worth::Mean(times), Counted::Mean { sum, of, exempted }) => {
            *sum += u64::from(times);
            *of += 1;
            *exempted += free;
        }
        (
            Worth::TimeMs(ms),
            Counted::Percentile {
                times_ms, exempted, ..
            },
        ) => {
            times_ms.push(ms);
            *exempted += free;
        }
        // Both are made of the same measure.
        _ => {}
    }
}

/// Whether a case is one of those behind a figure.
pub fn is_part(
    evaluation: &Evaluation,
    indicator: &Indicator,
    part: Part,
    case: &Case,
    period: Period,
    at: Timestamp,
) -> bool {
    let case = CaseAt::of(case, at);
    if !evaluation.cases.holds(&case) {
        return false;
    }
    let Some(weight) = weight(indicator, &case, period) else {
        return false;
    };
    match (part, weight.worth) {
        (Part::Numerator, Worth::Share(is_part)) => is_part,
        (Part::Exempted, _) => case.case.exempted,
        // The numerator of a mean is what the cases of the denominator sum up to.
        _ => true,
    }
}
