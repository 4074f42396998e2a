//! The wall: the map to the edges, the situation on the left, what matters most on the right. Read from eight metres by
//! people who touch nothing, so nothing here waits for a hand.

use std::sync::Arc;

use domain::ids::IncidentId;
use domain::language::Language;
use domain::place::Position;
use domain::wall::{Pin, PinnedPlace, Tour};
use leptos::prelude::*;

use crate::charts::{Figure, FigureSize};
use crate::controls::{Mark, MarkShapes};
use crate::live::ages;
use crate::live::desk::Desk;
use crate::live::lists::{calls, is_late};
use crate::pages::start;
use crate::settings::settings;
use crate::start::{Page, Start, WallStart};
use crate::text::{Message, filled, text, time};
use crate::wall::situation::FLOOD;
use crate::wall::six::SIX;
use crate::wall::{Framed, Wall, WallMap, told};

/// What the wall is about now.
#[derive(Clone, PartialEq, Debug)]
enum Shown {
    City,
    Theme(String),
    Incident(IncidentId),
    Place(PinnedPlace),
}

#[component]
pub fn WallPage() -> impl IntoView {
    let settings = settings();
    let start = start();
    let Page::Wall(page) = start.page.clone() else {
        return ().into_any();
    };
    let desk = Desk::new(&start, settings);
    provide_context(desk);
    let wall = Wall::new(desk, page.situation.clone(), start.now);
    provide_context(wall);
    let tour = tour(wall, &page);
    let shown = shown(wall, &page, tour);
    let theme = Memo::new(move |_| match shown.get() {
        Shown::Theme(id) => Some(id),
        _ => None,
    });
    let place = place(wall, shown);
    let framed = Signal::derive(move || {
        let theme = wall.theme.get().and_then(Result::ok);
        Framed {
            incident: match shown.get() {
                Shown::Incident(id) => Some(id),
                _ => None,
            },
            place: place.get().map(|(_, place)| place),
            categories: theme
                .as_ref()
                .map(|theme| theme.categories.clone())
                .unwrap_or_default(),
            layers: theme.as_ref().map(|theme| theme.layers.clone()),
        }
    });
    Effect::new(move |_| crate::wall::follow(wall, theme));
    let freshness = Memo::new(move |_| {
        let now = settings.clock.get().unwrap_or(start.now);
        ages::class(told::freshness(wall.line(), now))
    });
    let with_theme = move || theme.read().is_some();
    view! {
        <MarkShapes/>
        <main class="wall" data-testid="wall" data-freshness=freshness class:with-theme=with_theme>
            <h1 class="unseen">{settings.say(Message::Wall)}</h1>
            <WallMap wall framed/>
            <Top wall shown/>
            <section class="wall-left" aria-label=settings.say(Message::WallSituation)>
                <Show when=with_theme fallback=move || view! { <SituationPart wall/> }>
                    <Figures wall/>
                </Show>
            </section>
            <Right wall shown/>
            <Foot wall tour seat=page.seat/>
        </main>
    }
    .into_any()
}

/// The tour that runs, whoever declared it: a desk before the address.
fn tour(wall: Wall, page: &WallStart) -> Memo<Option<Tour>> {
    let declared = page.tour.clone();
    Memo::new(
        move |_| match wall.told.read().as_ref().and_then(|told| told.pin.clone()) {
            Some(Pin::Tour(tour)) => Some(tour),
            Some(_) => None,
            None => declared.clone(),
        },
    )
}

fn shown(wall: Wall, page: &WallStart, tour: Memo<Option<Tour>>) -> Memo<Shown> {
    let own = page.theme.clone();
    let settings = wall.desk.settings;
    let start_now = wall.desk.start().now;
    Memo::new(move |_| {
        match wall.told.read().as_ref().and_then(|told| told.pin.clone()) {
            Some(Pin::Incident(id)) => return Shown::Incident(id),
            Some(Pin::Place(place)) => return Shown::Place(place),
            Some(Pin::Theme(id)) => return Shown::Theme(id),
            Some(Pin::Tour(_)) | None => {}
        }
        let now = settings.clock.get().unwrap_or(start_now);
        let turn = tour.with(|tour| {
            tour.as_ref()
                .and_then(|tour| tour.themes.get(tour.turn(now)).cloned())
        });
        turn.or_else(|| own.clone())
            .map_or(Shown::City, Shown::Theme)
    })
}

