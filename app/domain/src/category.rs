//! Kinds of things that can be the matter (GB/T 30428 practice): components C and events E,
//! a two-digit class and a two-digit kind; and how serious they are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock::Limit;
use crate::ids::IdError;

/// `E0301`: a letter (C component, E event), two digits of class, two of kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CategoryCode {
    letter: u8,
    kind: u16,
}

impl CategoryCode {
    /// The first three characters: `E03`.
    pub fn class(self) -> String {
        format!("{}{:02}", char::from(self.letter), self.kind / 100)
    }

    /// As it is written.
    pub fn letters(self) -> [u8; 5] {
        let digit = |place: u16| b'0' + (self.kind / place % 10) as u8;
        [self.letter, digit(1000), digit(100), digit(10), digit(1)]
    }

    /// Whether `prefix` (such as `E`, `E03`, `E0301`) covers this kind.
    pub fn is_under(self, prefix: &str) -> bool {
        let digit = |tens: u16| b'0' + (self.kind / tens % 10) as u8;
        let written = [self.letter, digit(1000), digit(100), digit(10), digit(1)];
        written.starts_with(prefix.as_bytes())
    }
}

impl fmt::Display for CategoryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:04}", char::from(self.letter), self.kind)
    }
}

impl fmt::Debug for CategoryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for CategoryCode {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let bad = || {
            IdError(format!(
                "\"{text}\" is not a category code (C or E and four digits)"
            ))
        };
        let bytes = text.as_bytes();
        if bytes.len() != 5
            || !matches!(bytes[0], b'C' | b'E')
            || !bytes[1..].iter().all(u8::is_ascii_digit)
        {
            return Err(bad());
        }
        let kind = text[1..].parse().map_err(|_| bad())?;
        Ok(Self {
            letter: bytes[0],
            kind,
        })
    }
}

impl Serialize for CategoryCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CategoryCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Four levels, 1 the highest: Ⅰ 特别重大 (red), Ⅱ 重大 (orange), Ⅲ 较大 (yellow), Ⅳ 一般 (blue).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Severity {
    Extreme,
    Severe,
    Moderate,
    Minor,
}

impl Severity {
    pub const ALL: [Self; 4] = [Self::Extreme, Self::Severe, Self::Moderate, Self::Minor];

    pub fn level(self) -> u8 {
        match self {
            Self::Extreme => 1,
            Self::Severe => 2,
            Self::Moderate => 3,
            Self::Minor => 4,
        }
    }

    /// The more serious of two.
    pub fn worse(self, other: Self) -> Self {
        self.min(other)
    }
}

impl TryFrom<u8> for Severity {
    type Error = IdError;
    fn try_from(level: u8) -> Result<Self, IdError> {
        Self::ALL
            .get(usize::from(level.wrapping_sub(1)))
            .copied()
            .ok_or_else(|| {
                IdError(format!(
                    "severity {level} is not one of 1 (highest) to 4 (lowest)"
                ))
            })
    }
}

impl From<Severity> for u8 {
    fn from(severity: Severity) -> u8 {
        severity.level()
    }
}

/// One row of the pack's `categories.csv`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Category {
    pub code: CategoryCode,
    pub name: String,
    pub name_en: String,
    pub class_name: String,
    pub class_name_en: String,
    /// Kinds of one family can be the same thing to fusion: `flooding`, `fire`.
    pub family: String,
    pub severity: Severity,
    /// The filing condition (立案条件), a sentence.
    pub condition: String,
    /// How long handling may take, on which clock.
    pub limit: Limit,
    /// The closing standards (结案标准), of which closing names one.
    pub standards: Vec<String>,
}
