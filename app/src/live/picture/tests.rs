//! The browser's picture against a plain model: what the server says is what stands here, or a resync is asked for.

use domain::category::Severity;
use domain::ids::{SourceId, ThingId};
use domain::lifecycle::State;
use domain::place::Bounds;
use domain::wire::live::{delta_head, part_head, said};
use domain::wire::record::{put_changed, put_gone, put_moved, put_whole};
use domain::wire::{BINARY_VERSION, RemovedWhy};

use super::*;
use crate::sample::{self, moment};

fn incident(number: u64, revision: u32) -> Arc<IncidentView> {
    Arc::new(IncidentView {
        number: format!("E03012026112300{number:02}"),
        revision,
        position: Position::from_degrees(113.67, 22.81).ok(),
        town: Some("虎门镇".into()),
        town_code: Some("441900121".into()),
        ..sample::incident(number, Severity::Moderate, State::Reported)
    })
}

fn bus(name: &str, longitude: f64) -> Arc<UnitView> {
    Arc::new(UnitView {
        id: ThingId::new(name).expect("an id"),
        source: SourceId::new("buses").expect("a source"),
        position: Position::from_degrees(longitude, 23.0).expect("a position"),
        heading_deg: Some(90),
        speed_mps: None,
        status: None,
        kind: None,
        observed_at: moment(),
        heard_at: moment(),
        town: None,
        town_code: None,
        drill: false,
        sources: Vec::new(),
    })
}

fn of_incident(number: u64, revision: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let whole = Whole::Incident(incident(number, revision));
    put_whole(&mut out, number as u32, &whole);
    out
}

fn of_bus(number: u32, longitude: f64) -> Vec<u8> {
    let mut out = Vec::new();
    let name = format!("b{number}");
    put_whole(&mut out, number, &Whole::Unit(bus(&name, longitude)));
    out
}

fn gone(number: u32) -> Vec<u8> {
    let mut out = Vec::new();
    put_gone(&mut out, number, RemovedWhy::Gone);
    out
}

fn cover(west: f64, east: f64) -> Cover {
    Cover::of(Bounds::from_degrees([west, 22.5, east, 23.5]).expect("a box"))
}

fn city() -> Cover {
    cover(113.0, 114.5)
}

fn part_of(cover: Cover, position: u64, anew: bool, whole: bool, records: &[Vec<u8>]) -> Vec<u8> {
    let head = PartHead {
        anew,
        whole,
        position,
        now: moment(),
        visit: Visit { epoch: 1, class: 2 },
        cover,
        runs: if whole { cover.runs() } else { Vec::new() },
    };
    [part_head(&head), records.concat()].concat()
}

/// All of the city in one part.
fn whole(position: u64, records: &[Vec<u8>]) -> Vec<u8> {
    part_of(city(), position, true, true, records)
}

fn delta(from: u64, to: u64, records: &[Vec<u8>]) -> Vec<u8> {
    let head = DeltaHead {
        from,
        ahead: to - from,
        now: moment(),
    };
    [delta_head(&head), records.concat()].concat()
}

fn names(picture: &LivePicture) -> Vec<&str> {
    picture.units().map(|unit| unit.id.as_str()).collect()
}

fn changes(applied: Applied) -> Changes {
    match applied {
        Applied::Changed(changes) => changes,
        other => panic!("expected a change, got {other:?}"),
    }
}

#[test]
fn a_picture_then_deltas_keep_the_picture_of_the_server() {
    let mut picture = LivePicture::default();
    let first = changes(picture.apply(&whole(10, &[of_incident(1, 1), of_incident(2, 1)])));
    assert!(first.whole && first.incidents.len() == 2);
    let mut changed = Vec::new();
    put_changed(&mut changed, 2, &incident(2, 1), &incident(2, 2));
    let second = changes(picture.apply(&delta(10, 12, &[changed, of_bus(7, 113.7), gone(1)])));
    assert_eq!(second.incidents, BTreeSet::from([IncidentId::new(2, 0)]));
    assert_eq!(
        second.removed_incidents,
        BTreeSet::from([IncidentId::new(1, 0)])
    );
    assert_eq!(second.touched, [2, 7, 1]);
    assert_eq!(picture.position(), Some(12));
    assert_eq!(
        picture.seen().map(|seen| (seen.position, seen.visit.epoch)),
        Some((12, 1))
    );
    let held = picture.incident(IncidentId::new(2, 0));
    assert_eq!(held.map(|view| view.revision), Some(2));
}

