//! The list of alarms on the desk: one row an alarm while they are few, a row a group with its count when they are many.
//! Never more rows than a screen holds. What is done to a row touches only what the row had shown when it was pressed.

mod light;
mod rows;
mod shelf;
pub mod words;

pub use light::AlarmsLight;

use std::time::Duration;

use domain::alarm::flood::{self, Division, Group, GroupOf, Groups};
use domain::alarm::table::AlarmEvent;
use domain::ids::AlarmId;
use domain::wire::AlarmView;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::json::Json;
use crate::live::desk::{Desk, desk};
use crate::live::unhurried::look_again;
use crate::requests;
use rows::{GroupRow, OneRow};
use words::Word;

/// Rows follow what arrives no faster than people read.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// More do not fit one by one without scrolling.
const MOST_SINGLY: u32 = 8;
/// Alarms of one request.
const MOST_AT_ONCE: usize = 5_000;

/// What the list shows, and the position of the picture it shows it of.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Glance {
    position: u64,
    flood: bool,
    /// One by one, where they are few and there is no flood.
    singly: Vec<AlarmId>,
    groups: Groups,
}

/// What is being put aside, if anything.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    desk: Desk,
    glance: RwSignal<Glance>,
    shelving: RwSignal<Option<AlarmId>>,
    said: RwSignal<Option<String>>,
}

/// Looks at the picture anew. The division stays as coarse as it was while there is a flood.
fn look(shown: Shown) {
    let desk = shown.desk;
    let flood = desk.calls.get_untracked().flood;
    let before = shown.glance.read_untracked();
    let at_least = if flood && before.flood {
        before.groups.division
    } else {
        Division::default()
    };
    drop(before);
    let next = desk.feed.picture.with_value(|picture| {
        let alarms = real(picture.alarms().map(AsRef::as_ref));
        let groups = flood::groups(alarms.iter().copied(), at_least);
        let mut singly: Vec<&AlarmView> = Vec::new();
        if !flood && groups.listed <= MOST_SINGLY {
            singly = alarms
                .into_iter()
                .filter(|one| flood::is_listed(one))
                .collect();
            singly.sort_by_key(|one| (one.acknowledged.is_some(), one.severity, one.id));
        }
        Glance {
            position: picture.position().unwrap_or_default(),
            flood,
            singly: singly.into_iter().map(|one| one.id).collect(),
            groups,
        }
    });
    if *shown.glance.read_untracked() != next {
        shown.glance.set(next);
    }
}

/// Practice has no place among what is real.
fn real<'a>(alarms: impl Iterator<Item = &'a AlarmView>) -> Vec<&'a AlarmView> {
    alarms.filter(|alarm| !alarm.drill).collect()
}

impl Shown {
    /// Those of a row, as far as it had shown them.
    fn members(self, of: &GroupOf, fits: fn(&AlarmView) -> bool) -> Vec<AlarmId> {
        let (position, division) = self
            .glance
            .with_untracked(|glance| (glance.position, glance.groups.division));
        self.desk.feed.picture.with_value(|picture| {
            let alarms = real(picture.alarms().map(AsRef::as_ref));
            flood::members(alarms.iter().copied(), division, of)
                .into_iter()
                .filter(|one| one.told_in <= position && fits(one))
                .map(|one| one.id)
                .collect()
        })
    }

    fn calling(self) -> Vec<AlarmId> {
        let position = self.glance.read_untracked().position;
        self.desk.feed.picture.with_value(|picture| {
            let alarms = real(picture.alarms().map(AsRef::as_ref));
            alarms
                .into_iter()
                .filter(|one| one.voice && one.told_in <= position)
                .map(|one| one.id)
                .collect()
        })
    }

