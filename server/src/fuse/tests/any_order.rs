//! The order of arrival, the cut into blocks and a restart in between change neither the partition nor what it amounts
//! to, while nothing has been dispatched. And the index of places finds whatever looking at everything would.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use domain::category::{CategoryCode, Severity};
use domain::city::City;
use domain::ids::{EvidenceId, IncidentId, ObservationId};
use domain::incident::{CategoryReason, Evidence, EvidenceKind};
use domain::jurisdictions::Jurisdictions;
use domain::picture::Picture;
use domain::place::Position;
use domain::time::Timestamp;
use proptest::prelude::*;

use crate::fuse::Nearby;
use crate::fuse::same_thing::{Family, Piece, Verdict, reach_m, same_thing};
use crate::fuse::words::Lexicon;
use crate::single_writer::rehearsal::{
    Day, MORNING, NOBODYS, Said, at, beijing, dongguan, kind, nancheng, source, thing,
};

type Names = BTreeSet<(String, String)>;

/// What an incident amounts to, without the ids that the order of arrival gives.
#[derive(Clone, PartialEq, Debug)]
struct Amounts {
    category: Option<CategoryCode>,
    category_reason: CategoryReason,
    severity: Severity,
    position: Option<Position>,
    town: Option<String>,
    confidence: u8,
    count: u32,
    drill: bool,
}

fn partition(day: &Day) -> BTreeMap<Names, Amounts> {
    day.open_incidents()
        .iter()
        .map(|incident| {
            let names = day
                .evidence_of(incident.id)
                .iter()
                .map(|piece| (piece.source.to_string(), piece.observation.to_string()))
                .collect();
            let amounts = Amounts {
                category: incident.category,
                category_reason: incident.why.category.clone(),
                severity: incident.severity,
                position: incident.position,
                town: incident.town.as_ref().map(ToString::to_string),
                confidence: incident.confidence,
                count: incident.evidence_count,
                drill: incident.drill,
            };
            (names, amounts)
        })
        .collect()
}

/// Connected components of "the same thing", found by looking at every pair.
fn components(city: &City, pieces: &[Arc<Evidence>]) -> BTreeSet<Names> {
    let mut group: Vec<usize> = (0..pieces.len()).collect();
    for (a, one) in pieces.iter().enumerate() {
        for (b, two) in pieces.iter().enumerate().skip(a + 1) {
            if !linked(city, one, two) {
                continue;
            }
            let (from, into) = (group[b], group[a]);
            for named in &mut group {
                if *named == from {
                    *named = into;
                }
            }
        }
    }
    let mut names: BTreeMap<usize, Names> = BTreeMap::new();
    for (piece, group) in pieces.iter().zip(group) {
        let name = (piece.source.to_string(), piece.observation.to_string());
        names.entry(group).or_default().insert(name);
    }
    names.into_values().collect()
}

fn linked(city: &City, one: &Evidence, two: &Evidence) -> bool {
    let family = Family::of(city, one);
    family == Family::of(city, two)
        && matches!(
            judged(city, one, two, family.is_unknown()),
            Verdict::Same(_)
        )
}

/// The pack's words, read once for all cases.
fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(|| Lexicon::of(&dongguan(), &Jurisdictions::of(&dongguan())))
}

fn judged(city: &City, one: &Evidence, two: &Evidence, unknown: bool) -> Verdict {
    let lexicon = lexicon();
    let (words, other_words) = (lexicon.read(&one.text), lexicon.read(&two.text));
    same_thing(
        Piece {
            evidence: one,
            words: &words,
        },
        Piece {
            evidence: two,
            words: &other_words,
        },
        Family::of(city, one).rule(city),
        unknown,
    )
}

fn some_report() -> impl Strategy<Value = Said> {
    (
        (-600.0..600.0f64, -600.0..600.0f64),
        0..180i64,
        prop_oneof![Just(None), (0..200u32).prop_map(Some)],
        prop_oneof![
            Just("E0102"),
            Just("C0302"),
            Just("E0103"),
            Just(NOBODYS),
            Just("words"),
            Just("other")
        ],
        1..5u8,
        prop_oneof![Just("hotline-12345"), Just("wechat"), Just("patrol")],
        prop::bool::weighted(0.1),
    )
        .prop_map(|(offset, minute, accuracy, what, severity, from, drill)| {
            // Beijing is outside the city: whatever is there is never dispatched by machine.
            let there = beijing().offset_m(offset.0, offset.1);
            let time = at(MORNING).plus_minutes(-minute);
            let said = match what {
                "words" => Said::call("?", time, Some(there), "xylophone zebra quilt"),
                "other" => Said::call("?", time, Some(there), "basalt grommet"),
                category => Said::report("?", time, there, category),
            };
            let said = said.from(from).worth(severity);
            let said = match accuracy {
                Some(accuracy) => said.within_m(accuracy),
                None => said,
            };
            if drill { said.drill() } else { said }
        })
}

