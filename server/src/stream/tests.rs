//! What viewers are told, against a plain model: after every message a viewer holds exactly what it may see at that
//! position, over moving views, filters, absences and restarts.

mod binary;
mod heat;
mod lines;
mod model;
mod scene;

use std::sync::Arc;

use domain::account::Role;
use domain::command::{Command, Input};
use domain::policy::Audience;
use domain::wire::{Layer, ServerMessage};
use proptest::prelude::*;

use self::model::{Client, Lens, Look, expected};
use super::hub::Hub;
use super::viewer::Viewer;
use crate::single_writer::rehearsal::living::{Living, event};
use crate::single_writer::rehearsal::{
    Day, Said, department, dispatcher, humen, nancheng, person, responder, thing, town_code,
};

const RING: usize = 10_000;
const EPOCH: u64 = 42;

fn hub_of(day: &Day) -> Hub {
    Hub::still(day.picture(), EPOCH, RING).0
}

fn audiences() -> Vec<Audience> {
    let of = |id: &str, town: Option<&str>| Audience::Department {
        id: department(id),
        town: town.map(town_code),
    };
    vec![
        Audience::City,
        of("swjt", None),
        of("sthj", None),
        of("town-441900004", Some("441900004")),
        Audience::Town(town_code("441900004")),
    ]
}

fn look() -> impl Strategy<Value = Look> {
    let boxes = prop_oneof![
        Just([113.0, 22.0, 118.0, 41.0]),
        Just([113.7453, 23.0224, 113.7473, 23.0244]),
        Just([116.0, 39.0, 117.0, 40.5]),
        Just([-180.0, -90.0, 113.7463, 90.0]),
        Just([113.7463, 23.0, 113.80, 23.1]),
    ];
    let layers = prop_oneof![
        3 => Just(vec![Layer::Incidents, Layer::Alarms, Layer::Units, Layer::Sensors]),
        1 => Just(vec![Layer::Incidents]),
        1 => Just(vec![Layer::Alarms, Layer::Units]),
    ];
    let lenses = prop_oneof![
        2 => Just(Lens::All),
        1 => Just(Lens::Grave),
        1 => Just(Lens::Drills),
        1 => Just(Lens::Many),
        1 => Just(Lens::Waiting),
        1 => Just(Lens::Here),
    ];
    (boxes, layers, lenses).prop_map(|(bbox, layers, lens)| Look { bbox, layers, lens })
}

/// What a viewer does after a block.
#[derive(Clone, Debug)]
enum Does {
    Watches,
    Sleeps,
    Looks(Look),
    ComesBack {
        with_token: bool,
        look: Option<Look>,
    },
    Compares,
    SeesTheServerRestart,
}