    /// Gives a command to some alarms as the list had shown them.
    fn command(self, event: AlarmEvent, alarms: Vec<AlarmId>, more: Vec<(&'static str, Json)>) {
        let as_of = self.glance.read_untracked().position;
        let language = self.desk.settings.language;
        spawn_local(async move {
            let (mut done, mut refused, mut why) = (0, 0, None);
            for some in alarms.chunks(MOST_AT_ONCE) {
                let ids = some.iter().map(|id| Json::Text(id.to_string())).collect();
                let mut members = vec![
                    ("id", Json::Text(requests::new_command_id().to_string())),
                    ("command", event.name().into()),
                    ("as_of", Json::Count(as_of)),
                    ("alarms", Json::List(ids)),
                ];
                members.extend(more.clone());
                match requests::alarm_commands(&Json::Object(members)).await {
                    Ok(answers) => {
                        done += answers.done;
                        refused += answers.refused;
                        let said = answers.answers.into_iter().find_map(|one| one.detail);
                        why = why.or(said);
                    }
                    Err(problem) => {
                        refused += some.len() as u32;
                        why = Some(problem.said(language.get_untracked()));
                    }
                }
            }
            let language = language.get_untracked();
            let said = match why {
                None => Word::Done.filled(language, &[("n", &done.to_string())]),
                Some(why) => Word::SomeRefused.filled(
                    language,
                    &[
                        ("n", &done.to_string()),
                        ("m", &refused.to_string()),
                        ("why", &why),
                    ],
                ),
            };
            self.said.try_set(Some(said));
        });
    }

    fn alarm(self, id: AlarmId) -> Option<AlarmView> {
        self.desk.feed.picture.with_value(|picture| {
            let mut alarms = picture.alarms();
            alarms.find(|one| one.id == id).map(|one| (**one).clone())
        })
    }

    fn group(self, of: &GroupOf) -> Option<Group> {
        self.glance
            .with(|glance| glance.groups.rows.iter().find(|row| row.of == *of).cloned())
    }
}

#[component]
pub fn AlarmList() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let shown = Shown {
        desk,
        glance: RwSignal::new(Glance::default()),
        shelving: RwSignal::new(None),
        said: RwSignal::new(None),
    };
    look(shown);
    let moved = move || {
        desk.alarms_moved.track();
        desk.calls.track();
    };
    look_again(LOOK_EVERY, moved, move || look(shown));
    let glance = shown.glance;
    let singly = Memo::new(move |_| glance.with(|glance| glance.singly.clone()));
    let rows = Memo::new(move |_| {
        glance.with(|glance| {
            let rows = glance.groups.rows.iter().map(|row| row.of.clone());
            match glance.singly.is_empty() {
                true => rows.collect::<Vec<_>>(),
                false => Vec::new(),
            }
        })
    });
    let count = |of: fn(&Glance) -> u32| Memo::new(move |_| glance.with(of));
    let unnoted = count(|glance| glance.groups.unacknowledged);
    let listed = count(|glance| glance.groups.listed);
    let flood = Memo::new(move |_| glance.with(|glance| glance.flood));
    let headline = move || {
        let language = settings.language.get();
        match (flood.get(), rows.read().is_empty()) {
            (true, _) => Word::Flood.text(language),
            (false, false) => Word::Many.text(language),
            (false, true) => "",
        }
    };
    let kept_back = move || {
        glance.with(|glance| {
            let groups = &glance.groups;
            let count = |number: u32| number.to_string();
            Word::KeptBack.filled(
                settings.language.get(),
                &[
                    ("shelved", &count(groups.shelved)),
                    ("suppressed", &count(groups.suppressed)),
                    ("out", &count(groups.out_of_service)),
                ],
            )
        })
    };
    view! {
        <section class="alarm-list" data-testid="alarm-list" data-flood=move || flood.get().to_string()
            aria-label=settings.say(Word::Alarms)>
            <header>
                <h2>{settings.say(Word::Alarms)}</h2>
                <span class="alarm-count" data-testid="alarms-unnoted">
                    {move || Word::Unnoted.filled(settings.language.get(), &[("n", &unnoted.get().to_string())])}
                </span>
                <button type="button" class="quiet" data-testid="silence-all"
                    on:click=move |_| shown.command(AlarmEvent::Silence, shown.calling(), Vec::new())>
                    {settings.say(Word::SilenceAll)}
                </button>
                <button type="button" class="quiet" data-testid="alarms-close" on:click=move |_| desk.drawer.set(None)>
                    {settings.say(Word::Close)}
                </button>
            </header>
            <p class="alarm-flood" class:gone=move || headline().is_empty() role="status">{headline}</p>
            <p class="alarm-said" class:gone=move || shown.said.read().is_none() role="status" data-testid="alarms-said">
                {move || shown.said.get()}
            </p>
            <p class="empty" class:gone=move || { listed.get() > 0 }>{settings.say(Word::None)}</p>
            <div class="alarm-rows" role="list" data-testid="alarm-rows">
                <For each=move || singly.get() key=|id| *id children=move |id| view! { <OneRow shown id/> }/>
                <For each=move || rows.get() key=|of| of.clone() children=move |of| view! { <GroupRow shown of/> }/>
            </div>
            <footer>
                <span>{kept_back}</span>
                <a href="/alarms">{settings.say(Word::ToPage)}</a>
            </footer>
        </section>
    }
}
