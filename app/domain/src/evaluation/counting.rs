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
        let case = CaseAt::of(case, at);
        if !self.evaluation.cases.holds(&case) {
            return;
        }
        for (indicator, counted) in self.evaluation.indicators.iter().zip(&mut self.counted) {
            if is_of(indicator, &case, period) {
                count(indicator, counted, &case);
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

/// The moment that puts a case into a period.
pub fn counted_in(indicator: &Indicator, case: &Case) -> Option<Timestamp> {
    case.moment(indicator.counts_in)
}

fn is_of(indicator: &Indicator, case: &CaseAt<'_>, period: Period) -> bool {
    let counts = counted_in(indicator, case.case).is_some_and(|moment| period.holds(moment));
    counts
        && indicator.of.holds(case)
        && match &indicator.measure {
            Measure::Percentile { from, to, .. } => {
                case.case.moment(*from).is_some() && case.case.moment(*to).is_some()
            }
            Measure::Share(_) | Measure::Mean(_) => true,
        }
}

fn count(indicator: &Indicator, counted: &mut Counted, case: &CaseAt<'_>) {
    let free = u32::from(case.case.exempted);
    match (&indicator.measure, counted) {
        (Measure::Share(rule), Counted::Share { part, of, exempted }) => {
            *part += u32::from(rule.holds(case));
            *of += 1;
            *exempted += free;
        }
        (Measure::Mean(what), Counted::Mean { sum, of, exempted }) => {
            *sum += u64::from(case.case.count(*what));
            *of += 1;
            *exempted += free;
        }
        (
            Measure::Percentile { from, to, .. },
            Counted::Percentile {
                times_ms, exempted, ..
            },
        ) => {
            let span = case.case.moment(*from).zip(case.case.moment(*to));
            if let Some((from, to)) = span {
                times_ms.push(to.since(from).max(0));
                *exempted += free;
            }
        }
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
    if !evaluation.cases.holds(&case) || !is_of(indicator, &case, period) {
        return false;
    }
    match (part, &indicator.measure) {
        (Part::Numerator, Measure::Share(rule)) => rule.holds(&case),
        (Part::Exempted, _) => case.case.exempted,
        // The numerator of a mean is what the cases of the denominator sum up to.
        _ => true,
    }
}
