//! The queue: tabs with counts and a virtual list. While a person's hand is in it, it holds still:
//! what arrives waits behind a button, what leaves stays until the hand is gone.

use domain::ids::IncidentId;
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::queue_row::QueueRow;
use super::views_line::ViewsLine;
use crate::live::ages;
use crate::live::desk::{Desk, Found, desk};
use crate::live::lists::Tab;
use crate::on_demand::{OnDemand, Part};
use crate::start::FIRST_ROWS;
use crate::text::{Message, filled, number};

/// How long after the last touch the list stays still.
const STILL_MS: i64 = 2_500;
/// Rows kept beyond each edge of the view, and the step in which the window moves.
const MARGIN: usize = 8;
const STEP: usize = 4;

/// What part of the list is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
struct View {
    scroll_top: f64,
    height: f64,
    row_height: f64,
    measured: bool,
}

impl View {
    /// First row and one past the last.
    fn window(self, rows: usize) -> (usize, usize) {
        if !self.measured {
            return (0, rows.min(FIRST_ROWS));
        }
        let row = self.row_height.max(1.0);
        let top = (self.scroll_top / row).floor().max(0.0) as usize;
        let first = (top.saturating_sub(MARGIN) / STEP * STEP).min(rows);
        let shown = (self.height / row).ceil() as usize;
        let last = (top + shown + MARGIN).div_ceil(STEP) * STEP;
        (first, last.min(rows))
    }
}

#[component]
pub fn Queue() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let list = NodeRef::<html::Div>::new();
    let seen = RwSignal::new(View {
        scroll_top: 0.0,
        height: 0.0,
        row_height: 64.0,
        measured: false,
    });
    let touched_ms = StoredValue::new(0_i64);
    let held_back = RwSignal::new(0_usize);
    let touch = move || touched_ms.set_value(settings.present().millis());

    hold_still(desk, seen, touched_ms, held_back);
    follow_size(list, seen);
    follow_cursor(desk, list, touch);

    let window = Memo::new(move |_| seen.get().window(desk.shown.read().len()));
    let drawn = move || {
        let (first, last) = window.get();
        desk.shown.with(|shown| {
            shown
                .get(first..last.min(shown.len()))
                .unwrap_or_default()
                .to_vec()
        })
    };
    let above = move || number::decimals(window.get().0 as f64 * seen.get().row_height, 2) + "px";
    let whole = move || {
        let view = seen.get();
        match view.measured {
            true => number::decimals(desk.shown.read().len() as f64 * view.row_height, 2) + "px",
            false => String::new(),
        }
    };
    let scrolled = move |event: ev::Event| {
        touch();
        if let Some(element) = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        {
            let scroll_top = f64::from(element.scroll_top());
            seen.update(|view| view.scroll_top = scroll_top);
        }
    };
    let freshness = Memo::new(move |_| ages::class(desk.freshness()));
    view! {
        <section class="queue" id="queue" data-freshness=move || freshness.get() aria-label=settings.say(Message::Queue)>
            <QueueTabs/>
            <ViewsLine/>
            <OnDemand part=Part::SharedViews at_rest=true/>
            <HeldBack held_back seen list/>
            <SearchLine/>
            <div
                class="rows"
                node_ref=list
                data-testid="queue-list"
                role=move || settings.hydrated.get().then_some("listbox")
                tabindex=move || settings.hydrated.get().then_some("0")
                aria-label=settings.say(Message::Queue)
                aria-activedescendant=move || {
                    settings.hydrated.get().then(|| desk.cursor.get().map(|id| format!("row-{id}"))).flatten()
                }
                on:scroll=scrolled
                on:pointermove=move |_| touch()
                on:pointerdown=move |_| {
                    touch();
                    if let Some(element) = list.get_untracked() {
                        let _ = element.focus();
                    }
                }
            >
                <div class="rows-whole" role="presentation" style:height=move || whole()>
                    <div role="presentation" style:height=move || above()></div>
                    <For each=drawn key=|id| *id children=|id: IncidentId| view! { <QueueRow id/> }/>
                </div>
            </div>
            <EmptyList/>
            <footer class="queue-foot">
                <button type="button" class="primary" data-testid="new-incident"
                    on:click=move |_| {
                        desk.intake_open.set(true);
                        desk.sheet.set(crate::live::desk::Sheet::Detail);
                    }>
                    {settings.say(Message::NewIncident)} <kbd>"N"</kbd>
                </button>
                <p class="faint" class:gone=move || settings.hydrated.get()>{move || first_rows_only(desk)}</p>
            </footer>
        </section>
    }
}

