//! The coordinate systems sources declare, and the way to and from WGS-84. Everything inside is WGS-84; conversion
//! happens once, at the edge. Deterministic: trigonometry goes through `libm`.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A coordinate system a source may declare.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Crs {
    #[default]
    #[serde(rename = "WGS-84")]
    Wgs84,
    /// China's geodetic system; within a few centimetres to decimetres of WGS-84, taken as equal.
    #[serde(rename = "CGCS2000")]
    Cgcs2000,
    /// The shifted system of Chinese web maps (Amap, Tencent), some 500 m off in Dongguan.
    #[serde(rename = "GCJ-02")]
    Gcj02,
    /// Baidu's shift on top of GCJ-02.
    #[serde(rename = "BD-09")]
    Bd09,
}

impl Crs {
    pub const ALL: [Crs; 4] = [Crs::Wgs84, Crs::Cgcs2000, Crs::Gcj02, Crs::Bd09];

    pub const fn name(self) -> &'static str {
        match self {
            Crs::Wgs84 => "WGS-84",
            Crs::Cgcs2000 => "CGCS2000",
            Crs::Gcj02 => "GCJ-02",
            Crs::Bd09 => "BD-09",
        }
    }

    /// Degrees of this system to degrees of WGS-84, `(longitude, latitude)`. The inverse of [`Crs::from_wgs84`]
    /// to less than a tenth of a metre. Outside China the shifted systems are not shifted.
    pub fn to_wgs84(self, longitude: f64, latitude: f64) -> (f64, f64) {
        match self {
            Crs::Wgs84 | Crs::Cgcs2000 => (longitude, latitude),
            Crs::Gcj02 => gcj02_to_wgs84(longitude, latitude),
            Crs::Bd09 => {
                let (longitude, latitude) = bd09_to_gcj02(longitude, latitude);
                gcj02_to_wgs84(longitude, latitude)
            }
        }
    }

    /// Degrees of WGS-84 to degrees of this system, `(longitude, latitude)`.
    pub fn from_wgs84(self, longitude: f64, latitude: f64) -> (f64, f64) {
        match self {
            Crs::Wgs84 | Crs::Cgcs2000 => (longitude, latitude),
            Crs::Gcj02 => wgs84_to_gcj02(longitude, latitude),
            Crs::Bd09 => {
                let (longitude, latitude) = wgs84_to_gcj02(longitude, latitude);
                gcj02_to_bd09(longitude, latitude)
            }
        }
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Crs {
    type Err = UnknownCrs;

    fn from_str(text: &str) -> Result<Crs, UnknownCrs> {
        let known = match text.trim().to_ascii_uppercase().as_str() {
            "WGS-84" | "WGS84" | "EPSG:4326" | "CRS84" => Crs::Wgs84,
            "CGCS2000" | "CGCS-2000" | "EPSG:4490" => Crs::Cgcs2000,
            "GCJ-02" | "GCJ02" => Crs::Gcj02,
            "BD-09" | "BD09" => Crs::Bd09,
            _ => return Err(UnknownCrs(text.chars().take(40).collect())),
        };
        Ok(known)
    }
}

/// A coordinate system we cannot convert from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCrs(pub String);

impl fmt::Display for UnknownCrs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "coordinate system '{}' is not one of WGS-84, CGCS2000, GCJ-02, BD-09",
            self.0
        )
    }
}

impl std::error::Error for UnknownCrs {}

// The shift is published nowhere officially; these are the constants in general use: the semi-major axis and squared
// eccentricity of the Krasovsky 1940 ellipsoid, and the rectangle within which map makers apply the shift.
const KRASOVSKY_AXIS_M: f64 = 6_378_245.0;
const KRASOVSKY_ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;
const SHIFTED_LONGITUDES: std::ops::RangeInclusive<f64> = 72.004..=137.8347;
const SHIFTED_LATITUDES: std::ops::RangeInclusive<f64> = 0.8293..=55.8271;

fn is_shifted(longitude: f64, latitude: f64) -> bool {
    SHIFTED_LONGITUDES.contains(&longitude) && SHIFTED_LATITUDES.contains(&latitude)
}

