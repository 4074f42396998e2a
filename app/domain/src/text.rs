//! Chinese-friendly text: what is indexed, what is asked of the index, how alike two texts are, and which category a
//! caller's words suggest. Every function is total: any text gives an answer, never a syntax error.

use std::collections::{BTreeMap, BTreeSet};

use crate::category::CategoryCode;
use crate::city::TextRule;

/// Words and phrases a query asks for at most; what follows is left out.
const MOST_ASKED: usize = 32;
/// Characters of one phrase or word that are asked for.
const LONGEST_ASKED: usize = 64;

/// The tokens of a text: Latin words and numbers whole, runs of Chinese as overlapping pairs, a lone character alone.
/// `虎门大桥 G4` gives `虎门 门大 大桥 g4`. Two-character Chinese words are found, which trigrams miss.
pub fn bigrams(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for run in runs(text) {
        match run {
            Run::Word(word) => tokens.push(word),
            Run::Chinese(characters) => tokens.extend(pairs(&characters)),
        }
    }
    tokens
}

/// What to store for full-text search (SQLite FTS5, tokenizer `unicode61`): the tokens, joined by spaces. The last
/// character of every Chinese run stands alone behind its pairs, so that one character is found wherever it stands.
pub fn index_text(text: &str) -> String {
    let mut tokens = Vec::new();
    for run in runs(text) {
        match run {
            Run::Word(word) => tokens.push(word),
            Run::Chinese(characters) => {
                tokens.extend(pairs(&characters));
                if characters.len() > 1 {
                    tokens.extend(characters.last().map(ToString::to_string));
                }
            }
        }
    }
    tokens.join(" ")
}

/// An FTS5 MATCH expression over [`index_text`]: every word, and every Chinese run as a phrase, must occur.
/// A text without any letter or digit gives `""`, which matches nothing.
pub fn query_text(text: &str) -> String {
    let mut asked = Vec::new();
    for run in runs(text) {
        if asked.len() == MOST_ASKED {
            break;
        }
        match run {
            Run::Word(word) => {
                asked.push(format!(
                    "\"{}\"",
                    word.chars().take(LONGEST_ASKED).collect::<String>()
                ));
            }
            Run::Chinese(characters) => match characters.as_slice() {
                [lone] => asked.push(format!("\"{lone}\"*")),
                run => {
                    let phrase = pairs(&run[..run.len().min(LONGEST_ASKED)]).join(" ");
                    asked.push(format!("\"{phrase}\""));
                }
            },
        }
    }
    if asked.is_empty() {
        "\"\"".to_owned()
    } else {
        asked.join(" AND ")
    }
}

/// The tokens of a text, each once: kept where one text is compared with many.
pub fn grams(text: &str) -> BTreeSet<String> {
    bigrams(text).into_iter().collect()
}

/// How alike two texts are, from 0 to 1: tokens in common, of the tokens in either (Jaccard).
/// A text without tokens is like nothing.
pub fn similarity(a: &str, b: &str) -> f64 {
    similarity_of(&grams(a), &grams(b))
}

/// [`similarity`] of texts whose tokens are already known.
pub fn similarity_of(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let common = a.intersection(b).count();
    let either = a.len() + b.len() - common;
    if either == 0 {
        0.0
    } else {
        common as f64 / either as f64
    }
}

/// A text as it is compared: full-width Latin and digits made plain, ASCII letters small.
pub fn normalised(text: &str) -> String {
    text.chars().map(plain).collect()
}

fn plain(character: char) -> char {
    let narrow = match character {
        '\u{3000}' => ' ',
        // The full-width forms stand in the order of ASCII, from '!' to '~'.
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character)
        }
        other => other,
    };
    narrow.to_ascii_lowercase()
}

enum Run {
    Word(String),
    Chinese(Vec<char>),
}

/// Stretches of one kind of writing; everything that is neither letter nor digit separates.
fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut separated = true;
    for character in text.chars().map(plain) {
        if !character.is_alphanumeric() {
            separated = true;
            continue;
        }
        let chinese = is_ideographic(character);
        match runs.last_mut() {
            Some(Run::Chinese(run)) if chinese && !separated => run.push(character),
            Some(Run::Word(word)) if !chinese && !separated => word.push(character),
            _ if chinese => runs.push(Run::Chinese(vec![character])),
            _ => runs.push(Run::Word(character.to_string())),
        }
        separated = false;
    }
    runs
}

