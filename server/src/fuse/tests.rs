//! What is the same thing becomes one incident, and what is not stays apart; whatever the order in which it is heard.

mod alarm_course;
mod alarms;
mod any_order;
mod beliefs;
mod by_hand;
mod corrections;
mod inhibition;
mod spoken_places;
mod tracks;

use domain::incident::{Happening, LinkReason};
use domain::lifecycle::State;
use domain::observation::Intake;
use domain::place::Position;
use domain::time::Timestamp;

use crate::single_writer::rehearsal::{
    Day, MORNING, NOBODYS, Said, at, beijing, humen, kind, nancheng,
};

/// A hundred callers within 50 m and ten minutes.
fn hundred_callers(around: Position, from: Timestamp) -> Vec<Said> {
    (0..100)
        .map(|caller| {
            let turn = f64::from(caller) * 0.7;
            let reach = f64::from(caller % 10) * 5.0;
            let seen_at = around.offset_m(reach * turn.cos(), reach * turn.sin());
            let called = from.plus_millis(i64::from(caller) * 6_000);
            Said::report(&format!("WO-{caller:03}"), called, seen_at, "E0402").within_m(30)
        })
        .collect()
}

#[test]
fn a_hundred_callers_about_one_burst_pipe_are_one_incident() {
    let mut day = Day::begin();
    let callers = hundred_callers(nancheng(), at(MORNING));
    day.later(11);
    assert_eq!(day.feed(callers.clone()), vec![Intake::Accepted; 100]);
    let open = day.open_incidents();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].evidence_count, 100);
    assert_eq!(open[0].category, Some(kind("E0402")));

    let before = day.picture().clone();
    assert_eq!(day.feed(callers), vec![Intake::Duplicate; 100]);
    let told = day.told.last().expect("a block was stepped");
    assert!(told.changes.is_empty(), "{:?}", told.changes);
    let mut after = day.picture().clone();
    after.block = before.block;
    assert_eq!(after, before, "hearing it all again changes nothing");
}

#[test]
fn a_hundred_callers_are_one_incident_however_their_calls_are_batched() {
    for batch in [1, 3, 7, 64] {
        let mut day = Day::begin();
        let callers = hundred_callers(nancheng(), at(MORNING));
        day.later(11);
        for some in callers.chunks(batch) {
            day.feed(some.to_vec());
        }
        let open = day.open_incidents();
        assert_eq!(open.len(), 1, "in batches of {batch}");
        assert_eq!(open[0].evidence_count, 100);
        assert_eq!(open[0].state, State::Dispatched);
        assert_eq!(open[0].hops, 1, "one thing is handed over once");
    }
}

#[test]
fn a_hundred_things_300_m_apart_are_a_hundred_incidents() {
    for category in ["E0402", "E0405", "C0205", "E0102"] {
        let mut day = Day::begin();
        let things: Vec<Said> = (0..100)
            .map(|index| {
                let east = f64::from(index % 10) * 300.5;
                let north = f64::from(index / 10) * 300.5;
                let there = nancheng().offset_m(east, north);
                Said::report(&format!("T{index}"), at(MORNING), there, category).within_m(100)
            })
            .collect();
        day.feed(things);
        assert_eq!(day.open_incidents().len(), 100, "{category}");
    }
}

#[test]
fn a_newer_version_corrects_what_its_earlier_one_said() {
    let mut day = Day::begin();
    let first = Said::report("WO-1", at(MORNING), beijing(), NOBODYS).worth(4);
    let opened = day.opens(first.clone());
    let better = first
        .clone()
        .version(2)
        .worth(2)
        .at(beijing().offset_m(40.0, 0.0));
    assert_eq!(day.hear(better.clone()), Intake::Accepted);
    let corrected = day.incident(opened.id);
    assert_eq!(corrected.evidence_count, 1, "a revision is no new evidence");
    assert_eq!(corrected.severity.level(), 2);
    assert_eq!(corrected.position, Some(beijing().offset_m(40.0, 0.0)));
    assert!(corrected.revision > opened.revision);

    assert_eq!(day.hear(better), Intake::Duplicate);
    assert_eq!(
        day.hear(first.worth(1)),
        Intake::Duplicate,
        "an older version is old news"
    );
    assert_eq!(day.incident(opened.id), corrected);
}

