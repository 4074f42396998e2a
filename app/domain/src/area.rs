//! Areas of a city: polygons with holes, checked once, and whether a position lies in one. Exact: positions are
//! integers and so is every decision, hence no two nodes can disagree on which side of a line a report lies.

mod edge;

use std::fmt;

use serde::{Deserialize, Serialize};

use self::edge::{Edge, containment, refuse_crossings};
pub(crate) use self::edge::{Line, Point, point};
use crate::place::{Bounds, Position, PositionError};

/// Corners a single ring may have; the whole coast of a province has fewer.
const MOST_CORNERS: usize = 100_000;
/// Polygons an area may have.
const MOST_POLYGONS: usize = 10_000;
/// Holes a polygon may have.
const MOST_HOLES: usize = 256;
/// Corners of a hole tried until one lies clearly inside or outside another ring; the rest may only touch it.
const CORNERS_TRIED: usize = 16;

/// Where a position lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Containment {
    Inside,
    OnBoundary,
    Outside,
}

/// A closed line that neither crosses nor overlaps itself; the first corner is repeated as the last.
/// It may touch itself in single points, as open data often does once rounded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Position>", into = "Vec<Position>")]
pub struct Ring(Vec<Position>);

impl Ring {
    /// Neighbouring equal corners are taken as one.
    pub fn new(mut corners: Vec<Position>) -> Result<Ring, AreaError> {
        if corners.len() > MOST_CORNERS {
            return Err(AreaError::TooManyCorners(corners.len()));
        }
        let given = corners.len();
        corners.dedup();
        if corners.len() < 4 {
            return Err(AreaError::TooFewCorners(given));
        }
        if corners.first() != corners.last() {
            return Err(AreaError::NotClosed);
        }
        let ring = Ring(corners);
        refuse_crossings(ring.edges().collect())?;
        Ok(ring)
    }

    pub fn corners(&self) -> &[Position] {
        &self.0
    }

    pub(crate) fn edges(&self) -> impl Iterator<Item = Edge> + '_ {
        self.0.windows(2).map(|pair| Edge {
            from: pair[0],
            to: pair[1],
        })
    }

    /// Whether the position lies within the line, holes not considered.
    pub fn contains(&self, at: Position) -> Containment {
        containment(self.edges().map(Edge::line), point(at))
    }

    /// Where this ring lies against another that it does not cross.
    fn lies(&self, other: &Ring) -> Containment {
        for corner in self.0.iter().take(CORNERS_TRIED) {
            match other.contains(*corner) {
                Containment::OnBoundary => {}
                clear => return clear,
            }
        }
        Containment::OnBoundary
    }

    /// Twice the enclosed area in square millionths of a degree; positive if anticlockwise.
    fn doubled_area(&self) -> i128 {
        let mut sum = 0;
        for edge in self.edges() {
            sum += i128::from(edge.from.lon_e6()) * i128::from(edge.to.lat_e6())
                - i128::from(edge.to.lon_e6()) * i128::from(edge.from.lat_e6());
        }
        sum
    }
}

impl TryFrom<Vec<Position>> for Ring {
    type Error = AreaError;
    fn try_from(corners: Vec<Position>) -> Result<Ring, AreaError> {
        Ring::new(corners)
    }
}

impl From<Ring> for Vec<Position> {
    fn from(ring: Ring) -> Vec<Position> {
        ring.0
    }
}

/// A ring and the holes in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Ring>", into = "Vec<Ring>")]
pub struct Polygon {
    exterior: Ring,
    holes: Vec<Ring>,
}

impl Polygon {
    /// Holes lie within the exterior and beside each other; they may touch in single points.
    pub fn new(exterior: Ring, holes: Vec<Ring>) -> Result<Polygon, AreaError> {
        if holes.len() > MOST_HOLES {
            return Err(AreaError::TooManyHoles(holes.len()));
        }
        let polygon = Polygon { exterior, holes };
        if !polygon.holes.is_empty() {
            refuse_crossings(polygon.edges().collect())?;
        }
        for (index, hole) in polygon.holes.iter().enumerate() {
            if hole.lies(&polygon.exterior) == Containment::Outside {
                return Err(AreaError::HoleOutside(index));
            }
            for (other_index, other) in polygon.holes.iter().enumerate() {
                if index != other_index && hole.lies(other) == Containment::Inside {
                    return Err(AreaError::HoleInHole(index));
                }
            }
        }
        Ok(polygon)
    }