fn first_rows_only(desk: Desk) -> String {
    let start = desk.start();
    filled(
        desk.settings.language.get(),
        Message::FirstRowsOnly,
        &[
            ("n", &start.incidents.len().to_string()),
            ("all", &start.counts.of(Tab::All).to_string()),
        ],
    )
}

/// Brings `shown` up to date unless a hand is in the list.
fn hold_still(
    desk: Desk,
    seen: RwSignal<View>,
    touched_ms: StoredValue<i64>,
    held_back: RwSignal<usize>,
) {
    Effect::new(move |before: Option<(Tab, Option<Found>)>| {
        let (tab, found) = (desk.tab.get(), desk.found.get());
        // The clock's tick, so that a list that was held moves on once the hand is gone.
        desk.settings.clock.track();
        let wanted: Vec<IncidentId> = match &found {
            Some(Found {
                answer: Some(Ok(ids)),
                ..
            }) => ids.clone(),
            Some(_) => Vec::new(),
            None => desk.lists.with(|lists| lists.list(tab).to_vec()),
        };
        let chosen = (tab, found);
        let by_hand = before.as_ref() != Some(&chosen);
        let touched = desk.settings.present().millis() - touched_ms.get_value() < STILL_MS;
        let scrolled = seen.get_untracked().scroll_top > 4.0;
        let same = *desk.shown.read_untracked() == wanted;
        if same {
            held_back.set(0);
        } else if !by_hand && (touched || scrolled) {
            let shown = desk.shown.read_untracked();
            let known: std::collections::BTreeSet<&IncidentId> = shown.iter().collect();
            let waiting = wanted.iter().filter(|id| !known.contains(id)).count();
            if held_back.get_untracked() != waiting {
                held_back.set(waiting);
            }
        } else {
            held_back.set(0);
            desk.shown.set(wanted);
        }
        chosen
    });
    Effect::new(move |_| {
        desk.settings.clock.track();
        desk.order_lists();
    });
}

fn follow_size(list: NodeRef<html::Div>, seen: RwSignal<View>) {
    let measure = move || {
        let Some(element) = list.get_untracked() else {
            return;
        };
        let row_height = row_height();
        let height = f64::from(element.client_height());
        seen.update(|view| {
            view.height = height;
            view.row_height = row_height;
            view.measured = true;
        });
    };
    Effect::new(move |_| {
        measure();
        let handle = window_event_listener(ev::resize, move |_| measure());
        on_cleanup(move || handle.remove());
    });
}

/// Rows are four units of the root's type size high (style/main.css, `.row`).
fn row_height() -> f64 {
    const ROW_REM: f64 = 4.0;
    let root_px = document()
        .document_element()
        .and_then(|root| window().get_computed_style(&root).ok().flatten())
        .and_then(|style| style.get_property_value("font-size").ok())
        .and_then(|size| number::read(size.trim_end_matches("px")))
        .unwrap_or(16.0);
    ROW_REM * root_px
}

/// A cursor moved by keys is brought into view; nothing else scrolls.
fn follow_cursor(desk: Desk, list: NodeRef<html::Div>, touch: impl Fn() + Copy + 'static) {
    Effect::new(move |before: Option<Option<IncidentId>>| {
        let cursor = desk.cursor.get();
        if before.is_none() || before == Some(cursor) {
            return cursor;
        }
        touch();
        let at = cursor.and_then(|id| {
            desk.shown
                .read_untracked()
                .iter()
                .position(|shown| *shown == id)
        });
        if let (Some(at), Some(element)) = (at, list.get_untracked()) {
            let row = row_height();
            let (top, height) = (
                f64::from(element.scroll_top()),
                f64::from(element.client_height()),
            );
            let at = at as f64 * row;
            if at < top {
                element.set_scroll_top(at as i32);
            } else if at + row > top + height {
                element.set_scroll_top((at + row - height).ceil() as i32);
            }
        }
        cursor
    });
}

