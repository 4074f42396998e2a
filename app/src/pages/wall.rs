//! The wall: the map to the edges, the situation on the left, what matters most on the right. Read from eight metres by
//! people who touch nothing, so nothing here waits for a hand.

use domain::ids::IncidentId;
use domain::language::Language;
use domain::place::Position;
use domain::wall::{Pin, PinnedPlace, Tour};
use leptos::prelude::*;

use crate::controls::MarkShapes;
use crate::live::ages;
use crate::live::desk::Desk;
use crate::live::seen;
use crate::pages::start;
use crate::settings::settings;
use crate::start::{Page, WallStart};
use crate::text::{Message, filled, text, time};
use crate::wall::{Figures, Framed, Right, SituationPart, Wall, WallMap, told};

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
    let pinned = Memo::new(move |_| match shown.get() {
        Shown::Incident(id) => Some(id),
        _ => None,
    });
    let place = place(wall, shown);
    let framed = Signal::derive(move || {
        let theme = wall.theme.get().and_then(Result::ok);
        Framed {
            incident: pinned.get(),
            place: place.get().map(|(_, place)| place),
            categories: theme
                .as_ref()
                .map(|theme| theme.categories.clone())
                .unwrap_or_default(),
            layers: theme.as_ref().map(|theme| theme.layers.clone()),
        }
    });
    Effect::new(move |_| crate::wall::follow(wall, theme));
    Effect::new(move |_| {
        seen::follow(desk, move || seen::Shown {
            page: "wall",
            tab: theme.get(),
            incident: pinned.get(),
            layers: framed.with(Framed::drawn),
            ..seen::Shown::default()
        });
    });
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
            <Right wall pinned/>
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
