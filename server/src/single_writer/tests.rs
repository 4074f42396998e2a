//! The machine steps the same journal to the same Picture, from the start, from any snapshot, on any day; and the writer
//! makes durable before it does anything.

mod queue_and_writer;

use std::sync::Arc;

use domain::alarm::AlarmState;
use domain::change::{Change, Outcome};
use domain::command::{AlarmCommand, AlarmCommandGiven, Block, Command, Input, LOGIC};
use domain::ids::{BlockNumber, CommandId};
use domain::incident::Happening;
use domain::picture::Picture;
use domain::time::Timestamp;
use proptest::prelude::*;

use super::rehearsal::living::{Event, Living, event};
use super::rehearsal::{
    Day, MORNING, NOBODYS, Said, at, beijing, dongguan, kind, nancheng, operator, place, responder,
    shift_leader, thing,
};
use super::{Machine, Shadow};

fn bytes(picture: &Picture) -> Vec<u8> {
    postcard::to_stdvec(picture).expect("a picture can be written")
}

fn written_and_read(block: &Block) -> Block {
    let bytes = postcard::to_stdvec(block).expect("a block can be written");
    let read: Block = postcard::from_bytes(&bytes).expect("and read");
    assert_eq!(read, *block);
    read
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_same_journal_gives_the_same_picture_from_the_start_and_from_any_snapshot(
        events in prop::collection::vec(event(), 1..90),
        cut in any::<prop::sample::Index>(),
    ) {
        let lived = Living::live(&events);
        let whole = bytes(lived.picture());

        let mut again = Day::begin();
        let mut snapshot = None;
        let middle = cut.index(lived.journal.len());
        for (index, block) in lived.journal.iter().enumerate() {
            let stepped = again.machine.step(&written_and_read(block));
            prop_assert_eq!(&stepped, &*lived.told[index]);
            if index == middle {
                snapshot = Some(again.restarted());
            }
        }
        prop_assert!(bytes(again.picture()) == whole, "another Picture from the same journal");

        let mut tail = snapshot.expect("the middle was passed");
        for (index, block) in lived.journal.iter().enumerate().skip(middle + 1) {
            let stepped = tail.machine.step(block);
            prop_assert_eq!(&stepped, &*lived.told[index], "after the snapshot of block {}", middle);
        }
        prop_assert!(bytes(tail.picture()) == whole, "another Picture from the snapshot");
        for pair in lived.told.windows(2) {
            prop_assert!(pair[0].now <= pair[1].now);
        }
    }
}

#[test]
fn a_change_of_the_pack_in_the_middle_of_a_block_is_an_input_like_any_other() {
    let mut other = (*dongguan()).clone();
    other
        .categories
        .get_mut(&kind("E0402"))
        .expect("a kind")
        .family = "drone".into();
    let report = |id: &str, category: &str| {
        let said = Said::report(id, at(MORNING), beijing(), category);
        Input::Observation(Box::new(said.sealed()))
    };
    let blocks = [
        vec![report("0", NOBODYS)],
        vec![
            Input::City(Box::new((*dongguan()).clone())),
            report("1", NOBODYS),
            report("2", "E0402"),
            Input::City(Box::new(other)),
            report("3", "E0402"),
        ],
    ];
    let journal: Vec<Block> = blocks
        .into_iter()
        .zip(1..)
        .map(|(inputs, number)| Block {
            logic: LOGIC,
            number: BlockNumber(number),
            now: at(MORNING),
            inputs,
        })
        .collect();
    let mut one = Machine::of(Picture::empty());
    let told: Vec<_> = journal.iter().map(|block| one.step(block)).collect();
    assert_eq!(
        told[0].outcomes.len(),
        1,
        "without a pack it is refused, not lost in silence"
    );
    assert!(told[0].changes.is_empty());
    let open: Vec<u32> = one
        .picture()
        .incidents
        .values()
        .map(|one| one.evidence_count)
        .collect();
    // Under the new pack the third is one with both families that were two.
    assert_eq!(open.iter().sum::<u32>(), 3);
    let mut other = Machine::of(Picture::empty());
    for (block, told) in journal.iter().zip(&told) {
        assert_eq!(other.step(&written_and_read(block)), *told);
    }
    assert_eq!(bytes(other.picture()), bytes(one.picture()));
    let restarted = Machine::of(postcard::from_bytes(&bytes(one.picture())).expect("a picture"));
    assert_eq!(restarted.picture(), one.picture());
}

