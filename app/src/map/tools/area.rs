//! What lies in an area that was drawn: incidents for the batch, units and sensors by name, each with its count.

use domain::ids::IncidentId;
use domain::language::Language;
use domain::time::Timestamp;
use leptos::prelude::*;

use super::drawn::Drawn;
use super::state::{Tool, Tools};
use super::words::Word;
use crate::live::desk::{MOST_IN_BATCH, Sheet};
use crate::live::lists::{Lists, Tab};
use crate::text::time;

/// Names that are listed; the rest is counted.
const SHOWN: usize = 40;

#[derive(Clone, PartialEq, Default, Debug)]
struct Things {
    units: Vec<String>,
    sensors: Vec<String>,
    /// When they were counted; the map tells only of what it shows.
    at: Option<Timestamp>,
}

#[component]
pub fn Area(tools: Tools) -> impl IntoView {
    let desk = tools.desk;
    let settings = desk.settings;
    let incidents = Memo::new(move |_| {
        desk.incidents_moved.track();
        tools.drawn.with(|drawn| {
            drawn
                .as_ref()
                .map(|drawn| incidents_in(tools, drawn))
                .unwrap_or_default()
        })
    });
    let whole = Memo::new(move |_| {
        let frame = tools.frame.get();
        tools.drawn.with(|drawn| {
            let corners = drawn.as_ref().map(Drawn::places).unwrap_or_default();
            frame.is_some_and(|frame| corners.iter().all(|at| frame.shows(frame.on_screen(*at))))
        })
    });
    let things = RwSignal::new(Things::default());
    Effect::new(move |before: Option<Option<Drawn>>| {
        settings.clock.track();
        let drawn = tools.drawn.get();
        if before.as_ref() != Some(&drawn) || whole.get() {
            things.set(
                drawn
                    .as_ref()
                    .map(|drawn| things_in(tools, drawn))
                    .unwrap_or_default(),
            );
        }
        drawn
    });
    let hint = move || match tools.tool.get() {
        Some(Tool::Lasso) => Word::LassoHint,
        _ => Word::BoxHint,
    };
    let count = move |word: Word, many: usize| {
        word.filled(settings.language.get(), &[("n", &many.to_string())])
    };
    let choose = move |_| {
        desk.choose(incidents.get_untracked());
        desk.sheet.set(Sheet::Detail);
    };
    let rows = move || {
        let language = settings.language.get();
        let all = incidents.get();
        let rest = all.len().saturating_sub(SHOWN);
        let rows: Vec<_> = all
            .into_iter()
            .take(SHOWN)
            .filter_map(|id| Some((id, desk.row(id)?.get())))
            .map(|(id, view)| {
                let title = match language {
                    Language::Zh => view.title.clone(),
                    Language::En => view.title_en.clone(),
                };
                let (severity, done) = (view.severity, !view.state.is_open());
                view! {
                    <li><button type="button" class="quiet tool-line" data-testid="area-incident" on:click=move |_| {
                        desk.select(Some(id));
                        desk.sheet.set(Sheet::Detail);
                    }>
                        <crate::controls::Mark severity late=false done/>
                        <span>{title}</span>
                    </button></li>
                }
            })
            .collect();
        view! { {rows} {more(language, rest)} }
    };
    let names = move |of: fn(&Things) -> &Vec<String>| {
        let language = settings.language.get();
        let all = things.with(|things| of(things).clone());
        let rest = all.len().saturating_sub(SHOWN);
        let rows: Vec<_> = all
            .into_iter()
            .take(SHOWN)
            .map(|name| view! { <li>{name}</li> })
            .collect();
        view! { {rows} {more(language, rest)} }
    };
    let nothing = move || {
        incidents.read().is_empty()
            && things.with(|things| things.units.is_empty() && things.sensors.is_empty())
    };
    let partly = move || {
        let at = things.read().at?;
        let shown = time::of_day(at, &desk.start().city.offsets);
        Some(Word::AreaPartly.filled(settings.language.get(), &[("at", &shown)]))
    };
    view! {
        <p class:gone=move || tools.drawn.read().is_some()>{move || hint().text(settings.language.get())}</p>
        <div class="tool-lists" class:gone=move || tools.drawn.read().is_none()>
            <p class:gone=move || !nothing()>{settings.say(Word::AreaNothing)}</p>
            <section class:gone=move || incidents.read().is_empty()>
                <h3 data-testid="area-incidents">{move || count(Word::AreaIncidents, incidents.read().len())}</h3>
                <button type="button" data-testid="area-to-batch" on:click=choose>
                    {move || count(Word::AreaToBatch, MOST_IN_BATCH)}
                </button>
                <ul>{move || rows()}</ul>
            </section>
            <section class:gone=move || things.read().units.is_empty()>
                <h3 data-testid="area-units">{move || count(Word::AreaUnits, things.read().units.len())}</h3>
                <ul class="names">{move || names(|things| &things.units)}</ul>
            </section>
            <section class:gone=move || things.read().sensors.is_empty()>
                <h3 data-testid="area-sensors">{move || count(Word::AreaSensors, things.read().sensors.len())}</h3>
                <ul class="names">{move || names(|things| &things.sensors)}</ul>
            </section>
            <p class="faint" class:gone=move || whole.get()>{move || partly()}</p>
        </div>
    }
}

fn more(language: Language, rest: usize) -> Option<impl IntoView> {
    (rest > 0).then(|| view! { <li class="faint">{Word::AreaRest.filled(language, &[("n", &rest.to_string())])}</li> })
}

/// In the order of the lists: what matters most comes first.
fn incidents_in(tools: Tools, drawn: &Drawn) -> Vec<IncidentId> {
    tools.desk.feed.picture.with_value(|picture| {
        let views = picture.incidents().map(AsRef::as_ref);
        let inside = views
            .filter(|view| view.state.is_open() && view.position.is_some_and(|at| drawn.holds(at)));
        let now = tools.desk.settings.now();
        Lists::of(inside, None, now).list(Tab::All).to_vec()
    })
}

fn things_in(tools: Tools, drawn: &Drawn) -> Things {
    tools.desk.things.picture.with_value(|picture| Things {
        units: picture
            .units()
            .filter(|unit| drawn.holds(unit.position))
            .map(|unit| unit.id.to_string())
            .collect(),
        sensors: picture
            .sensors()
            .filter(|sensor| sensor.position.is_some_and(|at| drawn.holds(at)))
            .map(|sensor| sensor.id.to_string())
            .collect(),
        at: Some(tools.desk.settings.now()),
    })
}