fn numbered(mut reports: Vec<Said>) -> Vec<Said> {
    for (number, report) in reports.iter_mut().enumerate() {
        report.0.id = ObservationId::new(&format!("N{number}")).expect("a number is an id");
    }
    reports
}

/// Feeds everything, cut into blocks at random, restarting once if asked.
fn fed(reports: &[Said], cuts: &[usize], restart: bool) -> Day {
    let mut day = Day::begin();
    let mut rest = reports;
    for (index, cut) in cuts.iter().enumerate() {
        let (some, more) = rest.split_at((*cut).min(rest.len()));
        day.feed(some.to_vec());
        rest = more;
        if restart && index == 1 {
            day = day.restarted();
        }
    }
    day.feed(rest.to_vec());
    day
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_order_and_any_cut_into_blocks_give_the_same_incidents(
        (reports, shuffled) in prop::collection::vec(some_report(), 1..32)
            .prop_map(numbered)
            .prop_flat_map(|reports| (Just(reports.clone()), Just(reports).prop_shuffle())),
        cuts in prop::collection::vec(0..9usize, 0..6),
        other_cuts in prop::collection::vec(0..9usize, 0..6),
        restart in any::<bool>(),
    ) {
        let one = fed(&reports, &cuts, false);
        let other = fed(&shuffled, &other_cuts, restart);
        prop_assert_eq!(partition(&one), partition(&other));
        let pieces: Vec<_> = one.picture().evidence.values().cloned().collect();
        prop_assert_eq!(pieces.len(), reports.len());
        let expected = components(&dongguan(), &pieces);
        let found: BTreeSet<Names> = partition(&one).into_keys().collect();
        prop_assert_eq!(found, expected);
    }
}

/// The same reading, position or report, real or practised.
fn some_input() -> impl Strategy<Value = Said> {
    let reading = (0..4u8, 0..120i64, 0.0..300.0f64).prop_map(|(of, minute, value)| {
        let time = at(MORNING).plus_minutes(-minute);
        Said::reading(&format!("station-{of}"), time, "PM2.5", value, "ug/m3")
    });
    let unit = (0..4u8, 0..120i64, 0.0..900.0f64).prop_map(|(of, minute, east_m)| {
        let time = at(MORNING).plus_minutes(-minute);
        Said::unit(&format!("car-{of}"), time, nancheng().offset_m(east_m, 0.0))
    });
    let input = prop_oneof![some_report(), reading, unit];
    (input, any::<bool>()).prop_map(|(said, drill)| if drill { said.drill() } else { said })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn practice_leaves_no_trace_on_what_is_real(
        inputs in prop::collection::vec(some_input(), 1..40).prop_map(numbered),
    ) {
        let real: Vec<Said> = inputs.iter().filter(|said| !said.0.drill).cloned().collect();
        let mut with_practice = Day::begin();
        with_practice.feed(inputs);
        let mut without = Day::begin();
        without.feed(real);
        let of_real = |day: &Day| {
            let mut incidents = partition(day);
            incidents.retain(|_, amounts| !amounts.drill);
            incidents
        };
        prop_assert_eq!(of_real(&with_practice), of_real(&without));
        let [here, there] = [&with_practice, &without].map(Day::picture);
        let sensors = |picture: &Picture| {
            let real = picture.sensors.values().filter(|sensor| !sensor.drill);
            real.cloned().collect::<Vec<_>>()
        };
        prop_assert_eq!(sensors(here), sensors(there));
        let units = |picture: &Picture| {
            let real = picture.units.values().filter(|unit| !unit.drill);
            real.cloned().collect::<Vec<_>>()
        };
        prop_assert_eq!(units(here), units(there));
        prop_assert_eq!(&here.records, &there.records);
    }
}

fn piece(number: u32, position: Option<Position>, time: Timestamp, code: &str) -> Evidence {
    Evidence {
        id: EvidenceId::new(1, number),
        incident: IncidentId::new(1, 0),
        kind: EvidenceKind::Report,
        source: source("patrol"),
        observation: ObservationId::new(&number.to_string()).expect("a number is an id"),
        thing: None,
        time,
        position,
        said: None,
        accuracy_m: Some(300),
        category: Some(kind(code)),
        category_reason: CategoryReason::Unknown,
        severity: Severity::Minor,
        text: String::new(),
        suspect: None,
        reporter: None,
        drill: false,
        link: None,
    }
}

