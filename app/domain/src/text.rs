//! Chinese-friendly text: what is indexed, what is asked of the index, how alike two texts are, and (below) which category
//! a caller's words suggest. Every function is total: any text gives an answer, never a syntax error.

mod rules;
mod signs;
mod speech;

use std::collections::BTreeSet;

pub use rules::{Proposal, TextRules};

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
