//! What a sentence says, and what it only denies, mentions, compares, fears or leaves behind: how much each of its places
//! counts. By small lists of what people put around the matter they mean (`signs`).

use super::normalised;
use super::signs::{
    ASIDE, ASIDE_FIRST, ASKS, BREAKS, CANNOT_TELL, CANTONESE, DENIES, DENIES_NOTHING, EARLIER,
    FEARED, NEVER_MIND, NO_TROUBLE, NOT_YET, OR, OVER, RATHER, TWO_MATTERS, WEIGHTY, WHERE,
};

/// Denied, or over and done with.
const NOT_SO: f64 = 0.0;
/// Named besides, as a landmark, from before, or feared.
const BESIDE: f64 = 0.25;
/// What stands behind "also" may be the matter or not.
const ALSO: f64 = 0.7;
/// What has been said with weight, or set against what was denied.
const MEANT: f64 = 1.5;
/// What comes late in a long text is more often a remark than the matter.
const LATE: f64 = 0.85;
/// Clauses of some length after which it is late.
const LATE_AFTER: usize = 3;
/// A clause of fewer characters, its break included, calls somebody's attention.
const SHORT: usize = 7;
/// From here on a word speaks for itself, and against what it excludes.
pub const SAID: f64 = 0.5;

/// A text as it is compared here: Cantonese characters as their Mandarin ones.
pub fn folded(text: &str) -> String {
    let plain = |character: char| {
        let found = CANTONESE
            .iter()
            .find(|(cantonese, _)| *cantonese == character);
        found.map_or(character, |(_, mandarin)| *mandarin)
    };
    normalised(text).chars().map(plain).collect()
}

/// A text, and how much what stands in it counts.
#[derive(Debug)]
pub struct Speech {
    pub text: String,
    clauses: Vec<Clause>,
    /// It reports nothing.
    pub asks: bool,
    /// It reports more than one matter, or one of which it says itself that it cannot tell.
    pub for_people: bool,
}

#[derive(Debug)]
struct Clause {
    /// Where it begins and ends, in bytes.
    from: usize,
    to: usize,
    counts: f64,
    /// Parts that count less or more than the whole.
    parts: Vec<(usize, usize, f64)>,
}

/// One place in a text.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Place {
    pub clause: usize,
    pub counts: f64,
}

impl Speech {
    pub fn of(text: &str) -> Self {
        let text = folded(text);
        let any = |signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
        let asks = any(ASKS);
        let for_people = any(TWO_MATTERS) || any(CANNOT_TELL) && any(OR);
        let mut clauses: Vec<Clause> = Vec::new();
        let (mut from, mut number) = (0, 0);
        let mut denied_before = false;
        for (to, broken) in ends(&text) {
            // With its break, so that a sign may ask for the end.
            let said = &text[from..to];
            if said.trim().chars().count() > usize::from(broken) {
                let clause = Clause::of(said, from, number, denied_before);
                number += usize::from(said.trim().chars().count() >= SHORT);
                let never_mind = NEVER_MIND
                    .iter()
                    .any(|sign| said.trim_start().starts_with(sign));
                if let Some(before) = clauses.last_mut().filter(|_| never_mind) {
                    before.counts = before.counts.min(BESIDE);
                }
                denied_before = clause.denies();
                clauses.push(clause);
            }
            from = to;
        }
        Self {
            text,
            clauses,
            asks,
            for_people,
        }
    }

    /// What a word counts that is found from one byte up to another.
    pub fn at(&self, from: usize, to: usize) -> Place {
        let clause = self
            .clauses
            .partition_point(|clause| clause.to <= from)
            .min(self.clauses.len().saturating_sub(1));
        let Some(here) = self.clauses.get(clause) else {
            return Place {
                clause,
                counts: 1.0,
            };
        };
        let part = here.parts.iter().find(|(a, b, _)| (*a..*b).contains(&from));
        let mut counts = part.map_or(here.counts, |(_, _, counts)| counts.min(here.counts));
        let behind = self.text[to..].trim_start_matches('的');
        if WHERE.iter().any(|sign| behind.starts_with(sign)) {
            counts = counts.min(BESIDE);
        }
        Place { clause, counts }
    }
}

impl Clause {
    fn of(said: &str, from: usize, number: usize, denied_before: bool) -> Self {
        let mut clause = Self {
            from,
            to: from + said.len(),
            counts: Self::weighed(said, number, denied_before),
            parts: Vec::new(),
        };
        clause.deny(said);
        clause.fear(said);
        clause
    }

    /// How much the clause counts as a whole.
    fn weighed(said: &str, number: usize, denied_before: bool) -> f64 {
        let any = |signs: &[&str]| signs.iter().any(|sign| said.contains(sign));
        if any(NO_TROUBLE) || is_normal(said) || is_over(said) {
            return NOT_SO;
        }
        if any(ASIDE) || is_beside(said, number) {
            return BESIDE;
        }
        if any(WEIGHTY) || denied_before {
            return MEANT;
        }
        // What is lacking besides.
        let begins = said.trim_start();
        let lacking = number > 0 && (begins.starts_with("没有") || begins.starts_with('无'));
        if lacking || any(EARLIER) {
            return BESIDE;
        }
        let late = if number > LATE_AFTER { LATE } else { 1.0 };
        let also = number > 0 && said.contains('也');
        if also { late * ALSO } else { late }
    }

    /// From "it is not" to "but rather", or to the end.
    fn deny(&mut self, said: &str) {
        for sign in DENIES {
            for (at, _) in said.match_indices(sign) {
                let behind = at + sign.len();
                let nothing = DENIES_NOTHING.iter().any(|other| {
                    said.match_indices(other)
                        .any(|(from, _)| from <= at && behind <= from + other.len())
                });
                if nothing {
                    continue;
                }
                let rather = RATHER
                    .iter()
                    .filter_map(|other| said[behind..].find(other))
                    .min();
                let until = rather.map_or(said.len(), |rather| behind + rather);
                self.parts.push((self.from + at, self.from + until, NOT_SO));
            }
        }
    }

    fn fear(&mut self, said: &str) {
        let first = FEARED.iter().filter_map(|sign| said.find(sign)).min();
        if let Some(at) = first {
            self.parts
                .push((self.from + at, self.from + said.len(), BESIDE));
        }
    }

    /// Whether it says what the matter is not, so that the next says what it is.
    fn denies(&self) -> bool {
        self.counts == NOT_SO || self.parts.iter().any(|(_, _, counts)| *counts == NOT_SO)
    }
}

/// Whether it begins with what lies beside the matter, not beside a place that was named right before.
fn is_beside(said: &str, number: usize) -> bool {
    number > 0 && ASIDE_FIRST.iter().any(|sign| said.starts_with(sign))
}

/// What ends as it should.
fn is_normal(said: &str) -> bool {
    let said = said.trim_end_matches(BREAKS);
    said.ends_with("正常") && !said.ends_with("不正常")
}

fn is_over(said: &str) -> bool {
    OVER.iter().any(|sign| {
        said.find(sign).is_some_and(|at| {
            let before = &said[..at];
            !NOT_YET.iter().any(|not_yet| before.contains(not_yet))
        })
    })
}

/// Where each clause ends, its break included, and whether there is one.
fn ends(text: &str) -> Vec<(usize, bool)> {
    let mut ends: Vec<(usize, bool)> = text
        .char_indices()
        .filter(|(_, character)| BREAKS.contains(character))
        .map(|(at, character)| (at + character.len_utf8(), true))
        .collect();
    if ends.last().is_none_or(|(end, _)| *end < text.len()) {
        ends.push((text.len(), false));
    }
    ends
}
