//! What becomes of an alarm (ISA-18.2): taken note of, put aside, out of service, chattering, left standing.

use std::sync::Arc;

use domain::alarm::table::{self, AlarmEvent};
use domain::alarm::{Alarm, AlarmState};
use domain::command::{AlarmCommand, AlarmRefusal, Refusal};
use domain::ids::AlarmId;

use crate::single_writer::rehearsal::{
    Day, Said, commander, humen, operator, person, shift_leader,
};

use AlarmCommand::{Acknowledge, PutInService, Reset, Silence, Unshelve};

fn smoke(day: &Day, id: &str) -> Said {
    Said::alarm(id, day.now, Some("panel-1"), "E0406")
}

fn no_smoke(day: &Day, id: &str) -> Said {
    Said::clear(id, day.now, Some("panel-1"), "E0406")
}

/// A day on which a panel has raised an alarm.
fn smoky() -> (Day, AlarmId) {
    let mut day = Day::begin();
    day.hear(smoke(&day, "A"));
    let alarm = day.alarms()[0].id;
    (day, alarm)
}

fn shelve(day: &Day, minutes: i64) -> AlarmCommand {
    AlarmCommand::Shelve {
        until: day.now.plus_minutes(minutes),
        reason: "welding in the hall".into(),
    }
}

fn broken() -> AlarmCommand {
    AlarmCommand::TakeOutOfService {
        reason: "the sensor is broken".into(),
    }
}

fn done(day: &mut Day, alarm: AlarmId, command: AlarmCommand) -> Arc<Alarm> {
    let what = format!("{command:?}");
    let answer = day.on_alarm(&shift_leader(), alarm, command);
    answer.unwrap_or_else(|refusal| panic!("{what} was refused: {refusal:?}"))
}

fn refused(day: &mut Day, alarm: AlarmId, command: AlarmCommand) -> AlarmRefusal {
    match day.on_alarm(&shift_leader(), alarm, command) {
        Err(Refusal::OfAlarm(why)) => why,
        other => panic!("answered with {other:?}"),
    }
}

#[test]
fn silence_ends_the_voice_and_nothing_else() {
    let (mut day, alarm) = smoky();
    assert!(day.alarm(alarm).needs_voice());
    let silenced = done(&mut day, alarm, Silence);
    assert!(!silenced.needs_voice());
    assert_eq!(silenced.state, AlarmState::ActiveUnacknowledged);
    assert_eq!(silenced.acknowledged, None);
}

#[test]
fn who_took_note_first_stays() {
    let (mut day, alarm) = smoky();
    let noted = day.on_alarm(&operator(), alarm, Acknowledge).expect("may");
    assert_eq!(noted.state, AlarmState::ActiveAcknowledged);
    assert!(!noted.needs_voice());
    day.later(5);
    let again = done(&mut day, alarm, Acknowledge);
    assert_eq!(again.acknowledged, noted.acknowledged);
    day.hear(no_smoke(&day, "B"));
    assert_eq!(day.alarm(alarm).state, AlarmState::Normal);
    assert_eq!(
        refused(&mut day, alarm, Acknowledge),
        AlarmRefusal::WrongState(AlarmState::Normal)
    );
}

#[test]
fn an_acknowledgement_says_nothing_of_what_rose_or_grew_worse_after_it_was_pressed() {
    let (mut day, alarm) = smoky();
    let seen = day.picture().block;
    day.later(10);
    day.hear(no_smoke(&day, "B"));
    day.later(10);
    day.hear(smoke(&day, "C"));
    let late = day.on_alarm_as_of(&operator(), alarm, Acknowledge, seen);
    assert_eq!(late, Err(Refusal::OfAlarm(AlarmRefusal::ToldSince)));
    assert!(day.alarm(alarm).needs_voice(), "nothing was done to it");
    let before = domain::ids::BlockNumber(0);
    let early = day.on_alarm_as_of(&operator(), alarm, Acknowledge, before);
    assert_eq!(early, Err(Refusal::OfAlarm(AlarmRefusal::NotYetThere)));
    done(&mut day, alarm, Acknowledge);

    let mut day = Day::begin();
    day.hear(Said::pm25(day.now, 80.0));
    let alarm = day.alarms()[0].id;
    done(&mut day, alarm, Acknowledge);
    let seen = day.picture().block;
    day.later(60);
    day.hear(Said::pm25(day.now, 260.0));
    let worse = day.alarm(alarm);
    assert_eq!(worse.state, AlarmState::ActiveUnacknowledged);
    assert!(worse.needs_voice() && worse.acknowledged.is_none());
    let late = day.on_alarm_as_of(&operator(), alarm, Acknowledge, seen);
    assert_eq!(late, Err(Refusal::OfAlarm(AlarmRefusal::ToldSince)));
}

