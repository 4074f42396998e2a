//! Which cells a view is made of: what they hold is what its box holds, and a little more.

use domain::interest::{Cell, Cover, LEVELS, Run, joined, shared, without};
use domain::place::{Bounds, Position};
use proptest::prelude::*;

fn position() -> impl Strategy<Value = Position> {
    // Half of them in a city, where cells are near each other.
    prop_oneof![
        (-180_000_000..=180_000_000, -90_000_000..=90_000_000),
        (113_500_000..=114_300_000, 22_650_000..=23_200_000),
    ]
    .prop_map(|(lon, lat)| Position::from_e6(lon, lat).expect("on the globe"))
}

fn view() -> impl Strategy<Value = Bounds> {
    (position(), position())
        .prop_map(|(one, other)| Bounds::around([one, other]).expect("two positions"))
}

fn in_runs(runs: &[Run], at: Position) -> bool {
    runs.iter().any(|run| run.holds(Cell::of(at)))
}

proptest! {
    #[test]
    fn a_cover_holds_its_box_and_its_runs_hold_the_same(bounds in view(), at in position()) {
        let cover = Cover::of(bounds);
        let runs = cover.runs();
        prop_assert!(runs.len() <= 65, "{} runs", runs.len());
        prop_assert!(runs.iter().all(|run| run.from < run.to));
        prop_assert!(runs.windows(2).all(|pair| pair[0].to < pair[1].from || pair[0] == Run::NOWHERE));
        prop_assert!(runs[0].holds(Cell::NOWHERE));
        prop_assert!(cover.holds(None));
        for inside in [bounds.southwest(), bounds.center(), bounds.northeast()] {
            prop_assert!(cover.holds(Some(inside)));
            prop_assert!(in_runs(&runs, inside));
        }
        prop_assert_eq!(cover.holds(Some(at)), in_runs(&runs, at));
        if bounds.contains(at) {
            prop_assert!(cover.holds(Some(at)));
        }
    }

    #[test]
    fn what_two_views_share_and_what_one_has_alone_make_it_up(one in view(), other in view(), at in position()) {
        let (one, other) = (Cover::of(one).runs(), Cover::of(other).runs());
        let (both, alone) = (shared(&one, &other), without(&one, &other));
        prop_assert_eq!(in_runs(&both, at), in_runs(&one, at) && in_runs(&other, at));
        prop_assert_eq!(in_runs(&alone, at), in_runs(&one, at) && !in_runs(&other, at));
        let all = joined(&alone, &other);
        prop_assert_eq!(in_runs(&all, at), in_runs(&one, at) || in_runs(&other, at));
        for runs in [both, alone, all] {
            prop_assert!(runs.iter().all(|run| run.from < run.to));
            prop_assert!(runs.windows(2).all(|pair| pair[0].to <= pair[1].from));
        }
    }

    #[test]
    fn who_stays_within_a_square_stays_in_view(bounds in view(), from in position(), to in position()) {
        let cover = Cover::of(bounds);
        let parted = Cell::of(from).parted_at(Cell::of(to));
        if parted.is_none_or(|level| level < cover.level()) {
            prop_assert_eq!(cover.holds(Some(from)), cover.holds(Some(to)));
        }
        prop_assert!(parted.is_none_or(|level| level < LEVELS));
        prop_assert_eq!(parted.is_none(), Cell::of(from) == Cell::of(to));
    }
}

#[test]
fn a_street_is_covered_by_the_finest_squares_and_the_world_by_great_ones() {
    let street = Bounds::from_degrees([113.745, 23.02, 113.747, 23.021]).expect("a box");
    assert_eq!(Cover::of(street).level(), 0);
    let world = Cover::of(Bounds::WORLD);
    assert!(
        world.level() >= 14 && world.runs().len() <= 12,
        "{:?}",
        world.runs()
    );
}

#[test]
fn a_cover_that_no_view_has_is_refused() {
    let street = Bounds::from_degrees([113.745, 23.02, 113.747, 23.021]).expect("a box");
    for cover in [Cover::of(street), Cover::of(Bounds::WORLD)] {
        let bytes = postcard::to_allocvec(&cover).expect("it is written");
        assert_eq!(postcard::from_bytes::<Cover>(&bytes), Ok(cover));
    }
    for claimed in [
        (0u8, [0u32, 0, u32::MAX, u32::MAX]),
        (0, [0, 0, 8, 0]),
        (0, [5, 0, 4, 0]),
        (60, [0, 0, 0, 0]),
        (17, [3, 0, 3, 0]),
    ] {
        let bytes = postcard::to_allocvec(&claimed).expect("it is written");
        assert!(
            postcard::from_bytes::<Cover>(&bytes).is_err(),
            "{claimed:?}"
        );
    }
}
