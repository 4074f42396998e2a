//! What the arrays say about a city of a few things.

use std::sync::Arc;

use domain::ids::{SourceId, ThingId};
use domain::lifecycle::State;

use super::*;
use crate::live::ages::Periods;

const PALETTE: Palette = Palette {
    severity: [
        [1.0, 0.0, 0.0],
        [1.0, 0.5, 0.0],
        [1.0, 1.0, 0.0],
        [0.0, 0.0, 1.0],
    ],
    unit: [0.6; 3],
    sensor: [0.4; 3],
    alarm: [1.0, 0.0, 0.0],
    done: [0.3; 3],
    selection: [0.0, 1.0, 1.0],
    ground: [0.0; 3],
    text: [1.0; 3],
};

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-23T09:00:00+08:00").expect("a written moment")
}

fn moment(seconds: f64) -> Moment<'static> {
    Moment {
        now: now(),
        seconds,
        origin: [0.8, 0.4],
        palette: &PALETTE,
    }
}

fn ages() -> Ages<'static> {
    static MINUTES: std::sync::LazyLock<Periods> =
        std::sync::LazyLock::new(|| Periods::for_tests(&[("buses", 60), ("air-*", 3600)]));
    Ages::at(&MINUTES, now().plus_millis(1))
}

fn incident_of(number: u64, severity: Severity, state: State) -> IncidentView {
    IncidentView {
        id: IncidentId::new(number, 0),
        number: number.to_string(),
        revision: 1,
        category: None,
        severity,
        state,
        title: "积水".into(),
        title_en: "Flooding".into(),
        position: Position::from_degrees(113.8, 23.0).ok(),
        town: None,
        town_code: None,
        village: None,
        grid: None,
        confidence: 1.0,
        opened_at: now(),
        updated_at: now(),
        deadline: None,
        lead: None,
        supporting: Vec::new(),
        evidence_count: 1,
        hops: 0,
        suspended: false,
        drill: false,
        claimed_by: None,
        merged_into: None,
        tray: false,
    }
}

fn bus(longitude: f64, heard_minutes_ago: i64) -> Arc<UnitView> {
    Arc::new(UnitView {
        id: ThingId::new("b1").expect("an id"),
        source: SourceId::new("buses").expect("a source"),
        position: Position::from_degrees(longitude, 23.0).expect("a position"),
        heading_deg: Some(90),
        speed_mps: None,
        status: None,
        kind: None,
        observed_at: now(),
        heard_at: now().plus_minutes(-heard_minutes_ago),
        town: None,
        town_code: None,
        drill: false,
        sources: Vec::new(),
    })
}

fn column(marks: &Marks, index: usize) -> Vec<f32> {
    marks
        .floats
        .chunks(FLOATS)
        .map(|mark| mark[index])
        .collect()
}

#[test]
fn severity_is_shape_and_the_serious_lie_on_top_with_the_selected_above_all() {
    let views = [
        incident_of(1, Severity::Extreme, State::Handling),
        incident_of(2, Severity::Minor, State::Handling),
        incident_of(3, Severity::Severe, State::Handling),
        incident_of(4, Severity::Moderate, State::Handling),
    ];
    let (marks, spots) = incidents(
        views.iter(),
        Some(IncidentId::new(2, 0)),
        &BTreeMap::new(),
        moment(5.0),
    );
    assert_eq!(
        column(&marks, 7),
        [SHAPE_SQUARE, SHAPE_TRIANGLE, SHAPE_OCTAGON, SHAPE_CIRCLE]
    );
    assert_eq!(
        column(&marks, 13),
        [0.0, 0.0, 0.0, f32::from(FLAG_SELECTED)]
    );
    assert_eq!(
        spots.last().map(|spot| spot.incident),
        Some(IncidentId::new(2, 0))
    );
    assert_eq!(marks.count(), 4);
}

#[test]
fn only_a_first_level_incident_that_nobody_has_taken_keeps_calling() {
    let calls = |severity, state| {
        incidents(
            [incident_of(1, severity, state)].iter(),
            None,
            &BTreeMap::new(),
            moment(5.0),
        )
        .0
        .calls
    };
    assert!(calls(Severity::Extreme, State::Dispatched));
    assert!(!calls(Severity::Extreme, State::Acknowledged));
    assert!(!calls(Severity::Severe, State::Reported));
}

#[test]
fn practice_does_not_look_like_the_real_thing() {
    let real = incident_of(1, Severity::Severe, State::Registered);
    let drill = IncidentView {
        drill: true,
        ..real.clone()
    };
    for (view, striped) in [(real, false), (drill, true)] {
        let (marks, _) = incidents([&view].into_iter(), None, &BTreeMap::new(), moment(0.0));
        let flags = marks.floats[FLOATS - 1] as u8;
        assert_eq!(flags & FLAG_DRILL != 0, striped);
    }
}

#[test]
fn what_is_closed_is_grey_and_what_has_no_place_is_not_drawn() {
    let closed = incident_of(1, Severity::Extreme, State::Closed);
    let nowhere = IncidentView {
        position: None,
        ..incident_of(2, Severity::Minor, State::Reported)
    };
    let (marks, spots) = incidents(
        [closed, nowhere].iter(),
        None,
        &BTreeMap::new(),
        moment(5.0),
    );
    assert_eq!((marks.count(), spots.len()), (1, 1));
    assert_eq!(column(&marks, 9), [PALETTE.done[0]]);
}

#[test]
fn a_unit_glides_from_where_it_was_drawn() {
    let mut trails = Trails::new();
    let first = units(
        [bus(113.80, 0)].iter().map(AsRef::as_ref),
        &mut trails,
        &mut ages(),
        moment(10.0),
    );
    assert_eq!(column(&first, 0), column(&first, 2));
    let moved = units(
        [bus(113.81, 0)].iter().map(AsRef::as_ref),
        &mut trails,
        &mut ages(),
        moment(20.0),
    );
    assert_eq!(column(&moved, 0), column(&first, 2));
    assert!(column(&moved, 2)[0] > column(&moved, 0)[0]);
    assert_eq!(moved.moving_until, 20.0 + MOVE_SECONDS);
    let half_way = units(
        [bus(113.80, 0)].iter().map(AsRef::as_ref),
        &mut trails,
        &mut ages(),
        moment(20.0 + MOVE_SECONDS / 2.0),
    );
    let middle = (column(&moved, 0)[0] + column(&moved, 2)[0]) / 2.0;
    assert!((column(&half_way, 0)[0] - middle).abs() < 1e-7);
}

#[test]
fn nothing_stale_looks_live() {
    let drawn = |minutes| {
        units(
            [bus(113.8, minutes)].iter().map(AsRef::as_ref),
            &mut Trails::new(),
            &mut ages(),
            moment(5.0),
        )
    };
    assert_eq!(column(&drawn(0), 12), [1.0]);
    assert_eq!(column(&drawn(1), 12), [0.7]);
    assert_eq!(column(&drawn(2), 13), [f32::from(FLAG_STALE)]);
    assert_eq!(drawn(3).count(), 0, "gone after three periods");
}

#[test]
fn tokens_become_colours() {
    assert_eq!(colour(" #ff0000 "), Some([1.0, 0.0, 0.0]));
    assert_eq!(colour("#fff"), None);
    assert_eq!(colour("red"), None);
    assert_eq!(colour("#ééé"), None);
}
