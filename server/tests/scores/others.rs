//! Sentences the scenario does not write. `others.tsv`: by somebody who had seen neither the rules nor the scenario; every
//! second one, from the first on, was at hand when the rules were last widened, to the other half nothing was fitted.
//! `held_out.tsv`: written by a rule of its own before that, by the hand that then widened them, and not fitted to: every second
//! kind of the list, said plainly, after a denial, beside something else, after something past, at a landmark, in turn. Whoever
//! fits one of those must say so here. `-` is what a careful system leaves to people: a tray is better than a wrong department.

use std::collections::BTreeMap;

use domain::jurisdictions::Jurisdictions;
use domain::text::Proposal;
use gulou::fuse::Lexicon;

use super::dongguan;

const OTHERS: &str = include_str!("others.tsv");
const HELD_OUT: &str = include_str!("held_out.tsv");

#[derive(Default)]
struct Read {
    right: u32,
    tray: u32,
    wrong: u32,
    mistaken: BTreeMap<String, Vec<String>>,
}

impl Read {
    fn of<'a>(lexicon: &Lexicon, sentences: impl Iterator<Item = &'a str>) -> Self {
        let mut read = Self::default();
        for line in sentences {
            let mut fields = line.split('\t');
            let (Some(code), Some(_style), Some(text)) =
                (fields.next(), fields.next(), fields.next())
            else {
                panic!("not three columns: {line}");
            };
            match (lexicon.kind(text), code) {
                (Proposal::Category { code: found, .. }, _) if found.to_string() == code => {
                    read.right += 1;
                }
                (Proposal::Category { code: found, .. }, _) => {
                    read.wrong += 1;
                    let mistaken = read.mistaken.entry(code.to_owned()).or_default();
                    mistaken.push(format!("{found}: {text}"));
                }
                (_, "-") => read.right += 1,
                _ => read.tray += 1,
            }
        }
        read
    }

    /// So many of a hundred are understood at least, and mistaken at most.
    fn holds(&self, name: &str, least_right: u32, most_wrong: u32) {
        let Self {
            right, tray, wrong, ..
        } = self;
        println!("{name}: {right} right, {tray} to the tray, {wrong} wrong");
        for (code, texts) in &self.mistaken {
            println!("{code} taken for {}", texts.join(" | "));
        }
        let all = right + tray + wrong;
        assert!(100 * right >= least_right * all, "{name}: {right} of {all}");
        assert!(100 * wrong <= most_wrong * all, "{name}: {wrong} of {all}");
    }
}

#[test]
fn words_of_others_are_understood_or_left_to_people_rather_than_mistaken() {
    let city = dongguan();
    let lexicon = Lexicon::of(&city, &Jurisdictions::of(&city));
    let others = || OTHERS.lines().skip(1);
    let developed = Read::of(&lexicon, others().step_by(2));
    let unfitted = Read::of(&lexicon, others().skip(1).step_by(2));
    let held_out = Read::of(&lexicon, HELD_OUT.lines().skip(1));
    developed.holds("of others, developed with", 90, 2);
    unfitted.holds("of others, not fitted to", 75, 8);
    held_out.holds("held out", 80, 5);
}
