//! A CSV file of a city pack: a header row, then rows whose fields are asked for by column name.
//! Every field that is not right is written down with its line; no row stops the next.

use std::fmt::Display;
use std::str::FromStr;

use super::mistake::Findings;

/// The columns a table must have, and those it may have.
pub struct Columns {
    pub needed: &'static [&'static str],
    pub optional: &'static [&'static str],
}

/// A read table; rows of a wrong length are already written down and left out.
pub struct CsvTable<'a> {
    file: &'a str,
    header: Vec<String>,
    rows: Vec<(u64, Vec<String>)>,
    findings: &'a Findings,
}

impl<'a> CsvTable<'a> {
    /// None if the file cannot be read as this table at all.
    pub fn read(
        file: &'a str,
        bytes: &[u8],
        columns: &Columns,
        findings: &'a Findings,
    ) -> Option<Self> {
        // Spreadsheets write a byte order mark.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(str::to_owned).collect(),
            Err(error) => {
                findings.error(file, Some(1), format!("the header cannot be read: {error}"));
                return None;
            }
        };
        if !header_fits(file, &header, columns, findings) {
            return None;
        }
        let mut rows = Vec::new();
        let mut record = csv::StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    if record.len() == header.len() {
                        rows.push((line, record.iter().map(str::to_owned).collect()));
                    } else {
                        findings.error(
                            file,
                            Some(line),
                            format!(
                                "has {} fields; the header names {}",
                                record.len(),
                                header.len()
                            ),
                        );
                    }
                }
                Err(error) => {
                    let line = error.position().map(csv::Position::line);
                    findings.error(file, line, "is not UTF-8 text in CSV form");
                    if line.is_none() {
                        break;
                    }
                }
            }
        }
        Some(Self {
            file,
            header,
            rows,
            findings,
        })
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, fields)| Row {
            table: self,
            line: *line,
            fields,
        })
    }
}

fn header_fits(file: &str, header: &[String], columns: &Columns, findings: &Findings) -> bool {
    let mut fits = true;
    for name in columns.needed {
        if !header.iter().any(|column| column == name) {
            findings.error(file, Some(1), format!("column \"{name}\" is missing"));
            fits = false;
        }
    }
    for (at, name) in header.iter().enumerate() {
        let known =
            columns.needed.contains(&name.as_str()) || columns.optional.contains(&name.as_str());
        if !known {
            findings.error(file, Some(1), format!("column \"{name}\" is not known"));
        }
        if header[..at].contains(name) {
            findings.error(file, Some(1), format!("column \"{name}\" is there twice"));
        }
    }
    fits
}

/// One row; a field that is asked for and is not right is written down and comes back as None.
pub struct Row<'a> {
    table: &'a CsvTable<'a>,
    pub line: u64,
    fields: &'a [String],
}

impl<'a> Row<'a> {
    /// The field as it stands; empty if the column is not there.
    pub fn field(&self, column: &str) -> &'a str {
        self.table
            .header
            .iter()
            .position(|name| name == column)
            .map_or("", |at| self.fields[at].as_str())
    }

    pub fn text(&self, column: &str) -> Option<String> {
        let field = self.field(column);
        if field.is_empty() {
            self.wrong(format!("{column} is empty"));
            return None;
        }
        Some(field.to_owned())
    }

    pub fn parsed<T>(&self, column: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let field = self.text(column)?;
        match field.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(format!("{column}: {error}"));
                None
            }
        }
    }

    /// Empty is `Some(None)`; None means that it is there and wrong.
    pub fn optional<T>(&self, column: &str) -> Option<Option<T>>
    where
        T: FromStr,
        T::Err: Display,
    {
        if self.field(column).is_empty() {
            return Some(None);
        }
        self.parsed(column).map(Some)
    }

    /// The parts of a field between separators, without empty ones.
    pub fn parts(&self, column: &str, separator: char) -> Vec<&'a str> {
        self.field(column)
            .split(separator)
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect()
    }

    pub fn wrong(&self, reason: impl Into<String>) {
        self.table
            .findings
            .error(self.table.file, Some(self.line), reason);
    }
}
