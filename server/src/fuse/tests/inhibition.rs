//! Suppression by design: a warning of flooding mutes the gauges of its town, whatever came first.

use std::sync::Arc;

use domain::alarm::{Alarm, AlarmState};
use domain::city::Reach;
use domain::command::AlarmCommand;
use domain::ids::AlarmId;
use proptest::prelude::*;

use crate::single_writer::rehearsal::{Day, Said, humen, nancheng, operator, shift_leader};

/// A day on which the water stands on a road of Nancheng, and its alarm.
fn wet() -> (Day, AlarmId) {
    let mut day = Day::begin();
    water(&mut day, 0.3);
    let alarm = day.alarms()[0].id;
    (day, alarm)
}

/// Two readings, so that it holds.
fn water(day: &mut Day, depth: f64) {
    for _ in 0..2 {
        day.hear(Said::reading("road-1", day.now, "water_depth", depth, "m"));
        day.later(2);
    }
}

fn warning(day: &Day, id: &str) -> Said {
    Said::alarm(id, day.now, Some("weather"), "E0405").worth(2)
}

fn over(day: &Day, id: &str) -> Said {
    Said::clear(id, day.now, Some("weather"), "E0405")
}

fn warned(day: &Day) -> Arc<Alarm> {
    let alarms = day.alarms();
    let found = alarms
        .iter()
        .rev()
        .find(|alarm| alarm.source.as_str() == "panels");
    found.expect("a warning").clone()
}

#[test]
fn a_warning_mutes_the_gauges_of_its_town_and_gives_back_what_still_stands() {
    let (mut day, gauge) = wet();
    assert!(day.alarm(gauge).needs_voice());
    day.hear(warning(&day, "W1"));
    let muted = day.alarm(gauge);
    assert_eq!(muted.state, AlarmState::SuppressedByDesign);
    assert!(!muted.needs_voice());
    let by = muted.suppressed.clone().expect("says by what");
    assert_eq!(
        (by.rule.as_str(), by.by),
        ("flood-warning", warned(&day).id)
    );
    assert!(warned(&day).needs_voice(), "the one that says it all calls");

    // What rises meanwhile is recorded and evidence, and calls nobody.
    let river = |day: &Day| Said::reading("gauge-2", day.now, "river_level", 3.2, "m");
    day.hear(river(&day));
    day.later(10);
    day.hear(river(&day));
    let risen = day.alarms().last().expect("recorded").clone();
    assert_eq!(risen.state, AlarmState::SuppressedByDesign);
    assert!(risen.incident.is_some(), "evidence");

    // It stays so for a while after the warning, and then those that stand are back.
    day.hear(over(&day, "C1"));
    day.later(9);
    day.tick();
    assert_eq!(day.alarm(gauge).state, AlarmState::SuppressedByDesign);
    day.later(1);
    day.tick();
    for alarm in [gauge, risen.id] {
        let back = day.alarm(alarm);
        assert!(back.needs_voice(), "{alarm}");
        assert_eq!((back.told_at, back.suppressed.clone()), (day.now, None));
    }
}

#[test]
fn what_ends_while_it_is_muted_is_over() {
    let (mut day, gauge) = wet();
    day.hear(warning(&day, "W1"));
    water(&mut day, 0.0);
    assert_eq!(day.alarm(gauge).state, AlarmState::SuppressedByDesign);
    day.hear(over(&day, "C1"));
    day.later(10);
    day.tick();
    assert_eq!(day.alarm(gauge).state, AlarmState::Normal);
}

#[test]
fn a_warning_that_comes_and_goes_does_not_make_the_others_do_so() {
    let (mut day, gauge) = wet();
    for turn in 0..5 {
        day.hear(warning(&day, &format!("W{turn}")));
        day.later(8);
        day.tick();
        assert!(!day.alarm(gauge).needs_voice());
        day.hear(over(&day, &format!("C{turn}")));
        day.later(8);
        day.tick();
        assert!(!day.alarm(gauge).needs_voice(), "turn {turn}");
    }
    let changed = day.told.iter().flat_map(|block| &block.changes);
    let told = changed
        .filter(|change| match change {
            domain::change::Change::Alarm(alarm) => alarm.id == gauge && alarm.needs_voice(),
            _ => false,
        })
        .count();
    assert_eq!(told, 1, "once, before the first warning");
}

#[test]
fn another_town_a_milder_warning_and_the_worst_are_not_muted() {
    for (said, depth, muted) in [(2, 0.3, true), (3, 0.3, false), (2, 0.6, false)] {
        let mut day = Day::begin();
        water(&mut day, depth);
        let gauge = day.alarms()[0].id;
        day.hear(warning(&day, "W1").worth(said));
        let state = day.alarm(gauge).state;
        assert_eq!(
            state == AlarmState::SuppressedByDesign,
            muted,
            "{said} {depth}"
        );
    }
    let (mut day, gauge) = wet();
    day.hear(warning(&day, "W1").at(humen()));
    assert!(day.alarm(gauge).needs_voice(), "Humen is not Nancheng");
    let (mut day, gauge) = wet();
    day.hear(warning(&day, "W1").drill());
    assert!(
        day.alarm(gauge).needs_voice(),
        "practice mutes nothing real"
    );
}

#[test]
fn a_muted_alarm_that_grows_worse_than_may_be_muted_calls() {
    let (mut day, gauge) = wet();
    day.hear(warning(&day, "W1"));
    assert!(!day.alarm(gauge).needs_voice());
    water(&mut day, 0.6);
    let worst = day.alarm(gauge);
    assert_eq!(worst.severity.level(), 1);
    assert!(worst.needs_voice());
}

