//! What the palette offers, and what of it fits the words. Plain Rust.

use domain::ids::IncidentId;
use domain::language::Language;
use domain::lifecycle::CommandName;
use domain::place::Position;
use domain::policy::Judged;
use domain::wire::{PlaceView, UnitView};
use leptos::prelude::*;

use crate::live::desk::Desk;
use crate::live::kept::SavedView;
use crate::live::lists::Tab;
use crate::map::tools;
use crate::map::tools::notation::{self, Notation};
use crate::map::tools::words::Word;
use crate::panels::keys::key_of;
use crate::start::Theme;
use crate::text::{Message, Words, text};

/// Where an entry leads.
#[derive(Clone, PartialEq, Debug)]
pub enum Goes {
    Incident(IncidentId),
    Place(Position),
    /// Goes along with a unit, by its name and where it is now.
    Follow(String, Position),
    /// By its letter.
    MapTool(char),
    Page(String),
    Command(CommandName),
    Tab(Tab),
    View(SavedView),
    Intake,
    Keys,
    SaveView,
    Sound,
    Language,
    Theme(Theme),
}

#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// What sort of thing it is.
    pub kind: &'static str,
    pub label: String,
    /// A key, a number, a town.
    pub hint: String,
    /// Looked through beside label and hint: the other language.
    pub also: String,
    pub goes: Goes,
}

/// The theme pages and what they are called.
const THEMES: [(&str, Message); 8] = [
    ("overview", Message::ThemeOverview),
    ("ecology", Message::ThemeEcology),
    ("economy", Message::ThemeEconomy),
    ("emergency", Message::ThemeEmergency),
    ("fire", Message::ThemeFire),
    ("resources", Message::ThemeResources),
    ("services", Message::ThemeServices),
    ("health", Message::ThemeHealth),
];

/// What is known without asking: commands of the incident on the desk first, then lists, pages, settings, incidents.
pub fn all(desk: Desk, language: Language) -> Vec<Entry> {
    let mut entries = Vec::new();
    let start = desk.start();
    let allowed = desk
        .detail
        .with(|detail| detail.as_ref().map(|detail| detail.allowed.clone()));
    for command in allowed.unwrap_or_default() {
        entries.push(Entry {
            kind: text(language, Message::Commands),
            label: start.city.label(language, command.name()).to_owned(),
            hint: key_of(command).map(|key| key.shown()).unwrap_or_default(),
            also: command.name().replace('_', " "),
            goes: Goes::Command(command),
        });
    }
    let mut fixed = |kind: Message, message: Message, hint: &str, goes: Goes| {
        let (zh, en) = message.both();
        entries.push(Entry {
            kind: text(language, kind),
            label: text(language, message).to_owned(),
            hint: hint.to_owned(),
            also: match language {
                Language::Zh => en.to_owned(),
                Language::En => zh.to_owned(),
            },
            goes,
        });
    };
    fixed(Message::Desk, Message::NewIncident, "N", Goes::Intake);
    for (tab, message, key) in [
        (Tab::New, Message::TabNew, "1"),
        (Tab::Mine, Message::TabMine, "2"),
        (Tab::Late, Message::TabLate, "3"),
        (Tab::All, Message::TabAll, "4"),
        (Tab::Tray, Message::TabTray, "5"),
        (Tab::Decide, Message::TabDecide, "6"),
    ] {
        fixed(Message::Queue, message, key, Goes::Tab(tab));
    }
    fixed(Message::Queue, Message::SaveView, "⇧V", Goes::SaveView);
    for (id, message) in THEMES {
        let path = format!("/themes/{id}");
        fixed(
            Message::ThemePages,
            message,
            &path,
            Goes::Page(path.clone()),
        );
    }
    if start
        .me
        .as_ref()
        .is_some_and(|me| Judged::is_shown_to(me.role))
    {
        fixed(
            Message::Desk,
            Message::Evaluation,
            "/evaluation",
            Goes::Page("/evaluation".into()),
        );
    }
    for (theme, message) in [
        (Theme::Night, Message::ThemeNight),
        (Theme::Day, Message::ThemeDay),
        (Theme::System, Message::ThemeSystem),
    ] {
        fixed(Message::ThemeSwitch, message, "", Goes::Theme(theme));
    }
    fixed(
        Message::SettingsKind,
        Message::LanguageSwitch,
        "",
        Goes::Language,
    );
    fixed(
        Message::SettingsKind,
        Message::SoundSwitch,
        "0",
        Goes::Sound,
    );
    fixed(Message::SettingsKind, Message::KeysHelp, "?", Goes::Keys);
    for (word, letter) in tools::by_letter() {
        let (zh, en) = word.both();
        let (label, also) = match language {
            Language::Zh => (zh, en),
            Language::En => (en, zh),
        };
        entries.push(Entry {
            kind: Word::Tools.text(language),
            label: label.to_owned(),
            hint: format!("` {letter}"),
            also: also.to_owned(),
            goes: Goes::MapTool(letter),
        });
    }
    for view in desk.views.get() {
        entries.push(Entry {
            kind: text(language, Message::SavedView),
            label: view.name.clone(),
            hint: view.words.clone(),
            also: String::new(),
            goes: Goes::View(view),
        });
    }
    desk.incidents_moved.track();
    let shown: Vec<Entry> = desk.feed.picture.with_value(|picture| {
        picture
            .incidents()
            .map(|view| {
                let (title, also) = match language {
                    Language::Zh => (&view.title, &view.title_en),
                    Language::En => (&view.title_en, &view.title),
                };
                Entry {
                    kind: text(language, Message::IncidentKind),
                    label: title.clone(),
                    hint: view.number.clone(),
                    also: also.clone(),
                    goes: Goes::Incident(view.id),
                }
            })
            .collect()
    });
    entries.extend(shown);
    entries
}

