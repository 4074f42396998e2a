//! Sentences of others: written from the list of kinds alone, by somebody who had seen neither the rules nor the
//! scenario. Nobody tunes to them, so what is measured here is what a stranger's words are worth; a rule that is widened
//! with one of them at hand must leave the file. `-` is what a careful system leaves to people.

use std::collections::BTreeMap;

use domain::jurisdictions::Jurisdictions;
use domain::text::Proposal;
use gulou::fuse::Lexicon;

use super::dongguan;

const SENTENCES: &str = include_str!("others.tsv");
/// Measured when the sentences were first read; the tray is where the rest goes, and a person with it.
const LEAST_RIGHT: f64 = 0.43;
/// Of those that are decided: a wrong department is worse than the tray.
const MOST_WRONG: f64 = 0.41;

#[test]
fn words_of_others_are_mostly_left_to_people_rather_than_mistaken() {
    let city = dongguan();
    let lexicon = Lexicon::of(&city, &Jurisdictions::of(&city));
    let (mut right, mut wrong, mut tray) = (0_u32, 0_u32, 0_u32);
    let mut mistaken: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for line in SENTENCES.lines().skip(1) {
        let mut fields = line.split('\t');
        let (Some(code), Some(_style), Some(text)) = (fields.next(), fields.next(), fields.next())
        else {
            panic!("not three columns: {line}");
        };
        match (lexicon.kind(text), code) {
            (Proposal::Category { code: found, .. }, _) if found.to_string() == code => right += 1,
            (Proposal::Category { code: found, .. }, _) => {
                wrong += 1;
                mistaken
                    .entry(code)
                    .or_default()
                    .push(format!("{found}: {text}"));
            }
            (_, "-") => right += 1,
            _ => tray += 1,
        }
    }
    println!("{right} right, {tray} to the tray, {wrong} wrong");
    for (code, texts) in &mistaken {
        println!("{code} taken for {}", texts.join(" | "));
    }
    let all = f64::from(right + wrong + tray);
    assert!(f64::from(right) / all >= LEAST_RIGHT);
    assert!(f64::from(wrong) / f64::from(right + wrong) <= MOST_WRONG);
}
