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

fn exported(dir: &std::path::Path, day: &str) -> Result<(Exported, String), ExportError> {
    let to = dir.with_extension("ndjson");
    let exported = ExportDay {
        data: dir.to_owned(),
        day: day.parse().expect("a day"),
        to: to.clone(),
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

#[test]
fn a_day_that_is_played_again_gives_the_same_incidents() {
    let (city, lived) = storm();
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("data");
    lived.write_down(&dir);
    let (exported, lines) = exported(&dir, DAY).expect("written");
    assert!(exported.observations > 1_000, "{exported}");
    let mut again = Lived::in_city(&city, lived.blocks[0].now);
    let mut sent: BTreeMap<Timestamp, Vec<Value>> = BTreeMap::new();
    for line in lines.lines() {
        let mut item: Value = serde_json::from_str(line).expect("JSON");
        let members = item.as_object_mut().expect("an object");
        let at = members.remove("sent_at").unwrap_or(members["time"].clone());
        let at = Timestamp::parse_rfc3339(at.as_str().expect("text")).expect("a moment");
        sent.entry(at).or_default().push(item);
    }
    for (at, items) in sent {
        let inputs = taken(&city, at, &items);
        again.block(at, inputs);
    }
    let (before, after) = (lived.incidents(), again.incidents());
    assert!(before.len() > 20, "{} kinds of incidents", before.len());
    let lost: Vec<_> = before
        .iter()
        .filter(|one| after.get(one.0) != Some(one.1))
        .collect();
    let new: Vec<_> = after
        .iter()
        .filter(|one| before.get(one.0) != Some(one.1))
        .collect();
    assert!(
        lost.is_empty() && new.is_empty(),
        "lost {lost:#?}\nnew {new:#?}"
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
    lived.block(at, taken(&city, at, &[call, walks]));
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("data");
    lived.write_down(&dir);
    let (exported, lines) = exported(&dir, DAY).expect("written");
    assert_eq!(
        (exported.observations, exported.shortened, exported.persons),
        (1, 1, 1)
    );
    for personal in [
        "张伟",
        "13800138000",
        "元美路",
        "快来修",
        "worker-7",
        "reporter",
    ] {
        assert!(!lines.contains(personal), "{personal} is in {lines}");
    }
    let line: Value = serde_json::from_str(lines.trim()).expect("JSON");
    assert!(
        line["text"].as_str().expect("text").contains("路灯"),
        "{line}"
    );
    assert_eq!(line["attributes"]["text"], "left_out");
    assert_eq!(line["sent_at"], "2026-11-23T09:00:00+08:00");
    let none = super::export_day_tests::exported(&dir, "2026-11-24").expect_err("nothing");
    assert!(none.to_string().contains("2026-11-24"), "{none}");
}