/// Where a pinned thing lies: looked up once, for what arrives later must not move the map.
fn place(wall: Wall, shown: Memo<Shown>) -> RwSignal<Option<(Option<IncidentId>, Position)>> {
    let place = RwSignal::new(None);
    Effect::new(move |_| {
        wall.desk.incidents_moved.track();
        let wanted = match shown.get() {
            Shown::Incident(id) => {
                if matches!(*place.read_untracked(), Some((Some(known), _)) if known == id) {
                    return;
                }
                let found = wall
                    .desk
                    .feed
                    .picture
                    .with_value(|picture| picture.incident(id).and_then(|view| view.position));
                found.map(|position| (Some(id), position))
            }
            Shown::Place(pinned) => Some((None, pinned.position)),
            Shown::City | Shown::Theme(_) => None,
        };
        if *place.read_untracked() != wanted {
            place.set(wanted);
        }
    });
    place
}

#[component]
fn Top(wall: Wall, shown: Memo<Shown>) -> impl IntoView {
    let desk = wall.desk;
    let settings = desk.settings;
    let start = desk.start();
    let city = (start.city.name.clone(), start.city.name_en.clone());
    let subject = move || {
        let language = settings.language.get();
        match shown.get() {
            Shown::City => None,
            Shown::Theme(id) => Some(theme_name(wall, &id)),
            Shown::Incident(_) => Some(text(language, Message::WallPinned).to_owned()),
            Shown::Place(place) if place.name.is_empty() => {
                Some(text(language, Message::WallPlace).to_owned())
            }
            Shown::Place(place) => Some(place.name),
        }
    };
    let offsets = start.city.offsets.clone();
    let start_now = start.now;
    let now = Memo::new(move |_| settings.clock.get().unwrap_or(start_now));
    let date = {
        let offsets = offsets.clone();
        Memo::new(move |_| time::date(settings.language.get(), now.get(), &offsets))
    };
    let clock = move || time::of_day(now.get(), &offsets);
    view! {
        <header class="wall-top">
            <p class="wall-city">
                <span class="wordmark">"鼓楼"</span>
                <span>{move || match settings.language.get() {
                    Language::Zh => city.0.clone(),
                    Language::En => city.1.clone(),
                }}</span>
                {start.demo.then(|| view! { <span class="badge" data-testid="demo">{settings.say(Message::Demo)}</span> })}
            </p>
            <p class="wall-subject" data-testid="wall-subject">{subject}</p>
            <Lights wall/>
            <p class="wall-date">{date}</p>
            <p class="wall-clock" data-testid="wall-clock">{clock}</p>
        </header>
    }
}

/// By the list of themes, by its figures, or by its id until one of them has come.
fn theme_name(wall: Wall, id: &str) -> String {
    let language = wall.desk.settings.language.get();
    let named = |name: &str, name_en: &str| match language {
        Language::Zh => name.to_owned(),
        Language::En => name_en.to_owned(),
    };
    if let Some(known) = wall.names.read().iter().find(|known| known.id == id) {
        return named(&known.name, &known.name_en);
    }
    match wall.theme.read().as_ref() {
        Some(Ok(theme)) if theme.id == id => named(&theme.name, &theme.name_en),
        _ => id.to_owned(),
    }
}

