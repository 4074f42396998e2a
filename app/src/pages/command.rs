//! The commander's page: the city on one screen, what waits for a decision, the map and oneself.

use leptos::prelude::*;

use crate::controls::MarkShapes;
use crate::field::words::Word;
use crate::field::{
    BottomBar, City, Details, Hand, MapSheet, MeSheet, OfflineBar, OutboxList, Overview, Sheet,
    TopBar, Waiting,
};
use crate::pages::start;
use crate::settings::settings;
use crate::start::Page;

#[component]
pub fn CommandPage() -> impl IntoView {
    let settings = settings();
    let start = start();
    let Page::Command(told) = &start.page else {
        return ().into_any();
    };
    let Some(told) = told.opened() else {
        return ().into_any();
    };
    let hand = Hand::new(&start, settings);
    let overview = Overview::new(hand, told);
    Effect::new(move |_| {
        hand.shows(move |id| overview.revision(id));
        hand.begin(move |_| overview.ask());
        overview.follow();
    });
    let city = (start.city.name.clone(), start.city.name_en.clone());
    let title = Signal::derive(move || match settings.language.get() {
        domain::language::Language::Zh => city.0.clone(),
        domain::language::Language::En => city.1.clone(),
    });
    let waiting = Signal::derive(move || overview.told.read().waiting.len());
    let moved = Memo::new(move |_| overview.told.read().at.millis() as u64);
    view! {
        <MarkShapes/>
        <a class="skip" href="#list">{settings.say(Word::SkipToList)}</a>
        <div class="field command-page" data-sheet=move || hand.sheet.get().name()>
            <TopBar hand title/>
            <OfflineBar hand/>
            <main inert=move || hand.open.get().is_some()>
                <div class="field-scroll" id="list" tabindex="0" class:gone=move || hand.sheet.get() != Sheet::Main><City overview/></div>
                <div class="field-scroll" class:gone=move || hand.sheet.get() != Sheet::Second><Waiting overview/></div>
                <MapSheet hand marked=Signal::derive(move || overview.marked())/>
                <div class="field-scroll" class:gone=move || hand.sheet.get() != Sheet::Me>
                    <MeSheet hand/>
                    <OutboxList hand/>
                </div>
            </main>
            <BottomBar hand main=Word::City second=Word::Deciding waiting/>
        </div>
        <Details hand moved/>
    }
    .into_any()
}
