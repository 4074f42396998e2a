//! Parts of a page that a person opens. Their code is a file of its own, fetched once the page works and rests, or when
//! the first of them is opened; until it is there its place says so, and a failed fetch can be asked for again. Each bundle
//! that is split has its own kind of parts: here are the desk's.

use std::pin::Pin;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::map::plain::PlainMap;
use crate::map::tools::MapTools;
use crate::panels::{
    AlarmList, AlarmsLight, Batch, CommandForm, Files, Intake, KeysHelp, NoticeList, Palette,
    PastBar, SharedViewsLine, TimeBar, Work,
};
use crate::settings::settings;
use crate::text::Message;

/// What can be opened on the desk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    Alarms,
    Notices,
    Palette,
    Keys,
    Intake,
    Batch,
    Command,
    MapTools,
    Past,
    TimeBar,
    PlainMap,
    Work,
    SharedViews,
    AlarmsLight,
}

pub type Build<P> = fn(P) -> AnyView;

/// How the entry of the pages fetches them. The server has none: in a first render nothing is open.
#[derive(Clone, Copy)]
pub struct Fetch<P>(pub fn() -> Coming<P>);

/// None if it did not arrive.
pub type Coming<P> = Pin<Box<dyn Future<Output = Option<Build<P>>>>>;

/// Once the page works nothing else is on its way: then the rest is fetched, so that what opens opens at once, also
/// when the line is down by then.
const REST: Duration = Duration::from_millis(2_500);

#[derive(Clone, Copy)]
enum Stage<P> {
    NotAsked,
    OnItsWay,
    There(Build<P>),
    Failed,
}

/// Where the parts are.
#[derive(Clone, Copy)]
pub struct Parts<P: Copy + 'static> {
    stage: RwSignal<Stage<P>>,
    by: Option<Fetch<P>>,
}

/// Only the entry of the pages may name this, where the program is split: whoever else does has it all in its own file.
pub fn build(part: Part) -> AnyView {
    match part {
        Part::Alarms => view! { <AlarmList/> }.into_any(),
        Part::Notices => view! { <NoticeList/> }.into_any(),
        Part::Palette => view! { <Palette/> }.into_any(),
        Part::Keys => view! { <KeysHelp/> }.into_any(),
        Part::Intake => view! { <Intake/> }.into_any(),
        Part::Batch => view! { <Batch/> }.into_any(),
        Part::Command => view! { <CommandForm/> }.into_any(),
        Part::MapTools => view! { <MapTools/> }.into_any(),
        Part::Past => view! { <PastBar/> }.into_any(),
        Part::TimeBar => view! { <TimeBar/> }.into_any(),
        Part::PlainMap => view! { <PlainMap/> }.into_any(),
        Part::Work => view! { <Work/> <Files/> }.into_any(),
        Part::AlarmsLight => view! { <AlarmsLight/> }.into_any(),
        Part::SharedViews => view! { <SharedViewsLine/> }.into_any(),
    }
}

impl<P: Copy + Send + Sync + 'static> Parts<P> {
    /// As the entry of this page fetches them.
    pub fn of_page() -> Self {
        Self {
            stage: RwSignal::new(Stage::NotAsked),
            by: use_context(),
        }
    }

    /// Fetches them when the page has come to rest; call from an effect.
    pub fn fetch_at_rest(self) {
        if let Ok(handle) = set_timeout_with_handle(move || self.fetch(), REST) {
            on_cleanup(move || handle.clear());
        }
    }

    fn fetch(self) {
        if matches!(
            self.stage.get_untracked(),
            Stage::OnItsWay | Stage::There(_)
        ) {
            return;
        }
        let Some(Fetch(fetch)) = self.by else { return };
        self.stage.set(Stage::OnItsWay);
        spawn_local(async move {
            self.stage.try_set(match fetch().await {
                Some(build) => Stage::There(build),
                None => Stage::Failed,
            });
        });
    }
}

/// The part, as soon as it is there.
#[component]
pub fn OnDemand<P: Copy + Send + Sync + 'static>(
    part: P,
    /// Nobody asked for it yet: it may come when the page rests, and says nothing until then.
    #[prop(optional)]
    at_rest: bool,
) -> impl IntoView {
    let parts = expect_context::<Parts<P>>();
    let settings = settings();
    Effect::new(move |_| {
        if !at_rest && matches!(parts.stage.get_untracked(), Stage::NotAsked) {
            parts.fetch();
        }
    });
    move || {
        match parts.stage.get() {
        Stage::There(build) => build(part),
        Stage::NotAsked | Stage::OnItsWay | Stage::Failed if at_rest => ().into_any(),
        Stage::NotAsked | Stage::OnItsWay => view! {
            <p class="on-its-way" role="status">{settings.say(Message::PartOnItsWay)}</p>
        }
        .into_any(),
        Stage::Failed => view! {
            <p class="on-its-way" role="alert" data-testid="part-failed">
                {settings.say(Message::PartFailed)} " "
                <button type="button" on:click=move |_| parts.fetch()>{settings.say(Message::Retry)}</button>
            </p>
        }
        .into_any(),
    }
    }
}
