//! Which part of the world a viewer looks at, in cells of a quadtree over degrees: squares whose sides are powers of two of a
//! millionth of a degree, numbered so that every larger square is one unbroken run of numbers. Integers only: server and
//! browser agree to the last cell.

use serde::{Deserialize, Serialize};

use crate::place::{Bounds, Position};

/// The finest cell is 4,096 millionths of a degree wide: about 420 m.
const FINEST_BITS: u32 = 12;
/// A view is covered by at most this many cells a side, of the finest size for which that is enough.
const MOST_A_SIDE: u32 = 8;
/// At this level one square holds the world.
pub const LEVELS: u8 = 17;

/// A finest cell: the bits of its column and row by turns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cell(u64);

impl Cell {
    /// Of what has no place: before all others, and in every view.
    pub const NOWHERE: Cell = Cell(0);

    pub fn of(at: Position) -> Self {
        Self::at(column(at.lon_e6()), row(at.lat_e6()))
    }

    fn at(column: u32, row: u32) -> Self {
        Self(1 + (spread(column) | spread(row) << 1))
    }

    pub fn first_of(run: Run) -> Self {
        Self(run.from)
    }

    /// The first that is no longer in a run.
    pub fn behind(run: Run) -> Self {
        Self(run.to)
    }

    /// This cell alone.
    pub fn run(self) -> Run {
        Run {
            from: self.0,
            to: self.0 + 1,
        }
    }

    /// The highest level at which two cells lie in different squares; none if they are one. Nowhere is far from everywhere.
    pub fn parted_at(self, other: Cell) -> Option<u8> {
        let differing = (self.0.wrapping_sub(1)) ^ (other.0.wrapping_sub(1));
        let level = || ((63 - differing.leading_zeros()) / 2) as u8;
        (differing != 0).then(|| level().min(LEVELS - 1))
    }
}

fn column(lon_e6: i32) -> u32 {
    lon_e6.abs_diff(Bounds::WORLD.southwest().lon_e6()) >> FINEST_BITS
}

fn row(lat_e6: i32) -> u32 {
    lat_e6.abs_diff(Bounds::WORLD.southwest().lat_e6()) >> FINEST_BITS
}

/// The bits of a number with a gap before each.
fn spread(number: u32) -> u64 {
    let mut bits = u64::from(number);
    bits = (bits | bits << 16) & 0x0000_ffff_0000_ffff;
    bits = (bits | bits << 8) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | bits << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333;
    (bits | bits << 1) & 0x5555_5555_5555_5555
}

/// Cells in a row: from the first up to, without, the last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Run {
    pub from: u64,
    pub to: u64,
}

impl Run {
    pub const NOWHERE: Run = Run { from: 0, to: 1 };

    pub fn holds(self, cell: Cell) -> bool {
        (self.from..self.to).contains(&cell.0)
    }
}

/// What is in both of two ascending lists of runs.
pub fn shared(one: &[Run], other: &[Run]) -> Vec<Run> {
    let mut both = Vec::new();
    let (mut rest, mut others) = (one, other);
    while let ([a, ..], [b, ..]) = (rest, others) {
        let (from, to) = (a.from.max(b.from), a.to.min(b.to));
        if from < to {
            both.push(Run { from, to });
        }
        match a.to <= b.to {
            true => rest = &rest[1..],
            false => others = &others[1..],
        }
    }
    both
}

/// What is in either of two lists of runs, in ascending runs that do not touch.
pub fn joined(one: &[Run], other: &[Run]) -> Vec<Run> {
    let mut all = [one, other].concat();
    // Two ascending lists, mostly, which this sort finds out.
    all.sort();
    let mut joined: Vec<Run> = Vec::new();
    for run in all {
        match joined.last_mut() {
            Some(last) if last.to >= run.from => last.to = last.to.max(run.to),
            _ => joined.push(run),
        }
    }
    joined
}

/// What is in the first of two ascending lists of runs and not in the second.
pub fn without(one: &[Run], other: &[Run]) -> Vec<Run> {
    let mut left = Vec::new();
    let mut ahead = other;
    for run in one {
        let mut from = run.from;
        while let [first, rest @ ..] = ahead
            && first.to <= run.from
        {
            ahead = rest;
        }
        for taken in ahead.iter().take_while(|taken| taken.from < run.to) {
            if from < taken.from {
                left.push(Run {
                    from,
                    to: taken.from,
                });
            }
            from = from.max(taken.to);
        }
        if from < run.to {
            left.push(Run { from, to: run.to });
        }
    }
    left
}

/// A box grown outwards to whole squares of one level.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "ClaimedCover")]
pub struct Cover {
    level: u8,
    /// West, south, east, north, counted in squares of the level.
    squares: [u32; 4],
}

/// A cover as somebody else wrote it down.
#[derive(Deserialize)]
struct ClaimedCover {
    level: u8,
    squares: [u32; 4],
}

impl TryFrom<ClaimedCover> for Cover {
    type Error = &'static str;

    /// No more squares than a view may have, and all of them in the world: whoever lists them trusts that.
    fn try_from(claimed: ClaimedCover) -> Result<Self, Self::Error> {
        let ClaimedCover { level, squares } = claimed;
        let [west, south, east, north] = squares;
        let world = Bounds::WORLD.northeast();
        let fits = level <= LEVELS
            && west <= east
            && south <= north
            && east - west < MOST_A_SIDE
            && north - south < MOST_A_SIDE
            && east <= column(world.lon_e6()) >> level
            && north <= row(world.lat_e6()) >> level;
        fits.then_some(Self { level, squares })
            .ok_or("no view has such a cover")
    }
}

impl Cover {
    pub fn of(bounds: Bounds) -> Self {
        let (low, high) = (bounds.southwest(), bounds.northeast());
        let edges = [
            column(low.lon_e6()),
            row(low.lat_e6()),
            column(high.lon_e6()),
            row(high.lat_e6()),
        ];
        let at = |level: u8| edges.map(|edge| edge >> level);
        let fits = |[west, south, east, north]: [u32; 4]| {
            east - west < MOST_A_SIDE && north - south < MOST_A_SIDE
        };
        let level = (0..LEVELS).find(|level| fits(at(*level))).unwrap_or(LEVELS);
        Self {
            level,
            squares: at(level),
        }
    }

    /// Whoever crosses a border between squares of this level or a higher one may enter or leave; within, nobody does.
    pub fn level(self) -> u8 {
        self.level
    }

    /// What has no place is in every view.
    pub fn holds(self, at: Option<Position>) -> bool {
        let Some(at) = at else {
            return true;
        };
        let [west, south, east, north] = self.squares;
        (west..=east).contains(&(column(at.lon_e6()) >> self.level))
            && (south..=north).contains(&(row(at.lat_e6()) >> self.level))
    }

    /// All cells of the view, in ascending runs that do not touch; the first is that of what has no place.
    pub fn runs(self) -> Vec<Run> {
        let [west, south, east, north] = self.squares;
        let mut squares: Vec<u64> = (south..=north)
            .flat_map(|row| (west..=east).map(move |column| Cell::at(column, row).0 - 1))
            .collect();
        squares.sort_unstable();
        let mut runs = vec![Run::NOWHERE];
        for square in squares {
            let (from, to) = (square << (2 * self.level), (square + 1) << (2 * self.level));
            let next = Run {
                from: from + 1,
                to: to + 1,
            };
            match runs.last_mut() {
                Some(last) if last.to == next.from => last.to = next.to,
                _ => runs.push(next),
            }
        }
        runs
    }
}
