//! What was found, as a table people read and as JSON for whoever compares runs.

use std::fmt::Write as _;
use std::{fs, io};

use serde_json::json;

use crate::machine;
use crate::measure::Length;

/// Above this something else was running beside us.
const CONTENDED_LOAD: f64 = 1.5;
const TABLE: &str = "BENCHMARKS.md";
const NUMBERS: &str = "target/bench.json";

/// One figure of a bench.
#[derive(Clone, Debug)]
pub struct Row {
    pub what: String,
    pub found: String,
    /// None where it is only shown.
    pub goal: Option<Goal>,
}

#[derive(Clone, Debug)]
pub struct Goal {
    pub words: String,
    pub met: bool,
}

pub struct Report {
    length: Length,
    load_before: Option<f64>,
    rows: Vec<(String, Row)>,
}

impl Report {
    pub fn begin(length: Length) -> Self {
        Self {
            length,
            load_before: machine::load(),
            rows: Vec::new(),
        }
    }

    pub fn add(&mut self, bench: &str, rows: Vec<Row>) {
        for row in rows {
            let goal = row.goal.as_ref().map_or(String::new(), |goal| {
                format!(" (goal {}: {})", goal.words, met(goal.met))
            });
            println!("{bench}, {}: {}{goal}", row.what, row.found);
            self.rows.push((bench.to_owned(), row));
        }
    }

    /// A bench that could not be run is a goal that was missed.
    pub fn failed(&mut self, bench: &str, why: String) {
        self.add(
            bench,
            vec![Row {
                what: "not run".to_owned(),
                found: why,
                goal: Some(Goal {
                    words: "a figure".to_owned(),
                    met: false,
                }),
            }],
        );
    }

    /// Writes it all down; whether every goal was met.
    pub fn finish(self) -> io::Result<bool> {
        let contended = self.load_before.is_some_and(|load| load > CONTENDED_LOAD);
        let said = if contended { ", contended" } else { "" };
        let load = self
            .load_before
            .map_or_else(|| "unknown".to_owned(), |load| format!("{load:.2}"));
        let mut table = format!(
            "# Benchmarks\n\nBy `make bench` ({}), on {}; load before: {load}{said}. Each figure beside its peers in the same \
             run, in turns, five rounds, the median of the rounds' ratios; a figure counts only if the answers were the same.\n\n\
             | bench | what | found | goal | |\n| --- | --- | --- | --- | --- |\n",
            self.length.name(),
            machine::described(),
        );
        for (bench, row) in &self.rows {
            let (words, reached) = match &row.goal {
                Some(goal) => (goal.words.as_str(), met(goal.met)),
                None => ("", ""),
            };
            // Writing to a String cannot fail.
            let _ = writeln!(
                table,
                "| {bench} | {} | {} | {words} | {reached} |",
                row.what, row.found
            );
        }
        fs::write(TABLE, table)?;
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|(bench, row)| {
                let goal = row.goal.as_ref();
                json!({"bench": bench, "what": row.what, "found": row.found,
                    "goal": goal.map(|goal| &goal.words), "met": goal.map(|goal| goal.met)})
            })
            .collect();
        let numbers = json!({"length": self.length.name(), "machine": machine::described(),
            "load_before": self.load_before, "contended": contended, "rows": rows});
        fs::create_dir_all("target")?;
        fs::write(NUMBERS, format!("{numbers:#}\n"))?;
        Ok(self
            .rows
            .iter()
            .all(|(_, row)| row.goal.as_ref().is_none_or(|goal| goal.met)))
    }
}

fn met(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}
