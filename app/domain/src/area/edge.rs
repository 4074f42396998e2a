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

    /// Positive if the position lies to the left of the line, zero if on it. Differences stay below 2³⁰, so their
    /// products and the sum fit 64 bits.
    pub(crate) fn side(self, at: Position) -> i64 {
        let dx = i64::from(self.to.lon_e6()) - i64::from(self.from.lon_e6());
        let dy = i64::from(self.to.lat_e6()) - i64::from(self.from.lat_e6());
        let px = i64::from(at.lon_e6()) - i64::from(self.from.lon_e6());
        let py = i64::from(at.lat_e6()) - i64::from(self.from.lat_e6());
        dx * py - dy * px
    }

    fn is_within_box(self, at: Position) -> bool {
        (self.west_e6()..=self.east_e6()).contains(&at.lon_e6())
            && (self.south_e6()..=self.north_e6()).contains(&at.lat_e6())
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

/// Even-odd rule with exact boundaries. Every edge that spans the position's latitude must be among `edges`; others
/// change nothing.
pub(crate) fn containment(edges: impl Iterator<Item = Edge>, at: Position) -> Containment {
    let mut inside = false;
    for edge in edges {
        if edge.south_e6() > at.lat_e6()
            || edge.north_e6() < at.lat_e6()
            || edge.east_e6() < at.lon_e6()
        {
            continue;
        }
        let side = edge.side(at);
        if side == 0 && edge.is_within_box(at) {
            return Containment::OnBoundary;
        }
        // The edge meets the ray eastward from the position if it spans its latitude (south end counted, north end
        // not) and passes to the east of it.
        let spans = (edge.from.lat_e6() > at.lat_e6()) != (edge.to.lat_e6() > at.lat_e6());
        let northward = edge.to.lat_e6() > edge.from.lat_e6();
        if spans && (side > 0) == northward {
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
