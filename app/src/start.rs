//! What the server knows when it renders a page, embedded in the page and read back by the browser.
//! Only what the first render needs: everything later comes over `/api/v1/live` and the public API.

use domain::account::Role;
use domain::category::CategoryCode;
use domain::city::City;
use domain::evaluation::Period;
use domain::evaluation::view::By;
use domain::ids::{DepartmentId, JurisdictionCode};
use domain::language::Language;
use domain::place::{Bounds, Position};
use domain::roster::DutyPost;
use domain::time::Timestamp;
use domain::wall::Tour;
use domain::wire::field::{OrdersView, OverviewView};
use domain::wire::packed::Packed;
use domain::wire::{IncidentDetail, IncidentView};
use serde::{Deserialize, Serialize};

use crate::live::ages::Periods;
use crate::live::lists::Tab;
use crate::wall::seat::Seat;
use crate::wall::situation::Situation;

/// The rows sent with the page; the rest follows with the first snapshot.
pub const FIRST_ROWS: usize = 40;

/// The id of the element that carries it.
pub const ELEMENT_ID: &str = "start";

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Start {
    pub page: Page,
    pub language: Language,
    pub theme: Theme,
    pub me: Option<Me>,
    pub city: CityBrief,
    /// Demonstration accounts and data: every page says so.
    pub demo: bool,
    /// At most `FIRST_ROWS`, in the order of `live::lists::ordered`.
    pub incidents: Vec<IncidentView>,
    /// Of everything within scope, not of the first rows.
    pub counts: Counts,
    /// The incident named by `/desk?incident=ID`, so that it can be read without JavaScript.
    pub detail: Option<Box<IncidentDetail>>,
    /// The journal position the rows belong to.
    pub position: u64,
    pub now: Timestamp,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Page {
    Login {
        /// The name of the hidden field begins with `csrf`.
        csrf_field: String,
        csrf_value: String,
        error: Option<LoginError>,
        /// Where to go afterwards: a path of this site.
        next: Option<String>,
        /// Demonstration accounts to choose from; empty unless `demo`.
        accounts: Vec<DemoAccount>,
    },
    Desk,
    Wall(Box<WallStart>),
    /// By its id.
    Theme(String),
    Readings(ReadingsStart),
    Things(Box<ThingsStart>),
    Orders(Packed<OrdersStart>),
    /// The city for who commands it.
    Command(Packed<OverviewView>),
    NotFound,
    Evaluation(Box<EvaluationStart>),
    AlarmLoad,
    Duty(Box<DutyStart>),
    People,
    Audit,
    Letters,
}

/// What a wall is told by its address and its cookies, and the situation of its first render.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WallStart {
    pub theme: Option<String>,
    pub tour: Option<Tour>,
    pub seat: Seat,
    pub situation: Situation,
}

/// Which readings of which sensor: as the address says it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReadingsStart {
    pub sensor: String,
    pub property: Option<String>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// A department's orders.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OrdersStart {
    /// The first of them; the rest follows once the page works.
    pub first: OrdersView,
    pub is_whole: bool,
    /// Of all, in the order of `field::tabs::Tab::ALL`.
    pub counts: [u32; 4],
}

/// Which period and whose: as the address says it, or this month of every department.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EvaluationStart {
    pub by: By,
    pub period: Period,
    /// Today, this week, month and quarter by the city's calendar.
    pub usual: [Period; 4],
    pub category: Option<String>,
    pub town: Option<String>,
    pub department: Option<String>,
    /// Whether the asker may see anybody judged.
    pub may_see: bool,
}

/// What the asker has to do with posts.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DutyStart {
    /// His own: he reads their notes and, if his role hands over, writes them.
    pub mine: Vec<DutyPost>,
    /// Whose rosters he may set.
    pub sets: Vec<DutyPost>,
    pub hands_over: bool,
    /// Whether he is told what a shift hands over.
    pub reports: bool,
}

