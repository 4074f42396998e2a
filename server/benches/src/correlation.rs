//! What is the same matter: a rainy afternoon of the scenario with most of it sent by sensors, three in ten again, one in twenty late,
//! in bursts. What fusion and dispatch cost for each observation, how right they are against the truth written beside the day, and
//! whether a restart in the middle changes anything; beside it Alertmanager's grouping and a join in PostGIS of the same evidence.

mod pairs;
mod peers;

use std::collections::VecDeque;
use std::sync::Arc;

use domain::city::City;
use domain::command::Block;
use domain::picture::Picture;
use domain::time::Timestamp;
use gulou::scenario::{Chance, Options, Truth};
use gulou::single_writer::Machine;

use crate::day;
use crate::machine;
use crate::measure::{Length, ROUNDS, median};
use crate::report::Row;
use pairs::{Pieces, f1};

/// Days that no test and no rule was made with.
const UNSEEN: [u64; 3] = [7_001, 7_002, 7_003];
const AGAIN: f64 = 0.3;
const LATE: f64 = 0.05;
const LATE_MINUTES: usize = 5;
/// What came in so many minutes is sent at once.
const BURST: usize = 4;

pub fn run(length: Length) -> Result<Vec<Row>, String> {
    let city = day::city()?;
    let hours = match length {
        Length::Quick => ("13:30", "15:30"),
        Length::Full => ("00:00", "24:00"),
    };
    let mut scores = Vec::new();
    let mut first = None;
    for seed in UNSEEN {
        let afternoon = Afternoon::of(&city, seed, hours)?;
        let (played, _) = afternoon.play(&city, None)?;
        scores.push(f1(&Pieces::of(&played, &afternoon.truths)));
        if first.is_none() {
            let (restarted, _) = afternoon.play(&city, Some(afternoon.blocks.len() / 2))?;
            let bytes = |picture: &Picture| postcard::to_stdvec(picture).unwrap_or_default();
            if bytes(&played) != bytes(&restarted) {
                return Err("after a restart in the middle the city is another".into());
            }
            first = Some((afternoon, played));
        }
    }
    let (afternoon, played) = first.ok_or("no day was played")?;
    let mut costs = Vec::new();
    for _ in 0..ROUNDS {
        let (_, spent_ns) = afternoon.play(&city, None)?;
        costs.push(spent_ns / afternoon.observations as f64);
    }
    let a_core = 1e9 / median(&costs);
    let worst = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let mut rows = vec![
        Row::new(
            "ours, observations",
            format!(
                "{a_core:.0} a core-second of {} sent; the same after a restart",
                afternoon.observations
            ),
            "≥ 400,000 a core-second",
            a_core >= 400_000.0,
        ),
        Row::new(
            "ours, right on unseen days",
            format!(
                "F1 {} on seeds {UNSEEN:?}",
                scores
                    .iter()
                    .map(|score| format!("{score:.3}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            "≥ 0.98",
            worst >= 0.98,
        ),
    ];
    let pieces = Pieces::of(&played, &afternoon.truths);
    let own = afternoon.evidence_cost(&city)?;
    rows.push(peers::postgis(&pieces, scores[0], own)?);
    rows.push(peers::alertmanager(&pieces, scores[0], own)?);
    Ok(rows)
}

/// Blocks as the door would hand them on.
struct Afternoon {
    blocks: Vec<Block>,
    truths: Vec<Truth>,
    observations: usize,
}

impl Afternoon {
    fn of(city: &Arc<City>, seed: u64, (from, to): (&str, &str)) -> Result<Self, String> {
        let hour = |text: &str| text.parse().map_err(|_| format!("{text} is no hour"));
        let options = Options {
            from: hour(from)?,
            to: hour(to)?,
            units: 40,
            ..day::usual()?
        };
        let mut scenario = day::scenario(city, seed, &options)?;
        let mut truths = scenario.truths().to_vec();
        let mut chance = Chance::of(seed, &[0x6c61_7465]);
        let mut machine_block = 0;
        let (mut blocks, mut observations) = (Vec::new(), 0);
        let mut late: VecDeque<Vec<gulou::scenario::Observation>> =
            (0..LATE_MINUTES).map(|_| Vec::new()).collect();
        let mut burst = Vec::new();
        let mut now = Timestamp::from_millis(0);
        for (index, minute) in scenario.by_ref().enumerate() {
            truths.extend(minute.truths);
            let mut waiting = Vec::new();
            for one in minute.observations {
                now = now.max(one.sent_at);
                if chance.happens(AGAIN) {
                    waiting.push(one.clone());
                }
                if chance.happens(LATE) {
                    waiting.push(one);
                } else {
                    burst.push(one);
                }
            }
            late.push_back(waiting);
            burst.extend(late.pop_front().unwrap_or_default());
            if index % BURST != BURST - 1 {
                continue;
            }
            let sent = std::mem::take(&mut burst);
            observations += sent.len();
            machine_block += 1;
            blocks.push(Block {
                logic: domain::command::LOGIC,
                number: domain::ids::BlockNumber(machine_block),
                now,
                inputs: day::inputs(city, &sent, now)?,
            });
        }
        Ok(Self {
            blocks,
            truths,
            observations,
        })
    }

    /// The city at the end of it, and what the processor needed for the steps; written out and read again before one of the blocks.
    fn play(&self, city: &Arc<City>, restart: Option<usize>) -> Result<(Picture, f64), String> {
        let mut machine = day::machine(city);
        let mut spent_us = 0.0;
        for (index, block) in self.blocks.iter().enumerate() {
            if Some(index) == restart {
                let bytes = postcard::to_stdvec(machine.picture()).unwrap_or_default();
                let read = postcard::from_bytes(&bytes).unwrap_or_default();
                machine = Machine::of(read);
            }
            let before = machine::cpu_us(std::process::id())?;
            std::hint::black_box(machine.step(block));
            spent_us += machine::cpu_us(std::process::id())? - before;
        }
        Ok((machine.picture().clone(), spent_us * 1e3))
    }

    /// Nanoseconds for each report and alarm alone: what others have to correlate, too.
    fn evidence_cost(&self, city: &Arc<City>) -> Result<f64, String> {
        use domain::command::Input;
        use domain::observation::Body;
        let mut blocks = self.blocks.clone();
        let mut count = 0;
        for block in &mut blocks {
            block.inputs.retain(|input| {
                matches!(input, Input::Observation(one) if !matches!(one.body, Body::Reading { .. } | Body::Position { .. }))
            });
            count += block.inputs.len();
        }
        let only = Self {
            blocks,
            truths: Vec::new(),
            observations: count,
        };
        let mut took = Vec::new();
        for _ in 0..ROUNDS {
            took.push(only.play(city, None)?.1);
        }
        Ok(median(&took) / count.max(1) as f64)
    }
}