#[test]
fn what_is_there_again_before_anybody_took_note_is_the_same_alarm_and_evidence_once_more() {
    let (mut day, alarm) = smoky();
    day.later(10);
    day.hear(no_smoke(&day, "B"));
    assert_eq!(day.alarm(alarm).state, AlarmState::ClearedUnacknowledged);
    day.later(10);
    day.hear(smoke(&day, "C"));
    let again = day.alarm(alarm);
    assert_eq!(day.alarms().len(), 1);
    assert_eq!((again.returned, again.stands()), (1, true));
    assert_eq!(again.told_in, day.picture().block);
    let incident = again.incident.expect("evidence");
    assert_eq!(day.incident(incident).evidence_count, 2);

    // Noted and over, the next is another.
    done(&mut day, alarm, Acknowledge);
    day.later(10);
    day.hear(no_smoke(&day, "D"));
    day.later(10);
    day.hear(smoke(&day, "E"));
    assert_eq!(day.alarms().len(), 2);
}

#[test]
fn an_alarm_that_is_there_again_in_another_hour_may_lie_with_another_incident() {
    let mut day = Day::begin();
    day.hear(Said::pm25(day.now, 76.0));
    let alarm = day.alarms()[0].id;
    let first = day.alarm(alarm).incident;
    day.later(1);
    day.hear(Said::pm25(day.now, 0.0));
    day.later(90);
    day.hear(Said::pm25(day.now, 76.0));
    let again = day.alarm(alarm);
    assert_eq!(again.returned, 1);
    assert_ne!(again.incident, first);
}

#[test]
fn a_latching_alarm_waits_for_a_reset_that_nothing_else_gives() {
    let mut day = Day::begin();
    let gas = |day: &Day, value| Said::reading("detector", day.now, "gas_lel", value, "%LEL");
    day.hear(gas(&day, 40.0));
    let alarm = day.alarms()[0].id;
    assert_eq!(
        refused(&mut day, alarm, Reset),
        AlarmRefusal::WrongState(AlarmState::ActiveUnacknowledged)
    );
    done(&mut day, alarm, Acknowledge);
    day.later(10);
    day.hear(gas(&day, 5.0));
    assert_eq!(day.alarm(alarm).state, AlarmState::Latched);
    assert_eq!(
        refused(&mut day, alarm, Acknowledge),
        AlarmRefusal::WrongState(AlarmState::Latched)
    );
    day.later(10);
    day.hear(gas(&day, 60.0));
    assert_eq!(day.alarm(alarm).state, AlarmState::ActiveUnacknowledged);
    day.later(10);
    day.hear(gas(&day, 5.0));
    // Cleared before anybody took note: two things are owed.
    assert_eq!(day.alarm(alarm).state, AlarmState::ClearedUnacknowledged);
    assert_eq!(
        refused(&mut day, alarm, Reset),
        AlarmRefusal::WrongState(AlarmState::ClearedUnacknowledged)
    );
    assert_eq!(
        done(&mut day, alarm, Acknowledge).state,
        AlarmState::Latched
    );
    assert_eq!(done(&mut day, alarm, Reset).state, AlarmState::Normal);
}

