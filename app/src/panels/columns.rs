//! The widths of the desk's outer columns: dragged, moved by arrow keys, folded by Enter, and remembered on this machine.

use leptos::ev;
use leptos::prelude::*;

use crate::live::desk::desk;
use crate::text::{Message, number};

/// An outer column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    Queue,
    Detail,
}

/// Widths in rem, so that they keep their proportion on a wall; 0 is folded away.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Widths {
    pub queue: f64,
    pub detail: f64,
}

const NARROWEST: f64 = 16.0;
const WIDEST: f64 = 44.0;
const USUAL: Widths = Widths {
    queue: 22.5,
    detail: 26.25,
};
/// Dragged to less than this, a column folds away.
const FOLDS_BELOW: f64 = 10.0;
const STEP: f64 = 1.0;
const KEPT_AS: &str = "gulou-columns";

impl Widths {
    pub const fn usual() -> Self {
        USUAL
    }

    pub fn of(self, column: Column) -> f64 {
        match column {
            Column::Queue => self.queue,
            Column::Detail => self.detail,
        }
    }

    fn usual_of(column: Column) -> f64 {
        USUAL.of(column)
    }

    /// The same with one column set to what a hand asked for.
    pub fn with(self, column: Column, asked: f64) -> Self {
        let width = if asked < FOLDS_BELOW {
            0.0
        } else {
            asked.clamp(NARROWEST, WIDEST)
        };
        match column {
            Column::Queue => Self {
                queue: width,
                ..self
            },
            Column::Detail => Self {
                detail: width,
                ..self
            },
        }
    }

    fn kept(self) -> String {
        format!(
            "{} {}",
            number::decimals(self.queue, 3),
            number::decimals(self.detail, 3)
        )
    }

    /// What was kept, if it is still a sensible layout.
    fn read(kept: &str) -> Option<Self> {
        let (queue, detail) = kept.split_once(' ')?;
        let (queue, detail) = (number::read(queue)?, number::read(detail)?);
        Some(
            USUAL
                .with(Column::Queue, queue)
                .with(Column::Detail, detail),
        )
    }
}

/// Takes up the layout this machine remembers; call from an effect.
pub fn recall(widths: RwSignal<Widths>) {
    let kept = window()
        .local_storage()
        .ok()
        .flatten()
        .and_then(|kept| kept.get_item(KEPT_AS).ok().flatten());
    if let Some(kept) = kept.as_deref().and_then(Widths::read) {
        widths.set(kept);
    }
}

fn remember(widths: Widths) {
    if let Some(kept) = window().local_storage().ok().flatten() {
        // A full or forbidden storage only forgets the layout.
        let _ = kept.set_item(KEPT_AS, &widths.kept());
    }
}

fn root_px() -> f64 {
    document()
        .document_element()
        .and_then(|root| window().get_computed_style(&root).ok().flatten())
        .and_then(|style| style.get_property_value("font-size").ok())
        .and_then(|size| number::read(size.trim_end_matches("px")))
        .unwrap_or(16.0)
}

/// The line between a column and the map, which can be taken hold of.
#[component]
pub fn Grip(column: Column, widths: RwSignal<Widths>) -> impl IntoView {
    let settings = desk().settings;
    let (called, class) = match column {
        Column::Queue => (Message::WidthOfQueue, "grip grip-queue"),
        Column::Detail => (Message::WidthOfDetail, "grip grip-detail"),
    };
    let held = RwSignal::new(false);
    let put = move |asked: f64| widths.update(|widths| *widths = widths.with(column, asked));
    let fold = move || {
        let folded = widths.get_untracked().of(column) == 0.0;
        put(if folded {
            Widths::usual_of(column)
        } else {
            0.0
        });
        remember(widths.get_untracked());
    };
    Effect::new(move |_| {
        let moved = window_event_listener(ev::pointermove, move |event| {
            if held.get_untracked() {
                let x = f64::from(event.client_x());
                let all = window()
                    .inner_width()
                    .ok()
                    .and_then(|width| width.as_f64())
                    .unwrap_or_default();
                put(match column {
                    Column::Queue => x,
                    Column::Detail => all - x,
                } / root_px());
            }
        });
        let let_go = window_event_listener(ev::pointerup, move |_| {
            if held.get_untracked() {
                held.set(false);
                remember(widths.get_untracked());
            }
        });
        on_cleanup(move || {
            moved.remove();
            let_go.remove();
        });
    });
    let pressed = move |event: ev::KeyboardEvent| {
        let wider = match column {
            Column::Queue => STEP,
            Column::Detail => -STEP,
        };
        let now = widths.get_untracked().of(column);
        match event.key().as_str() {
            "ArrowRight" => put(now + wider),
            "ArrowLeft" => put(now - wider),
            "Enter" | " " => fold(),
            _ => return,
        }
        remember(widths.get_untracked());
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <div class=class role="separator" tabindex="0" aria-orientation="vertical"
            aria-label=settings.say(called)
            aria-valuemin="0" aria-valuemax=number::decimals(WIDEST, 0)
            aria-valuenow=move || number::decimals(widths.get().of(column), 0)
            data-testid=class
            on:pointerdown=move |event| {
                event.prevent_default();
                held.set(true);
            }
            on:dblclick=move |_| fold()
            on:keydown=pressed></div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_keeps_to_readable_widths_and_folds_when_pushed_aside() {
        let usual = Widths::usual();
        assert_eq!(usual.with(Column::Queue, 100.0).queue, WIDEST);
        assert_eq!(usual.with(Column::Queue, 12.0).queue, NARROWEST);
        assert_eq!(
            usual.with(Column::Detail, 3.0),
            Widths {
                detail: 0.0,
                ..usual
            }
        );
    }

    #[test]
    fn the_layout_is_remembered_and_nonsense_is_not() {
        let mine = Widths {
            queue: 20.0,
            detail: 0.0,
        };
        assert_eq!(Widths::read(&mine.kept()), Some(mine));
        for nonsense in ["", "20", "a b", "NaN 20", "inf 3"] {
            assert_eq!(Widths::read(nonsense), None, "{nonsense}");
        }
    }
}
