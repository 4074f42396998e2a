//! What the commander's page says of a figure.

use domain::time::Timestamp;

use super::*;

#[test]
fn every_figure_the_server_compares_has_its_name_here() {
    for id in [
        "open",
        "late",
        "opened_today",
        "closed_today",
        "in_time",
        "median_to_dispatch",
    ] {
        assert!(figure_name(id).is_some(), "{id}");
    }
}

#[test]
fn a_list_is_the_same_while_nothing_in_it_would_move() {
    let view = |number| {
        crate::sample::incident(
            number,
            domain::category::Severity::Severe,
            domain::lifecycle::State::Handling,
        )
    };
    let told = |numbers: &[u64]| OverviewView {
        at: Timestamp::from_millis(0),
        figures: Vec::new(),
        serious: numbers.iter().map(|number| view(*number)).collect(),
        serious_count: 0,
        late_departments: Vec::new(),
        late_towns: Vec::new(),
        late_count: 0,
        waiting: Vec::new(),
        waiting_more: false,
    };
    let mut later = told(&[1, 2]);
    later.at = Timestamp::from_millis(9_000);
    assert!(same_list(&told(&[1, 2]), &later), "figures may differ");
    assert!(!same_list(&told(&[1, 2]), &told(&[2, 1])));
    assert!(!same_list(&told(&[1, 2]), &told(&[3, 1, 2])));
}
