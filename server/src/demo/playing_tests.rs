//! The day on the real clock: nothing before it is due, everything marked, and no end at midnight.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::scenario::tests::dongguan;
use crate::scenario::{SENSORS, UNITS};

const SEED: u64 = 441_900;
/// 2026-11-23T13:00:00Z: nine in the evening in Dongguan.
const NOW: Timestamp = Timestamp::from_millis(1_795_438_800_000);

fn playing(hour: &str, speed: f64) -> Playing {
    let ground = Ground::of(Arc::new(dongguan()), SEED).expect("it has outlines");
    let hour = hour.parse().expect("an hour");
    Playing::new(Arc::new(ground), SEED, DemoPace { hour, speed }, NOW)
}

fn is_marked(observation: &Observation) {
    assert!(observation.source.as_str().starts_with("demo-"));
    assert!(observation.demo);
    let thing = match &observation.body {
        Body::Report { .. } => None,
        Body::Alarm { thing, .. } => thing.as_ref(),
        Body::Clear { thing, .. } | Body::Reading { thing, .. } | Body::Position { thing, .. } => {
            Some(thing)
        }
    };
    assert!(thing.is_none_or(|thing| thing.as_str().starts_with("demo-")));
}

#[test]
fn a_fresh_desk_is_shown_a_living_city() {
    let mut playing = playing("13:45", 1.0);
    let opening = playing.opening();
    let mut things = BTreeSet::new();
    let mut driving = 0;
    for observation in opening.state.iter().chain(&opening.said) {
        is_marked(observation);
        assert!(observation.time <= NOW);
        assert!(NOW.since(observation.time) < 70 * 60_000);
        match &observation.body {
            Body::Position { thing, moved, .. } => {
                driving += usize::from(moved.speed_mps > 1.0);
                things.insert(thing.clone());
            }
            Body::Reading { thing, .. } => {
                things.insert(thing.clone());
            }
            _ => {}
        }
    }
    // One gauge is silent, and that is so.
    assert_eq!(things.len(), UNITS + SENSORS - 1);
    assert!(driving > 400, "{driving} on their way");
    assert!(opening.said.len() > 30, "{} said", opening.said.len());
    let fire = |one: &&Observation| matches!(one.body, Body::Alarm { .. });
    assert!(opening.said.iter().filter(fire).count() >= 3);
}

#[test]
fn nothing_is_told_before_it_is_due_however_fast_the_day_runs() {
    for speed in [1.0, 10.0] {
        let mut playing = playing("13:58", speed);
        let mut names = BTreeSet::new();
        let (mut told, mut twice) = (0, 0);
        for second in 1..=180 {
            let now = NOW.plus_millis(second * 1_000);
            for observation in playing.until(now) {
                is_marked(&observation);
                assert!(observation.time <= now, "{observation:?}");
                assert!(now.since(observation.time) < 15 * 60_000, "{observation:?}");
                told += 1;
                twice += usize::from(!names.insert((observation.id, observation.version)));
            }
        }
        let rate = told as f64 / 180.0;
        println!("{speed}: {rate} a second");
        assert!((40.0..=400.0).contains(&rate), "{rate} a second at {speed}");
        assert!(twice * 10 < told, "{twice} of {told} sent again");
    }
}

#[test]
fn a_day_is_followed_by_the_next_and_a_sleeping_machine_misses_nothing() {
    let mut playing = playing("23:58", 1.0);
    let mut ids = BTreeSet::new();
    let mut minutes = [0; 5];
    for second in 1..=300 {
        for observation in playing.until(NOW.plus_millis(second * 1_000)) {
            minutes[((second - 1) / 60) as usize] += 1;
            ids.insert(observation.id);
        }
    }
    assert!(minutes.iter().all(|count| *count > 200), "{minutes:?}");
    assert!(ids.len() * 10 > minutes.iter().sum::<usize>() * 9);
    let awake = playing.until(NOW.plus_millis(9_000_000));
    assert!(awake.len() < 200, "{} at once", awake.len());
}
