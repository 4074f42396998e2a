//! Which of many areas holds a position, in a table built once. Answers exactly what asking every area in turn would,
//! never an approximation of it; rebuilt from the areas, never stored.

use std::ops::RangeInclusive;

use crate::area::{Area, Containment, Edge, Line, Point, Polygon, containment, point};
use crate::place::{Bounds, Position};

/// 2048² cells take 16 MiB; finer brings nothing for a city.
const MOST_CELLS_PER_SIDE: u16 = 2_048;
/// What a cell says that lies wholly inside the area named in the other bits.
const WHOLE: u32 = 1 << 31;
/// What a cell says that no area touches.
const NOBODY: u32 = u32::MAX;

/// A grid over all areas. A cell that lies wholly inside one area answers at once, with one look into memory; a cell on a
/// boundary names its candidates, and those are asked exactly.
#[derive(Clone, Debug)]
pub struct LookupTable {
    grid: Option<Grid>,
    /// Row by row: `NOBODY`, an area with `WHOLE`, or a place in `shared`.
    cells: Vec<u32>,
    /// Of each cell on a boundary, where its candidates begin; one more than there are such cells.
    shared: Vec<u32>,
    candidates: Vec<Candidate>,
    lines: Vec<Line>,
}

/// One polygon that has a part in a cell, lowest area first.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// With `WHOLE`, all that is left of the cell is the area's.
    area: u32,
    /// In which direction the fewest of its edges lie.
    ray: Ray,
    /// Those in `lines`, turned that way.
    from: u32,
    to: u32,
}

/// Where one looks from a position to count the edges between it and the outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ray {
    East,
    West,
    North,
    South,
}

impl Ray {
    const ALL: [Ray; 4] = [Ray::East, Ray::West, Ray::North, Ray::South];

    /// The same plane with the ray along its first axis.
    fn turned(self, [lon, lat]: Point) -> Point {
        match self {
            Ray::East => [lon, lat],
            Ray::West => [-lon, lat],
            Ray::North => [lat, lon],
            Ray::South => [-lat, lon],
        }
    }

    fn line(self, edge: Edge) -> Line {
        let line = edge.line();
        Line {
            from: self.turned(line.from),
            to: self.turned(line.to),
        }
    }
}

impl LookupTable {
    /// `cells_per_side` is kept between 1 and 2,048, and at least half of it is used; 256 suits a city of 40 towns, 1,024 one
    /// of 3,000 grids.
    pub fn build(areas: &[Area], cells_per_side: u16) -> LookupTable {
        let mut table = LookupTable {
            grid: None,
            cells: Vec::new(),
            shared: vec![0],
            candidates: Vec::new(),
            lines: Vec::new(),
        };
        let Some(bounds) = areas.iter().map(Area::bounds).reduce(Bounds::joined) else {
            return table;
        };
        let grid = Grid::over(bounds, cells_per_side.clamp(1, MOST_CELLS_PER_SIDE));
        table.cells = vec![NOBODY; grid.cell_count()];
        let mut shared: Vec<Vec<Candidate>> = Vec::new();
        for (index, area) in areas.iter().enumerate() {
            table.enter(area, index as u32, &grid, &mut shared);
        }
        for candidates in shared {
            table.candidates.extend(candidates);
            table.shared.push(table.candidates.len() as u32);
        }
        table.grid = Some(grid);
        table
    }

    /// The lowest index of an area that holds the position; its boundary counts as inside.
    pub fn find(&self, at: Position) -> Option<usize> {
        let grid = self.grid.as_ref()?;
        let cell = self.cells[grid.cell_of(at)?];
        if cell == NOBODY {
            return None;
        }
        if cell & WHOLE != 0 {
            return Some((cell & !WHOLE) as usize);
        }
        let (from, to) = (self.shared[cell as usize], self.shared[cell as usize + 1]);
        let candidates = &self.candidates[from as usize..to as usize];
        candidates
            .iter()
            .find(|candidate| candidate.area & WHOLE != 0 || self.holds(candidate, at))
            .map(|candidate| (candidate.area & !WHOLE) as usize)
    }

