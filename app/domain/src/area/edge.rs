//! The straight lines between corners, and the exact questions asked of them. Integers only: no rounding, no doubt.

use super::{AreaError, Containment};
use crate::place::Position;

/// A straight line between two neighbouring corners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) from: Position,
    pub(crate) to: Position,
}

impl Edge {
    pub(crate) fn west_e6(self) -> i32 {
        self.from.lon_e6().min(self.to.lon_e6())
    }

    pub(crate) fn east_e6(self) -> i32 {
        self.from.lon_e6().max(self.to.lon_e6())
    }

    pub(crate) fn south_e6(self) -> i32 {
        self.from.lat_e6().min(self.to.lat_e6())
    }

    pub(crate) fn north_e6(self) -> i32 {
        self.from.lat_e6().max(self.to.lat_e6())
    }

    pub(crate) fn line(self) -> Line {
        Line {
            from: point(self.from),
            to: point(self.to),
        }
    }

    /// Positive if the position lies to the left of the line, zero if on it.
    pub(crate) fn side(self, at: Position) -> i64 {
        self.line().side(point(at))
    }

    pub(super) fn longitude_at(self, lat_e6: i64) -> Option<i64> {
        let (from_lat, to_lat) = (i64::from(self.from.lat_e6()), i64::from(self.to.lat_e6()));
        if (from_lat > lat_e6) == (to_lat > lat_e6) {
            return None;
        }
        let (from_lon, to_lon) = (i64::from(self.from.lon_e6()), i64::from(self.to.lon_e6()));
        Some(from_lon + (to_lon - from_lon) * (lat_e6 - from_lat) / (to_lat - from_lat))
    }

    /// Whether two edges cross, or share more than a point. Touching in one point is allowed.
    fn crosses_or_overlaps(self, other: Edge) -> bool {
        let (a, b) = (self.side(other.from).signum(), self.side(other.to).signum());
        let (c, d) = (other.side(self.from).signum(), other.side(self.to).signum());
        if a == 0 && b == 0 {
            return self.overlaps_on_line(other);
        }
        a * b < 0 && c * d < 0
    }

    /// Both lie on one line: their stretches along its longer axis share more than a point.
    fn overlaps_on_line(self, other: Edge) -> bool {
        let wide = self.east_e6() - self.west_e6() >= self.north_e6() - self.south_e6();
        let stretch = |edge: Edge| {
            if wide {
                (edge.west_e6(), edge.east_e6())
            } else {
                (edge.south_e6(), edge.north_e6())
            }
        };
        let ((low_a, high_a), (low_b, high_b)) = (stretch(self), stretch(other));
        low_a.max(low_b) < high_a.min(high_b)
    }
}

/// The same as plain numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) from: Point,
    pub(crate) to: Point,
}

/// East, then north.
pub(crate) type Point = [i32; 2];

pub(crate) fn point(at: Position) -> Point {
    [at.lon_e6(), at.lat_e6()]
}

impl Line {
    /// Positive if the point lies to the left of the line, zero if on it. Differences stay below 2³⁰, so their products
    /// and the sum fit 64 bits.
    pub(crate) fn side(self, at: Point) -> i64 {
        let ([dx, dy], [x, y]) = (self.reach(), difference(self.from, at));
        dx * y - dy * x
    }

    /// How far it leads east and north.
    pub(crate) fn reach(self) -> [i64; 2] {
        difference(self.from, self.to)
    }
}

fn difference(from: Point, to: Point) -> [i64; 2] {
    [0, 1].map(|axis| i64::from(to[axis]) - i64::from(from[axis]))
}

/// Even-odd rule with exact boundaries, along a ray from the point to the east. Every line that spans the point's height and
/// does not end west of it must be among `lines`; others change nothing.
pub(crate) fn containment(lines: impl Iterator<Item = Line>, at: Point) -> Containment {
    let mut inside = false;
    for line in lines {
        let ([from_x, from_y], [to_x, to_y]) = (line.from, line.to);
        if from_y.min(to_y) > at[1] || from_y.max(to_y) < at[1] || from_x.max(to_x) < at[0] {
            continue;
        }
        let side = line.side(at);
        if side == 0 && from_x.min(to_x) <= at[0] {
            return Containment::OnBoundary;
        }
        // The line meets the ray if it spans the point's height (lower end counted, upper end not) and passes east of it.
        let spans = (from_y > at[1]) != (to_y > at[1]);
        if spans && (side > 0) == (to_y > from_y) {
            inside = !inside;
        }
    }
    if inside {
        Containment::Inside
    } else {
        Containment::Outside
    }
}

/// Comparisons allowed while looking for crossings: a boundary needs a few per edge, a hostile one half their square.
const COMPARISONS: usize = 2_000_000;
const COMPARISONS_AN_EDGE: usize = 200;

/// Sorted by their western end, only edges whose longitudes meet are compared.
pub(super) fn refuse_crossings(mut edges: Vec<Edge>) -> Result<(), AreaError> {
    edges.sort_by_key(|edge| (edge.west_e6(), edge.south_e6(), edge.from, edge.to));
    let mut comparisons_left = COMPARISONS + COMPARISONS_AN_EDGE * edges.len();
    for (index, edge) in edges.iter().enumerate() {
        for other in &edges[index + 1..] {
            if other.west_e6() > edge.east_e6() {
                break;
            }
            comparisons_left = comparisons_left
                .checked_sub(1)
                .ok_or(AreaError::TooIntricate)?;
            let apart = other.south_e6() > edge.north_e6() || other.north_e6() < edge.south_e6();
            if !apart && edge.crosses_or_overlaps(*other) {
                return Err(AreaError::Crosses { near: other.from });
            }
        }
    }
    Ok(())
}
