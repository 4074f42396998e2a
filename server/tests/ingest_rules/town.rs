//! Dongguan as its pack describes it, and words for writing batches.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use domain::city::City;
use domain::time::Timestamp;
use gulou::city::{Source, load};
use gulou::ingest::batch::{self, Batch, Form, Terms};
use gulou::ingest::refusal::Refusal;

/// 2026-11-23T01:15:00Z, a Monday morning in Dongguan.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_396_500_000);

pub fn dongguan() -> Arc<City> {
    static CITY: OnceLock<Arc<City>> = OnceLock::new();
    CITY.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cities/dongguan");
        let loaded = load(&Source::Folder(folder));
        Arc::new(loaded.expect("the pack that ships is in order").city)
    })
    .clone()
}

/// Reads a body with a key for everything.
pub fn read(form: Form, body: &[u8]) -> Result<Batch, Refusal> {
    read_with("*", form, None, body)
}

pub fn read_with(
    key_glob: &str,
    form: Form,
    feed: Option<&str>,
    body: &[u8],
) -> Result<Batch, Refusal> {
    let city = dongguan();
    let terms = Terms {
        city: &city,
        key_glob,
        feed: Terms::feed_named(&city, form, feed)?,
        now: NOW,
    };
    batch::read(form, body, &terms)
}

/// A report of rubbish at the town hall, with some members replaced or added by `changes`.
pub fn report(changes: &str) -> String {
    let mut item: serde_json::Value = serde_json::json!({
        "source": "hotline-12345", "id": "WO-1", "version": 1, "kind": "report",
        "time": "2026-11-23T09:10:00+08:00", "position": [113.7463, 23.0234],
        "accuracy_m": 30, "category": "E0301", "severity": 2, "text": "满地垃圾",
        "drill": false, "attributes": {}
    });
    let changes: serde_json::Value = serde_json::from_str(changes).expect("changes are JSON");
    for (name, value) in changes.as_object().expect("changes are an object") {
        item[name] = value.clone();
    }
    item.to_string()
}

pub fn array(items: &[String]) -> Vec<u8> {
    format!("[{}]", items.join(",")).into_bytes()
}
