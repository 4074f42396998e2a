//! Where something is: WGS-84 positions in millionths of a degree, and boxes of them.
//! A position that cannot exist cannot be held.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Mean radius of the Earth in metres (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;
const MILLIONTHS: f64 = 1_000_000.0;
const MOST_LONGITUDE_E6: i32 = 180_000_000;
const MOST_LATITUDE_E6: i32 = 90_000_000;

/// A WGS-84 position, exact to a millionth of a degree (0.11 m). The order is longitude, then latitude.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    lon_e6: i32,
    lat_e6: i32,
}

impl Position {
    /// Degrees; rounded to the nearest millionth, halves away from zero.
    pub fn from_degrees(longitude: f64, latitude: f64) -> Result<Position, PositionError> {
        check_degrees(longitude, latitude)?;
        Ok(Position {
            lon_e6: to_e6(longitude),
            lat_e6: to_e6(latitude),
        })
    }

    /// Millionths of a degree.
    pub fn from_e6(lon_e6: i32, lat_e6: i32) -> Result<Position, PositionError> {
        check_degrees(
            f64::from(lon_e6) / MILLIONTHS,
            f64::from(lat_e6) / MILLIONTHS,
        )?;
        Ok(Position { lon_e6, lat_e6 })
    }

    /// For results of our own arithmetic: what lies outside the globe is moved to its edge.
    pub(crate) fn clamped_e6(lon_e6: i64, lat_e6: i64) -> Position {
        let clamp = |value: i64, most: i32| value.clamp(-i64::from(most), i64::from(most)) as i32;
        Position {
            lon_e6: clamp(lon_e6, MOST_LONGITUDE_E6),
            lat_e6: clamp(lat_e6, MOST_LATITUDE_E6),
        }
    }

    pub fn longitude(self) -> f64 {
        f64::from(self.lon_e6) / MILLIONTHS
    }

    pub fn latitude(self) -> f64 {
        f64::from(self.lat_e6) / MILLIONTHS
    }

    pub const fn lon_e6(self) -> i32 {
        self.lon_e6
    }

    pub const fn lat_e6(self) -> i32 {
        self.lat_e6
    }

    /// Metres along the great circle (haversine on the mean sphere; within 0.6 % of the ellipsoid).
    pub fn distance_m(self, other: Position) -> f64 {
        let lat_a = radians(self.latitude());
        let lat_b = radians(other.latitude());
        let half_lat = libm::sin((lat_b - lat_a) / 2.0);
        let half_lon = libm::sin(radians(other.longitude() - self.longitude()) / 2.0);
        let chord = half_lat * half_lat + libm::cos(lat_a) * libm::cos(lat_b) * half_lon * half_lon;
        2.0 * EARTH_RADIUS_M * libm::asin(libm::sqrt(chord.clamp(0.0, 1.0)))
    }

    /// The position some metres to the east and north, on the local tangent plane; meant for a few kilometres.
    pub fn offset_m(self, east_m: f64, north_m: f64) -> Position {
        let degree_m = EARTH_RADIUS_M * PI / 180.0;
        let shrink = libm::cos(radians(self.latitude())).max(1e-6);
        let lon = self.longitude() + east_m / (degree_m * shrink);
        let lat = self.latitude() + north_m / degree_m;
        Position::clamped_e6(
            libm::round(lon * MILLIONTHS) as i64,
            libm::round(lat * MILLIONTHS) as i64,
        )
    }
}

fn radians(degrees: f64) -> f64 {
    degrees * (PI / 180.0)
}

fn to_e6(degrees: f64) -> i32 {
    libm::round(degrees * MILLIONTHS) as i32
}

