//! Our own pages: the browser's picture behind a seat, against the same plain model, over moving views, slow lines, lines that
//! break and servers that start anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::live::picture::{Applied, LivePicture};
use domain::change::{Change, Stepped};
use domain::interest::Cover;
use domain::place::{Bounds, Position};
use domain::policy::Audience;
use domain::wire::live::{Ask, Frame, Known, Look as Asked, Said, ask};
use domain::wire::{Layer, digest_line};
use proptest::prelude::*;

use super::model::{Key, Look, expected_where};
use super::{audiences, hub_of, look};
use crate::single_writer::rehearsal::living::{Living, event};
use crate::single_writer::rehearsal::{Day, Said as Observed, nancheng};
use crate::stream::frames::Framed;
use crate::stream::hub::Hub;
use crate::stream::round::Round;
use crate::stream::seat::{Seat, Turn};

/// A page: what the browser keeps, and the server's end of its line.
struct Page {
    hub: Hub,
    seat: Seat,
    picture: LivePicture,
    audience: Audience,
    look: Look,
    part_bytes: usize,
    resyncs: u32,
}

impl Page {
    fn opens(hub: &Hub, audience: Audience, look: Look, part_bytes: usize) -> Self {
        let seat = Seat::new(hub.clone(), audience.clone()).in_parts_of(part_bytes);
        let mut page = Self {
            hub: hub.clone(),
            seat,
            picture: LivePicture::default(),
            audience,
            look,
            part_bytes,
            resyncs: 0,
        };
        page.asks(Known::Nothing);
        page
    }

    fn asks(&mut self, known: Known) {
        let asked = Asked {
            bbox: self.look.bbox,
            zoom: 12.0,
            layers: self.look.layers.clone(),
            filter: self.look.lens.text().map(str::to_owned),
            known,
        };
        self.seat.hear(&ask(&Ask::Look(asked)));
    }

    /// The next frame, as a line that can take one gets it.
    fn next(&mut self) -> Option<Arc<Framed>> {
        let mut round = Round::begin(&self.hub);
        let framed = match self.seat.next_in(&mut round) {
            Turn::Frame(framed) => framed.clone(),
            Turn::Other => return self.seat.next(),
            Turn::Nothing => {
                assert!(self.seat.next().is_none(), "nothing is nothing");
                return None;
            }
        };
        assert!(self.seat.next().is_none(), "a round tells everything");
        Some(framed)
    }

    /// Takes so many frames of what it could be told.
    fn takes(&mut self, most: usize) {
        for _ in 0..most {
            let Some(framed) = self.next() else {
                return;
            };
            let bytes = framed.body().to_vec();
            match self.picture.apply(&bytes) {
                Applied::Changed(_) | Applied::Confirmed | Applied::Late => {}
                Applied::Resyncing => self.resyncs += 1,
                other => panic!("{other:?} by {:?}", Frame::read(&bytes)),
            }
        }
    }

    fn comes_back(&mut self, hub: &Hub) {
        self.hub = hub.clone();
        self.seat = Seat::new(hub.clone(), self.audience.clone()).in_parts_of(self.part_bytes);
        let seen = self.picture.seen();
        self.asks(seen.map_or(Known::Nothing, Known::Before));
    }

    /// Everything is taken, and the server agrees that it is the same.
    fn compares(&mut self) {
        self.takes(usize::MAX);
        self.seat.hear(&ask(&Ask::Digest));
        let mut compared = false;
        while let Some(framed) = self.seat.next() {
            let bytes = framed.body().to_vec();
            if let Ok(Frame::Said(Said::Digest(digest))) = Frame::read(&bytes) {
                assert_eq!(Some(digest.position), self.picture.position());
                assert_eq!(digest, self.picture.digest());
                compared = true;
            }
            self.picture.apply(&bytes);
        }
        assert!(compared, "a digest is answered");
    }