/// What fits, best first; places come from the server in its own order and stand behind what is closer at hand.
pub fn best(
    fixed: &[Entry],
    places: &[PlaceView],
    units: &[UnitView],
    words: &str,
    language: Language,
    most: usize,
) -> Vec<Entry> {
    let words = words.trim().to_ascii_lowercase();
    // One list for each way of fitting, best first.
    let mut found: [Vec<Entry>; 3] = Default::default();
    let mut add = |entry: Entry, fit: Option<usize>| {
        if let Some(fit) = fit {
            found[fit].push(entry);
        }
    };
    for entry in fixed {
        add(entry.clone(), fit(entry, &words));
    }
    if !words.is_empty() {
        for entry in typed_places(&words, language) {
            add(entry, Some(PLACE_FIT));
        }
        for place in places {
            add_place(place, language, &mut add);
        }
        for unit in units {
            let entry = Entry {
                kind: text(language, Message::UnitKind),
                label: unit.id.to_string(),
                hint: unit.kind.clone().unwrap_or_default(),
                also: String::new(),
                goes: Goes::Place(unit.position),
            };
            let fits = fit(&entry, &words);
            let follow = Entry {
                kind: Word::Follow.text(language),
                goes: Goes::Follow(unit.id.to_string(), unit.position),
                ..entry.clone()
            };
            add(entry, fits);
            add(follow, fits);
        }
    }
    // In a storm a town's incidents would leave no room for the town.
    let mut incidents = 0;
    let ordered = found.into_iter().flatten().filter(|entry| {
        incidents += usize::from(matches!(entry.goes, Goes::Incident(_)));
        !matches!(entry.goes, Goes::Incident(_)) || incidents <= most.div_ceil(2)
    });
    ordered.take(most).collect()
}

/// Coordinates, in each system that plain numbers may be meant in.
fn typed_places(words: &str, language: Language) -> Vec<Entry> {
    let degrees_alone = !words.contains(['°', '′', '\'', '度']);
    let systems = [Notation::Wgs84, Notation::Gcj02].into_iter();
    let meant = systems.filter(|notation| degrees_alone || *notation == Notation::Wgs84);
    let read =
        meant.filter_map(|notation| Some((notation, notation::read(words, notation.system())?)));
    read.map(|(notation, at)| Entry {
        kind: text(language, Message::PlaceKind),
        label: notation.written(at),
        hint: notation.name().to_owned(),
        also: String::new(),
        goes: Goes::Place(at),
    })
    .collect()
}

