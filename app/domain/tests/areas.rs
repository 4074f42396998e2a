//! Which side of a line a report lies on: exactly, also on corners and shared edges, and the same by table or by hand.

use domain::area::{Area, AreaError, Containment};
use domain::lookup::LookupTable;
use domain::place::Position;
use proptest::prelude::*;

fn at(lon: f64, lat: f64) -> Position {
    Position::from_degrees(lon, lat).unwrap()
}

fn area(rings: &[&[[f64; 2]]]) -> Result<Area, AreaError> {
    Area::from_coordinates(&[rings.iter().map(|ring| ring.to_vec()).collect()])
}

fn square(west: f64, south: f64, side: f64) -> Vec<[f64; 2]> {
    let (east, north) = (west + side, south + side);
    vec![
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
    ]
}

/// A park with a lake in it, near the Dongguan town of Humen.
fn park() -> Area {
    area(&[&square(113.6, 22.8, 0.1), &square(113.64, 22.84, 0.02)]).unwrap()
}

#[test]
fn a_park_with_a_lake_knows_inside_boundary_and_outside() {
    let park = park();
    assert_eq!(park.contains(at(113.61, 22.81)), Containment::Inside);
    assert_eq!(
        park.contains(at(113.65, 22.85)),
        Containment::Outside,
        "in the lake"
    );
    assert_eq!(
        park.contains(at(113.64, 22.85)),
        Containment::OnBoundary,
        "on the shore"
    );
    assert_eq!(
        park.contains(at(113.6, 22.8)),
        Containment::OnBoundary,
        "on a corner"
    );
    assert_eq!(park.contains(at(113.6, 22.85)), Containment::OnBoundary);
    assert_eq!(park.contains(at(113.599_999, 22.85)), Containment::Outside);
    assert_eq!(park.contains(at(113.600_001, 22.85)), Containment::Inside);
    assert_eq!(park.contains(at(113.65, 22.95)), Containment::Outside);
    let [west, south, east, north] = park.bounds().degrees();
    assert_eq!((west, south, east, north), (113.6, 22.8, 113.7, 22.9));
    assert_eq!(park.contains(park.centroid_inside()), Containment::Inside);
}

#[test]
fn coordinates_come_back_as_they_went_in() {
    let coordinates = park().coordinates();
    assert_eq!(Area::from_coordinates(&coordinates).unwrap(), park());
    let bytes = postcard::to_allocvec(&park()).unwrap();
    assert_eq!(postcard::from_bytes::<Area>(&bytes).unwrap(), park());
    let text = serde_json::to_string(&park()).unwrap();
    assert_eq!(
        text,
        serde_json::to_string(&coordinates).unwrap(),
        "JSON is the nested arrays of GeoJSON"
    );
    assert_eq!(serde_json::from_str::<Area>(&text).unwrap(), park());
}

#[test]
fn a_broken_boundary_says_what_is_wrong() {
    let open = area(&[&[[113.0, 22.0], [113.1, 22.0], [113.1, 22.1], [113.0, 22.1]]]);
    assert_eq!(open, Err(AreaError::NotClosed));
    let few = area(&[&[[113.0, 22.0], [113.1, 22.0], [113.0, 22.0]]]);
    assert_eq!(few, Err(AreaError::TooFewCorners(3)));
    let bow_tie = area(&[&[
        [113.0, 22.0],
        [113.1, 22.1],
        [113.1, 22.0],
        [113.0, 22.1],
        [113.0, 22.0],
    ]]);
    assert!(matches!(bow_tie, Err(AreaError::Crosses { .. })));
    let spike = area(&[&[
        [113.0, 22.0],
        [113.2, 22.0],
        [113.1, 22.0],
        [113.1, 22.1],
        [113.0, 22.1],
        [113.0, 22.0],
    ]]);
    assert!(
        matches!(spike, Err(AreaError::Crosses { .. })),
        "goes out and back on one line"
    );
    let flat = area(&[&[[113.0, 22.0], [113.1, 22.0], [113.2, 22.0], [113.0, 22.0]]]);
    assert!(matches!(flat, Err(AreaError::Crosses { .. })));
    let swapped = area(&[&[[22.0, 113.0], [22.0, 113.1], [22.1, 113.1], [22.0, 113.0]]]);
    assert!(swapped.unwrap_err().to_string().contains("swapped"));
    let beside = area(&[&square(113.0, 22.0, 0.1), &square(114.0, 22.0, 0.1)]);
    assert_eq!(beside, Err(AreaError::HoleOutside(0)));
    let nested = area(&[
        &square(113.0, 22.0, 0.5),
        &square(113.1, 22.1, 0.3),
        &square(113.2, 22.2, 0.1),
    ]);
    assert_eq!(nested, Err(AreaError::HoleInHole(1)));
    let across = area(&[&square(113.0, 22.0, 0.5), &square(113.4, 22.1, 0.3)]);
    assert!(matches!(across, Err(AreaError::Crosses { .. })));
    assert_eq!(Area::from_coordinates(&[]), Err(AreaError::Empty));
    assert_eq!(Area::from_coordinates(&[vec![]]), Err(AreaError::Empty));
}

