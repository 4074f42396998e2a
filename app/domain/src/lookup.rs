//! Which of many areas holds a position, in a table built once. Answers exactly what asking every area in turn would,
//! never an approximation of it; rebuilt from the areas, never stored.

use std::array;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::area::{Area, Containment, Line, Point, Polygon, point};
use crate::lookup::list::{Candidate, Lists};
use crate::lookup::mosaic::{Cut, Mosaic};
use crate::place::{Bounds, Position};

mod list;
mod mosaic;

/// Finer brings nothing for a city.
const MOST_CELLS_PER_SIDE: u16 = 2_048;
/// A block is so many cells wide and high, as a power of two. What is looked at first is small enough to stay near the processor.
const BLOCK_BITS: u32 = 3;
const BLOCK_SIDE: usize = 1 << BLOCK_BITS;
const BLOCK_CELLS: usize = BLOCK_SIDE * BLOCK_SIDE;
/// What a cell says that lies wholly inside the area named in the other bits.
const WHOLE: u32 = 1 << 31;
/// What a cell says that no area touches.
const NOBODY: u32 = u32::MAX;

/// A grid over all areas. A block of cells that lies wholly inside one area answers at once, and so does a cell; a cell on a
/// boundary is cut once more, and where a boundary passes a piece the few lines that pass the cell decide exactly.
#[derive(Clone, Debug)]
pub struct LookupTable {
    grid: Option<Grid>,
    /// Row by row.
    blocks: Vec<Block>,
    /// `NOBODY`, an area with `WHOLE`, or which of `mosaics` it is.
    cells: Vec<u32>,
    mosaics: Vec<Mosaic>,
    lists: Lists,
}

/// Where the cells of a block begin, row by row, or the one that stands for all of them.
#[derive(Clone, Copy, Debug)]
struct Block(u32);

impl Block {
    fn of_one(cell: usize) -> Self {
        Self((cell as u32) << 1)
    }

    fn of_many(first: usize) -> Self {
        Self((first as u32) << 1 | 1)
    }

    /// No branch: which blocks are of one cell, no processor can guess.
    fn cell(self, within: usize) -> usize {
        let mask = 0usize.wrapping_sub((self.0 & 1) as usize);
        (self.0 >> 1) as usize + (within & mask)
    }
}

impl LookupTable {
    /// `cells_per_side` is kept between 1 and 2,048, and at least half of it is used; 256 suits a city of 40 towns, 1,024 one
    /// of 3,000 grids.
    pub fn build(areas: &[Area], cells_per_side: u16) -> LookupTable {
        let mut table = LookupTable {
            grid: None,
            blocks: Vec::new(),
            cells: Vec::new(),
            mosaics: Vec::new(),
            lists: Lists::default(),
        };
        let Some(bounds) = areas.iter().map(Area::bounds).reduce(Bounds::joined) else {
            return table;
        };
        let grid = Grid::over(bounds, cells_per_side.clamp(1, MOST_CELLS_PER_SIDE));
        let mut draft = Draft {
            cells: vec![NOBODY; grid.cell_count()],
            shared: Vec::new(),
        };
        for (index, area) in areas.iter().enumerate() {
            draft.enter(area, index as u32, &grid);
        }
        for shared in &draft.shared {
            draft.cells[shared.cell] = table.mosaics.len() as u32;
            let cut = grid.cut(shared.cell % grid.columns, shared.cell / grid.columns);
            table.share(shared, cut);
        }
        table.take(&draft.cells, &grid);
        table.grid = Some(grid);
        table
    }

    /// Cuts a cell on a boundary into pieces.
    fn share(&mut self, shared: &Shared, cut: Cut) {
        let list = self.lists.add(&shared.candidates);
        let lines: Vec<Line> = shared.lines().collect();
        let decide = |at| self.lists.holder(list, cut.corner, at).unwrap_or(NOBODY);
        self.mosaics.push(Mosaic::of(list, &lines, cut, decide));
    }

    /// Puts cells together into blocks.
    fn take(&mut self, cells: &[u32], grid: &Grid) {
        let mut ones = BTreeMap::new();
        for row in (0..grid.rows).step_by(BLOCK_SIDE) {
            for column in (0..grid.columns).step_by(BLOCK_SIDE) {
                let block: [u32; BLOCK_CELLS] = array::from_fn(|index| {
                    let at = (column + index % BLOCK_SIDE, row + index / BLOCK_SIDE);
                    let is_there = at.0 < grid.columns && at.1 < grid.rows;
                    if is_there {
                        cells[grid.cell(at.0, at.1)]
                    } else {
                        NOBODY
                    }
                });
                let [first, ..] = block;
                let next = self.cells.len();
                if first & WHOLE == 0 || block.iter().any(|cell| *cell != first) {
                    self.cells.extend(block);
                    self.blocks.push(Block::of_many(next));
                    continue;
                }
                let one = *ones.entry(first).or_insert(next);
                if one == next {
                    self.cells.push(first);
                }
                self.blocks.push(Block::of_one(one));
            }
        }
    }