    fn holds(&self, candidate: &Candidate, at: Position) -> bool {
        let lines = &self.lines[candidate.from as usize..candidate.to as usize];
        let at = candidate.ray.turned(point(at));
        containment(lines.iter().copied(), at) != Containment::Outside
    }

    /// Adds an area to every cell it shares a point with.
    fn enter(&mut self, area: &Area, index: u32, grid: &Grid, shared: &mut Vec<Vec<Candidate>>) {
        let (columns, rows) = grid.cells_of(area.bounds());
        let width = columns.clone().count();
        let (first_column, first_row) = (*columns.start(), *rows.start());
        let mut on_boundary = vec![false; width * rows.clone().count()];
        for polygon in area.polygons() {
            for edge in polygon.edges() {
                for (column, row) in cells_met(edge, grid) {
                    on_boundary[(row - first_row) * width + (column - first_column)] = true;
                }
            }
        }
        let polygons: Vec<Strips> = area
            .polygons()
            .iter()
            .map(|polygon| Strips::of(polygon, grid, &columns, &rows))
            .collect();
        for row in rows {
            // Cells side by side without a boundary between them lie on the same side of it.
            let mut inside_so_far = None;
            for column in columns.clone() {
                let cell = grid.cell(column, row);
                if on_boundary[(row - first_row) * width + (column - first_column)] {
                    inside_so_far = None;
                    let place = (column - first_column, row - first_row);
                    let corners = grid.cell_corners(column, row);
                    let deciding = polygons
                        .iter()
                        .map(|strips| strips.deciding(place, corners));
                    self.share(cell, index, deciding, shared);
                    continue;
                }
                let inside = *inside_so_far.get_or_insert_with(|| {
                    area.contains(grid.cell_corners(column, row).0) == Containment::Inside
                });
                if inside {
                    self.fill(cell, index, shared);
                }
            }
        }
    }

    /// The boundary of an area passes through a cell.
    fn share(
        &mut self,
        cell: usize,
        index: u32,
        polygons: impl Iterator<Item = (Ray, Vec<Line>)>,
        shared: &mut Vec<Vec<Candidate>>,
    ) {
        if self.cells[cell] == NOBODY {
            self.cells[cell] = shared.len() as u32;
            shared.push(Vec::new());
        }
        // Behind an area that holds the whole cell nothing is ever asked.
        let Some(candidates) = open_list(self.cells[cell], shared) else {
            return;
        };
        for (ray, lines) in polygons.filter(|(_, lines)| !lines.is_empty()) {
            let from = self.lines.len() as u32;
            self.lines.extend(lines);
            candidates.push(Candidate {
                area: index,
                ray,
                from,
                to: self.lines.len() as u32,
            });
        }
    }

    /// A cell lies wholly inside an area.
    fn fill(&mut self, cell: usize, index: u32, shared: &mut [Vec<Candidate>]) {
        if self.cells[cell] == NOBODY {
            self.cells[cell] = index | WHOLE;
        } else if let Some(candidates) = open_list(self.cells[cell], shared) {
            candidates.push(Candidate {
                area: index | WHOLE,
                ray: Ray::East,
                from: 0,
                to: 0,
            });
        }
    }
}

/// The candidates of a cell to which another may be added.
fn open_list(cell: u32, shared: &mut [Vec<Candidate>]) -> Option<&mut Vec<Candidate>> {
    if cell & WHOLE != 0 {
        return None;
    }
    let candidates = shared.get_mut(cell as usize)?;
    let closed = candidates.last().is_some_and(|last| last.area & WHOLE != 0);
    (!closed).then_some(candidates)
}

