//! Who is sent first: days with a fifth of their cases hard to decide, on seeds nobody has seen, each on a day on which powers
//! move; played through fusion and dispatch with simulated people. What the log says, held against the truth written before it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use domain::category::CategoryCode;
use domain::change::{Change, Stepped};
use domain::city::City;
use domain::incident::Happening;
use domain::lifecycle::CommandName;
use gulou::assemble::rehearsal::{ASKS_BACK, Dispatches, MISREADS, Rehearsed, Score, rehearse};
use gulou::scenario::{Ambiguity, Chance, Options};

use crate::day;
use crate::measure::{Length, median};
use crate::report::Row;

const AMBIGUOUS: f64 = 0.2;
/// Days of the Dongguan pack on which a row of its table begins.
const DAYS: [&str; 6] = [
    "2025-05-01",
    "2025-07-01",
    "2025-10-01",
    "2026-03-01",
    "2026-05-01",
    "2027-01-01",
];
const QUICK: usize = 6;
const FULL: usize = 18;
const MOST_CONFUSIONS: usize = 12;

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let city = day::city()?;
    let count = match length {
        Length::Quick => QUICK,
        Length::Full => FULL,
    };
    let seeds = unseen(count)?;
    let mut score = Score::default();
    let mut took_ms = Vec::new();
    let mut worst = f64::INFINITY;
    for (seed, date) in seeds.iter().zip(DAYS.iter().cycle()) {
        let played = played(&city, *seed, date, &mut took_ms)?;
        let mut alone = Score::default();
        alone.add(&city, &played);
        println!(
            "dispatch: seed {seed} on {date}: {:.1} % right first of {} cases",
            alone.all.right_percent(),
            alone.all.cases
        );
        worst = worst.min(alone.all.right_percent());
        score.add(&city, &played);
    }
    Ok(rows(&city, &score, &seeds, worst, &took_ms))
}

/// Seeds of this very run, so that nobody can have tuned to them.
fn unseen(count: usize) -> Result<Vec<u64>, String> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.map_err(|error| error.to_string())?.as_nanos() as u64;
    let mut chance = Chance::of(since, &[]);
    Ok((0..count).map(|_| chance.bits() % 1_000_000).collect())
}

/// One day; how long the steps took in which the machine sent somebody is added.
fn played(
    city: &Arc<City>,
    seed: u64,
    date: &str,
    took_ms: &mut Vec<f64>,
) -> Result<Rehearsed, String> {
    let date = date.parse().map_err(|_| format!("{date} is no date"))?;
    let options = Options {
        units: 0,
        sensors: 0,
        ambiguous: AMBIGUOUS,
        ..Options::on(date)
    };
    let played = rehearse(city, seed, &options, |machine, block| {
        let before = Instant::now();
        let stepped = machine.step(block);
        if sends_somebody(&stepped) {
            took_ms.push(before.elapsed().as_secs_f64() * 1e3);
        }
        stepped
    });
    played.ok_or_else(|| "the pack has no outline".into())
}

fn sends_somebody(stepped: &Stepped) -> bool {
    stepped.changes.iter().any(|change| {
        matches!(change, Change::Timeline(entry)
            if matches!(entry.what, Happening::Commanded { command: CommandName::Dispatch, .. }))
    })
}

fn rows(city: &City, score: &Score, seeds: &[u64], worst: f64, took_ms: &[f64]) -> Vec<Row> {
    let all = score.all;
    let wait_ms = score.median_wait_ms() as f64 + median(took_ms);
    vec![
        Row::new(
            "right department first",
            format!(
                "{:.1} % of {} cases in {} days, the worst day {worst:.1} %; of those the machine sent by itself {:.1} %; {} got \
                 nobody",
                all.right_percent(),
                all.cases,
                seeds.len(),
                all.machine_right_percent(),
                all.nobody
            ),
            "≥ 95 %",
            all.right_percent() >= 95.0,
        )
        .beside(tables(city, score, seeds)),
        Row::new(
            "departments a case is sent to",
            format!("{:.3} on average", all.mean_hops()),
            "≤ 1.1",
            all.mean_hops() <= 1.1,
        ),
        Row::new(
            "from report to dispatch, what a machine can decide",
            format!(
                "median {wait_ms:.2} ms of {} (by the log {} ms, and the step {:.2} ms)",
                score.waits_ms.len(),
                score.median_wait_ms(),
                median(took_ms)
            ),
            "≤ 1 s",
            wait_ms <= 1_000.0,
        ),
        Row::new(
            "left to people",
            format!(
                "{:.1} % of the cases; by machine somebody was sent {} times though nobody could tell from the words, {} times for \
                 a sensor that was wrong",
                all.left_percent(),
                score.sent_though_unclear,
                score.sent_for_faults
            ),
            "told",
            true,
        ),
    ]
}