/// Is the line alive, and how old is what is shown.
#[component]
fn Lights(wall: Wall) -> impl IntoView {
    let desk = wall.desk;
    let settings = desk.settings;
    let start = desk.start();
    let offsets = start.city.offsets.clone();
    let said = move || told::said(settings.language.get(), wall.line(), &offsets);
    let light = move || told::light(wall.line());
    let age = move || {
        let line = wall.line();
        match (line.true_at, settings.clock.get()) {
            (Some(true_at), Some(now)) if told::light(line) != "red" => filled(
                settings.language.get(),
                Message::DataAge,
                &[("age", &time::age(settings.language.get(), true_at, now))],
            ),
            _ => String::new(),
        }
    };
    view! {
        <div class="lights">
            <span class="light" data-testid="link-light" data-light=light role="status">
                <span class="lamp" aria-hidden="true"></span>
                <span data-testid="link-said">{said}</span>
            </span>
            <span class="data-age" data-testid="data-age">{age}</span>
            <Show when=move || wall.line().shut_out>
                <a class="wall-sign-in" href="/login?next=/wall">{settings.say(Message::SignIn)}</a>
            </Show>
        </div>
    }
}

/// What is open by severity, what is late, whether more comes in than can be read, which feeds are silent.
#[component]
fn SituationPart(wall: Wall) -> impl IntoView {
    let settings = wall.desk.settings;
    let situation = wall.situation;
    let rows = [1_u8, 2, 3, 4].map(|level| view! { <SeverityLine wall level/> });
    let late = Memo::new(move |_| situation.read().late);
    let new = Memo::new(move |_| situation.read().new);
    let flood = Memo::new(move |_| situation.read().is_flood());
    let of_flood = move || {
        format!(
            "{:.1}%",
            f64::from(new.get().min(FLOOD)) / f64::from(FLOOD) * 100.0
        )
    };
    view! {
        <div class="wall-open">
            <p class="wall-hero">
                <span class="wall-hero-name">{settings.say(Message::WallOpen)}</span>
                <span class="wall-hero-number" data-testid="wall-open">{move || situation.read().open_in_all()}</span>
            </p>
            <ul class="wall-severities">{rows.collect_view()}</ul>
        </div>
        <p class="wall-line" class:alert=move || { late.get() > 0 }>
            <span>{settings.say(Message::WallLate)}</span>
            <span class="wall-number" data-testid="wall-late">{late}</span>
        </p>
        <div class="wall-flood" class:flood=flood data-testid="wall-flood" data-flood=move || flood.get().to_string()>
            <p class="wall-line">
                <span>{move || text(settings.language.get(), if flood.get() { Message::WallFlood } else { Message::WallNew })}</span>
                <span class="wall-number">{new}<span class="wall-of">{format!("/{FLOOD}")}</span></span>
            </p>
            <span class="gauge" aria-hidden="true"><span style:width=of_flood></span></span>
            <Show when=move || flood.get()>
                <p class="wall-flood-said">{move || flood_said(wall)}</p>
            </Show>
        </div>
        <FeedsIll wall/>
    }
}

#[component]
fn SeverityLine(wall: Wall, level: u8) -> impl IntoView {
    let desk = wall.desk;
    let settings = desk.settings;
    let situation = wall.situation;
    let severity =
        domain::category::Severity::try_from(level).unwrap_or(domain::category::Severity::Minor);
    let index = usize::from(level.clamp(1, 4) - 1);
    let count = Memo::new(move |_| situation.read().open[index]);
    let share = Memo::new(move |_| {
        let situation = situation.read();
        let most = situation
            .open
            .iter()
            .copied()
            .max()
            .unwrap_or_default()
            .max(1);
        format!(
            "{:.1}%",
            f64::from(situation.open[index]) / f64::from(most) * 100.0
        )
    });
    let label = move || {
        desk.start()
            .city
            .label(settings.language.get(), &level.to_string())
            .to_owned()
    };
    view! {
        <li class=format!("wall-severity s{level}") class:none=move || count.get() == 0 data-testid=format!("wall-severity-{level}")>
            <Mark severity=Signal::stored(severity) late=Signal::stored(false) done=Signal::stored(false)/>
            <span class="wall-severity-name">{label}</span>
            <span class="wall-bar" aria-hidden="true"><span style:width=share></span></span>
            <span class="wall-number">{count}</span>
        </li>
    }
}