#[test]
fn a_unit_moves_by_what_it_moved_and_leaves_with_the_cover() {
    let mut picture = LivePicture::default();
    picture.apply(&whole(1, &[of_bus(7, 113.7)]));
    let (before, mut after) = (bus("b7", 113.7), UnitView::clone(&bus("b7", 113.71)));
    (after.heading_deg, after.speed_mps) = (Some(270), Some(12.5));
    after.heard_at = moment().plus_millis(-40);
    after.observed_at = moment().plus_millis(-1_240);
    let mut moved = Vec::new();
    assert!(put_moved(&mut moved, 7, &before, &after, moment()));
    assert!(moved.len() <= 12, "{} bytes", moved.len());
    assert_eq!(changes(picture.apply(&delta(1, 2, &[moved]))).touched, [7]);
    assert_eq!(picture.units().next().map(AsRef::as_ref), Some(&after));
    let mut left = Vec::new();
    let away = UnitView {
        position: Position::from_degrees(121.0, 31.0).expect("Shanghai"),
        ..after.clone()
    };
    assert!(put_moved(&mut left, 7, &after, &away, moment()));
    assert_eq!(changes(picture.apply(&delta(2, 3, &[left]))).touched, [7]);
    assert_eq!(picture.units().count(), 0);
}

#[test]
fn a_gap_changes_nothing_and_asks_for_a_new_picture() {
    let mut picture = LivePicture::default();
    assert_eq!(
        picture.apply(&delta(10, 11, &[])),
        Applied::Late,
        "what was sent before the picture was asked for anew"
    );
    assert_eq!(
        picture.apply(&part_of(city(), 9, false, true, &[])),
        Applied::Late
    );
    picture.apply(&whole(20, &[of_incident(1, 1)]));
    let before = picture.digest();
    assert_eq!(
        picture.apply(&delta(21, 22, &[of_incident(1, 2)])),
        Applied::Gap
    );
    assert_eq!(picture.digest(), before);
    for unreadable in [
        &[][..],
        &[9, 9],
        &[BINARY_VERSION],
        &[BINARY_VERSION, 1, 255],
    ] {
        assert_eq!(picture.apply(unreadable), Applied::Gap, "{unreadable:?}");
    }
    let mut unknown = Vec::new();
    put_changed(&mut unknown, 77, &incident(2, 1), &incident(2, 2));
    assert_eq!(
        picture.apply(&delta(20, 21, &[unknown])),
        Applied::Gap,
        "speaks of what is not here"
    );
}

#[test]
fn a_resync_goes_on_showing_until_the_new_picture_is_whole() {
    let mut picture = LivePicture::default();
    picture.apply(&whole(20, &[of_incident(1, 1)]));
    let resync = said(&Said::Resync("too slow".into()));
    assert_eq!(picture.apply(&resync), Applied::Resyncing);
    assert_eq!(picture.seen(), None);
    let first = part_of(city(), 30, true, false, &[of_incident(2, 1)]);
    assert_eq!(picture.apply(&first), Applied::Changed(Changes::default()));
    picture.apply(&delta(30, 31, &[of_incident(4, 1)]));
    assert_eq!(picture.incidents().count(), 1, "the old one is still shown");
    let rest = changes(picture.apply(&{
        let head = PartHead {
            anew: false,
            whole: true,
            position: 31,
            now: moment(),
            visit: Visit::default(),
            cover: city(),
            runs: Vec::new(),
        };
        [part_head(&head), of_incident(3, 1)].concat()
    }));
    assert!(rest.whole);
    assert_eq!(
        picture.incidents().map(|view| view.id).collect::<Vec<_>>(),
        [2, 3, 4].map(|number| IncidentId::new(number, 0))
    );
}

