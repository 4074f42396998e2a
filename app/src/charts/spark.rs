//! The small line beside a figure: today drawn, yesterday ghosted behind it. Pure.

use domain::theme::Point;

const DAY_MS: i64 = 86_400_000;
/// The box it is drawn in; the page stretches it.
pub const WIDTH: f64 = 120.0;
pub const HEIGHT: f64 = 32.0;
/// Lines have a width: they stay inside.
const MARGIN: f64 = 2.0;

#[derive(Clone, PartialEq, Default, Debug)]
pub struct Spark {
    /// Paths of SVG; empty where there are no two points.
    pub today: String,
    pub yesterday: String,
    /// Where today's line ends.
    pub end: Option<(f64, f64)>,
}

impl Spark {
    pub fn of(today: &[Point], yesterday: &[Point]) -> Self {
        let yesterday = moved_to_today(today, yesterday);
        let all = || today.iter().chain(&yesterday);
        let Some(frame) = Frame::around(all()) else {
            return Self::default();
        };
        let line = frame.path(today);
        let end = today.last().filter(|_| !line.is_empty());
        Self {
            end: end.map(|point| frame.at(point)),
            today: line,
            yesterday: frame.path(&yesterday),
        }
    }
}

/// Yesterday's points at today's times, if they still carry their own.
fn moved_to_today(today: &[Point], yesterday: &[Point]) -> Vec<Point> {
    let apart = match (today.last(), yesterday.last()) {
        (Some(now), Some(then)) => now.at.since(then.at),
        _ => 0,
    };
    let shift = if apart > DAY_MS / 2 { DAY_MS } else { 0 };
    yesterday
        .iter()
        .map(|point| Point {
            at: point.at.plus_millis(shift),
            value: point.value,
        })
        .collect()
}

struct Frame {
    start_ms: i64,
    span_ms: f64,
    low: f64,
    high: f64,
}

impl Frame {
    fn around<'a>(points: impl Iterator<Item = &'a Point> + Clone) -> Option<Self> {
        let points = points.filter(|point| point.value.is_finite());
        let start_ms = points.clone().map(|point| point.at.millis()).min()?;
        let end_ms = points.clone().map(|point| point.at.millis()).max()?;
        let values = || points.clone().map(|point| point.value);
        let (low, high) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
        Some(Self {
            start_ms,
            span_ms: (end_ms - start_ms).max(1) as f64,
            low,
            high,
        })
    }

    fn at(&self, point: &Point) -> (f64, f64) {
        let right = (point.at.millis() - self.start_ms) as f64 / self.span_ms;
        // What never changes runs through the middle.
        let up = if self.high > self.low {
            (point.value - self.low) / (self.high - self.low)
        } else {
            0.5
        };
        (
            MARGIN + right * (WIDTH - 2.0 * MARGIN),
            HEIGHT - MARGIN - up * (HEIGHT - 2.0 * MARGIN),
        )
    }

    fn path(&self, points: &[Point]) -> String {
        if points.len() < 2 {
            return String::new();
        }
        let mut path = String::new();
        for point in points.iter().filter(|point| point.value.is_finite()) {
            let (x, y) = self.at(point);
            let letter = if path.is_empty() { 'M' } else { 'L' };
            path.push_str(&format!("{letter}{x:.1} {y:.1}"));
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    fn points(start_ms: i64, values: &[f64]) -> Vec<Point> {
        values
            .iter()
            .enumerate()
            .map(|(hour, value)| Point {
                at: Timestamp::from_millis(start_ms + hour as i64 * 3_600_000),
                value: *value,
            })
            .collect()
    }

    #[test]
    fn the_line_runs_from_edge_to_edge_and_highest_is_up() {
        let spark = Spark::of(&points(0, &[0.0, 10.0]), &[]);
        assert_eq!(spark.today, "M2.0 30.0L118.0 2.0");
        assert_eq!(spark.end, Some((118.0, 2.0)));
        assert_eq!(spark.yesterday, "");
    }

    #[test]
    fn yesterday_lies_behind_today_whether_its_times_were_moved_or_not() {
        let today = points(DAY_MS, &[1.0, 2.0, 3.0]);
        let own_times = Spark::of(&today, &points(0, &[2.0, 2.0, 2.0]));
        let moved = Spark::of(&today, &points(DAY_MS, &[2.0, 2.0, 2.0]));
        assert_eq!(own_times, moved);
        assert_eq!(own_times.yesterday, "M2.0 16.0L60.0 16.0L118.0 16.0");
    }

    #[test]
    fn nothing_one_point_and_no_numbers_draw_no_line() {
        assert_eq!(Spark::of(&[], &[]), Spark::default());
        assert_eq!(
            Spark::of(&points(0, &[5.0]), &[]),
            Spark::default(),
            "a lone point is no course"
        );
        assert_eq!(
            Spark::of(&points(0, &[f64::NAN, f64::NAN]), &[]),
            Spark::default()
        );
        assert_eq!(
            Spark::of(&points(0, &[5.0, 5.0]), &[]).today,
            "M2.0 16.0L118.0 16.0"
        );
    }
}
