//! Rows of the list of alarms: one alarm, or a group of them with its count and what can be done about it.

use domain::alarm::AlarmState;
use domain::alarm::flood::{Group, GroupOf, Step};
use domain::alarm::table::{self, AlarmEvent};
use domain::category::CategoryCode;
use domain::ids::AlarmId;
use domain::language::Language;
use domain::wire::AlarmView;
use leptos::prelude::*;

use super::Shown;
use super::shelf::Shelf;
use super::words::Word;
use crate::controls::Mark;
use crate::live::desk::{Desk, Sheet};
use crate::text::time;

fn kind(desk: Desk, language: Language, code: Option<CategoryCode>) -> String {
    match code {
        Some(code) => desk.start().city.category(language, code),
        None => Word::NoKind.text(language).to_owned(),
    }
}

fn in_town(desk: Desk, language: Language, code: Option<&str>) -> String {
    let start = desk.start();
    let town = code.and_then(|code| start.city.town(language, code));
    town.map(|town| format!(" · {town}")).unwrap_or_default()
}

fn title(shown: Shown, language: Language, of: &GroupOf) -> String {
    let desk = shown.desk;
    match of {
        GroupOf::Cause(id) => match shown.alarm(*id) {
            Some(alarm) => one_title(desk, language, &alarm),
            None => id.to_string(),
        },
        GroupOf::KindInTown { category, town } => {
            kind(desk, language, *category) + &in_town(desk, language, town.as_deref())
        }
        GroupOf::Kind(category) => kind(desk, language, *category),
        GroupOf::Class(class) => match class {
            Some(class) => Word::Class.filled(language, &[("class", class)]),
            None => Word::NoKind.text(language).to_owned(),
        },
        GroupOf::Severity(level) => {
            Word::AllOfLevel.filled(language, &[("level", &level.to_string())])
        }
    }
}

fn one_title(desk: Desk, language: Language, alarm: &AlarmView) -> String {
    kind(desk, language, alarm.category) + &in_town(desk, language, alarm.town_code.as_deref())
}

#[component]
pub fn GroupRow(shown: Shown, of: GroupOf) -> impl IntoView {
    let desk = shown.desk;
    let settings = desk.settings;
    let first = shown.group(&of);
    let key = StoredValue::new(of);
    let row = Memo::new(move |before: Option<&Option<Group>>| {
        // A row on its way out keeps its last face.
        key.with_value(|of| shown.group(of))
            .or_else(|| before.cloned().flatten())
    });
    let Some(_) = first else {
        return ().into_any();
    };
    let of_row = move |take: fn(&Group) -> u32| row.with(|row| row.as_ref().map_or(0, take));
    let severity = Memo::new(move |_| {
        row.with(|row| row.as_ref().map(|row| row.worst))
            .unwrap_or(domain::category::Severity::Minor)
    });
    let unnoted = Memo::new(move |_| of_row(|row| row.unacknowledged));
    let muted = Memo::new(move |_| of_row(|row| row.muted));
    let plan = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.plan.clone())));
    let shelve = move || {
        plan.get()?.into_iter().find_map(|step| match step {
            Step::Shelve(alarm) => Some(alarm),
            _ => None,
        })
    };
    let has =
        move |step: Step| plan.with(|plan| plan.as_ref().is_some_and(|plan| plan.contains(&step)));
    let acknowledge = move |_| {
        let noted = |one: &AlarmView| {
            table::row_of(AlarmEvent::Acknowledge, one.state).is_some()
                && one.state != AlarmState::ActiveAcknowledged
        };
        let members = key.with_value(|of| shown.members(of, noted));
        shown.command(AlarmEvent::Acknowledge, members, Vec::new());
    };
    let to_map = move |_| {
        if let Some(bounds) = row.with_untracked(|row| row.as_ref()?.bounds) {
            desk.frame_on_map.set(Some(bounds));
            desk.sheet.set(Sheet::Map);
        }
    };
    view! {
        <article class="alarm-row group" role="listitem" data-testid="alarm-group">
            <Mark severity late=false done=Memo::new(move |_| unnoted.get() == 0)/>
            <div class="alarm-what">
                <b>{move || key.with_value(|of| title(shown, settings.language.get(), of))}</b>
                <span class="alarm-more">
                    {move || Word::Unnoted.filled(settings.language.get(), &[("n", &unnoted.get().to_string())])}
                    {move || (muted.get() > 0).then(|| {
                        " · ".to_owned() + &Word::Muted.filled(settings.language.get(), &[("n", &muted.get().to_string())])
                    })}
                </span>
            </div>
            <span class="alarm-number" data-testid="group-count">{move || of_row(|row| row.count)}</span>
            <div class="alarm-do">
                <button type="button" class="primary" data-testid="acknowledge-group"
                    disabled=move || !has(Step::Acknowledge) on:click=acknowledge>
                    {move || Word::AcknowledgeAll.filled(settings.language.get(), &[("n", &unnoted.get().to_string())])}
                </button>
                <button type="button" class="quiet" class:gone=move || shelve().is_none()
                    on:click=move |_| shown.shelving.set(shelve())>
                    {settings.say(Word::ShelveOne)}
                </button>
                <button type="button" class="quiet" class:gone=move || !has(Step::ShowOnMap) on:click=to_map>
                    {settings.say(Word::ShowOnMap)}
                </button>
            </div>
            {move || shelve().filter(|alarm| shown.shelving.get() == Some(*alarm)).map(|alarm| view! { <Shelf shown alarm/> })}
        </article>
    }
    .into_any()
}

