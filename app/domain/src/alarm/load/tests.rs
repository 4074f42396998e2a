//! Figures of alarm load, by hand.

use super::super::{AlarmCause, Noted};
use super::*;
use crate::account;
use crate::ids::{AccountName, BlockNumber, ObservationId};
use crate::view;

fn second(second: i64) -> Timestamp {
    Timestamp::from_millis(1_795_363_200_000 + second * 1000)
}

fn alarm(number: u64, level: u8, thing: &str, at: i64) -> Alarm {
    Alarm {
        thing: ThingId::new(thing).ok(),
        ..Alarm::risen(
            AlarmId::new(number, 0),
            SourceId::new("stations").expect("a source"),
            AlarmCause::Source(ObservationId::new("x").expect("an id")),
            Severity::try_from(level).expect("a level"),
            second(at),
        )
    }
}

fn li_na() -> account::Actor {
    account::Actor::Person {
        name: AccountName::new("li.na").expect("a name"),
        role: account::Role::Operator,
        department: None,
        town: None,
    }
}

fn asked(since: i64, until: i64, per: Option<Per>) -> Asked {
    Asked {
        since: second(since),
        until: second(until),
        per,
        known_from: None,
        fleeting_ms: 60_000,
    }
}

#[test]
fn a_change_is_a_line_for_each_thing_that_happened() {
    let risen = alarm(1, 2, "a", 0);
    let whats = |before: Option<&Alarm>, after: &Alarm| -> Vec<(What, Option<i64>)> {
        let lines = entries(before, after, second(30));
        lines.iter().map(|one| (one.what, one.after_ms)).collect()
    };
    assert_eq!(whats(None, &risen), [(What::Told, None)]);
    assert_eq!(whats(Some(&risen), &risen), []);
    let mut noted = risen.clone();
    noted.state = AlarmState::ActiveAcknowledged;
    noted.acknowledged = Some(Noted {
        by: li_na(),
        at: second(25),
    });
    assert_eq!(
        whats(Some(&risen), &noted),
        [(What::Acknowledged, Some(25_000))]
    );
    let mut over = noted.clone();
    over.state = AlarmState::Normal;
    over.cleared_at = Some(second(28));
    assert_eq!(whats(Some(&noted), &over), [(What::Cleared, Some(28_000))]);
    let mut muted = risen.clone();
    muted.state = AlarmState::SuppressedByDesign;
    assert_eq!(
        whats(None, &muted),
        [(What::Suppressed, None)],
        "nobody was called"
    );
    let mut back = risen.clone();
    back.told_in = BlockNumber(9);
    assert_eq!(whats(Some(&muted), &back), [(What::Told, None)]);
    assert_eq!(
        whats(
            None,
            &Alarm {
                drill: true,
                ..risen.clone()
            }
        ),
        []
    );
    assert_eq!(
        whats(
            None,
            &Alarm {
                history: true,
                ..risen
            }
        ),
        []
    );
}

/// Twelve alarms within a minute, one station making half of them; three taken note of.
fn lines() -> Vec<Entry> {
    let mut lines = Vec::new();
    for number in 0..12_u64 {
        let thing = if number % 2 == 0 {
            "restless".to_owned()
        } else {
            format!("calm-{number}")
        };
        let level = if number == 11 { 1 } else { 4 };
        let one = alarm(number + 1, level, &thing, number as i64 * 5);
        lines.extend(entries(None, &one, second(number as i64 * 5)));
        if number < 3 {
            let at = second(number as i64 * 10 + 100);
            let noted = Alarm {
                acknowledged: Some(Noted { by: li_na(), at }),
                ..one.clone()
            };
            lines.extend(entries(Some(&one), &noted, at));
        }
    }
    lines.sort_by_key(|one| one.at);
    lines
}

#[test]
fn the_load_of_an_hour_is_counted_and_each_figure_says_what_it_counts() {
    let lines = lines();
    let standing: Vec<AlarmView> = Vec::new();
    let view = load(&lines, standing.iter(), asked(0, 3_600, Some(Per::Account)));
    assert_eq!(view.rate.told.value, 12);
    assert_eq!((view.rate.average, view.rate.peak), (Some(2.0), 12));
    // From the eleventh at 50 s until fewer than five are left at 635 s.
    assert_eq!(view.floods.len(), 1);
    assert_eq!(view.floods[0].since, second(50));
    assert_eq!(view.floods[0].until, Some(second(635)));
    assert_eq!(view.rate.flood_percent, percent(585, 3_600));
    assert_eq!(
        (view.noting.median_ms, view.noting.p90_ms),
        (Some(105_000), Some(110_000))
    );
    let first = &view.top[0];
    assert_eq!((first.told.value, first.percent), (6, 50.0));
    assert_eq!(first.thing.as_ref().map(ThingId::as_str), Some("restless"));
    let shares: Vec<f64> = view.priorities.iter().map(|one| one.percent).collect();
    assert_eq!(shares, [8.3, 0.0, 0.0, 91.7]);
    assert_eq!(view.parts.len(), 1);
    assert_eq!(view.parts[0].key.as_deref(), Some("li.na"));
    assert_eq!(view.parts[0].noting.acknowledged.value, 3);
    assert_eq!(
        first.told.drill,
        "/api/v1/alarms/log?since=2026-11-22T16:00:00Z&until=2026-11-22T17:00:00Z&what=told&source=stations&thing=restless&rule="
    );
}

#[test]
fn a_flood_that_began_before_is_one_and_a_short_time_has_no_average() {
    let view = load(&lines(), [].iter(), asked(300, 600, None));
    assert_eq!((view.rate.told.value, view.rate.average), (0, None));
    assert_eq!(view.rate.flood_percent, 100.0);
    assert!(view.now.is_one());
    assert_eq!(view.noting.acknowledged.value, 0);
    let empty = load(&[], [].iter(), asked(0, 0, Some(Per::Town)));
    assert_eq!((empty.rate.told.value, empty.rate.flood_percent), (0, 0.0));
}

#[test]
fn what_stands_is_listed_by_what_is_the_matter_with_it() {
    let stale = Alarm {
        stale: true,
        ..alarm(1, 3, "a", 0)
    };
    let chattering = Alarm {
        chattering: true,
        ..alarm(2, 3, "b", 0)
    };
    let shelved = Alarm {
        state: AlarmState::Shelved,
        ..alarm(3, 3, "c", 0)
    };
    let practice = Alarm {
        stale: true,
        drill: true,
        ..alarm(4, 3, "d", 0)
    };
    let views: Vec<AlarmView> = [stale, chattering, shelved, practice]
        .iter()
        .map(view::alarm)
        .collect();
    let view = load(&[], views.iter(), asked(0, 600, None));
    for (standing, id, drill) in [
        (&view.stale, 1, "/api/v1/alarms?drill=false&stale=true"),
        (
            &view.chattering,
            2,
            "/api/v1/alarms?drill=false&chattering=true",
        ),
        (&view.shelved, 3, "/api/v1/alarms?state=shelved&drill=false"),
    ] {
        assert_eq!(standing.count.value, 1);
        assert_eq!(standing.alarms[0].id, AlarmId::new(id, 0));
        assert_eq!(standing.count.drill, drill);
    }
    assert_eq!(view.suppressed.count.value, 0);
}