    pub fn exterior(&self) -> &Ring {
        &self.exterior
    }

    pub fn holes(&self) -> &[Ring] {
        &self.holes
    }

    pub(crate) fn edges(&self) -> impl Iterator<Item = Edge> + '_ {
        self.exterior
            .edges()
            .chain(self.holes.iter().flat_map(Ring::edges))
    }

    pub fn contains(&self, at: Position) -> Containment {
        containment(self.edges().map(Edge::line), point(at))
    }
}

impl TryFrom<Vec<Ring>> for Polygon {
    type Error = AreaError;
    fn try_from(rings: Vec<Ring>) -> Result<Polygon, AreaError> {
        let mut rings = rings.into_iter();
        let exterior = rings.next().ok_or(AreaError::Empty)?;
        Polygon::new(exterior, rings.collect())
    }
}

impl From<Polygon> for Vec<Ring> {
    fn from(polygon: Polygon) -> Vec<Ring> {
        let mut rings = vec![polygon.exterior];
        rings.extend(polygon.holes);
        rings
    }
}

/// One or more polygons: a town with its islands. Where polygons overlap they count as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Polygon>", into = "Vec<Polygon>")]
pub struct Area(Vec<Polygon>);

impl Area {
    pub fn new(polygons: Vec<Polygon>) -> Result<Area, AreaError> {
        if polygons.len() > MOST_POLYGONS {
            return Err(AreaError::TooManyPolygons(polygons.len()));
        }
        if polygons.is_empty() {
            Err(AreaError::Empty)
        } else {
            Ok(Area(polygons))
        }
    }

    /// From the coordinates of a GeoJSON MultiPolygon: polygons, rings (exterior first), `[longitude, latitude]`.
    pub fn from_coordinates(polygons: &[Vec<Vec<[f64; 2]>>]) -> Result<Area, AreaError> {
        let mut built = Vec::new();
        for polygon in polygons {
            let mut rings = Vec::new();
            for ring in polygon {
                let mut corners = Vec::with_capacity(ring.len());
                for (index, [longitude, latitude]) in ring.iter().enumerate() {
                    let corner = Position::from_degrees(*longitude, *latitude)
                        .map_err(|reason| AreaError::Corner { index, reason })?;
                    corners.push(corner);
                }
                rings.push(Ring::new(corners)?);
            }
            built.push(Polygon::try_from(rings)?);
        }
        Area::new(built)
    }

    /// The coordinates of a GeoJSON MultiPolygon.
    pub fn coordinates(&self) -> Vec<Vec<Vec<[f64; 2]>>> {
        let degrees = |ring: &Ring| {
            ring.0
                .iter()
                .map(|at| [at.longitude(), at.latitude()])
                .collect()
        };
        let mut polygons = Vec::new();
        for polygon in &self.0 {
            let mut rings: Vec<Vec<[f64; 2]>> = vec![degrees(&polygon.exterior)];
            rings.extend(polygon.holes.iter().map(degrees));
            polygons.push(rings);
        }
        polygons
    }

    pub fn polygons(&self) -> &[Polygon] {
        &self.0
    }

    pub fn contains(&self, at: Position) -> Containment {
        let mut found = Containment::Outside;
        for polygon in &self.0 {
            match polygon.contains(at) {
                Containment::Inside => return Containment::Inside,
                Containment::OnBoundary => found = Containment::OnBoundary,
                Containment::Outside => {}
            }
        }
        found
    }

    pub fn bounds(&self) -> Bounds {
        let corners = self
            .0
            .iter()
            .flat_map(|polygon| polygon.exterior.0.iter().copied());
        // An area has at least one ring, and a ring at least four corners.
        Bounds::around(corners).unwrap_or(Bounds::WORLD)
    }

    /// A position that represents the area: the centroid of its largest polygon if that lies inside, else the middle
    /// of the widest stretch inside along one of its parallels. On the boundary only where nothing is wider.
    pub fn centroid_inside(&self) -> Position {
        let largest = self.largest();
        let centroid = centroid(&largest.exterior);
        if largest.contains(centroid) == Containment::Inside {
            return centroid;
        }
        widest_inside(largest).unwrap_or(largest.exterior.0[0])
    }

    fn largest(&self) -> &Polygon {
        let mut largest = &self.0[0];
        for polygon in &self.0[1..] {
            if polygon.exterior.doubled_area().abs() > largest.exterior.doubled_area().abs() {
                largest = polygon;
            }
        }
        largest
    }
}

