//! Figures of a day made by hand: yesterday beside today, what is too old, what is not known, and whose alarms are whose.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use domain::alarm::{Alarm, AlarmCause, AlarmState, SelfCheck};
use domain::category::Severity;
use domain::city::City;
use domain::course::{AlarmFacets, Course, Facets, Moments, Phase};
use domain::ids::{AlarmId, Property, SourceId, ThingId};
use domain::indicator::{IncidentMeasure, OfIncidents, SensorMeasure, Statistic};
use domain::lifecycle::State;
use domain::theme::ThemeView;
use domain::time::Timestamp;
use domain::wire::{AlarmView, MeasuredView, SensorView};

use super::*;
use crate::city::{Source, load};

fn at(clock: &str) -> Timestamp {
    Timestamp::parse_rfc3339(&format!("2026-11-{clock}:00+08:00")).expect("a moment")
}

fn thing(id: &str) -> ThingId {
    ThingId::new(id).expect("a plain id")
}

fn facets(code: &str, due: Option<&str>) -> Facets {
    Facets {
        state: State::Registered,
        category: Some(code.parse().expect("a code")),
        severity: Severity::Minor,
        town: None,
        departments: Vec::new(),
        due_at: due.map(at),
        tray: false,
    }
}

fn phase(from: &str, to: Option<&str>, facets: Facets) -> Phase {
    Phase {
        from: at(from),
        to: to.map(at),
        facets,
    }
}

fn course(opened: &str, dispatched: &str, closed: &str, in_time: bool) -> Course {
    Course {
        opened_at: at(opened),
        moments: Moments {
            dispatched_at: Some(at(dispatched)),
            closed_at: Some(at(closed)),
            in_time: Some(in_time),
            accurate: Some(true),
        },
        hops: 1,
        facets: facets("E0406", None),
    }
}

/// One value an hour for ever; asked of what, it remembers.
#[derive(Default)]
struct Steady(RefCell<Vec<String>>);

impl History for Steady {
    fn last_at(
        &self,
        sought: Sought<'_>,
        at: Timestamp,
        _: i64,
    ) -> Result<BTreeMap<ThingId, f64>, String> {
        let asked = format!("{} at {at:?}", sought.property);
        self.0.borrow_mut().push(asked);
        Ok(BTreeMap::from([
            (thing("air-1"), 40.0),
            (thing("air-2"), 20.0),
        ]))
    }

    fn last_at_hours(
        &self,
        _: Sought<'_>,
        hours: &[Timestamp],
        _: i64,
    ) -> Result<Vec<BTreeMap<ThingId, f64>>, String> {
        Ok(hours
            .iter()
            .map(|_| BTreeMap::from([(thing("air-1"), 10.0)]))
            .collect())
    }

    fn first_at(
        &self,
        _: Sought<'_>,
        _: Timestamp,
    ) -> Result<BTreeMap<ThingId, Timestamp>, String> {
        Ok(BTreeMap::from([
            (thing("air-1"), at("20T00:00")),
            (thing("air-2"), at("22T02:30")),
            (thing("air-3"), at("22T12:00")),
            (thing("air-4"), at("23T01:00")),
        ]))
    }
}

fn city() -> City {
    load(&Source::Embedded).expect("the pack that ships").city
}

