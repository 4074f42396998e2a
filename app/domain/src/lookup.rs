//! Which of many areas holds a position, in a table built once. Answers exactly what asking every area in turn would,
//! never an approximation of it; rebuilt from the areas, never stored.

use std::ops::RangeInclusive;

use crate::area::{Area, Containment, Line, Polygon, point};
use crate::lookup::list::{Candidate, Lists};
use crate::place::{Bounds, Position};

mod list;

/// 2048² cells take 16 MiB; finer brings nothing for a city.
const MOST_CELLS_PER_SIDE: u16 = 2_048;
/// What a cell says that lies wholly inside the area named in the other bits.
const WHOLE: u32 = 1 << 31;
/// What a cell says that no area touches.
const NOBODY: u32 = u32::MAX;

/// A grid over all areas. A cell that lies wholly inside one area answers at once, with one look into memory; a cell on a
/// boundary names its candidates with the few lines of theirs that pass it, and those decide exactly.
#[derive(Clone, Debug)]
pub struct LookupTable {
    grid: Option<Grid>,
    /// Row by row: `NOBODY`, an area with `WHOLE`, or where its list begins.
    cells: Vec<u32>,
    lists: Lists,
}

impl LookupTable {
    /// `cells_per_side` is kept between 1 and 2,048, and at least half of it is used; 256 suits a city of 40 towns, 1,024 one
    /// of 3,000 grids.
    pub fn build(areas: &[Area], cells_per_side: u16) -> LookupTable {
        let mut table = LookupTable {
            grid: None,
            cells: Vec::new(),
            lists: Lists::default(),
        };
        let Some(bounds) = areas.iter().map(Area::bounds).reduce(Bounds::joined) else {
            return table;
        };
        let grid = Grid::over(bounds, cells_per_side.clamp(1, MOST_CELLS_PER_SIDE));
        table.cells = vec![NOBODY; grid.cell_count()];
        let mut shared: Vec<Shared> = Vec::new();
        for (index, area) in areas.iter().enumerate() {
            table.enter(area, index as u32, &grid, &mut shared);
        }
        for list in &shared {
            table.cells[list.cell] = table.lists.add(&list.candidates);
        }
        table.grid = Some(grid);
        table
    }

    /// The lowest index of an area that holds the position; its boundary counts as inside.
    pub fn find(&self, at: Position) -> Option<usize> {
        let grid = self.grid.as_ref()?;
        let (column, row) = grid.place_of(at)?;
        let cell = self.cells[grid.cell(column, row)];
        if cell == NOBODY {
            return None;
        }
        if cell & WHOLE != 0 {
            return Some((cell & !WHOLE) as usize);
        }
        let corner = point(grid.corner(column, row));
        let area = self.lists.holder(cell, corner, point(at))?;
        Some(area as usize)
    }

    /// Adds an area to every cell it shares a point with.
    fn enter(&mut self, area: &Area, index: u32, grid: &Grid, shared: &mut Vec<Shared>) {
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
                        self.share(cell, candidate, shared);
                    }
                } else if *inside_so_far.get_or_insert_with(|| {
                    area.contains(grid.corner(column, row)) == Containment::Inside
                }) {
                    self.fill(cell, index, shared);
                }
            }
        }
    }

    /// The boundary of an area passes through a cell.
    fn share(&mut self, cell: usize, candidate: Option<Candidate>, shared: &mut Vec<Shared>) {
        let Some(candidate) = candidate else {
            return;
        };
        if self.cells[cell] == NOBODY {
            self.cells[cell] = shared.len() as u32;
            shared.push(Shared {
                cell,
                candidates: Vec::new(),
            });
        }
        // Behind an area that holds the whole cell nothing is ever asked.
        if self.cells[cell] & WHOLE == 0 {
            shared[self.cells[cell] as usize].add(candidate);
        }
    }

    /// A cell lies wholly inside an area.
    fn fill(&mut self, cell: usize, index: u32, shared: &mut [Shared]) {
        if self.cells[cell] == NOBODY {
            self.cells[cell] = index | WHOLE;
        } else if self.cells[cell] & WHOLE == 0 {
            shared[self.cells[cell] as usize].add(Candidate::whole(index));
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

    /// The southwest corner of a cell.
    fn corner(&self, column: usize, row: usize) -> Position {
        Position::clamped_e6(
            i64::from(self.west_e6) + ((column as i64) << self.width_bits),
            i64::from(self.south_e6) + ((row as i64) << self.height_bits),
        )
    }
}
