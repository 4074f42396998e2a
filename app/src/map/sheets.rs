//! All marks of the map, sheet by sheet, and what belongs to more than one of them. Pure.

use domain::wire::IncidentView;

use super::layers::{Base, SHEETS, Sheet, incident};
use super::marks::{FLAG_CALLS, FLAG_HELD, LONG_AGO, Mark, Marks, Pace};

#[derive(Default, Debug)]
pub struct Sheets {
    sheets: [Marks; SHEETS],
    /// The incidents that stand in a sign far out; ascending.
    held: Vec<u32>,
}

impl Sheets {
    pub fn of(&self, sheet: Sheet) -> &Marks {
        &self.sheets[sheet as usize]
    }

    pub fn of_mut(&mut self, sheet: Sheet) -> &mut Marks {
        &mut self.sheets[sheet as usize]
    }

    pub fn all_mut(&mut self) -> &mut [Marks; SHEETS] {
        &mut self.sheets
    }

    /// `new_at` is when it appeared if it was not here before; none if it was there before anybody looked.
    pub fn put_incident(
        &mut self,
        number: u32,
        view: &IncidentView,
        base: &Base,
        new_at: Option<f32>,
    ) {
        let Some((sheet, mut mark)) = incident(view, base) else {
            self.remove_incident(number);
            return;
        };
        if self.held.binary_search(&number).is_ok() {
            mark.flags |= FLAG_HELD;
        }
        let before = self.incident(number);
        mark.born_at = before
            .map(|mark| mark.born_at)
            .or(new_at)
            .unwrap_or(LONG_AGO);
        for other in Sheet::OF_INCIDENTS {
            if other != sheet {
                self.of_mut(other).remove(number);
            }
        }
        self.of_mut(sheet).put(number, mark);
    }

    /// These stand in signs far out, and no others; ascending.
    pub fn hold(&mut self, numbers: &[u32]) {
        let before = std::mem::replace(&mut self.held, numbers.to_vec());
        for number in before.iter().chain(numbers) {
            let held = numbers.binary_search(number).is_ok();
            for sheet in Sheet::OF_INCIDENTS {
                let marks = self.of_mut(sheet);
                if let Some(mut mark) = marks.get(*number).copied() {
                    mark.flags = mark.flags & !FLAG_HELD | if held { FLAG_HELD } else { 0 };
                    marks.put(*number, mark);
                }
            }
        }
    }

    fn incident(&self, number: u32) -> Option<&Mark> {
        Sheet::OF_INCIDENTS
            .into_iter()
            .find_map(|sheet| self.of(sheet).get(number))
    }

    pub fn remove_incident(&mut self, number: u32) {
        for sheet in Sheet::OF_INCIDENTS {
            self.of_mut(sheet).remove(number);
        }
    }

    /// Where an incident's mark lies: its sheet and its place there.
    pub fn slot_of(&self, number: u32) -> Option<(Sheet, u32)> {
        Sheet::OF_INCIDENTS
            .into_iter()
            .find_map(|sheet| Some((sheet, self.of(sheet).slot(number)?)))
    }

    /// A unit or sensor as it is now; it glides there from where it was drawn, if the clock runs that says where it is.
    pub fn put_moving(&mut self, sheet: Sheet, number: u32, mut mark: Mark, running: Option<f32>) {
        for other in Sheet::OF_THINGS.into_iter().filter(|other| *other != sheet) {
            self.of_mut(other).remove(number);
        }
        let marks = self.of_mut(sheet);
        match (marks.get(number), running) {
            (Some(before), Some(_)) if same_news(before, &mark) => {
                (mark.slip, mark.told_at) = (before.slip, before.told_at);
            }
            (Some(before), Some(seconds)) => mark.glides_from(&before.clone(), seconds),
            _ => {}
        }
        marks.put(number, mark);
    }

    pub fn remove_thing(&mut self, number: u32) {
        for sheet in Sheet::OF_THINGS {
            self.of_mut(sheet).remove(number);
        }
    }

    /// Another picture stands in the place of the one before, and its numbers mean other things.
    pub fn clear(&mut self, sheets: &[Sheet]) {
        for sheet in sheets {
            self.of_mut(*sheet).keep(|_| false);
        }
    }

    /// Something keeps pulsing.
    pub fn calls(&self) -> bool {
        let extreme = self.of(Sheet::Extreme);
        extreme
            .marks()
            .any(|(_, mark)| mark.flags & FLAG_CALLS != 0)
    }

    pub fn pace(&self) -> Pace {
        let paces = self.sheets.iter().map(Marks::pace);
        paces.fold(Pace::default(), Pace::with)
    }

    pub fn survey(&mut self, seconds: f32) {
        for marks in &mut self.sheets {
            marks.survey(seconds);
        }
    }

    pub fn shift(&mut self, seconds: f32) {
        for marks in &mut self.sheets {
            marks.shift(seconds);
        }
    }
}

/// Nothing was heard since: only how it looks may be other.
fn same_news(before: &Mark, now: &Mark) -> bool {
    before.at == now.at && before.since == now.since && before.drift == now.drift
}

#[cfg(test)]
mod tests;
