//! What a day sends, the door takes: every observation is read by the reader of feeds.

use super::{busy, day, dongguan, ground, thin};
use crate::ingest::batch::{Form, Terms, read};
use crate::scenario::Options;

const SEED: u64 = 11;

fn is_taken(options: &Options) {
    let (ground, city) = (ground(), dongguan());
    let day = day(&ground, SEED, options);
    let last = day.observations.iter().map(|one| one.sent_at).max();
    let terms = Terms {
        city: &city,
        key_glob: "*",
        feed: None,
        now: last.expect("something is sent"),
    };
    for batch in day.observations.chunks(5_000) {
        let lines: Vec<String> = batch.iter().map(|one| one.to_line(&city.zone)).collect();
        let taken = read(Form::Lines, lines.join("\n").as_bytes(), &terms).expect("readable");
        assert_eq!(taken.rejects, [], "of {} items", batch.len());
        assert_eq!(taken.candidates.len(), batch.len());
        // The form and the value say the same.
        let value = batch[0].to_json(&city.zone);
        assert_eq!(serde_json::from_str(&lines[0]).ok(), Some(value));
    }
}

#[test]
fn everything_people_say_in_a_day_is_taken() {
    is_taken(&thin());
}

#[test]
fn everything_a_busy_city_says_in_some_minutes_is_taken() {
    is_taken(&busy(14, 4));
}
