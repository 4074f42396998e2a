//! The files of the incident that is open, and a way to put more to it for whoever may comment.

use domain::lifecycle::CommandName;
use leptos::prelude::*;

use super::detail::of;
use crate::files::{Adding, FileList};
use crate::live::desk::desk;

#[component]
pub fn Files() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let files = Memo::new(move |_| of(desk, |detail| detail.attachments.clone()));
    let may_add = Memo::new(move |_| {
        let may = of(desk, |detail| {
            detail.allowed.contains(&CommandName::Comment)
        });
        may && settings.past.read().is_none()
    });
    let incident = Signal::derive(move || desk.selected.get());
    let added = Callback::new(move |id| {
        if desk.selected.get_untracked() == Some(id) {
            desk.fetch_detail(id);
        }
    });
    view! {
        <FileList settings offsets=desk.start().city.offsets.clone() files>
            <Adding settings incident may_add added/>
        </FileList>
    }
}