#[test]
fn from_the_shelf_an_alarm_comes_back_as_it_truly_is() {
    // Still standing: it calls again, unless somebody had taken note of just that.
    let (mut day, alarm) = smoky();
    let aside = shelve(&day, 30);
    let shelved = done(&mut day, alarm, aside);
    assert!(!shelved.needs_voice());
    assert_eq!(
        shelved.shelved.as_ref().map(|one| one.reason.as_str()),
        Some("welding in the hall")
    );
    day.later(30);
    day.tick();
    assert!(day.alarm(alarm).needs_voice());
    done(&mut day, alarm, Acknowledge);
    let aside = shelve(&day, 30);
    done(&mut day, alarm, aside);
    day.later(30);
    day.tick();
    assert_eq!(day.alarm(alarm).state, AlarmState::ActiveAcknowledged);

    // Cleared meanwhile: normal, and no new alarm.
    let aside = shelve(&day, 30);
    done(&mut day, alarm, aside);
    day.later(10);
    day.hear(no_smoke(&day, "B"));
    day.later(20);
    day.tick();
    let over = day.alarm(alarm);
    assert_eq!(over.state, AlarmState::Normal);
    assert_eq!(day.alarms().len(), 1);

    // Put aside while all is well, risen meanwhile: untold until then, and raised.
    let aside = shelve(&day, 30);
    done(&mut day, alarm, aside);
    day.later(10);
    day.hear(smoke(&day, "C"));
    assert_eq!(day.alarm(alarm).state, AlarmState::Shelved);
    assert_eq!(day.alarms().len(), 1);
    day.later(20);
    day.tick();
    let back = day.alarm(alarm);
    assert!(back.needs_voice());
    assert_eq!(back.told_at, day.now);
}

#[test]
fn a_shelf_has_a_reason_and_an_end_within_a_day() {
    let (mut day, alarm) = smoky();
    let now = day.now;
    let given = |minutes, reason: &str| AlarmCommand::Shelve {
        until: now.plus_minutes(minutes),
        reason: reason.into(),
    };
    for (command, pointer) in [
        (given(60, " "), "/reason"),
        (given(0, "works"), "/until"),
        (given(-5, "works"), "/until"),
        (given(24 * 60 + 1, "works"), "/until"),
        (
            AlarmCommand::TakeOutOfService { reason: "".into() },
            "/reason",
        ),
    ] {
        match day.on_alarm(&shift_leader(), alarm, command) {
            Err(Refusal::Invalid { pointer: at, .. }) => assert_eq!(at, pointer),
            other => panic!("answered with {other:?}"),
        }
    }
    done(&mut day, alarm, given(24 * 60, "works"));

    let mut day = Day::in_city(|city| city.alarm_ways.shelve_at_most_minutes = 30);
    day.hear(smoke(&day, "A"));
    let alarm = day.alarms()[0].id;
    let (half, longer) = (shelve(&day, 30), shelve(&day, 31));
    assert!(day.on_alarm(&operator(), alarm, longer).is_err());
    done(&mut day, alarm, half);
}

#[test]
fn out_of_service_an_alarm_is_silent_and_no_evidence_until_it_is_put_back() {
    let (mut day, alarm) = smoky();
    day.hear(no_smoke(&day, "B"));
    assert_eq!(
        day.on_alarm(&operator(), alarm, broken()),
        Err(Refusal::OfAlarm(AlarmRefusal::WrongRole))
    );
    let administrator = person("sun.li", domain::account::Role::Administrator);
    let out = day.on_alarm(&administrator, alarm, broken()).expect("may");
    assert_eq!(out.state, AlarmState::OutOfService);
    assert_eq!(
        day.on_alarm(&administrator, alarm, Acknowledge),
        Err(Refusal::OfAlarm(AlarmRefusal::WrongRole)),
        "who manages the instruments does not sit at the desk"
    );
    let before = day.picture().evidence.len();
    day.later(300);
    day.hear(smoke(&day, "C"));
    assert_eq!(day.alarm(alarm).state, AlarmState::OutOfService);
    assert_eq!(day.picture().evidence.len(), before);
    let back = done(&mut day, alarm, PutInService);
    assert!(back.needs_voice(), "it has been standing meanwhile");
    assert_eq!(back.out_of_service, None);
}

#[test]
fn only_those_of_the_desk_command_and_only_what_there_is() {
    let (mut day, alarm) = smoky();
    for event in [Silence, Acknowledge, Reset, shelve(&day, 5), Unshelve] {
        let answer = day.on_alarm(&commander(), alarm, event);
        assert_eq!(answer, Err(Refusal::OfAlarm(AlarmRefusal::WrongRole)));
    }
    let none = AlarmId::from_bits(77);
    assert_eq!(refused(&mut day, none, Silence), AlarmRefusal::Unknown);
}