/// Which kinds and towns most of the new ones are of.
fn flood_said(wall: Wall) -> String {
    let language = wall.desk.settings.language.get();
    let start = wall.desk.start();
    let situation = wall.situation.read();
    let kinds = situation.kinds.iter().map(|(kind, count)| {
        let name = match kind {
            Some(code) => start.city.category(language, *code),
            None => text(language, Message::NoCategory).to_owned(),
        };
        format!("{name} {count}")
    });
    let towns = situation.towns.iter().take(2).map(|(code, count)| {
        format!(
            "{} {count}",
            start.city.town(language, code).unwrap_or(code)
        )
    });
    kinds.take(2).chain(towns).collect::<Vec<_>>().join(" · ")
}

/// Only feeds with a declared period can be missed: a hotline that is silent may simply have no calls.
#[component]
fn FeedsIll(wall: Wall) -> impl IntoView {
    const MOST_NAMED: usize = 2;
    let desk = wall.desk;
    let settings = desk.settings;
    let start = desk.start();
    let ill = Memo::new(move |_| {
        let now = settings.clock.get()?;
        let ill: Vec<(String, i64)> = wall
            .feeds
            .read()
            .iter()
            .filter_map(|feed| {
                let period_ms = start.city.periods.declared_ms(&feed.source)?;
                let age_ms = now.since(feed.last_at?);
                (domain::theme::Freshness::of(age_ms, period_ms) >= domain::theme::Freshness::Stale)
                    .then(|| (feed.source.clone(), age_ms / 60_000))
            })
            .collect();
        Some(ill)
    });
    let count = move || ill.get().map_or(0, |ill| ill.len());
    let said = move || {
        let language = settings.language.get();
        let named = ill.get().unwrap_or_default();
        let lines = named.iter().take(MOST_NAMED).map(|(source, minutes)| {
            filled(
                language,
                Message::WallFeedSilent,
                &[("source", source), ("n", &minutes.to_string())],
            )
        });
        lines.collect::<Vec<_>>().join(" · ")
    };
    view! {
        <div class="wall-feeds" class:alert=move || { count() > 0 } data-testid="wall-feeds">
            <p class="wall-line">
                <span>{settings.say(Message::WallFeedsIll)}</span>
                <span class="wall-number">{count}</span>
            </p>
            <p class="wall-feeds-said">{said}</p>
        </div>
    }
}

/// The figures of the theme.
#[component]
fn Figures(wall: Wall) -> impl IntoView {
    const MOST: usize = 8;
    let settings = wall.desk.settings;
    let ids = Memo::new(move |_| match wall.theme.read().as_ref() {
        Some(Ok(theme)) => theme
            .indicators
            .iter()
            .take(MOST)
            .map(|one| one.id.clone())
            .collect(),
        _ => Vec::new(),
    });
    let said = move || {
        let language = settings.language.get();
        match wall.theme.read().as_ref() {
            None => text(language, Message::ThemeLoading).to_owned(),
            Some(Ok(_)) => String::new(),
            Some(Err(problem)) if problem.status == Some(404) => {
                text(language, Message::ThemeNoDoor).to_owned()
            }
            Some(Err(problem)) => filled(
                language,
                Message::ThemeFailed,
                &[("why", &problem.said(language))],
            ),
        }
    };
    let figures = move |id: String| {
        let wanted = id.clone();
        let first = move || match wall.theme.read().as_ref() {
            Some(Ok(theme)) => theme
                .indicators
                .iter()
                .find(|one| one.id == wanted)
                .cloned(),
            _ => None,
        };
        let latest = StoredValue::new(first());
        let indicator = Memo::new(move |_| {
            if let Some(now) = first() {
                latest.set_value(Some(now));
            }
            latest.get_value()
        });
        let Some(known) = indicator.get_untracked() else {
            return ().into_any();
        };
        let indicator = Signal::derive(move || indicator.get().unwrap_or_else(|| known.clone()));
        view! { <Figure indicator since_ms=since(wall) size=FigureSize::Wall/> }.into_any()
    };
    view! {
        <p class="figures-said" role="status" class:gone=move || said().is_empty()>{said}</p>
        <div class="figures" data-count=move || ids.read().len() data-testid="figures">
            <For each=move || ids.get() key=Clone::clone children=figures/>
        </div>
    }
}

