//! The readings against a plain model: random ones, late ones, said twice, practice among them, and starts in between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::change::{Change, Stepped};
use domain::ids::{BlockNumber, Property, SourceId, ThingId};
use domain::observation::Reading;
use domain::time::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::samples::minute;
use super::super::{Folder, Journal};
use super::*;

const THINGS: [&str; 3] = ["air-1", "air-2", "river-1"];
const PROPERTIES: [&str; 2] = ["PM2.5", "O3"];
const LIMITS: Limits = Limits {
    kept_ms: 6 * 3_600_000,
    most_bytes: 1 << 30,
    most_series: 100,
};

#[derive(Clone, Debug)]
struct Said {
    thing: usize,
    property: usize,
    /// Minutes before the block: seldom hours late.
    late: i64,
    seconds: i64,
    value: f64,
    drill: bool,
}

fn said() -> impl Strategy<Value = Said> {
    (
        0..THINGS.len(),
        0..PROPERTIES.len(),
        prop_oneof![4 => 0..3_i64, 1 => 0..900_i64],
        0..60_i64,
        prop_oneof![Just(0.0), -40.0..400.0, Just(f64::MAX), Just(-0.5)],
        prop::bool::weighted(0.2),
    )
        .prop_map(|(thing, property, late, seconds, value, drill)| Said {
            thing,
            property,
            late,
            seconds,
            value,
            drill,
        })
}

#[derive(Clone, Debug)]
enum Step {
    /// Blocks taken in together, each some minutes after the one before.
    Blocks(Vec<(u64, Vec<Said>)>),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let blocks = vec((0..90_u64, vec(said(), 0..12)), 1..4).prop_map(Step::Blocks);
    vec(prop_oneof![6 => blocks, 1 => Just(Step::Restart)], 1..25)
}

fn thing(index: usize) -> ThingId {
    ThingId::new(THINGS[index]).expect("a plain id")
}

fn reading(said: &Said, now: Timestamp) -> Reading {
    Reading {
        source: SourceId::new("air").expect("a plain id"),
        thing: thing(said.thing),
        property: Property::new(PROPERTIES[said.property]).expect("a plain id"),
        unit: "ug/m3".into(),
        value: said.value,
        time: now
            .plus_minutes(-said.late)
            .plus_millis(said.seconds * 1_000),
        drill: said.drill,
    }
}

type Key = (usize, usize, bool);

/// Every reading that was ever said, as plain as can be.
#[derive(Default)]
struct Model {
    raw: BTreeMap<Key, BTreeMap<Timestamp, f64>>,
    /// Said when their hour was kept no longer.
    lost: BTreeMap<Key, Vec<(Timestamp, f64)>>,
    /// Hours as they were when they were let go of.
    frozen: BTreeMap<(Key, i64), Vec<f64>>,
    kept_from: i64,
}

impl Model {
    fn say(&mut self, said: &Said, reading: &Reading) {
        let key = (said.thing, said.property, said.drill);
        if hour(reading.time) < self.kept_from {
            let lost = self.lost.entry(key).or_default();
            lost.push((reading.time, reading.value));
        } else {
            let raw = self.raw.entry(key).or_default();
            raw.insert(reading.time, reading.value);
        }
    }

    fn forget(&mut self, now: Timestamp) {
        self.kept_from = self.kept_from.max(hour(now.plus_millis(-LIMITS.kept_ms)));
        for (key, raw) in &mut self.raw {
            let kept_from = self.kept_from;
            let gone: Vec<_> = raw
                .iter()
                .filter(|(at, _)| hour(**at) < kept_from)
                .map(|(at, value)| (*at, *value))
                .collect();
            for (at, value) in gone {
                raw.remove(&at);
                self.frozen.entry((*key, hour(at))).or_default().push(value);
            }
        }
    }

    fn values_of(&self, key: Key, of_hour: i64) -> Vec<f64> {
        let raw = self.raw.get(&key).into_iter().flatten();
        let raw = raw
            .filter(|(at, _)| hour(**at) == of_hour)
            .map(|(_, value)| *value);
        let lost = self.lost.get(&key).into_iter().flatten();
        let lost = lost
            .filter(|(at, _)| hour(*at) == of_hour)
            .map(|(_, value)| *value);
        let frozen = self.frozen.get(&(key, of_hour)).into_iter().flatten();
        raw.chain(frozen.copied()).chain(lost).collect()
    }

    fn hours(&self, key: Key) -> BTreeSet<i64> {
        let raw = self
            .raw
            .get(&key)
            .into_iter()
            .flatten()
            .map(|(at, _)| hour(*at));
        let lost = self
            .lost
            .get(&key)
            .into_iter()
            .flatten()
            .map(|(at, _)| hour(*at));
        let frozen = self
            .frozen
            .keys()
            .filter(|(of, _)| *of == key)
            .map(|(_, hour)| *hour);
        raw.chain(lost).chain(frozen).collect()
    }
}

fn hour(at: Timestamp) -> i64 {
    at.millis().div_euclid(3_600_000)
}