#[test]
fn what_a_moved_view_brings_in_is_merged_and_what_it_leaves_goes() {
    let mut picture = LivePicture::default();
    picture.apply(&whole(20, &[of_incident(1, 1), of_bus(7, 113.7)]));
    let further = cover(114.0, 115.5);
    let entered = changes(picture.apply(&part_of(further, 21, false, true, &[of_bus(8, 114.2)])));
    assert!(entered.touched.contains(&8) && !entered.whole);
    assert_eq!(names(&picture), ["b8"]);
    assert_eq!(picture.incidents().count(), 0, "it lies west of the view");
    assert!(matches!(
        picture.apply(&delta(21, 22, &[])),
        Applied::Changed(_)
    ));
}

#[test]
fn the_digest_is_the_contracts_and_a_difference_is_noticed() {
    let mut picture = LivePicture::default();
    picture.apply(&whole(7, &[of_incident(1, 3)]));
    let digest = picture.digest();
    let by_hand = Sha256::digest("incidents|i1-0|3|113670000|22810000".as_bytes());
    assert_eq!(digest.count, 1);
    assert_eq!(
        digest.sha256,
        by_hand
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    );
    assert_eq!(
        picture.apply(&said(&Said::Digest(digest.clone()))),
        Applied::Confirmed
    );
    let theirs = Digest { count: 2, ..digest };
    assert!(matches!(
        picture.apply(&said(&Said::Digest(theirs))),
        Applied::Differs
    ));
}

#[test]
fn changes_of_one_frame_are_joined_in_their_order() {
    let mut changes = Changes {
        removed_incidents: BTreeSet::from([IncidentId::new(1, 0)]),
        ..Changes::default()
    };
    changes.join(Changes {
        incidents: BTreeSet::from([IncidentId::new(1, 0)]),
        touched: vec![4],
        ..Changes::default()
    });
    assert!(changes.removed_incidents.is_empty() && changes.incidents.len() == 1);
    assert_eq!(changes.touched, [4]);
    changes.join(Changes {
        whole: true,
        ..Changes::default()
    });
    assert!(changes.whole && changes.incidents.is_empty());
}

#[test]
fn a_map_that_nobody_sees_draws_everything_later_instead_of_remembering_more_and_more() {
    let mut undrawn = Undrawn::default();
    let some = Changes {
        touched: (0..1_000).collect(),
        ..Changes::default()
    };
    undrawn.note(&some);
    assert_eq!((undrawn.everything, undrawn.touched.len()), (false, 1_000));
    for _ in 0..80 {
        undrawn.note(&some);
    }
    assert!(undrawn.everything && undrawn.touched.len() < 65_536);
}

#[test]
fn heat_that_nobody_takes_is_asked_for_anew_instead_of_remembering_more_and_more() {
    let told = |anew| {
        let heat = Heat {
            anew,
            now: moment(),
            cells: Vec::new(),
        };
        domain::wire::live::heat(&heat)
    };
    let mut picture = LivePicture::default();
    picture.apply(&told(false));
    assert_eq!(picture.take_heat(), None, "what came before it is missing");
    picture.apply(&told(true));
    assert_eq!(picture.take_heat().map(|heat| heat.len()), Some(1));
    assert_eq!(picture.take_heat().map(|heat| heat.len()), Some(0));
    for _ in 0..MOST_HEAT {
        assert!(matches!(picture.apply(&told(false)), Applied::Changed(_)));
    }
    assert_eq!(picture.apply(&told(false)), Applied::Gap);
    assert_eq!(picture.take_heat(), None, "some of it was too much");
    let until_then = picture.apply(&told(false));
    assert!(matches!(until_then, Applied::Changed(_)), "asked for once");
    picture.apply(&told(true));
    assert_eq!(picture.take_heat().map(|heat| heat.len()), Some(1));
}
