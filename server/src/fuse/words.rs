//! What the words of a piece of evidence say, made ready to be compared: tokens with synonyms folded, and the places
//! it names. Derived from the Picture and the pack alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::city::City;
use domain::gazetteer::{Gazetteer, Spoken};
use domain::ids::EvidenceId;
use domain::incident::Evidence;
use domain::jurisdictions::Jurisdictions;
use domain::text::{Proposal, TextRules, bigrams, normalised};

/// Pieces whose words are held ready; beyond that all are let go and read again when they are asked for.
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

/// The pack's words, ready to read texts with.
#[derive(Default)]
pub struct Reader {
    rules: TextRules,
    gazetteer: Gazetteer,
    /// A word and the one that stands for all of its meaning, longest first.
    synonyms: Vec<(String, String)>,
    ready: BTreeMap<EvidenceId, Arc<Words>>,
}

impl Reader {
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
            ready: BTreeMap::new(),
        }
    }

    /// The kind a text speaks of.
    pub fn kind(&self, text: &str) -> Proposal {
        self.rules.propose(&self.gazetteer.unnamed(text))
    }

    /// The town and place a text speaks of.
    pub fn place(&self, text: &str) -> Spoken {
        self.gazetteer.find(text)
    }

    /// The words of a piece; a text that was corrected is read anew by [`Reader::forget`].
    pub fn words(&mut self, evidence: &Evidence) -> Arc<Words> {
        if let Some(words) = self.ready.get(&evidence.id) {
            return words.clone();
        }
        if self.ready.len() >= MOST_READY {
            self.ready.clear();
        }
        let words = Arc::new(self.read(&evidence.text));
        self.ready.insert(evidence.id, words.clone());
        words
    }

    pub fn forget(&mut self, evidence: EvidenceId) {
        self.ready.remove(&evidence);
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

/// FNV-1a, 64 bits: the same on every machine.
fn hash(token: &str) -> u64 {
    token.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
