//! `make bench`: each figure beside its peers in the same run, in turns, and only after both gave the same answers.
//! Prints a table, and writes it with what the machine was and did into BENCHMARKS.md.

mod correlation;
mod day;
mod dispatch;
mod door;
mod end_to_end;
mod evaluation;
mod ingest;
mod jurisdiction;
mod machine;
mod map_update;
mod measure;
mod nearest;
mod recovery;
mod report;
mod running;
mod servers;
mod stream;
mod traffic;
mod wire;

use std::process::ExitCode;

use measure::Length;
use report::Report;

/// As in the program, of which parts are held here.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const USAGE: &str = "usage: gulou-bench quick|full [BENCH …]
  quick, full  a few seconds or a minute a bench
  BENCH        only these: jurisdiction, map, end-to-end, ingest, wire, recovery, nearest, correlation,
               dispatch, evaluation, fanout, moves, viewport, slow, storm";

/// A figure: its name on the command line, and how it is found.
type Bench = (&'static str, fn(Length) -> Result<Vec<report::Row>, String>);

const BENCHES: &[Bench] = &[
    ("jurisdiction", jurisdiction::run),
    ("map", map_update::run),
    ("end-to-end", end_to_end::run),
    ("ingest", ingest::run),
    ("wire", wire::run),
    ("recovery", recovery::run),
    ("nearest", nearest::run),
    ("correlation", correlation::run),
    ("dispatch", dispatch::run),
    ("evaluation", evaluation::run),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some("hold") {
        return match stream::hold(&arguments.collect::<Vec<_>>()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("gulou-bench: {why}");
                ExitCode::FAILURE
            }
        };
    }
    let length = match first.as_deref() {
        Some("quick") => Length::Quick,
        Some("full") => Length::Full,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let only: Vec<String> = arguments.collect();
    let mut report = Report::begin(length);
    for (name, run) in BENCHES.iter().chain(stream::BENCHES) {
        if !only.is_empty() && !only.iter().any(|one| one == name) {
            continue;
        }
        match run(length) {
            Ok(rows) => report.add(name, rows),
            Err(why) => report.failed(name, why),
        }
    }
    match report.finish() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("gulou-bench: failed to write the report: {error}");
            ExitCode::FAILURE
        }
    }
}
