//! A day that was lived, written out and played into a fresh machine gives the same incidents; and nothing personal is in it.

use std::collections::BTreeMap;

use domain::city::City;
use domain::command::{Block, Input, LOGIC};
use domain::ids::BlockNumber;
use domain::time::Timestamp;
use serde_json::Value;

use super::export_day::{ExportDay, ExportError, Exported};
use crate::ingest::batch::{Form, Terms, read};
use crate::scenario::{Options, Scenario};
use crate::single_writer::Machine;
use crate::single_writer::rehearsal::dongguan;
use crate::store::{Folder, Journal};

const DAY: &str = "2026-11-23";

/// What is sent together, as the door takes it.
fn taken(city: &City, now: Timestamp, items: &[Value]) -> Vec<Input> {
    let terms = Terms {
        city,
        key_glob: "*",
        feed: None,
        now,
    };
    let body = serde_json::to_vec(items).expect("written");
    let batch = read(Form::Array, &body, &terms).expect("taken");
    assert!(batch.rejects.is_empty(), "{:?}", batch.rejects.first());
    let candidates = batch.candidates.into_iter();
    candidates
        .map(|candidate| Input::Observation(Box::new(candidate.observation)))
        .collect()
}

/// A machine from nothing, and the journal of what it was told.
struct Lived {
    machine: Machine,
    blocks: Vec<Block>,
}

impl Lived {
    fn in_city(city: &City, at: Timestamp) -> Self {
        let mut lived = Self {
            machine: Machine::of(domain::picture::Picture::empty()),
            blocks: Vec::new(),
        };
        lived.block(at, vec![Input::City(Box::new(city.clone()))]);
        lived
    }

    fn block(&mut self, now: Timestamp, inputs: Vec<Input>) {
        let block = Block {
            logic: LOGIC,
            number: BlockNumber(self.blocks.len() as u64 + 1),
            now,
            inputs,
        };
        self.machine.step(&block);
        self.blocks.push(block);
    }

    /// What there is, and how often: kind, place, state, and what it rests on.
    fn incidents(&self) -> BTreeMap<String, u32> {
        let mut found = BTreeMap::new();
        for one in self.machine.picture().incidents.values() {
            let said = format!(
                "{:?} {:?} {:?} {:?} {:?} {}",
                one.category, one.town, one.position, one.severity, one.state, one.evidence_count
            );
            *found.entry(said).or_default() += 1;
        }
        found
    }

    fn write_down(&self, dir: &std::path::Path) {
        let folder = Folder::open(dir).expect("opens");
        let (mut journal, _) = Journal::open(&folder, false).expect("opens");
        for block in &self.blocks {
            journal.append(block, &[]).expect("written");
        }
    }
}

fn exported(
    dir: &std::path::Path,
    day: &str,
    with_words: bool,
) -> Result<(Exported, String), ExportError> {
    let to = dir.with_extension("ndjson");
    let exported = ExportDay {
        data: dir.to_owned(),
        day: day.parse().expect("a day"),
        to: to.clone(),
        with_words,
    }
    .run()?;
    Ok((exported, std::fs::read_to_string(to).expect("written")))
}

/// Two hours of the storm.
fn storm() -> (std::sync::Arc<City>, Lived) {
    let city = dongguan();
    let options = Options {
        from: "13:30".parse().expect("a time"),
        to: "15:30".parse().expect("a time"),
        units: 40,
        sensors: 150,
        ..Options::on(DAY.parse().expect("a day"))
    };
    let scenario = Scenario::of(city.clone(), 7, &options).expect("a ground");
    let start = scenario.start();
    let mut lived = Lived::in_city(&city, start.plus_minutes(13 * 60));
    for (minute, told) in (13 * 60 + 30..).zip(scenario) {
        let now = start.plus_minutes(minute + 1);
        let told = told.observations.iter();
        let items: Vec<Value> = told
            .map(|one| {
                let mut item = one.to_json(&city.zone);
                if let Some(members) = item.as_object_mut() {
                    members.remove("sent_at");
                }
                item
            })
            .collect();
        let inputs = taken(&city, now, &items);
        lived.block(now, inputs);
    }
    (city, lived)
}