#[test]
fn a_hostile_comb_is_refused_before_it_costs_time() {
    // Long teeth: every edge meets every other's longitudes.
    let mut ring = vec![[10.0, -80.0]];
    for tooth in 0..4_000 {
        let lat = -80.0 + f64::from(tooth) * 0.02;
        ring.extend([[100.0, lat + 0.005], [10.5, lat + 0.01]]);
    }
    ring.extend([[10.0, 80.0], [10.0, -80.0]]);
    assert_eq!(area(&[&ring]), Err(AreaError::TooIntricate));
}

#[test]
fn a_crescent_is_represented_from_within() {
    let crescent = area(&[&[
        [113.0, 22.0],
        [113.4, 22.0],
        [113.4, 22.4],
        [113.0, 22.4],
        [113.0, 22.39],
        [113.39, 22.39],
        [113.39, 22.01],
        [113.0, 22.01],
        [113.0, 22.0],
    ]])
    .unwrap();
    assert_eq!(
        crescent.contains(crescent.centroid_inside()),
        Containment::Inside
    );
}

#[test]
fn neighbours_share_an_edge_and_the_first_of_them_gets_it() {
    let areas = [
        area(&[&square(113.0, 22.0, 0.1)]).unwrap(),
        area(&[&square(113.1, 22.0, 0.1)]).unwrap(),
        park(),
    ];
    let table = LookupTable::build(&areas, 64);
    assert_eq!(table.find(at(113.05, 22.05)), Some(0));
    assert_eq!(table.find(at(113.1, 22.05)), Some(0), "on the shared edge");
    assert_eq!(table.find(at(113.100_001, 22.05)), Some(1));
    assert_eq!(table.find(at(113.65, 22.85)), None, "in the lake");
    assert_eq!(table.find(at(0.0, 0.0)), None);
    assert_eq!(LookupTable::build(&[], 64).find(at(113.0, 22.0)), None);
}

/// Star-shaped rings on a small lattice: corners sorted by angle around the middle, so they never cross, and so small
/// that positions fall on corners and edges all the time.
fn small_area() -> impl Strategy<Value = Area> {
    let corners = proptest::collection::vec((-30i64..=30, -30i64..=30), 3..14);
    (corners, -40i64..40, -40i64..40).prop_filter_map("a ring", |(corners, east, north)| {
        let mut corners: Vec<(i64, i64)> = corners
            .into_iter()
            .filter(|corner| *corner != (0, 0))
            .collect();
        corners.sort_by(|a, b| {
            let upper = |corner: &(i64, i64)| corner.1 < 0 || (corner.1 == 0 && corner.0 < 0);
            upper(a).cmp(&upper(b)).then((a.1 * b.0).cmp(&(a.0 * b.1)))
        });
        corners.dedup_by(|a, b| a.0 * b.1 == a.1 * b.0 && a.0 * b.0 + a.1 * b.1 > 0);
        corners.push(*corners.first()?);
        let ring = corners
            .iter()
            .map(|(x, y)| lattice(x + east, y + north))
            .collect();
        let ring = domain::area::Ring::new(ring).ok()?;
        Some(Area::new(vec![domain::area::Polygon::new(ring, vec![]).ok()?]).unwrap())
    })
}

fn lattice(x: i64, y: i64) -> Position {
    Position::from_e6(113_700_000 + x as i32, 23_000_000 + y as i32).unwrap()
}

/// The winding of the ring around the position, in exact integers: another way to ask the same question.
fn winds_around(area: &Area, at: Position) -> bool {
    let corners = area.polygons()[0].exterior().corners();
    let mut winding = 0;
    for pair in corners.windows(2) {
        let (ax, ay) = (i64::from(pair[0].lon_e6()), i64::from(pair[0].lat_e6()));
        let (bx, by) = (i64::from(pair[1].lon_e6()), i64::from(pair[1].lat_e6()));
        let (px, py) = (i64::from(at.lon_e6()), i64::from(at.lat_e6()));
        let side = (bx - ax) * (py - ay) - (by - ay) * (px - ax);
        let between = px >= ax.min(bx) && px <= ax.max(bx) && py >= ay.min(by) && py <= ay.max(by);
        if side == 0 && between {
            return true;
        }
        if ay <= py && by > py && side > 0 {
            winding += 1;
        }
        if ay > py && by <= py && side < 0 {
            winding -= 1;
        }
    }
    winding != 0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_table_answers_what_asking_every_area_would(
        areas in proptest::collection::vec(small_area(), 1..6),
        // Cells of a hundred positions a side, of a few, and of one.
        cells_per_side in prop_oneof![1u16..12, 12u16..200],
    ) {
        let table = LookupTable::build(&areas, cells_per_side);
        for x in -75..=75 {
            for y in -75..=75 {
                let at = lattice(x, y);
                let by_hand = areas.iter().position(|area| area.contains(at) != Containment::Outside);
                prop_assert_eq!(table.find(at), by_hand, "at {:?}", at);
            }
        }
    }

    #[test]
    fn containment_agrees_with_the_winding_of_the_ring(area in small_area()) {
        for x in -75..=75 {
            for y in -75..=75 {
                let at = lattice(x, y);
                prop_assert_eq!(area.contains(at) != Containment::Outside, winds_around(&area, at), "at {:?}", at);
            }
        }
        for corner in area.polygons()[0].exterior().corners() {
            prop_assert_eq!(area.contains(*corner), Containment::OnBoundary);
        }
        prop_assert_ne!(area.contains(area.centroid_inside()), Containment::Outside);
    }
}
