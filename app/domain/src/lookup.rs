//! Which of many areas holds a position, in a table built once. Answers exactly what asking every area in turn would,
//! never an approximation of it; rebuilt from the areas, never stored.

use crate::area::{Area, Containment, Edge, containment};
use crate::place::{Bounds, Position};

/// 2048² cells take 32 MiB; finer brings nothing for a city.
const MOST_CELLS_PER_SIDE: u16 = 2_048;
/// Set in a cell's entry when the whole cell lies inside the area.
const WHOLE: u32 = 1 << 31;

/// A grid over all areas. A cell that lies wholly inside one area answers at once; a cell on a boundary names its
/// candidates, and those are asked exactly.
#[derive(Clone, Debug)]
pub struct LookupTable {
    grid: Option<Grid>,
    /// Per cell, where its entries begin; one more than there are cells.
    starts: Vec<u32>,
    /// Areas of the cells, the lowest first.
    entries: Vec<u32>,
    areas: Vec<AreaRows>,
}

impl LookupTable {
    /// `cells_per_side` is kept between 1 and 2,048; 256 suits a city of 40 towns, 1,024 one of 3,000 grids.
    pub fn build(areas: &[Area], cells_per_side: u16) -> LookupTable {
        let bounds = areas.iter().map(Area::bounds).reduce(Bounds::joined);
        let Some(bounds) = bounds else {
            return LookupTable {
                grid: None,
                starts: Vec::new(),
                entries: Vec::new(),
                areas: Vec::new(),
            };
        };
        let grid = Grid::over(bounds, cells_per_side.clamp(1, MOST_CELLS_PER_SIDE));
        let mut cells: Vec<Vec<u32>> = vec![Vec::new(); grid.cell_count()];
        for (index, area) in areas.iter().enumerate() {
            enter(area, index as u32, &grid, &mut cells);
        }
        let mut starts = Vec::with_capacity(cells.len() + 1);
        let mut entries = Vec::new();
        for cell in cells {
            starts.push(entries.len() as u32);
            entries.extend(cell);
        }
        starts.push(entries.len() as u32);
        let areas = areas.iter().map(|area| AreaRows::of(area, &grid)).collect();
        LookupTable {
            grid: Some(grid),
            starts,
            entries,
            areas,
        }
    }

    /// The lowest index of an area that holds the position; its boundary counts as inside.
    pub fn find(&self, at: Position) -> Option<usize> {
        let grid = self.grid.as_ref()?;
        let (column, row) = grid.cell_of(at)?;
        let cell = row * grid.per_side + column;
        let range = self.starts[cell] as usize..self.starts[cell + 1] as usize;
        for entry in &self.entries[range] {
            let area = (entry & !WHOLE) as usize;
            if entry & WHOLE != 0 || self.areas[area].holds(at, row) {
                return Some(area);
            }
        }
        None
    }
}

/// Equal cells of whole millionths of a degree.
#[derive(Clone, Debug)]
struct Grid {
    west_e6: i64,
    south_e6: i64,
    east_e6: i64,
    north_e6: i64,
    width_e6: i64,
    height_e6: i64,
    per_side: usize,
}

impl Grid {
    fn over(bounds: Bounds, cells_per_side: u16) -> Grid {
        let (low, high) = (bounds.southwest(), bounds.northeast());
        let (west_e6, south_e6) = (i64::from(low.lon_e6()), i64::from(low.lat_e6()));
        let (east_e6, north_e6) = (i64::from(high.lon_e6()), i64::from(high.lat_e6()));
        let per_side = i64::from(cells_per_side);
        Grid {
            west_e6,
            south_e6,
            east_e6,
            north_e6,
            width_e6: (east_e6 - west_e6) / per_side + 1,
            height_e6: (north_e6 - south_e6) / per_side + 1,
            per_side: usize::from(cells_per_side),
        }
    }

    fn cell_count(&self) -> usize {
        self.per_side * self.per_side
    }

    fn cell_of(&self, at: Position) -> Option<(usize, usize)> {
        let (lon, lat) = (i64::from(at.lon_e6()), i64::from(at.lat_e6()));
        let inside = (self.west_e6..=self.east_e6).contains(&lon)
            && (self.south_e6..=self.north_e6).contains(&lat);
        inside.then(|| (self.column_of(lon), self.row_of(lat)))
    }

    fn column_of(&self, lon_e6: i64) -> usize {
        ((lon_e6 - self.west_e6) / self.width_e6) as usize
    }

