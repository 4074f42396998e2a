//! The bytes of the binary stream: what is written is read back, and the layout is the one that others were told.

mod sample;

use std::fmt::Write;
use std::sync::Arc;

use domain::category::{CategoryCode, Severity};
use domain::clock::ClockKind;
use domain::ids::{DepartmentId, IncidentId, SourceId, ThingId};
use domain::interest::Cover;
use domain::lifecycle::State;
use domain::place::{Bounds, Position};
use domain::time::Timestamp;
use domain::wire::heat::{Heat, HeatCell, Warmth};
use domain::wire::live::{
    self, Ask, DeltaHead, Frame, FrameError, Known, Look, PartHead, Said, Seen, Visit, ask,
    delta_head, part_head, read_ask, said,
};
use domain::wire::record::{
    Record, Records, Whereabouts, Whole, put_changed, put_gone, put_moved, put_whole,
    put_whole_unit, rounded,
};
use domain::wire::{DeadlineView, IncidentView, Layer, RemovedWhy, UnitView};
use proptest::prelude::*;

fn moment() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-23T14:05:00+08:00").expect("a written moment")
}

fn humen() -> Position {
    Position::from_degrees(113.672, 22.814).expect("a position")
}

fn incident() -> IncidentView {
    IncidentView {
        id: IncidentId::new(812, 3),
        number: "E0402-20261123-0007".into(),
        revision: 4,
        category: "E0402".parse::<CategoryCode>().ok(),
        title: "道路积水 · 虎门镇".into(),
        title_en: "Flooded road · Humen".into(),
        position: Some(humen()),
        town: Some("虎门镇".into()),
        town_code: Some("441900121".into()),
        confidence: 0.9,
        opened_at: moment(),
        updated_at: moment(),
        evidence_count: 3,
        ..sample::incident(812, Severity::Severe, State::Registered)
    }
}

fn dispatched() -> IncidentView {
    IncidentView {
        revision: 5,
        state: State::Dispatched,
        updated_at: moment().plus_millis(90_000),
        lead: DepartmentId::new("swj").ok(),
        hops: 1,
        deadline: Some(DeadlineView {
            warn_at: Some(moment().plus_minutes(96)),
            clock: ClockKind::NaturalDay,
            ..sample::due(moment().plus_minutes(120))
        }),
        ..incident()
    }
}

fn bus() -> UnitView {
    UnitView {
        id: ThingId::new("bus-7").expect("an id"),
        source: SourceId::new("buses").expect("a source"),
        position: humen(),
        heading_deg: Some(90),
        speed_mps: Some(8.0),
        status: None,
        kind: None,
        observed_at: moment().plus_millis(-1_200),
        heard_at: moment(),
        town: None,
        town_code: None,
        drill: false,
        sources: Vec::new(),
    }
}

fn moved_bus() -> UnitView {
    UnitView {
        position: humen().offset_m(40.0, -12.0),
        heading_deg: Some(107),
        speed_mps: Some(8.4),
        observed_at: moment().plus_millis(3_700),
        heard_at: moment().plus_millis(5_000),
        ..bus()
    }
}

fn part() -> PartHead {
    let cover = Cover::of(Bounds::from_degrees([113.6, 22.7, 113.8, 22.9]).expect("a box"));
    PartHead {
        anew: true,
        whole: true,
        position: 8_123,
        now: moment(),
        visit: Visit { epoch: 1, class: 2 },
        cover,
        runs: cover.runs(),
    }
}

fn corners() -> Vec<Position> {
    let corner = |(east, north): (f64, f64)| humen().offset_m(east, north);
    [
        (1_200.0, 0.0),
        (600.0, 1_000.0),
        (-600.0, 1_000.0),
        (-1_200.0, 0.0),
        (-600.0, -1_000.0),
        (600.0, -1_000.0),
    ]
    .map(corner)
    .to_vec()
}

fn heat() -> Heat {
    Heat {
        anew: true,
        now: moment(),
        cells: vec![HeatCell::whole(0x0874_11d1_9aff_ffff, 12, &corners())],
    }
}

