//! The city's rules from words to category, and what they make of a text: words count as much as the sentence means them.

use std::collections::BTreeMap;

use super::speech::{Place, SAID, Speech, folded};
use super::stands_alone;
use crate::category::CategoryCode;
use crate::city::TextRule;

/// Of the heaviest sum: another as heavy as this may be meant as well.
const AS_HEAVY: f64 = 0.75;
/// A sum below this is a word in passing.
const LEAST: f64 = 2.5;

/// The rules, ready to be asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextRules {
    rules: Vec<PreparedRule>,
    /// Every word of any rule, as compared.
    words: Vec<String>,
    /// Words by their first character.
    by_first: BTreeMap<char, Vec<usize>>,
}

#[derive(Clone, Debug, PartialEq)]
struct PreparedRule {
    category: CategoryCode,
    /// As written, and the number of how it is compared.
    words: Vec<(String, usize)>,
    all: bool,
    with: Vec<usize>,
    unless: Vec<usize>,
    weight: f64,
}

/// What a text's words suggest.
#[derive(Clone, Debug, PartialEq)]
pub enum Proposal {
    /// One category outweighs every other; the words that spoke for it, in the order of the rules.
    Category {
        code: CategoryCode,
        weight: f64,
        words: Vec<String>,
    },
    /// Several weigh about the same: a person decides.
    Tie(Vec<CategoryCode>),
    /// No rule speaks, or nothing that is said is a matter.
    Nothing,
}

/// Where each word of the rules stands in a text.
type Found = BTreeMap<usize, Vec<Place>>;

impl TextRules {
    pub fn new(rules: &[TextRule]) -> TextRules {
        let mut prepared = Self::default();
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        for rule in rules {
            let mut number = |word: &String| {
                let compared = folded(word.trim());
                let next = numbers.len();
                (!compared.is_empty()).then(|| *numbers.entry(compared).or_insert(next))
            };
            let mut words = Vec::new();
            for word in &rule.words {
                words.extend(number(word).map(|number| (word.clone(), number)));
            }
            let with = rule.with.iter().filter_map(&mut number).collect();
            let unless = rule.unless.iter().filter_map(&mut number).collect();
            prepared.rules.push(PreparedRule {
                category: rule.category,
                words,
                all: rule.all,
                with,
                unless,
                weight: rule.weight,
            });
        }
        prepared.words = vec![String::new(); numbers.len()];
        for (word, number) in numbers {
            if let Some(first) = word.chars().next() {
                prepared.by_first.entry(first).or_default().push(number);
            }
            prepared.words[number] = word;
        }
        prepared
    }

    /// The rules that match are summed by category, each as much as its words are meant; the heaviest sum proposes, unless
    /// another comes near it.
    pub fn propose(&self, text: &str) -> Proposal {
        let speech = Speech::of(text);
        if speech.asks {
            return Proposal::Nothing;
        }
        let mut sums = self.sums(&speech);
        sums.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.code.cmp(&b.code)));
        let said = |sum: &&Sum| sum.weight >= LEAST && sum.meant >= SAID;
        let Some(heaviest) = sums.first().filter(said) else {
            return Proposal::Nothing;
        };
        let near = match speech.for_people {
            true => LEAST,
            false => AS_HEAVY * heaviest.weight,
        };
        let near: Vec<CategoryCode> = sums
            .iter()
            .filter(|sum| sum.weight >= near)
            .map(|sum| sum.code)
            .collect();
        if near.len() > 1 {
            return Proposal::Tie(near);
        }
        if speech.for_people {
            return Proposal::Nothing;
        }
        Proposal::Category {
            code: heaviest.code,
            weight: heaviest.weight,
            words: heaviest.words.clone(),
        }
    }

    /// How much a text speaks for a category, whatever else it speaks for.
    pub fn speaks_for(&self, text: &str, category: CategoryCode) -> f64 {
        let sums = self.sums(&Speech::of(text));
        let sum = sums.into_iter().find(|sum| sum.code == category);
        sum.map_or(0.0, |sum| sum.weight)
    }

    fn sums(&self, speech: &Speech) -> Vec<Sum> {
        let found = self.find(speech);
        let mut sums: BTreeMap<CategoryCode, Sum> = BTreeMap::new();
        for rule in &self.rules {
            let (counts, words) = rule.found_in(&found);
            if words.is_empty() {
                continue;
            }
            let sum = sums.entry(rule.category).or_insert_with(|| Sum {
                code: rule.category,
                weight: 0.0,
                meant: 0.0,
                words: Vec::new(),
            });
            sum.weight += counts * rule.weight;
            sum.meant = sum.meant.max(counts);
            for word in words {
                if !sum.words.contains(word) {
                    sum.words.push(word.clone());
                }
            }
        }
        sums.into_values().collect()
    }

    fn find(&self, speech: &Speech) -> Found {
        let mut found = Found::new();
        let text = speech.text.as_str();
        for (at, first) in text.char_indices() {
            for number in self.by_first.get(&first).into_iter().flatten() {
                let word = self.words[*number].as_str();
                if text[at..].starts_with(word) && stands_alone(word, text, at) {
                    let place = speech.at(at, at + word.len());
                    if place.counts > 0.0 {
                        found.entry(*number).or_default().push(place);
                    }
                }
            }
        }
        found
    }
}

struct Sum {
    code: CategoryCode,
    weight: f64,
    /// How much the word counts that is meant most.
    meant: f64,
    words: Vec<String>,
}

impl PreparedRule {
    /// How much the rule counts, and the words found; none if it does not match.
    fn found_in<'a>(&'a self, found: &Found) -> (f64, Vec<&'a String>) {
        let places = |number: &usize| found.get(number).map_or(&[][..], Vec::as_slice);
        let nothing = (0.0, Vec::new());
        let excluded = self.unless.iter().flat_map(places);
        if excluded.into_iter().any(|place| place.counts >= SAID) {
            return nothing;
        }
        let beside: Vec<&Place> = self.with.iter().flat_map(places).collect();
        let mut counts: f64 = 0.0;
        let mut words = Vec::new();
        for (word, number) in &self.words {
            let here = places(number).iter().filter(|place| {
                let near = |other: &&Place| other.clause.abs_diff(place.clause) <= 1;
                self.with.is_empty() || beside.iter().any(near)
            });
            let best = here.map(|place| place.counts).fold(0.0, f64::max);
            if best > 0.0 {
                counts = counts.max(best);
                words.push(word);
            }
        }
        if self.all && words.len() < self.words.len() {
            return nothing;
        }
        (counts, words)
    }
}