    fn row_of(&self, lat_e6: i64) -> usize {
        ((lat_e6 - self.south_e6) / self.height_e6) as usize
    }

    /// Southwest corner of a cell and of its neighbour to the northeast: no line passes between two cells unseen.
    fn cell_corners(&self, column: usize, row: usize) -> (Position, Position) {
        let west = self.west_e6 + column as i64 * self.width_e6;
        let south = self.south_e6 + row as i64 * self.height_e6;
        (
            Position::clamped_e6(west, south),
            Position::clamped_e6(west + self.width_e6, south + self.height_e6),
        )
    }
}

/// Adds an area to every cell it shares a point with.
fn enter(area: &Area, index: u32, grid: &Grid, cells: &mut [Vec<u32>]) {
    let bounds = area.bounds();
    let (low, high) = (bounds.southwest(), bounds.northeast());
    let (first_column, last_column) = (
        grid.column_of(i64::from(low.lon_e6())),
        grid.column_of(i64::from(high.lon_e6())),
    );
    let (first_row, last_row) = (
        grid.row_of(i64::from(low.lat_e6())),
        grid.row_of(i64::from(high.lat_e6())),
    );
    let columns = last_column - first_column + 1;
    let mut on_boundary = vec![false; columns * (last_row - first_row + 1)];
    for polygon in area.polygons() {
        for edge in polygon.edges() {
            for (column, row) in cells_met(edge, grid) {
                on_boundary[(row - first_row) * columns + (column - first_column)] = true;
            }
        }
    }
    for row in first_row..=last_row {
        // Cells side by side without a boundary between them lie on the same side of it.
        let mut inside_so_far = None;
        for column in first_column..=last_column {
            let entry = if on_boundary[(row - first_row) * columns + (column - first_column)] {
                inside_so_far = None;
                Some(index)
            } else {
                let inside = *inside_so_far.get_or_insert_with(|| {
                    area.contains(grid.cell_corners(column, row).0) == Containment::Inside
                });
                inside.then_some(index | WHOLE)
            };
            let cell = &mut cells[row * grid.per_side + column];
            // Behind an area that holds the whole cell nothing is ever asked.
            if let Some(entry) = entry
                && cell.last().is_none_or(|last| last & WHOLE == 0)
            {
                cell.push(entry);
            }
        }
    }
}

/// The cells that share a point with an edge.
fn cells_met(edge: Edge, grid: &Grid) -> Vec<(usize, usize)> {
    let mut met = Vec::new();
    let columns =
        grid.column_of(i64::from(edge.west_e6()))..=grid.column_of(i64::from(edge.east_e6()));
    let rows = grid.row_of(i64::from(edge.south_e6()))..=grid.row_of(i64::from(edge.north_e6()));
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

/// An area's edges by the grid's rows: to ask about a position only those of its row matter.
#[derive(Clone, Debug)]
struct AreaRows {
    polygons: Vec<PolygonRows>,
}

#[derive(Clone, Debug)]
struct PolygonRows {
    first_row: usize,
    rows: Vec<Vec<Edge>>,
}

impl AreaRows {
    fn of(area: &Area, grid: &Grid) -> AreaRows {
        let mut polygons = Vec::new();
        for polygon in area.polygons() {
            let rows_of = |edge: Edge| {
                (
                    grid.row_of(i64::from(edge.south_e6())),
                    grid.row_of(i64::from(edge.north_e6())),
                )
            };
            let (mut first_row, mut last_row) = (usize::MAX, 0);
            for edge in polygon.edges() {
                let (south, north) = rows_of(edge);
                first_row = first_row.min(south);
                last_row = last_row.max(north);
            }
            let mut rows = vec![Vec::new(); (last_row + 1).saturating_sub(first_row)];
            for edge in polygon.edges() {
                let (south, north) = rows_of(edge);
                for row in south..=north {
                    rows[row - first_row].push(edge);
                }
            }
            polygons.push(PolygonRows { first_row, rows });
        }
        AreaRows { polygons }
    }

    fn holds(&self, at: Position, row: usize) -> bool {
        for polygon in &self.polygons {
            let edges = row
                .checked_sub(polygon.first_row)
                .and_then(|row| polygon.rows.get(row));
            let Some(edges) = edges else { continue };
            if containment(edges.iter().copied(), at) != Containment::Outside {
                return true;
            }
        }
        false
    }
}