fn all_frames() -> Vec<(&'static str, Vec<u8>)> {
    let mut whole = Vec::new();
    put_whole(&mut whole, 300, &Whole::Incident(Arc::new(incident())));
    put_whole(&mut whole, 301, &Whole::Unit(Arc::new(bus())));
    let mut news = Vec::new();
    put_changed(&mut news, 300, &incident(), &dispatched());
    assert!(put_moved(
        &mut news,
        301,
        &bus(),
        &moved_bus(),
        moment().plus_millis(5_040)
    ));
    put_gone(&mut news, 302, RemovedWhy::Filtered);
    let head = DeltaHead {
        from: 8_123,
        ahead: 2,
        now: moment().plus_millis(5_040),
    };
    let look = Look {
        bbox: [113.6, 22.7, 113.8, 22.9],
        zoom: 12.5,
        layers: vec![Layer::Units, Layer::Sensors],
        filter: Some("severity<=2".into()),
        known: Known::Before(Seen {
            visit: part().visit,
            position: 8_123,
            cover: part().cover,
        }),
    };
    vec![
        ("part", [part_head(&part()), whole].concat()),
        ("delta", [delta_head(&head), news].concat()),
        ("said", said(&Said::Resync("too slow".into()))),
        ("look", ask(&Ask::Look(look))),
        ("digest", ask(&Ask::Digest)),
        ("heat", live::heat(&heat())),
    ]
}

#[test]
fn the_layout_is_the_one_that_was_published() {
    let mut found = String::new();
    for (name, bytes) in all_frames() {
        let _ = write!(found, "{name} ");
        for byte in bytes {
            let _ = write!(found, "{byte:02x}");
        }
        found.push('\n');
    }
    let published = include_str!("live_frames.golden");
    assert_eq!(
        found, published,
        "a changed layout needs another BINARY_VERSION and a new live_frames.golden"
    );
}

#[test]
fn a_unit_that_moved_is_written_as_if_its_view_were_made_anew() {
    let there = Whereabouts::of(&moved_bus());
    let (mut made, mut borrowed) = (Vec::new(), Vec::new());
    put_whole(&mut made, 301, &Whole::Unit(Arc::new(there.on(&bus()))));
    put_whole_unit(&mut borrowed, 301, &bus(), there);
    assert_eq!(made, borrowed);
}