/// The list behind a figure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ThingsStart {
    pub kind: ThingKind,
    /// All that fit; `rows` holds the first of them.
    pub total: u32,
    pub rows: Vec<ThingRow>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ThingKind {
    Sensors,
    Units,
    Alarms,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ThingRow {
    pub name: String,
    /// What it last said.
    pub said: String,
    pub town: Option<String>,
    /// When it said so.
    pub at: Timestamp,
    /// What is expected between two words of it; none for what speaks once.
    pub period_ms: Option<i64>,
    pub in_alarm: bool,
    pub suspect: bool,
    pub drill: bool,
    pub link: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LoginError {
    /// Name or password is wrong: which one is not said.
    Wrong,
    /// Too many attempts.
    Throttled,
    /// The page was too old; nothing was tried.
    Expired,
    /// A wall's token is not known, or its account is disabled.
    WallToken,
}

/// A demonstration account, shown with its password because everybody may know it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DemoAccount {
    pub name: String,
    pub password: String,
    pub role: Role,
    pub department_name: Option<String>,
    pub department_name_en: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    #[default]
    Night,
    Day,
    System,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Night, Self::Day, Self::System];

    pub fn name(self) -> &'static str {
        match self {
            Self::Night => "night",
            Self::Day => "day",
            Self::System => "system",
        }
    }

    /// From the cookie `theme`; anything unknown is night.
    pub fn named(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|theme| theme.name() == name)
            .unwrap_or_default()
    }
}

/// Who looks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Me {
    pub name: String,
    pub role: Role,
    pub department: Option<DepartmentId>,
    pub department_name: Option<String>,
    pub department_name_en: Option<String>,
    pub town: Option<JurisdictionCode>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Counts(pub [u32; Tab::ALL.len()]);

impl Counts {
    pub fn of(&self, tab: Tab) -> u32 {
        self.0[tab as usize]
    }
}

/// (key such as `state.closed`, word), by key.
type Words = Vec<(String, String)>;