/// Every state, reached as it is in life.
fn in_state(state: AlarmState) -> (Day, AlarmId) {
    let mut day = Day::in_city(|city| city.alarm_ways.latch = vec!["E0406".into()]);
    day.hear(smoke(&day, "A"));
    let alarm = day.alarms()[0].id;
    let over = |day: &mut Day| {
        day.later(10);
        day.hear(no_smoke(day, "B"));
    };
    match state {
        AlarmState::ActiveUnacknowledged => {}
        AlarmState::ActiveAcknowledged => {
            done(&mut day, alarm, Acknowledge);
        }
        AlarmState::ClearedUnacknowledged => over(&mut day),
        AlarmState::Latched => {
            over(&mut day);
            done(&mut day, alarm, Acknowledge);
        }
        AlarmState::Normal => {
            over(&mut day);
            done(&mut day, alarm, Acknowledge);
            done(&mut day, alarm, Reset);
        }
        AlarmState::Shelved => {
            let aside = shelve(&day, 30);
            done(&mut day, alarm, aside);
        }
        AlarmState::OutOfService => {
            done(&mut day, alarm, broken());
        }
        AlarmState::SuppressedByDesign => {
            let mut day = Day::begin();
            day.hear(Said::reading("road-1", day.now, "water_depth", 0.3, "m"));
            day.later(2);
            day.hear(Said::reading("road-1", day.now, "water_depth", 0.3, "m"));
            let alarm = day.alarms()[0].id;
            day.hear(Said::alarm("W", day.now, Some("weather"), "E0405").worth(2));
            assert_eq!(day.alarm(alarm).state, AlarmState::SuppressedByDesign);
            return (day, alarm);
        }
    }
    assert_eq!(day.alarm(alarm).state, state);
    (day, alarm)
}

#[test]
fn every_command_in_every_state_does_what_the_table_says() {
    for state in AlarmState::ALL {
        let (day, alarm) = in_state(state);
        for command in [
            Silence,
            Acknowledge,
            Reset,
            shelve(&day, 5),
            Unshelve,
            broken(),
            PutInService,
        ] {
            let mut day = day.what_if();
            let event = command.event();
            let row = table::row_of(event, state);
            match day.on_alarm(&person_for(event), alarm, command) {
                Ok(after) => {
                    let row = row.unwrap_or_else(|| panic!("{event:?} in {state:?}"));
                    assert!(row.outcome.targets(state).contains(&after.state));
                }
                Err(refusal) => {
                    let why = AlarmRefusal::WrongState(state);
                    assert_eq!(refusal, Refusal::OfAlarm(why), "{event:?} in {state:?}");
                    assert!(row.is_none(), "{event:?} in {state:?}");
                    assert_eq!(day.alarm(alarm).state, state);
                }
            }
        }
    }
}

fn person_for(event: AlarmEvent) -> domain::account::Actor {
    person("somebody", event.roles()[0])
}

#[test]
fn what_comes_and_goes_is_held_and_told_once_until_it_is_quiet() {
    let (mut day, alarm) = smoky();
    let told = day.alarm(alarm).told_in;
    let seconds = |day: &mut Day, seconds: i64| {
        day.later_ms(seconds * 1000);
    };
    let before = day.picture().evidence.len();
    seconds(&mut day, 5);
    day.hear(no_smoke(&day, "B1"));
    assert_eq!(day.alarm(alarm).state, AlarmState::ClearedUnacknowledged);
    seconds(&mut day, 5);
    day.hear(smoke(&day, "A1"));
    let chatters = day.alarm(alarm);
    assert!(chatters.chattering, "up, down and up within a minute");
    assert!(chatters.told_in > told);
    let told = chatters.told_in;
    let evidence = day.picture().evidence.len();
    assert_eq!(evidence, before + 1);
    for turn in 0..20 {
        seconds(&mut day, 5);
        day.hear(no_smoke(&day, &format!("down-{turn}")));
        assert!(day.alarm(alarm).stands(), "held");
        seconds(&mut day, 5);
        day.hear(smoke(&day, &format!("up-{turn}")));
    }
    let held = day.alarm(alarm);
    assert_eq!((held.told_in, held.returned), (told, 1));
    assert_eq!(day.picture().evidence.len(), evidence, "told once");
    assert_eq!(day.alarms().len(), 1);
    done(&mut day, alarm, Acknowledge);
    seconds(&mut day, 5);
    day.hear(no_smoke(&day, "last"));
    seconds(&mut day, 119);
    day.tick();
    assert!(day.alarm(alarm).chattering, "not quiet for long enough yet");
    seconds(&mut day, 1);
    day.tick();
    let quiet = day.alarm(alarm);
    assert!(!quiet.chattering);
    assert_eq!(quiet.state, AlarmState::Normal);
    assert_eq!(quiet.returned, 21);
}