#[test]
fn the_same_version_with_other_content_is_a_conflict_and_the_first_stands() {
    let mut day = Day::begin();
    let first = Said::report("WO-1", at(MORNING), nancheng(), NOBODYS).worth(4);
    let opened = day.opens(first.clone());
    assert_eq!(day.hear(first.clone().worth(1)), Intake::Conflict);
    assert_eq!(
        day.hear(first.clone().saying("something else")),
        Intake::Conflict
    );
    assert_eq!(day.incident(opened.id), opened);
    assert_eq!(day.hear(first), Intake::Duplicate);
}

#[test]
fn what_a_newer_version_moved_is_found_where_it_now_is() {
    let mut day = Day::begin();
    let first = Said::report("WO-1", at(MORNING), beijing(), NOBODYS).within_m(10);
    let opened = day.opens(first.clone());
    let there = beijing().offset_m(3_000.0, 0.0);
    day.hear(first.version(2).at(there));
    let near = Said::report("WO-2", at(MORNING), there, NOBODYS).within_m(10);
    let mut restarted = day.restarted();
    day.hear(near.clone());
    restarted.hear(near);
    assert_eq!(day.incident(opened.id).evidence_count, 2);
    assert_eq!(
        day.picture(),
        restarted.picture(),
        "a restart decides no differently"
    );
}

#[test]
fn what_a_newer_version_calls_by_its_name_is_found_among_its_kind() {
    let mut day = Day::begin();
    let first = Said::report("WO-1", at(MORNING), beijing(), "E0102").within_m(10);
    let opened = day.opens(first.clone());
    let named = Said::report("WO-1", at(MORNING), beijing(), NOBODYS);
    day.hear(named.within_m(10).version(2));
    let near = Said::report("WO-2", at(MORNING), beijing(), NOBODYS).within_m(10);
    day.hear(near);
    assert_eq!(day.incident(opened.id).evidence_count, 2);
}

#[test]
fn a_late_revision_does_not_change_what_has_ended() {
    use crate::single_writer::rehearsal::shift_leader;
    use domain::command::Command;
    let mut day = Day::begin();
    let first = Said::report("WO-1", at(MORNING), beijing(), NOBODYS).worth(4);
    let opened = day.opens(first.clone());
    let reason = "nothing was there".to_owned();
    let rejected = day.must(&shift_leader(), opened.id, Command::Reject { reason });
    assert_eq!(day.hear(first.version(2).worth(1)), Intake::Accepted);
    assert_eq!(day.incident(opened.id), rejected);
    assert_eq!(
        day.evidence_of(opened.id)[0].severity.level(),
        1,
        "the record has it"
    );
}

#[test]
fn a_later_bridge_between_two_orders_is_pointed_out_once_and_left_to_people() {
    let mut day = Day::begin();
    let east = nancheng().offset_m(250.0, 0.0);
    let one = day.opens(Said::report("W", at(MORNING), nancheng(), "E0402").within_m(0));
    let two = day.opens(Said::report("E", at(MORNING), east, "E0402").within_m(0));
    assert_eq!(
        (one.state, two.state),
        (State::Dispatched, State::Dispatched)
    );

    let suggestions = |day: &Day| -> usize {
        [one.id, two.id]
            .into_iter()
            .flat_map(|id| day.timeline(id))
            .filter(|entry| matches!(entry.what, Happening::MaybeSame { .. }))
            .count()
    };
    for (caller, east_m) in [("M1", 120.0), ("M2", 130.0), ("M3", 125.0)] {
        let middle = nancheng().offset_m(east_m, 0.0);
        day.hear(Said::report(caller, at(MORNING), middle, "E0402").within_m(0));
        assert_eq!(
            day.open_incidents().len(),
            2,
            "the machine joins no two orders"
        );
        assert_eq!(suggestions(&day), 1, "said once, after {caller}");
    }
    let all = day.incident(one.id).evidence_count + day.incident(two.id).evidence_count;
    assert_eq!(all, 5);
}

#[test]
fn a_bridge_joins_two_incidents_while_nothing_has_been_dispatched() {
    let mut day = Day::begin();
    let east = beijing().offset_m(200.0, 0.0);
    let one = day.opens(Said::report("W", at(MORNING), beijing(), NOBODYS).within_m(0));
    let two = day.opens(Said::report("E", at(MORNING), east, NOBODYS).within_m(0));
    let middle = beijing().offset_m(100.0, 0.0);
    day.hear(Said::report("M", at(MORNING), middle, NOBODYS).within_m(0));
    assert_eq!(day.incident(one.id).evidence_count, 3);
    let gone = day.incident(two.id);
    assert_eq!(
        (gone.state, gone.merged_into),
        (State::Merged, Some(one.id))
    );
    let why = day.evidence_of(one.id);
    let reasons: Vec<_> = why.iter().filter_map(|piece| piece.link.as_ref()).collect();
    assert!(
        matches!(reasons[0].reason, LinkReason::Alike { distance_m, .. } if (98..=101).contains(&distance_m)),
        "{reasons:?}"
    );
    let merged = |entry: &Happening| *entry == Happening::MergedHere(two.id);
    assert!(day.timeline(one.id).iter().any(|entry| merged(&entry.what)));
}

