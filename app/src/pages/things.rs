//! The list behind a figure that counts sensors, units or alarms: what each last said, how old that is, and the way to its
//! readings or its incident. The server writes it whole; ages go on by themselves.

use domain::theme::Freshness;
use leptos::prelude::*;

use crate::charts::written;
use crate::live::ages;
use crate::pages::start;
use crate::pages::theme::Head;
use crate::settings::settings;
use crate::start::{Page, ThingKind, ThingRow};
use crate::text::{Message, filled};

#[component]
pub fn ThingsPage() -> impl IntoView {
    let settings = settings();
    let Page::Things(things) = start().page.clone() else {
        return ().into_any();
    };
    let title = match things.kind {
        ThingKind::Sensors => Message::ThingsSensors,
        ThingKind::Units => Message::UnitKind,
        ThingKind::Alarms => Message::ThingsAlarms,
    };
    let (listed, total, at) = (things.rows.len(), things.total, start().now);
    let counted = move || {
        let (listed, total) = (listed.to_string(), total.to_string());
        let numbers = [("n", listed.as_str()), ("all", total.as_str())];
        filled(settings.language.get(), Message::ThingsListed, &numbers)
    };
    let since = move || settings.clock.get().map_or(0, |now| now.since(at).max(0));
    let as_of = move || written::age(settings.language.get(), since());
    view! {
        <div class="theme-page">
            <Head current=""/>
            <main data-testid="things" data-count=listed>
                <div class="theme-head">
                    <h1>{settings.say(title)}</h1>
                    <p class="theme-at">{move || counted()} " · " {move || as_of()}</p>
                    <a class="again" href="">{settings.say(Message::Again)}</a>
                </div>
                <ul class="things">
                    {things.rows.iter().cloned().map(|row| view! { <Row row/> }).collect_view()}
                </ul>
            </main>
        </div>
    }
    .into_any()
}

#[component]
fn Row(row: ThingRow) -> impl IntoView {
    let settings = settings();
    let start = start();
    let (at, period_ms, page_at) = (row.at, row.period_ms, start.now);
    let age_ms = move || settings.clock.get().unwrap_or(page_at).since(at).max(0);
    let freshness = move || {
        ages::class(period_ms.map_or(Freshness::Live, |period| Freshness::of(age_ms(), period)))
    };
    let marks = [
        (row.in_alarm, "flag alarm", Message::ThingsInAlarm),
        (row.suspect, "flag", Message::ThingsSuspect),
        (row.drill, "flag drill", Message::Drill),
    ];
    let marks = marks
        .into_iter()
        .filter(|(holds, _, _)| *holds)
        .map(|(_, class, message)| view! { <span class=class>{settings.say(message)}</span> })
        .collect_view();
    view! {
        <li class="thing" data-testid="thing" data-freshness=move || freshness()>
            <a class="thing-name" href=row.link>{row.name}</a>
            <span class="thing-said">{row.said}</span>
            <span class="thing-marks">{marks}</span>
            <span class="thing-town">{row.town}</span>
            <span class="thing-age">{move || written::age(settings.language.get(), age_ms())}</span>
        </li>
    }
}