#[test]
fn what_is_due_fires_by_time_and_then_by_id_before_what_comes_in() {
    let mut day = Day::begin();
    let far = |index: u32| nancheng().offset_m(f64::from(index) * 1_000.0, 0.0);
    let mut ids = Vec::new();
    for index in 0..3 {
        ids.push(
            day.opens(Said::report(
                &index.to_string(),
                day.now,
                far(index),
                "E0402",
            ))
            .id,
        );
    }
    day.later(5);
    ids.push(day.opens(Said::report("late", day.now, far(3), "E0403")).id);
    // All lights of all four change while nobody looks.
    day.later(600);
    let stepped = day.feed([Said::report("new", day.now, far(9), "E0402")]);
    assert_eq!(stepped.len(), 1);
    let told = day.told.last().expect("a block");
    let lights: Vec<_> = told
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Timeline(entry) if matches!(entry.what, Happening::LightChanged(_)) => {
                Some(entry.incident)
            }
            _ => None,
        })
        .collect();
    let (gas, water) = (ids[3], &ids[..3]);
    // Gas: one hour, yellow at 48 min and red at 60, from minute 5. Water: four hours, yellow at 192, red at 240.
    let mut expected = vec![gas, gas];
    expected.extend(water);
    expected.extend(water);
    assert_eq!(lights, expected);
    let first_new = told
        .changes
        .iter()
        .position(|change| matches!(change, Change::Evidence(_)));
    let last_light = told.changes.iter().rposition(
        |change| matches!(change, Change::Timeline(entry) if matches!(entry.what, Happening::LightChanged(_))),
    );
    assert!(
        last_light < first_new,
        "what is due comes before what comes in"
    );
    day.tick();
    assert!(
        day.told.last().expect("a block").changes.is_empty(),
        "and once only"
    );
}

#[test]
fn a_command_on_an_alarm_sent_twice_is_carried_out_once() {
    let mut day = Day::begin();
    day.hear(Said::alarm("A", day.now, Some("panel-1"), "E0406"));
    let alarm = day.alarms()[0].id;
    let give = |day: &mut Day, id: u128, command: AlarmCommand| {
        let given = AlarmCommandGiven {
            id: Some(CommandId::from_bits(id)),
            alarm,
            by: operator(),
            as_of: day.picture().block,
            command,
        };
        let stepped = day.block(vec![Input::AlarmCommand(Box::new(given))]);
        stepped.outcomes[0].clone()
    };
    let shelve = AlarmCommand::Shelve {
        until: day.now.plus_minutes(30),
        reason: "works".into(),
    };
    let shelved = give(&mut day, 1, shelve.clone());
    let answered_in = day.picture().block;
    let refused = give(&mut day, 2, AlarmCommand::Reset);
    give(&mut day, 3, AlarmCommand::Unshelve);
    let told: Vec<&Change> = day.told.iter().flat_map(|block| &block.changes).collect();
    let kept = told.iter().find_map(|change| match change {
        Change::AlarmAnswered(answer) if answer.id == CommandId::from_bits(1) => Some(answer),
        _ => None,
    });
    assert_eq!(
        kept.map(|kept| Outcome::AlarmCommand(kept.answer.clone())),
        Some(shelved),
        "told to whoever keeps answers"
    );
    assert_eq!(
        give(&mut day, 1, shelve),
        Outcome::AlarmRepeated(answered_in, CommandId::from_bits(1)),
        "the first answer"
    );
    assert_eq!(
        day.alarm(alarm).state,
        AlarmState::ActiveUnacknowledged,
        "and it is not shelved anew"
    );
    day.hear(Said::clear("B", day.now, Some("panel-1"), "E0406"));
    assert!(matches!(refused, Outcome::AlarmCommand(Err(_))));
    assert_eq!(
        give(&mut day, 2, AlarmCommand::Reset),
        Outcome::AlarmRepeated(answered_in.next(), CommandId::from_bits(2)),
        "refused then, so refused now"
    );
}