    fn lines(&self) -> BTreeMap<Key, String> {
        let mut lines = BTreeMap::new();
        let mut put = |layer: Layer, id: String, revision: u32, at: Option<Position>| {
            lines.insert((layer, id.clone()), digest_line(layer, &id, revision, at));
        };
        for one in self.picture.incidents() {
            put(
                Layer::Incidents,
                one.id.to_string(),
                one.revision,
                one.position,
            );
        }
        for one in self.picture.alarms() {
            put(Layer::Alarms, one.id.to_string(), 0, one.position);
        }
        for one in self.picture.units() {
            put(Layer::Units, one.id.to_string(), 0, Some(one.position));
        }
        for one in self.picture.sensors() {
            put(Layer::Sensors, one.id.to_string(), 0, one.position);
        }
        lines
    }

    /// All that is shown, whatever its numbers.
    fn shown(&self) -> Vec<String> {
        let mut shown: Vec<String> = self
            .picture
            .incidents()
            .map(|one| format!("{one:?}"))
            .chain(self.picture.alarms().map(|one| format!("{one:?}")))
            .chain(self.picture.units().map(|one| format!("{one:?}")))
            .chain(self.picture.sensors().map(|one| format!("{one:?}")))
            .collect();
        shown.sort();
        shown
    }

    fn expected(&self, day: &Day) -> BTreeMap<Key, String> {
        let cover = Cover::of(Bounds::from_degrees(self.look.bbox).expect("a box"));
        expected_where(day.picture(), &self.audience, &self.look, |at| {
            cover.holds(at)
        })
    }
}

/// What a page does after a block.
#[derive(Clone, Debug)]
enum Does {
    Takes(usize),
    Sleeps,
    Looks(Look),
    AsksAnew,
    LosesItsLine,
    SeesTheServerRestart,
}

