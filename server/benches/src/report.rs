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

/// One figure of a bench, and whether it is what we promised.
#[derive(Clone, Debug)]
pub struct Row {
    pub what: String,
    pub found: String,
    pub goal: String,
    pub met: bool,
    /// What a figure cannot say, below the table of figures.
    pub beside: Option<String>,
}

impl Row {
    pub fn new(what: &str, found: String, goal: &str, met: bool) -> Self {
        Self {
            what: what.to_owned(),
            found,
            goal: goal.to_owned(),
            met,
            beside: None,
        }
    }

    pub fn beside(self, text: String) -> Self {
        Self {
            beside: Some(text),
            ..self
        }
    }
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
            let reached = met(row.met);
            println!(
                "{bench}, {}: {} (goal {}: {reached})",
                row.what, row.found, row.goal
            );
            self.rows.push((bench.to_owned(), row));
        }
    }

    /// A bench that could not be run is a goal that was missed.
    pub fn failed(&mut self, bench: &str, why: String) {
        self.add(bench, vec![Row::new("not run", why, "a figure", false)]);
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
             run, in turns, five rounds, the median; a figure counts only if the answers were the same. Servers run on one processor, \
             their clients on the other; what counts is the processor's time for a message.\n\n\
             | bench | what | found | goal | |\n| --- | --- | --- | --- | --- |\n",
            self.length.name(),
            machine::described(),
        );
        for (bench, row) in &self.rows {
            // Writing to a String cannot fail.
            let _ = writeln!(
                table,
                "| {bench} | {} | {} | {} | {} |",
                row.what,
                row.found,
                row.goal,
                met(row.met)
            );
        }
        for (_, row) in &self.rows {
            if let Some(beside) = &row.beside {
                let _ = write!(table, "\n{}\n", beside.trim_end());
            }
        }
        fs::write(TABLE, table)?;
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|(bench, row)| {
                json!({"bench": bench, "what": row.what, "found": row.found, "goal": row.goal, "met": row.met})
            })
            .collect();
        let numbers = json!({"length": self.length.name(), "machine": machine::described(),
            "load_before": self.load_before, "contended": contended, "rows": rows});
        fs::create_dir_all("target")?;
        fs::write(NUMBERS, format!("{numbers:#}\n"))?;
        Ok(self.rows.iter().all(|(_, row)| row.met))
    }
}

fn met(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}
