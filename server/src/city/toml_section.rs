//! A table of a TOML file of a city pack, read key by key. Every missing, mistyped and unknown key is
//! written down with its line, where a derived reader would stop at the first.

use std::cell::RefCell;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::mistake::Findings;

/// A whole file.
pub struct TomlFile<'a> {
    file: &'a str,
    text: &'a str,
    root: DeTable<'a>,
    findings: &'a Findings,
}

impl<'a> TomlFile<'a> {
    /// None if it is not TOML; each place that is not is written down.
    pub fn read(file: &'a str, bytes: &'a [u8], findings: &'a Findings) -> Option<Self> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            findings.error(file, None, "is not UTF-8 text");
            return None;
        };
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let line = error.span().map(|span| line_of(text, &span));
            findings.error(file, line, format!("is not TOML: {}", error.message()));
        }
        errors.is_empty().then(|| Self {
            file,
            text,
            root: root.into_inner(),
            findings,
        })
    }

    pub fn root(&self) -> Section<'_> {
        Section {
            file: self.file,
            text: self.text,
            name: String::new(),
            line: 1,
            table: &self.root,
            asked: RefCell::new(Vec::new()),
            findings: self.findings,
        }
    }
}

/// One table. `done` at the end writes down the keys nobody asked for.
pub struct Section<'a> {
    file: &'a str,
    text: &'a str,
    name: String,
    pub line: u64,
    table: &'a DeTable<'a>,
    asked: RefCell<Vec<String>>,
    findings: &'a Findings,
}

impl<'a> Section<'a> {
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// A needed text that says something.
    pub fn text(&self, key: &str) -> Option<String> {
        let text = self.needed(key, |value| value.as_str().map(str::to_owned), "a text")?;
        if text.trim().is_empty() {
            self.wrong_at(key, format!("{} is empty", self.path(key)));
            return None;
        }
        Some(text)
    }

    /// `Some(None)` if it is not there; None if it is there and wrong.
    pub fn optional_text(&self, key: &str) -> Option<Option<String>> {
        self.optional(key, |value| value.as_str().map(str::to_owned), "a text")
    }

    pub fn number(&self, key: &str) -> Option<f64> {
        self.needed(key, number, "a number")
    }

    pub fn optional_number(&self, key: &str) -> Option<Option<f64>> {
        self.optional(key, number, "a number")
    }

    pub fn whole(&self, key: &str) -> Option<u32> {
        self.needed(key, whole, "a whole number from 0")
    }

    pub fn optional_whole(&self, key: &str) -> Option<Option<u32>> {
        self.optional(key, whole, "a whole number from 0")
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        self.needed(key, flag_value, "true or false")
    }

    pub fn optional_flag(&self, key: &str) -> Option<Option<bool>> {
        self.optional(key, flag_value, "true or false")
    }

    pub fn texts(&self, key: &str) -> Option<Vec<String>> {
        self.needed(key, texts, "a list of texts")
    }

    pub fn optional_texts(&self, key: &str) -> Option<Vec<String>> {
        Some(
            self.optional(key, texts, "a list of texts")?
                .unwrap_or_default(),
        )
    }

    pub fn numbers(&self, key: &str) -> Option<Vec<f64>> {
        self.needed(
            key,
            |value| {
                value
                    .as_array()?
                    .iter()
                    .map(|item| number(item.get_ref()))
                    .collect()
            },
            "a list of numbers",
        )
    }

    /// A text or a number, as the text it was written as; maps of values use it.
    pub fn scalar(&self, key: &str) -> Option<String> {
        self.needed(
            key,
            |value| match value {
                DeValue::String(text) => Some(text.to_string()),
                DeValue::Integer(_) | DeValue::Float(_) => number(value).map(|it| it.to_string()),
                _ => None,
            },
            "a text or a number",
        )
    }