/// Milliseconds since the figures came.
fn since(wall: Wall) -> Signal<i64> {
    Signal::derive(move || {
        let at = match wall.theme.read().as_ref() {
            Some(Ok(theme)) => theme.at,
            _ => return 0,
        };
        wall.desk
            .settings
            .clock
            .get()
            .map_or(0, |now| now.since(at).max(0))
    })
}

/// The six that matter most; a pinned one above them.
#[component]
fn Right(wall: Wall, shown: Memo<Shown>) -> impl IntoView {
    let settings = wall.desk.settings;
    let pinned = Memo::new(move |_| match shown.get() {
        Shown::Incident(id) => Some(id),
        _ => None,
    });
    let ids = Memo::new(move |_| {
        let pinned = pinned.get();
        let mut ids = wall.six.read().ids();
        ids.retain(|id| Some(*id) != pinned);
        ids.truncate(if pinned.is_some() { SIX - 1 } else { SIX });
        ids
    });
    // A pinned incident may come with the first snapshot only.
    let pinned_row = Memo::new(move |_| {
        wall.desk.incidents_moved.track();
        pinned.get().filter(|id| wall.desk.row(*id).is_some())
    });
    view! {
        <section class="wall-right" aria-label=settings.say(Message::WallMatters)>
            {move || pinned_row.get().map(|id| view! { <PinnedCard wall id/> })}
            <h2>{settings.say(Message::WallMatters)}</h2>
            <ol class="wall-rows" data-testid="wall-rows">
                <For each=move || ids.get() key=|id| *id children=move |id| view! { <WallRow wall id/> }/>
            </ol>
            <p class="wall-calm" class:gone=move || !ids.read().is_empty()>{settings.say(Message::WallCalm)}</p>
        </section>
    }
}

/// What a line says of its incident.
#[derive(Clone, PartialEq)]
struct Line {
    title: String,
    place: String,
    state: String,
    due: String,
    drill: bool,
}

fn line(wall: Wall, view: &domain::wire::IncidentView, start: &Start) -> Line {
    let settings = wall.desk.settings;
    let language = settings.language.get();
    let clock = settings.clock.get();
    let title = match language {
        Language::Zh => view.title.clone(),
        Language::En => view.title_en.clone(),
    };
    // Most titles begin with the town: it is not said twice.
    let town = view
        .town_code
        .as_deref()
        .and_then(|code| start.city.town(language, code))
        .filter(|town| !title.contains(town));
    let who = view
        .lead
        .as_ref()
        .map(|lead| start.city.department(language, lead));
    let place: Vec<&str> = [town, who].into_iter().flatten().collect();
    let due = match view.deadline.as_ref().and_then(|deadline| deadline.due_at) {
        Some(due) => time::left(language, due, clock, &start.city.offsets),
        None if view.suspended => text(language, Message::Suspended).to_owned(),
        None => time::moment(language, view.opened_at, clock, &start.city.offsets),
    };
    Line {
        title,
        place: place.join(" · "),
        state: start.city.label(language, view.state.name()).to_owned(),
        due,
        drill: view.drill,
    }
}

/// The signals of a line: equal lines are not drawn again.
struct Lined {
    line: Memo<Line>,
    severity: Signal<domain::category::Severity>,
    late: Memo<bool>,
    done: Signal<bool>,
    calls: Memo<bool>,
}

fn lined(wall: Wall, id: IncidentId) -> Option<Lined> {
    let row = wall.desk.row(id)?;
    let settings = wall.desk.settings;
    let start: Arc<Start> = wall.desk.start();
    let start_now = start.now;
    let (for_late, for_severity, for_done, for_calls) =
        (row.clone(), row.clone(), row.clone(), row.clone());
    Some(Lined {
        line: Memo::new(move |_| line(wall, &row.read(), &start)),
        severity: Signal::derive(move || for_severity.read().severity),
        late: Memo::new(move |_| {
            is_late(&for_late.read(), settings.clock.get().unwrap_or(start_now))
        }),
        done: Signal::derive(move || !for_done.read().state.is_open()),
        calls: Memo::new(move |_| calls(&for_calls.read())),
    })
}

