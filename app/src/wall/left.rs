//! The wall's left column: the situation, or the figures of the theme whose turn it is.

use domain::category::Severity;
use domain::theme::Freshness;
use leptos::prelude::*;

use super::follow::Wall;
use super::situation::FLOOD;
use crate::charts::{Figure, FigureSize};
use crate::controls::Mark;
use crate::text::{Message, filled, text};

/// What is open by severity, what is late, whether more comes in than can be read, which feeds are silent.
#[component]
pub fn SituationPart(wall: Wall) -> impl IntoView {
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
    let severity = Severity::try_from(level).unwrap_or(Severity::Minor);
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
                (Freshness::of(age_ms, period_ms) >= Freshness::Stale)
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
pub fn Figures(wall: Wall) -> impl IntoView {
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