fn does() -> impl Strategy<Value = Does> {
    prop_oneof![
        4 => Just(Does::Watches),
        3 => Just(Does::Sleeps),
        2 => look().prop_map(Does::Looks),
        3 => (prop::bool::weighted(0.8), prop::option::of(look()))
            .prop_map(|(with_token, look)| Does::ComesBack { with_token, look }),
        2 => Just(Does::Compares),
        1 => Just(Does::SeesTheServerRestart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn after_every_message_a_viewer_holds_exactly_what_it_may_see(
        events in prop::collection::vec(event(), 20..90),
        who in 0..5usize,
        first in look(),
        doing in prop::collection::vec(does(), 1..60),
    ) {
        let lived = Living::live(&events);
        let mut again = Day::begin();
        let mut hub = hub_of(&again);
        let audience = audiences()[who].clone();
        let mut client = Client::comes(&hub, audience, first);
        let mut doing = doing.iter().cycle();
        for block in &lived.journal {
            let stepped = Arc::new(again.machine.step(block));
            hub.bring_up(&[stepped]);
            match doing.next().expect("it goes round") {
                Does::Watches => client.ticks(),
                Does::Sleeps => continue,
                Does::Looks(look) => client.looks(look.clone()),
                Does::ComesBack { with_token, look } => {
                    client.comes_back(&hub, *with_token, look.clone());
                }
                Does::Compares => client.compares(),
                Does::SeesTheServerRestart => {
                    hub = hub_of(&again);
                    client.comes_back(&hub, true, None);
                }
            }
            let should = expected(again.picture(), &client.audience, &client.look);
            let held: Vec<_> = client.held.keys().cloned().collect();
            let named: Vec<_> = should.keys().cloned().collect();
            prop_assert_eq!(held, named, "at {}", client.told);
            for (key, line) in &should {
                prop_assert_eq!(client.line_of(key), line.clone());
            }
            prop_assert_eq!(&client.held, &client.fresh(&hub), "a newcomer sees the same");
        }
        client.compares();
    }
}

#[test]
fn a_restarted_server_shows_what_the_running_one_shows() {
    let mut day = Day::begin();
    let hub = hub_of(&day);
    let look = Look::everything();
    day.hear(Said::unit("bus-1", day.now, nancheng()));
    day.hear(Said::pm25(day.now, 90.0));
    let gone = day
        .opens(Said::report("1", day.now, nancheng(), "E0608"))
        .id;
    let reason = "over".to_owned();
    let boss = crate::single_writer::rehearsal::shift_leader();
    day.must(&boss, gone, Command::Reject { reason });
    for minutes in [1, 30, 28, 1, 1, 600, 900] {
        day.later(minutes);
        day.hear(Said::pm25(day.now, 10.0));
    }
    let mut client: Option<Client> = None;
    for stepped in day.told.clone() {
        hub.bring_up(&[stepped]);
        client
            .get_or_insert_with(|| Client::comes(&hub, Audience::City, look.clone()))
            .ticks();
    }
    let client = client.expect("there were blocks");
    assert_eq!(client.held, client.fresh(&hub_of(&day)));
    let ended = (Layer::Incidents, gone.to_string());
    assert!(
        !client.held.contains_key(&ended),
        "an hour after it ended it has left"
    );
    assert!(
        !client.held.contains_key(&(Layer::Units, "bus-1".into())),
        "not heard for a day"
    );
}

#[test]
fn an_appeal_of_a_closed_case_is_shown_until_it_is_decided() {
    let mut day = Day::begin();
    let hub = hub_of(&day);
    let boss = crate::single_writer::rehearsal::shift_leader();
    let opened = day.opens(Said::report("1", day.now, humen(), "E0102"));
    let (id, lead) = (
        opened.id,
        opened.lead.as_ref().expect("the machine's choice"),
    );
    let lead = responder(lead.department.as_str());
    let reason = || "因故".to_owned();
    day.must(&boss, id, Command::ForceClose { reason: reason() });
    day.must(&lead, id, Command::Appeal { reason: reason() });
    hub.bring_up(&day.told);
    let shown = |day: &Day| {
        hub.bring_up(&day.told[day.told.len() - 1..]);
        let everything = Client::comes(&hub, Audience::City, Look::everything());
        everything
            .held
            .contains_key(&(Layer::Incidents, id.to_string()))
    };
    for _ in 0..3 {
        day.later(50);
        day.tick();
        assert!(shown(&day), "it waits for somebody");
    }
    let decision = Command::DecideAppeal {
        approved: true,
        reason: reason(),
    };
    day.must(&boss, id, decision);
    assert!(shown(&day));
    day.later(90);
    day.tick();
    assert!(!shown(&day), "an hour after it was decided it has left");
}

#[test]
fn what_was_missed_is_told_if_the_ring_reaches_back_and_all_anew_if_not() {
    let mut day = Day::begin();
    let (hub, _wake) = Hub::still(day.picture(), EPOCH, 3);
    let mut client = Client::comes(&hub, Audience::City, Look::everything());
    let one = |day: &mut Day| {
        let there = nancheng().offset_m(1_000.0 * day.journal.len() as f64, 0.0);
        let id = format!("N{}", day.journal.len());
        day.opens(Said::report(&id, day.now, there, "E0608"));
        hub.bring_up(&[day.told.last().expect("a block").clone()]);
    };
    for _ in 0..3 {
        one(&mut day);
    }
    client.comes_back(&hub, true, None);
    assert_eq!(client.resyncs, 0, "three changes are held");
    for _ in 0..4 {
        one(&mut day);
    }
    client.ticks();
    assert_eq!(client.resyncs, 1, "too slow for a ring of three");
    for _ in 0..4 {
        one(&mut day);
    }
    client.comes_back(&hub, true, None);
    assert_eq!(client.resyncs, 2, "too long away");
    for _ in 0..4 {
        one(&mut day);
    }
    client.looks(Look::everything());
    assert_eq!(client.resyncs, 3, "a moved view after too long");
    client.compares();
    assert_eq!(client.held.len(), 15);
}

#[test]
fn tokens_of_another_journal_of_another_person_or_of_nobody_are_not_honoured() {
    let mut day = Day::begin();
    day.opens(Said::report("1", day.now, nancheng(), "E0402"));
    let hub = hub_of(&day);
    let (other, _wake) = Hub::still(day.picture(), EPOCH + 1, RING);
    let mut client = Client::comes(&hub, Audience::City, Look::everything());
    client.comes_back(&hub, true, None);
    assert_eq!(client.resyncs, 0);
    client.comes_back(&other, true, None);
    assert_eq!(client.resyncs, 1, "another journal");
    for nonsense in ["T", "", "AAAA", "////", &"x".repeat(9_000)] {
        client.token = nonsense.to_owned();
        let before = client.resyncs;
        client.comes_back(&hub, true, None);
        let expected = before + u32::from(!nonsense.is_empty());
        assert_eq!(client.resyncs, expected, "{nonsense:?}");
    }
    // The same token, shown by somebody who may see less: he must not keep what he saw as somebody else.
    let mut client = Client::comes(&hub, Audience::City, Look::everything());
    assert_eq!(client.held.len(), 1);
    client.audience = Audience::Department {
        id: department("sthj"),
        town: None,
    };
    client.comes_back(&hub, true, None);
    assert_eq!(client.resyncs, 1);
    assert!(client.held.is_empty());
}

#[test]
fn a_department_is_told_of_its_orders_when_it_gets_them_and_of_nothing_else() {
    let mut day = Day::begin();
    let hub = hub_of(&day);
    let audience = Audience::Department {
        id: department("cgj"),
        town: None,
    };
    let mut client = Client::comes(&hub, audience, Look::everything());
    let show = |day: &Day, client: &mut Client| {
        hub.bring_up(&[day.told.last().expect("a block").clone()]);
        client.ticks();
        client.held.len()
    };
    let incident = day.opens(Said::report("1", day.now, nancheng(), "E0402"));
    assert_eq!(show(&day, &mut client), 0);
    day.hear(Said::alarm("A", day.now, Some("panel-1"), "E0406"));
    day.hear(Said::unit("bus-1", day.now, nancheng()));
    assert_eq!(
        show(&day, &mut client),
        0,
        "neither alarms nor units of others"
    );
    let support = Command::AddSupport(department("cgj"));
    // The pack already has one in support.
    day.must(&dispatcher(), incident.id, support);
    assert_eq!(show(&day, &mut client), 1);
    let leave = Command::RemoveSupport(department("cgj"));
    day.must(&dispatcher(), incident.id, leave);
    assert_eq!(
        show(&day, &mut client),
        1,
        "what it once had it may still read"
    );
    // Its own comment is not its to give any more, nor is anything of it told to others.
    let comment = Command::Comment {
        text: "…".into(),
        said: Default::default(),
    };
    assert!(
        day.command(&responder("cgj"), incident.id, comment)
            .is_err()
    );
}

#[test]
fn every_change_of_an_incident_is_told_and_of_what_moves_the_latest() {
    let mut day = Day::begin();
    let hub = hub_of(&day);
    let mut client = Client::comes(&hub, Audience::City, Look::everything());
    let incident = day
        .opens(Said::report("1", day.now, nancheng(), "E0608"))
        .id;
    let by = person("li.na", Role::Operator);
    for level in [1u8, 3, 2] {
        let severity = level.try_into().expect("a severity");
        day.must(&by, incident, Command::SetSeverity(severity));
    }
    for step in 0..5 {
        day.later(1);
        let there = nancheng().offset_m(f64::from(step) * 50.0, 0.0);
        day.hear(Said::unit("bus-1", day.now, there));
    }
    for stepped in &day.told {
        hub.bring_up(std::slice::from_ref(stepped));
    }
    let messages = client.told_now();
    let [ServerMessage::Delta(delta)] = messages.as_slice() else {
        panic!("{messages:?}");
    };
    let levels: Vec<u8> = delta
        .incidents
        .iter()
        .map(|one| one.severity.level())
        .collect();
    assert_eq!(levels, [3, 1, 3, 2]);
    assert_eq!(delta.units.len(), 1);
    assert_eq!(delta.units[0].id, thing("bus-1"));
    assert_eq!(delta.from + day.told.len() as u64, delta.to);
}

#[test]
fn an_idle_view_is_told_nothing_that_is_not_in_it() {
    let mut day = Day::begin();
    let hub = hub_of(&day);
    let look = Look {
        bbox: [0.0, 0.0, 1.0, 1.0],
        ..Look::everything()
    };
    let mut client = Client::comes(&hub, Audience::City, look);
    day.hear(Said::unit("bus-1", day.now, nancheng()));
    hub.bring_up(&[day.told[0].clone()]);
    assert!(client.told_now().is_empty());
    client.compares();
    assert_eq!(
        client.told, 1,
        "asked for a digest it is told how far the city is"
    );
}

#[test]
fn a_changed_pack_renames_what_is_shown() {
    let mut day = Day::begin();
    day.opens(Said::report("1", day.now, nancheng(), "E0402"));
    day.hear(Said::unit("bus-1", day.now, nancheng()));
    let hub = hub_of(&day);
    let mut client = Client::comes(&hub, Audience::City, Look::everything());
    let mut city = (*day.city()).clone();
    for town in &mut city.towns {
        town.name = format!("新{}", town.name);
    }
    day.block(vec![Input::City(Box::new(city))]);
    hub.bring_up(&[day.told.last().expect("a block").clone()]);
    client.ticks();
    assert!(
        client
            .held
            .values()
            .all(|view| view.to_string().contains("新南城")),
        "{:?}",
        client.held
    );
    assert_eq!(client.held, client.fresh(&hub_of(&day)));
}

#[test]
fn what_cannot_be_understood_changes_nothing_and_says_why() {
    let day = Day::begin();
    let hub = hub_of(&day);
    let mut client = Client::comes(&hub, Audience::City, Look::everything());
    for text in [
        "",
        "{",
        "[]",
        "{\"subscribe\": {}}",
        "{\"unknown\": true}",
        "{\"subscribe\": {\"bbox\": [1, 2, 3], \"layers\": []}}",
        "{\"subscribe\": {\"bbox\": [0, 0, 400, 1], \"layers\": []}}",
        "{\"subscribe\": {\"bbox\": [0, 5, 1, 1], \"layers\": []}}",
        "{\"subscribe\": {\"bbox\": [0, 0, 1, 1], \"layers\": [\"nothing\"]}}",
        "{\"subscribe\": {\"bbox\": [0, 0, 1, 1], \"layers\": [], \"zoom\": 99}}",
        "{\"subscribe\": {\"bbox\": [0, 0, 1, 1], \"layers\": [], \"filter\": \"severity <\"}}",
        "{\"subscribe\": {\"bbox\": [0, 0, 1, 1], \"layers\": [], \"filter\": \"colour=red\"}}",
    ] {
        let answers = client.says(text);
        assert!(
            matches!(answers.as_slice(), [ServerMessage::Error(problem)] if !problem.detail.is_empty()),
            "{text}: {answers:?}"
        );
    }
    client.compares();
}

#[test]
fn a_digest_that_is_asked_for_in_a_loop_is_told_once_a_second() {
    let day = Day::begin();
    let (hub, _wake) = Hub::still(day.picture(), 7, 100);
    let mut viewer = Viewer::new(hub, Audience::City);
    let look = r#"{"subscribe": {"bbox": [113.3, 22.5, 114.5, 23.4], "zoom": 10, "layers": ["incidents"]}}"#;
    assert_eq!(viewer.hear(look).len(), 1);
    let told = |answers: Vec<ServerMessage>| {
        let digests = answers.into_iter();
        digests
            .filter(|answer| matches!(answer, ServerMessage::Digest(_)))
            .count()
    };
    let at_once = (0..100).map(|_| told(viewer.hear(r#"{"digest": true}"#)));
    assert_eq!(at_once.sum::<usize>(), 1);
    assert_eq!(told(viewer.idle()), 0);
    std::thread::sleep(std::time::Duration::from_millis(1_050));
    assert_eq!((told(viewer.idle()), told(viewer.idle())), (1, 0));
}