fn check_degrees(longitude: f64, latitude: f64) -> Result<(), PositionError> {
    if !longitude.is_finite() {
        return Err(PositionError::NotANumber { axis: "longitude" });
    }
    if !latitude.is_finite() {
        return Err(PositionError::NotANumber { axis: "latitude" });
    }
    if !(-90.0..=90.0).contains(&latitude) {
        let valid_if_swapped =
            (-180.0..=180.0).contains(&latitude) && (-90.0..=90.0).contains(&longitude);
        return Err(PositionError::LatitudeOutside {
            latitude,
            valid_if_swapped,
        });
    }
    if !(-180.0..=180.0).contains(&longitude) {
        return Err(PositionError::LongitudeOutside { longitude });
    }
    Ok(())
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {}]", self.longitude(), self.latitude())
    }
}

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            [self.longitude(), self.latitude()].serialize(serializer)
        } else {
            (self.lon_e6, self.lat_e6).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Position, D::Error> {
        if deserializer.is_human_readable() {
            let [longitude, latitude] = <[f64; 2]>::deserialize(deserializer)?;
            Position::from_degrees(longitude, latitude).map_err(de::Error::custom)
        } else {
            let (lon_e6, lat_e6) = <(i32, i32)>::deserialize(deserializer)?;
            Position::from_e6(lon_e6, lat_e6).map_err(de::Error::custom)
        }
    }
}

/// Why a pair of numbers is not a position.
#[derive(Clone, Debug, PartialEq)]
pub enum PositionError {
    NotANumber {
        axis: &'static str,
    },
    LatitudeOutside {
        latitude: f64,
        valid_if_swapped: bool,
    },
    LongitudeOutside {
        longitude: f64,
    },
}

impl fmt::Display for PositionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PositionError::NotANumber { axis } => write!(f, "{axis} is not a finite number"),
            PositionError::LatitudeOutside {
                latitude,
                valid_if_swapped,
            } => {
                write!(f, "latitude {} is outside -90..90", short(*latitude))?;
                if *valid_if_swapped {
                    f.write_str("; it would be valid with longitude and latitude swapped")?;
                }
                Ok(())
            }
            PositionError::LongitudeOutside { longitude } => {
                write!(f, "longitude {} is outside -180..180", short(*longitude))
            }
        }
    }
}

impl std::error::Error for PositionError {}

