//! The mark of an incident: severity by shape first, then colour; a notch when late.

use domain::category::Severity;
use leptos::prelude::*;

/// The shapes, once a page; marks point to them. Written as they are: nothing in them ever changes.
const SHAPES: &str = r#"
<symbol id="mark-1" viewBox="0 0 24 24">
    <path d="M7.5 1.2h9l6.3 6.3v9l-6.3 6.3h-9l-6.3-6.3v-9Z" class="mark-ring"/>
    <path d="M8.9 4.6h6.2l4.3 4.3v6.2l-4.3 4.3H8.9l-4.3-4.3V8.9Z" class="mark-ring"/>
    <path d="M10.2 7.8h3.6l2.4 2.4v3.6l-2.4 2.4h-3.6l-2.4-2.4v-3.6Z" class="mark-fill"/>
</symbol>
<symbol id="mark-2" viewBox="0 0 24 24">
    <path d="M12 2.5 22.5 21h-21Z" class="mark-fill"/>
</symbol>
<symbol id="mark-3" viewBox="0 0 24 24">
    <path d="M4 4h16v16H4Z" class="mark-fill"/>
</symbol>
<symbol id="mark-4" viewBox="0 0 24 24">
    <circle cx="12" cy="12" r="8.5" class="mark-fill"/>
</symbol>
<symbol id="mark-late" viewBox="0 0 24 24">
    <circle cx="12" cy="12" r="10" class="notch-ground"/>
    <circle cx="12" cy="12" r="8" class="notch-ring"/>
    <path d="M12 7v5l3.5 2" class="notch-hand"/>
</symbol>
"#;

#[component]
pub fn MarkShapes() -> impl IntoView {
    view! { <svg class="mark-shapes" aria-hidden="true" width="0" height="0" inner_html=SHAPES></svg> }
}

#[component]
pub fn Mark(
    #[prop(into)] severity: Signal<Severity>,
    #[prop(into)] late: Signal<bool>,
    /// Dimmed: over and done with.
    #[prop(into)]
    done: Signal<bool>,
) -> impl IntoView {
    view! {
        <span class=move || {
            format!("mark s{}{}", severity.get().level(), if done.get() { " done" } else { "" })
        } aria-hidden="true">
            <svg width="24" height="24"><use href=move || format!("#mark-{}", severity.get().level())></use></svg>
            <svg class="notch" width="12" height="12" style:display=move || if late.get() { "" } else { "none" }>
                <use href="#mark-late"></use>
            </svg>
        </span>
    }
}
