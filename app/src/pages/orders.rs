//! The department's page: orders by deadline, the outbox, the map and oneself, four sheets on a phone.

use std::rc::Rc;

use domain::ids::IncidentId;
use domain::language::Language;
use leptos::prelude::*;

use crate::controls::MarkShapes;
use crate::field::tabs::Tab;
use crate::field::words::Word;
use crate::field::{
    BottomBar, Details, Hand, MapSheet, MeSheet, OfflineBar, OrderCard, OutboxList, Sheet, TopBar,
    Work, follow_orders,
};
use crate::pages::start;
use crate::settings::settings;
use crate::start::Page;

#[component]
pub fn OrdersPage() -> impl IntoView {
    let settings = settings();
    let start = start();
    let Page::Orders(page) = &start.page else {
        return ().into_any();
    };
    let Some(page) = page.opened() else {
        return ().into_any();
    };
    let hand = Hand::new(&start, settings);
    let work = Work::new(hand, &page);
    provide_context(work);
    let is_whole = page.is_whole;
    Effect::new(move |_| {
        let want: Rc<dyn Fn(IncidentId)> = follow_orders(work, is_whole);
        let asked = Rc::clone(&want);
        hand.shows(move |id| {
            work.row(id)
                .map(|row| row.read_untracked().incident.revision)
        });
        hand.begin(move |view| {
            work.take_view(&view);
            want(view.id);
        });
        Effect::new(move |_| {
            if let Some(id) = hand.outbox.look_anew.get() {
                asked(id);
            }
        });
        // Whoever comes back to the page looks anew.
        let seen = window_event_listener_untyped("visibilitychange", move |_| {
            if !document().hidden() && hand.form.get_untracked().is_none() {
                work.settle();
            }
        });
        on_cleanup(move || seen.remove());
    });
    let names = start
        .me
        .as_ref()
        .map(|me| (me.department_name.clone(), me.department_name_en.clone()));
    let title = Signal::derive(move || {
        let names = names.clone().unwrap_or_default();
        let name = match settings.language.get() {
            Language::Zh => names.0,
            Language::En => names.1,
        };
        name.unwrap_or_else(|| Word::Orders.text(settings.language.get()).to_owned())
    });
    let waiting = Signal::derive(move || {
        hand.outbox
            .queue
            .with(|queue| queue.waiting() + queue.refused())
    });
    view! {
        <MarkShapes/>
        <a class="skip" href="#list">{settings.say(Word::SkipToList)}</a>
        <div class="field" data-sheet=move || hand.sheet.get().name()>
            <TopBar hand title/>
            <OfflineBar hand/>
            <main inert=move || hand.open.get().is_some()>
                <div class="field-main" class:gone=move || hand.sheet.get() != Sheet::Main>
                    <Tabs work/>
                    <List work/>
                </div>
                <div class="field-scroll" class:gone=move || hand.sheet.get() != Sheet::Second><OutboxList hand/></div>
                <MapSheet hand marked=Signal::derive(move || work.marked())/>
                <div class="field-scroll" class:gone=move || hand.sheet.get() != Sheet::Me><MeSheet hand/></div>
            </main>
            <BottomBar hand main=Word::Orders second=Word::Outbox waiting/>
        </div>
        <Details hand moved=work.moved/>
    }
    .into_any()
}

fn tab_word(tab: Tab) -> Word {
    match tab {
        Tab::Todo => Word::TabTodo,
        Tab::Supporting => Word::TabSupporting,
        Tab::Returned => Word::TabReturned,
        Tab::Done => Word::TabDone,
    }
}

#[component]
fn Tabs(work: Work) -> impl IntoView {
    let settings = work.hand.settings;
    let tabs = Tab::ALL.into_iter().enumerate().map(|(at, tab)| {
        view! {
            <button type="button" role="tab" data-testid=format!("tab-{}", tab.name()) aria-controls="list"
                aria-selected=move || (work.tab.get() == tab).to_string() on:click=move |_| work.choose(tab)>
                {settings.say(tab_word(tab))} " "
                <span class="count">{move || work.counts.get()[at]}</span>
            </button>
        }
    });
    view! { <div class="tabs" role="tablist" aria-label=settings.say(Word::Orders)>{tabs.collect_view()}</div> }
}

#[component]
fn List(work: Work) -> impl IntoView {
    let settings = work.hand.settings;
    let empty = move || {
        let word = match work.tab.get() {
            Tab::Todo => Word::EmptyTodo,
            Tab::Supporting => Word::EmptySupporting,
            Tab::Returned => Word::EmptyReturned,
            Tab::Done => Word::EmptyDone,
        };
        word.text(settings.language.get())
    };
    let held = move || {
        Word::HeldBack.filled(
            settings.language.get(),
            &[("n", &work.held_back.get().to_string())],
        )
    };
    view! {
        <div class="field-scroll" id="list" role="tabpanel" tabindex="0" aria-label=move || tab_word(work.tab.get()).text(settings.language.get())>
            <button type="button" class="held" data-testid="held-back" class:gone=move || work.held_back.get() == 0
                on:click=move |_| work.settle()>{held}</button>
            <p class="nothing" class:gone=move || !work.shown.read().is_empty()>{empty}</p>
            <div class="orders" data-testid="orders">
                <For each=move || work.shown.get() key=|id| *id children=|id| view! { <OrderCard id/> }/>
            </div>
            <p class="faint" class:gone=move || !work.more.get()>{settings.say(Word::MoreOrders)}</p>
        </div>
    }
}