fn short(value: f64) -> String {
    if value.abs() < 1e9 {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// A box of longitudes and latitudes, edges included. It never crosses the 180th meridian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bounds {
    west_e6: i32,
    south_e6: i32,
    east_e6: i32,
    north_e6: i32,
}

impl Bounds {
    pub const WORLD: Bounds = Bounds {
        west_e6: -MOST_LONGITUDE_E6,
        south_e6: -MOST_LATITUDE_E6,
        east_e6: MOST_LONGITUDE_E6,
        north_e6: MOST_LATITUDE_E6,
    };

    /// West, south, east, north in degrees.
    pub fn from_degrees(edges: [f64; 4]) -> Result<Bounds, BoundsError> {
        let [west, south, east, north] = edges;
        let southwest = Position::from_degrees(west, south).map_err(BoundsError::Corner)?;
        let northeast = Position::from_degrees(east, north).map_err(BoundsError::Corner)?;
        if west > east {
            return Err(BoundsError::Inverted {
                low: "west",
                low_value: west,
                high: "east",
                high_value: east,
            });
        }
        if south > north {
            return Err(BoundsError::Inverted {
                low: "south",
                low_value: south,
                high: "north",
                high_value: north,
            });
        }
        Ok(Bounds {
            west_e6: southwest.lon_e6,
            south_e6: southwest.lat_e6,
            east_e6: northeast.lon_e6,
            north_e6: northeast.lat_e6,
        })
    }

    /// The smallest box around some positions; none around none.
    pub fn around(positions: impl IntoIterator<Item = Position>) -> Option<Bounds> {
        let mut around: Option<Bounds> = None;
        for at in positions {
            let point = Bounds {
                west_e6: at.lon_e6,
                south_e6: at.lat_e6,
                east_e6: at.lon_e6,
                north_e6: at.lat_e6,
            };
            around = Some(around.map_or(point, |bounds| bounds.joined(point)));
        }
        around
    }

    /// The smallest box that holds both.
    pub fn joined(self, other: Bounds) -> Bounds {
        Bounds {
            west_e6: self.west_e6.min(other.west_e6),
            south_e6: self.south_e6.min(other.south_e6),
            east_e6: self.east_e6.max(other.east_e6),
            north_e6: self.north_e6.max(other.north_e6),
        }
    }

    pub const fn contains(self, at: Position) -> bool {
        at.lon_e6 >= self.west_e6
            && at.lon_e6 <= self.east_e6
            && at.lat_e6 >= self.south_e6
            && at.lat_e6 <= self.north_e6
    }

    /// True also where the two only touch.
    pub const fn intersects(self, other: Bounds) -> bool {
        self.west_e6 <= other.east_e6
            && other.west_e6 <= self.east_e6
            && self.south_e6 <= other.north_e6
            && other.south_e6 <= self.north_e6
    }

    pub const fn southwest(self) -> Position {
        Position {
            lon_e6: self.west_e6,
            lat_e6: self.south_e6,
        }
    }

    pub const fn northeast(self) -> Position {
        Position {
            lon_e6: self.east_e6,
            lat_e6: self.north_e6,
        }
    }

    pub fn center(self) -> Position {
        Position::clamped_e6(
            (i64::from(self.west_e6) + i64::from(self.east_e6)).div_euclid(2),
            (i64::from(self.south_e6) + i64::from(self.north_e6)).div_euclid(2),
        )
    }

    /// West, south, east, north in degrees.
    pub fn degrees(self) -> [f64; 4] {
        let (low, high) = (self.southwest(), self.northeast());
        [
            low.longitude(),
            low.latitude(),
            high.longitude(),
            high.latitude(),
        ]
    }
}

impl FromStr for Bounds {
    type Err = BoundsError;

    /// `west,south,east,north` in degrees, as in a query.
    fn from_str(text: &str) -> Result<Bounds, BoundsError> {
        let parts: Vec<&str> = text.split(',').take(5).collect();
        if parts.len() != 4 {
            return Err(BoundsError::NotFourNumbers);
        }
        let mut edges = [0.0; 4];
        for (edge, part) in edges.iter_mut().zip(parts) {
            *edge = part
                .trim()
                .parse()
                .map_err(|_| BoundsError::NotFourNumbers)?;
        }
        Bounds::from_degrees(edges)
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [west, south, east, north] = self.degrees();
        write!(f, "{west},{south},{east},{north}")
    }
}

/// Why four numbers are not a box.
#[derive(Clone, Debug, PartialEq)]
pub enum BoundsError {
    NotFourNumbers,
    Corner(PositionError),
    Inverted {
        low: &'static str,
        low_value: f64,
        high: &'static str,
        high_value: f64,
    },
}

impl fmt::Display for BoundsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BoundsError::NotFourNumbers => {
                f.write_str("a box is four numbers: west,south,east,north in degrees")
            }
            BoundsError::Corner(reason) => write!(f, "{reason} (a box is west,south,east,north)"),
            BoundsError::Inverted {
                low,
                low_value,
                high,
                high_value,
            } => {
                write!(
                    f,
                    "{low} {low_value} is beyond {high} {high_value} (a box is west,south,east,north)"
                )
            }
        }
    }
}

impl std::error::Error for BoundsError {}

impl Serialize for Bounds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            self.degrees().serialize(serializer)
        } else {
            [self.west_e6, self.south_e6, self.east_e6, self.north_e6].serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Bounds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bounds, D::Error> {
        if deserializer.is_human_readable() {
            let edges = <[f64; 4]>::deserialize(deserializer)?;
            return Bounds::from_degrees(edges).map_err(de::Error::custom);
        }
        let edges = <[i32; 4]>::deserialize(deserializer)?;
        Bounds::from_degrees(edges.map(|edge| f64::from(edge) / MILLIONTHS))
            .map_err(de::Error::custom)
    }
}