struct Play {
    _home: tempfile::TempDir,
    folder: Folder,
    journal: Journal,
    readings: Option<Readings>,
    model: Model,
    block: u64,
    now: Timestamp,
}

fn opened(folder: &Folder, journal: &Journal, limits: Limits) -> Readings {
    let (readings, opened) = Readings::open(folder, journal, limits).expect("opens");
    assert_eq!(opened.set_aside, None);
    readings
}

impl Play {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(&home.path().join("data")).expect("opens");
        let (mut journal, _) = Journal::open(&folder, false).expect("opens");
        for number in 1..=100 {
            let block = super::super::samples::block(number, 0);
            journal.append(&block, &[]).expect("written");
        }
        let readings = Some(opened(&folder, &journal, LIMITS));
        Self {
            _home: home,
            folder,
            journal,
            readings,
            model: Model::default(),
            block: 0,
            now: minute(0),
        }
    }

    fn readings(&self) -> &Readings {
        self.readings.as_ref().expect("open")
    }

    fn take(&mut self, blocks: Vec<(u64, Vec<Said>)>) {
        let mut stepped = Vec::new();
        for (minutes, said) in blocks {
            self.block += 1;
            self.now = self.now.plus_minutes(minutes.cast_signed());
            // What a block says is too old is so by that block's own clock.
            let before = self.model.kept_from;
            let by_age = hour(self.now.plus_millis(-LIMITS.kept_ms));
            self.model.kept_from = before.max(by_age);
            let mut changes = Vec::new();
            for one in &said {
                let reading = reading(one, self.now);
                self.model.say(one, &reading);
                changes.push(Change::Reading(Arc::new(reading)));
            }
            stepped.push(Arc::new(Stepped {
                block: BlockNumber(self.block),
                now: self.now,
                changes,
                outcomes: Vec::new(),
            }));
        }
        self.readings().apply(&stepped).expect("taken");
        self.readings().apply(&stepped).expect("skipped");
        self.model.forget(self.now);
    }

    fn restart(&mut self) {
        self.readings = None;
        let readings = opened(&self.folder, &self.journal, LIMITS);
        assert_eq!(readings.applied(), BlockNumber(self.block));
        self.readings = Some(readings);
    }

    fn compare(&self) {
        for index in 0..THINGS.len() {
            for property in 0..PROPERTIES.len() {
                for drill in [false, true] {
                    self.compare_one((index, property, drill));
                }
            }
        }
        self.compare_last();
    }

    fn compare_one(&self, key: Key) {
        let properties = [PROPERTIES[key.1].to_owned()];
        let thing = thing(key.0);
        let asked = |since, until| Asked {
            thing: &thing,
            sought: Sought {
                properties: &properties,
                is_unit: &|unit| unit == "ug/m3",
                drill: key.2,
            },
            since,
            until,
        };
        let (since, until) = (minute(0).plus_minutes(-2_000), self.now.plus_minutes(60));
        let expected: Vec<_> = self
            .model
            .raw
            .get(&key)
            .into_iter()
            .flatten()
            .map(|(at, value)| (*at, *value))
            .collect();
        let found = self
            .readings()
            .raw(&asked(since, until), 100_000)
            .expect("read");
        assert_eq!(found, Found::All(expected.clone()));
        if expected.len() > 1 {
            let few = self
                .readings()
                .raw(&asked(since, until), expected.len() - 1);
            assert_eq!(few.expect("read"), Found::TooMany);
        }
        let by_hour = |at: Timestamp| Timestamp::from_millis(hour(at) * 3_600_000);
        let found = self
            .readings()
            .gathered(&asked(since, until), &by_hour, true, 100_000);
        let Found::All(hours) = found.expect("read") else {
            panic!("not that many");
        };
        let said: Vec<i64> = hours.iter().map(|(at, _)| hour(*at)).collect();
        assert_eq!(said, self.model.hours(key).into_iter().collect::<Vec<_>>());
        for (at, summary) in hours {
            let values = self.model.values_of(key, hour(at));
            assert_eq!(summary.count, values.len() as u64);
            assert_eq!(
                summary.min,
                values.iter().copied().fold(f64::INFINITY, f64::min)
            );
            assert_eq!(
                summary.max,
                values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
            );
            let sum: f64 = values.iter().sum();
            let close = (summary.sum - sum).abs() <= 1e-9 * sum.abs().max(1.0);
            assert!(close || !sum.is_finite(), "{} and {sum}", summary.sum);
        }
        // Parts of hours come from what is kept one by one, and agree with it.
        let (since, until) = (self.now.plus_minutes(-95), self.now.plus_minutes(7));
        let found = self
            .readings()
            .gathered(&asked(since, until), &by_hour, true, 100_000);
        let Found::All(parts) = found.expect("read") else {
            panic!("not that many");
        };
        let counted: u64 = parts.iter().map(|(_, summary)| summary.count).sum();
        let inside = expected
            .iter()
            .filter(|(at, _)| *at >= since && *at < until)
            .count();
        assert_eq!(counted, inside as u64);
    }

    fn compare_last(&self) {
        let properties = [PROPERTIES[0].to_owned()];
        let sought = Sought {
            properties: &properties,
            is_unit: &|_| true,
            drill: false,
        };
        let full = Timestamp::from_millis(hour(self.now) * 3_600_000);
        for (at, within_ms) in [(self.now, 3_600_000), (full, 5_400_000)] {
            let mut expected = BTreeMap::new();
            for index in 0..THINGS.len() {
                let raw = self.model.raw.get(&(index, 0, false)).into_iter().flatten();
                let last = raw
                    .filter(|(when, _)| **when <= at && at.since(**when) <= within_ms)
                    .filter(|(when, _)| at == self.now || **when < at)
                    .last();
                if let Some((_, value)) = last {
                    expected.insert(thing(index), *value);
                }
            }
            let found = if at == self.now {
                self.readings()
                    .last_at(&sought, at, within_ms)
                    .expect("read")
            } else {
                let hours = self.readings().last_at_hours(&sought, &[at], within_ms);
                hours.expect("read").remove(0)
            };
            assert_eq!(found, expected);
        }
        self.compare_first(&sought);
    }

    fn compare_first(&self, sought: &Sought<'_>) {
        let since = self.now.plus_minutes(-150);
        let found = self.readings().first_at(sought, since).expect("read");
        for index in 0..THINGS.len() {
            let key = (index, 0, false);
            let first = found.get(&thing(index)).copied();
            let begun = self.model.hours(key).first().copied();
            assert_eq!(first.map(hour), begun, "in the hour it began");
            if begun >= Some(hour(since)) {
                let mut raw = self.model.raw.get(&key).into_iter().flatten();
                assert_eq!(first, raw.next().map(|(at, _)| *at), "to the moment");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Late ones land in their hour, the same again changes nothing, practice lies apart, a start loses nothing.
    #[test]
    fn readings_are_what_was_said(steps in steps()) {
        let mut play = Play::new();
        for step in steps {
            match step {
                Step::Blocks(blocks) => play.take(blocks),
                Step::Restart => play.restart(),
            }
            play.compare();
        }
    }
}

fn many(block: u64, count: u64) -> Arc<Stepped> {
    let changes = (0..count)
        .map(|index| {
            let said = Said {
                thing: 0,
                property: 0,
                late: index.cast_signed(),
                seconds: 0,
                value: index as f64 * 1.7,
                drill: false,
            };
            Change::Reading(Arc::new(reading(&said, minute(block * 1_000))))
        })
        .collect();
    Arc::new(Stepped {
        block: BlockNumber(block),
        now: minute(block * 1_000),
        changes,
        outcomes: Vec::new(),
    })
}

#[test]
fn what_has_no_room_goes_oldest_first_and_its_hours_stay() {
    let play = Play::new();
    drop(play.readings);
    let small = Limits {
        kept_ms: i64::MAX / 4,
        most_bytes: 1_000,
        most_series: 1,
    };
    let readings = opened(&play.folder, &play.journal, small);
    readings
        .apply(&[many(1, 500), many(2, 500)])
        .expect("taken");
    let properties = [PROPERTIES[0].to_owned()];
    let asked = Asked {
        thing: &thing(0),
        sought: Sought {
            properties: &properties,
            is_unit: &|_| true,
            drill: false,
        },
        since: minute(0),
        until: minute(4_000),
    };
    let Found::All(raw) = readings.raw(&asked, 10_000).expect("read") else {
        panic!("not that many");
    };
    assert!(!raw.is_empty() && raw.len() < 1_000, "{} left", raw.len());
    assert_eq!(raw.last().expect("the newest").0, minute(2_000));
    let found = readings.gathered(&asked, &|_| minute(0), true, 10);
    let Found::All(all) = found.expect("read") else {
        panic!("one only");
    };
    assert_eq!(all[0].1.count, 1_000, "the hours know of all");
    let mut other = many(3, 2);
    for change in &mut Arc::make_mut(&mut other).changes {
        if let Change::Reading(reading) = change {
            Arc::make_mut(reading).thing = thing(1);
        }
    }
    readings
        .apply(&[other])
        .expect("taken, and the reading dropped");
    assert_eq!(readings.applied(), BlockNumber(3));
}

#[test]
fn readings_of_another_journal_are_set_aside_and_not_lost() {
    let play = Play::new();
    drop(play.readings);
    let path = play.folder.readings();
    {
        let readings = opened(&play.folder, &play.journal, LIMITS);
        readings.apply(&[many(1, 5)]).expect("taken");
    }
    let connection = rusqlite::Connection::open(&path).expect("opens");
    connection
        .execute("UPDATE position SET life = 'another'", [])
        .expect("written");
    drop(connection);
    let (readings, opened) = Readings::open(&play.folder, &play.journal, LIMITS).expect("opens");
    assert_eq!(readings.applied(), BlockNumber(0));
    assert_eq!(
        opened.set_aside.as_deref(),
        Some("they belong to another journal")
    );
    assert!(path.with_added_extension("aside").exists());
}