/// Where a place from the server stands: with what begins with the words, for its name does.
const PLACE_FIT: usize = 0;

fn add_place(place: &PlaceView, language: Language, add: &mut dyn FnMut(Entry, Option<usize>)) {
    let Some(at) = place.position else { return };
    let label = match language {
        Language::En if !place.name_en.is_empty() => &place.name_en,
        _ => &place.name,
    };
    let entry = Entry {
        kind: text(language, Message::PlaceKind),
        label: label.clone(),
        hint: place.town.clone().unwrap_or_default(),
        also: String::new(),
        goes: Goes::Place(at),
    };
    add(entry, Some(PLACE_FIT));
}

/// 0 begins with the words, 1 holds them, 2 holds each of them somewhere; none does not fit. Without words all fits.
fn fit(entry: &Entry, words: &str) -> Option<usize> {
    let texts = [&entry.label, &entry.hint, &entry.also].map(|text| text.to_ascii_lowercase());
    if texts.iter().any(|text| text.starts_with(words)) {
        return Some(0);
    }
    if texts.iter().any(|text| text.contains(words)) {
        return Some(1);
    }
    let all = words
        .split_whitespace()
        .all(|word| texts.iter().any(|text| text.contains(word)));
    all.then_some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(label: &str, hint: &str, also: &str) -> Entry {
        Entry {
            kind: "",
            label: label.into(),
            hint: hint.into(),
            also: also.into(),
            goes: Goes::Keys,
        }
    }

    #[test]
    fn typed_coordinates_are_a_place_in_each_system_they_may_be_meant_in() {
        let found = best(&[], &[], &[], "113.7518, 23.0207", Language::En, 9);
        let hints: Vec<&str> = found.iter().map(|entry| entry.hint.as_str()).collect();
        assert_eq!(hints, ["WGS-84", "GCJ-02"]);
        assert_eq!(
            best(&[], &[], &[], "23°1.242′N 113°45.108′E", Language::En, 9).len(),
            1
        );
        assert!(best(&[], &[], &[], "E0301202611230042", Language::En, 9).is_empty());
    }

    #[test]
    fn numbers_titles_and_the_other_language_are_found_best_first() {
        let fixed = [
            entry("虎门镇 · 积水", "E0301202611230042", "Flooding · Humen"),
            entry("积水点", "", ""),
            entry("登记", "G", "register"),
        ];
        let labels = |words: &str| {
            best(&fixed, &[], &[], words, Language::Zh, 9)
                .into_iter()
                .map(|entry| entry.label)
                .collect::<Vec<_>>()
        };
        assert_eq!(labels("积水"), ["积水点", "虎门镇 · 积水"]);
        assert_eq!(labels("e0301"), ["虎门镇 · 积水"]);
        assert_eq!(labels("humen flooding"), ["虎门镇 · 积水"]);
        assert_eq!(labels("regis"), ["登记"]);
        assert_eq!(labels("nothing"), Vec::<String>::new());
        assert_eq!(labels("").len(), 3);
    }

    #[test]
    fn many_incidents_of_a_town_leave_room_for_the_town() {
        let incidents: Vec<Entry> = (0..20)
            .map(|number| Entry {
                goes: Goes::Incident(domain::ids::IncidentId::new(number, 0)),
                ..entry("虎门镇 · 积水", "", "")
            })
            .collect();
        let town = PlaceView {
            name: "虎门镇".into(),
            name_en: "Humen".into(),
            kind: "town".into(),
            town: None,
            position: Position::from_degrees(113.67, 22.81).ok(),
        };
        let found = best(&incidents, &[town], &[], "虎门", Language::Zh, 12);
        assert_eq!(found.len(), 7);
        assert_eq!(found[6].label, "虎门镇");
    }

    #[test]
    fn a_place_without_a_point_is_not_offered() {
        let place = |position| PlaceView {
            name: "虎门镇".into(),
            name_en: "Humen".into(),
            kind: "town".into(),
            town: None,
            position,
        };
        let at = Position::from_degrees(113.67, 22.81).ok();
        let found = best(&[], &[place(None), place(at)], &[], "hm", Language::En, 9);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].label, "Humen");
    }
}
