//! What holds for any bytes at all: nothing panics, and every item is accounted for exactly once.

use std::collections::BTreeSet;

use gulou::ingest::batch::{Batch, Form};
use gulou::ingest::decode::{Encoding, decoded};
use proptest::prelude::*;
use proptest::sample::Index;

use super::good_input::packings;
use super::town::{array, read, read_with, report};

const FORMS: [Form; 3] = [Form::Array, Form::Lines, Form::Features];

fn feed_of(form: Form) -> Option<&'static str> {
    (form == Form::Features).then_some("usgs-earthquakes")
}

fn assert_all_accounted(batch: &Batch) {
    let mut seen = BTreeSet::new();
    for candidate in &batch.candidates {
        assert!(
            seen.insert(candidate.index),
            "item {} twice",
            candidate.index
        );
    }
    for reject in &batch.rejects {
        assert!(seen.insert(reject.index), "item {} twice", reject.index);
    }
    assert_eq!(seen.len(), batch.items);
    assert_eq!(seen.last().map_or(0, |last| last + 1), batch.items);
}

/// Items that are good, bad, odd or no items at all.
fn item() -> impl Strategy<Value = String> {
    let changes = prop_oneof![
        Just("{}".to_owned()),
        Just(r#"{"position": [23.0, 113.7]}"#.to_owned()),
        Just(
            r#"{"kind": "reading", "thing": "s", "property": "O3", "value": 3, "unit": "ug/m3"}"#
                .to_owned()
        ),
        Just(r#"{"time": "never"}"#.to_owned()),
        any::<u16>().prop_map(|id| format!(r#"{{"id": "{id}"}}"#)),
        any::<f64>().prop_map(|number| {
            serde_json::json!({ "accuracy_m": number, "severity": number }).to_string()
        }),
        any::<String>()
            .prop_map(|text| serde_json::json!({ "text": text, "id": text }).to_string()),
    ];
    let odd = [
        "7",
        "null",
        "[[]]",
        r#""x""#,
        "1e999",
        r#"{"id": "\ud800"}"#,
        r#"{"a": {"b": [1, {"c": null}]}}"#,
    ];
    prop_oneof![
        4 => changes.prop_map(|changes| report(&changes)),
        1 => proptest::sample::select(odd.to_vec()).prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for form in FORMS {
            if let Ok(batch) = read_with("*", form, feed_of(form), &bytes) {
                assert_all_accounted(&batch);
            }
        }
        for encoding in [Encoding::Gzip, Encoding::Zstd, Encoding::Brotli] {
            let _ = decoded(encoding, &bytes);
        }
    }

    #[test]
    fn no_damage_to_a_good_batch_makes_the_reader_panic(
        items in proptest::collection::vec(item(), 1..6),
        wounds in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..6),
    ) {
        for (encoding, packed) in packings(&array(&items)) {
            let mut packed = packed;
            for (at, byte) in &wounds {
                let at = at.index(packed.len());
                packed[at] = *byte;
            }
            if let Ok(body) = decoded(encoding, &packed) {
                for form in FORMS {
                    if let Ok(batch) = read_with("*", form, feed_of(form), &body) {
                        assert_all_accounted(&batch);
                    }
                }
            }
        }
    }

    #[test]
    fn every_item_is_accounted_for_once(items in proptest::collection::vec(item(), 0..30)) {
        let batch = read(Form::Array, &array(&items)).expect("well-formed");
        prop_assert_eq!(batch.items, items.len());
        assert_all_accounted(&batch);
    }

    #[test]
    fn splitting_a_batch_otherwise_changes_nothing(
        items in proptest::collection::vec(item(), 1..20),
        cut in any::<Index>(),
    ) {
        let fates = |items: &[String], first: usize| -> Vec<(usize, String)> {
            let batch = read(Form::Array, &array(items)).expect("well-formed");
            let taken = batch.candidates.iter().map(|candidate| {
                (first + candidate.index, format!("{:?}", candidate.observation))
            });
            let refused = batch.rejects.iter().map(|reject| {
                // Where in the body an unreadable item stood does depend on the cut.
                let reason = reject.fault.reason.split(" at line ").next().unwrap_or_default();
                (first + reject.index, format!("{} {reason}", reject.fault.pointer))
            });
            let mut fates: Vec<_> = taken.chain(refused).collect();
            fates.sort();
            fates
        };
        let cut = cut.index(items.len());
        let mut parts = fates(&items[..cut], 0);
        parts.extend(fates(&items[cut..], cut));
        prop_assert_eq!(fates(&items, 0), parts);
    }
}
