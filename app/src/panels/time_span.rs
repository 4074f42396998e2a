//! Where moments lie on the time bar, and what is drawn there. Pure; the bar is a box of `WIDTH` × `HEIGHT`.

use domain::time::Timestamp;
use domain::wire::past::{DensityView, GapView, HorizonView};

use crate::text::number;

pub const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 10.0;
const FOOT: &str = "8.8";
/// A server that was away was so for a minute at least; what is shorter is on its way.
const LEAST_UNKNOWN_MS: i64 = 60_000;
/// Fewer than this do not fill the bar: a quiet day looks quiet.
const LEAST_MOST: u32 = 4;

/// What the bar spans.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    pub since: Timestamp,
    pub until: Timestamp,
}

impl Span {
    /// 0 at the left end, `WIDTH` at the right; what lies outside stays at the ends.
    pub fn place(self, at: Timestamp) -> f64 {
        let whole = self.until.since(self.since).max(1) as f64;
        (at.since(self.since) as f64 / whole).clamp(0.0, 1.0) * WIDTH
    }

    /// The moment at a share of the bar.
    pub fn moment(self, share: f64) -> Timestamp {
        let whole = self.until.since(self.since) as f64;
        self.since
            .plus_millis((share.clamp(0.0, 1.0) * whole) as i64)
    }
}

/// One bar a step, as one path.
pub fn bars(density: &DensityView, span: Span) -> String {
    let most = density.incidents.iter().copied().max().unwrap_or(0);
    let most = f64::from(most.max(LEAST_MOST));
    let mut path = String::new();
    for (step, count) in (0..).zip(&density.incidents) {
        if *count == 0 {
            continue;
        }
        let begins = density.since.plus_millis(step * density.every_ms);
        let left = span.place(begins);
        let width = (span.place(begins.plus_millis(density.every_ms)) - left) * 0.7;
        let [left, width, height] =
            [left, width, HEIGHT * f64::from(*count) / most].map(|px| number::decimals(px, 2));
        // Written out: what prints any number weighs more than all of this bar.
        path.push_str(&format!("M{left} 10v-{height}h{width}V10Z"));
    }
    path
}

/// Stretches of which nothing is known, as one path: before the horizon, and while the server was down.
pub fn unknown(horizon: &HorizonView, span: Span) -> String {
    let known_from = horizon.since.unwrap_or(span.until);
    let before = (span.since, known_from);
    let gaps = horizon.gaps.iter().map(|gap| (gap.since, gap.until));
    let mut path = String::new();
    for (since, until) in std::iter::once(before).chain(gaps) {
        if let Some([from, to]) = stretch(span, since, until) {
            path.push_str(&format!("M{from} 0H{to}V10H{from}Z"));
        }
    }
    path
}

/// How many alarms were raised, as far as that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Alarms {
    Counted(u32),
    AtLeast(u32),
    Unknown,
}

pub fn alarms(density: &DensityView) -> Alarms {
    let counted: u32 = density.alarms.iter().sum();
    let unknown = || {
        let gaps = density.alarms_unknown.iter();
        gaps.filter(|gap| gap.until.since(gap.since) >= LEAST_UNKNOWN_MS)
    };
    let is_whole = |gap: &GapView| gap.since <= density.since && density.until <= gap.until;
    if unknown().next().is_none() {
        Alarms::Counted(counted)
    } else if counted == 0 || unknown().any(is_whole) {
        Alarms::Unknown
    } else {
        Alarms::AtLeast(counted)
    }
}

/// A line along the foot where no alarms are known, whether or not the rest is.
pub fn alarms_unknown(density: &DensityView, span: Span) -> String {
    let mut path = String::new();
    for gap in &density.alarms_unknown {
        if let Some([from, to]) = stretch(span, gap.since, gap.until) {
            path.push_str(&format!("M{from} {FOOT}H{to}"));
        }
    }
    path
}

/// From where to where it lies; none of what is too short to be seen.
fn stretch(span: Span, since: Timestamp, until: Timestamp) -> Option<[String; 2]> {
    let (from, to) = (span.place(since), span.place(until));
    (to - from > 0.5).then(|| [from, to].map(|px| number::decimals(px, 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span() -> Span {
        let until = Timestamp::parse_rfc3339("2026-11-23T09:00:00+08:00").expect("a moment");
        Span {
            since: until.plus_minutes(-1000),
            until,
        }
    }

    #[test]
    fn a_moment_has_its_place_and_a_place_its_moment() {
        let span = span();
        let at = span.since.plus_minutes(250);
        assert_eq!(span.place(at), 250.0);
        assert_eq!(span.moment(0.25), at);
        assert_eq!(span.place(span.until.plus_minutes(5)), WIDTH);
        assert_eq!(span.moment(-3.0), span.since);
    }

    #[test]
    fn each_step_is_as_high_as_it_was_busy() {
        let span = span();
        let density = DensityView {
            since: span.since,
            until: span.until,
            every_ms: 100 * 60_000,
            incidents: vec![0, 8, 2],
            alarms: vec![0; 3],
            alarms_unknown: Vec::new(),
        };
        let path = bars(&density, span);
        assert_eq!(
            path,
            "M100.00 10v-10.00h70.00V10ZM200.00 10v-2.50h70.00V10Z"
        );
    }

    #[test]
    fn where_no_alarms_are_known_the_bar_does_not_say_that_there_were_none() {
        let span = span();
        let gap = |from, to| GapView {
            since: span.since.plus_minutes(from),
            until: span.since.plus_minutes(to),
        };
        let still_coming = GapView {
            since: span.until.plus_millis(-900),
            until: span.until,
        };
        let most = [gap(0, 900)];
        for (counted, unknown, said, drawn) in [
            ([0, 0], vec![], Alarms::Counted(0), ""),
            ([1, 2], vec![still_coming], Alarms::Counted(3), ""),
            ([0, 0], most.to_vec(), Alarms::Unknown, "M0.0 8.8H900.0"),
            (
                [1, 2],
                vec![gap(0, 100), gap(400, 450), still_coming],
                Alarms::AtLeast(3),
                "M0.0 8.8H100.0M400.0 8.8H450.0",
            ),
            (
                [1, 2],
                vec![gap(-5, 1000)],
                Alarms::Unknown,
                "M0.0 8.8H1000.0",
            ),
        ] {
            let density = DensityView {
                since: span.since,
                until: span.until,
                every_ms: 500 * 60_000,
                incidents: vec![0, 0],
                alarms: counted.to_vec(),
                alarms_unknown: unknown,
            };
            assert_eq!(alarms(&density), said);
            assert_eq!(alarms_unknown(&density, span), drawn);
        }
    }

    #[test]
    fn what_is_not_known_is_before_the_horizon_and_while_the_server_was_down() {
        let span = span();
        let mut horizon = HorizonView {
            since: Some(span.since.plus_minutes(600)),
            until: span.until,
            bytes: 0,
            bytes_limit: 0,
            thinned_until: None,
            gaps: vec![GapView {
                since: span.since.plus_minutes(700),
                until: span.since.plus_minutes(750),
            }],
        };
        let path = unknown(&horizon, span);
        assert_eq!(path, "M0.0 0H600.0V10H0.0ZM700.0 0H750.0V10H700.0Z");
        horizon.since = Some(span.since.plus_minutes(-5));
        horizon.gaps.clear();
        assert!(unknown(&horizon, span).is_empty());
        horizon.since = None;
        assert_eq!(unknown(&horizon, span), "M0.0 0H1000.0V10H0.0Z");
    }
}