/// The incidents of the written lines, played again.
fn played(city: &City, from: Timestamp, lines: &str) -> BTreeMap<String, u32> {
    let mut again = Lived::in_city(city, from);
    let mut sent: BTreeMap<Timestamp, Vec<Value>> = BTreeMap::new();
    for line in lines.lines() {
        let mut item: Value = serde_json::from_str(line).expect("JSON");
        let members = item.as_object_mut().expect("an object");
        let at = members.remove("sent_at").unwrap_or(members["time"].clone());
        let at = Timestamp::parse_rfc3339(at.as_str().expect("text")).expect("a moment");
        sent.entry(at).or_default().push(item);
    }
    for (at, items) in sent {
        let inputs = taken(city, at, &items);
        again.block(at, inputs);
    }
    again.incidents()
}

#[test]
fn a_day_that_is_played_again_gives_the_same_incidents() {
    let (city, lived) = storm();
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("data");
    lived.write_down(&dir);
    let (before, from) = (lived.incidents(), lived.blocks[0].now);
    let all: u32 = before.values().sum();
    assert!(all > 50, "{all} incidents");
    let (whole, lines) = exported(&dir, DAY, true).expect("written");
    assert!(
        whole.observations > 1_000 && whole.shortened == 0,
        "{whole}"
    );
    assert_eq!(played(&city, from, &lines), before);
    // Without the callers' own words, what only they had joined may part.
    let (short, lines) = exported(&dir, DAY, false).expect("written");
    assert!(short.shortened > 50, "{short}");
    let after = played(&city, from, &lines);
    let of = |found: &BTreeMap<String, u32>, one: &str| found.get(one).copied().unwrap_or(0);
    let same: u32 = before
        .iter()
        .map(|(one, count)| (*count).min(of(&after, one)))
        .sum();
    assert!(
        same * 100 >= all * 95,
        "{same} of {all} incidents are the same"
    );
}

#[test]
fn nobody_is_known_by_what_is_written_out() {
    let city = dongguan();
    let at = Timestamp::parse_rfc3339("2026-11-23T09:00:00+08:00").expect("a moment");
    let mut lived = Lived::in_city(&city, at);
    let call = serde_json::json!({
        "source": "hotline-12345", "id": "WO-1", "kind": "report", "time": "2026-11-23T08:59:00+08:00",
        "position": [113.7463, 23.0234], "text": "我是张伟，电话13800138000，南城街道路灯不亮，快来修",
        "reporter": {"name": "张伟", "phone": "13800138000"}, "attributes": {"caller_street": "元美路8号"},
    });
    let walks = serde_json::json!({
        "source": "grid-app", "id": "P-1", "kind": "position", "time": "2026-11-23T08:59:30+08:00", "thing": "worker-7",
        "position": [113.7463, 23.0234], "attributes": {"kind": "grid_worker"},
    });
    let unnamed = serde_json::json!({
        "source": "app", "id": "P-2", "kind": "position", "time": "2026-11-23T08:59:40+08:00", "thing": "zhang-phone",
        "position": [113.7463, 23.0234],
    });
    let bracelet = serde_json::json!({
        "source": "sos", "id": "A-1", "kind": "alarm", "time": "2026-11-23T08:59:50+08:00", "thing": "bracelet-9",
        "position": [113.7463, 23.0234], "severity": 2, "category": "E0402", "text": "李芳按下求助",
    });
    lived.block(at, taken(&city, at, &[call, walks, unnamed, bracelet]));
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("data");
    lived.write_down(&dir);
    let (found, lines) = exported(&dir, DAY, false).expect("written");
    assert_eq!(
        (found.observations, found.shortened, found.persons),
        (2, 2, 2)
    );
    for personal in [
        "张伟",
        "13800138000",
        "元美路",
        "快来修",
        "worker-7",
        "zhang-phone",
        "李芳",
        "reporter",
    ] {
        assert!(!lines.contains(personal), "{personal} is in {lines}");
    }
    let first = lines.lines().next().expect("a line");
    let line: Value = serde_json::from_str(first).expect("JSON");
    assert!(
        line["text"].as_str().expect("text").contains("路灯"),
        "{line}"
    );
    assert_eq!(line["attributes"]["text"], "left_out");
    assert_eq!(line["sent_at"], "2026-11-23T09:00:00+08:00");
    let none = exported(&dir, "2026-11-24", false).expect_err("nothing");
    assert!(none.to_string().contains("2026-11-24"), "{none}");
}
