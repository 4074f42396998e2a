//! The desk: queue, map and detail side by side; on a phone one at a time.

use leptos::prelude::*;

use crate::controls::{MarkShapes, SettingsBar};
use crate::live::desk::{Desk, Sheet};
use crate::map::MapPanel;
use crate::map::open_map::OpenMap;
use crate::on_demand::{OnDemand, Part, Parts};
use crate::pages::start;
use crate::panels::{Column, Detail, Grip, MeCard, Queue, Toast, TopBar, Widths, listen, recall};
use crate::settings::settings;
use crate::text::{Message, number};

#[component]
pub fn DeskPage() -> impl IntoView {
    let settings = settings();
    let desk = Desk::new(&start(), settings);
    provide_context(desk);
    let map = OpenMap::new();
    provide_context(map);
    let parts = Parts::<Part>::of_page();
    provide_context(parts);
    let widths = RwSignal::new(Widths::usual());
    Effect::new(move |_| {
        map.read_address(desk);
        recall(widths);
        parts.fetch_at_rest();
        crate::live::follow::follow(desk);
        crate::live::drill::follow(desk);
        listen(desk);
        desk.recall();
        crate::live::notices::follow(desk);
        crate::live::sound::follow(desk);
        crate::live::past::follow(desk, map.link.with_value(|link| link.moment));
        crate::live::seen::follow(desk, move || crate::live::seen::Shown::by(desk));
    });
    view! {
        <MarkShapes/>
        <a class="skip" href="#queue">{settings.say(Message::SkipToQueue)}</a>
        <div class="desk" data-sheet=move || desk.sheet.get().name()
            class:past=move || settings.past.read().is_some()
            class:no-queue=move || widths.get().queue == 0.0
            class:no-detail=move || widths.get().detail == 0.0
            style=("--queue-width", move || number::decimals(widths.get().queue, 3) + "rem")
            style=("--detail-width", move || number::decimals(widths.get().detail, 3) + "rem")>
            <TopBar/>
            <Show when=move || desk.past.is_open(settings)><OnDemand part=Part::Past/></Show>
            <main class="columns">
                <h1 class="unseen">{settings.say(Message::Desk)}</h1>
                <Queue/>
                <Grip column=Column::Queue widths/>
                <MapPanel/>
                <Grip column=Column::Detail widths/>
                <Detail/>
                <section class="me-sheet" aria-label=settings.say(Message::NarrowMe)>
                    <MeCard/>
                    <SettingsBar/>
                </section>
            </main>
            <footer class="time-bar" aria-label=settings.say(Message::DensityTitle) data-testid="time-bar">
                <OnDemand part=Part::TimeBar at_rest=true/>
            </footer>
            <NarrowBar desk/>
        </div>
        <Toast/>
        {move || desk.drawer.get().map(|part| view! { <OnDemand part/> })}
        <Show when=move || desk.keys_open.get()><OnDemand part=Part::Keys/></Show>
        <Show when=move || desk.palette_open.get()><OnDemand part=Part::Palette/></Show>
    }
}

/// The four sheets of a narrow screen.
#[component]
fn NarrowBar(desk: Desk) -> impl IntoView {
    let settings = desk.settings;
    let sheets = [
        (Sheet::Queue, Message::Queue),
        (Sheet::Map, Message::Map),
        (Sheet::Detail, Message::Details),
        (Sheet::Me, Message::NarrowMe),
    ];
    let buttons = sheets.map(|(sheet, message)| {
        view! {
            <button type="button" data-testid=format!("sheet-{}", sheet.name())
                aria-pressed=move || (desk.sheet.get() == sheet).to_string()
                on:click=move |_| desk.sheet.set(sheet)>
                {settings.say(message)}
            </button>
        }
    });
    view! { <nav class="narrow-bar" aria-label=settings.say(Message::Desk)>{buttons.collect_view()}</nav> }
}