#[component]
fn QueueTabs() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let tabs = Tab::ALL.map(|tab| {
        let message = match tab {
            Tab::New => Message::TabNew,
            Tab::Mine => Message::TabMine,
            Tab::Late => Message::TabLate,
            Tab::All => Message::TabAll,
            Tab::Tray => Message::TabTray,
            Tab::Decide => Message::TabDecide,
        };
        let count = Memo::new(move |_| desk.counts.read().of(tab));
        view! {
            <button type="button" class="tab" data-testid=format!("tab-{}", tab.name())
                class:alert=move || { tab == Tab::Late && count.get() > 0 }
                aria-pressed=move || (desk.tab.get() == tab && desk.found.read().is_none()).to_string()
                on:click=move |_| {
                    desk.found.set(None);
                    desk.tab.set(tab);
                }>
                <span>{settings.say(message)}</span>
                <span class="tab-count">{count}</span>
            </button>
        }
    });
    let said = Memo::new(move |_| {
        let counts = desk.counts.get();
        let values = [Tab::New, Tab::Late, Tab::Tray].map(|tab| counts.of(tab).to_string());
        filled(
            settings.language.get(),
            Message::CountsSaid,
            &[
                ("new", &values[0]),
                ("late", &values[1]),
                ("tray", &values[2]),
            ],
        )
    });
    view! {
        <div class="tabs" role="group" aria-label=settings.say(Message::Queue)>{tabs.collect_view()}</div>
        <p class="unseen" aria-live="polite">{said}</p>
    }
}

#[component]
fn HeldBack(
    held_back: RwSignal<usize>,
    seen: RwSignal<View>,
    list: NodeRef<html::Div>,
) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let show = move |_| {
        if let Some(element) = list.get_untracked() {
            element.set_scroll_top(0);
        }
        seen.update(|view| view.scroll_top = 0.0);
        let wanted = desk
            .lists
            .with_untracked(|lists| lists.list(desk.tab.get_untracked()).to_vec());
        held_back.set(0);
        desk.shown.set(wanted);
    };
    view! {
        <Show when=move || { held_back.get() > 0 }>
            <button type="button" class="held-back" data-testid="held-back" on:click=show>
                {move || filled(
                    settings.language.get(),
                    Message::HeldBack,
                    &[("n", &held_back.get().to_string())],
                )}
            </button>
        </Show>
    }
}

/// What the list shows instead of a tab while something is searched.
#[component]
fn SearchLine() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let said = move || {
        let language = settings.language.get();
        desk.found.get().map(|found| match found.answer {
            None => crate::text::text(language, Message::Searching).to_owned(),
            Some(Ok(ids)) if ids.is_empty() => {
                filled(language, Message::SearchNothing, &[("q", &found.words)])
            }
            Some(Ok(ids)) => filled(
                language,
                Message::SearchFound,
                &[("n", &ids.len().to_string())],
            ),
            Some(Err(problem)) => filled(
                language,
                Message::SearchFailed,
                &[("why", &problem.said(language))],
            ),
        })
    };
    view! {
        <Show when=move || desk.found.read().is_some()>
            <div class="search-line" role="status" data-testid="search-line">
                <span>{move || said().unwrap_or_default()}</span>
                <button type="button" class="quiet" on:click=move |_| desk.found.set(None)>
                    {settings.say(Message::SearchClear)}
                </button>
            </div>
        </Show>
    }
}

#[component]
fn EmptyList() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let message = move || match desk.tab.get() {
        Tab::New => Message::EmptyNew,
        Tab::Mine => Message::EmptyMine,
        Tab::Late => Message::EmptyLate,
        Tab::All => Message::EmptyAll,
        Tab::Tray => Message::EmptyTray,
        Tab::Decide => Message::EmptyDecide,
    };
    view! {
        <Show when=move || desk.shown.read().is_empty() && desk.found.read().is_none()>
            <p class="empty" data-testid="queue-empty">
                {move || crate::text::text(settings.language.get(), message())}
            </p>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(scroll_top: f64) -> View {
        View {
            scroll_top,
            height: 640.0,
            row_height: 64.0,
            measured: true,
        }
    }

    #[test]
    fn only_what_can_be_seen_is_drawn_with_a_margin() {
        assert_eq!(view(0.0).window(10_000), (0, 20));
        assert_eq!(view(6400.0).window(10_000), (92, 120));
        assert_eq!(view(6400.0).window(105), (92, 105));
        assert_eq!(view(0.0).window(3), (0, 3));
        assert_eq!(view(9999.0).window(0), (0, 0));
    }

    #[test]
    fn before_it_is_measured_the_servers_first_rows_stand() {
        let view = View {
            measured: false,
            ..view(0.0)
        };
        assert_eq!(view.window(10_000), (0, FIRST_ROWS));
        assert_eq!(view.window(7), (0, 7));
    }
}