fn facts<'a>(city: &'a City, history: &'a Steady) -> Facts<'a> {
    Facts {
        city,
        now: at("23T02:30"),
        position: 7,
        lag_ms: 0,
        begun_at: Some(at("22T01:30")),
        phases: vec![
            phase(
                "22T01:40",
                Some("22T03:00"),
                facets("E0406", Some("22T02:00")),
            ),
            phase("23T01:10", None, facets("E0406", Some("23T02:00"))),
            phase("23T02:10", None, facets("E0415", None)),
            phase("22T01:40", None, facets("C0101", None)),
        ],
        courses: vec![
            course("22T01:40", "22T01:50", "22T02:20", false),
            course("23T00:10", "23T00:12", "23T00:50", true),
            course("23T00:20", "23T00:30", "23T01:50", false),
            course("23T01:00", "23T01:03", "23T02:20", true),
        ],
        alarms: None,
        alarm_phases: Vec::new(),
        alarms_from: Some(at("22T01:30")),
        units: Vec::new(),
        sensors: vec![
            air("air-1", "PM2.5", "ug/m3", 30.0, "23T02:00"),
            air("air-2", "pm25", "µg/m³", 90.0, "23T02:20"),
            air("air-3", "PM2.5", "mg/m3", 999.0, "23T02:20"),
            air("air-4", "PM2.5", "ug/m3", 500.0, "22T20:00"),
        ],
        history,
    }
}

fn air(id: &str, property: &str, unit: &str, value: f64, observed: &str) -> Arc<SensorView> {
    Arc::new(SensorView {
        id: thing(id),
        source: SourceId::new("air").expect("a plain id"),
        position: None,
        latest: vec![MeasuredView {
            property: property.into(),
            value,
            unit: unit.into(),
            observed_at: at(observed),
            suspect: None,
        }],
        heard_at: at(observed),
        in_alarm: false,
        town: None,
        town_code: None,
        drill: false,
    })
}

fn shown_of(facts: &Facts<'_>, measure: Option<Measure>) -> IndicatorView {
    let indicator = Indicator {
        id: "x".into(),
        name: "某".into(),
        name_en: "x".into(),
        unit: String::new(),
        unit_en: String::new(),
        decimals: 0,
        period_ms: Some(3_600_000),
        bounds: None,
        measure,
        missing: None,
    };
    let theme = Theme {
        id: "t".into(),
        name: "某".into(),
        name_en: "t".into(),
        order: 1,
        layers: vec!["incidents".into()],
        categories: vec!["E0406".into(), "C04".into()],
        indicators: vec![indicator],
    };
    let ThemeView { indicators, .. } = view(&theme, facts).expect("computed");
    indicators.into_iter().next().expect("one")
}

fn of_fires(measure: IncidentMeasure) -> Option<Measure> {
    let of = OfIncidents {
        categories: vec!["E0406".into(), "E0415".into()],
        ..OfIncidents::default()
    };
    Some(Measure::Incidents(measure, of))
}

fn values(points: &[Point]) -> Vec<f64> {
    points.iter().map(|point| point.value).collect()
}

#[test]
fn what_stands_is_seen_beside_the_same_time_yesterday_and_not_before_the_journal_began() {
    let (city, history) = (city(), Steady::default());
    let facts = facts(&city, &history);
    let open = shown_of(&facts, of_fires(IncidentMeasure::Open));
    assert_eq!(open.value, Some(2.0));
    let trend = open.trend.expect("known");
    assert_eq!((trend.before, trend.change), (1.0, 1.0));
    assert_eq!(
        values(&open.series),
        [0.0, 0.0, 1.0, 2.0],
        "0, 1, 2 o'clock and now"
    );
    assert_eq!(
        open.yesterday,
        [
            Point {
                at: at("22T02:00"),
                value: 1.0
            },
            Point {
                at: at("22T02:30"),
                value: 1.0
            }
        ],
        "nothing is known of before half past one"
    );
    let late = shown_of(&facts, of_fires(IncidentMeasure::Late));
    assert_eq!(late.value, Some(1.0));
    assert_eq!(
        values(&late.series),
        [0.0, 0.0, 0.0, 1.0],
        "due on the hour is not late on the hour"
    );
    assert_eq!(late.freshness, Freshness::Live);
}

