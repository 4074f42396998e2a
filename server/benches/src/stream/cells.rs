//! Clients of peers as their views move: each follows the cells of a grid that its box touches, by topics or rooms.

use std::collections::BTreeSet;

use super::fleet;
use super::held::Listening;
use super::line::Lines;
use super::moves::read_batch;
use super::speech::{frame, packet, text};
use super::wandering::{View, Wandering};
use super::work::CELLS_A_SIDE;

#[derive(Clone, Copy)]
enum Tongue {
    Nats,
    Mqtt,
    SocketIo,
}

pub struct Subscribers {
    tongue: Tongue,
    wandering: Wandering,
    follows: Vec<BTreeSet<i64>>,
    useful: u64,
    wrong: Option<String>,
}

fn cells_of(View([west, south, east, north]): View) -> BTreeSet<i64> {
    let (low, high) = (
        fleet::cell([west, south], CELLS_A_SIDE),
        fleet::cell([east - 1, north - 1], CELLS_A_SIDE),
    );
    let rows = low / CELLS_A_SIDE..=high / CELLS_A_SIDE;
    let columns = low % CELLS_A_SIDE..=high % CELLS_A_SIDE;
    rows.flat_map(|row| {
        columns
            .clone()
            .map(move |column| row * CELLS_A_SIDE + column)
    })
    .collect()
}

impl Tongue {
    fn turn(self, come: &[i64], gone: &[i64]) -> Vec<u8> {
        match self {
            Self::Nats => {
                let come = come.iter().map(|cell| format!("SUB c{cell} {cell}\r\n"));
                let gone = gone.iter().map(|cell| format!("UNSUB {cell}\r\n"));
                come.chain(gone).collect::<String>().into_bytes()
            }
            Self::Mqtt => {
                let topics = |cells: &[i64], end: &[u8]| -> Vec<u8> {
                    let mut body = vec![0, 1];
                    for cell in cells {
                        body.extend(text(&format!("c{cell}")));
                        body.extend(end);
                    }
                    body
                };
                let mut said = Vec::new();
                if !come.is_empty() {
                    said.extend(packet(0x82, &topics(come, &[0])));
                }
                if !gone.is_empty() {
                    said.extend(packet(0xa2, &topics(gone, &[])));
                }
                said
            }
            Self::SocketIo => {
                let names = |cells: &[i64]| {
                    let names: Vec<String> =
                        cells.iter().map(|cell| format!("\"c{cell}\"")).collect();
                    names.join(",")
                };
                let said = format!("42[\"look\",[{}],[{}]]", names(come), names(gone));
                frame(1, said.as_bytes())
            }
        }
    }
}

impl Subscribers {
    pub fn of(name: &str, count: usize) -> Self {
        Self {
            tongue: match name {
                "nats" => Tongue::Nats,
                "mosquitto" => Tongue::Mqtt,
                _ => Tongue::SocketIo,
            },
            wandering: Wandering::of(count),
            follows: vec![BTreeSet::new(); count],
            useful: 0,
            wrong: None,
        }
    }
}

impl Listening for Subscribers {
    fn hears(&mut self, line: usize, body: &[u8]) {
        match read_batch(body) {
            Ok((beat, _, rows)) => {
                let view = self.wandering.views[line];
                for (unit, place) in rows {
                    if fleet::place(unit, beat) != place {
                        self.wrong = Some(format!("unit {unit} is elsewhere at beat {beat}"));
                    }
                    self.useful += u64::from(view.holds(place));
                }
            }
            Err(why) => self.wrong = Some(why),
        }
    }

    fn beats(&mut self, lines: &mut Lines) -> Result<(), String> {
        for index in self.wandering.moved() {
            let cells = cells_of(self.wandering.views[index]);
            let come: Vec<i64> = cells.difference(&self.follows[index]).copied().collect();
            let gone: Vec<i64> = self.follows[index].difference(&cells).copied().collect();
            if !come.is_empty() || !gone.is_empty() {
                lines.say(index, &self.tongue.turn(&come, &gone))?;
            }
            self.follows[index] = cells;
        }
        Ok(())
    }

    fn answers(&mut self, question: &str) -> String {
        if question == "begin" {
            self.useful = 0;
        }
        self.wandering.goes = question == "begin";
        let said = format!("{} 0 1 0 0 0", self.useful);
        self.wrong.take().unwrap_or(said)
    }
}