#[test]
fn practice_never_joins_what_is_real() {
    let mut day = Day::begin();
    let real = day.opens(Said::report("R", at(MORNING), nancheng(), "E0402"));
    let drill = day.opens(Said::report("D", at(MORNING), nancheng(), "E0402").drill());
    assert!(drill.drill && !real.drill);
    day.hear(Said::report("D2", at(MORNING), nancheng(), "E0402").drill());
    assert_eq!(day.incident(real.id).evidence_count, 1);
    assert_eq!(day.incident(drill.id).evidence_count, 2);
}

#[test]
fn calls_of_unknown_kind_are_one_only_if_they_say_the_like() {
    let mut day = Day::begin();
    let call = |id: &str, words: &str| Said::call(id, at(MORNING), Some(humen()), words);
    let one = day.opens(call("1", "天上有一个奇怪的发光体在盘旋"));
    assert_eq!(one.category, None, "no rule of the pack knows these words");
    day.hear(call("2", "奇怪的发光体在天上盘旋很久"));
    assert_eq!(day.incident(one.id).evidence_count, 2);
    let other = day.opens(call("3", "邻居家的钢琴整夜不停"));
    assert_eq!(other.evidence_count, 1);
}

#[test]
fn things_of_two_families_or_two_hours_stay_two() {
    let mut day = Day::begin();
    day.later(300);
    day.opens(Said::report("1", at(MORNING), nancheng(), "E0402"));
    day.opens(Said::report("2", at(MORNING), nancheng(), "E0403"));
    // Water mains: 120 minutes.
    day.opens(Said::report(
        "3",
        at(MORNING).plus_minutes(121),
        nancheng(),
        "E0402",
    ));
    let incident = day.open_incidents()[0].clone();
    day.hear(Said::report(
        "4",
        at(MORNING).plus_minutes(-119),
        nancheng(),
        "E0402",
    ));
    assert_eq!(day.incident(incident.id).evidence_count, 2);
}

#[test]
fn an_incident_takes_no_more_by_machine_than_its_cap() {
    let mut day = Day::in_city(|city| city.fusion.default.size_cap = 5);
    let calls =
        (0..12).map(|call| Said::report(&format!("{call}"), at(MORNING), beijing(), NOBODYS));
    day.feed(calls);
    let open = day.open_incidents();
    let mut sizes: Vec<u32> = open
        .iter()
        .map(|incident| incident.evidence_count)
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [2, 5, 5]);
}

#[test]
fn history_is_kept_but_opens_nothing_unless_its_feed_says_so() {
    let mut day = Day::begin();
    let yesterday = day.now.plus_millis(-24 * 3_600_000 - 1);
    let old = Said::report("old", yesterday, nancheng(), "E0402");
    assert_eq!(day.hear(old.clone()), Intake::Accepted);
    assert_eq!(day.hear(old), Intake::Duplicate);
    assert!(day.open_incidents().is_empty());
    let just = day.now.plus_millis(-24 * 3_600_000);
    day.opens(Said::report("just", just, nancheng(), "E0402"));
    day.opens(Said::report("feed", yesterday, humen(), "E0402").backfill());
}

#[test]
fn a_place_known_only_as_an_area_lies_inside_it() {
    use domain::area::Area;
    let corners = vec![
        [113.70, 23.00],
        [113.78, 23.00],
        [113.78, 23.05],
        [113.70, 23.05],
        [113.70, 23.00],
    ];
    let area = Area::from_coordinates(&[vec![corners]]).expect("a sound area");
    let mut day = Day::begin();
    let warning = Said::report("A", at(MORNING), nancheng(), "E0412");
    let incident = day.opens(warning.nowhere().over(area.clone()));
    let position = incident.position.expect("a point in the area");
    assert_ne!(area.contains(position), domain::area::Containment::Outside);
    assert!(incident.town.is_some());
}
