//! Our clients as their views move: each keeps its picture as the protocol has it, and is held against the fleet.

use std::collections::HashMap;
use std::time::Instant;

use domain::interest::{Cell, Cover, Run};
use domain::place::{Bounds, Position};
use domain::wire::live::{self, Frame, PartHead};
use domain::wire::record::{Record, Records, Whole};

use super::fleet;
use super::held::Listening;
use super::line::Lines;
use super::ours::UNITS;
use super::speech::frame;
use super::wandering::{View, Wandering};
use super::work::look;

/// So many are compared after every frame, all of them at the end of a turn.
const ALWAYS_COMPARED: usize = 5;
/// Answers are timed by the millisecond.
const LONGEST_MS: usize = 5_000;

pub struct Views {
    wandering: Wandering,
    pages: Vec<Page>,
    tally: Tally,
}

struct Tally {
    useful: u64,
    answered: Vec<u64>,
    compared: u64,
    missed: u64,
    stray: u64,
    wrong: Option<String>,
}

impl Tally {
    fn new() -> Self {
        Self {
            useful: 0,
            answered: vec![0; LONGEST_MS],
            compared: 0,
            missed: 0,
            stray: 0,
            wrong: None,
        }
    }
}

#[derive(Default)]
struct Page {
    begun: bool,
    /// By their dense numbers.
    units: HashMap<u32, Known>,
    cover: Option<Cover>,
    whole: bool,
    at: u64,
    asked: Option<(Instant, Option<Cover>)>,
}

/// A unit, and where it is.
#[derive(Clone, Copy)]
struct Known {
    unit: u32,
    place: [i64; 2],
    at: Position,
    cell: Cell,
}

impl Known {
    fn new(unit: u32, place: [i64; 2]) -> Option<Self> {
        let at = position(place)?;
        let cell = Cell::of(at);
        Some(Self {
            unit,
            place,
            at,
            cell,
        })
    }
}

fn cover_of(view: View) -> Option<Cover> {
    Bounds::from_degrees(view.degrees()).ok().map(Cover::of)
}

fn position([lon, lat]: [i64; 2]) -> Option<Position> {
    Position::from_e6(lon as i32, lat as i32).ok()
}

impl Page {
    fn shows(&self, place: [i64; 2]) -> bool {
        self.cover.is_some_and(|cover| cover.holds(position(place)))
    }

    fn begin_part(&mut self, head: &PartHead) {
        if head.anew {
            self.units.clear();
        }
        let cover = head.cover;
        self.cover = Some(cover);
        self.whole = head.whole;
        self.at = head.position;
        self.units.retain(|_, known| {
            let behind = |run: &Run| Cell::behind(*run) <= known.cell;
            let run = head.runs.get(head.runs.partition_point(behind));
            cover.holds(Some(known.at)) && !run.is_some_and(|run| run.holds(known.cell))
        });
    }

    /// What was told of that can be used in a view.
    fn apply(&mut self, records: &[u8], view: View) -> Result<u64, String> {
        let mut useful = 0;
        let mut all = Records::of(records);
        for record in &mut all {
            let (number, unit, place) = match record {
                Record::Whole(number, Whole::Unit(unit)) => {
                    let name = fleet::number_of(unit.id.as_str()).ok_or("a foreign unit")?;
                    let at = unit.position;
                    (number, name, [at.lon_e6(), at.lat_e6()].map(i64::from))
                }
                Record::Moved(number, moved) => {
                    let known = self.units.get(&number).ok_or("an unknown unit moved")?;
                    let [east, north] = moved.by_e6().map(i64::from);
                    let [lon, lat] = known.place;
                    (number, known.unit, [lon + east, lat + north])
                }
                Record::Gone(number, _) => {
                    self.units.remove(&number);
                    continue;
                }
                other => return Err(format!("told of {other:?}")),
            };
            useful += u64::from(view.holds(place));
            let known = Known::new(unit, place).ok_or("a unit left the globe")?;
            match self.cover.is_some_and(|cover| cover.holds(Some(known.at))) {
                true => self.units.insert(number, known),
                false => self.units.remove(&number),
            };
        }
        match all.is_broken() {
            true => Err("a record cannot be read".into()),
            false => Ok(useful),
        }
    }