    /// A table inside this one, if it is there.
    pub fn section(&self, key: &str) -> Option<Section<'a>> {
        let table = self
            .optional(key, |_| Some(()), "a table")?
            .and(self.table.get(key))?;
        match table.get_ref().as_table() {
            Some(inner) => Some(self.inner(self.path(key), table.span(), inner)),
            None => {
                self.wrong_at(key, format!("{} is not a table", self.path(key)));
                None
            }
        }
    }

    /// The tables of a list (`[[rule]]`); none if it is not there.
    pub fn sections(&self, key: &str) -> Vec<Section<'a>> {
        self.asked.borrow_mut().push(key.to_owned());
        let Some(list) = self.table.get(key) else {
            return Vec::new();
        };
        let Some(items) = list.get_ref().as_array() else {
            self.wrong_at(key, format!("{} is not a list of tables", self.path(key)));
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_table() {
                Some(table) => sections.push(self.inner(self.path(key), item.span(), table)),
                None => self.wrong(
                    line_of(self.text, &item.span()),
                    format!("{} holds something that is not a table", self.path(key)),
                ),
            }
        }
        sections
    }

    /// All keys, in order, as asked for: for tables whose keys are the pack's own.
    pub fn keys(&self) -> Vec<String> {
        self.table
            .keys()
            .map(|key| key.get_ref().to_string())
            .collect()
    }

    pub fn line_of(&self, key: &str) -> u64 {
        self.table
            .get_key_value(key)
            .map_or(self.line, |(key, _)| line_of(self.text, &key.span()))
    }

    pub fn wrong_at(&self, key: &str, reason: impl Into<String>) {
        self.wrong(self.line_of(key), reason);
    }

    pub fn wrong_here(&self, reason: impl Into<String>) {
        self.wrong(self.line, reason);
    }

    /// Something wrong on a line that was met before.
    pub fn wrong_on(&self, line: u64, reason: impl Into<String>) {
        self.wrong(line, reason);
    }

    /// Writes down the keys that nobody asked for: mostly spelling mistakes.
    pub fn done(self) {
        let asked = self.asked.borrow();
        for key in self.table.keys() {
            if !asked.iter().any(|name| name == key.get_ref().as_ref()) {
                let line = line_of(self.text, &key.span());
                self.wrong(
                    line,
                    format!("key {} is not known", self.path(key.get_ref())),
                );
            }
        }
    }

    fn inner(&self, name: String, span: Range<usize>, table: &'a DeTable<'a>) -> Section<'a> {
        Section {
            file: self.file,
            text: self.text,
            name,
            line: line_of(self.text, &span),
            table,
            asked: RefCell::new(Vec::new()),
            findings: self.findings,
        }
    }

    fn needed<T>(
        &self,
        key: &str,
        read: impl FnOnce(&DeValue<'_>) -> Option<T>,
        expected: &str,
    ) -> Option<T> {
        let found = self.optional(key, read, expected)?;
        if found.is_none() {
            self.wrong(self.line, format!("key {} is missing", self.path(key)));
        }
        found
    }

    fn optional<T>(
        &self,
        key: &str,
        read: impl FnOnce(&DeValue<'_>) -> Option<T>,
        expected: &str,
    ) -> Option<Option<T>> {
        self.asked.borrow_mut().push(key.to_owned());
        let Some(value) = self.table.get(key) else {
            return Some(None);
        };
        let read = read(value.get_ref());
        if read.is_none() {
            self.wrong_at(key, format!("{} is not {expected}", self.path(key)));
        }
        read.map(Some)
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        }
    }

    fn wrong(&self, line: u64, reason: impl Into<String>) {
        self.findings.error(self.file, Some(line), reason);
    }
}

fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .map(|it| it as f64),
        DeValue::Float(float) => float
            .as_str()
            .parse()
            .ok()
            .filter(|it: &f64| it.is_finite()),
        _ => None,
    }
}

fn whole(value: &DeValue<'_>) -> Option<u32> {
    let integer = value.as_integer()?;
    u32::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    value
        .as_array()?
        .iter()
        .map(|item| item.get_ref().as_str().map(str::to_owned))
        .collect()
}

fn line_of(text: &str, span: &Range<usize>) -> u64 {
    let before = text.as_bytes().get(..span.start).unwrap_or_default();
    1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn flag_value(value: &DeValue<'_>) -> Option<bool> {
    value.as_bool()
}