#[test]
fn what_was_done_today_counts_from_the_city_s_midnight() {
    let (city, history) = (city(), Steady::default());
    let facts = facts(&city, &history);
    let value = |measure| shown_of(&facts, of_fires(measure)).value;
    assert_eq!(value(IncidentMeasure::OpenedToday), Some(3.0));
    assert_eq!(value(IncidentMeasure::ClosedToday), Some(3.0));
    assert_eq!(value(IncidentMeasure::MedianToDispatch), Some(3.0));
    let in_time = shown_of(&facts, of_fires(IncidentMeasure::ShareInTime));
    assert_eq!(in_time.value.map(f64::round), Some(67.0));
    assert_eq!(in_time.trend.map(|trend| trend.before), Some(0.0));
    assert_eq!(
        values(&in_time.series)[..2],
        [100.0, 50.0],
        "nothing was closed before one"
    );
    let drill = in_time.drill.expect("a list");
    assert!(
        drill.contains("closed_since=2026-11-22T16:00:00Z&in_time=true,false"),
        "{drill}"
    );
    let none = Measure::Incidents(
        IncidentMeasure::ShareInTime,
        OfIncidents {
            categories: vec!["C04".into()],
            ..OfIncidents::default()
        },
    );
    let none = shown_of(&facts, Some(none));
    assert_eq!((none.value, none.freshness), (None, Freshness::Gone));
    assert!(none.missing.is_some() && none.drill.is_some());
}

#[test]
fn readings_of_another_unit_or_of_long_ago_do_not_count() {
    let (city, history) = (city(), Steady::default());
    let facts = facts(&city, &history);
    let property = Property::new("PM2.5").expect("a plain id");
    let of = |statistic| {
        shown_of(
            &facts,
            Some(Measure::Readings {
                statistic,
                property: property.clone(),
                unit: "ug/m3".into(),
            }),
        )
    };
    let mean = of(Statistic::Mean);
    assert_eq!(mean.value, Some(60.0), "30 and 90, by both spellings");
    assert_eq!(mean.trend.map(|trend| trend.before), Some(30.0));
    assert_eq!(values(&mean.series), [10.0, 10.0, 10.0, 60.0]);
    assert_eq!(mean.age_ms, Some(10 * 60_000));
    assert_eq!(of(Statistic::Max).value, Some(90.0));
    assert_eq!(of(Statistic::ShareAbove(75.0)).value, Some(50.0));
    let silent = shown_of(
        &facts,
        Some(Measure::Sensors(SensorMeasure::Silent, Some(property))),
    );
    assert_eq!(
        silent.value,
        Some(1.0),
        "six hours without a word, at one an hour"
    );
    assert_eq!(
        values(&silent.series),
        [2.0, 2.0, 3.0, 1.0],
        "three were known at midnight and one spoke; who began at one was not there until then"
    );
    assert_eq!(values(&silent.yesterday), [0.0, 0.0, 0.0, 0.0]);
    assert_eq!(
        silent.trend.map(|trend| trend.before),
        Some(0.0),
        "of the two that were there yesterday, one just then, both spoke"
    );
    let nobody = Measure::Readings {
        statistic: Statistic::Mean,
        property: Property::new("radon").expect("a plain id"),
        unit: "Bq/m3".into(),
    };
    let nobody = shown_of(&facts, Some(nobody));
    assert_eq!(nobody.value, None);
    assert_eq!(
        nobody.missing.map(|missing| missing.en),
        Some("no sensor has reported radon yet".into())
    );
    let asked = history.0.borrow();
    assert!(
        asked
            .iter()
            .all(|asked| asked.ends_with("2026-11-21T18:30:00Z")),
        "{asked:?}"
    );
}

#[test]
fn one_thing_s_latest_value_is_gone_after_three_periods() {
    let (city, history) = (city(), Steady::default());
    let mut facts = facts(&city, &history);
    let of = |facts: &Facts<'_>, id: &str| {
        let measure = Measure::Latest {
            thing: thing(id),
            property: Property::new("PM2.5").expect("a plain id"),
            unit: "ug/m3".into(),
        };
        shown_of(facts, Some(measure))
    };
    let fresh = of(&facts, "air-1");
    assert_eq!(
        (fresh.value, fresh.freshness),
        (Some(30.0), Freshness::Live)
    );
    facts.now = at("23T04:30");
    assert_eq!(of(&facts, "air-1").freshness, Freshness::Stale);
    facts.now = at("23T05:30");
    let gone = of(&facts, "air-1");
    assert_eq!((gone.value, gone.freshness), (None, Freshness::Gone));
    assert!(gone.missing.is_some());
    assert_eq!(of(&facts, "air-9").age_ms, None, "never there");
}

