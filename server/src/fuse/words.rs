//! What the words of a piece of evidence say, made ready to be compared: tokens with synonyms folded, and the places
//! it names. Derived from the Picture and the pack alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::category::{Category, CategoryCode};
use domain::city::City;
use domain::gazetteer::{Gazetteer, Spoken};
use domain::ids::EvidenceId;
use domain::incident::Evidence;
use domain::jurisdictions::Jurisdictions;
use domain::text::{Proposal, TextRules, bigrams, normalised};

/// Pieces whose words are held ready; beyond that the one longest held is let go, and read again when it is asked for.
const MOST_READY: usize = 100_000;
/// Fewer tokens say too little to hold two texts against each other.
const FEWEST_TOKENS: usize = 2;

/// The words of one piece.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Words {
    /// Hashes of the tokens, sorted, each once.
    tokens: Vec<u64>,
    /// Numbers of the places it names.
    pub names: BTreeSet<u32>,
}

impl Words {
    /// From 0 to 1: tokens in common, of the tokens in either. None where one of the two says too little.
    pub fn likeness(&self, other: &Self) -> Option<f64> {
        if self.tokens.len() < FEWEST_TOKENS || other.tokens.len() < FEWEST_TOKENS {
            return None;
        }
        let common = self
            .tokens
            .iter()
            .filter(|token| other.tokens.binary_search(token).is_ok())
            .count();
        let either = self.tokens.len() + other.tokens.len() - common;
        Some(common as f64 / either as f64)
    }
}

/// The pack's words, ready to read texts with: dear to build, so built once for each version of a pack.
#[derive(Default)]
pub struct Lexicon {
    rules: TextRules,
    gazetteer: Gazetteer,
    /// A word and the one that stands for all of its meaning, longest first.
    synonyms: Vec<(String, String)>,
}

impl Lexicon {
    pub fn of(city: &City, places: &Jurisdictions) -> Self {
        let mut synonyms = Vec::new();
        for meaning in &city.fusion.synonyms {
            let Some(first) = meaning.first() else {
                continue;
            };
            let first = normalised(first);
            synonyms.extend(meaning.iter().map(|word| (normalised(word), first.clone())));
        }
        synonyms.retain(|(word, _)| !word.is_empty());
        synonyms.sort_by(|a, b| (b.0.len(), &a.0).cmp(&(a.0.len(), &b.0)));
        Self {
            rules: TextRules::new(&city.text_rules),
            gazetteer: Gazetteer::of(city, places),
            synonyms,
        }
    }

    /// The kind a text speaks of.
    pub fn kind(&self, text: &str) -> Proposal {
        self.rules.propose(&self.gazetteer.unnamed(text))
    }

    /// The kind a text speaks of instead of the one its sender gave: clearly, and not a word for that one.
    pub fn contradicts(&self, text: &str, given: &Category) -> Option<(CategoryCode, Vec<String>)> {
        // Systems write the kind's own name or condition into the text.
        if text.contains(&given.name) || text.contains(&given.condition) {
            return None;
        }
        let unnamed = self.gazetteer.unnamed(text);
        match self.rules.propose(&unnamed) {
            Proposal::Category { code, words, .. }
                if code != given.code && self.rules.speaks_for(&unnamed, given.code) == 0.0 =>
            {
                Some((code, words))
            }
            _ => None,
        }
    }

    /// The town and place a text speaks of.
    pub fn place(&self, text: &str) -> Spoken {
        self.gazetteer.find(text)
    }

    pub fn read(&self, text: &str) -> Words {
        let mut tokens: Vec<u64> = bigrams(&self.folded(text))
            .iter()
            .map(|token| hash(token))
            .collect();
        tokens.sort_unstable();
        tokens.dedup();
        Words {
            tokens,
            names: self.gazetteer.find(text).names,
        }
    }

    /// A text in which every synonym is its first, set apart so that it stays one token run.
    fn folded(&self, text: &str) -> String {
        let text = normalised(text);
        let mut folded = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let known = self
                .synonyms
                .iter()
                .find(|(word, _)| rest.starts_with(word.as_str()));
            match known {
                Some((word, meaning)) => {
                    folded.push(' ');
                    folded.push_str(meaning);
                    folded.push(' ');
                    rest = &rest[word.len()..];
                }
                None => {
                    folded.push(first);
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        folded
    }
}

/// Reads pieces with a pack's words, and holds ready what it has read.
#[derive(Default)]
pub struct Reader {
    lexicon: Arc<Lexicon>,
    ready: Ready,
}

impl Reader {
    pub fn with(lexicon: Arc<Lexicon>) -> Self {
        Self {
            lexicon,
            ready: Ready::default(),
        }
    }

    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// The words of a piece; a text that was corrected is read anew by [`Reader::forget`].
    pub fn words(&mut self, evidence: &Evidence) -> Arc<Words> {
        if let Some(words) = self.ready.get(evidence.id) {
            return words;
        }
        let words = Arc::new(self.lexicon.read(&evidence.text));
        self.ready.put(evidence.id, words.clone(), MOST_READY);
        words
    }

    pub fn forget(&mut self, evidence: EvidenceId) {
        self.ready.remove(evidence);
    }
}

/// Words by piece, and the pieces in the order in which they were read.
#[derive(Default)]
struct Ready {
    words: BTreeMap<EvidenceId, (u64, Arc<Words>)>,
    order: BTreeMap<u64, EvidenceId>,
    turn: u64,
}

impl Ready {
    fn get(&self, evidence: EvidenceId) -> Option<Arc<Words>> {
        let (_, words) = self.words.get(&evidence)?;
        Some(words.clone())
    }

    fn put(&mut self, evidence: EvidenceId, words: Arc<Words>, most: usize) {
        self.remove(evidence);
        while self.words.len() >= most {
            let Some((_, oldest)) = self.order.pop_first() else {
                break;
            };
            self.words.remove(&oldest);
        }
        self.turn += 1;
        self.order.insert(self.turn, evidence);
        self.words.insert(evidence, (self.turn, words));
    }

    fn remove(&mut self, evidence: EvidenceId) {
        if let Some((turn, _)) = self.words.remove(&evidence) {
            self.order.remove(&turn);
        }
    }
}

/// FNV-1a, 64 bits: the same on every machine.
fn hash(token: &str) -> u64 {
    token.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The pieces read last are held ready, and no more than there is room for; what was corrected is not.
        #[test]
        fn the_longest_held_makes_room(
            said in vec((0..12_u32, prop::bool::weighted(0.2)), 0..60),
            most in 1..8_usize,
        ) {
            let mut ready = Ready::default();
            let mut held: Vec<u32> = Vec::new();
            for (piece, corrected) in said {
                let id = EvidenceId::new(1, piece);
                if corrected {
                    ready.remove(id);
                    held.retain(|one| *one != piece);
                } else if ready.get(id).is_none() {
                    ready.put(id, Arc::default(), most);
                    held.push(piece);
                    let room_for = held.len().saturating_sub(most);
                    held.drain(..room_for);
                }
                let mut expected: Vec<EvidenceId> =
                    held.iter().map(|piece| EvidenceId::new(1, *piece)).collect();
                prop_assert_eq!(&ready.order.values().copied().collect::<Vec<_>>(), &expected);
                expected.sort_unstable();
                prop_assert_eq!(ready.words.keys().copied().collect::<Vec<_>>(), expected);
            }
        }
    }
}