#[component]
pub fn OneRow(shown: Shown, id: AlarmId) -> impl IntoView {
    let desk = shown.desk;
    let settings = desk.settings;
    let alarm = Memo::new(move |before: Option<&Option<AlarmView>>| {
        shown.glance.track();
        shown.alarm(id).or_else(|| before.cloned().flatten())
    });
    if alarm.read_untracked().is_none() {
        return ().into_any();
    }
    let of = move |take: fn(&AlarmView) -> bool| alarm.with(|one| one.as_ref().is_some_and(take));
    let severity = Memo::new(move |_| {
        alarm
            .with(|one| one.as_ref().map(|one| one.severity))
            .unwrap_or(domain::category::Severity::Minor)
    });
    let noted = Memo::new(move |_| {
        of(|one| {
            !matches!(
                one.state,
                AlarmState::ActiveUnacknowledged | AlarmState::ClearedUnacknowledged
            )
        })
    });
    let said = move || alarm.with(|one| one.as_ref().map(|one| standing(desk, one)));
    let text = move || alarm.with(|one| one.as_ref().map(|one| one.text.clone()));
    let may = move |event: AlarmEvent| {
        alarm.with(|one| {
            one.as_ref()
                .is_some_and(|one| table::row_of(event, one.state).is_some())
        })
    };
    let give = move |event: AlarmEvent| move |_| shown.command(event, vec![id], Vec::new());
    let to_map = move |_| {
        if let Some(here) = alarm.with_untracked(|one| one.as_ref()?.position) {
            desk.show_on_map.set(Some(here));
            desk.sheet.set(Sheet::Map);
        }
    };
    let to_incident = move |_| {
        if let Some(incident) = alarm.with_untracked(|one| one.as_ref()?.incident) {
            desk.select(Some(incident));
            desk.sheet.set(Sheet::Detail);
        }
    };
    view! {
        <article class="alarm-row" role="listitem" data-testid="alarm-row" data-id=id.to_string()
            data-state=move || alarm.with(|one| one.as_ref().map(|one| one.state.name()))>
            <Mark severity late=false done=noted/>
            <div class="alarm-what">
                <b>{move || alarm.with(|one| one.as_ref().map(|one| one_title(desk, settings.language.get(), one)))}</b>
                <span class="alarm-text">{text}</span>
                <span class="alarm-more">{said}</span>
            </div>
            <div class="alarm-do">
                <button type="button" class="primary" data-testid="acknowledge" class:gone=noted on:click=give(AlarmEvent::Acknowledge)>
                    {settings.say(Word::Acknowledge)}
                </button>
                <button type="button" class="quiet" data-testid="silence" class:gone=move || !of(|one| one.voice)
                    on:click=give(AlarmEvent::Silence)>
                    {settings.say(Word::Silence)}
                </button>
                <button type="button" class="quiet" data-testid="reset" class:gone=move || !may(AlarmEvent::Reset)
                    on:click=give(AlarmEvent::Reset)>
                    {settings.say(Word::Reset)}
                </button>
                <button type="button" class="quiet" data-testid="shelve" on:click=move |_| shown.shelving.set(Some(id))>
                    {settings.say(Word::Shelve)}
                </button>
                <button type="button" class="quiet" class:gone=move || !of(|one| one.position.is_some()) on:click=to_map>
                    {settings.say(Word::ShowOnMap)}
                </button>
                <button type="button" class="quiet" class:gone=move || !of(|one| one.incident.is_some()) on:click=to_incident>
                    {settings.say(Word::Open)}
                </button>
            </div>
            {move || (shown.shelving.get() == Some(id)).then(|| view! { <Shelf shown alarm=id/> })}
        </article>
    }
    .into_any()
}

/// Since when it stands, and what else there is to know of it.
fn standing(desk: Desk, alarm: &AlarmView) -> String {
    let settings = desk.settings;
    let language = settings.language.get();
    let offsets = &desk.start().city.offsets;
    let mut said = vec![time::moment(
        language,
        alarm.raised_at,
        settings.clock.get(),
        offsets,
    )];
    match (alarm.state, &alarm.acknowledged) {
        (AlarmState::ClearedUnacknowledged, _) => said.push(Word::Cleared.text(language).into()),
        (AlarmState::Latched, _) => said.push(Word::Latched.text(language).into()),
        (_, Some(noted)) => said.push(Word::Noted.filled(language, &[("who", &noted.by)])),
        _ => {}
    }
    if alarm.returned > 0 {
        let times = alarm.returned.to_string();
        said.push(Word::Returned.filled(language, &[("n", &times)]));
    }
    for (is, word) in [
        (alarm.chattering, Word::Chattering),
        (alarm.stale, Word::Stale),
    ] {
        if is {
            said.push(word.text(language).into());
        }
    }
    said.join(" · ")
}
