//! Positions, boxes and coordinate systems, with the mistakes sources make.

use domain::crs::Crs;
use domain::place::{Bounds, Position};
use proptest::prelude::*;

fn at(lon: f64, lat: f64) -> Position {
    Position::from_degrees(lon, lat).unwrap()
}

fn reason(lon: f64, lat: f64) -> String {
    Position::from_degrees(lon, lat).unwrap_err().to_string()
}

#[test]
fn a_position_that_cannot_be_says_why() {
    assert_eq!(
        reason(0.0, 123.4),
        "latitude 123.4 is outside -90..90; it would be valid with longitude and latitude swapped"
    );
    assert_eq!(reason(100.0, 123.4), "latitude 123.4 is outside -90..90");
    assert_eq!(
        reason(23.02, 113.7),
        "latitude 113.7 is outside -90..90; it would be valid with longitude and latitude swapped"
    );
    assert_eq!(reason(200.5, 45.0), "longitude 200.5 is outside -180..180");
    assert_eq!(reason(f64::NAN, 0.0), "longitude is not a finite number");
    assert_eq!(
        reason(0.0, f64::INFINITY),
        "latitude is not a finite number"
    );
    assert_eq!(reason(0.0, 1e300), "latitude 1e300 is outside -90..90");
    assert!(Position::from_degrees(180.0, -90.0).is_ok());
    assert!(Position::from_e6(180_000_001, 0).is_err());
}

#[test]
fn degrees_are_rounded_to_millionths_away_from_zero() {
    assert_eq!(at(113.746_300_4, 23.023_4).lon_e6(), 113_746_300);
    assert_eq!(at(113.746_300_6, 23.023_4).lon_e6(), 113_746_301);
    // Halves that a double holds exactly.
    assert_eq!(
        at(0.000_000_5, -0.000_000_5),
        Position::from_e6(1, -1).unwrap()
    );
    assert_eq!(at(-0.0, 0.0), Position::from_e6(0, 0).unwrap());
}

#[test]
fn distances_are_those_of_the_globe() {
    // A degree of the mean meridian, and Dongguan to Guangzhou.
    assert!((at(0.0, 0.0).distance_m(at(0.0, 1.0)) - 111_195.08).abs() < 0.1);
    let dongguan_guangzhou = at(113.7463, 23.0462).distance_m(at(113.2644, 23.1291));
    assert!(
        (dongguan_guangzhou - 50_180.0).abs() < 200.0,
        "{dongguan_guangzhou}"
    );
    assert!((at(0.0, 0.0).distance_m(at(180.0, 0.0)) - 20_015_114.0).abs() < 2.0);
    assert_eq!(at(113.7, 23.0).distance_m(at(113.7, 23.0)), 0.0);
    assert!(
        at(179.9999, 0.0).distance_m(at(-179.9999, 0.0)) < 30.0,
        "across the 180th meridian"
    );
}

#[test]
fn a_box_is_read_from_a_query_and_says_what_is_wrong() {
    let bounds: Bounds = "113.5, 22.6,114.3,23.2".parse().unwrap();
    assert_eq!(bounds.degrees(), [113.5, 22.6, 114.3, 23.2]);
    assert_eq!(bounds.to_string(), "113.5,22.6,114.3,23.2");
    assert!(bounds.contains(at(113.5, 23.2)) && bounds.contains(at(114.0, 23.0)));
    assert!(!bounds.contains(at(113.499_999, 23.0)));
    assert!(
        bounds.intersects("114.3,23.2,115,24".parse().unwrap()),
        "touching counts"
    );
    assert!(!bounds.intersects("114.300001,22,115,24".parse().unwrap()));
    let reason = |text: &str| text.parse::<Bounds>().unwrap_err().to_string();
    assert_eq!(
        reason("114,22,113,23"),
        "west 114 is beyond east 113 (a box is west,south,east,north)"
    );
    assert_eq!(
        reason("113,24,114,23"),
        "south 24 is beyond north 23 (a box is west,south,east,north)"
    );
    assert!(reason("22,113,23,114").contains("swapped"));
    assert!(reason("NaN,22,113,23").contains("longitude is not a finite number"));
    assert!(reason("-1e9,22,113,23").contains("outside -180..180"));
    for text in ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,2,3,"] {
        assert_eq!(
            reason(text),
            "a box is four numbers: west,south,east,north in degrees",
            "{text}"
        );
    }
    assert_eq!(bounds.center(), at(113.9, 22.9));
    assert_eq!(
        Bounds::around([at(1.0, 2.0), at(-3.0, 4.0)])
            .unwrap()
            .degrees(),
        [-3.0, 2.0, 1.0, 4.0]
    );
    assert_eq!(Bounds::around([]), None);
}

#[test]
fn positions_are_pairs_for_people_and_integers_for_the_journal() {
    let both = (at(113.7463, 23.0234), Bounds::WORLD);
    let text = serde_json::to_string(&both).unwrap();
    assert_eq!(text, "[[113.7463,23.0234],[-180.0,-90.0,180.0,90.0]]");
    assert_eq!(
        serde_json::from_str::<(Position, Bounds)>(&text).unwrap(),
        both
    );
    let bytes = postcard::to_allocvec(&both).unwrap();
    assert_eq!(
        postcard::from_bytes::<(Position, Bounds)>(&bytes).unwrap(),
        both
    );
    assert!(
        serde_json::from_str::<Position>("[23.0,113.7]")
            .unwrap_err()
            .to_string()
            .contains("swapped")
    );
    assert!(serde_json::from_str::<Position>("[23.0]").is_err());
}

