//! What the map shows of a city of a few things.

use domain::ids::{SourceId, ThingId};
use domain::lifecycle::State;

use super::*;
use crate::sample::{self, moment as now};

fn city() -> Position {
    Position::from_degrees(113.75, 23.02).expect("a position")
}

fn base() -> Base {
    Base::at(city(), now())
}

pub fn incident_of(number: u64, severity: Severity, state: State) -> IncidentView {
    IncidentView {
        position: Position::from_degrees(113.8, 23.0).ok(),
        ..sample::incident(number, severity, state)
    }
}

pub fn bus() -> UnitView {
    UnitView {
        id: ThingId::new("b1").expect("an id"),
        source: SourceId::new("buses").expect("a source"),
        position: Position::from_degrees(113.8, 23.0).expect("a position"),
        heading_deg: Some(90),
        speed_mps: Some(10.0),
        status: None,
        kind: None,
        observed_at: now(),
        heard_at: now().plus_millis(4_000),
        town: None,
        town_code: None,
        drill: false,
        sources: Vec::new(),
    }
}

fn drawn(view: &IncidentView) -> (Sheet, Mark) {
    incident(view, &base()).expect("it has a place")
}

#[test]
fn severity_is_shape_first_and_the_serious_lie_on_top() {
    let looks = [
        (Severity::Minor, Sheet::Minor, Shape::Circle),
        (Severity::Moderate, Sheet::Moderate, Shape::Square),
        (Severity::Severe, Sheet::Severe, Shape::Triangle),
        (Severity::Extreme, Sheet::Extreme, Shape::Octagon),
    ];
    let mut below = Sheet::Done;
    for (severity, sheet, shape) in looks {
        let (lies_on, mark) = drawn(&incident_of(1, severity, State::Handling));
        assert_eq!((lies_on, mark.shape), (sheet, shape));
        assert!(lies_on as usize > below as usize);
        below = lies_on;
    }
}

#[test]
fn only_a_first_level_incident_that_nobody_has_taken_keeps_calling() {
    let calls = |severity, state| drawn(&incident_of(1, severity, state)).1.flags & FLAG_CALLS != 0;
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
        assert_eq!(drawn(&view).1.flags & FLAG_DRILL != 0, striped);
    }
}

#[test]
fn what_is_closed_is_grey_and_what_has_no_place_is_not_drawn() {
    let (sheet, mark) = drawn(&incident_of(1, Severity::Extreme, State::Closed));
    assert_eq!((sheet, mark.ink), (Sheet::Done, Ink::Done));
    let nowhere = IncidentView {
        position: None,
        ..incident_of(2, Severity::Minor, State::Reported)
    };
    assert_eq!(incident(&nowhere, &base()), None);
}

#[test]
fn lateness_comes_by_itself_when_the_time_is_up() {
    let mut view = incident_of(1, Severity::Minor, State::Handling);
    view.deadline = Some(sample::due(now().plus_minutes(2)));
    let (_, mark) = drawn(&view);
    assert_eq!((mark.flags & FLAG_DUE, mark.since), (FLAG_DUE, 120.0));
    view.state = State::Closed;
    assert_eq!(
        drawn(&view).1.flags & FLAG_DUE,
        0,
        "what is done is not late"
    );
}

#[test]
fn a_bus_goes_on_to_the_east_as_fast_as_it_said() {
    let mark = unit(&bus(), 15_000, &base());
    assert_eq!(
        (mark.since, mark.period, mark.shape),
        (4.0, 15.0, Shape::Arrow)
    );
    let [x, y] = mark.place(4.0);
    let [further, same] = mark.place(14.0);
    let metre = base().near.per_metre(bus().position);
    assert!(
        (f64::from(further - x) / metre - 100.0).abs() < 0.1,
        "ten metres a second"
    );
    assert!(f64::from(same - y).abs() / metre < 0.1);
    let standing = UnitView {
        heading_deg: None,
        ..bus()
    };
    let mark = unit(&standing, 15_000, &base());
    assert_eq!((mark.drift, mark.shape), ([0.0; 2], Shape::Dot));
}

#[test]
fn a_crowd_is_drawn_small_and_a_few_as_large_as_they_are() {
    let desk = 640.0 * 740.0;
    assert_eq!(shrunk(250, desk), 1.0);
    let (thousands, city) = (shrunk(4_000, desk), shrunk(50_000, desk));
    assert!(city < thousands && thousands < 1.0, "{city} {thousands}");
    assert_eq!(city, 0.3, "a dot is still to be seen");
    assert_eq!(shrunk(4_000, 3840.0 * 2160.0), 1.0, "a wall has room");
}

#[test]
fn tokens_become_colours() {
    assert_eq!(colour(" #ff0000 "), Some([1.0, 0.0, 0.0]));
    assert_eq!(colour("#fff"), None);
    assert_eq!(colour("red"), None);
    assert_eq!(colour("#ééé"), None);
}

#[test]
fn a_few_units_stay_beside_the_heat_and_a_crowd_fades_into_it() {
    let desk = 600.0 * 800.0;
    assert!(beside_heat(12, desk, 1.0) > 0.97);
    assert!(beside_heat(600, desk, 1.0) < 0.5);
    assert!(
        beside_heat(50_000, desk, 1.0) > 0.2,
        "they are never hidden"
    );
    assert_eq!(beside_heat(50_000, desk, 0.0), 1.0);
}
