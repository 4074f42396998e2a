//! What an ordinary day brings: hundreds of small matters, most of them called in once or twice.

use domain::category::Severity;

use super::Story;
use super::matter::Matter;
use crate::scenario::words::{self, Kind, Pace};

/// New matters in each hour of the day: a city wakes, works, eats and sleeps.
const AN_HOUR: [u32; 24] = [
    7, 5, 4, 4, 5, 10, 22, 46, 60, 56, 48, 44, 34, 34, 36, 38, 40, 42, 38, 36, 34, 28, 20, 12,
];
/// Nothing of the day begins before this second: who plays it as the last 24 hours loses nothing.
const QUIET_S: f64 = 1_200.0;
/// Of a hundred matters, those nobody could name from the words.
const UNCLEAR_PERCENT: f64 = 2.5;

impl Story<'_> {
    pub fn ordinary(&mut self) {
        let doubtful = self.share_of_ordinary();
        for (hour, count) in AN_HOUR.into_iter().enumerate() {
            for _ in 0..count {
                let at_s = (hour as f64 + self.chance.share()) * 3_600.0;
                let at_s = at_s.max(QUIET_S);
                if self.ground.chinese {
                    if !(self.doubts.happens(doubtful) && self.doubtful(hour as u16, at_s)) {
                        self.said_in_chinese(hour as u16, at_s);
                    }
                } else {
                    self.said_on_a_form(at_s);
                }
            }
        }
    }

    fn said_in_chinese(&mut self, hour: u16, at_s: f64) {
        if self.chance.happens(UNCLEAR_PERCENT / 100.0) {
            self.unclear(at_s);
            return;
        }
        let Some(kind) = self.usual_kind(hour) else {
            return;
        };
        let Some(spot) = self.somewhere(kind.code, &[]) else {
            return;
        };
        if let Some(matter) = self.begin(kind.code, at_s, spot, "") {
            self.reported(matter, at_s, kind.pace);
        }
    }

    /// Another language: the kinds of the pack, by their names.
    fn said_on_a_form(&mut self, at_s: f64) {
        let mut codes = Vec::new();
        for category in self.ground.city.categories.values() {
            let weight = match category.severity {
                Severity::Minor => 8,
                Severity::Moderate => 4,
                Severity::Severe | Severity::Extreme => 1,
            };
            codes.extend(std::iter::repeat_n(category.code.to_string(), weight));
        }
        let Some(code) = self.chance.pick(&codes).cloned() else {
            return;
        };
        if let Some(spot) = self.somewhere(&code, &[])
            && let Some(matter) = self.begin(&code, at_s, spot, "")
        {
            self.reported(matter, at_s, Pace::Standing);
        }
    }

    /// The ordinary ones make up for those of the day's events, which are as they are.
    fn share_of_ordinary(&self) -> f64 {
        let ordinary: u32 = AN_HOUR.iter().sum();
        let all = f64::from(ordinary) + self.matters.len() as f64;
        (self.ambiguous * all / f64::from(ordinary)).min(1.0)
    }

    pub fn usual_kind(&mut self, hour: u16) -> Option<&'static Kind> {
        let open = |kind: &&Kind| (kind.hours.0..kind.hours.1).contains(&hour);
        let kinds: Vec<&'static Kind> = words::kinds().filter(open).collect();
        let total: u32 = kinds.iter().map(|kind| kind.weight).sum();
        let mut drawn = self.chance.below(total as usize) as u32;
        for kind in kinds {
            if drawn < kind.weight {
                return Some(kind);
            }
            drawn -= kind.weight;
        }
        None
    }

    /// Callers, a grid worker perhaps, and a unit where one is wanted.
    pub fn reported(&mut self, matter: usize, at_s: f64, pace: Pace) {
        let callers = self.how_many(pace);
        let worker = self.chance.happens(0.3);
        let only_worker = worker && self.chance.happens(0.4);
        for number in 0..callers {
            if only_worker {
                break;
            }
            let later_s = match (number, pace) {
                (0, _) => 0.0,
                (_, Pace::Sudden) => self.soon_s(480.0, 2_100.0),
                (_, Pace::Standing) => {
                    let share = self.chance.share();
                    share * libm::sqrt(share) * 9_000.0
                }
            };
            self.call(matter, (at_s + later_s).min(86_200.0));
        }
        if worker {
            let later_s = match pace {
                _ if only_worker => 0.0,
                Pace::Sudden => self.chance.between(120.0, 1_500.0),
                Pace::Standing => self.chance.between(300.0, 5_400.0),
            };
            self.worker(matter, (at_s + later_s).min(86_200.0));
        }
        if self.chance.happens(0.7) {
            self.send(matter, at_s + 90.0);
        }
    }

    fn how_many(&mut self, pace: Pace) -> u32 {
        let share = self.chance.share();
        let shares: &[f64] = match pace {
            Pace::Sudden => &[0.34, 0.58, 0.75, 0.87, 0.95],
            Pace::Standing => &[0.62, 0.83, 0.93, 0.98],
        };
        1 + shares.iter().filter(|bound| share >= **bound).count() as u32
    }

    /// Seconds until somebody else calls about what has just happened.
    pub fn soon_s(&mut self, mean_s: f64, most_s: f64) -> f64 {
        let share = (1.0 - self.chance.share()).max(1e-9);
        (-mean_s * libm::log(share)).min(most_s * self.chance.between(0.6, 1.0))
    }

    fn unclear(&mut self, at_s: f64) {
        let Some(spot) = self.somewhere("", &[]) else {
            return;
        };
        let number = self.matters.len();
        self.matters.push(Matter {
            number,
            category: None,
            family: String::new(),
            kind: None,
            spot,
            from_s: at_s,
            until_s: at_s,
            spread_m: 12.0,
            drill: false,
            story: self.chance.below(64),
            first_words: self.chance.below(64),
            told: 0,
            worst_accuracy_m: 300.0,
            doubt: None,
            remark: "nobody could tell from the words",
        });
        self.call(number, at_s);
    }
}