#[component]
fn WallRow(wall: Wall, id: IncidentId) -> impl IntoView {
    let settings = wall.desk.settings;
    let Some(Lined {
        line,
        severity,
        late,
        done,
        calls,
    }) = lined(wall, id)
    else {
        return ().into_any();
    };
    view! {
        <li class="wall-row" class:late=late class:calls=calls data-testid="wall-row" data-id=id.to_string()>
            <Mark severity late done/>
            <span class="wall-title">{move || line.read().title.clone()}</span>
            <span class="wall-due">{move || line.read().due.clone()}</span>
            <span class="wall-place">{move || line.read().place.clone()}</span>
            <span class="wall-state">
                {move || line.read().drill.then(|| view! { <span class="flag drill">{settings.say(Message::Drill)}</span> })}
                {move || line.read().state.clone()}
            </span>
        </li>
    }
    .into_any()
}

/// What a desk put on the wall, larger than the rest, with who put it there.
#[component]
fn PinnedCard(wall: Wall, id: IncidentId) -> impl IntoView {
    let settings = wall.desk.settings;
    let Some(Lined {
        line,
        severity,
        late,
        done,
        calls,
    }) = lined(wall, id)
    else {
        return ().into_any();
    };
    let start = wall.desk.start();
    let by = move || {
        wall.told.read().as_ref().and_then(|told| {
            let at = time::clock(told.since?, settings.clock.get(), &start.city.offsets);
            let by = told.by.as_deref()?;
            Some(filled(
                settings.language.get(),
                Message::WallPinnedBy,
                &[("by", by), ("at", &at)],
            ))
        })
    };
    view! {
        <article class="wall-pinned" class:late=late class:calls=calls data-testid="wall-pinned" data-id=id.to_string()>
            <Mark severity late done/>
            <h2 class="wall-title">{move || line.read().title.clone()}</h2>
            <p class="wall-place">{move || line.read().place.clone()}</p>
            <p class="wall-state">{move || line.read().state.clone()}</p>
            <p class="wall-due">{move || line.read().due.clone()}</p>
            <p class="wall-by">{by}</p>
        </article>
    }
    .into_any()
}

/// The dots of a tour, and what the wall must own up to.
#[component]
fn Foot(wall: Wall, tour: Memo<Option<Tour>>, seat: crate::wall::seat::Seat) -> impl IntoView {
    let desk = wall.desk;
    let settings = desk.settings;
    let start_now = desk.start().now;
    let too_small = RwSignal::new(false);
    Effect::new(move |_| {
        settings.clock.track();
        if let Some(root) = document().document_element() {
            let fits = seat.fits(
                f64::from(root.client_width()),
                f64::from(root.client_height()),
            );
            if too_small.get_untracked() == fits {
                too_small.set(!fits);
            }
        }
    });
    let turn = Memo::new(move |_| {
        let now = settings.clock.get().unwrap_or(start_now);
        tour.read().as_ref().map(|tour| tour.turn(now))
    });
    let dots = move || {
        tour.get().map(|tour| {
            tour.themes.into_iter().enumerate().map(|(index, id)| {
                let here = move || turn.get() == Some(index);
                let named = id.clone();
                view! {
                    <li class:here=here aria-current=move || here().then_some("step") data-theme-id=named>
                        <span class="dot" aria-hidden="true"></span>
                        <span class="dot-name">{move || theme_name(wall, &id)}</span>
                    </li>
                }
            }).collect_view()
        })
    };
    view! {
        <ol class="wall-tour" data-testid="wall-tour" class:gone=move || tour.read().is_none()>{dots}</ol>
        <p class="wall-small" data-testid="wall-small" class:gone=move || !too_small.get()>
            {settings.say(Message::WallTooSmall)}
        </p>
    }
}