#[test]
fn shelved_again_an_alarm_comes_back_at_the_later_time_only() {
    let mut day = Day::begin();
    day.hear(Said::alarm("A", day.now, Some("panel-1"), "E0406"));
    let alarm = day.alarms()[0].id;
    let mut commands = 0;
    let mut shelve = |day: &mut Day, minutes: i64| {
        commands += 1;
        let given = AlarmCommandGiven {
            id: Some(CommandId::from_bits(commands)),
            alarm,
            by: operator(),
            as_of: day.picture().block,
            command: AlarmCommand::Shelve {
                until: day.now.plus_minutes(minutes),
                reason: "works".into(),
            },
        };
        day.block(vec![Input::AlarmCommand(Box::new(given))]);
        assert_eq!(day.alarm(alarm).state, AlarmState::Shelved);
    };
    shelve(&mut day, 30);
    day.later(10);
    shelve(&mut day, 120);
    day.later(60);
    day.tick();
    assert_eq!(
        day.alarm(alarm).state,
        AlarmState::Shelved,
        "the first time no longer holds"
    );
    day.later(60);
    day.tick();
    assert_eq!(day.alarm(alarm).state, AlarmState::ActiveUnacknowledged);
}

#[test]
fn ids_come_from_the_block_and_the_place_in_it() {
    let mut day = Day::begin();
    let said = (0..5).map(|index| {
        let there = nancheng().offset_m(f64::from(index) * 1_000.0, 0.0);
        Said::report(&index.to_string(), at(MORNING), there, "E0402")
    });
    day.feed(said);
    let block = day.picture().block.0;
    for id in day.picture().incidents.keys() {
        assert_eq!(id.bits() >> 20, block);
        assert_eq!(id.to_string().parse(), Ok(*id));
    }
    let numbers: Vec<String> = day
        .open_incidents()
        .iter()
        .map(|incident| incident.number.clone())
        .collect();
    assert_eq!(numbers[0], "E0402202611230001");
    assert_eq!(numbers[4], "E0402202611230005");
    day.until("2026-11-24T00:00:00+08:00");
    let next = day.opens(Said::report("next", day.now, beijing(), "E0301"));
    assert_eq!(next.number, "E0301202611240001", "each day counts from one");
}

#[test]
fn the_shadow_is_the_machine_a_little_later() {
    let events: Vec<Event> = (0..40)
        .map(|index| match index % 4 {
            0 => Event::Report {
                what: 0,
                east: index * 9,
                accuracy: 10,
                severity: 2,
                drill: false,
            },
            1 => Event::Pm25(index as u16 * 9),
            2 => Event::Cut,
            _ => Event::Passes(20),
        })
        .collect();
    let lived = Living::live(&events);
    let mut shadow = Shadow::of(Day::begin().picture().clone(), super::InForce::default());
    assert!(shadow.due(true).is_none(), "nothing has happened yet");
    for block in &lived.journal {
        shadow.follow(block);
        assert!(
            shadow.due(false).is_none(),
            "not often enough for a snapshot"
        );
    }
    let snapshot = shadow.due(true).expect("asked for");
    assert_eq!(snapshot.0, lived.picture());
    assert!(shadow.due(true).is_none(), "it is written already");
}

#[test]
fn a_city_day_leaves_what_it_should() {
    let mut day = Day::begin();
    day.hear(Said::unit("bus-1", day.now, place(113.75, 23.02)));
    let unit = day.picture().units[&thing("bus-1")].clone();
    assert_eq!(unit.heard_at, day.now);
    assert!(unit.town.is_some());
    let incident = day.opens(Said::report("1", day.now, nancheng(), "E0402"));
    let lead = incident.lead.clone().expect("dispatched");
    let by = responder(lead.department.as_str());
    day.must(&by, incident.id, Command::Acknowledge);
    day.must(
        &by,
        incident.id,
        Command::Arrive {
            said: Default::default(),
        },
    );
    let text = "修好了".to_owned();
    day.must(
        &by,
        incident.id,
        Command::Resolve {
            text: text.clone(),
            said: Default::default(),
        },
    );
    day.must(
        &operator(),
        incident.id,
        Command::Check { passed: true, text },
    );
    let standard = "供水恢复".to_owned();
    let closed = day.must(&shift_leader(), incident.id, Command::Close { standard });
    assert!(closed.clock.is_none());
    let told: Vec<String> = day
        .timeline(incident.id)
        .iter()
        .filter_map(|entry| match &entry.what {
            Happening::Commanded { command, .. } => Some(command.to_string()),
            _ => None,
        })
        .collect();
    let way = [
        "register",
        "dispatch",
        "acknowledge",
        "arrive",
        "resolve",
        "check",
        "close",
    ];
    assert_eq!(told, way);
    let moments: Vec<Timestamp> = day.told.iter().map(|told| told.now).collect();
    assert!(moments.is_sorted());
    let journal: Vec<Arc<_>> = day.told.clone();
    assert_eq!(journal.len(), day.journal.len());
}