#[test]
fn what_is_out_of_service_mutes_nobody_and_what_comes_back_may_be_muted_at_once() {
    let (mut day, gauge) = wet();
    day.hear(warning(&day, "W1"));
    let warning = warned(&day).id;
    let broken = AlarmCommand::TakeOutOfService {
        reason: "sent by mistake".into(),
    };
    day.on_alarm(&shift_leader(), warning, broken).expect("may");
    assert!(day.alarm(gauge).needs_voice());
    let aside = AlarmCommand::Shelve {
        until: day.now.plus_minutes(30),
        reason: "known".into(),
    };
    day.on_alarm(&operator(), gauge, aside).expect("may");
    day.on_alarm(&shift_leader(), warning, AlarmCommand::PutInService)
        .expect("may");
    let back = day.on_alarm(&operator(), gauge, AlarmCommand::Unshelve);
    assert_eq!(
        back.expect("may").state,
        AlarmState::SuppressedByDesign,
        "the answer says what is true of it"
    );
}

#[test]
fn a_muted_alarm_mutes_on_and_reach_is_measured_in_metres() {
    // Storm surge mutes the river; the river mutes the road beside it although nobody hears the river.
    let mut day = Day::in_city(|city| {
        let rule = city
            .inhibits
            .iter_mut()
            .find(|rule| rule.id.as_str() == "flood-warning")
            .expect("a rule of the pack");
        rule.mutes
            .rules
            .retain(|rule| rule.as_str() == "river-level");
        assert!(matches!(city.inhibits[2].reach, Reach::Metres(800)));
    });
    day.hear(warning(&day, "W1"));
    let river = |day: &Day| Said::reading("gauge-2", day.now, "river_level", 3.2, "m");
    day.hear(river(&day));
    day.later(10);
    day.hear(river(&day));
    let road = |day: &Day, of: &str, metres: f64| {
        let there = nancheng().offset_m(metres, 0.0);
        Said::reading(of, day.now, "water_depth", 0.2, "m").at(there)
    };
    for _ in 0..2 {
        day.hear(road(&day, "near", 700.0));
        day.hear(road(&day, "far", 900.0));
        day.later(2);
    }
    let state = |of: &str| {
        let alarms = day.alarms();
        let found = alarms.iter().find(|alarm| {
            alarm
                .thing
                .as_ref()
                .is_some_and(|thing| thing.as_str() == of)
        });
        found.expect("raised").state
    };
    assert_eq!(state("gauge-2"), AlarmState::SuppressedByDesign);
    assert_eq!(state("near"), AlarmState::SuppressedByDesign);
    assert_eq!(state("far"), AlarmState::ActiveUnacknowledged);
}

#[test]
fn another_pack_gives_back_what_only_the_old_one_muted() {
    let (mut day, gauge) = wet();
    day.hear(warning(&day, "W1"));
    let mut city = (*day.city()).clone();
    city.inhibits.clear();
    day.block(vec![domain::command::Input::City(Box::new(city))]);
    assert!(day.alarm(gauge).needs_voice());
}

/// What one block says of water, river and warnings, in any order and in any number of blocks.
fn said() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0..4u8, 0..5u8), 1..12)
}

fn heard(day: &Day, index: usize, (what, which): (u8, u8)) -> Said {
    let there = nancheng().offset_m(f64::from(which) * 300.0, 0.0);
    let id = format!("N{index}");
    match what {
        0 => Said::alarm(&id, day.now, Some(&format!("w{which}")), "E0405").worth(2 + which % 2),
        1 => Said::alarm(&id, day.now, Some(&format!("s{which}")), "E0423").worth(1),
        2 => Said::reading(&format!("road-{which}"), day.now, "water_depth", 0.3, "m"),
        _ => Said::reading(&format!("river-{which}"), day.now, "river_level", 3.2, "m"),
    }
    .at(there)
}

/// State and cause of each alarm by its thing, whatever ids the order gave.
fn states(day: &Day) -> Vec<(String, String, bool)> {
    let mut states: Vec<(String, String, bool)> = day
        .alarms()
        .iter()
        .map(|alarm| {
            let thing = alarm.thing.as_ref().map(ToString::to_string);
            let state = alarm.state.name().to_owned();
            (thing.unwrap_or_default(), state, alarm.needs_voice())
        })
        .collect();
    states.sort();
    states
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// The order within a block does not matter, and neither does what came in an earlier block.
    #[test]
    fn the_order_of_warnings_and_of_what_they_mute_does_not_matter(
        said in said(), order in any::<u64>(), cut in any::<prop::sample::Index>(),
    ) {
        let begin = || Day::in_city(|city| {
            for rule in &mut city.alarm_rules {
                rule.hold_minutes = 0;
            }
        });
        let mut day = begin();
        let pieces: Vec<Said> = said.iter().enumerate().map(|(index, one)| heard(&day, index, *one)).collect();
        day.feed(pieces.clone());
        let mut shuffled = pieces.clone();
        let mut seed = order;
        for index in (1..shuffled.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(index, (seed >> 33) as usize % (index + 1));
        }
        let mut other = begin();
        let at = cut.index(shuffled.len());
        other.feed(shuffled[..at].to_vec());
        other.feed(shuffled[at..].to_vec());
        prop_assert_eq!(states(&day), states(&other));
    }
}