impl TryFrom<Vec<Polygon>> for Area {
    type Error = AreaError;
    fn try_from(polygons: Vec<Polygon>) -> Result<Area, AreaError> {
        Area::new(polygons)
    }
}

impl From<Area> for Vec<Polygon> {
    fn from(area: Area) -> Vec<Polygon> {
        area.0
    }
}

fn centroid(ring: &Ring) -> Position {
    // Relative to a corner, so that the products stay small; exact up to the last division.
    let origin = ring.0[0];
    let relative = |at: Position| {
        (
            i128::from(at.lon_e6()) - i128::from(origin.lon_e6()),
            i128::from(at.lat_e6()) - i128::from(origin.lat_e6()),
        )
    };
    let (mut doubled_area, mut east, mut north) = (0, 0, 0);
    for edge in ring.edges() {
        let ((ax, ay), (bx, by)) = (relative(edge.from), relative(edge.to));
        let cross = ax * by - bx * ay;
        doubled_area += cross;
        east += (ax + bx) * cross;
        north += (ay + by) * cross;
    }
    if doubled_area == 0 {
        return origin;
    }
    let east = (east / (3 * doubled_area)) as i64;
    let north = (north / (3 * doubled_area)) as i64;
    Position::clamped_e6(
        i64::from(origin.lon_e6()) + east,
        i64::from(origin.lat_e6()) + north,
    )
}

/// Parallels tried between the southernmost and the northernmost corner.
const PARALLELS: i64 = 64;

fn widest_inside(polygon: &Polygon) -> Option<Position> {
    let bounds = Bounds::around(polygon.exterior.0.iter().copied())?;
    let (south, north) = (
        i64::from(bounds.southwest().lat_e6()),
        i64::from(bounds.northeast().lat_e6()),
    );
    let mut widest: Option<(i64, Position)> = None;
    for step in 1..PARALLELS {
        let lat_e6 = south + (north - south) * step / PARALLELS;
        let mut meets = Vec::new();
        for edge in polygon.edges() {
            meets.extend(edge.longitude_at(lat_e6));
        }
        meets.sort_unstable();
        for pair in meets.windows(2) {
            let width = pair[1] - pair[0];
            let middle = Position::clamped_e6(pair[0] + width / 2, lat_e6);
            let wider = widest.is_none_or(|(widest, _)| width > widest);
            if wider && polygon.contains(middle) == Containment::Inside {
                widest = Some((width, middle));
            }
        }
    }
    widest.map(|(_, middle)| middle)
}

/// Why a list of corners is not an area.
#[derive(Clone, Debug, PartialEq)]
pub enum AreaError {
    Empty,
    TooFewCorners(usize),
    TooManyCorners(usize),
    TooManyPolygons(usize),
    TooManyHoles(usize),
    TooIntricate,
    NotClosed,
    Corner { index: usize, reason: PositionError },
    Crosses { near: Position },
    HoleOutside(usize),
    HoleInHole(usize),
}

impl fmt::Display for AreaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AreaError::Empty => f.write_str("an area has at least one polygon with one ring"),
            AreaError::TooFewCorners(count) => {
                write!(
                    f,
                    "a ring has at least 4 different neighbouring positions (first and last equal), not {count}"
                )
            }
            AreaError::TooManyCorners(count) => {
                write!(
                    f,
                    "a ring has at most {MOST_CORNERS} positions, not {count}"
                )
            }
            AreaError::TooManyPolygons(count) => {
                write!(
                    f,
                    "an area has at most {MOST_POLYGONS} polygons, not {count}"
                )
            }
            AreaError::TooManyHoles(count) => {
                write!(f, "a polygon has at most {MOST_HOLES} holes, not {count}")
            }
            AreaError::TooIntricate => {
                f.write_str("the boundary is too intricate to check; simplify it")
            }
            AreaError::NotClosed => {
                f.write_str("a ring ends where it begins: repeat the first position")
            }
            AreaError::Corner { index, reason } => write!(f, "position {index}: {reason}"),
            AreaError::Crosses { near } => {
                write!(f, "the boundary crosses or overlaps itself near {near:?}")
            }
            AreaError::HoleOutside(index) => write!(f, "hole {index} lies outside the polygon"),
            AreaError::HoleInHole(index) => write!(f, "hole {index} lies inside another hole"),
        }
    }
}

impl std::error::Error for AreaError {}
