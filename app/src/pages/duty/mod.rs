//! Duty: who is on duty where and whether anybody is reached, what shifts leave to each other, and the report of a shift.

mod draft;
mod editor;
mod notes;
mod part;
mod post;
mod report;
mod rosters;
mod text;
pub mod words;

pub use post::name as post_name;

use std::time::Duration;

use domain::roster::DutyPost;
use domain::wire::notify::{HandoverView, RosterView};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::office::OfficeFrame;
use crate::office::when::again_every;
use crate::requests::{self, Problem};
use crate::settings::settings;
use crate::start::DutyStart;

use editor::Editor;
use notes::Notes;
use report::Report;
use rosters::Rosters;
use words::Word;

pub const PATH: &str = "/duty";
const ASK_EVERY: Duration = Duration::from_secs(10);

/// None until the first answer.
pub(super) type Told<T> = RwSignal<Option<Result<Vec<T>, Problem>>>;

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub(super) struct Duty {
    pub asker: StoredValue<DutyStart>,
    pub rosters: Told<RosterView>,
    pub notes: Told<HandoverView>,
    /// Whose roster is being edited.
    pub editing: RwSignal<Option<DutyPost>>,
    /// What is being written for the next shift.
    pub text: RwSignal<String>,
}

impl Duty {
    fn ask(self) {
        spawn_local(async move {
            keep(self.rosters, requests::rosters().await);
            keep(self.notes, requests::handovers().await);
        });
    }

    /// One that was just set, before the next answer says so.
    pub fn take_roster(self, roster: RosterView) {
        self.rosters.update(|told| {
            if let Some(Ok(rosters)) = told {
                rosters.retain(|one| one.post != roster.post);
                rosters.push(roster);
                rosters.sort_by(|one, other| one.post.cmp(&other.post));
            }
        });
    }

    /// One that was just written or read.
    pub fn take_note(self, note: HandoverView) {
        self.notes.update(|told| {
            if let Some(Ok(notes)) = told {
                match notes.iter_mut().find(|one| one.id == note.id) {
                    Some(known) => *known = note,
                    None => notes.insert(0, note),
                }
            }
        });
    }
}

/// What is known stays when an answer fails to come, and nothing is drawn anew where nothing changed.
fn keep<T: PartialEq + Send + Sync + 'static>(told: Told<T>, answer: Result<Vec<T>, Problem>) {
    let known = told.try_with_untracked(|told| match (told, &answer) {
        (Some(Ok(known)), Ok(new)) => known == new,
        (Some(Ok(_)), Err(problem)) => problem.status.is_none(),
        _ => false,
    });
    if known == Some(false) {
        told.set(Some(answer));
    }
}

#[component]
pub fn DutyPage(asker: DutyStart) -> impl IntoView {
    let settings = settings();
    let (hands_over, reports) = (asker.hands_over, asker.reports);
    let has_use = reports || !asker.mine.is_empty() || !asker.sets.is_empty();
    let duty = Duty {
        asker: StoredValue::new(asker),
        rosters: RwSignal::new(None),
        notes: RwSignal::new(None),
        editing: RwSignal::new(None),
        text: RwSignal::new(String::new()),
    };
    if has_use {
        again_every(ASK_EVERY, move || duty.ask());
    }
    view! {
        <OfficeFrame here=PATH>
            <main class="duty" data-testid="duty">
                <div class="office-head no-print"><h1>{settings.say(Word::Title)}</h1></div>
                {(!has_use).then(|| view! { <p class="office-said">{settings.say(Word::NoDuty)}</p> })}
                {has_use.then(|| view! {
                    <div class="duty-columns">
                        <div class="no-print">
                            <Rosters duty/>
                            <Editor duty/>
                        </div>
                        <Notes duty hands_over/>
                    </div>
                })}
                {reports.then(|| view! { <Report duty hands_over/> })}
            </main>
        </OfficeFrame>
    }
}