#[test]
fn what_is_written_is_read_back() {
    let frames = all_frames();
    let Ok(Frame::Part(head, records)) = Frame::read(&frames[0].1) else {
        panic!("a part");
    };
    assert_eq!(head, part());
    assert_eq!(
        Records::of(records).collect::<Vec<_>>(),
        [
            Record::Whole(300, Whole::Incident(Arc::new(incident()))),
            Record::Whole(301, Whole::Unit(Arc::new(bus()))),
        ]
    );
    let Ok(Frame::Delta(head, records)) = Frame::read(&frames[1].1) else {
        panic!("a delta");
    };
    let (mut was, mut unit, mut gone) = (incident(), bus(), None);
    for record in Records::of(records) {
        match record {
            Record::Changed(300, changed) => changed.on(&mut was).expect("it fits"),
            Record::Moved(301, moved) => moved.on(&mut unit, head.now).expect("it fits"),
            Record::Gone(number, why) => gone = Some((number, why)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(was, dispatched());
    assert_eq!(unit, rounded(&moved_bus()));
    assert_eq!(gone, Some((302, RemovedWhy::Filtered)));
    let mut change = Vec::new();
    put_changed(&mut change, 300, &incident(), &dispatched());
    assert!(change.len() <= 50, "{} bytes for a dispatch", change.len());
}

#[test]
fn another_version_and_broken_frames_are_told_apart() {
    assert_eq!(Frame::read(&[]), Err(FrameError::Version));
    assert_eq!(Frame::read(&[1, 0, 0]), Err(FrameError::Version));
    for (_, bytes) in all_frames().into_iter().take(3) {
        assert_eq!(Frame::read(&bytes[..1]), Err(FrameError::Broken));
        assert_eq!(Frame::read(&[bytes[0], 9, 0]), Err(FrameError::Broken));
        assert_eq!(Frame::read(&bytes[..3]), Err(FrameError::Broken));
    }
    assert!(read_ask(&[]).is_err());
    assert!(read_ask(&[1]).is_err_and(|reason| reason.contains("reload")));
}

fn unit() -> impl Strategy<Value = UnitView> {
    let place = (113_500_000..114_300_000, 22_600_000..23_200_000);
    let speed = prop::option::of(0f32..60.0);
    let sent = (0i64..100_000, -2_000i64..90_000);
    (place, prop::option::of(0u16..360), speed, sent, 0..3u8).prop_map(
        |((lon, lat), heading_deg, speed_mps, (heard, before), town)| UnitView {
            position: Position::from_e6(lon, lat).expect("on the globe"),
            heading_deg,
            speed_mps,
            heard_at: moment().plus_millis(heard),
            observed_at: moment().plus_millis(heard - before),
            town_code: (town > 0).then(|| format!("44190000{town}")),
            ..bus()
        },
    )
}

fn some_incident() -> impl Strategy<Value = IncidentView> {
    let place = prop::option::of((113_500_000..114_300_000, 22_600_000..23_200_000));
    (
        0..9u32,
        place,
        prop::bool::ANY,
        prop::option::of("[a-z]{1,9}"),
        0i64..99_999,
    )
        .prop_map(|(revision, place, tray, claimed_by, at)| IncidentView {
            revision,
            position: place.and_then(|(lon, lat)| Position::from_e6(lon, lat).ok()),
            tray,
            claimed_by,
            updated_at: moment().plus_millis(at),
            deadline: tray.then(|| dispatched().deadline).flatten(),
            ..incident()
        })
}

#[test]
fn heat_is_kept_by_cell_and_a_cell_that_emptied_is_gone() {
    let mut warmth = Warmth::default();
    assert!(warmth.take(heat()));
    let cell = heat().cells[0].cell;
    assert_eq!(warmth.cells[0].outline(), Some(corners()));
    let told = |count: u32| Heat {
        anew: false,
        cells: vec![HeatCell::whole(cell, count, &[])],
        ..heat()
    };
    assert!(warmth.take(told(7)));
    assert_eq!(
        (warmth.cells[0].count, warmth.cells[0].corners.len()),
        (7, 6)
    );
    let bytes = live::heat(&told(7));
    let Ok(Frame::Heat(body)) = Frame::read(&bytes) else {
        panic!("heat");
    };
    assert_eq!(Heat::read(body), Some(told(7)));
    assert!(!Heat::is_anew(body) && Heat::is_anew(&live::heat(&heat())[2..]));
    assert_eq!(Heat::read(&body[1..]), None);
    assert!(
        bytes.len() <= 24,
        "{} bytes for a changed cell alone",
        bytes.len()
    );
    assert!(warmth.take(told(0)) && warmth.cells.is_empty());
    assert!(!warmth.take(told(3)), "a cell nobody described");
}

proptest! {
    #[test]
    fn a_unit_told_by_moves_is_the_unit_told_whole(one in unit(), other in unit(), later in 0i64..200_000) {
        let now = moment().plus_millis(later);
        let mut bytes = Vec::new();
        if put_moved(&mut bytes, 7, &one, &other, now) {
            let mut shown = rounded(&one);
            let records: Vec<Record<'_>> = Records::of(&bytes).collect();
            let [Record::Moved(7, moved)] = records.as_slice() else {
                panic!("{records:?}");
            };
            prop_assert!(moved.on(&mut shown, now).is_some());
            prop_assert_eq!(shown, rounded(&other));
        } else {
            prop_assert_ne!(&one.town_code, &other.town_code);
            prop_assert!(bytes.is_empty());
        }
    }

    #[test]
    fn a_changed_incident_is_the_one_it_changed_to(one in some_incident(), other in some_incident()) {
        let mut bytes = Vec::new();
        put_changed(&mut bytes, 7, &one, &other);
        let mut shown = one;
        for record in Records::of(&bytes) {
            let Record::Changed(7, changed) = record else {
                panic!("{record:?}");
            };
            prop_assert!(changed.on(&mut shown).is_some());
        }
        prop_assert_eq!(shown, other);
    }

    #[test]
    fn whatever_the_bytes_nothing_panics_and_records_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Frame::read(&bytes);
        let _ = read_ask(&bytes);
        let mut records = Records::of(&bytes);
        prop_assert!(records.by_ref().count() <= bytes.len());
    }
}
