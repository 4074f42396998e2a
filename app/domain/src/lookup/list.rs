//! What a cell on a boundary remembers: the polygons with a part in it, and of each the lines that pass the cell. They decide
//! alone, because it is known whether the polygon holds the cell's own corner.
//!
//! From that corner a way leads up along the cell's western side and then east to the position; the polygon holds the position
//! if it holds the corner and the way crosses an even number of its lines, or neither. The way runs half a millionth of a
//! degree west of the cell, where no line has an end, and a hair north of the position, so that every crossing is a clear one.

use crate::area::{Line, Point};

/// One polygon that has a part in a cell.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    area: u32,
    /// Whether it holds the cell's corner, the way's first crossings below that corner counted in.
    holds_corner: bool,
    /// Those that pass the cell. None: it holds the whole cell.
    lines: Vec<Line>,
}

impl Candidate {
    /// All that is left of the cell is the area's.
    pub(super) fn whole(area: u32) -> Self {
        Self {
            area,
            holds_corner: true,
            lines: Vec::new(),
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = Line> {
        self.lines.iter().copied()
    }

    /// `row` are all lines of the polygon that meet the cell's row. None where the polygon has no part in the cell.
    pub(super) fn of(area: u32, lines: Vec<Line>, row: &[Line], corner: Point) -> Option<Self> {
        let west_of_it = row
            .iter()
            .filter(|line| spans(**line, corner[1]) && !begins_west(**line, corner, corner[1]));
        let below_it = lines
            .iter()
            .filter(|line| passes_below(**line, corner[0], corner[1]));
        let candidate = Self {
            area,
            holds_corner: (west_of_it.count() + below_it.count()) % 2 == 1,
            lines,
        };
        (candidate.holds_corner || !candidate.is_whole()).then_some(candidate)
    }
}

/// Whether a line passes a cell or the way along its western side.
pub(super) fn passes(line: Line, low: Point, high: Point) -> bool {
    let (west, south, east, north) = (low[0].saturating_sub(1), low[1], high[0], high[1]);
    let ([from_x, from_y], [to_x, to_y]) = (line.from, line.to);
    let apart = from_x.max(to_x) < west
        || from_x.min(to_x) > east
        || from_y.max(to_y) < south
        || from_y.min(to_y) > north;
    if apart {
        return false;
    }
    let corners = [[west, south], [east, south], [east, north], [west, north]];
    let sides = corners.map(|corner| line.side(corner));
    let beside = sides.iter().all(|side| *side > 0) || sides.iter().all(|side| *side < 0);
    !beside
}

/// Whether a line crosses the height just above `y`.
fn spans(line: Line, y: i32) -> bool {
    (line.from[1] > y) != (line.to[1] > y)
}

/// Whether a line crosses the way's western side at `y` or below.
fn passes_below(line: Line, west: i32, y: i32) -> bool {
    let (from_x, to_x) = (line.from[0], line.to[0]);
    if (from_x < west) == (to_x < west) {
        return false;
    }
    // Twice the side of the point half a step west, so that it stays an integer.
    let [_, dy] = line.reach();
    let side = 2 * line.side([west, y]) + dy;
    if to_x > from_x { side >= 0 } else { side <= 0 }
}

/// Of a line that spans `y`: whether the way turns east before it meets the line.
fn begins_west(line: Line, corner: Point, y: i32) -> bool {
    let west = corner[0];
    match (line.from[0] < west, line.to[0] < west) {
        (true, true) => false,
        (false, false) => true,
        _ => {
            let [dx, dy] = line.reach();
            passes_below(line, west, y) == ((dx > 0) == (dy > 0))
        }
    }
}

/// Even-odd along the way; on a line counts as held.
fn holds(lines: &[Quad], holds_corner: bool, corner: Point, at: Point) -> bool {
    let mut inside = holds_corner;
    for line in lines.iter().copied().map(line_of) {
        let ([from_x, from_y], [to_x, to_y]) = (line.from, line.to);
        inside ^= passes_below(line, corner[0], at[1]);
        if from_y.min(to_y) > at[1] || from_y.max(to_y) < at[1] || from_x.min(to_x) > at[0] {
            continue;
        }
        let side = line.side(at);
        if side == 0 && from_x.max(to_x) >= at[0] {
            return true;
        }
        let met_before = spans(line, at[1]) && (side < 0) == (to_y > from_y);
        inside ^= met_before && begins_west(line, corner, at[1]);
    }
    inside
}

/// A head (area, marks, number of lines, nothing) or a line (from, to): what is read together lies together.
type Quad = [i32; 4];

const LAST: i32 = 1;
const HOLDS_CORNER: i32 = 2;

fn line_of([from_x, from_y, to_x, to_y]: Quad) -> Line {
    Line {
        from: [from_x, from_y],
        to: [to_x, to_y],
    }
}

/// The lists of all cells, each a head and its lines by turns.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists(Vec<Quad>);

impl Lists {
    /// Where the list begins; there is at least one candidate.
    pub(super) fn add(&mut self, candidates: &[Candidate]) -> u32 {
        let begin = self.0.len() as u32;
        for (index, candidate) in candidates.iter().enumerate() {
            let last = index + 1 == candidates.len();
            let marks = if last { LAST } else { 0 }
                | if candidate.holds_corner {
                    HOLDS_CORNER
                } else {
                    0
                };
            self.0.push([
                candidate.area as i32,
                marks,
                candidate.lines.len() as i32,
                0,
            ]);
            for line in &candidate.lines {
                self.0
                    .push([line.from[0], line.from[1], line.to[0], line.to[1]]);
            }
        }
        begin
    }

    /// The first of a list's areas that holds a position of its cell.
    pub(super) fn holder(&self, list: u32, corner: Point, at: Point) -> Option<u32> {
        let mut rest = &self.0[list as usize..];
        while let Some(([area, marks, count, _], behind)) = rest.split_first() {
            let (lines, next) = behind.split_at(*count as usize);
            if lines.is_empty() || holds(lines, marks & HOLDS_CORNER != 0, corner, at) {
                return Some(*area as u32);
            }
            if marks & LAST != 0 {
                return None;
            }
            rest = next;
        }
        None
    }
}