/// Scripts written without spaces between words: Han with its extensions, kana, and (for guests' names) hangul.
fn is_ideographic(character: char) -> bool {
    matches!(
        character,
        '\u{3005}'
            | '\u{3007}'
            | '\u{3040}'..='\u{30ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{323af}'
    )
}

fn pairs(characters: &[char]) -> Vec<String> {
    match characters {
        [lone] => vec![lone.to_string()],
        run => run.windows(2).map(|pair| pair.iter().collect()).collect(),
    }
}

/// The city's rules from words to category, ready to be asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextRules(Vec<PreparedRule>);

#[derive(Clone, Debug, PartialEq)]
struct PreparedRule {
    category: CategoryCode,
    /// As written, and as compared.
    words: Vec<(String, String)>,
    all: bool,
    with: Vec<String>,
    unless: Vec<String>,
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
    /// Several weigh the same: a person decides.
    Tie(Vec<CategoryCode>),
    /// No rule speaks.
    Nothing,
}

impl TextRules {
    pub fn new(rules: &[TextRule]) -> TextRules {
        let mut prepared = Vec::new();
        for rule in rules {
            let words = rule
                .words
                .iter()
                .map(|word| (word.clone(), normalised(word.trim())));
            prepared.push(PreparedRule {
                category: rule.category,
                words: words.filter(|(_, compared)| !compared.is_empty()).collect(),
                all: rule.all,
                with: rule.with.iter().map(|word| normalised(word)).collect(),
                unless: rule.unless.iter().map(|word| normalised(word)).collect(),
                weight: rule.weight,
            });
        }
        TextRules(prepared)
    }

    /// The rules that match are summed by category; the heaviest sum proposes.
    pub fn propose(&self, text: &str) -> Proposal {
        let text = normalised(text);
        let mut sums: BTreeMap<CategoryCode, (f64, Vec<String>)> = BTreeMap::new();
        for rule in &self.0 {
            let found = rule.found_in(&text);
            if found.is_empty() {
                continue;
            }
            let (weight, words) = sums.entry(rule.category).or_default();
            *weight += rule.weight;
            for word in found {
                if !words.contains(word) {
                    words.push(word.clone());
                }
            }
        }
        let heaviest = sums
            .values()
            .map(|(weight, _)| *weight)
            .fold(f64::NEG_INFINITY, f64::max);
        let mut best: Vec<(CategoryCode, (f64, Vec<String>))> = sums
            .into_iter()
            .filter(|(_, (weight, _))| *weight == heaviest)
            .collect();
        match (best.len(), best.pop()) {
            (1, Some((code, (weight, words)))) => Proposal::Category {
                code,
                weight,
                words,
            },
            (_, None) => Proposal::Nothing,
            (_, Some((last, _))) => {
                let mut tied: Vec<CategoryCode> = best.into_iter().map(|(code, _)| code).collect();
                tied.push(last);
                Proposal::Tie(tied)
            }
        }
    }
}

impl PreparedRule {
    /// The words found; empty if the rule does not match.
    fn found_in<'a>(&'a self, text: &str) -> Vec<&'a String> {
        let mut found = Vec::new();
        let said = |words: &[String]| words.iter().any(|word| occurs(word, text));
        if said(&self.unless) || !self.with.is_empty() && !said(&self.with) {
            return found;
        }
        for (word, compared) in &self.words {
            if occurs(compared, text) {
                found.push(word);
            }
        }
        if self.all && found.len() < self.words.len() {
            found.clear();
        }
        found
    }
}

/// Chinese words anywhere; a Latin word only whole: `gas` is not in `gasoline`.
fn occurs(word: &str, text: &str) -> bool {
    let mut places = text.match_indices(word);
    places.any(|(at, _)| stands_alone(word, text, at))
}

/// Whether a word found at `at` is not part of a longer Latin word.
pub(crate) fn stands_alone(word: &str, text: &str, at: usize) -> bool {
    let is_latin = |character: Option<char>| {
        character.is_some_and(|c| c.is_alphanumeric() && !is_ideographic(c))
    };
    let before = text[..at].chars().next_back();
    let behind = text[at + word.len()..].chars().next();
    let grown_before = is_latin(word.chars().next()) && is_latin(before);
    let grown_behind = is_latin(word.chars().next_back()) && is_latin(behind);
    !grown_before && !grown_behind
}