#[test]
fn what_a_person_has_taken_note_of_may_chatter_too() {
    let (mut day, alarm) = smoky();
    for turn in 0..3 {
        done(&mut day, alarm, Acknowledge);
        day.later_ms(2_000);
        day.hear(no_smoke(&day, &format!("down-{turn}")));
        day.later_ms(2_000);
        day.hear(smoke(&day, &format!("up-{turn}")));
    }
    assert_eq!(day.alarms().len(), 1, "not one for each time");
    let held = day.alarm(alarm);
    assert!(held.chattering);
    assert_eq!(held.state, AlarmState::ActiveAcknowledged);
}

#[test]
fn slow_changes_and_changes_at_other_things_are_no_chatter() {
    let mut day = Day::begin();
    for turn in 0..6 {
        day.later(1);
        day.hear(smoke(&day, &format!("up-{turn}")));
        day.later_ms(20_000);
        day.hear(no_smoke(&day, &format!("down-{turn}")));
    }
    assert!(day.alarms().iter().all(|alarm| !alarm.chattering));
    let mut day = Day::begin();
    for turn in 0..6 {
        let of = format!("panel-{turn}");
        day.hear(Said::alarm(
            &format!("up-{turn}"),
            day.now,
            Some(&of),
            "E0406",
        ));
        day.hear(Said::clear(
            &format!("d-{turn}"),
            day.now,
            Some(&of),
            "E0406",
        ));
    }
    assert_eq!(day.alarms().len(), 6);
    assert!(day.alarms().iter().all(|alarm| !alarm.chattering));
}

#[test]
fn a_recording_sent_in_one_go_chatters_by_its_own_times_not_by_ours() {
    let mut day = Day::begin();
    day.later(120);
    let from = day.now.plus_minutes(-100);
    let values = (0..10).map(|ten| {
        let value = if ten % 2 == 0 { 90.0 } else { 10.0 };
        Said::pm25(from.plus_minutes(ten * 10), value)
    });
    day.feed(values);
    assert_eq!(day.alarms().len(), 1);
    let alarm = day.alarms()[0].clone();
    assert!(!alarm.chattering);
    assert_eq!(alarm.returned, 4);
}

#[test]
fn standing_for_a_day_an_alarm_is_stale() {
    let (mut day, alarm) = smoky();
    done(&mut day, alarm, Acknowledge);
    day.later(24 * 60 - 1);
    day.tick();
    assert!(!day.alarm(alarm).stale);
    day.later(1);
    day.tick();
    assert!(day.alarm(alarm).stale);
    day.hear(no_smoke(&day, "B"));
    assert!(!day.alarm(alarm).stale, "it is over");
    let waits = |timer: &domain::picture::Timer| matches!(timer, domain::picture::Timer::Stale(_));
    assert!(!day.picture().timers.iter().any(|(_, timer)| waits(timer)));
}

#[test]
fn what_is_of_long_ago_calls_nobody() {
    let mut day = Day::begin();
    let long_ago = day.now.plus_minutes(-25 * 60);
    day.hear(Said::alarm("old", long_ago, Some("panel-1"), "E0406"));
    day.hear(Said::alarm("new", day.now, Some("panel-1"), "E0406").at(humen()));
    let alarms = day.alarms();
    assert_eq!(alarms.len(), 2);
    assert!(alarms[0].history && !alarms[0].needs_voice());
    assert!(alarms[1].needs_voice());
}
