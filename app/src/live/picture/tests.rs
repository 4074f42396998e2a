//! The browser's picture against a plain model: what the server says is what stands here, or a resync is asked for.

use domain::category::Severity;
use domain::ids::{SourceId, ThingId};
use domain::lifecycle::State;
use domain::place::Position;
use domain::wire::{Delta, Enter, RemovedWhy, Snapshot};

use super::*;

fn moment() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-23T09:00:00+08:00").expect("a written moment")
}

fn incident(number: u64, revision: u32) -> Arc<IncidentView> {
    Arc::new(IncidentView {
        id: IncidentId::new(number, 0),
        number: format!("E03012026112300{number:02}"),
        revision,
        category: None,
        severity: Severity::Moderate,
        state: State::Reported,
        title: "虎门镇 · 积水".into(),
        title_en: "Flooding · Humen".into(),
        position: Position::from_degrees(113.67, 22.81).ok(),
        town: Some("虎门镇".into()),
        town_code: Some("441900121".into()),
        village: None,
        grid: None,
        confidence: 0.8,
        opened_at: moment(),
        updated_at: moment(),
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

fn snapshot(position: u64, incidents: Vec<Arc<IncidentView>>) -> ServerMessage {
    ServerMessage::Snapshot(Snapshot {
        position,
        resume: format!("T{position}"),
        incidents,
        alarms: Vec::new(),
        units: Vec::new(),
        sensors: Vec::new(),
        cells: Vec::new(),
        now: moment(),
    })
}

fn delta(
    from: u64,
    to: u64,
    incidents: Vec<Arc<IncidentView>>,
    units: Vec<Arc<UnitView>>,
    gone: &[(Layer, &str)],
) -> ServerMessage {
    ServerMessage::Delta(Delta {
        from,
        to,
        resume: format!("T{to}"),
        incidents,
        alarms: Vec::new(),
        units,
        sensors: Vec::new(),
        cells: Vec::new(),
        removed: gone
            .iter()
            .map(|(layer, id)| Removed {
                layer: *layer,
                id: (*id).to_owned(),
                why: RemovedWhy::Gone,
            })
            .collect(),
        now: moment(),
    })
}

fn changes(applied: Applied) -> Changes {
    match applied {
        Applied::Changed(changes) => changes,
        other => panic!("expected a change, got {other:?}"),
    }
}

#[test]
fn a_snapshot_then_deltas_keep_the_picture_of_the_server() {
    let mut picture = LivePicture::default();
    let first = changes(picture.apply(snapshot(10, vec![incident(1, 1), incident(2, 1)])));
    assert!(first.whole && first.incidents.len() == 2);
    let second = changes(picture.apply(delta(
        10,
        12,
        vec![incident(2, 2)],
        vec![bus("b1", 113.7)],
        &[(Layer::Incidents, "i1-0")],
    )));
    assert_eq!(second.incidents, BTreeSet::from([IncidentId::new(2, 0)]));
    assert_eq!(
        second.removed_incidents,
        BTreeSet::from([IncidentId::new(1, 0)])
    );
    assert!(second.units && !second.sensors);
    assert_eq!(picture.position(), Some(12));
    assert_eq!(picture.resume(), Some("T12"));
    assert_eq!(
        picture
            .incident(IncidentId::new(2, 0))
            .map(|view| view.revision),
        Some(2)
    );
}

#[test]
fn a_gap_changes_nothing_and_asks_for_a_new_snapshot() {
    let mut picture = LivePicture::default();
    assert_eq!(
        picture.apply(delta(10, 11, vec![incident(1, 1)], vec![], &[])),
        Applied::Gap
    );
    picture.apply(snapshot(20, vec![incident(1, 1)]));
    let before = picture.digest();
    assert_eq!(
        picture.apply(delta(21, 22, vec![incident(1, 2)], vec![], &[])),
        Applied::Gap
    );
    assert_eq!(picture.digest(), before);
}

#[test]
fn a_resync_forgets_the_token_but_goes_on_showing_until_the_snapshot_comes() {
    let mut picture = LivePicture::default();
    picture.apply(snapshot(20, vec![incident(1, 1)]));
    assert_eq!(
        picture.apply(ServerMessage::Resync("too slow".into())),
        Applied::Resyncing
    );
    assert_eq!(picture.resume(), None);
    assert_eq!(picture.incidents().count(), 1);
    picture.apply(snapshot(30, vec![incident(2, 1)]));
    assert_eq!(
        picture.incidents().map(|view| view.id).collect::<Vec<_>>(),
        [IncidentId::new(2, 0)]
    );
}

#[test]
fn what_a_moved_view_brings_in_is_merged_and_what_it_leaves_goes() {
    let mut picture = LivePicture::default();
    picture.apply(snapshot(20, vec![incident(1, 1)]));
    picture.apply(delta(20, 21, vec![], vec![bus("b1", 113.7)], &[]));
    let entered = changes(picture.apply(ServerMessage::Enter(Enter {
        position: 21,
        resume: "E21".into(),
        incidents: vec![incident(3, 4)],
        alarms: Vec::new(),
        units: vec![bus("b2", 113.8)],
        sensors: Vec::new(),
        cells: Vec::new(),
        removed: vec![Removed {
            layer: Layer::Units,
            id: "b1".into(),
            why: RemovedWhy::LeftView,
        }],
    })));
    assert!(entered.units && !entered.whole);
    assert_eq!(
        picture
            .units()
            .map(|unit| unit.id.as_str())
            .collect::<Vec<_>>(),
        ["b2"]
    );
    assert_eq!(picture.incidents().count(), 2);
    assert!(matches!(
        picture.apply(delta(21, 22, vec![], vec![], &[])),
        Applied::Changed(_)
    ));
}

#[test]
fn the_digest_is_the_contracts_and_a_difference_is_noticed() {
    let mut picture = LivePicture::default();
    picture.apply(snapshot(7, vec![incident(1, 3)]));
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
        picture.apply(ServerMessage::Digest(digest.clone())),
        Applied::Confirmed
    );
    let theirs = Digest { count: 2, ..digest };
    assert!(matches!(
        picture.apply(ServerMessage::Digest(theirs)),
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
        units: true,
        ..Changes::default()
    });
    assert!(changes.removed_incidents.is_empty() && changes.incidents.len() == 1 && changes.units);
    changes.join(Changes {
        whole: true,
        ..Changes::default()
    });
    assert!(changes.whole && changes.incidents.is_empty());
}