    fn compare(&self, tally: &mut Tally) {
        let held: HashMap<u32, [i64; 2]> = self
            .units
            .values()
            .map(|known| (known.unit, known.place))
            .collect();
        let mut right = 0;
        for unit in 0..UNITS {
            let place = fleet::place(unit, self.at);
            if self.shows(place) {
                match held.get(&unit) == Some(&place) {
                    true => right += 1,
                    false => tally.missed += 1,
                }
            }
        }
        tally.stray += (self.units.len() as u64).saturating_sub(right);
        tally.compared += 1;
    }
}

impl Views {
    pub fn of(count: usize) -> Self {
        Self {
            wandering: Wandering::of(count),
            pages: (0..count).map(|_| Page::default()).collect(),
            tally: Tally::new(),
        }
    }

    fn take(&mut self, line: usize, body: &[u8]) -> Result<(), String> {
        let (page, view) = (&mut self.pages[line], self.wandering.views[line]);
        match Frame::read(body) {
            Ok(Frame::Part(head, records)) => {
                page.begin_part(&head);
                self.tally.useful += page.apply(records, view)?;
                if let Some((asked, cover)) = page.asked
                    && head.whole
                    && page.cover == cover
                {
                    let late = asked.elapsed().as_millis() as usize;
                    self.tally.answered[late.min(LONGEST_MS - 1)] += 1;
                    page.asked = None;
                }
            }
            Ok(Frame::Delta(head, records)) => {
                if head.from != page.at {
                    return Err(format!(
                        "client {line} at {} was told from {}",
                        page.at, head.from
                    ));
                }
                page.at = head.from + head.ahead;
                self.tally.useful += page.apply(records, view)?;
            }
            other => return Err(format!("client {line} was told {other:?}")),
        }
        if line < ALWAYS_COMPARED && page.whole {
            page.compare(&mut self.tally);
        }
        Ok(())
    }
}

impl Listening for Views {
    fn hears(&mut self, line: usize, body: &[u8]) {
        if let Err(why) = self.take(line, body) {
            self.tally.wrong.get_or_insert(why);
        }
    }

    fn beats(&mut self, lines: &mut Lines) -> Result<(), String> {
        for index in self.wandering.moved() {
            let (page, view) = (&mut self.pages[index], self.wandering.views[index]);
            let known = match std::mem::replace(&mut page.begun, true) {
                true => live::Known::Told,
                false => live::Known::Nothing,
            };
            let since = page.asked.map_or_else(Instant::now, |(since, _)| since);
            page.asked = Some((since, cover_of(view)));
            lines.say(index, &frame(2, &look(view.degrees(), known)))?;
        }
        Ok(())
    }

    fn answers(&mut self, question: &str) -> String {
        // Those who wait for something are compared when they have it.
        let waits = |page: &&Page| !page.whole || page.asked.is_some();
        let open = self.pages.iter().filter(waits).count();
        match question {
            "begin" => self.tally = Tally::new(),
            "rest" => {}
            _ if open == 0 => {
                for page in &self.pages {
                    page.compare(&mut self.tally);
                }
            }
            _ => {}
        }
        self.wandering.goes = question == "begin";
        let Tally { answered, .. } = &self.tally;
        let all: u64 = answered.iter().sum();
        let mut below = 0;
        let p99 = answered.iter().position(|count| {
            below += count;
            below * 100 >= all * 99
        });
        let Tally {
            useful,
            compared,
            missed,
            stray,
            ..
        } = self.tally;
        let said = format!(
            "{useful} {} {compared} {missed} {stray} {open}",
            p99.unwrap_or(0)
        );
        self.tally.wrong.take().unwrap_or(said)
    }
}
