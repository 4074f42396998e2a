//! The list of notices on the desk: what, to whom, which incident, how old, and the step of its escalation. The most severe first.
//! What is acknowledged goes at once, here and at every other desk.

mod row;
pub mod words;

use std::time::Duration;

use domain::account::Role;
use domain::category::Severity;
use domain::ids::IncidentId;
use domain::time::Timestamp;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use self::row::OneRow;
use self::words::Word;
use crate::live::desk::{Desk, desk};
use crate::live::unhurried::look_again;
use crate::requests;

/// Rows follow what arrives no faster than people read.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// More nobody reads through; they follow as these are acknowledged.
const MOST_SHOWN: usize = 100;

#[wasm_bindgen(raw_module = "./notices.js")]
extern "C" {
    fn notices() -> js_sys::Array;
    /// The answer to an acknowledgement came before the line said so.
    fn over(id: &str);

    type Told;
    #[wasm_bindgen(method, getter, structural)]
    fn id(this: &Told) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn at(this: &Told) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn severity(this: &Told) -> u8;
    #[wasm_bindgen(method, getter, structural)]
    fn stage(this: &Told) -> Option<String>;
    #[wasm_bindgen(method, getter, structural)]
    fn to(this: &Told) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn text(this: &Told) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn text_en(this: &Told) -> String;
    #[wasm_bindgen(method, getter, structural)]
    fn incident(this: &Told) -> Option<String>;
    #[wasm_bindgen(method, getter, structural)]
    fn drill(this: &Told) -> bool;
}

/// A notice as its row shows it; it never changes.
#[derive(Clone, PartialEq)]
struct Notice {
    id: String,
    at: Timestamp,
    severity: Severity,
    stage: Option<Word>,
    to: String,
    text: String,
    text_en: String,
    incident: Option<IncidentId>,
    drill: bool,
}

impl Notice {
    fn of(told: &Told) -> Self {
        let stage = told.stage().and_then(|stage| {
            Some(match stage.as_str() {
                "accept" => Word::Accept,
                "verify" => Word::Verify,
                "dispatch" => Word::Dispatch,
                "handle" => Word::Handle,
                "check" => Word::Check,
                _ => return None,
            })
        });
        Self {
            id: told.id(),
            at: Timestamp::from_millis(js_sys::Date::parse(&told.at()) as i64),
            severity: Severity::try_from(told.severity()).unwrap_or(Severity::Minor),
            stage,
            to: told.to(),
            text: told.text(),
            text_en: told.text_en(),
            incident: told.incident().and_then(|id| id.parse().ok()),
            drill: told.drill(),
        }
    }
}

#[derive(Clone, Copy)]
struct Shown {
    desk: Desk,
    rows: RwSignal<Vec<Notice>>,
    left_off: RwSignal<usize>,
    busy: RwSignal<bool>,
    said: RwSignal<Option<String>>,
}

impl Shown {
    fn look(self) {
        let all = notices();
        let many = all.length() as usize;
        let shown = all.iter().take(MOST_SHOWN);
        let rows: Vec<Notice> = shown.map(|told| Notice::of(told.unchecked_ref())).collect();
        if *self.rows.read_untracked() != rows {
            self.rows.set(rows);
        }
        // Those that the server itself left off are counted at the bell.
        let open = self.desk.notices.read_untracked().open as usize;
        self.left_off
            .set(open.max(many).saturating_sub(MOST_SHOWN.min(many)));
    }

    /// One after the other; what is refused is said, and the others are not kept from it.
    fn acknowledge(self, ids: Vec<String>) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.said.set(None);
        spawn_local(async move {
            let (mut refused, mut why) = (0, None);
            for id in ids {
                match requests::acknowledge_notice(&id).await {
                    Ok(()) => over(&id),
                    Err(problem) => {
                        refused += 1;
                        why = Some(problem);
                    }
                }
            }
            self.busy.try_set(false);
            let language = self.desk.settings.language.get_untracked();
            self.said.try_set(why.map(|why| {
                let values = [("n", refused.to_string()), ("why", why.said(language))];
                let [n, why] = &values;
                Word::NotDone.filled(language, &[(n.0, &n.1), (why.0, &why.1)])
            }));
        });
    }
}

#[component]
pub fn NoticeList() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let shown = Shown {
        desk,
        rows: RwSignal::new(Vec::new()),
        left_off: RwSignal::new(0),
        busy: RwSignal::new(false),
        said: RwSignal::new(None),
    };
    shown.look();
    look_again(
        LOOK_EVERY,
        move || desk.notices.track(),
        move || shown.look(),
    );
    let me = desk.start().me.as_ref().map(|me| me.role);
    let only_looks = me == Some(Role::Auditor);
    let filled =
        move |word: Word, n: usize| word.filled(settings.language.get(), &[("n", &n.to_string())]);
    let tries = Memo::new(move |_| desk.notices.read().tries);
    let count = Memo::new(move |_| shown.rows.read().len());
    let all = move |_| {
        let ids = shown
            .rows
            .with_untracked(|rows| rows.iter().map(|row| row.id.clone()).collect());
        shown.acknowledge(ids);
    };
    view! {
        <section class="alarm-list notice-list" data-testid="notice-list" aria-label=settings.say(Word::Notices)>
            <header>
                <h2>{settings.say(Word::Notices)}</h2>
                <span class="alarm-count">{move || filled(Word::Open, desk.notices.read().open as usize)}</span>
                <button type="button" class="quiet" data-testid="acknowledge-shown" disabled=shown.busy
                    class:gone=move || only_looks || count.get() == 0 on:click=all>
                    {move || filled(Word::AcknowledgeShown, count.get())}
                </button>
                <button type="button" class="quiet" data-testid="notices-close" on:click=move |_| desk.drawer.set(None)>
                    {settings.say(Word::Close)} <kbd>"Esc"</kbd>
                </button>
            </header>
            <p class="alarm-flood notice-cut" role="status" data-testid="notices-cut" class:gone=move || { tries.get() < 2 }>
                {move || filled(Word::Cut, tries.get() as usize)}
            </p>
            <p class="alarm-said" role="status" data-testid="notices-said" class:gone=move || !only_looks && shown.said.read().is_none()>
                {move || shown.said.get().unwrap_or_else(|| Word::OnlyLooking.text(settings.language.get()).to_owned())}
            </p>
            <p class="empty" class:gone=move || { count.get() > 0 }>{settings.say(Word::None)}</p>
            <div class="alarm-rows" role="list">
                <For each=move || shown.rows.get() key=|notice| notice.id.clone()
                    children=move |notice| view! { <OneRow shown notice only_looks/> }/>
            </div>
            <footer>
                <span class:gone=move || shown.left_off.get() == 0>{move || filled(Word::LeftOff, shown.left_off.get())}</span>
            </footer>
        </section>
    }
}