fn alarm(id: u64, code: &str, state: AlarmState) -> Arc<AlarmView> {
    let source = SourceId::new("air").expect("a plain id");
    let cause = AlarmCause::Ourselves(SelfCheck::CalendarMissing(2027));
    let raised = Alarm::risen(
        AlarmId::new(id, 0),
        source,
        cause,
        Severity::Severe,
        at("23T01:00"),
    );
    Arc::new(domain::view::alarm(&Alarm {
        category: code.parse().ok(),
        state,
        ..raised
    }))
}

#[test]
fn alarms_that_stood_are_seen_beside_those_that_stand() {
    let (city, history) = (city(), Steady::default());
    let mut facts = facts(&city, &history);
    let stood = |from: &str, to: Option<&str>, code: &str, severity| Phase {
        from: at(from),
        to: to.map(at),
        facets: AlarmFacets {
            category: code.parse().ok(),
            severity,
        },
    };
    facts.alarms = Some(vec![
        alarm(1, "E0403", AlarmState::ActiveAcknowledged),
        alarm(2, "E0403", AlarmState::ClearedUnacknowledged),
        alarm(3, "C0101", AlarmState::ActiveUnacknowledged),
    ]);
    facts.alarm_phases = vec![
        stood("22T02:00", Some("22T02:30"), "E0403", Severity::Severe),
        stood("22T02:20", Some("22T23:00"), "E0403", Severity::Severe),
        stood("22T02:20", Some("22T23:00"), "E0403", Severity::Minor),
        stood("23T01:00", None, "E0403", Severity::Severe),
        stood("23T02:00", Some("23T02:10"), "E0403", Severity::Severe),
        stood("22T02:00", None, "C0101", Severity::Severe),
    ];
    let measure = Measure::Alarms {
        categories: vec!["E04".into()],
        severities: vec![Severity::Severe],
    };
    let shown = shown_of(&facts, Some(measure.clone()));
    assert_eq!(shown.value, Some(1.0));
    assert_eq!(values(&shown.series), [0.0, 1.0, 2.0, 1.0]);
    assert_eq!(
        values(&shown.yesterday),
        [1.0, 1.0],
        "at two and at half past, when one ended; of before half past one nothing is known"
    );
    let trend = shown.trend.expect("known");
    assert_eq!((trend.before, trend.change), (1.0, 0.0));
    facts.alarms_from = Some(at("22T03:00"));
    let shown = shown_of(&facts, Some(measure));
    assert_eq!((shown.trend, shown.yesterday), (None, Vec::new()));
}

#[test]
fn a_figure_without_a_feed_says_so_and_alarms_stay_in_the_duty_room() {
    let (city, history) = (city(), Steady::default());
    let facts = facts(&city, &history);
    let alarms = Measure::Alarms {
        categories: Vec::new(),
        severities: Vec::new(),
    };
    let alarms = shown_of(&facts, Some(alarms));
    assert_eq!(alarms.value, None);
    assert!(
        alarms
            .missing
            .is_some_and(|missing| missing.en.contains("duty room"))
    );
    for theme in load(&Source::Embedded).expect("the pack that ships").themes {
        let shown = view(&theme, &facts).expect("computed");
        for indicator in shown.indicators {
            assert_eq!(
                indicator.value.is_none(),
                indicator.missing.is_some(),
                "{}",
                indicator.id
            );
        }
        let under = |code: &&CategoryCode| theme.categories.iter().any(|one| code.is_under(one));
        assert_eq!(
            shown.categories.iter().filter(under).count(),
            shown.categories.len()
        );
    }
}
