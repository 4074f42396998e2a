//! Old stretches that are recorded anew with fewer moves.

use domain::wire::record::Whole;

use super::{Kept, a_drive};
use crate::single_writer::rehearsal::{Day, Said, nancheng};
use crate::store::recordings::Limits;

#[test]
fn what_is_old_is_thinned_beside_the_blocks_that_come_in() {
    let day = a_drive(120);
    let limits = Limits {
        whole_ms: 3_600_000,
        least_bytes: 0,
        ..Limits::default()
    };
    let kept = Kept::of(&day, limits);
    let (half, all) = (day.told.len() * 3 / 4, day.told.len());
    kept.recordings().apply(&day.told[..half]).expect("taken");
    let anew = kept
        .recordings()
        .recorded_anew(day.told[half - 1].now, &|| false)
        .expect("read");
    kept.recordings()
        .apply(&day.told[half..])
        .expect("taken meanwhile");
    let before = kept.recordings().horizon().expect("read");
    let anew = anew.expect("half an hour is old");
    kept.recordings().put_anew(anew).expect("written");
    let after = kept.recordings().horizon().expect("read");
    assert!(after.thinned_until.is_some() && after.bytes < before.bytes);
    kept.compare(all);
    // It is told to stop at once.
    let stopped = kept
        .recordings()
        .recorded_anew(day.told[all - 1].now, &|| true)
        .expect("read");
    assert!(stopped.is_none());
}

#[test]
fn a_stretch_with_a_time_of_which_nothing_is_known_is_thinned_from_where_each_part_begins() {
    let (begins, goes_on, ends) = (60, 100, 15 * 60);
    let mut day = Day::begin();
    let mut told_by = [0, 0];
    for second in (0..ends).step_by(2) {
        match second {
            _ if second == begins => {
                told_by[0] = day.told.len();
                day.hear(Said::report("R1", day.now, nancheng(), "E0402"));
            }
            _ if second == goes_on => told_by[1] = day.told.len(),
            _ => {}
        }
        let there = |metres: i64| nancheng().offset_m(metres as f64, 0.0);
        day.hear(Said::unit("bus-1", day.now, there(second)));
        // It comes while nothing is recorded.
        if second >= begins {
            day.hear(Said::unit("bus-2", day.now, there(2 * second)));
        }
        day.later_ms(2_000);
    }
    let limits = Limits {
        whole_ms: 60_000,
        stretch_ms: 3 * 60_000,
        keyframe_ms: 2 * 60_000,
        ..Limits::default()
    };
    let kept = Kept::of(&day, limits);
    let ([missed, known_again], all) = (told_by, day.told.len());
    kept.follow(&day, 0, missed);
    kept.recordings()
        .begin(&kept.pictures[known_again])
        .expect("begins");
    kept.follow(&day, 0, all);
    let horizon = kept.recordings().horizon().expect("read");
    let thinned = horizon.thinned_until.expect("most is old");
    let [gap] = horizon.gaps[..] else {
        panic!("{:?}", horizon.gaps)
    };
    assert!(gap.until < thinned, "{horizon:?}");
    let mut moments = kept.moments(all);
    moments.retain(|at, _| *at <= gap.since || *at >= gap.until);
    kept.compare_at(&moments);
    kept.compare_steps(day.told[0].now, thinned, 60_000, 1_000);
    let steps = kept
        .recordings()
        .steps(gap.until, gap.until.plus_minutes(2), 1_000, 100_000);
    let steps = steps.expect("read").expect("known").steps;
    assert!(steps.len() < 45, "{} in two minutes", steps.len());
}

#[test]
fn what_was_let_go_of_while_it_was_thinned_does_not_come_back() {
    let day = a_drive(120);
    let limits = Limits {
        whole_ms: 60_000,
        kept_ms: 60 * 60_000,
        least_bytes: 0,
        ..Limits::default()
    };
    let kept = Kept::of(&day, limits);
    let half = day.told.len() / 4;
    kept.recordings().apply(&day.told[..half]).expect("taken");
    let anew = kept
        .recordings()
        .recorded_anew(day.told[half - 1].now, &|| false)
        .expect("read");
    kept.recordings().apply(&day.told[half..]).expect("taken");
    kept.recordings()
        .let_go(day.told[day.told.len() - 1].now)
        .expect("let go");
    let before = kept.recordings().horizon().expect("read");
    let anew = anew.expect("some of it is old");
    kept.recordings().put_anew(anew).expect("passed over");
    let after = kept.recordings().horizon().expect("read");
    assert_eq!((after.since, after.bytes), (before.since, before.bytes));
    kept.compare(day.told.len());
}

#[test]
fn the_last_move_before_a_bus_stops_is_kept() {
    let mut day = Day::begin();
    let stop = nancheng().offset_m(30.0, 0.0);
    // Every second, and then the stop, a second after a point that is kept.
    for east in [0.0, 10.0, 20.0, 30.0] {
        day.hear(Said::unit("bus-1", day.now, nancheng().offset_m(east, 0.0)));
        day.later_ms(1_000);
    }
    for _ in 0..120 {
        day.later(1);
        day.hear(Said::unit("bus-2", day.now, nancheng()));
    }
    let limits = Limits {
        whole_ms: 60_000,
        least_bytes: 0,
        row_ms: 0,
        ..Limits::default()
    };
    let kept = Kept::of(&day, limits);
    let all = day.told.len();
    kept.follow(&day, 0, all);
    kept.compare(all);
    let found = kept
        .recordings()
        .picture_at(day.told[0].now.plus_millis(30_000));
    let stand = found.expect("read").expect("known").stand;
    let bus = stand.things().values().find_map(|thing| match thing {
        Whole::Unit(unit) if unit.id.to_string() == "bus-1" => Some(unit.position),
        _ => None,
    });
    let off = bus.expect("there").distance_m(stop);
    assert!(off < 1.0, "{off} m from where it stopped");
}
