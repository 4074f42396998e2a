//! A theme at the desk, and the readings behind a figure. Figures come by themselves; nothing here is pressed to renew.

use std::sync::Arc;
use std::time::Duration;

use domain::language::Language;
use domain::theme::{ThemeName, ThemeView};
use domain::wall::Pin;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::charts::{Figure, FigureSize, ReadingsChart};
use crate::controls::SettingsBar;
use crate::pages::start;
use crate::requests::{self, Problem};
use crate::settings::settings;
use crate::start::{Page, ReadingsStart};
use crate::text::{Message, filled, text, time};
use crate::wall::{is_on_wall, pinned, put_on_wall};

const ASK_EVERY: Duration = Duration::from_secs(10);

type Answer = Option<Result<Arc<ThemeView>, Problem>>;

#[component]
pub fn ThemePage() -> impl IntoView {
    let settings = settings();
    let Page::Theme(id) = start().page.clone() else {
        return ().into_any();
    };
    let theme: RwSignal<Answer> = RwSignal::new(None);
    let cut_off = RwSignal::new(false);
    follow(id.clone(), theme, cut_off);
    let title = {
        let id = id.clone();
        move || match theme.read().as_ref() {
            Some(Ok(theme)) => match settings.language.get() {
                Language::Zh => theme.name.clone(),
                Language::En => theme.name_en.clone(),
            },
            _ => id.clone(),
        }
    };
    let offsets = start().city.offsets.clone();
    let as_of = move || match theme.read().as_ref() {
        Some(Ok(theme)) => {
            let at = time::moment(
                settings.language.get(),
                theme.at,
                settings.clock.get(),
                &offsets,
            );
            filled(settings.language.get(), Message::ThemeAsOf, &[("at", &at)])
        }
        _ => String::new(),
    };
    view! {
        <div class="theme-page">
            <Head current=id.clone()/>
            <main data-testid="theme" data-id=id.clone()>
                <div class="theme-head">
                    <h1>{title}</h1>
                    <p class="theme-at">{as_of}</p>
                    <OnWall id=id.clone()/>
                </div>
                <p class="figures-said" role="status" class:gone=move || said(theme, cut_off).is_none()>
                    {move || said(theme, cut_off)}
                </p>
                <Figures theme/>
            </main>
        </div>
    }
    .into_any()
}

fn follow(id: String, theme: RwSignal<Answer>, cut_off: RwSignal<bool>) {
    Effect::new(move |_| {
        let id = id.clone();
        let ask = move || {
            let id = id.clone();
            spawn_local(async move {
                let answer = requests::theme(&id).await;
                // A lost line does not wipe figures out: they age.
                cut_off.try_set(answer.is_err());
                let known = matches!(theme.try_read_untracked().as_deref(), Some(Some(Ok(_))));
                if answer.is_ok() || !known {
                    theme.try_set(Some(answer.map(Arc::new)));
                }
            });
        };
        ask();
        if let Ok(timer) = set_interval_with_handle(ask, ASK_EVERY) {
            on_cleanup(move || timer.clear());
        }
    });
}

fn said(theme: RwSignal<Answer>, cut_off: RwSignal<bool>) -> Option<String> {
    let language = settings().language.get();
    match theme.read().as_ref() {
        None => Some(text(language, Message::ThemeLoading).to_owned()),
        Some(Ok(_)) => cut_off
            .get()
            .then(|| text(language, Message::WallInterrupted).to_owned()),
        Some(Err(problem)) if problem.status == Some(404) => {
            Some(text(language, Message::ThemeNoDoor).to_owned())
        }
        Some(Err(problem)) => Some(filled(
            language,
            Message::ThemeFailed,
            &[("why", &problem.said(language))],
        )),
    }
}

#[component]
fn Figures(theme: RwSignal<Answer>) -> impl IntoView {
    let settings = settings();
    let ids = Memo::new(move |_| match theme.read().as_ref() {
        Some(Ok(theme)) => theme.indicators.iter().map(|one| one.id.clone()).collect(),
        _ => Vec::new(),
    });
    let since = Signal::derive(move || match theme.read().as_ref() {
        Some(Ok(theme)) => settings
            .clock
            .get()
            .map_or(0, |now| now.since(theme.at).max(0)),
        _ => 0,
    });
    let figure = move |id: String| {
        let found = move || match theme.read().as_ref() {
            Some(Ok(theme)) => theme.indicators.iter().find(|one| one.id == id).cloned(),
            _ => None,
        };
        let Some(known) = untrack(&found) else {
            return ().into_any();
        };
        let indicator = Signal::derive(move || found().unwrap_or_else(|| known.clone()));
        view! { <Figure indicator since_ms=since size=FigureSize::Desk/> }.into_any()
    };
    view! {
        <div class="figures" data-testid="figures">
            <For each=move || ids.get() key=Clone::clone children=figure/>
        </div>
    }
}

