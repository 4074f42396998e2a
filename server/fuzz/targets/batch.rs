//! Any bytes at the door for feeds: refused or read, every item counted once, never a panic.
#![no_main]

use std::sync::OnceLock;

use domain::city::City;
use domain::time::Timestamp;
use gulou::city::{Source, load};
use gulou::ingest::batch::{Form, Terms, read};
use gulou::ingest::decode::{Encoding, MOST_BYTES, decoded};
use libfuzzer_sys::fuzz_target;

/// 2026-11-23T00:00:00Z: the batch parser is given its clock, and the fuzzer's is fixed.
const NOW_MS: i64 = 1_795_392_000_000;
const ENCODINGS: [Option<&str>; 4] = [None, Some("gzip"), Some("zstd"), Some("br")];
const FORMS: [&str; 3] = [
    "application/json",
    "application/x-ndjson",
    "application/geo+json",
];

fn city() -> &'static City {
    static CITY: OnceLock<City> = OnceLock::new();
    CITY.get_or_init(|| match load(&Source::Embedded) {
        Ok(loaded) => loaded.city,
        Err(mistakes) => panic!("the pack that ships is whole: {mistakes:?}"),
    })
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else {
        return;
    };
    let choice = usize::from(*choice);
    let encoding = Encoding::named(ENCODINGS[choice / FORMS.len() % ENCODINGS.len()]);
    let form = Form::named(Some(FORMS[choice % FORMS.len()]));
    let (Ok(encoding), Ok(form)) = (encoding, form) else {
        panic!("the contract's own names are known");
    };
    let Ok(body) = decoded(encoding, body) else {
        return;
    };
    assert!(body.len() <= MOST_BYTES);
    let name = (form == Form::Features).then_some("usgs-earthquakes");
    let Ok(feed) = Terms::feed_named(city(), form, name) else {
        panic!("the pack that ships has its example feed");
    };
    let now = Timestamp::from_millis(NOW_MS);
    let terms = Terms {
        city: city(),
        key_glob: "*",
        feed,
        now,
    };
    if let Ok(batch) = read(form, &body, &terms) {
        assert_eq!(batch.items, batch.candidates.len() + batch.rejects.len());
    }
});