    /// The lowest index of an area that holds the position; its boundary counts as inside.
    pub fn find(&self, at: Position) -> Option<usize> {
        let grid = self.grid.as_ref()?;
        let (column, row) = grid.place_of(at)?;
        let within = (row % BLOCK_SIDE) * BLOCK_SIDE + column % BLOCK_SIDE;
        let cell = self.cells[self.blocks[grid.block(column, row)].cell(within)];
        let area = match cell & WHOLE {
            0 => self.on_boundary(cell, grid.cut(column, row), point(at)),
            _ if cell == NOBODY => NOBODY,
            _ => cell & !WHOLE,
        };
        (area != NOBODY).then_some(area as usize)
    }

    fn on_boundary(&self, cell: u32, cut: Cut, at: Point) -> u32 {
        let mosaic = &self.mosaics[cell as usize];
        mosaic.answer(cut, at).unwrap_or_else(|| {
            let held = self.lists.holder(mosaic.list, cut.corner, at);
            held.unwrap_or(NOBODY)
        })
    }
}

/// Cells while a table is built.
struct Draft {
    /// Row by row: `NOBODY`, an area with `WHOLE`, or which of `shared` it is.
    cells: Vec<u32>,
    shared: Vec<Shared>,
}

impl Draft {
    /// Adds an area to every cell it shares a point with.
    fn enter(&mut self, area: &Area, index: u32, grid: &Grid) {
        let (columns, rows) = grid.cells_of(area.bounds());
        let polygons: Vec<Outline> = area
            .polygons()
            .iter()
            .map(|polygon| Outline::of(polygon, grid, &rows))
            .collect();
        for row in rows {
            // Cells side by side without a boundary between them lie on the same side of it.
            let mut inside_so_far = None;
            for column in columns.clone() {
                let cell = grid.cell(column, row);
                if polygons.iter().any(|outline| outline.passes(cell)) {
                    inside_so_far = None;
                    let corner = grid.corner(column, row);
                    for outline in &polygons {
                        let candidate = outline.candidate(index, row, cell, corner);
                        self.share(cell, candidate);
                    }
                } else if *inside_so_far.get_or_insert_with(|| {
                    area.contains(grid.corner(column, row)) == Containment::Inside
                }) {
                    self.fill(cell, index);
                }
            }
        }
    }

    /// The boundary of an area passes through a cell.
    fn share(&mut self, cell: usize, candidate: Option<Candidate>) {
        let Some(candidate) = candidate else {
            return;
        };
        if self.cells[cell] == NOBODY {
            self.cells[cell] = self.shared.len() as u32;
            self.shared.push(Shared {
                cell,
                candidates: Vec::new(),
            });
        }
        // Behind an area that holds the whole cell nothing is ever asked.
        if self.cells[cell] & WHOLE == 0 {
            self.shared[self.cells[cell] as usize].add(candidate);
        }
    }

    /// A cell lies wholly inside an area.
    fn fill(&mut self, cell: usize, index: u32) {
        if self.cells[cell] == NOBODY {
            self.cells[cell] = index | WHOLE;
        } else if self.cells[cell] & WHOLE == 0 {
            self.shared[self.cells[cell] as usize].add(Candidate::whole(index));
        }
    }
}

/// The list of a cell while the table is built.
struct Shared {
    cell: usize,
    candidates: Vec<Candidate>,
}

impl Shared {
    fn add(&mut self, candidate: Candidate) {
        let closed = self.candidates.last().is_some_and(Candidate::is_whole);
        if !closed {
            self.candidates.push(candidate);
        }
    }

    fn lines(&self) -> impl Iterator<Item = Line> {
        self.candidates.iter().flat_map(Candidate::lines)
    }
}

/// The lines of a polygon by what they pass.
struct Outline {
    /// By row of cells, from `first_row` on: those that meet it.
    rows: Vec<Vec<Line>>,
    first_row: usize,
    /// By cell, in ascending order: those that pass it.
    cells: Vec<(usize, Line)>,
}

