//! Where moments lie on the time bar, and what is drawn there. Pure; the bar is a box of `WIDTH` × `HEIGHT`.

use domain::time::Timestamp;
use domain::wire::past::{DensityView, HorizonView};

use crate::text::number;

pub const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 10.0;
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
        let (from, to) = (span.place(since), span.place(until));
        if to - from > 0.5 {
            let [from, to] = [from, to].map(|px| number::decimals(px, 1));
            path.push_str(&format!("M{from} 0H{to}V10H{from}Z"));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use domain::wire::past::GapView;

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
