//! Where one is signed in, and one's password; for an administrator where everybody is.

mod everybody;
mod password;
mod session;
pub mod words;

use std::time::Duration;

use domain::account::Role;
use domain::wire::office::SessionView;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::office::when::again_every;
use crate::office::words::Word as Office;
use crate::office::{OfficeFrame, Sure, said};
use crate::pages::start;
use crate::requests::{self, Problem};
use crate::settings::settings;

use everybody::Everybody;
use password::PasswordForm;
use session::Session;
use words::Word;

pub const PATH: &str = "/people";
const ASK_EVERY: Duration = Duration::from_secs(15);

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub(super) struct People {
    pub told: RwSignal<Option<Result<Vec<SessionView>, Problem>>>,
    /// What the last press came to.
    pub outcome: RwSignal<Option<Result<u64, Problem>>>,
}

impl People {
    pub fn ask(self) {
        spawn_local(async move {
            let answer = requests::sessions().await;
            self.told.try_set(Some(answer));
        });
    }

    pub fn end(self, id: String) {
        spawn_local(async move {
            let ended = requests::revoke_session(&id).await;
            self.outcome.try_set(Some(ended.map(|()| 1)));
            self.ask();
        });
    }

    pub fn end_all_of(self, account: String) {
        spawn_local(async move {
            let ended = requests::revoke_others(&account).await;
            self.outcome.try_set(Some(ended));
            self.ask();
        });
    }
}

#[component]
pub fn PeoplePage() -> impl IntoView {
    let settings = settings();
    let start = start();
    let me = start.me.as_ref().map(|me| (me.name.clone(), me.role));
    let (name, role) = me.unwrap_or((String::new(), Role::Wall));
    let administers = role == Role::Administrator;
    let people = People {
        told: RwSignal::new(None),
        outcome: RwSignal::new(None),
    };
    again_every(ASK_EVERY, move || people.ask());
    let own_name = StoredValue::new(name);
    let mine = Memo::new(move |_| {
        people.told.with(|told| {
            let all = told.iter().flatten().flatten();
            let own = own_name.get_value();
            let mine = all.filter(|session| session.account.as_str() == own);
            mine.cloned().collect::<Vec<_>>()
        })
    });
    let problem = move || {
        let language = settings.language.get();
        people.told.with(|told| match told {
            None => Some(Office::AskingNow.text(language).to_owned()),
            Some(Ok(_)) => None,
            Some(Err(problem)) => {
                Some(Office::NotRead.filled(language, &[("why", &said(language, problem))]))
            }
        })
    };
    let ended = move || match people.outcome.get() {
        Some(Ok(n)) => Some(Word::Ended.filled(settings.language.get(), &[("n", &n.to_string())])),
        _ => None,
    };
    let failed = move || match people.outcome.get() {
        Some(Err(problem)) => {
            let language = settings.language.get();
            Some(Office::NotDone.filled(language, &[("why", &said(language, &problem))]))
        }
        _ => None,
    };
    let only_this = move || mine.read().len() == 1;
    view! {
        <OfficeFrame here=PATH>
            <main class="people" data-testid="people">
                <div class="office-head"><h1>{settings.say(Word::Title)}</h1></div>
                <p class="office-said" role="status" class:gone=move || problem().is_none()>{problem}</p>
                <p class="kept" role="status" data-testid="ended" class:gone=move || ended().is_none()>{ended}</p>
                <p class="problem" role="alert" class:gone=move || failed().is_none()>{failed}</p>
                <div class="people-columns">
                    <section class="sheet" aria-labelledby="mine">
                        <h2 id="mine">{settings.say(Word::Mine)}</h2>
                        <p class="faint">{move || match only_this() {
                            true => Word::OnlyThis.text(settings.language.get()),
                            false => Word::MineHint.text(settings.language.get()),
                        }}</p>
                        <ul class="sessions" data-testid="my-sessions">
                            <For each=move || mine.get() key=|session| (session.id.clone(), session.seen_at.millis()) children=move |session| view! { <Session people session/> }/>
                        </ul>
                        <div class="form-actions" class:gone=move || mine.read().len() < 2>
                            <Sure label=Signal::derive(move || Word::EndOthers.text(settings.language.get()).to_owned())
                                testid="end-others" press=move || people.end_all_of(own_name.get_value())/>
                        </div>
                    </section>
                    <PasswordForm people/>
                </div>
                {administers.then(|| view! { <Everybody people/> })}
            </main>
        </OfficeFrame>
    }
}