/// The edges of a polygon by the rows and columns of cells they meet, of the cells its area meets: to ask about a position
/// only those of its row matter, or those of its column.
struct Strips {
    rows: Vec<Vec<Edge>>,
    columns: Vec<Vec<Edge>>,
}

impl Strips {
    fn of(
        polygon: &Polygon,
        grid: &Grid,
        columns: &RangeInclusive<usize>,
        rows: &RangeInclusive<usize>,
    ) -> Strips {
        let mut strips = Strips {
            rows: vec![Vec::new(); rows.clone().count()],
            columns: vec![Vec::new(); columns.clone().count()],
        };
        for edge in polygon.edges() {
            for row in grid.row_of(edge.south_e6())..=grid.row_of(edge.north_e6()) {
                strips.rows[row - rows.start()].push(edge);
            }
            for column in grid.column_of(edge.west_e6())..=grid.column_of(edge.east_e6()) {
                strips.columns[column - columns.start()].push(edge);
            }
        }
        strips
    }

    /// What decides in a cell, by the ray that meets the fewest edges.
    fn deciding(
        &self,
        (column, row): (usize, usize),
        (low, high): (Position, Position),
    ) -> (Ray, Vec<Line>) {
        let towards = |ray: Ray| {
            let (strip, nearest) = match ray {
                Ray::East => (&self.rows[row], low),
                Ray::West => (&self.rows[row], high),
                Ray::North => (&self.columns[column], low),
                Ray::South => (&self.columns[column], high),
            };
            let begins = ray.turned(point(nearest))[0];
            // What ends before the cell says nothing in it.
            let lines = strip.iter().map(|edge| ray.line(*edge));
            lines
                .filter(|line| line.from[0].max(line.to[0]) >= begins)
                .collect::<Vec<_>>()
        };
        let [first, others @ ..] = Ray::ALL;
        let mut best = (first, towards(first));
        for ray in others {
            let lines = towards(ray);
            if lines.len() < best.1.len() {
                best = (ray, lines);
            }
        }
        best
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

    fn cell_of(&self, at: Position) -> Option<usize> {
        let (lon, lat) = (at.lon_e6(), at.lat_e6());
        let inside = (self.west_e6..=self.east_e6).contains(&lon)
            && (self.south_e6..=self.north_e6).contains(&lat);
        inside.then(|| self.cell(self.column_of(lon), self.row_of(lat)))
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

    /// Southwest corner of a cell and of its neighbour to the northeast: no line passes between two cells unseen.
    fn cell_corners(&self, column: usize, row: usize) -> (Position, Position) {
        let west = i64::from(self.west_e6) + ((column as i64) << self.width_bits);
        let south = i64::from(self.south_e6) + ((row as i64) << self.height_bits);
        (
            Position::clamped_e6(west, south),
            Position::clamped_e6(
                west + (1 << self.width_bits),
                south + (1 << self.height_bits),
            ),
        )
    }
}

/// The cells that share a point with an edge.
fn cells_met(edge: Edge, grid: &Grid) -> Vec<(usize, usize)> {
    let mut met = Vec::new();
    let columns = grid.column_of(edge.west_e6())..=grid.column_of(edge.east_e6());
    let rows = grid.row_of(edge.south_e6())..=grid.row_of(edge.north_e6());
    for row in rows {
        for column in columns.clone() {
            let (low, high) = grid.cell_corners(column, row);
            let sides = [
                edge.side(low),
                edge.side(high),
                edge.side(Position::clamped_e6(
                    i64::from(low.lon_e6()),
                    i64::from(high.lat_e6()),
                )),
                edge.side(Position::clamped_e6(
                    i64::from(high.lon_e6()),
                    i64::from(low.lat_e6()),
                )),
            ];
            let beside = sides.iter().all(|side| *side > 0) || sides.iter().all(|side| *side < 0);
            if !beside {
                met.push((column, row));
            }
        }
    }
    met
}