/// What the pages need of a city pack.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CityBrief {
    pub name: String,
    pub name_en: String,
    pub bounds: Bounds,
    pub center: Position,
    pub zoom: f32,
    pub boundaries_note: String,
    pub boundaries_note_en: String,
    pub attribution: Vec<String>,
    pub sample: bool,
    /// In the city's own language; the English page has a sentence of its own.
    pub sample_note: String,
    pub zone_name: String,
    /// (from this moment on, minutes east of Greenwich), ascending; covers the years around now.
    pub offsets: Vec<(Timestamp, i32)>,
    /// `zh` and `en`: the pack's labels of states, commands, severities, roles and clocks.
    pub labels: Vec<(String, Words)>,
    pub towns: Vec<TownBrief>,
    pub departments: Vec<DepartmentBrief>,
    pub categories: Vec<CategoryBrief>,
    /// How often sources speak: from it everything shown has its age.
    pub periods: Periods,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DepartmentBrief {
    pub id: DepartmentId,
    pub name: String,
    pub name_en: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TownBrief {
    pub code: JurisdictionCode,
    pub name: String,
    pub name_en: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CategoryBrief {
    pub code: CategoryCode,
    pub name: String,
    pub name_en: String,
}

impl CityBrief {
    /// The offset of its clock at a moment, as `+08:00`.
    pub fn offset(&self, at: Timestamp) -> String {
        let before = self.offsets.iter().rev().find(|(from, _)| *from <= at);
        let known = before.or(self.offsets.first());
        let minutes = known.map_or(0, |(_, minutes)| *minutes);
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }

    /// Everything but the notes comes from the pack as it is.
    pub fn of(city: &City, now: Timestamp) -> Self {
        Self {
            name: city.name.clone(),
            name_en: city.name_en.clone(),
            bounds: city.bounds,
            center: city.center,
            zoom: city.zoom,
            boundaries_note: city.boundaries_note.clone(),
            boundaries_note_en: city.boundaries_note_en.clone(),
            attribution: city.attribution.clone(),
            sample: city.sample,
            sample_note: city.sample_note.clone(),
            zone_name: city.zone.name().to_owned(),
            offsets: offsets(city, now),
            labels: city
                .labels
                .iter()
                .map(|(language, words)| {
                    let words = words.iter();
                    let words = words.map(|(key, word)| (key.clone(), word.clone()));
                    (language.clone(), words.collect())
                })
                .collect(),
            periods: Periods::of(city),
            towns: city
                .towns
                .iter()
                .map(|town| TownBrief {
                    code: town.code.clone(),
                    name: town.name.clone(),
                    name_en: town.name_en.clone(),
                })
                .collect(),
            departments: city
                .departments
                .iter()
                .map(|(id, department)| DepartmentBrief {
                    id: id.clone(),
                    name: department.name.clone(),
                    name_en: department.name_en.clone(),
                })
                .collect(),
            categories: city
                .categories
                .iter()
                .map(|(code, category)| CategoryBrief {
                    code: *code,
                    name: category.name.clone(),
                    name_en: category.name_en.clone(),
                })
                .collect(),
        }
    }

    /// The pack's word for a state, command, severity, role, clock or kind of observation; the id itself where it has none.
    pub fn label<'a>(&'a self, language: Language, key: &'a str) -> &'a str {
        const GROUPS: [&str; 6] = ["state", "command", "severity", "role", "clock", "kind"];
        let code = match language {
            Language::Zh => "zh",
            Language::En => "en",
        };
        let Some((_, words)) = self.labels.iter().find(|(language, _)| language == code) else {
            return key;
        };
        let word = |group: &&str| {
            let wanted = format!("{group}.{key}");
            let found = words.binary_search_by(|(known, _)| known.as_str().cmp(&wanted));
            found.ok().and_then(|at| words.get(at))
        };
        let found = GROUPS.iter().find_map(word);
        found.map_or(key, |(_, word)| word)
    }

    pub fn department<'a>(&'a self, language: Language, id: &'a DepartmentId) -> &'a str {
        match (
            self.departments
                .iter()
                .find(|department| department.id == *id),
            language,
        ) {
            (Some(department), Language::Zh) => &department.name,
            (Some(department), Language::En) => &department.name_en,
            (None, _) => id.as_str(),
        }
    }

    pub fn category(&self, language: Language, code: CategoryCode) -> String {
        match (
            self.categories
                .iter()
                .find(|category| category.code == code),
            language,
        ) {
            (Some(category), Language::Zh) => category.name.clone(),
            (Some(category), Language::En) => category.name_en.clone(),
            (None, _) => code.to_string(),
        }
    }

    /// By its code; none for a code that is not in the register.
    pub fn town(&self, language: Language, code: &str) -> Option<&str> {
        let town = self.towns.iter().find(|town| town.code.as_str() == code)?;
        Some(match language {
            Language::Zh => &town.name,
            Language::En => &town.name_en,
        })
    }

    pub fn name_in(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.name,
            Language::En => &self.name_en,
        }
    }
}

/// The zone's offsets from two years back to three ahead, to the hour: browsers without the zone show the same clock.
fn offsets(city: &City, now: Timestamp) -> Vec<(Timestamp, i32)> {
    const HOUR_MS: i64 = 3_600_000;
    const DAY_HOURS: i64 = 24;
    let mut found: Vec<(Timestamp, i32)> = Vec::new();
    let first = now
        .plus_millis(-730 * DAY_HOURS * HOUR_MS)
        .millis()
        .div_euclid(HOUR_MS);
    let hours = (730 + 1096) * DAY_HOURS;
    let mut hour = first;
    while hour < first + hours {
        let at = Timestamp::from_millis(hour * HOUR_MS);
        let offset = city.zone.offset_minutes(at);
        match found.last() {
            Some((_, known)) if *known == offset => hour += DAY_HOURS,
            Some(_) => {
                let start = first_hour_with(city, hour - DAY_HOURS, hour, offset);
                found.push((Timestamp::from_millis(start * HOUR_MS), offset));
                hour += DAY_HOURS;
            }
            None => {
                found.push((at, offset));
                hour += DAY_HOURS;
            }
        }
    }
    found
}

fn first_hour_with(city: &City, after: i64, until: i64, offset: i32) -> i64 {
    (after + 1..until)
        .find(|hour| {
            city.zone
                .offset_minutes(Timestamp::from_millis(hour * 3_600_000))
                == offset
        })
        .unwrap_or(until)
}
