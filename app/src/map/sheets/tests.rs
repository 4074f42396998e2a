//! Marks that go from sheet to sheet, and a clock that is put back.

use domain::category::Severity;
use domain::lifecycle::State;
use domain::place::Position;
use domain::time::Timestamp;

use super::*;
use crate::map::layers::tests::incident_of;
use crate::map::marks::{FLAG_AGES, Ink, Shape};

fn base() -> Base {
    let city = Position::from_degrees(113.75, 23.02).expect("a position");
    Base::at(city, Timestamp::from_millis(0))
}

#[test]
fn an_incident_lies_on_one_sheet_and_is_born_once() {
    let mut sheets = Sheets::default();
    let mut view = incident_of(1, Severity::Minor, State::Reported);
    sheets.put_incident(9, &view, &base(), Some(5.0));
    view.severity = Severity::Extreme;
    sheets.put_incident(9, &view, &base(), Some(80.0));
    assert_eq!(sheets.slot_of(9), Some((Sheet::Extreme, 0)));
    assert_eq!(sheets.of(Sheet::Minor).len(), 0);
    assert_eq!(sheets.incident(9).map(|mark| mark.born_at), Some(5.0));
    assert!(sheets.calls());
    view.state = State::Closed;
    sheets.put_incident(9, &view, &base(), None);
    assert_eq!(sheets.slot_of(9), Some((Sheet::Done, 0)));
    assert!(!sheets.calls());
    view.position = None;
    sheets.put_incident(9, &view, &base(), None);
    assert_eq!(sheets.slot_of(9), None);
}

#[test]
fn what_is_only_drawn_anew_does_not_start_its_way_again() {
    let mut sheets = Sheets::default();
    let at = |x: f32, since: f32| Mark {
        flags: FLAG_AGES,
        period: 60.0,
        since,
        ..Mark::still([x, 0.0], Shape::Dot, 7, Ink::Unit)
    };
    sheets.put_moving(Sheet::Units, 1, at(1.0, 0.0), Some(0.0));
    sheets.put_moving(Sheet::Units, 1, at(2.0, 10.0), Some(10.0));
    let on_its_way = *sheets.of(Sheet::Units).get(1).expect("it is there");
    assert_eq!((on_its_way.slip, on_its_way.told_at), ([-1.0, 0.0], 10.0));
    sheets.put_moving(Sheet::Units, 1, at(2.0, 10.0), Some(10.4));
    assert_eq!(sheets.of(Sheet::Units).get(1), Some(&on_its_way));
}

#[test]
fn while_the_clock_is_held_things_stand_where_they_were_then() {
    let mut sheets = Sheets::default();
    let at = |x: f32| Mark {
        flags: FLAG_AGES,
        period: 60.0,
        ..Mark::still([x, 0.0], Shape::Dot, 7, Ink::Unit)
    };
    sheets.put_moving(Sheet::Units, 1, at(1.0), Some(0.0));
    sheets.put_moving(Sheet::Units, 1, at(2.0), None);
    let shown = sheets.of(Sheet::Units).get(1).map(|mark| mark.place(0.0));
    assert_eq!(shown, Some([2.0, 0.0]));
}

#[test]
fn a_number_that_means_something_else_leaves_no_ghost() {
    let mut sheets = Sheets::default();
    let mark = Mark::still([1.0, 0.0], Shape::Dot, 7, Ink::Unit);
    sheets.put_moving(Sheet::Units, 1, mark, Some(0.0));
    sheets.put_moving(Sheet::Sensors, 1, mark, Some(0.0));
    assert_eq!(
        (
            sheets.of(Sheet::Units).len(),
            sheets.of(Sheet::Sensors).len()
        ),
        (0, 1)
    );
    sheets.clear(&Sheet::OF_THINGS);
    assert_eq!(sheets.of(Sheet::Sensors).len(), 0);
}