/// Which city, which themes there are, and the way back to the desk.
#[component]
pub fn Head(#[prop(into)] current: String) -> impl IntoView {
    let names = RwSignal::new(Vec::<ThemeName>::new());
    Effect::new(move |_| {
        spawn_local(async move {
            if let Ok(all) = requests::themes().await {
                names.try_set(all);
            }
        });
    });
    let settings = settings();
    let start = start();
    let city = (start.city.name.clone(), start.city.name_en.clone());
    let link = move |theme: ThemeName| {
        let here = theme.id == current;
        view! {
            <a href=format!("/themes/{}", theme.id) aria-current=here.then_some("page")>
                {move || match settings.language.get() {
                    Language::Zh => theme.name.clone(),
                    Language::En => theme.name_en.clone(),
                }}
            </a>
        }
    };
    view! {
        <header class="top-bar theme-bar">
            <a class="brand" href="/desk">
                <span class="wordmark">"鼓楼"</span>
                <span class="city">{move || match settings.language.get() {
                    Language::Zh => city.0.clone(),
                    Language::En => city.1.clone(),
                }}</span>
            </a>
            {start.demo.then(|| view! { <span class="badge" data-testid="demo">{settings.say(Message::Demo)}</span> })}
            <nav class="theme-names" aria-label=settings.say(Message::Themes)>
                <For each=move || names.get() key=|theme| theme.id.clone() children=link/>
            </nav>
            <a class="to-desk" href="/desk">{settings.say(Message::ToTheDesk)}</a>
            <SettingsBar/>
        </header>
    }
}

/// Puts the theme on all walls, or takes it down.
#[component]
fn OnWall(id: String) -> impl IntoView {
    let settings = settings();
    let may = start()
        .me
        .as_ref()
        .is_some_and(|me| crate::wall::may_pin(me.role));
    let shown = RwSignal::new(false);
    let outcome = RwSignal::new(None::<Result<(), Problem>>);
    let for_start = Pin::Theme(id.clone());
    Effect::new(move |_| {
        if may {
            is_on_wall(for_start.clone(), shown, || true);
        }
    });
    let said = move || {
        let language = settings.language.get();
        outcome
            .get()
            .map(|outcome| pinned(language, shown.get(), &outcome))
    };
    let press = move |_| {
        let up = !shown.get_untracked();
        put_on_wall(up.then(|| Pin::Theme(id.clone())), move |done| {
            if done.is_ok() {
                shown.try_set(up);
            }
            outcome.try_set(Some(done));
        });
    };
    let word = move || {
        let message = if shown.get() {
            Message::WallTakeDown
        } else {
            Message::WallShow
        };
        text(settings.language.get(), message)
    };
    may.then(|| {
        view! {
            <span class="on-wall-said" role="status">{said}</span>
            <button type="button" data-testid="theme-on-wall" aria-pressed=move || shown.get().to_string()
                on:click=press>{word}</button>
        }
    })
}

#[component]
pub fn ReadingsPage() -> impl IntoView {
    let settings = settings();
    let Page::Readings(asked) = start().page.clone() else {
        return ().into_any();
    };
    let property = asked.property.clone();
    let sensor = asked.sensor.clone();
    view! {
        <div class="theme-page">
            <Head current=""/>
            <main data-testid="readings" data-sensor=asked.sensor.clone()>
                <div class="theme-head">
                    <h1>{sensor}</h1>
                    <p class="theme-at">{property}</p>
                </div>
                <h2 class="unseen">{settings.say(Message::ReadingsTitle)}</h2>
                <ReadingsChart path=path_of(&asked)/>
            </main>
        </div>
    }
    .into_any()
}

fn path_of(asked: &ReadingsStart) -> String {
    let mut query = Vec::new();
    if let Some(property) = &asked.property {
        query.push(format!("property={}", escaped(property)));
    }
    for (name, at) in [("since", asked.since), ("until", asked.until)] {
        if let Some(at) = at {
            query.push(format!("{name}={}", escaped(&at.to_rfc3339_utc())));
        }
    }
    let path = format!("/api/v1/sensors/{}/readings", escaped(&asked.sensor));
    match query.is_empty() {
        true => path,
        false => format!("{path}?{}", query.join("&")),
    }
}

/// Everything that is not unreserved is escaped (RFC 3986, 2.3).
pub fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readings_asked_for_are_those_of_the_address() {
        let asked = ReadingsStart {
            sensor: "水位 3".into(),
            property: Some("PM2.5".into()),
            since: None,
            until: None,
        };
        assert_eq!(
            path_of(&asked),
            "/api/v1/sensors/%E6%B0%B4%E4%BD%8D%203/readings?property=PM2.5"
        );
    }
}