fn wgs84_to_gcj02(longitude: f64, latitude: f64) -> (f64, f64) {
    if !is_shifted(longitude, latitude) {
        return (longitude, latitude);
    }
    let (east, north) = shift_degrees(longitude, latitude);
    (longitude + east, latitude + north)
}

/// Solves `wgs + shift(wgs) = gcj` by repeated correction. The shift changes by about 1 % of the distance walked, so
/// each round wins two digits; twelve rounds end far below a millionth of a degree.
fn gcj02_to_wgs84(longitude: f64, latitude: f64) -> (f64, f64) {
    if !is_shifted(longitude, latitude) {
        return (longitude, latitude);
    }
    let (mut lon, mut lat) = (longitude, latitude);
    for _ in 0..12 {
        let (east, north) = shift_degrees(lon, lat);
        lon = longitude - east;
        lat = latitude - north;
    }
    (lon, lat)
}

fn shift_degrees(longitude: f64, latitude: f64) -> (f64, f64) {
    let (x, y) = (longitude - 105.0, latitude - 35.0);
    let root = libm::sqrt(libm::fabs(x));
    let ripple = (20.0 * libm::sin(6.0 * x * PI) + 20.0 * libm::sin(2.0 * x * PI)) * 2.0 / 3.0;
    let north_m = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + ripple
        + (20.0 * libm::sin(y * PI) + 40.0 * libm::sin(y / 3.0 * PI)) * 2.0 / 3.0
        + (160.0 * libm::sin(y / 12.0 * PI) + 320.0 * libm::sin(y * PI / 30.0)) * 2.0 / 3.0;
    let east_m = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + ripple
        + (20.0 * libm::sin(x * PI) + 40.0 * libm::sin(x / 3.0 * PI)) * 2.0 / 3.0
        + (150.0 * libm::sin(x / 12.0 * PI) + 300.0 * libm::sin(x / 30.0 * PI)) * 2.0 / 3.0;
    let latitude_rad = latitude / 180.0 * PI;
    let sine = libm::sin(latitude_rad);
    let magic = 1.0 - KRASOVSKY_ECCENTRICITY_SQUARED * sine * sine;
    let magic_root = libm::sqrt(magic);
    let meridian_m =
        KRASOVSKY_AXIS_M * (1.0 - KRASOVSKY_ECCENTRICITY_SQUARED) / (magic * magic_root);
    let parallel_m = KRASOVSKY_AXIS_M / magic_root * libm::cos(latitude_rad);
    (
        east_m * 180.0 / (parallel_m * PI),
        north_m * 180.0 / (meridian_m * PI),
    )
}

const BAIDU_TURN: f64 = PI * 3000.0 / 180.0;
const BAIDU_EAST: f64 = 0.0065;
const BAIDU_NORTH: f64 = 0.006;

fn gcj02_to_bd09(longitude: f64, latitude: f64) -> (f64, f64) {
    if !is_shifted(longitude, latitude) {
        return (longitude, latitude);
    }
    baidu_shift(longitude, latitude)
}

fn baidu_shift(longitude: f64, latitude: f64) -> (f64, f64) {
    let radius = libm::sqrt(longitude * longitude + latitude * latitude)
        + 0.000_02 * libm::sin(latitude * BAIDU_TURN);
    let angle = libm::atan2(latitude, longitude) + 0.000_003 * libm::cos(longitude * BAIDU_TURN);
    (
        radius * libm::cos(angle) + BAIDU_EAST,
        radius * libm::sin(angle) + BAIDU_NORTH,
    )
}

/// Repeated correction, as for GCJ-02; Baidu's own closed form is off by up to a metre.
fn bd09_to_gcj02(longitude: f64, latitude: f64) -> (f64, f64) {
    if !is_shifted(longitude, latitude) {
        return (longitude, latitude);
    }
    let (mut lon, mut lat) = (longitude - BAIDU_EAST, latitude - BAIDU_NORTH);
    for _ in 0..12 {
        let (there_lon, there_lat) = baidu_shift(lon, lat);
        lon += longitude - there_lon;
        lat += latitude - there_lat;
    }
    (lon, lat)
}