impl Outline {
    fn of(polygon: &Polygon, grid: &Grid, rows: &RangeInclusive<usize>) -> Outline {
        let mut outline = Outline {
            rows: vec![Vec::new(); rows.clone().count()],
            first_row: *rows.start(),
            cells: Vec::new(),
        };
        for edge in polygon.edges() {
            let line = edge.line();
            let columns = grid.column_of(edge.west_e6())..=grid.column_of(edge.east_e6());
            for row in grid.row_of(edge.south_e6())..=grid.row_of(edge.north_e6()) {
                outline.rows[row - outline.first_row].push(line);
                for column in columns.clone() {
                    let (low, high) = (
                        point(grid.corner(column, row)),
                        point(grid.corner(column + 1, row + 1)),
                    );
                    if list::passes(line, low, high) {
                        outline.cells.push((grid.cell(column, row), line));
                    }
                }
            }
        }
        outline.cells.sort_by_key(|(cell, _)| *cell);
        outline
    }

    fn passes(&self, cell: usize) -> bool {
        !self.passing(cell).is_empty()
    }

    fn passing(&self, cell: usize) -> &[(usize, Line)] {
        let from = self.cells.partition_point(|(passed, _)| *passed < cell);
        let count = self.cells[from..].partition_point(|(passed, _)| *passed == cell);
        &self.cells[from..from + count]
    }

    /// None where the polygon has no part in the cell.
    fn candidate(&self, area: u32, row: usize, cell: usize, corner: Position) -> Option<Candidate> {
        let lines = self.passing(cell).iter().map(|(_, line)| *line).collect();
        Candidate::of(area, lines, &self.rows[row - self.first_row], point(corner))
    }
}

/// Equal cells whose sides are powers of two, in millionths of a degree.
#[derive(Clone, Debug)]
struct Grid {
    west_e6: i32,
    south_e6: i32,
    east_e6: i32,
    north_e6: i32,
    width_bits: u32,
    height_bits: u32,
    columns: usize,
    rows: usize,
}

impl Grid {
    fn over(bounds: Bounds, cells_per_side: u16) -> Grid {
        let (low, high) = (bounds.southwest(), bounds.northeast());
        let most = u32::from(cells_per_side);
        let bits = |low: i32, high: i32| {
            let extent = high.abs_diff(low);
            (0..31).find(|bits| extent >> bits < most).unwrap_or(31)
        };
        let width_bits = bits(low.lon_e6(), high.lon_e6());
        let height_bits = bits(low.lat_e6(), high.lat_e6());
        let cells = |low: i32, high: i32, bits: u32| (high.abs_diff(low) >> bits) as usize + 1;
        Grid {
            west_e6: low.lon_e6(),
            south_e6: low.lat_e6(),
            east_e6: high.lon_e6(),
            north_e6: high.lat_e6(),
            width_bits,
            height_bits,
            columns: cells(low.lon_e6(), high.lon_e6(), width_bits),
            rows: cells(low.lat_e6(), high.lat_e6(), height_bits),
        }
    }

    fn cell_count(&self) -> usize {
        self.columns * self.rows
    }

    fn cell(&self, column: usize, row: usize) -> usize {
        row * self.columns + column
    }

    /// The block that a cell is in.
    fn block(&self, column: usize, row: usize) -> usize {
        (row >> BLOCK_BITS) * self.columns.div_ceil(BLOCK_SIDE) + (column >> BLOCK_BITS)
    }

    /// Column and row of the cell that holds a position.
    fn place_of(&self, at: Position) -> Option<(usize, usize)> {
        let (lon, lat) = (at.lon_e6(), at.lat_e6());
        let inside = (self.west_e6..=self.east_e6).contains(&lon)
            && (self.south_e6..=self.north_e6).contains(&lat);
        inside.then(|| (self.column_of(lon), self.row_of(lat)))
    }

    /// Of a longitude within the grid.
    fn column_of(&self, lon_e6: i32) -> usize {
        (lon_e6.abs_diff(self.west_e6) >> self.width_bits) as usize
    }

    /// Of a latitude within the grid.
    fn row_of(&self, lat_e6: i32) -> usize {
        (lat_e6.abs_diff(self.south_e6) >> self.height_bits) as usize
    }

    /// Columns and rows of the cells that a box within the grid meets.
    fn cells_of(&self, bounds: Bounds) -> (RangeInclusive<usize>, RangeInclusive<usize>) {
        let (low, high) = (bounds.southwest(), bounds.northeast());
        (
            self.column_of(low.lon_e6())..=self.column_of(high.lon_e6()),
            self.row_of(low.lat_e6())..=self.row_of(high.lat_e6()),
        )
    }

    fn cut(&self, column: usize, row: usize) -> Cut {
        Cut {
            corner: point(self.corner(column, row)),
            width_bits: self.width_bits,
            height_bits: self.height_bits,
        }
    }

    /// The southwest corner of a cell.
    fn corner(&self, column: usize, row: usize) -> Position {
        Position::clamped_e6(
            i64::from(self.west_e6) + ((column as i64) << self.width_bits),
            i64::from(self.south_e6) + ((row as i64) << self.height_bits),
        )
    }
}