/// Everything that looking at every pair finds must be among the candidates, whichever of the two asks.
fn finds_all(pieces: &[Evidence]) -> Result<u32, String> {
    let city = dongguan();
    let lexicon = lexicon();
    let mut nearby = Nearby::default();
    for piece in pieces {
        nearby.add(&city, piece, lexicon);
    }
    let mut pairs = 0;
    for one in pieces {
        let candidates = nearby.candidates(&city, one, lexicon);
        for two in pieces.iter().filter(|two| two.id != one.id) {
            let there = judged(&city, one, two, false);
            let back = judged(&city, two, one, false);
            if there != back {
                return Err(format!("not symmetric: {there:?} and {back:?}"));
            }
            if !linked(&city, one, two) {
                continue;
            }
            pairs += 1;
            if candidates.binary_search(&two.id).is_err() {
                return Err(format!(
                    "{:?} does not find {:?}",
                    one.position, two.position
                ));
            }
        }
    }
    Ok(pairs)
}

fn anywhere() -> impl Strategy<Value = Position> {
    let longitude = prop_oneof![
        -180.0..=180.0f64,
        Just(180.0),
        Just(-180.0),
        179.9..=180.0f64,
        -180.0..=-179.9f64
    ];
    let latitude = prop_oneof![
        -90.0..=90.0f64,
        Just(90.0),
        Just(-90.0),
        89.0..=90.0f64,
        60.0..=85.0f64,
        -0.1..=0.1f64
    ];
    (longitude, latitude).prop_map(|(longitude, latitude)| {
        crate::single_writer::rehearsal::place(longitude, latitude)
    })
}

/// A place about so far away in some direction, over the date line and past the pole if need be.
fn away(from: Position, distance_m: f64, bearing: f64) -> Position {
    let angle = distance_m / 6_371_008.8;
    let (lat, lon) = (from.latitude().to_radians(), from.longitude().to_radians());
    let there = (lat.sin() * angle.cos() + lat.cos() * angle.sin() * bearing.cos()).asin();
    let east =
        (bearing.sin() * angle.sin() * lat.cos()).atan2(angle.cos() - lat.sin() * there.sin());
    let longitude = (lon + east).to_degrees();
    let longitude = (longitude + 540.0).rem_euclid(360.0) - 180.0;
    crate::single_writer::rehearsal::place(longitude, there.to_degrees().clamp(-90.0, 90.0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_near_is_overlooked_at_the_date_line_or_at_the_pole(
        centre in anywhere(),
        code in prop_oneof![Just("E0402"), Just("E0411"), Just("E0412"), Just("C0101")],
        around in prop::collection::vec((0.0..1.02f64, 0.0..std::f64::consts::TAU, 0..20i64), 1..24),
    ) {
        let city = dongguan();
        let reach = f64::from(reach_m(city.fusion.of(&city.categories[&kind(code)].family)));
        let mut pieces = vec![piece(0, Some(centre), at(MORNING), code)];
        for (number, (share, bearing, minute)) in around.into_iter().enumerate() {
            let there = away(centre, share * reach, bearing);
            let time = at(MORNING).plus_minutes(minute - 10);
            pieces.push(piece(number as u32 + 1, Some(there), time, code));
        }
        finds_all(&pieces).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn neighbours_across_the_date_line_are_found_and_joined() {
    let west = crate::single_writer::rehearsal::place(179.9999, -16.5);
    let east = crate::single_writer::rehearsal::place(-179.9999, -16.5);
    let pieces = [
        piece(1, Some(west), at(MORNING), "E0402"),
        piece(2, Some(east), at(MORNING), "E0402"),
    ];
    assert_eq!(finds_all(&pieces), Ok(2));
    let mut day = Day::begin();
    let one = day.opens(Said::report("W", at(MORNING), west, "E0402"));
    day.hear(Said::report("E", at(MORNING), east, "E0402"));
    assert_eq!(day.incident(one.id).evidence_count, 2);
}

#[test]
fn the_same_thing_is_found_whether_its_place_was_known_first_or_last() {
    let mut with_place = piece(1, Some(nancheng()), at(MORNING), "E0402");
    let mut without = piece(2, None, at(MORNING), "E0402");
    with_place.thing = Some(thing("valve-9"));
    without.thing = Some(thing("valve-9"));
    assert_eq!(finds_all(&[with_place.clone(), without.clone()]), Ok(2));
    let mut other = without.clone();
    other.id = EvidenceId::new(1, 3);
    other.thing = Some(thing("valve-10"));
    assert_eq!(finds_all(&[with_place, other]), Ok(0));
}
