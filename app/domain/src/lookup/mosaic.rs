//! A cell on a boundary, cut into 64 pieces: most of them no line passes, and those lie wholly on one side of it.

use crate::area::{Line, Point};
use crate::lookup::list;

/// Pieces a side, as a power of two.
const PIECE_BITS: u32 = 3;
const PIECES: i32 = 1 << PIECE_BITS;

/// By piece, row by row from the southwest: bit 0 is the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Mosaic {
    /// A line passes here, or more than two answers would be needed: the list decides.
    open: u64,
    /// Which of the two answers it is.
    second: u64,
    answers: [u32; 2],
    /// Where the list of the cell begins.
    pub(super) list: u32,
}

/// Where a cell lies, and how it is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub(super) corner: Point,
    pub(super) width_bits: u32,
    pub(super) height_bits: u32,
}

impl Cut {
    /// Which piece a position of the cell is in.
    fn piece(self, [east, north]: Point) -> u32 {
        let along = |from: i32, to: i32, bits: u32| to.abs_diff(from) >> piece_bits(bits);
        let column = along(self.corner[0], east, self.width_bits);
        let row = along(self.corner[1], north, self.height_bits);
        (row << PIECE_BITS) | column
    }

    /// The lowest and the highest position of a piece; none in a cell too small to be cut so often.
    fn bounds(self, column: i32, row: i32) -> Option<(Point, Point)> {
        let (width, height) = (piece_bits(self.width_bits), piece_bits(self.height_bits));
        let is_there =
            column >> (self.width_bits - width) == 0 && row >> (self.height_bits - height) == 0;
        is_there.then(|| {
            let low = [
                self.corner[0] + (column << width),
                self.corner[1] + (row << height),
            ];
            (low, [low[0] + (1 << width) - 1, low[1] + (1 << height) - 1])
        })
    }
}

/// How long the side of a piece is, as a power of two, where that of its cell is so long.
fn piece_bits(of_cell: u32) -> u32 {
    of_cell.saturating_sub(PIECE_BITS)
}

impl Mosaic {
    /// `decide` says for a position what the list says: an area, or what stands for nobody.
    pub(super) fn of(list: u32, lines: &[Line], cut: Cut, decide: impl Fn(Point) -> u32) -> Self {
        let mut mosaic = Self {
            list,
            ..Self::default()
        };
        let mut known = Vec::with_capacity(2);
        for piece in 0..PIECES * PIECES {
            let Some((low, high)) = cut.bounds(piece % PIECES, piece / PIECES) else {
                continue;
            };
            let bit = 1 << piece;
            if lines.iter().any(|line| list::passes(*line, low, high)) {
                mosaic.open |= bit;
                continue;
            }
            let answer = decide(low);
            if !known.contains(&answer) && known.len() < 2 {
                known.push(answer);
            }
            match known.iter().position(|one| *one == answer) {
                Some(0) => {}
                Some(_) => mosaic.second |= bit,
                None => mosaic.open |= bit,
            }
        }
        for (answer, known) in mosaic.answers.iter_mut().zip(known) {
            *answer = known;
        }
        mosaic
    }

    /// None: the list decides.
    pub(super) fn answer(&self, cut: Cut, at: Point) -> Option<u32> {
        let piece = cut.piece(at);
        let is = |of: u64| of >> piece & 1;
        (is(self.open) == 0).then(|| self.answers[is(self.second) as usize])
    }
}
