//! What is wrong with a city pack: each mistake with its file, its line and a reason a clerk can act on.
//! Nothing here stops at the first.

use std::cell::RefCell;
use std::fmt;

/// How much a mistake matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Weight {
    /// The pack cannot be used.
    Error,
    /// The pack works, but somebody will be surprised.
    Warning,
    /// Worth knowing, and may well be meant.
    Note,
}

/// One thing that is wrong, or worth knowing, in a city pack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// Path inside the pack, with forward slashes.
    pub file: String,
    /// From 1; absent where the file as a whole is meant.
    pub line: Option<u64>,
    pub weight: Weight,
    pub reason: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        let weight = match self.weight {
            Weight::Error => "",
            Weight::Warning => "warning: ",
            Weight::Note => "note: ",
        };
        write!(f, ": {weight}{}", self.reason)
    }
}

/// Where the readers of a pack write down what they find. A cell, so that many readers share one.
#[derive(Default, Debug)]
pub struct Findings(RefCell<Vec<Mistake>>);

impl Findings {
    pub fn error(&self, file: &str, line: Option<u64>, reason: impl Into<String>) {
        self.add(file, line, Weight::Error, reason.into());
    }

    pub fn warning(&self, file: &str, line: Option<u64>, reason: impl Into<String>) {
        self.add(file, line, Weight::Warning, reason.into());
    }

    pub fn note(&self, file: &str, line: Option<u64>, reason: impl Into<String>) {
        self.add(file, line, Weight::Note, reason.into());
    }

    fn add(&self, file: &str, line: Option<u64>, weight: Weight, reason: String) {
        self.0.borrow_mut().push(Mistake {
            file: file.to_owned(),
            line,
            weight,
            reason,
        });
    }

    /// By file and line, so that a person can walk through them.
    pub fn into_mistakes(self) -> Vec<Mistake> {
        let mut mistakes = self.0.into_inner();
        mistakes.sort_by(|a, b| (&a.file, a.line, a.weight).cmp(&(&b.file, b.line, b.weight)));
        mistakes.dedup();
        mistakes
    }
}