#[test]
fn coordinate_systems_go_by_their_names() {
    for (name, crs) in [
        ("WGS-84", Crs::Wgs84),
        ("wgs84", Crs::Wgs84),
        ("EPSG:4326", Crs::Wgs84),
        ("cgcs2000", Crs::Cgcs2000),
        ("epsg:4490", Crs::Cgcs2000),
        ("GCJ-02", Crs::Gcj02),
        ("gcj02", Crs::Gcj02),
        ("BD-09", Crs::Bd09),
        ("bd09", Crs::Bd09),
    ] {
        assert_eq!(name.parse::<Crs>().unwrap(), crs);
    }
    assert_eq!(
        "EPSG:3857".parse::<Crs>().unwrap_err().to_string(),
        "coordinate system 'EPSG:3857' is not one of WGS-84, CGCS2000, GCJ-02, BD-09"
    );
    assert_eq!(serde_json::to_string(&Crs::Gcj02).unwrap(), "\"GCJ-02\"");
}

#[test]
fn the_shift_is_the_one_map_makers_apply() {
    // Tiananmen in the three systems, as published by several converters.
    let (lon, lat) = Crs::Gcj02.from_wgs84(116.391_349, 39.907_375);
    assert!(
        (lon - 116.397_589).abs() < 3e-6 && (lat - 39.908_777).abs() < 3e-6,
        "{lon} {lat}"
    );
    let (lon, lat) = Crs::Bd09.from_wgs84(116.391_349, 39.907_375);
    assert!(
        (lon - 116.403_963).abs() < 2e-5 && (lat - 39.915_119).abs() < 2e-5,
        "{lon} {lat}"
    );
    // Some 500 m in Dongguan.
    let (lon, lat) = Crs::Gcj02.from_wgs84(113.7463, 23.0234);
    let shift_m = at(lon, lat).distance_m(at(113.7463, 23.0234));
    assert!((400.0..700.0).contains(&shift_m), "{shift_m}");
    // London is not shifted.
    assert_eq!(Crs::Gcj02.from_wgs84(-0.1276, 51.5072), (-0.1276, 51.5072));
    assert_eq!(Crs::Bd09.to_wgs84(-0.1276, 51.5072), (-0.1276, 51.5072));
}

/// Metres between two places given in degrees, without the rounding of a position.
fn apart_m(a: (f64, f64), b: (f64, f64)) -> f64 {
    let north = (a.1 - b.1) * 111_195.0;
    let east = (a.0 - b.0) * 111_195.0 * a.1.to_radians().cos();
    north.hypot(east)
}

proptest! {
    #[test]
    fn conversion_and_back_loses_less_than_ten_centimetres(lon in 73.0f64..137.0, lat in 1.5f64..55.0) {
        for crs in Crs::ALL {
            let (there_lon, there_lat) = crs.from_wgs84(lon, lat);
            let back = crs.to_wgs84(there_lon, there_lat);
            prop_assert!(apart_m((lon, lat), back) < 0.1, "{} at {} {}", crs, lon, lat);
        }
    }

    #[test]
    fn any_numbers_convert_to_numbers(lon in -180.0f64..180.0, lat in -90.0f64..90.0) {
        for crs in Crs::ALL {
            let (to_lon, to_lat) = crs.to_wgs84(lon, lat);
            prop_assert!(to_lon.is_finite() && to_lat.is_finite());
            prop_assert!(Position::from_degrees(to_lon, to_lat).is_ok());
        }
    }

    #[test]
    fn walking_east_and_north_covers_the_metres_walked(east in -5_000.0f64..5_000.0, north in -5_000.0f64..5_000.0) {
        let start = at(113.7463, 23.0234);
        let walked = start.distance_m(start.offset_m(east, north));
        prop_assert!((walked - east.hypot(north)).abs() < 0.3 + walked * 0.001, "{}", walked);
    }

    #[test]
    fn a_position_survives_its_degrees(lon_e6 in -180_000_000i32..=180_000_000, lat_e6 in -90_000_000i32..=90_000_000) {
        let place = Position::from_e6(lon_e6, lat_e6).unwrap();
        prop_assert_eq!(Position::from_degrees(place.longitude(), place.latitude()).unwrap(), place);
        prop_assert_eq!(serde_json::from_str::<Position>(&serde_json::to_string(&place).unwrap()).unwrap(), place);
    }

    #[test]
    fn distance_is_symmetric(a in (-180.0f64..180.0, -90.0f64..90.0), b in (-180.0f64..180.0, -90.0f64..90.0)) {
        let (a, b) = (at(a.0, a.1), at(b.0, b.1));
        prop_assert!((a.distance_m(b) - b.distance_m(a)).abs() < 1e-6);
        prop_assert!(a.distance_m(b) <= 20_015_115.0);
    }
}