/// What kind of hard cases came to what, which classes were taken for which, and the most frequent of the wrong ones.
fn tables(city: &City, score: &Score, seeds: &[u64]) -> String {
    let mut text = format!(
        "First dispatch, by what makes a case hard (seeds {seeds:?}, `gulou simulate --ambiguous 20`). A dispatcher who reads the tray \
         asks back in {:.0} of a hundred cases that are hard to tell, else takes what the words, the form or the map allow, and misreads \
         {:.0} of a hundred plain ones; a department returns what is not its own.\n\n\
         | cases | | right first | by machine | of these right | departments |\n| --- | --- | --- | --- | --- | --- |\n",
        100.0 * ASKS_BACK,
        100.0 * MISREADS
    );
    for (ambiguity, sort) in &score.by_ambiguity {
        write_sort(&mut text, in_words(*ambiguity), sort);
    }
    write_sort(&mut text, "all", &score.all);
    write_classes(&mut text, city, score);
    write_confusions(&mut text, city, score);
    text
}

// Writing to a String cannot fail, here and below.
fn write_sort(text: &mut String, name: &str, sort: &Dispatches) {
    let by_itself = match sort.by_machine {
        0 => "–".to_owned(),
        _ => format!("{:.1} %", sort.machine_right_percent()),
    };
    let _ = writeln!(
        text,
        "| {name} | {} | {:.1} % | {} | {by_itself} | {:.3} |",
        sort.cases,
        sort.right_percent(),
        sort.by_machine,
        sort.mean_hops()
    );
}

fn write_classes(text: &mut String, city: &City, score: &Score) {
    let classes: Vec<&String> = score.classes.keys().collect();
    text.push_str(
        "\nWhat the machine takes a case for, by class: true down, taken across; the tray is what it leaves to people.\n\n| |",
    );
    for class in &classes {
        let _ = write!(text, " {class} |");
    }
    text.push_str(" other | tray |\n| --- |");
    text.push_str(&" --- |".repeat(classes.len() + 2));
    text.push('\n');
    for class in &classes {
        let taken = &score.classes[*class];
        let name = city
            .categories
            .values()
            .find(|category| category.code.class() == **class)
            .map_or("", |category| category.class_name_en.as_str());
        let _ = write!(text, "| {class} {name} |");
        let mut named = 0;
        for other in &classes {
            let count = taken.get(&Some((*other).clone())).copied().unwrap_or(0);
            named += count;
            write_count(text, count);
        }
        let tray = taken.get(&None).copied().unwrap_or(0);
        let all: u32 = taken.values().sum();
        write_count(text, all - named - tray);
        write_count(text, tray);
        text.push('\n');
    }
}

fn write_count(text: &mut String, count: u32) {
    let _ = match count {
        0 => write!(text, " · |"),
        some => write!(text, " {some} |"),
    };
}

fn write_confusions(text: &mut String, city: &City, score: &Score) {
    let mut confusions: Vec<_> = score.confusions.iter().collect();
    confusions.sort_by_key(|(kinds, count)| (std::cmp::Reverse(**count), **kinds));
    let name = |code: CategoryCode| {
        let known = city.category(code);
        known.map_or_else(
            || code.to_string(),
            |known| format!("{code} {}", known.name_en),
        )
    };
    text.push_str("\nWrong first dispatches, people's included:");
    for ((right, taken), count) in confusions.into_iter().take(MOST_CONFUSIONS) {
        let taken = match taken {
            Some(taken) if taken == right => "the same, another town's".to_owned(),
            Some(taken) => name(*taken),
            None => "no kind".to_owned(),
        };
        let _ = write!(text, " {} as {taken} ({count});", name(*right));
    }
    text.pop();
    text.push_str(".\n");
}

fn in_words(ambiguity: Option<Ambiguity>) -> &'static str {
    match ambiguity {
        None => "plain",
        Some(Ambiguity::SeveralFit) => "the words fit several kinds",
        Some(Ambiguity::NamesAnother) => "another thing is named",
        Some(Ambiguity::DeniesAnother) => "another thing is denied",
        Some(Ambiguity::Border) => "where two towns meet",
        Some(Ambiguity::MovedToday) => "moved that day",
        Some(Ambiguity::WrongKindGiven) => "a wrong kind is given",
    }
}