fn does() -> impl Strategy<Value = Does> {
    prop_oneof![
        3 => Just(Does::Takes(usize::MAX)),
        3 => (1..4usize).prop_map(Does::Takes),
        2 => Just(Does::Sleeps),
        3 => look().prop_map(Does::Looks),
        1 => Just(Does::AsksAnew),
        2 => Just(Does::LosesItsLine),
        1 => Just(Does::SeesTheServerRestart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_page_that_has_taken_everything_holds_exactly_what_it_may_see(
        events in prop::collection::vec(event(), 20..90),
        who in 0..5usize,
        first in look(),
        part_bytes in prop_oneof![Just(1), Just(300), Just(32_768)],
        doing in prop::collection::vec(does(), 1..60),
    ) {
        let lived = Living::live(&events);
        let mut again = Day::begin();
        let mut hub = hub_of(&again);
        let mut page = Page::opens(&hub, audiences()[who].clone(), first, part_bytes);
        let mut doing = doing.iter().cycle();
        for block in &lived.journal {
            let stepped = Arc::new(again.machine.step(block));
            hub.bring_up(&[stepped]);
            match doing.next().expect("it goes round") {
                Does::Takes(most) => page.takes(*most),
                Does::Sleeps => continue,
                Does::Looks(look) => {
                    page.look = look.clone();
                    page.asks(Known::Told);
                    page.takes(2);
                }
                Does::AsksAnew => {
                    page.picture.start_anew();
                    page.asks(Known::Nothing);
                    page.takes(1);
                }
                Does::LosesItsLine => page.comes_back(&hub),
                Does::SeesTheServerRestart => {
                    hub = hub_of(&again);
                    page.comes_back(&hub);
                }
            }
            if matches!(doing.clone().next(), Some(Does::Takes(usize::MAX))) {
                page.compares();
                prop_assert_eq!(page.lines(), page.expected(&again));
            }
        }
        page.compares();
        prop_assert_eq!(page.lines(), page.expected(&again));
        let mut fresh = Page::opens(&hub, page.audience.clone(), page.look.clone(), 32_768);
        fresh.compares();
        prop_assert_eq!(page.shown(), fresh.shown(), "a newcomer sees the same");
    }
}

/// Somewhere in a few kilometres, or far away.
fn somewhere() -> impl Strategy<Value = Position> {
    let near = (113_740_000..113_765_000, 23_015_000..23_030_000);
    let city = (113_500_000..114_300_000, 22_650_000..23_200_000);
    prop_oneof![near, city]
        .prop_map(|(lon, lat)| Position::from_e6(lon, lat).expect("on the globe"))
}

#[derive(Clone, Debug)]
enum Happens {
    Moves(usize, Position),
    /// A page looks at the box between two places.
    Looks(usize, Position, Position),
    Takes(usize, usize),
    LosesItsLine(usize),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        6 => (0..5usize, somewhere()).prop_map(|(unit, to)| Happens::Moves(unit, to)),
        2 => (0..3usize, somewhere(), somewhere())
            .prop_map(|(page, one, other)| Happens::Looks(page, one, other)),
        3 => (0..3usize, 1..9usize).prop_map(|(page, most)| Happens::Takes(page, most)),
        1 => (0..3usize).prop_map(Happens::LosesItsLine),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn whoever_crosses_a_border_of_a_view_is_neither_missed_nor_left_behind(
        happenings in prop::collection::vec(happens(), 10..80),
        part_bytes in prop_oneof![Just(1), Just(32_768)],
    ) {
        let mut day = Day::begin();
        let hub = hub_of(&day);
        let mut pages: Vec<Page> = (0..3)
            .map(|_| Page::opens(&hub, Audience::City, Look::everything(), part_bytes))
            .collect();
        for happens in happenings {
            match happens {
                Happens::Moves(unit, to) => {
                    day.later(1);
                    day.hear(Observed::unit(&format!("bus-{unit}"), day.now, to));
                    hub.bring_up(&[day.told.last().expect("a block").clone()]);
                }
                Happens::Looks(page, one, other) => {
                    let bounds = Bounds::around([one, other]).expect("two places");
                    pages[page].look.bbox = bounds.degrees();
                    pages[page].asks(Known::Told);
                }
                Happens::Takes(page, most) => pages[page].takes(most),
                Happens::LosesItsLine(page) => pages[page].comes_back(&hub),
            }
        }
        for page in &mut pages {
            page.takes(usize::MAX);
            prop_assert_eq!(page.lines(), page.expected(&day));
            page.compares();
        }
    }
}

fn bus_moves(day: &mut Day, hub: &Hub, east_m: f64) {
    day.later(1);
    day.hear(Observed::unit(
        "bus-1",
        day.now,
        nancheng().offset_m(east_m, 0.0),
    ));
    hub.bring_up(&[day.told.last().expect("a block").clone()]);
}

#[test]
fn a_move_is_told_in_a_few_bytes_and_shared_by_all_who_look() {
    let mut day = Day::begin();
    let hub = hub_of(&day);
    let mut pages: Vec<Page> = (0..3)
        .map(|_| Page::opens(&hub, Audience::City, Look::everything(), 32_768))
        .collect();
    bus_moves(&mut day, &hub, 0.0);
    pages.iter_mut().for_each(|page| page.takes(usize::MAX));
    bus_moves(&mut day, &hub, 50.0);
    let mut told = Vec::new();
    for page in &mut pages {
        let framed = page.seat.next().expect("the move");
        told.push(framed.clone());
        let Ok(Frame::Delta(_, records)) = Frame::read(framed.body()) else {
            panic!("a delta");
        };
        assert!(records.len() <= 12, "{} bytes", records.len());
        page.picture.apply(framed.body());
    }
    assert!(
        told.iter().all(|one| Arc::ptr_eq(one, &told[0])),
        "written down once"
    );
    pages.iter_mut().for_each(Page::compares);
}

#[test]
fn a_line_that_broke_is_told_what_it_missed_and_after_a_restart_everything() {
    let mut day = Day::begin();
    let hub = hub_of(&day);
    let mut page = Page::opens(&hub, Audience::City, Look::everything(), 32_768);
    bus_moves(&mut day, &hub, 0.0);
    page.takes(usize::MAX);
    bus_moves(&mut day, &hub, 50.0);
    bus_moves(&mut day, &hub, 100.0);
    page.comes_back(&hub);
    let framed = page.seat.next().expect("what was missed");
    assert!(matches!(
        Frame::read(framed.body()),
        Ok(Frame::Delta(head, _)) if head.ahead == 2
    ));
    page.picture.apply(framed.body());
    page.compares();
    assert_eq!(page.resyncs, 0);
    let restarted = hub_of(&day);
    page.comes_back(&restarted);
    page.compares();
    assert_eq!(page.resyncs, 1, "numbers are given anew");
}

#[test]
fn too_many_filters_are_refused_with_a_reason_and_the_usual_ones_go_on() {
    let day = Day::begin();
    let hub = hub_of(&day);
    let with = |filter: String| Asked {
        bbox: Bounds::WORLD.degrees(),
        zoom: 3.0,
        layers: vec![Layer::Incidents],
        filter: Some(filter),
        known: Known::Nothing,
    };
    // Of one account no more than a share.
    let mut of_one: Vec<Seat> = (0..17)
        .map(|_| Seat::new(hub.clone(), Audience::City).held_by(Some("one")))
        .collect();
    for (index, seat) in of_one.iter_mut().enumerate() {
        seat.hear(&ask(&Ask::Look(with(format!("hops={index}")))));
        let bytes = seat.next().expect("an answer").body().to_vec();
        let is_told = matches!(Frame::read(&bytes), Ok(Frame::Part(..)));
        assert_eq!(is_told, index < 16);
    }
    drop(of_one);
    let mut seats: Vec<Seat> = (0..65)
        .map(|_| Seat::new(hub.clone(), Audience::City))
        .collect();
    for (index, seat) in seats.iter_mut().enumerate() {
        seat.hear(&ask(&Ask::Look(with(format!("hops<={index}")))));
        let bytes = seat.next().expect("an answer").body().to_vec();
        match Frame::read(&bytes) {
            Ok(Frame::Part(head, _)) => assert!(index < 64 && head.whole),
            Ok(Frame::Said(Said::Error(problem))) => {
                assert!(
                    index == 64 && problem.detail.contains("too many"),
                    "{problem:?}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
    // Who looks without one is served all the same.
    let mut plain = Seat::new(
        hub.clone(),
        Audience::Town(crate::single_writer::rehearsal::town_code("441900004")),
    );
    plain.hear(&ask(&Ask::Look(Asked {
        filter: None,
        ..with(String::new())
    })));
    let bytes = plain.next().expect("an answer").body().to_vec();
    assert!(matches!(Frame::read(&bytes), Ok(Frame::Part(..))));
    // Somebody leaves: there is room again.
    seats.truncate(60);
    let mut late = Seat::new(hub.clone(), Audience::City);
    late.hear(&ask(&Ask::Look(with("hops<=99".into()))));
    let bytes = late.next().expect("an answer").body().to_vec();
    assert!(matches!(Frame::read(&bytes), Ok(Frame::Part(..))));
}

#[test]
fn a_changed_pack_leaves_what_its_block_says_of_things() {
    for pack_first in [true, false] {
        let mut day = Day::begin();
        let hub = hub_of(&day);
        let mut page = Page::opens(&hub, Audience::City, Look::everything(), 32_768);
        bus_moves(&mut day, &hub, 0.0);
        page.takes(usize::MAX);
        // The bus moves in the same block in which the pack changes.
        day.later(1);
        let there = nancheng().offset_m(900.0, 0.0);
        day.hear(Observed::unit("bus-1", day.now, there));
        let mut stepped = Stepped::clone(day.told.last().expect("a block"));
        let city = day.picture().city.clone().expect("a pack");
        let place = if pack_first { 0 } else { stepped.changes.len() };
        stepped.changes.insert(place, Change::City(city));
        hub.bring_up(&[Arc::new(stepped)]);
        page.compares();
        assert_eq!(
            page.lines(),
            page.expected(&day),
            "pack first: {pack_first}"
        );
    }
}

#[test]
fn filters_may_ask_only_so_much_together() {
    let day = Day::begin();
    let hub = hub_of(&day);
    let with = |index: usize| {
        let numbers: Vec<String> = (0..60)
            .map(|term| format!("hops={}", term + index))
            .collect();
        Asked {
            bbox: Bounds::WORLD.degrees(),
            zoom: 3.0,
            layers: vec![Layer::Incidents],
            filter: Some(numbers.join(" or ")),
            known: Known::Nothing,
        }
    };
    let mut seats: Vec<Seat> = (0..18)
        .map(|_| Seat::new(hub.clone(), Audience::City))
        .collect();
    let served = seats.iter_mut().enumerate().filter_map(|(index, seat)| {
        seat.hear(&ask(&Ask::Look(with(index))));
        let framed = seat.next()?;
        matches!(Frame::read(framed.body()), Ok(Frame::Part(..))).then_some(())
    });
    assert_eq!(served.count(), 17, "17 × 60 terms are fewer than 1024");
}

#[test]
fn a_filter_that_fits_nothing_is_answered_by_and_by() {
    const UNITS: usize = 5_000;
    let mut day = Day::begin();
    let said = (0..UNITS).map(|unit| {
        let there = nancheng().offset_m((unit % 70 * 500) as f64, (unit / 70 * 500) as f64);
        Observed::unit(&format!("bus-{unit}"), day.now, there)
    });
    let said: Vec<Observed> = said.collect();
    day.feed(said);
    let hub = hub_of(&day);
    let mut seat = Seat::new(hub, Audience::City);
    seat.hear(&ask(&Ask::Look(Asked {
        bbox: Bounds::WORLD.degrees(),
        zoom: 3.0,
        layers: vec![Layer::Units],
        filter: Some("kind=nothing".into()),
        known: Known::Nothing,
    })));
    let mut parts = 0;
    while seat.asks_much() {
        let framed = seat.next().expect("a part");
        let Ok(Frame::Part(head, records)) = Frame::read(framed.body()) else {
            panic!("a part");
        };
        assert!(records.is_empty());
        parts += 1;
        assert_eq!(head.whole, parts == 2, "4096 looks at once");
    }
    assert_eq!(parts, 2);
    assert!(seat.next().is_none());
}

#[test]
fn what_a_page_asks_wrongly_changes_nothing_and_is_answered() {
    let day = Day::begin();
    let hub = hub_of(&day);
    let mut seat = Seat::new(hub.clone(), Audience::City);
    let good = Asked {
        bbox: Bounds::WORLD.degrees(),
        zoom: 3.0,
        layers: vec![Layer::Incidents],
        filter: None,
        known: Known::Nothing,
    };
    let wrong = [
        Asked {
            bbox: [0.0, 0.0, 400.0, 1.0],
            ..good.clone()
        },
        Asked {
            zoom: f32::NAN,
            ..good.clone()
        },
        Asked {
            filter: Some("colour=red".into()),
            ..good.clone()
        },
    ];
    let mut asked: Vec<Vec<u8>> = wrong.map(|look| ask(&Ask::Look(look))).to_vec();
    asked.extend([vec![], vec![1, 0], vec![2, 9, 9], ask(&Ask::Digest)]);
    for bytes in asked {
        seat.hear(&bytes);
        let answer = seat.next().expect("an answer").body().to_vec();
        assert!(
            matches!(Frame::read(&answer), Ok(Frame::Said(Said::Error(_)))),
            "{bytes:?}"
        );
        assert!(seat.next().is_none());
    }
    assert_eq!(seat.mistakes, 7);
    seat.hear(&ask(&Ask::Look(good)));
    assert!(seat.next().is_some());
}

#[test]
fn a_page_that_opens_in_a_quiet_hour_is_told_what_time_it_is() {
    fn later() -> domain::time::Timestamp {
        domain::time::Timestamp::from_millis(4_102_444_800_000)
    }
    let day = Day::begin();
    let mut seat = Seat::new(hub_of(&day).telling_time(later), Audience::City);
    seat.hear(&ask(&Ask::Look(Asked {
        bbox: Bounds::WORLD.degrees(),
        zoom: 3.0,
        layers: vec![Layer::Units],
        filter: None,
        known: Known::Nothing,
    })));
    let bytes = seat.next().expect("a part").body().to_vec();
    let Ok(Frame::Part(head, _)) = Frame::read(&bytes) else {
        panic!("a part");
    };
    assert_eq!(head.now, later());
}
